//! Everything that computes in a review. Pure.

pub mod action;
pub mod assignment;
pub mod calibration;
pub mod conflicts;
pub mod draw;
pub mod intervals;
pub mod pool;
pub mod ranking;
pub mod scores;
pub mod sheet;
pub mod statistics;

pub use action::Action;
pub use draw::DrawAction;
pub use pool::PoolAction;
