//! Review: experts, conflicts, assignment, sealed score sheets, and the live ranking.
//!
//! ```text
//! assigned ── declare (no conflict) ──▶ declared ── submit (all marks, signed) ──▶ submitted ── lock ──▶ locked
//!   │ └──────── recuse ────────┬────────────┘ ◀───────── reopen (supervisor's note) ──┴───────────────────┘
//!   ▼                          ▼
//! released (never opened)   recused
//! ```
//!
//! Who reviews what is proposed by an assignment plan, which binds nobody:
//!
//! ```text
//! proposed ── adopt (nothing has changed since) ──▶ adopted
//! ```
//!
//! Invariants: an expert with a conflict is never assigned and never scores (I17); nobody sees a sheet before it is
//! submitted but its author; the ranking is a pure function of the submitted sheets and the policy (I18), never stored
//! and never "recalculated"; a plan takes no sheet that was opened, and what it was computed from is kept.

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;

pub use actions::{Standing, Standings, standings};
pub use model::{Review, ReviewState};
pub use store::{open_sheets, submitted_of_round};
