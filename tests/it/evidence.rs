//! Evidence: what was sealed cannot be altered unseen, and outsiders can tell (trust.md S8, I19, §5 number 72).

mod api;
mod denials;
mod outside;
mod sealing;
mod tamper;
mod tools;
