//! Queries.

mod confirmations;
mod conflicts;
mod defence;
mod experts;
mod schedules;
mod secrets;
mod sheets;
mod versions;

pub use confirmations::*;
pub use conflicts::*;
pub use defence::*;
pub use experts::*;
pub use schedules::*;
pub use secrets::*;
pub use sheets::*;
pub use versions::*;
