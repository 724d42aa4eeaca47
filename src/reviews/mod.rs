//! Review: experts, conflicts, assignment, sealed score sheets, and the live ranking.
//!
//! ```text
//! assigned ── declare (no conflict) ──▶ declared ── submit (all marks, signed) ──▶ submitted ── lock ──▶ locked
//!   │ └──────── recuse ────────┬────────────┘ ◀───────── reopen (supervisor's note) ──┴───────────────────┘
//!   ▼                          ▼
//! released (never opened)   recused
//! ```
//!
//! Invariants: an expert with a conflict is never assigned and never scores (I17); nobody sees a sheet before it is
//! submitted but its author; the ranking is a pure function of the submitted sheets and the policy (I18), never stored
//! and never "recalculated".

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;

pub use actions::{
    Advisory, READERS, advisory, comments_for_applicant, differences, is_sealed_from, keep, kept_standings,
    kept_statistics, refuse_partial_view, standings,
};
pub use model::{Frozen, Outlook, Review, ReviewState, RoundStatistics, Standing, Standings};
pub use store::{open_sheets, submitted_of_round};
