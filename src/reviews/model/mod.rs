//! Experts, conflicts, panels and score sheets as they are stored and shown.

mod confirmations;
mod conflicts;
mod defence;
mod experts;
mod panels;
mod plans;
mod re_reviews;
mod schedules;
mod sheets;
mod snapshots;
mod standings;
mod statistics;
mod versions;

pub use confirmations::*;
pub use conflicts::*;
pub use defence::*;
pub use experts::*;
pub use panels::*;
pub use plans::*;
pub use re_reviews::*;
pub use schedules::*;
pub use sheets::*;
pub use snapshots::*;
pub use standings::*;
pub use statistics::*;
pub use versions::*;
