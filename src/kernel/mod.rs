//! Plain values without I/O: what every other room speaks in.
//!
//! Invariants: a value that exists is valid (parsed once, at the edge); money and scores are integers;
//! the time of day comes from a [`time::Clock`] that is handed in.

pub mod archive;
pub mod calendar;
pub mod contact;
pub mod credit_code;
pub mod digest;
pub mod domain;
pub mod ids;
pub mod masked;
pub mod money;
pub mod page;
pub mod password;
pub mod reference;
pub mod role;
pub mod score;
pub mod sketch;
pub mod text;
pub mod time;
