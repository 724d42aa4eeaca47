//! The attack list (trust.md §5), by subject.

mod personal_data;
