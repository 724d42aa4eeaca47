//! Queries.

mod confirmations;
mod conflicts;
mod experts;
mod plans;
mod secrets;
mod sheets;

pub use confirmations::*;
pub use conflicts::*;
pub use experts::*;
pub use plans::*;
pub use secrets::*;
pub use sheets::*;
