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
//! Invariants: of codes and tokens only digests are stored; one login belongs to one account; an unknown login costs the time of a wrong password; the three
//! administrative posts are never held beside a money or scoring role.

mod actions;
pub mod api;
mod model;
mod rules;
mod store;

pub use actions::{
    Bound, FreshCode, Handover, Inviting, create_account, find_given, grant_role, invite,
    is_last_administrator, issue_slip, require_account, revoke, show_invitation, withdraw,
};
pub use model::{
    HeldBy, Invitation, Invited, NewInvitation, NewPostsSetting, Person, PostsSetting, Registration, User,
};
pub use rules::{check_given_by_hand, holds_two_posts};
pub use store::{
    find_invitation, find_user, holders, holders_of_posts, list_invitations, members, posts_setting,
    roles_held, save_posts_setting,
};
