//! Where a round is, who may move it, and what a call must carry. Pure.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};
use utoipa::ToSchema;

use super::{
    model::{NewProgramme, NewRound, Round, RoundState},
    policy::Rubric,
};
use crate::{
    error::{Error, Fault, codes},
    http::Guarded,
    kernel::{money::Money, role::Role},
};

/// Roles that found programmes and give the office's roles, held for the installation.
pub const FOUNDERS: &[Role] = &[Role::SystemAdmin];
/// Roles that give the office's roles.
pub const ROLE_GIVERS: &[Role] = &[Role::SystemAdmin, Role::SecurityAdmin];
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

/// The phase of a round on the day `today` in Asia/Shanghai.
#[must_use]
pub fn phase(round: &Round, today: NaiveDate) -> Phase {
    match round.state {
        RoundState::Draft => Phase::Draft,
        RoundState::Published if today < round.opens_on.0 => Phase::Published,
        RoundState::Published if today <= round.closes_on.0 => Phase::Open,
        RoundState::Published => Phase::Closed,
        RoundState::Reviewing => Phase::Reviewing,
        RoundState::Decided => Phase::Decided,
        RoundState::Archived => Phase::Archived,
    }
}

/// What can be done to a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// Write its policy or rubric anew.
    Configure,
    /// Make it public.
    Publish,
    /// Assign experts.
    BeginReview,
    /// Decide the awards.
    Decide,
}

impl Action {
    /// The state after it, or `None` where it cannot be done.
    #[must_use]
    pub const fn apply(self, phase: Phase) -> Option<RoundState> {
        match self {
            Self::Configure => match phase {
                Phase::Draft => Some(RoundState::Draft),
                Phase::Published
                | Phase::Open
                | Phase::Closed
                | Phase::Reviewing
                | Phase::Decided
                | Phase::Archived => None,
            },
            Self::Publish => match phase {
                Phase::Draft => Some(RoundState::Published),
                Phase::Published
                | Phase::Open
                | Phase::Closed
                | Phase::Reviewing
                | Phase::Decided
                | Phase::Archived => None,
            },
            Self::BeginReview => match phase {
                Phase::Closed | Phase::Reviewing => Some(RoundState::Reviewing),
                Phase::Draft | Phase::Published | Phase::Open | Phase::Decided | Phase::Archived => None,
            },
            Self::Decide => match phase {
                // A round in which nobody was assigned can still be decided: it awards nothing.
                Phase::Closed | Phase::Reviewing => Some(RoundState::Decided),
                Phase::Draft | Phase::Published | Phase::Open | Phase::Decided | Phase::Archived => None,
            },
        }
    }
}

impl Guarded for Action {
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Configure | Self::BeginReview => DRAFTERS,
            Self::Publish | Self::Decide => &[Role::CenterDirector],
        }
    }

    fn states(&self) -> Vec<String> {
        Phase::iter().filter(|phase| self.apply(*phase).is_some()).map(|phase| phase.to_string()).collect()
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

/// E001: what a call still lacks.
pub fn check_call(round: &Round, rubric: &Rubric) -> Result<(), Error> {
    let missing: Vec<&str> = [
        (round.budget <= Money::ZERO, "budget"),
        (rubric.criteria.is_empty(), "rubric"),
        (round.closes_on < round.opens_on, "window"),
    ]
    .into_iter()
    .filter_map(|(lacks, name)| lacks.then_some(name))
    .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Error::new(&codes::ROUND_INCOMPLETE).with("missing", missing.join(", ")))
    }
}
