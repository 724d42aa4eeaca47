//! Experts, conflicts, panels and score sheets as they are stored and shown.

mod confirmations;
mod conflicts;
mod experts;
mod plans;
mod re_reviews;
mod panels;
mod sheets;
mod snapshots;
mod standings;

pub use confirmations::*;
pub use conflicts::*;
pub use experts::*;
pub use plans::*;
pub use re_reviews::*;
pub use panels::*;
pub use sheets::*;
pub use snapshots::*;
pub use standings::*;
