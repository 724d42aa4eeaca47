//! One integration binary: the real application on real, private databases. Its files mirror the features.
//!
//! A story is a function that takes a running [`support::TestApp`]; `on_both!` makes two tests of it, one on SQLite
//! and one on PostgreSQL, because what the service promises it promises on both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking at the place of the fault"
)]

#[macro_use]
mod support;

mod architecture;
mod attachments;
mod attacks;
mod blind;
mod calendar;
mod calls;
mod concurrency;
mod conduct;
mod conflict_rows;
mod conflicts;
mod database;
mod docs;
mod evidence;
mod experts;
mod export;
mod feedback;
mod hostile;
mod http;
mod idempotency;
mod imports;
mod intake;
mod jobs;
mod letters;
mod matrix;
mod noninterference;
mod notifications;
mod organizations;
mod outbox;
mod panels;
mod people;
mod plans;
mod probes;
mod protection;
mod queries;
mod ranking;
mod refusals;
mod rehearsal;
mod release;
mod reminders;
mod rereview;
mod score_files;
mod score_files_offline;
mod sealing;
mod search;
mod sheets;
mod sign_in;
mod solve;
mod story;
mod verify;
