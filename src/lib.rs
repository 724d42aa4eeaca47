//! 益创 (yichuang): one binary with which a public-benefit venture fund (公益创投) runs its grant rounds.
//!
//! The rooms, in the order in which they may know each other:

pub mod error;
pub mod kernel;
pub mod vault;

pub mod config;
pub mod db;

pub mod attachments;
pub mod audit;
pub mod evidence;
pub mod http;
pub mod jobs;
pub mod letters;
pub mod outbox;
pub mod search;
pub mod sheets;

pub mod administration;
pub mod applications;
pub mod approvals;
pub mod calendar;
pub mod disbursements;
pub mod enterprises;
pub mod imports;
pub mod ledger;
pub mod matching;
pub mod notifications;
pub mod organizations;
pub mod people;
pub mod privacy;
pub mod programmes;
pub mod protection;
pub mod reviews;
pub mod solve;
pub mod verify;

pub mod app;
pub mod commands;
pub mod rehearsal;
