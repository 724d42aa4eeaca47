//! The attack list of trust.md §5: what an attacker tries, and the expected answer. Each story names its numbers.

mod identity;
mod personal_data;
