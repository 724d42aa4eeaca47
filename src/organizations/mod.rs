//! Grassroots groups and the organisations that host them.
//!
//! A registered organisation (association, social service institution, foundation) has a unified social credit code; a
//! filed group (备案社区社会组织) has none and no bank account, so it names a fiscal host that consents and is paid in
//! its place (domain.md §0.3).
//!
//! ```text
//! draft ── verify (programme officer) ──▶ verified ── the profile changes ──▶ draft
//! ```
//!
//! Invariants: a profile is a draft until an officer verified it, so a wrong credit code can be typed in and is told at
//! submission; a verified credit code is unique in its programme; the payee of a filed group is its host.

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;

pub use model::{Organization, OrganizationKind, OrganizationState, PayeeAccount, PayeeState};
pub use store::{find, find_payee_account, index_missing, is_indexed, people_of, programme_exists};
