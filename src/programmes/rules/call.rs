//! E001, corrections and extensions of a call. Pure.

use chrono::{Datelike, NaiveDate};

use super::super::{
    form::Form,
    model::{CallKind, NewCorrection, NewExtension, Round},
    policy::{Policy, Rubric},
};
use crate::{
    error::{Error, Fault, codes},
    kernel::money::Money,
};

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
        (policy.review.defence && rubric.defence.is_empty(), "/rubric/defence", "rubric of the defence"),
        (round.closes_on < round.opens_on, "/closes_on", "window: closes_on ≥ opens_on"),
        (policy.domains.is_empty(), "/policy/domains", "domains"),
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

/// What a correction makes of the round, its version numbers aside; all faults of the body at once.
pub fn correct(round: &Round, new: &NewCorrection, today: NaiveDate) -> Result<Round, Error> {
    let mut faults = Vec::new();
    let refuse = |at: &str, reason: &dyn std::fmt::Display| {
        Fault::new(at, &codes::FIELD_INVALID).with("reason", reason)
    };
    check_reason(&new.reason, &mut faults);
    let mut next = round.clone();
    if let Some(name) = &new.name {
        name.trim().clone_into(&mut next.name);
        if !(1..=100).contains(&next.name.chars().count()) {
            faults.push(refuse("/name", &"1–100"));
        }
    }
    if let Some(opens_on) = new.opens_on.filter(|day| *day != round.opens_on) {
        next.opens_on = opens_on;
        if round.opens_on.0 <= today {
            faults.push(refuse("/opens_on", &round.opens_on));
        } else if !(1949..=2999).contains(&opens_on.0.year()) {
            faults.push(refuse("/opens_on", &"1949–2999"));
        }
    }
    if let Some(closes_on) = new.closes_on.filter(|day| *day != round.closes_on) {
        next.closes_on = closes_on;
        if closes_on.0 < today || closes_on.0.year() > 2999 {
            faults.push(refuse("/closes_on", &format!("≥ {today}")));
        }
    }
    if let Some(budget) = new.budget {
        next.budget = budget;
        if budget < round.budget {
            faults.push(Fault::new("/budget", &codes::BUDGET_LOWERED).with("budget", round.budget));
        }
    }
    let says_something = new.name.is_some()
        || new.opens_on.is_some()
        || new.closes_on.is_some()
        || new.budget.is_some()
        || new.policy.is_some()
        || new.rubric.is_some()
        || new.form.is_some();
    if !says_something {
        faults.push(Fault::new("", &codes::CORRECTION_EMPTY));
    }
    if faults.is_empty() { Ok(next) } else { Err(Error::invalid(faults)) }
}

/// What an extension makes of the round.
pub fn extend(round: &Round, new: &NewExtension) -> Result<Round, Error> {
    let mut faults = Vec::new();
    check_reason(&new.reason, &mut faults);
    if new.closes_on <= round.closes_on || new.closes_on.0.year() > 2999 {
        faults.push(Fault::new("/closes_on", &codes::NOT_LATER).with("closes_on", round.closes_on));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    Ok(Round { closes_on: new.closes_on, ..round.clone() })
}

fn check_reason(reason: &str, faults: &mut Vec<Fault>) {
    if reason.trim().is_empty() {
        faults.push(Fault::new("/reason", &codes::FIELD_REQUIRED));
    } else if reason.chars().count() > 500 {
        faults.push(Fault::new("/reason", &codes::FIELD_TOO_LONG).with("max", 500));
    }
}
