//! Sponsor companies: verified by credit code, each with the budget and the number of projects it wants to lead.
//!
//! ```text
//! draft ── verify (programme officer) ──▶ verified
//! ```
//!
//! Invariants: a credit code is registered once in a programme; only verified enterprises take part in a matching.

mod actions;
pub mod api;
mod model;
mod rules;
mod store;

pub use model::{Enterprise, EnterpriseState};
pub use store::{find, people_of};
