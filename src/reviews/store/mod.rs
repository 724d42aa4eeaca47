//! Queries.

mod confirmations;
mod conflicts;
pub mod conflicts_facts;
mod experts;
mod plans;
mod ranking;
mod re_reviews;
mod secrets;
mod panels;
mod sheets;
mod snapshots;

pub use confirmations::*;
pub use conflicts::*;
pub use experts::*;
pub use plans::*;
pub use ranking::*;
pub use re_reviews::*;
pub use secrets::*;
pub use panels::*;
pub use sheets::*;
pub use snapshots::*;
