//! Publish a call, correct it, extend it, close a batch of it; and what differs between two of its versions.

use serde_json::{Value, json};

use super::{
    super::{
        form::Form,
        model::{
            CallChange, CallKind, CallSnapshot, CallVersion, CallVersionRow, NewCorrection, NewExtension,
            ReviewBatch, Round, RoundState, RoundView,
        },
        policy::{Policy, Rubric},
        rules::{self, Action, CallParts, Difference, Phase, phase},
        store,
    },
    configure::{insert_form, insert_policy, insert_rubric},
    prepare, record, see, view,
};
use crate::{
    db::Db,
    error::{Error, Input, codes},
    http::{Caller, Shown},
    kernel::{digest::sha256_hex, ids::RoundId, money::Money},
    ledger::{self, Cause, EntryKind, Transfer},
};

/// Makes the call public and its budget available.
pub fn publish(conn: &mut Db, by: &Caller, id: RoundId) -> Result<Shown<RoundView>, Error> {
    let mut round = prepare(conn, by, id, Action::Publish)?;
    let parts = Parts::of(conn, &round)?;
    parts.check(&round)?;
    round.published_at = Some(by.now);
    round.call_number = 1;
    store::save_round(conn, &round)?;
    ledger::open_accounts(conn, round.programme_id, id)?;
    appropriate(conn, by, &round, round.budget, "round", &id.to_string())?;
    insert_version(conn, by, &round, &parts, CallChange::Publication, "")?;
    record(conn, by, &round, "round.publish", Some(Phase::Draft), json!({"budget": round.budget}))?;
    view(conn, &by.actor, round, by.now)
}

/// 更正公告: a new version of the call, checked as a whole like the first. Applications keep the versions they are
/// judged by.
pub fn correct(
    conn: &mut Db,
    by: &Caller,
    id: RoundId,
    input: &Input<NewCorrection>,
) -> Result<Shown<RoundView>, Error> {
    let round = prepare(conn, by, id, Action::Correct)?;
    let before = phase(&round, by.now.day());
    let new = input.as_ref().map_err(Clone::clone)?;
    let mut next = rules::correct(&round, new, by.now.day())?;
    // Everybody is scored by the same rubric and the same numbers, so they stand once experts are at work.
    if round.state == RoundState::Reviewing && (new.policy.is_some() || new.rubric.is_some()) {
        return Err(Error::new(&codes::CALL_REVIEW_BEGUN));
    }
    let mut parts = Parts::of(conn, &round)?;
    parts.take(new);
    parts.check(&next)?;
    next.policy_number += i32::from(new.policy.is_some());
    next.rubric_number += i32::from(new.rubric.is_some());
    next.form_number += i32::from(new.form.is_some());
    next.call_number += 1;
    store::save_round(conn, &next)?;
    if new.policy.is_some() {
        insert_policy(conn, by, &next, &parts.policy)?;
    }
    if new.rubric.is_some() {
        insert_rubric(conn, by, &next, &parts.rubric)?;
    }
    if new.form.is_some() {
        insert_form(conn, by, &next, &parts.form)?;
    }
    let raise = next.budget.checked_sub(round.budget).unwrap_or_default();
    appropriate(conn, by, &next, raise, "call_version", &format!("{id}/{}", next.call_number))?;
    insert_version(conn, by, &next, &parts, CallChange::Correction, &new.reason)?;
    let detail = json!({"call_number": next.call_number, "reason": new.reason.trim(), "budget": next.budget,
        "opens_on": next.opens_on, "closes_on": next.closes_on});
    record(conn, by, &next, "round.correct", Some(before), detail)?;
    view(conn, &by.actor, next, by.now)
}

/// 延期: the window ends later.
pub fn extend(
    conn: &mut Db,
    by: &Caller,
    id: RoundId,
    input: &Input<NewExtension>,
) -> Result<Shown<RoundView>, Error> {
    let round = prepare(conn, by, id, Action::Extend)?;
    let before = phase(&round, by.now.day());
    let new = input.as_ref().map_err(Clone::clone)?;
    let mut next = rules::extend(&round, new)?;
    next.call_number += 1;
    store::save_round(conn, &next)?;
    let parts = Parts::of(conn, &next)?;
    insert_version(conn, by, &next, &parts, CallChange::Extension, &new.reason)?;
    let detail = json!({"call_number": next.call_number, "reason": new.reason.trim(),
        "from": round.closes_on, "to": next.closes_on});
    record(conn, by, &next, "round.extend", Some(before), detail)?;
    view(conn, &by.actor, next, by.now)
}

/// Closes the review batch that is filling and begins the next one.
pub fn close_batch(conn: &mut Db, by: &Caller, id: RoundId) -> Result<Shown<RoundView>, Error> {
    let mut round = prepare(conn, by, id, Action::CloseBatch)?;
    if round.kind != CallKind::Rolling {
        return Err(Error::new(&codes::NOT_ROLLING));
    }
    let before = phase(&round, by.now.day());
    let batch = ReviewBatch {
        round_id: id,
        number: round.batch_number,
        closed_by: by.actor.user_id,
        closed_at: by.now,
    };
    store::insert_batch(conn, &batch)?;
    round.batch_number += 1;
    store::save_round(conn, &round)?;
    record(conn, by, &round, "round.close_batch", Some(before), json!({"number": batch.number}))?;
    view(conn, &by.actor, round, by.now)
}

