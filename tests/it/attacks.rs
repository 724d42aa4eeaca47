//! The attack list (trust.md §5), each number with its expected answer.

mod authorisation;
mod duties;
mod posts;
mod view_as;
