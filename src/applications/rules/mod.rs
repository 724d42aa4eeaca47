//! What may be done to an application, and what a submission must satisfy. Pure.

mod action;
mod content;
mod submission;

pub use action::Action;
pub use content::{apply_content, check_finding};
pub use submission::{Applicant, check_submission};