/// The policy, rubric and form of a call.
struct Parts {
    policy: Policy,
    rubric: Rubric,
    form: Form,
}

impl Parts {
    fn of(conn: &mut Db, round: &Round) -> Result<Self, Error> {
        Ok(Self {
            policy: store::policy_of(conn, round.id, round.policy_number)?,
            rubric: store::rubric_of(conn, round.id, round.rubric_number)?,
            form: store::form_of(conn, round.id, round.form_number)?,
        })
    }

    fn take(&mut self, new: &NewCorrection) {
        if let Some(policy) = &new.policy {
            self.policy.clone_from(policy);
        }
        if let Some(rubric) = &new.rubric {
            self.rubric.clone_from(rubric);
        }
        if let Some(form) = &new.form {
            self.form.clone_from(form);
        }
    }

    fn check(&self, round: &Round) -> Result<(), Error> {
        let Self { policy, rubric, form } = self;
        rules::check_call(&CallParts { round, policy, rubric, form })
    }

    fn snapshot<'a>(&'a self, round: &'a Round) -> CallSnapshot<'a> {
        CallSnapshot::of(round, &self.policy, &self.rubric, &self.form)
    }
}

/// Books what the round can award, or what was added to it.
fn appropriate(
    conn: &mut Db,
    by: &Caller,
    round: &Round,
    amount: Money,
    subject_kind: &str,
    subject_id: &str,
) -> Result<(), Error> {
    let Some(transfer) = Transfer::new(EntryKind::Appropriate, amount) else { return Ok(()) };
    let cause = Cause {
        programme: round.programme_id,
        round: round.id,
        subject_kind,
        subject_id,
        made_by: by.actor.user_id,
        now: by.now,
    };
    ledger::post(conn, transfer, cause).map(|_| ())
}

fn insert_version(
    conn: &mut Db,
    by: &Caller,
    round: &Round,
    parts: &Parts,
    kind: CallChange,
    reason: &str,
) -> Result<(), Error> {
    let body = serde_json::to_string(&parts.snapshot(round)).map_err(Error::internal)?;
    let row = CallVersionRow {
        round_id: round.id,
        number: round.call_number,
        kind,
        reason: reason.trim().to_owned(),
        digest: sha256_hex(&body),
        body,
        published_by: by.actor.user_id,
        published_at: by.now,
    };
    Ok(store::insert_version(conn, &row)?)
}

/// A version as it is shown.
pub fn version_view(row: CallVersionRow) -> Result<CallVersion, Error> {
    Ok(CallVersion {
        round_id: row.round_id,
        number: row.number,
        kind: row.kind,
        reason: row.reason,
        call: serde_json::from_str(&row.body).map_err(Error::internal)?,
        digest: row.digest,
        published_by: row.published_by,
        published_at: row.published_at,
    })
}

/// What a round is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Other {
    Version(i32),
    Round(RoundId),
}

impl std::str::FromStr for Other {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = match text.strip_prefix("version:") {
            Some(number) => number.parse().ok().map(Self::Version),
            None => text.parse().ok().map(Self::Round),
        };
        known.ok_or_else(|| Error::new(&codes::UNKNOWN_FILTER).with("reason", "to: version:N, ROUND_ID"))
    }
}

/// What differs in a round from the one it was copied from, from the version of its call before where it was not
/// copied, or from what `to` names.
pub fn differences(
    conn: &mut Db,
    by: &Caller,
    id: RoundId,
    to: Option<&str>,
) -> Result<Vec<Difference>, Error> {
    let round = see(conn, &by.actor, id)?;
    let default = round.copied_from.map(Other::Round);
    let default =
        default.or_else(|| (round.call_number > 1).then_some(Other::Version(round.call_number - 1)));
    let Some(other) = to.map(str::parse).transpose()?.or(default) else { return Ok(Vec::new()) };
    let before = match other {
        Other::Version(number) => {
            let row = store::find_version(conn, id, number)?.ok_or_else(Error::not_found)?;
            serde_json::from_str(&row.body).map_err(Error::internal)?
        }
        Other::Round(other) => {
            let other = see(conn, &by.actor, other)?;
            if other.programme_id != round.programme_id {
                return Err(Error::not_found());
            }
            said(conn, &other)?
        }
    };
    let after = said(conn, &round)?;
    let part = |name: &str, of: &Value| of.get(name).cloned().unwrap_or_default();
    Ok(["call", "policy", "rubric", "form"]
        .into_iter()
        .flat_map(|name| match name {
            "call" => rules::differences(name, &own_words(&before), &own_words(&after)),
            _ => rules::differences(name, &part(name, &before), &part(name, &after)),
        })
        .collect())
}

/// Everything a round says now.
fn said(conn: &mut Db, round: &Round) -> Result<Value, Error> {
    let parts = Parts::of(conn, round)?;
    serde_json::to_value(parts.snapshot(round)).map_err(Error::internal)
}

/// What a call says beside its parts and their version numbers.
fn own_words(call: &Value) -> Value {
    let mut own = call.clone();
    if let Some(fields) = own.as_object_mut() {
        let parts = ["policy", "rubric", "form", "policy_number", "rubric_number", "form_number"];
        fields.retain(|name, _| !parts.contains(&name.as_str()));
    }
    own
}
