//! Queries.

mod confirmations;
mod conflicts;
mod experts;
mod secrets;
mod sheets;

pub use confirmations::*;
pub use conflicts::*;
pub use experts::*;
pub use secrets::*;
pub use sheets::*;
