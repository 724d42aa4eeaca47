//! Accounts, sessions and roles.
//!
//! A person registers with a phone number or an e-mail address, signs in, and holds roles per programme. A session is
//! an opaque token of 256 random bits of which only the SHA-256 is stored; it ends after some idle minutes, after some
//! hours, or when the person signs out.
//!
//! ```text
//! nobody ── register ──▶ account ── sign in ──▶ session ── sign out, idle, expired ──▶ nobody
//! ```
//!
//! Who has no password signs in with a one-time code: six digits that hold for five minutes, sent to their phone, or for a
//! day, on a slip of paper from the office. Who is invited joins an organisation with a token that works once.
//!
//! ```text
//! invitation: open ── accept (the invited person) ──▶ accepted
//!             open ── withdraw (the organisation) ──▶ withdrawn
//! ```
//!
//! A session may do everything only when everything is proved that its person owes:
//!
//! ```text
//!             ┌─ has a second factor ─▶ second_factor ── code ──┐
//! sign in ────┼─ owes one ────────────▶ enrolment ── confirm ───┼─▶ new_password ── change ─▶ full
//!             └─ neither ───────────────────────────────────────┘   (expired or too weak, else full at once)
//! ```
//!
//! What it may do is asked again with every request: a role that owes a second factor makes half sessions of full ones, a role
//! that was taken back holds no more. Wrong tries are counted in rows, per account and per address, for logins that nobody
//! has as for others.
//!
//! Invariants: of codes and tokens only digests are stored; one login belongs to one account; an unknown login costs the time of a wrong password; the three
//! administrative posts are never held beside a money or scoring role.

mod actions;
pub mod api;
mod model;
mod passwords;
mod rules;
mod store;
mod totp;

pub use actions::{
    Bound, FreshCode, Handover, Inviting, create_account, find_given, first_setup_token, grant_role, invite,
    is_last_administrator, issue_slip, new_setup_token, require_account, revoke, show_invitation, unused,
    withdraw,
};
pub use model::{
    HeldBy, Invitation, Invited, NewInvitation, NewPostsSetting, Person, PostsSetting, Registration, User,
};
pub use rules::{check_given_by_hand, check_registration, holds_two_posts, policy_for};
pub use store::{
    find_invitation, find_user, holders, holders_of_posts, list_invitations, members, posts_setting,
    roles_held, save_posts_setting,
};
