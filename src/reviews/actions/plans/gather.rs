//! What a plan rests on, as it is in the database now.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    READERS,
    conflicts::ties_of_round,
    panels::{Panels, panel_of_application, panels},
    sealed::is_sealed_from,
};
use crate::{
    applications::{self, Application, ApplicationState},
    db::Db,
    error::{Error, Fault, codes},
    http::Actor,
    kernel::{
        ids::{AdminUnitId, ApplicationId, ExpertId},
        time::Timestamp,
    },
    organizations,
    programmes::{self, Phase, Policy, Round, Stage},
    reviews::{
        model::{Expert, NewAssignmentPlan, ReReviewKind, ReReviewState, ReviewState},
        rules::{
            affinity::Profile,
            load,
            plan::{Candidate, Person, Situation, select},
        },
        store,
    },
};

/// The experts who may be asked for some of these applications today: available, and of their panels where each has one.
fn candidates(
    conn: &mut Db,
    round: &Round,
    chosen: &[Application],
    panels: &Panels,
    now: Timestamp,
) -> Result<Vec<Expert>, Error> {
    let of = |application: &Application| panel_of_application(panels, round, application);
    let for_all = chosen.iter().any(|application| of(application).is_none());
    let members: BTreeSet<ExpertId> = chosen.iter().filter_map(of).flatten().copied().collect();
    let pool = store::pool(conn, round.programme_id)?;
    Ok(pool
        .into_iter()
        .filter(|expert| expert.is_available(now.day()))
        .filter(|expert| for_all || members.contains(&expert.id))
        .collect())
}

/// The applications that can be reviewed now, by reference; 409 where the round is not so far or there is none.
pub fn reviewable(conn: &mut Db, round: &Round, now: Timestamp) -> Result<Vec<Application>, Error> {
    let phase = programmes::phase(round, now.day());
    if !matches!(phase, Phase::Open | Phase::Closed | Phase::Reviewing) {
        return Err(Error::illegal_transition(phase));
    }
    let all = applications::of_round(conn, round.id)?;
    let found: Vec<Application> = all
        .into_iter()
        .filter(|application| {
            matches!(application.state, ApplicationState::Eligible | ApplicationState::Scoring)
        })
        .filter(|application| {
            programmes::is_batch_closed(round, applications::batch_of(application, round), now.day())
        })
        .collect();
    match (found.is_empty(), phase) {
        (true, Phase::Open) => Err(Error::illegal_transition(phase)),
        (true, _) => Err(Error::new(&codes::NOTHING_TO_ASSIGN)),
        (false, _) => Ok(found),
    }
}

/// 403 for who is involved in any of the applications that compete: somebody else has to make and adopt the plan.
pub fn refuse_involved(conn: &mut Db, actor: &Actor, round: &Round) -> Result<(), Error> {
    if is_sealed_from(conn, actor, round)? { Err(Error::new(&codes::INVOLVED_IN_PLAN)) } else { Ok(()) }
}

