//! Review: experts, conflicts, assignment, sealed score sheets, and the live ranking.
//!
//! ```text
//! assigned ── declare (no conflict) ──▶ declared ── submit (all marks, signed) ──▶ submitted ── lock ──▶ locked
//!   │ └──────── recuse ────────┬────────────┘ ◀───────── reopen (supervisor's note) ──┴───────────────────┘
//!   ▼                          ▼
//! released (never opened)   recused
//!
//! expert: admitted ── suspend ──▶ suspended ── readmit ──▶ admitted;   admitted, suspended ── remove ──▶ removed ── readmit ──▶ admitted
//! draw:   drawn ── attest (the supervisor who was there) ──▶ in_force;  drawn ── cancel (a reason) ──▶ cancelled
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

pub use actions::{Standing, Standings, draws_again, standings};
pub use model::{PanelDraw, Review, ReviewState};
pub use store::{open_sheets, submitted_of_round};
