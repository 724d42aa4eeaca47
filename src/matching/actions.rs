//! Open a matching round, take lists, run, confirm.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    model::{
        MatchingRound, MatchingRun, MatchingState, NewChoices, NewMatchingRound, NewPreference, Pair,
        Preference, PreferenceView, RunResult, RunView, Side,
    },
    rules::{self, Action, Listed},
    store,
};
use crate::{
    applications,
    audit::{self, Deed},
    db::{Db, Lane},
    enterprises,
    error::{Error, Input, codes},
    http::{Actor, Caller, Guarded, Shown},
    kernel::{
        digest::sha256_hex,
        ids::{MatchingRoundId, MatchingRunId, PreferenceId, RoundId},
        role::Role,
    },
    outbox::{self, Letter},
    programmes::{self, Phase},
};

fn record(
    conn: &mut Db,
    by: &Caller,
    round: &MatchingRound,
    role: Role,
    action: &'static str,
    before: Option<MatchingState>,
    detail: Value,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(role),
        action,
        subject_kind: "matching_round",
        subject_id: round.id.to_string(),
        before: before.map(Into::into),
        after: Some(round.state.into()),
        detail,
    };
    Ok(audit::record(conn, Lane::Programme(round.programme_id), deed, by.now)?)
}

/// Opens a matching round for the projects of a decided round.
pub fn open(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    id: MatchingRoundId,
    input: &Input<NewMatchingRound>,
) -> Result<Shown<MatchingRound>, Error> {
    let round = programmes::see_published(conn, round)?;
    let role = by.actor.require(round.programme_id, Action::Open.roles())?;
    by.proceed_unversioned(conn)?;
    let phase = programmes::phase(&round, by.now.day());
    if phase != Phase::Decided {
        return Err(Error::illegal_transition(phase));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::at("/name", &codes::FIELD_REQUIRED));
    }
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let matching = MatchingRound {
        id,
        programme_id: round.programme_id,
        round_id: round.id,
        name: name.to_owned(),
        proposer: new.proposer.unwrap_or(policy.proposer),
        state: MatchingState::Open,
        confirmed_run_id: None,
        created_by: by.actor.user_id,
        created_at: by.now,
        version: 1,
    };
    store::insert_round(conn, &matching)?;
    record(conn, by, &matching, role, "matching.open", None, json!({"proposer": matching.proposer}))?;
    Ok(show(&by.actor, matching))
}

