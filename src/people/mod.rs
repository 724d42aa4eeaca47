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
//! Invariants: one login belongs to one account; an unknown login costs the time of a wrong password; the three
//! administrative posts are never held beside a money or scoring role.

mod actions;
pub mod api;
mod model;
mod rules;
mod store;

pub use actions::{Bound, create_account, grant_role, require_account};
pub use model::{Person, Registration, User};
pub use rules::check_given_by_hand;
