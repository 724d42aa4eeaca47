//! The call: its form, its policy, its kinds and its versions (domain.md §2.1).

mod copies;
mod form;
mod kinds;
mod policy;
mod versions;
