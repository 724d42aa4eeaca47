//! Files that people send (附件): inspected by their content, scanned, stored under their hash, recorded in a row.
//!
//! ```text
//!            ┌─ clamd says nothing ─▶ pending_scan ─ clean ─▶ clean
//! upload ────┤                             └─ infected ─▶ gone, with an audit row
//!            └─ clean, or nobody scans ─▶ clean
//! ```
//!
//! Invariants: a blob is put before its row is written, and one that no row has needed for a day is removed (trust.md
//! I22); what is stored never lies under a name that somebody sent; a file that waits for the scanner is downloaded by
//! nobody and counts as missing; photos do not say where they were taken; a file that was part of what was handed in is
//! put aside, not removed.

mod content;
mod desk;
mod model;
mod photos;
pub mod rules;
mod scanner;
mod serve;
mod store;
mod vault;

pub use content::Media;
pub use desk::{Desk, ORPHANED_AFTER, Prepared};
pub use model::{Attachment, AttachmentLimits, AttachmentState, OwnerKind};
pub use serve::serve;
pub use store::{find, insert, of_owner, put_aside, remove};
pub use vault::{Blob, Vault};
