//! What the office does about conflicts: sees them, records one, dismisses one after having looked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    ASSIGNERS, PLAN_READERS,
    conflicts::{conflicted_applications, every_tie, is_conflicted},
    record,
};
use crate::{
    applications::{self, Application},
    db::Db,
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller},
    kernel::ids::{ApplicationId, ConflictDismissalId, ConflictId, ExpertId, RoundId},
    programmes,
    reviews::{
        model::{
            Conflict, ConflictDismissal, ConflictSource, Expert, NewConflict, NewDismissal, Review, Tie,
            TieStanding, TiedPair, TiedPairs,
        },
        store,
    },
};

/// The application for somebody of the office who acts on its conflicts: 403 for who has one themselves.
fn to_judge(conn: &mut Db, by: &Caller, id: ApplicationId) -> Result<Application, Error> {
    let application = applications::require_visible(conn, &by.actor, id)?;
    by.actor.require(application.programme_id, ASSIGNERS)?;
    if is_conflicted(conn, &by.actor, &application)? {
        return Err(Error::new(&codes::OWN_GROUP));
    }
    by.proceed_unversioned(conn)?;
    Ok(application)
}

/// An expert of the application's programme, else a fault at `/expert_id`.
pub(super) fn expert_at(conn: &mut Db, application: &Application, id: ExpertId) -> Result<Expert, Error> {
    store::find_expert(conn, id)?
        .filter(|expert| expert.programme_id == application.programme_id)
        .ok_or_else(|| Error::at("/expert_id", &codes::NOT_AN_EXPERT))
}

/// A text of a person: not empty, at most 2,000 characters.
pub(super) fn words(pointer: &'static str, text: &str, faults: &mut Vec<Fault>) {
    if text.trim().is_empty() {
        faults.push(Fault::new(pointer, &codes::FIELD_REQUIRED));
    } else if text.chars().count() > 2_000 {
        faults.push(Fault::new(pointer, &codes::FIELD_TOO_LONG).with("max", 2_000));
    }
}

