//! Imports (批量导入): what an officer brings in as a sheet. Applications of an open round are judged as if their groups
//! had handed them in; closed rounds of earlier years become the record of who was funded for what.
//!
//! ```text
//! checking ── every row was looked at ──▶ checked ── confirm (no faults) ──▶ importing ──▶ imported
//!     │                                      ▲                                  │
//!     └──▶ failed ◀── the work was given up ─┼──────────────────────────────────┤
//!                                            └── a row does not stand any more ─┘
//! ```
//!
//! Invariants: all rows or none, in one transaction; a row is judged by the rules of a submission when it is checked and
//! again when it is written; only the texts of the cells are kept, never the file.

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;

pub use actions::works;
pub use model::{Import, ImportKind, ImportState};
