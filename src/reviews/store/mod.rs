//! Queries.

mod confirmations;
mod conflicts;
mod experts;
mod sheets;

pub use confirmations::*;
pub use conflicts::*;
pub use experts::*;
pub use sheets::*;
