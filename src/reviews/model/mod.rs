//! Experts, conflicts and score sheets as they are stored and shown.

mod confirmations;
mod conflicts;
mod experts;
mod plans;
mod sheets;

pub use confirmations::*;
pub use conflicts::*;
pub use experts::*;
pub use plans::*;
pub use sheets::*;
