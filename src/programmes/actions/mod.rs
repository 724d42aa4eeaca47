//! Found a programme, give roles, draft, configure and publish a round; and what later stages do to a round.

mod call;
mod configure;

use diesel::result::{DatabaseErrorKind, Error as QueryError};
use serde_json::json;

pub use call::{close_batch, correct, differences, extend, publish, version_view};
pub use configure::{draft, set_form, set_policy, set_rubric};

use super::{
    model::{CallKind, Member, NewMember, NewProgramme, Programme, Round, RoundState, RoundView},
    rules::{self, Action, Phase, phase},
    store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane, exactly_one},
    error::{Error, Input, codes},
    http::{Actor, Caller, Guarded, Shown},
    kernel::{
        ids::{MembershipId, ProgrammeId, RoundId},
        money::Money,
        reference::Reference,
        role::Role,
        time::Timestamp,
    },
    organizations,
    people::{self, Bound},
};

/// Founds a programme.
pub fn found(
    conn: &mut Db,
    by: &Caller,
    id: ProgrammeId,
    input: &Input<NewProgramme>,
) -> Result<Shown<Programme>, Error> {
    let role = by.actor.require_installation(rules::FOUNDERS)?;
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_programme(new)?;
    let programme = Programme {
        id,
        name: new.name.trim().to_owned(),
        prefix: new.prefix.clone(),
        created_by: by.actor.user_id,
        created_at: by.now,
        version: 1,
    };
    store::insert_programme(conn, &programme)?;
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(role),
        action: "programme.found",
        subject_kind: "programme",
        subject_id: id.to_string(),
        before: None,
        after: None,
        detail: json!({}),
    };
    audit::record(conn, Lane::Installation, deed, by.now)?;
    Ok(Shown { object: programme, permitted_actions: vec!["add_member"] })
}

/// Gives somebody a role of the office.
pub fn add_member(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    input: &Input<NewMember>,
) -> Result<Member, Error> {
    // A city's administrator gives roles everywhere, a programme's own in that programme.
    require_role_giver(conn, &by.actor, programme)?;
    by.proceed_unversioned(conn)?;
    let NewMember { user_id, role, unit_id } = *input.as_ref().map_err(Clone::clone)?;
    people::check_given_by_hand(role)?;
    people::require_account(conn, user_id)?;
    organizations::check_unit_of(conn, programme, unit_id)?;
    let bound = Bound { programme: Some(programme), unit: unit_id, ..Bound::default() };
    people::grant_role(
        conn,
        Lane::Programme(programme),
        user_id,
        role,
        bound,
        Some(by.actor.user_id),
        by.now,
    )?;
    Ok(Member { programme_id: programme, user_id, role, unit_id })
}

/// 404 for a programme that is not there, 403 for whoever gives no roles in it; else their role.
pub fn require_role_giver(conn: &mut Db, actor: &Actor, programme: ProgrammeId) -> Result<Role, Error> {
    let role = match actor.require_installation(rules::ROLE_GIVERS) {
        Ok(role) => role,
        Err(_) => actor.require(programme, rules::ROLE_GIVERS)?,
    };
    store::find_programme(conn, programme)?.map(|_| role).ok_or_else(Error::not_found)
}

/// Takes a role of the office away from somebody.
pub fn remove_member(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    member: MembershipId,
) -> Result<(), Error> {
    let role = require_role_giver(conn, &by.actor, programme)?;
    let held = people::find_given(conn, Some(programme), member)?;
    people::revoke(conn, Lane::Programme(programme), &held, (by.actor.user_id, role), by.now)
}

/// The round for somebody of the programme; drafts are the office's alone. Anybody signed in may see a public round.
pub fn see(conn: &mut Db, actor: &Actor, id: RoundId) -> Result<Round, Error> {
    let round = store::find_round(conn, id)?.ok_or_else(Error::not_found)?;
    if round.state == RoundState::Draft && !actor.is_staff_of(round.programme_id) {
        return Err(Error::not_found());
    }
    Ok(round)
}

/// The round for somebody who wants to apply: 404 while it is a draft.
pub fn see_published(conn: &mut Db, id: RoundId) -> Result<Round, Error> {
    let round = store::find_round(conn, id)?.ok_or_else(Error::not_found)?;
    if round.state == RoundState::Draft { Err(Error::not_found()) } else { Ok(round) }
}

