//! 双百对接: enterprises and awarded projects list each other, and a stable matching says who leads which project.
//!
//! ```text
//! open ── both sides list; runs are computed and stored ──▶ confirm a run (director) ──▶ confirmed
//! ```
//!
//! Invariants: only projects with an active agreement and verified enterprises take part; a run has no blocking pair; a
//! run stores the digest of its input, its parameters and the program's version: same input, same pairs; a person
//! decides in the end.

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;
