//! The self-check for 等级保护二级 (GB/T 22239-2019, level 2): what the standard asks of a system, what this installation
//! does about it now, and what the office has to see to itself (trust.md §8, goal C1).
//!
//! Facts are read from the database and the settings, [`rules::assess`] judges them. It says what it saw, not that an
//! assessor will be content: physical security, networks, management and the machine are outside of what a program
//! can see and are listed as the operator's.
//!
//! Invariants: every clause of the list is in the answer whatever it found; nothing here names a person; looking
//! changes nothing.

pub mod api;
mod page;
pub mod rules;
mod store;
