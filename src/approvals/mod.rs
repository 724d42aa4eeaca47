//! From the ranking to the signed agreement.
//!
//! ```text
//! plan: draft ── decide (director; another person prepared it) ──▶ decided
//! notice: draft ── publish ──▶ published ── 5 working days ── bureau approves in writing ──▶ awards
//! award: refining ── agreement with the refined budget ──▶ agreement_pending ── three signatures ──▶ active
//! ```
//!
//! Invariants: Σ awards ≤ budget, by a CHECK on the round's row; a plan is decided only while the scores are still those
//! it was made from; nobody decides what they prepared; the notice shows names and amounts only, by a type that can hold
//! nothing else; money is reserved by the decision and committed by the last signature.

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;

pub use actions::{recompute, see_award};
pub use model::{Award, AwardState, Notice, NoticeState};
pub use store::{awards_of_round, find_award, programme_of_award};
