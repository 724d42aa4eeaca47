//! Experts, conflicts and score sheets as they are stored and shown.

mod confirmations;
mod conflicts;
mod experts;
mod re_reviews;
mod sheets;
mod snapshots;
mod standings;
mod statistics;

pub use confirmations::*;
pub use conflicts::*;
pub use experts::*;
pub use re_reviews::*;
pub use sheets::*;
pub use snapshots::*;
pub use standings::*;
pub use statistics::*;