/// Everything a plan rests on, or what is wrong with what was asked.
pub fn situation(
    conn: &mut Db,
    round: &Round,
    reviewable: Vec<Application>,
    asked: &NewAssignmentPlan,
    number: i32,
    now: Timestamp,
) -> Result<Situation, Error> {
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let places = store::sheet_places(conn, round.id)?;
    let can_be: BTreeSet<ApplicationId> = reviewable.iter().map(|application| application.id).collect();
    let mut faults = select(asked, &can_be);
    faults.extend(stage_faults(asked, &policy));
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let earlier: BTreeSet<(ApplicationId, ExpertId)> = places
        .iter()
        .filter(|(_, _, _, state, stage, reading)| {
            state.counts() && (*stage, *reading) < (asked.stage, asked.reading)
        })
        .map(|(_, application, expert, ..)| (*application, *expert))
        .collect();
    let read_again = read_again(conn, round, asked)?;
    let chosen: Vec<Application> = reviewable
        .into_iter()
        .filter(|application| asked.applications.as_ref().is_none_or(|only| only.contains(&application.id)))
        .filter(|application| asked.track.is_none_or(|track| application.track == Some(track)))
        .filter(|application| {
            asked.batch.is_none_or(|batch| applications::batch_of(application, round) == batch)
        })
        .filter(|application| asked.reading == 1 || read_again.contains(&application.id))
        .collect();
    if chosen.is_empty() {
        let fault = Fault::new("/applications", &codes::FIELD_INVALID);
        return Err(Error::invalid(vec![fault.with("reason", "没有符合条件的申请 / none is left")]));
    }
    let in_plan: BTreeSet<ApplicationId> = chosen.iter().map(|application| application.id).collect();
    let here = |stage: Stage, reading: i32| stage == asked.stage && reading == asked.reading;
    let mut sheets = BTreeMap::new();
    let mut beside: BTreeMap<ExpertId, usize> = BTreeMap::new();
    for (_, application, expert, state, stage, reading) in places.iter().copied() {
        if !here(stage, reading) {
            continue;
        }
        if in_plan.contains(&application) {
            sheets.insert((application, expert), state);
        } else if load::weighs(state) {
            *beside.entry(expert).or_default() += 1;
        }
    }
    let panels = panels(conn, round.id)?;
    let able = candidates(conn, round, &chosen, &panels, now)?;
    let pool = pool(conn, round, &sheets, &able)?;
    let people: Vec<Expert> = pool.iter().map(|(expert, _)| expert.clone()).collect();
    let ties = ties_of_round(conn, &chosen, &people)?
        .into_iter()
        .filter_map(|(pair, ties)| Some((pair, ties.into_iter().next()?.kind.to_string())))
        .collect();
    let panel_of = panel_places(&panels, round, &chosen);
    let saw_scores = saw_scores(conn, round, &people, &places)?;
    let mut units = Units { round, known: BTreeMap::new() };
    let mut applications = Vec::with_capacity(chosen.len());
    for application in chosen {
        applications.push(Candidate {
            id: application.id,
            profile: Profile {
                domains: application.domain.into_iter().collect(),
                units: units.above(conn, application.unit_id)?,
            },
            reference: application.reference,
        });
    }
    applications.sort_by(|a, b| a.reference.cmp(&b.reference));
    let experts = persons(conn, pool, &policy, &beside, &mut units)?;
    Ok(Situation {
        applications,
        experts,
        sheets,
        ties,
        scored_before: earlier,
        panels: panels.into_values().collect(),
        panel_of,
        saw_scores,
        demand: asked.demand.unwrap_or(policy.review.reviews_per_application),
        seed: asked.seed.clone().unwrap_or_else(|| format!("{}|{number}", policy.seed)),
    })
}

/// The experts as the plan weighs them.
fn persons(
    conn: &mut Db,
    pool: Vec<(Expert, bool)>,
    policy: &Policy,
    beside: &BTreeMap<ExpertId, usize>,
    units: &mut Units<'_>,
) -> Result<Vec<Person>, Error> {
    let mut experts = Vec::with_capacity(pool.len());
    for (expert, available) in pool {
        let home = match expert.organization_id {
            Some(organization) => organizations::find(conn, organization)?.and_then(|found| found.unit_id),
            None => None,
        };
        experts.push(Person {
            id: expert.id,
            profile: Profile {
                domains: expert.expertise.split(';').filter_map(|domain| domain.parse().ok()).collect(),
                units: units.above(conn, home)?,
            },
            min_load: count(expert.min_load),
            max_load: expert.max_load.map_or_else(|| unsigned(policy.review.max_load), count),
            held_beside: beside.get(&expert.id).copied().unwrap_or(0),
            available,
        });
    }
    Ok(experts)
}

/// The panel of each application that has one, by its place among the panels.
fn panel_places(panels: &Panels, round: &Round, chosen: &[Application]) -> BTreeMap<ApplicationId, usize> {
    let place = |application: &Application| {
        let batch = applications::batch_of(application, round);
        let place = panels.keys().position(|scope| scope.covers(application.track, batch))?;
        Some((application.id, place))
    };
    chosen.iter().filter_map(place).collect()
}

