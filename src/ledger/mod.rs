//! The double-entry journal: the only place where money moves.
//!
//! ```text
//! appropriation ─ appropriate ─▶ available ─ reserve ─▶ reserved ─ commit ─▶ committed ─ instruct ─▶ in_payment
//!                                    ▲                     │                                      │ confirm
//!                                    └────── release ──────┘                                      ▼
//!                                                                                              expended
//! ```
//!
//! Invariants (trust.md §4): the postings of an entry add up to zero (I1), so all accounts do (I2); a cached balance is
//! the sum of its postings (I3) and never below its floor, by a CHECK (I4); what was appropriated is somewhere in the
//! pipeline (I5); one entry of a kind for one business fact, by a unique index; rows are only inserted.

pub mod api;
mod model;
pub mod rules;
mod store;

pub use model::{Account, AccountBalance, Entry, EntryKind, Posting};
pub use rules::{Transfer, floor};
pub use store::{Cause, balances, entries_of, open_accounts, post, postings_of_round};
