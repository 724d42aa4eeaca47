//! The attack list of trust.md §5: what an attacker tries, and the expected answer. Each story names its numbers.

mod authorisation;
mod duties;
mod identity;
mod personal_data;
mod posts;
mod view_as;
