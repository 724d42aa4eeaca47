//! Applications: from the draft to eligible, and the states that later stages give them.
//!
//! ```text
//! draft ─ submit ─▶ submitted ─ form check ─▶ form_check ─ confirm (a second person) ─▶ eligible | rejected
//!   │                                                                                      │ assign
//!   └─ withdraw (until the notice) ─▶ withdrawn                                            ▼
//!                                                              scored ◀─ last sheet ─ scoring
//!                                                                │ decide
//!          agreement ◀─ sign ─ approved ◀─ bureau ─ public_notice ◀─ notice ─ proposed | waitlisted | not_awarded
//! ```
//!
//! Invariants: a submission is judged as a whole, with all faults at once; each application keeps the policy and rubric
//! versions it is judged by; who submits, checks and confirms are recorded; every move has an audit row (I15, I20). A
//! reminder of a last day is a row written with its letters, so that each is sent once ([`remind`]).

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;

pub use actions::{advance, advance_as, notify_applicants, remind, require_visible};
pub use model::{Application, ApplicationState, BudgetLine};
pub use rules::Action;
pub use store::{budget_lines, find, of_round, programme_of};