/// Finds the round, checks role, replay, version and state, and returns it in its next state with the next version.
fn prepare(conn: &mut Db, by: &Caller, id: RoundId, action: Action) -> Result<Round, Error> {
    let mut round = see(conn, &by.actor, id)?;
    by.actor.require(round.programme_id, action.roles())?;
    by.proceed(conn, round.version)?;
    let now = phase(&round, by.now.day());
    round.state = action.apply(round.state, now).ok_or_else(|| Error::illegal_transition(now))?;
    round.version += 1;
    Ok(round)
}

/// The round as it is shown.
pub fn view(conn: &mut Db, actor: &Actor, round: Round, now: Timestamp) -> Result<Shown<RoundView>, Error> {
    let phase = phase(&round, now.day());
    // The review begins with the first assignment and the decision is taken on a plan: both are offered there.
    let offered = [Action::Configure, Action::Publish, Action::Correct, Action::Extend, Action::CloseBatch];
    let permitted_actions = offered
        .into_iter()
        .filter(|action| action.starts_from(phase))
        .filter(|action| *action != Action::CloseBatch || round.kind == CallKind::Rolling)
        .filter(|action| actor.role_among(round.programme_id, action.roles()).is_some())
        .map(Into::into)
        .collect();
    let policy = store::policy_of(conn, round.id, round.policy_number)?;
    let rubric = store::rubric_of(conn, round.id, round.rubric_number)?;
    let form = store::form_of(conn, round.id, round.form_number)?;
    Ok(Shown { object: RoundView { round, phase, policy, rubric, form }, permitted_actions })
}

/// The reference of a new application: the office's own where the round says so, else the next number.
pub fn next_reference(conn: &mut Db, round: &Round, given: Option<&Reference>) -> Result<Reference, Error> {
    match (round.references_given, given) {
        (true, Some(reference)) => Ok(reference.clone()),
        (true, None) => Err(Error::at("/reference", &codes::FIELD_REQUIRED)),
        (false, Some(_)) => Err(Error::at("/reference", &codes::REFERENCE_GIVEN)),
        (false, None) => {
            let programme = store::find_programme(conn, round.programme_id)?.ok_or_else(Error::not_found)?;
            let number = store::take_number(conn, round.id)?;
            Ok(Reference::numbered(&programme.prefix, round.year, number))
        }
    }
}

/// Called by an assignment to an application of this review batch: the round is in review from now on. A rolling
/// call that is still open takes further submissions into its next batch.
pub fn begin_review(conn: &mut Db, by: &Caller, mut round: Round, batch: i32) -> Result<Round, Error> {
    let before = phase(&round, by.now.day());
    let next =
        rules::begin_review(&round, batch, by.now.day()).ok_or_else(|| Error::illegal_transition(before))?;
    if round.state == next {
        return Ok(round);
    }
    round.state = next;
    round.version += 1;
    store::save_round(conn, &round)?;
    record(conn, by, &round, "round.begin_review", Some(before), json!({}))?;
    Ok(round)
}

/// Called by the decision: the round is decided.
pub fn mark_decided(conn: &mut Db, by: &Caller, mut round: Round) -> Result<Round, Error> {
    let before = phase(&round, by.now.day());
    round.state =
        Action::Decide.apply(round.state, before).ok_or_else(|| Error::illegal_transition(before))?;
    round.version += 1;
    store::save_round(conn, &round)?;
    record(conn, by, &round, "round.decide", Some(before), json!({}))?;
    Ok(round)
}

/// Adds to what the round has awarded: R205 where the database's CHECK says that the budget does not reach.
pub fn add_awarded(conn: &mut Db, round: &Round, amount: Money) -> Result<(), Error> {
    let changed = store::add_awarded(conn, round.id, amount).map_err(|error| match error {
        QueryError::DatabaseError(DatabaseErrorKind::CheckViolation, _) => {
            let after = round.awarded_total.checked_add(amount).unwrap_or(amount);
            let over = after.checked_sub(round.budget).unwrap_or_default();
            Error::new(&codes::R205).with("over", over)
        }
        other => other.into(),
    })?;
    exactly_one(changed)
}

fn record(
    conn: &mut Db,
    by: &Caller,
    round: &Round,
    action: &'static str,
    before: Option<Phase>,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: by.actor.roles_in(round.programme_id).next().filter(|role| *role != Role::Applicant),
        action,
        subject_kind: "round",
        subject_id: round.id.to_string(),
        before: before.map(Into::into),
        after: Some(round.state.into()),
        detail,
    };
    Ok(audit::record(conn, Lane::Programme(round.programme_id), deed, by.now)?)
}
