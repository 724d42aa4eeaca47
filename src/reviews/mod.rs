//! Review: experts, conflicts, assignment, sealed score sheets, and the live ranking.
//!
//! ```text
//! assigned ── declare (no conflict) ──▶ declared ── submit (all marks, signed) ──▶ submitted ── lock ──▶ locked
//!   │ └──────── recuse ────────┬────────────┘ ◀───────── reopen (supervisor's note) ──┴───────────────────┘
//!   ▼                          ▼
//! released                  recused
//!
//! released: never opened and taken by a new plan; or open and taken by an officer with a reason; or handed in, and a
//! tie came to light.
//!
//! expert: admitted ── suspend ──▶ suspended ── readmit ──▶ admitted;   admitted, suspended ── remove ──▶ removed ── readmit ──▶ admitted
//! draw:   drawn ── attest (the supervisor who was there) ──▶ in_force;  drawn ── cancel (a reason) ──▶ cancelled
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
    open_to_write, refuse_partial_view, remind, signed_text, standings, write_content,
};
pub(crate) use model::{Conflict, ConflictDismissal, Expert};
pub use model::{
    DefenceSession, DefenceSlot, Frozen, Outlook, PanelDraw, ReReviewKind, ReReviewState, Review,
    ReviewState, RoundStatistics, SheetContent, SignedVersion, Standing, Standings, SupervisorNote, Tie,
};
pub use store::{notes_of_round, signed_of_round, submitted_of_round};
