//! Tranches and payments: the last mile of the money, walked by four people.
//!
//! ```text
//! requested ─ condition (officer) ─▶ condition_met ─ prepare (maker) ─▶ prepared ─ check (checker) ─▶ checked
//!    ─ approve (director; instructs the bank) ─▶ approved ─ the bank has paid (maker) ─▶ paid
//! ```
//!
//! Invariants: maker, checker and approver are three people, none of the payee (F304, also by CHECKs); a tranche is
//! requested once (unique index); Σ paid ≤ award (I6), since tranches add up to it (I7); the payee's account is the one
//! that was approved, by its digest.

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;

pub use model::{PaymentRequest, PaymentState, Tranche, TrancheState};
pub use store::{payments_of_round, tranches_of};