/// The office records a tie it knows of.
pub fn record_conflict(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    conflict: ConflictId,
    input: &Input<NewConflict>,
) -> Result<TiedPair, Error> {
    let application = to_judge(conn, by, id)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    words("/evidence", &new.evidence, &mut faults);
    if !new.kind.is_declarable() {
        faults.push(Fault::new("/kind", &codes::KIND_NOT_STATED));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let expert = expert_at(conn, &application, new.expert_id)?;
    let row = Conflict {
        id: conflict,
        programme_id: application.programme_id,
        application_id: application.id,
        expert_id: expert.id,
        kind: new.kind.to_string(),
        evidence: new.evidence.trim().to_owned(),
        declared_by: by.actor.user_id,
        created_at: by.now,
        source: ConflictSource::Office,
    };
    store::insert_conflict(conn, &row)?;
    let detail = json!({"expert_id": expert.id, "kind": new.kind});
    note(conn, by, &application, "conflict.record", detail)?;
    pair(conn, &application, &expert)
}

/// A person looked at a tie and found none. What is certain nobody dismisses.
pub fn dismiss_conflict(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    dismissals: &[ConflictDismissalId],
    input: &Input<NewDismissal>,
) -> Result<TiedPair, Error> {
    let application = to_judge(conn, by, id)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    words("/reason", &new.reason, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let expert = expert_at(conn, &application, new.expert_id)?;
    if expert.user_id == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    if new.kind.is_hard() {
        return Err(Error::new(&codes::CONFLICT_CERTAIN).with("kind", new.kind));
    }
    let (one, other) = (std::slice::from_ref(&application), std::slice::from_ref(&expert));
    let known = every_tie(conn, one, other)?.into_values().next().unwrap_or_default();
    let standing: Vec<&Tie> =
        known.iter().filter(|tie| tie.kind == new.kind && tie.standing != TieStanding::Dismissed).collect();
    if standing.is_empty() {
        return Err(Error::new(&codes::CONFLICT_NONE).with("kind", new.kind));
    }
    let looked_at = looked_at(conn, &application, &expert, &standing)?;
    for ((tie, conflict_id), id) in looked_at.into_iter().zip(dismissals) {
        let row = ConflictDismissal {
            id: *id,
            programme_id: application.programme_id,
            application_id: application.id,
            expert_id: expert.id,
            kind: tie.kind,
            evidence: tie.evidence.clone(),
            reason: new.reason.trim().to_owned(),
            dismissed_by: by.actor.user_id,
            dismissed_at: by.now,
            conflict_id,
        };
        store::insert_dismissal(conn, &row)?;
    }
    let detail = json!({"expert_id": expert.id, "kind": new.kind, "reason": new.reason.trim()});
    note(conn, by, &application, "conflict.dismiss", detail)?;
    pair(conn, &application, &expert)
}

/// What a person has looked at: each piece of evidence by itself, so that another one counts anew, and each statement by
/// itself, so that it stands again when it is said again.
fn looked_at<'a>(
    conn: &mut Db,
    application: &Application,
    expert: &Expert,
    standing: &[&'a Tie],
) -> Result<Vec<(&'a Tie, Option<ConflictId>)>, Error> {
    let dismissed: BTreeSet<ConflictId> =
        store::dismissals_of(conn, application.programme_id, Some(application.id))?
            .into_iter()
            .filter_map(|dismissal| dismissal.conflict_id)
            .collect();
    let stated: Vec<(ConflictId, Tie)> =
        store::conflicts_of(conn, application.programme_id, Some(application.id))?
            .into_iter()
            .filter(|stated| stated.expert_id == expert.id && !dismissed.contains(&stated.id))
            .map(|stated| (stated.id, stated.tie()))
            .collect();
    let mut all = Vec::new();
    for tie in standing {
        let before = all.len();
        all.extend(stated.iter().filter(|(_, said)| said == *tie).map(|(id, _)| (*tie, Some(*id))));
        if all.len() == before {
            all.push((*tie, None));
        }
    }
    Ok(all)
}

pub(super) fn note(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    action: &'static str,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let subject = ("application", application.id.to_string());
    record(conn, by, application.programme_id, action, subject, (None, None), detail)
}

/// The pair as it stands.
fn pair(conn: &mut Db, application: &Application, expert: &Expert) -> Result<TiedPair, Error> {
    let (one, other) = (std::slice::from_ref(application), std::slice::from_ref(expert));
    let ties = every_tie(conn, one, other)?.into_values().next().unwrap_or_default();
    Ok(line(application, expert, None, ties))
}

fn line(application: &Application, expert: &Expert, sheet: Option<&Review>, ties: Vec<Tie>) -> TiedPair {
    TiedPair {
        application_id: application.id,
        reference: application.reference.clone(),
        expert_id: expert.id,
        expert_name: expert.name.clone(),
        review_id: sheet.map(|sheet| sheet.id),
        review_state: sheet.map(|sheet| sheet.state),
        counts_in_spite: sheet.is_some_and(|sheet| sheet.state.counts()) && ties.iter().any(Tie::bars),
        ties,
    }
}

/// Every expert of the pool with a tie to an application: what to look at before it is given to anybody.
pub fn conflicts_of_application(conn: &mut Db, actor: &Actor, id: ApplicationId) -> Result<TiedPairs, Error> {
    let application = applications::require_visible(conn, actor, id)?;
    actor.require(application.programme_id, PLAN_READERS)?;
    if is_conflicted(conn, actor, &application)? {
        return Err(Error::not_found());
    }
    let pool = store::pool(conn, application.programme_id)?;
    let mut tied = every_tie(conn, std::slice::from_ref(&application), &pool)?;
    let items = pool
        .iter()
        .filter_map(|expert| {
            Some(line(&application, expert, None, tied.remove(&(application.id, expert.id))?))
        })
        .collect();
    Ok(TiedPairs { items })
}

/// The sheets of a round whose expert has a tie, or had one that was dismissed.
pub fn conflicts_of_round(conn: &mut Db, actor: &Actor, id: RoundId) -> Result<TiedPairs, Error> {
    let round = programmes::see_published(conn, id)?;
    actor.require(round.programme_id, PLAN_READERS)?;
    let hidden = conflicted_applications(conn, actor, id)?;
    let sheets = store::sheets_of_round(conn, id)?;
    let experts: BTreeMap<ExpertId, Expert> =
        store::pool(conn, round.programme_id)?.into_iter().map(|expert| (expert.id, expert)).collect();
    let all: Vec<Application> = applications::of_round(conn, id)?
        .into_iter()
        .filter(|application| !hidden.contains(&application.id))
        .collect();
    let pool: Vec<Expert> = experts.values().cloned().collect();
    let known = every_tie(conn, &all, &pool)?;
    let by_id: BTreeMap<ApplicationId, &Application> = all.iter().map(|a| (a.id, a)).collect();
    let mut items: Vec<TiedPair> = sheets
        .iter()
        .filter_map(|sheet| {
            let ties = known.get(&(sheet.application_id, sheet.expert_id))?;
            let (application, expert) = (by_id.get(&sheet.application_id)?, experts.get(&sheet.expert_id)?);
            Some(line(application, expert, Some(sheet), ties.clone()))
        })
        .collect();
    items.sort_by(|a, b| {
        (&a.reference, a.expert_id, a.review_id).cmp(&(&b.reference, b.expert_id, b.review_id))
    });
    Ok(TiedPairs { items })
}
