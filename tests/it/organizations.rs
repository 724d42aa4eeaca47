//! Organisations: what a filed group must say, who sees whom, what is recorded, upgrades and mergers.

mod merger;
mod profile;
mod records;
mod scope;
