//! What may be done to an application, what it may hold, and what a submission must satisfy. Pure.

mod action;
mod answers;
mod blind;
mod content;
mod correction;
mod eligibility;
mod reminder;
mod revision;
mod submission;

pub use action::Action;
pub use answers::{mask_field, mask_personal, mask_receipt, personal_words, strip_personal};
pub use blind::Names;
pub use content::{Places, apply_content, check_finding, escape, read_section};
pub use correction::{check_due, check_locks, check_request, writable};
pub use eligibility::{Facts, ListingFact, PastProject, Place};
pub use reminder::{Deadline, is_daytime};
pub use revision::{compose, difference, fields};
pub use submission::{Dossier, check_submission, is_in_time, track_of};
