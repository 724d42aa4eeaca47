//! Where a round is, who may move it, and what a call must carry. Pure.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};
use utoipa::ToSchema;

use super::{
    form::Form,
    model::{CallKind, NewProgramme, NewRound, Round, RoundState},
    policy::{Policy, Rubric},
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

/// True where the round takes submissions on that day.
#[must_use]
pub fn accepts_submissions(round: &Round, today: NaiveDate) -> bool {
    phase(round, today) == Phase::Open
}

/// The review batch that is filling.
#[must_use]
pub fn current_batch(_round: &Round) -> i32 {
    1
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

/// Everything a call says.
pub struct CallParts<'a> {
    /// The round with its budget and its window.
    pub round: &'a Round,
    /// Its policy.
    pub policy: &'a Policy,
    /// Its rubric.
    pub rubric: &'a Rubric,
    /// Its form.
    pub form: &'a Form,
}

/// E001: everything a call lacks, and everything in it that cannot be, at once.
pub fn check_call(call: &CallParts<'_>) -> Result<(), Error> {
    let CallParts { round, policy, rubric, form } = call;
    let above = |amount: Option<Money>| amount.is_none_or(|amount| amount > round.budget);
    let is_contest = round.kind == CallKind::Contest;
    // What stands for itself is said by the words of the call, before anything that compares two of them.
    let has_budget = round.budget > Money::ZERO;
    let lacks = [
        (!has_budget, "/budget", "budget"),
        (rubric.criteria.is_empty(), "/rubric", "rubric"),
        (round.closes_on < round.opens_on, "/closes_on", "window: closes_on ≥ opens_on"),
        (policy.domains.is_empty(), "/policy/domains", "domains"),
        (has_budget && above(Some(policy.cap)), "/policy/cap", "cap ≤ budget"),
        (has_budget && above(policy.track_budgets()), "/policy/tracks", "Σ tracks ≤ budget"),
        (is_contest && policy.prizes.is_empty(), "/policy/prizes", "prizes"),
        (is_contest && has_budget && above(policy.prize_money()), "/policy/prizes", "Σ prizes ≤ budget"),
    ];
    let lacks: Vec<_> = lacks.into_iter().filter(|(lacking, _, _)| *lacking).collect();
    let mut missing: Vec<&str> = lacks.iter().map(|(_, _, name)| *name).collect();
    let fault =
        |(_, at, name): &(bool, &str, &str)| Fault::new(*at, &codes::ROUND_INCOMPLETE).with("missing", name);
    let mut faults: Vec<Fault> = lacks.iter().map(fault).collect();
    let policy_faults = policy.faults();
    let rubric_faults = if rubric.criteria.is_empty() { Vec::new() } else { rubric.faults(policy.mark_step) };
    let form_faults = form.validate().err().map(|error| error.faults).unwrap_or_default();
    for (part, own) in [("policy", policy_faults), ("rubric", rubric_faults), ("form", form_faults)] {
        if !own.is_empty() {
            missing.push(part);
        }
        faults.extend(own.into_iter().map(|mut fault| {
            fault.pointer = format!("/{part}{}", fault.pointer);
            fault
        }));
    }
    if faults.is_empty() {
        return Ok(());
    }
    let mut error = Error::new(&codes::ROUND_INCOMPLETE).with("missing", missing.join(", "));
    error.faults = faults;
    Err(error)
}