/// The matching round for everybody who has to do with the programme.
pub fn see(conn: &mut Db, actor: &Actor, id: MatchingRoundId) -> Result<MatchingRound, Error> {
    let round = store::find_round(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.roles_in(round.programme_id).next().is_some() { Ok(round) } else { Err(Error::not_found()) }
}

/// What this person may do to it now.
pub fn show(actor: &Actor, round: MatchingRound) -> Shown<MatchingRound> {
    let permitted_actions = [Action::List, Action::Run, Action::Confirm]
        .into_iter()
        .filter(|action| action.apply(round.state).is_some())
        .filter(|action| actor.role_among(round.programme_id, action.roles()).is_some())
        .map(Into::into)
        .collect();
    Shown { object: round, permitted_actions }
}

/// Takes a list from an enterprise or a project.
pub fn list(
    conn: &mut Db,
    by: &Caller,
    id: MatchingRoundId,
    preference: PreferenceId,
    input: &Input<NewPreference>,
) -> Result<PreferenceView, Error> {
    let round = see(conn, &by.actor, id)?;
    let role = by.actor.require(round.programme_id, Action::List.roles())?;
    by.proceed_unversioned(conn)?;
    Action::List.next(round.state)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let (side, owner, quota) = owner(conn, &by.actor, &round, new)?;
    check_choices(conn, &round, side, &new.choices)?;
    let preference = Preference {
        id: preference,
        programme_id: round.programme_id,
        matching_round_id: id,
        side,
        owner_id: owner,
        choices: serde_json::to_string(&new.choices).map_err(Error::internal)?,
        quota,
        created_by: by.actor.user_id,
        updated_at: by.now,
        version: 1,
    };
    store::insert_preference(conn, &preference)?;
    let detail = json!({"side": side, "owner": preference.owner_id, "choices": new.choices.len()});
    record(conn, by, &round, role, "matching.list", Some(round.state), detail)?;
    view_preference(&preference)
}

/// Whose list it is, if it is the caller's to hand in, and how many partners that side takes.
fn owner(
    conn: &mut Db,
    actor: &Actor,
    round: &MatchingRound,
    new: &NewPreference,
) -> Result<(Side, String, i32), Error> {
    match (new.enterprise_id, new.application_id) {
        (Some(enterprise), None) => {
            let enterprise = enterprises::find(conn, enterprise)?
                .filter(|found| actor.represents(found.id) && found.programme_id == round.programme_id)
                .ok_or_else(Error::not_found)?;
            if enterprise.state != enterprises::EnterpriseState::Verified {
                return Err(Error::illegal_transition(enterprise.state));
            }
            Ok((Side::Enterprise, enterprise.id.to_string(), enterprise.quota))
        }
        (None, Some(application)) => {
            let application = applications::find(conn, application)?
                .filter(|found| found.round_id == round.round_id)
                .filter(|found| actor.role_for(found.organization_id) == Some(Role::OrgAdmin))
                .ok_or_else(Error::not_found)?;
            if !store::active_projects(conn, round.round_id)?.contains(&application.id) {
                return Err(Error::illegal_transition(application.state));
            }
            // One lead sponsor a project (rules.md §6).
            Ok((Side::Project, application.id.to_string(), 1))
        }
        (Some(_), Some(_)) | (None, None) => Err(Error::at("/enterprise_id", &codes::FIELD_REQUIRED)),
    }
}

fn check_choices(conn: &mut Db, round: &MatchingRound, side: Side, choices: &[String]) -> Result<(), Error> {
    let known: BTreeSet<String> = match side {
        Side::Enterprise => {
            store::active_projects(conn, round.round_id)?.iter().map(ToString::to_string).collect()
        }
        Side::Project => {
            store::verified_enterprises(conn, round.programme_id)?.iter().map(ToString::to_string).collect()
        }
    };
    rules::check_choices(choices, &|choice| known.contains(choice))
}

/// Replaces one's own list.
pub fn replace_list(
    conn: &mut Db,
    by: &Caller,
    id: PreferenceId,
    input: &Input<NewChoices>,
) -> Result<PreferenceView, Error> {
    let preference = store::find_preference(conn, id)?.ok_or_else(Error::not_found)?;
    if !is_own(conn, &by.actor, &preference)? {
        return Err(Error::not_found());
    }
    by.proceed(conn, preference.version)?;
    let round = see(conn, &by.actor, preference.matching_round_id)?;
    let role = by.actor.require(round.programme_id, Action::List.roles())?;
    Action::List.next(round.state)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    check_choices(conn, &round, preference.side, &new.choices)?;
    let mut next = preference.clone();
    next.choices = serde_json::to_string(&new.choices).map_err(Error::internal)?;
    next.updated_at = by.now;
    next.version += 1;
    store::save_preference(conn, &next)?;
    let detail = json!({"side": next.side, "owner": next.owner_id, "choices": new.choices.len()});
    record(conn, by, &round, role, "matching.replace_list", Some(round.state), detail)?;
    view_preference(&next)
}

fn is_own(conn: &mut Db, actor: &Actor, preference: &Preference) -> Result<bool, Error> {
    match preference.side {
        Side::Enterprise => {
            Ok(preference.owner_id.parse().is_ok_and(|enterprise| actor.represents(enterprise)))
        }
        Side::Project => {
            let Ok(application) = preference.owner_id.parse() else { return Ok(false) };
            let application = applications::find(conn, application)?;
            Ok(application.is_some_and(|a| actor.role_for(a.organization_id) == Some(Role::OrgAdmin)))
        }
    }
}

fn view_preference(preference: &Preference) -> Result<PreferenceView, Error> {
    Ok(PreferenceView {
        id: preference.id,
        matching_round_id: preference.matching_round_id,
        side: preference.side,
        owner_id: preference.owner_id.clone(),
        choices: serde_json::from_str(&preference.choices).map_err(Error::internal)?,
        quota: preference.quota,
        version: preference.version,
    })
}

/// Computes a run from the lists as they are now, and stores it.
pub fn run(conn: &mut Db, by: &Caller, id: MatchingRoundId, run: MatchingRunId) -> Result<RunView, Error> {
    let round = see(conn, &by.actor, id)?;
    let role = by.actor.require(round.programme_id, Action::Run.roles())?;
    by.proceed_unversioned(conn)?;
    Action::Run.next(round.state)?;
    let lists = store::preferences_of(conn, id)?
        .into_iter()
        .map(|preference| {
            Ok(Listed {
                side: preference.side,
                choices: serde_json::from_str(&preference.choices).map_err(Error::internal)?,
                places: usize::try_from(preference.quota).unwrap_or(0),
                owner: preference.owner_id,
            })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let result = rules::run(&lists, round.proposer)?;
    let input: Vec<_> = lists.iter().map(|l| (l.side, &l.owner, l.places, &l.choices)).collect();
    let input_digest = sha256_hex(json!([round.proposer, input]).to_string());
    let stored = MatchingRun {
        id: run,
        programme_id: round.programme_id,
        matching_round_id: id,
        number: store::last_run_number(conn, id)? + 1,
        proposer: round.proposer,
        input_digest: input_digest.clone(),
        // Strict lists leave nothing to draw.
        seed: String::new(),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        result: serde_json::to_string(&result).map_err(Error::internal)?,
        created_by: by.actor.user_id,
        created_at: by.now,
    };
    store::insert_run(conn, &stored)?;
    let detail = json!({"run": run, "input_digest": input_digest, "pairs": result.pairs.len()});
    record(conn, by, &round, role, "matching.run", Some(round.state), detail)?;
    view_run(&stored)
}

/// The run for the office.
pub fn see_run(conn: &mut Db, actor: &Actor, id: MatchingRunId) -> Result<MatchingRun, Error> {
    let run = store::find_run(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.is_staff_of(run.programme_id) { Ok(run) } else { Err(Error::not_found()) }
}

/// The run as it is shown.
pub fn view_run(run: &MatchingRun) -> Result<RunView, Error> {
    Ok(RunView {
        id: run.id,
        matching_round_id: run.matching_round_id,
        number: run.number,
        proposer: run.proposer,
        input_digest: run.input_digest.clone(),
        program_version: run.program_version.clone(),
        created_at: run.created_at,
        result: serde_json::from_str(&run.result).map_err(Error::internal)?,
    })
}

/// A person decides: this run holds. Both sides are told.
pub fn confirm(conn: &mut Db, by: &Caller, id: MatchingRunId) -> Result<Shown<MatchingRound>, Error> {
    let run = see_run(conn, &by.actor, id)?;
    let role = by.actor.require(run.programme_id, Action::Confirm.roles())?;
    if run.created_by == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    by.proceed_unversioned(conn)?;
    let round = see(conn, &by.actor, run.matching_round_id)?;
    let mut next = round.clone();
    next.state = Action::Confirm.next(round.state)?;
    next.confirmed_run_id = Some(id);
    next.version += 1;
    store::save_round(conn, &next)?;
    record(conn, by, &next, role, "matching.confirm", Some(round.state), json!({"run": id}))?;
    let result: RunResult = serde_json::from_str(&run.result).map_err(Error::internal)?;
    for pair in &result.pairs {
        tell(conn, by, pair)?;
    }
    Ok(show(&by.actor, next))
}

fn tell(conn: &mut Db, by: &Caller, pair: &Pair) -> Result<(), Error> {
    let application = applications::find(conn, pair.application_id)?.ok_or_else(Error::not_found)?;
    let enterprise = enterprises::find(conn, pair.enterprise_id)?.ok_or_else(Error::not_found)?;
    let letter = Letter {
        subject: format!("【益创】双百对接结果:{}", application.reference),
        body: format!(
            "{} 与《{}》({})对接成功。\n{} leads {}.\n",
            enterprise.name, application.title, application.reference, enterprise.name, application.reference
        ),
        cause: "matching.confirm",
    };
    applications::notify_applicants(conn, &application, &letter, by.now)?;
    for person in enterprises::people_of(conn, enterprise.id)? {
        outbox::enqueue_about(conn, Some(application.programme_id), person, &letter, by.now)?;
    }
    Ok(())
}
