//! Everything that computes in a review. Pure.

pub mod action;
pub mod assignment;
pub mod calibration;
pub mod intervals;
pub mod lot;
pub mod ranking;
pub mod report;
pub mod scores;
pub mod sheet;
pub mod signature;
pub mod statistics;

pub use action::Action;
