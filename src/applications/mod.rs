//! Applications: from the draft to eligible, and the states that later stages give them.
//!
//! ```text
//!                     ┌── 补正 ──▶ correction_requested ─ submit ─▶ resubmitted ─┐
//!                     │                                                        ▼
//! draft ─ submit ─▶ submitted ─ form check ─▶ form_check ─ confirm (a second person) ─▶ eligible | rejected
//!   │                                            └── 补正 ──▶ correction_requested            │ assign
//!   └─ withdraw (until the notice) ─▶ withdrawn                                            ▼
//!                                                              scored ◀─ last sheet ─ scoring
//!                                                                │ decide
//!          agreement ◀─ sign ─ approved ◀─ bureau ─ public_notice ◀─ notice ─ proposed | waitlisted | not_awarded
//! ```
//!
//! Invariants: a submission is judged as a whole, with all faults at once, and a preview tells the same list; a draft
//! follows the call, what was handed in keeps the policy, rubric and form versions of that day; what was received is
//! kept with its digest; after a notice to supplement only what was asked for can be written, and what was not handed in again in time can only
//! be rejected; every save keeps what it
//! changed; from the decision to the public notice the applicant's people see state and version as they were before;
//! who submits, checks and confirms are recorded; every move has an audit row (I15, I20). A
//! reminder of a last day is a row written with its letters, so that each is sent once ([`remind`]).

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;

pub use actions::imports;
pub use actions::{
    advance, advance_as, batch_of, begin_scoring, expert_attachment, expert_file, expert_titles,
    notify_applicants, remind, require_visible,
};
pub use model::{Answers, Application, ApplicationState, BudgetLine, Change, ExpertFile};
pub use rules::Action;
pub use store::{
    Contender, SketchRow, alike, budget_lines, contenders, disclose, find, find_all, of_round, programme_of,
    put_sketch,
    search::{index_missing, is_indexed},
    withhold,
};

use store::search;
