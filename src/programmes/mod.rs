//! Programmes and their rounds.
//!
//! A programme is the tenant: one fund of one district. A round has a budget, a window, a versioned policy and a
//! versioned rubric; every application keeps the versions it is judged by.
//!
//! ```text
//! draft ── publish (director, E001) ──▶ published ──▶ open ──▶ closed ── first assignment ──▶ reviewing
//!                                        └── these two follow from the clock ──┘                 │ decide
//!                                                                          archived ◀── decided ◀┘
//! ```
//!
//! Invariants: a published round's policy and rubric do not change; Σ awards ≤ budget, by a CHECK on the round's row;
//! a deadline is a day in Asia/Shanghai, judged by the server's clock.

mod actions;
pub mod api;
pub mod form;
mod model;
pub mod policy;
pub mod rules;
mod store;

pub use actions::{add_awarded, begin_review, mark_decided, next_reference, see_published};
pub use form::{Choice, CoreField, Field, FieldKind, Form, Section};
pub use model::{CallChange, CallKind, Programme, Round, RoundState};
pub use policy::{Criterion, Policy, Prize, Proposer, Rubric, Shortfall, Track, TrackPolicy};
pub use rules::{Phase, accepts_submissions, current_batch, is_batch_closed, phase};
pub use store::{find_round, form_of, policy_of, programme_of_round, rubric_of};
