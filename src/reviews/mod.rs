//! Review: experts, conflicts, assignment, sealed score sheets, and the live ranking.
//!
//! ```text
//! assigned ── declare (no conflict) ──▶ declared ── submit (all marks, signed) ──▶ submitted ── lock ──▶ locked
//!   │ └──────── recuse ────────┬────────────┘ ◀───────── reopen (supervisor's note) ──┴───────────────────┘
//!   ▼                          ▼
//! released                  recused
//!
//! released: never opened and taken by a new plan; or open and taken by an officer with a reason; or handed in, and a
//! tie came to light. It is given again by a plan or by hand: empty, or as it was signed once the tie is dismissed.
//!
//! expert: admitted ── suspend ──▶ suspended ── readmit ──▶ admitted;   admitted, suspended ── remove ──▶ removed ── readmit ──▶ admitted
//! draw:   drawn ── attest (the supervisor who was there) ──▶ in_force ── cancel (a supervisor, a reason) ──▶ cancelled
//!         drawn ── cancel (an officer, a reason) ──▶ cancelled
//! seat:   by draw: seated;   by hand: proposed ── attest (a supervisor) ──▶ seated;   seated, proposed ── leave ──▶ vacated
//! re-review: ordered ── answer (another person) ──▶ agreed | refused
//! ```
//!
//! Who reviews what is proposed by an assignment plan, which binds nobody:
//!
//! ```text
//! proposed ── adopt (nothing has changed since) ──▶ adopted
//! ```
//!
//! A panel is for a whole round, a track or a review batch; the panels of a round never overlap, so an application has one
//! panel at most, and what no panel is for may go to the whole pool. Every draw stays on record and has the next number,
//! which is part of its seed: whoever draws again, by whatever right, cannot choose the outcome, and everybody sees that it
//! was drawn again.
//!
//! The load of an expert is counted in one way ([`rules::load`]), for plans and by hand: sheets to do or done, of one stage
//! and one reading. A plan keeps the policy's `max_load` where the pool says nothing else of an expert; by hand only what
//! the pool says is kept, the policy is for the officer to judge.
//!
//! Whoever holds a post in which scores are to be seen ([`READERS`]) gives no mark to an application that others have
//! scored: not in a re-review, by hand or by a plan. Nobody acts in a post on what they wrote as an expert. Whoever has to do
//! with an application is told nothing that follows from who reviews it.
//!
//! The chair locks sheets that were handed in (签字页, domain.md §2.12). Whether the decision waits for the locks is the
//! policy's `review.lock_before_decision`: a small round has no chair who signs every sheet, and what is handed in is signed
//! by its expert and opened again on a supervisor's note alone, locked or not. A complaint that is upheld after the decision
//! is the affair of the objection, not of a re-review: the ranking is frozen with the decision.
//!
//! Invariants: an expert with a conflict is never assigned and never scores (I17); nobody sees a sheet before it is
//! submitted but its author; the ranking is a pure function of the submitted sheets and the policy (I18), never stored
//! and never "recalculated"; what stands on a sheet that was handed in is what its expert signed, every signed version is
//! kept, and a signed sheet is opened again on a supervisor's note alone; nothing is written to a sheet after its hard
//! deadline, nor to one of the defence before its day; the order of the pitches is by lot and can be drawn again;
//! a plan takes no sheet that was opened, and what it was computed from is kept.

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;

pub use actions::{
    Advisory, OpenedSheet, READERS, advisory, comments_for_applicant, conflicted_sheets, content_faults,
    differences, draws_again, found_ties, is_sealed_from, keep, kept_standings, kept_statistics,
    open_to_write, refuse_partial_view, remind, signed_text, standings, unlocked_sheets, write_content,
};
pub(crate) use model::{Conflict, ConflictDismissal, Expert};
pub use model::{
    DefenceSession, DefenceSlot, Frozen, Outlook, PanelDraw, ReReviewKind, ReReviewState, Review,
    ReviewState, RoundStatistics, SheetContent, SignedVersion, Standing, Standings, SupervisorNote, Tie,
};
pub use store::{notes_of_round, signed_of_round, submitted_of_round};
