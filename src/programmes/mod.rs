//! Programmes and their rounds.
//!
//! A programme is the tenant: one fund of one district. A round has a budget, a window, a versioned policy, a versioned
//! rubric and a versioned form; every application keeps the versions it is judged by. A round may begin as a copy of
//! another one of its programme, and shows what it says otherwise.
//!
//! ```text
//! draft ── publish (director, E001) ──▶ published ──▶ open ──▶ closed ── first assignment ──▶ reviewing
//!                                        └── these two follow from the clock ──┘                 │ decide
//!                                                                          archived ◀── decided ◀┘
//! ```
//!
//! Kinds of call: `fixed` has one window and one review; `contest` the same with prizes; `rolling` takes submissions
//! through the whole of its window, also while it is reviewed. What is submitted to a rolling call goes into the
//! review batch that is filling; the officer closes a batch and the next one begins; the last closes with the window.
//! Experts are assigned to what is in a closed batch. The first assignment stores `reviewing`; until the window is
//! over [`phase`] says `open` all the same, because for applicants it is, and the round is decided after its window.
//!
//! Corrections (更正公告) and extensions (延期) are possible while the call is `published` or `open`. Each makes a
//! version of the call, kept whole with its digest.
//!
//! Invariants: a published round's policy, rubric, form and window change only with a new version of its call, which
//! `verify` compares (I16, I20) and whose rows are insert-only; its budget only grows, and the journal has what was
//! added; Σ awards ≤ budget, by a CHECK on the round's row; a deadline is a day in Asia/Shanghai, judged by the server's
//! clock.

mod actions;
pub mod api;
pub mod form;
mod model;
pub mod policy;
pub mod rules;
mod standard_form;
mod store;

pub use actions::{add_awarded, begin_review, mark_decided, next_reference, see_published};
pub use form::{Choice, CoreField, Field, FieldKind, Form, Section};
pub use model::{CallChange, CallKind, Programme, Round, RoundState};
pub use policy::{Anchor, Criterion, Policy, Prize, Proposer, Rubric, Shortfall, Stage, Track, TrackPolicy};
pub use rules::{Phase, accepts_submissions, current_batch, is_batch_closed, is_under_way, phase};
pub use store::{find_round, form_of, policy_of, programme_of_round, rounds_under_way, rubric_of};
