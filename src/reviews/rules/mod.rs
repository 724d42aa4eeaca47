//! Everything that computes in a review. Pure.

pub mod action;
pub mod affinity;
pub mod assignment;
pub mod bootstrap;
pub mod calibration;
pub mod conflicts;
pub mod draw;
pub mod flags;
pub mod intervals;
pub mod load;
pub mod lot;
pub mod plan;
pub mod pool;
pub mod ranking;
pub mod readings;
pub mod report;
pub mod scores;
pub mod sheet;
pub mod signature;
pub mod statistics;

pub use action::Action;
pub use draw::DrawAction;
pub use pool::PoolAction;
