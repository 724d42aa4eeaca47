//! Experts, conflicts and score sheets as they are stored and shown.

mod confirmations;
mod conflicts;
mod defence;
mod experts;
mod schedules;
mod sheets;
mod versions;

pub use confirmations::*;
pub use conflicts::*;
pub use defence::*;
pub use experts::*;
pub use schedules::*;
pub use sheets::*;
pub use versions::*;
