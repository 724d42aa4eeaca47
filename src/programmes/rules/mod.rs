//! Where a round is, who may move it, and what a call must carry. Pure.

mod call;
mod differences;
#[cfg(test)]
mod tests;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};
use utoipa::ToSchema;

pub use call::{CallParts, check_call, correct, extend};
pub use differences::{Difference, differences};

use super::model::{CallKind, NewProgramme, NewRound, Round, RoundState};
use crate::{
    error::{Error, Fault, codes},
    http::Guarded,
    kernel::role::Role,
};

/// Roles that found programmes and give the office's roles, held for the installation.
pub const FOUNDERS: &[Role] = &[Role::SystemAdmin];
/// Roles that give the office's roles.
pub const ROLE_GIVERS: &[Role] = &[Role::SystemAdmin, Role::SecurityAdmin];
/// Roles that see who holds which role of the office.
pub const MEMBER_READERS: &[Role] =
    &[Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin, Role::CenterDirector, Role::Auditor];
/// Roles that draft rounds.
pub const DRAFTERS: &[Role] = &[Role::ProgramOfficer];

/// Where a round is on a given day.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Phase {
    /// Being prepared.
    Draft,
    /// Public, the window has not begun.
    Published,
    /// Applications can be submitted.
    Open,
    /// The window is over.
    Closed,
    /// Experts are at work.
    Reviewing,
    /// The awards are decided.
    Decided,
    /// Put away.
    Archived,
}

/// The phase of a round on the day `today` in Asia/Shanghai. A rolling call is `open` to applicants through the whole
/// of its window, also while batches of it are reviewed; `reviewing` begins for it when the window is over.
#[must_use]
pub fn phase(round: &Round, today: NaiveDate) -> Phase {
    match round.state {
        RoundState::Draft => Phase::Draft,
        RoundState::Published if today < round.opens_on.0 => Phase::Published,
        RoundState::Published if today <= round.closes_on.0 => Phase::Open,
        RoundState::Published => Phase::Closed,
        RoundState::Reviewing if round.kind == CallKind::Rolling && today <= round.closes_on.0 => Phase::Open,
        RoundState::Reviewing => Phase::Reviewing,
        RoundState::Decided => Phase::Decided,
        RoundState::Archived => Phase::Archived,
    }
}

/// True for a round that was published and is not decided: what is not handed in yet may still be.
#[must_use]
pub const fn is_under_way(round: &Round) -> bool {
    matches!(round.state, RoundState::Published | RoundState::Reviewing)
}

/// True while applications can be submitted.
#[must_use]
pub fn accepts_submissions(round: &Round, today: NaiveDate) -> bool {
    phase(round, today) == Phase::Open
}

/// The review batch that a submission belongs to now. Only a rolling call goes beyond the first.
#[must_use]
pub const fn current_batch(round: &Round) -> i32 {
    round.batch_number
}

/// True where nothing more can come into a batch: the officer closed it, or the window is over.
#[must_use]
pub fn is_batch_closed(round: &Round, batch: i32, today: NaiveDate) -> bool {
    batch < round.batch_number
        || !matches!(phase(round, today), Phase::Draft | Phase::Published | Phase::Open)
}

/// The state of the round after experts are assigned to an application of `batch`, or `None` where they cannot be:
/// the batch must be closed. A round with one window has one batch, which closes with it.
#[must_use]
pub fn begin_review(round: &Round, batch: i32, today: NaiveDate) -> Option<RoundState> {
    match phase(round, today) {
        Phase::Open if is_batch_closed(round, batch, today) => Some(RoundState::Reviewing),
        other => Action::BeginReview.apply(round.state, other),
    }
}

/// What can be done to a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// Write its policy, rubric or form anew.
    Configure,
    /// Make it public.
    Publish,
    /// 更正公告: put a published call right.
    Correct,
    /// 延期: move the end of the window.
    Extend,
    /// Close the review batch that is filling; of a rolling call only.
    CloseBatch,
    /// Assign experts.
    BeginReview,
    /// Decide the awards.
    Decide,
}

impl Action {
    /// True where it can be done in this phase.
    #[must_use]
    pub const fn starts_from(self, phase: Phase) -> bool {
        match (self, phase) {
            (Self::Configure | Self::Publish, Phase::Draft)
            | (Self::Correct | Self::Extend, Phase::Published | Phase::Open)
            | (Self::CloseBatch, Phase::Open)
            // A round in which nobody was assigned can still be decided: it awards nothing.
            | (Self::BeginReview | Self::Decide, Phase::Closed | Phase::Reviewing) => true,
            (
                Self::Configure
                | Self::Publish
                | Self::Correct
                | Self::Extend
                | Self::CloseBatch
                | Self::BeginReview
                | Self::Decide,
                Phase::Draft
                | Phase::Published
                | Phase::Open
                | Phase::Closed
                | Phase::Reviewing
                | Phase::Decided
                | Phase::Archived,
            ) => false,
        }
    }

    /// The stored state after it, or `None` where it cannot be done.
    #[must_use]
    pub const fn apply(self, state: RoundState, phase: Phase) -> Option<RoundState> {
        if !self.starts_from(phase) {
            return None;
        }
        Some(match self {
            Self::Configure => RoundState::Draft,
            Self::Publish => RoundState::Published,
            Self::Correct | Self::Extend | Self::CloseBatch => state,
            Self::BeginReview => RoundState::Reviewing,
            Self::Decide => RoundState::Decided,
        })
    }
}

impl Guarded for Action {
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Configure | Self::BeginReview | Self::CloseBatch => DRAFTERS,
            Self::Publish | Self::Correct | Self::Decide => &[Role::CenterDirector],
            Self::Extend => &[Role::ProgramOfficer, Role::CenterDirector],
        }
    }

    fn states(&self) -> Vec<String> {
        Phase::iter().filter(|phase| self.starts_from(*phase)).map(|phase| phase.to_string()).collect()
    }
}

/// All faults of a new programme.
pub fn check_programme(new: &NewProgramme) -> Result<(), Error> {
    let mut faults = Vec::new();
    if new.name.trim().is_empty() {
        faults.push(Fault::new("/name", &codes::FIELD_REQUIRED));
    } else if new.name.chars().count() > 100 {
        faults.push(Fault::new("/name", &codes::FIELD_TOO_LONG).with("max", 100));
    }
    let plain = (1..=8).contains(&new.prefix.len())
        && new.prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if !plain {
        faults.push(Fault::new("/prefix", &codes::FIELD_INVALID).with("reason", "A–Z 0–9, 1–8"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// All faults of a new round.
pub fn check_round(new: &NewRound) -> Result<(), Error> {
    let mut faults = Vec::new();
    if new.name.trim().is_empty() {
        faults.push(Fault::new("/name", &codes::FIELD_REQUIRED));
    } else if new.name.chars().count() > 100 {
        faults.push(Fault::new("/name", &codes::FIELD_TOO_LONG).with("max", 100));
    }
    if !(1949..=2999).contains(&new.year) {
        faults.push(Fault::new("/year", &codes::FIELD_INVALID).with("reason", "1949–2999"));
    }
    for (pointer, day) in [("/opens_on", new.opens_on), ("/closes_on", new.closes_on)] {
        if !(1949..=2999).contains(&day.0.year()) {
            faults.push(Fault::new(pointer, &codes::FIELD_INVALID).with("reason", "1949–2999"));
        }
    }
    if new.closes_on < new.opens_on {
        faults.push(Fault::new("/closes_on", &codes::FIELD_INVALID).with("reason", "closes_on ≥ opens_on"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}
