//! Draft a round, anew or from another one, and write its policy, rubric and form.

use serde_json::json;

use super::{
    super::{
        form::Form,
        model::{CallKind, FormRow, NewRound, PolicyRow, Round, RoundState, RoundView, RubricRow},
        policy::{Policy, Rubric},
        rules::{self, Action, Phase},
        store,
    },
    prepare, record, view,
};
use crate::{
    db::Db,
    error::{Error, Input},
    http::{Caller, Shown},
    kernel::{
        ids::{ProgrammeId, RoundId},
        money::Money,
    },
};

/// Drafts a round with the default policy and no rubric, or with all that another round of the programme says.
pub fn draft(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    id: RoundId,
    input: &Input<NewRound>,
) -> Result<Shown<RoundView>, Error> {
    by.actor.require(programme, rules::DRAFTERS)?;
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_round(new)?;
    let source = match new.copy_of {
        None => None,
        Some(source) => Some(
            store::find_round(conn, source)?
                .filter(|source| source.programme_id == programme)
                .ok_or_else(Error::not_found)?,
        ),
    };
    let round = Round {
        id,
        programme_id: programme,
        name: new.name.trim().to_owned(),
        year: new.year,
        state: RoundState::Draft,
        policy_number: 1,
        rubric_number: 0,
        budget: new.budget,
        awarded_total: Money::ZERO,
        opens_on: new.opens_on,
        closes_on: new.closes_on,
        references_given: new.references_given,
        last_number: 0,
        created_by: by.actor.user_id,
        created_at: by.now,
        published_at: None,
        version: 1,
        form_number: 0,
        kind: new.kind.or(source.as_ref().map(|source| source.kind)).unwrap_or(CallKind::Fixed),
        batch_number: 1,
        call_number: 0,
        copied_from: new.copy_of,
    };
    let round = match source {
        None => {
            store::insert_round(conn, &round)?;
            insert_policy(conn, by, &round, &Policy::default())?;
            round
        }
        Some(source) => copy(conn, by, round, &source)?,
    };
    record(conn, by, &round, "round.draft", None, json!({"copied_from": round.copied_from}))?;
    view(conn, &by.actor, round, by.now)
}

/// Writes the round with the policy, the rubric and the form that the other one has now.
fn copy(conn: &mut Db, by: &Caller, mut round: Round, source: &Round) -> Result<Round, Error> {
    let policy = store::policy_of(conn, source.id, source.policy_number)?;
    let rubric = store::rubric_of(conn, source.id, source.rubric_number)?;
    let form = store::form_of(conn, source.id, source.form_number)?;
    round.rubric_number = source.rubric_number.min(1);
    round.form_number = source.form_number.min(1);
    store::insert_round(conn, &round)?;
    insert_policy(conn, by, &round, &policy)?;
    if round.rubric_number == 1 {
        insert_rubric(conn, by, &round, &rubric)?;
    }
    if round.form_number == 1 {
        insert_form(conn, by, &round, &form)?;
    }
    Ok(round)
}

pub(super) fn insert_policy(conn: &mut Db, by: &Caller, round: &Round, policy: &Policy) -> Result<(), Error> {
    let row = PolicyRow {
        round_id: round.id,
        number: round.policy_number,
        body: serde_json::to_string(policy).map_err(Error::internal)?,
        created_by: by.actor.user_id,
        created_at: by.now,
    };
    Ok(store::insert_policy(conn, &row)?)
}

pub(super) fn insert_rubric(conn: &mut Db, by: &Caller, round: &Round, rubric: &Rubric) -> Result<(), Error> {
    let row = RubricRow {
        round_id: round.id,
        number: round.rubric_number,
        body: serde_json::to_string(rubric).map_err(Error::internal)?,
        created_by: by.actor.user_id,
        created_at: by.now,
    };
    Ok(store::insert_rubric(conn, &row)?)
}

pub(super) fn insert_form(conn: &mut Db, by: &Caller, round: &Round, form: &Form) -> Result<(), Error> {
    let row = FormRow {
        round_id: round.id,
        number: round.form_number,
        body: serde_json::to_string(form).map_err(Error::internal)?,
        created_by: by.actor.user_id,
        created_at: by.now,
    };
    Ok(store::insert_form(conn, &row)?)
}

/// A new version of the policy of a draft.
pub fn set_policy(
    conn: &mut Db,
    by: &Caller,
    id: RoundId,
    input: &Input<Policy>,
) -> Result<Shown<RoundView>, Error> {
    let mut round = prepare(conn, by, id, Action::Configure)?;
    let policy = input.as_ref().map_err(Clone::clone)?;
    policy.validate()?;
    round.policy_number += 1;
    store::save_round(conn, &round)?;
    insert_policy(conn, by, &round, policy)?;
    let number = round.policy_number;
    record(conn, by, &round, "round.set_policy", Some(Phase::Draft), json!({"policy_number": number}))?;
    view(conn, &by.actor, round, by.now)
}

/// A new version of the rubric of a draft.
pub fn set_rubric(
    conn: &mut Db,
    by: &Caller,
    id: RoundId,
    input: &Input<Rubric>,
) -> Result<Shown<RoundView>, Error> {
    let mut round = prepare(conn, by, id, Action::Configure)?;
    let rubric = input.as_ref().map_err(Clone::clone)?;
    rubric.validate(store::policy_of(conn, id, round.policy_number)?.mark_step)?;
    round.rubric_number += 1;
    store::save_round(conn, &round)?;
    insert_rubric(conn, by, &round, rubric)?;
    let number = round.rubric_number;
    record(conn, by, &round, "round.set_rubric", Some(Phase::Draft), json!({"rubric_number": number}))?;
    view(conn, &by.actor, round, by.now)
}

/// A new version of the form of a draft.
pub fn set_form(
    conn: &mut Db,
    by: &Caller,
    id: RoundId,
    input: &Input<Form>,
) -> Result<Shown<RoundView>, Error> {
    let mut round = prepare(conn, by, id, Action::Configure)?;
    let form = input.as_ref().map_err(Clone::clone)?;
    form.validate()?;
    round.form_number += 1;
    store::save_round(conn, &round)?;
    insert_form(conn, by, &round, form)?;
    let number = round.form_number;
    record(conn, by, &round, "round.set_form", Some(Phase::Draft), json!({"form_number": number}))?;
    view(conn, &by.actor, round, by.now)
}