/// The applications that somebody has scored, each with everybody who holds a post in which they could have seen it. While
/// their own sheet is open they see no other.
fn saw_scores(
    conn: &mut Db,
    round: &Round,
    people: &[Expert],
    places: &[store::SheetPlace],
) -> Result<BTreeSet<(ApplicationId, ExpertId)>, Error> {
    let readers = store::readers_among(conn, round.programme_id, READERS)?;
    let readers = people.iter().filter(|expert| readers.contains(&expert.user_id)).map(|expert| expert.id);
    let readers: Vec<ExpertId> = readers.collect();
    let scored: BTreeSet<ApplicationId> = places
        .iter()
        .filter(|(_, _, _, state, ..)| state.counts())
        .map(|(_, application, ..)| *application)
        .collect();
    let open: BTreeSet<(ApplicationId, ExpertId)> = places
        .iter()
        .filter(|(_, _, _, state, ..)| state.is_open())
        .map(|(_, application, expert, ..)| (*application, *expert))
        .collect();
    let pairs = scored.iter().flat_map(|application| readers.iter().map(|expert| (*application, *expert)));
    Ok(pairs.filter(|pair| !open.contains(pair)).collect())
}

/// The applications whose second scoring the chair ordered and a supervisor agreed to, as this reading of this stage: a
/// later reading replaces a score, and that takes two people.
fn read_again(
    conn: &mut Db,
    round: &Round,
    asked: &NewAssignmentPlan,
) -> Result<BTreeSet<ApplicationId>, Error> {
    let orders = store::orders_of_round(conn, round.id)?.into_iter();
    Ok(orders
        .filter(|order| (order.state, order.kind) == (ReReviewState::Agreed, ReReviewKind::SecondScoring))
        .filter(|order| (order.stage, order.reading) == (asked.stage, asked.reading))
        .map(|order| order.application_id)
        .collect())
}

/// There is a defence only where the policy has one.
fn stage_faults(asked: &NewAssignmentPlan, policy: &Policy) -> Vec<Fault> {
    if asked.stage == Stage::Defence && !policy.review.defence {
        let fault = Fault::new("/stage", &codes::FIELD_INVALID);
        vec![fault.with("reason", "本届不设答辩 / this round has no defence")]
    } else {
        Vec::new()
    }
}

/// Everybody who may be asked, and those who may not but have a sheet; by id, with who is which.
fn pool(
    conn: &mut Db,
    round: &Round,
    sheets: &BTreeMap<(ApplicationId, ExpertId), ReviewState>,
    able: &[Expert],
) -> Result<Vec<(Expert, bool)>, Error> {
    let available: BTreeSet<ExpertId> = able.iter().map(|expert| expert.id).collect();
    let holders: BTreeSet<ExpertId> =
        sheets.iter().filter(|(_, state)| load::weighs(**state)).map(|((_, expert), _)| *expert).collect();
    let everybody = store::pool(conn, round.programme_id)?.into_iter();
    Ok(everybody
        .map(|expert| {
            let may_be_asked = available.contains(&expert.id);
            (expert, may_be_asked)
        })
        .filter(|(expert, may_be_asked)| *may_be_asked || holders.contains(&expert.id))
        .collect())
}

/// The lines of units above each unit, each asked for once.
struct Units<'a> {
    round: &'a Round,
    known: BTreeMap<AdminUnitId, Vec<AdminUnitId>>,
}

impl Units<'_> {
    fn above(&mut self, conn: &mut Db, unit: Option<AdminUnitId>) -> Result<Vec<AdminUnitId>, Error> {
        let Some(unit) = unit else { return Ok(Vec::new()) };
        if let Some(known) = self.known.get(&unit) {
            return Ok(known.clone());
        }
        let line = organizations::lineage(conn, self.round.programme_id, unit)?;
        self.known.insert(unit, line.clone());
        Ok(line)
    }
}

fn count(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn unsigned(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
