//! Experts, conflicts, panels and score sheets as they are stored and shown.

mod confirmations;
mod conflicts;
mod experts;
mod panels;
mod sheets;

pub use confirmations::*;
pub use conflicts::*;
pub use experts::*;
pub use panels::*;
pub use sheets::*;
