//! Queries.

mod confirmations;
mod conflicts;
pub mod conflicts_facts;
mod experts;
mod panels;
mod sheets;

pub use confirmations::*;
pub use conflicts::*;
pub use experts::*;
pub use panels::*;
pub use sheets::*;
