//! 个人信息 (PIPL, trust.md §8): who may see whose data plain, who did, and what a person may ask of their own.
//!
//! ```text
//! masked ── revelation (role, reason) ──▶ plain once, and a row that says so
//!
//! account ── erasure request (the person) ──▶ requested ──┬─ erase (security administrator) ──▶ erased
//!                                                         └─ refuse (with a note) ──▶ refused
//! ```
//!
//! Invariants: nobody sees a value plain without a row that names them, the value and the reason; system
//! administrators see none; what was erased is in no table, and money, decisions and the audit log are as they were;
//! every sealed value lies in the row and the column it was sealed for.

mod actions;
pub mod api;
mod model;
mod store;

pub use actions::{reseal, retention};
