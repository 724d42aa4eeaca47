//! Refusals with a code of their own: what the intake, the experts, the meeting and the money must not do.

mod eligibility;
mod intake;
mod money;
mod people;
mod review;
