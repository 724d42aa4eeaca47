//! Queries.

mod confirmations;
mod conflicts;
pub mod conflicts_facts;
mod defence;
mod experts;
mod panels;
mod plans;
mod ranking;
mod re_reviews;
mod schedules;
mod secrets;
mod sheets;
mod snapshots;
mod versions;

pub use confirmations::*;
pub use conflicts::*;
pub use defence::*;
pub use experts::*;
pub use panels::*;
pub use plans::*;
pub use ranking::*;
pub use re_reviews::*;
pub use schedules::*;
pub use secrets::*;
pub use sheets::*;
pub use snapshots::*;
pub use versions::*;
