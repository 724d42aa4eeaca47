//! The working days of the installation (domain.md §6.1).
//!
//! The State Council's tables for 2025 and 2026 are embedded in the program; a table that the system administrator
//! enters lies over the embedded one. A year without a published table follows the weekday rule and is provisional.
//!
//! Invariants: a table's days are days of its year, none off and worked at once; a date that was frozen (the end of a
//! public notice, a signing deadline, the end of a correction) stays as it was told when a table changes later.

mod actions;
pub mod api;
mod model;
mod store;

pub use store::load;
