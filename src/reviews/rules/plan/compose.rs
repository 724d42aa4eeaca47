//! What is asked for and what is there, put together as an instance. All faults of the request are told at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        super::model::{Bar, BarredPair, NewAssignmentPlan, PlanObjective, ReviewState},
        affinity::factors,
        assignment::{AssignmentInput, Capacity, Demand, Objective},
    },
    Candidate, Composed, Ids, Person, Situation,
};
use crate::{
    error::{Fault, codes},
    kernel::ids::{ApplicationId, ExpertId},
};

/// The most reviews one application can be given.
const MAX_DEMAND: u32 = 99;
/// The most characters of a seed and of a reason.
const MAX_TEXT: usize = 200;

/// What is wrong with the request itself, whatever there is to assign.
pub fn select(asked: &NewAssignmentPlan, can_be_reviewed: &BTreeSet<ApplicationId>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut expect = |holds: bool, pointer: String, reason: &str| {
        if !holds {
            faults.push(Fault::new(pointer, &codes::FIELD_INVALID).with("reason", reason));
        }
    };
    let known = |id: &ApplicationId| can_be_reviewed.contains(id);
    expect((1..=9).contains(&asked.reading), "/reading".into(), "1–9");
    expect(asked.demand.is_none_or(|n| (1..=MAX_DEMAND).contains(&n)), "/demand".into(), "1–99");
    expect(asked.weights.add_up(), "/weights".into(), "Σ = 10000");
    let seed = asked.seed.as_ref();
    expect(seed.is_none_or(|s| (1..=MAX_TEXT).contains(&s.chars().count())), "/seed".into(), "1–200");
    let mut met = BTreeSet::new();
    for (at, id) in asked.applications.iter().flatten().enumerate() {
        expect(
            known(id) && met.insert(*id),
            format!("/applications/{at}"),
            "不能分派或重复 / not to be reviewed, or twice",
        );
    }
    if asked.applications.as_ref().is_some_and(Vec::is_empty) {
        expect(false, "/applications".into(), "1 …");
    }
    let mut met = BTreeSet::new();
    for (at, own) in asked.demands.iter().enumerate() {
        let id = own.application_id;
        let place = format!("/demands/{at}/application_id");
        expect(known(&id) && met.insert(id), place, "不能分派或重复 / not to be reviewed, or twice");
        expect(own.demand <= MAX_DEMAND, format!("/demands/{at}/demand"), "0–99");
    }
    faults
}

/// Puts the instance together.
pub fn compose(situation: &Situation, asked: &NewAssignmentPlan) -> Result<Composed, Vec<Fault>> {
    let wishes = Wishes::read(situation, asked)?;
    let own: BTreeMap<ApplicationId, u32> =
        asked.demands.iter().map(|own| (own.application_id, own.demand)).collect();
    let mut composed = Composed {
        input: AssignmentInput {
            applications: situation
                .applications
                .iter()
                .map(|application| Demand {
                    id: application.reference.to_string(),
                    demand: count(own.get(&application.id).copied().unwrap_or(situation.demand)),
                })
                .collect(),
            reviewers: Vec::with_capacity(situation.experts.len()),
            affinity: Vec::with_capacity(situation.applications.len()),
            forbidden: Vec::new(),
            forced: Vec::new(),
            kept: Vec::new(),
            objective: match asked.objective {
                PlanObjective::Total => Objective::Total,
                PlanObjective::Fair => Objective::Fair,
            },
            seed: situation.seed.clone(),
        },
        factors: Vec::with_capacity(situation.applications.len()),
        barred: Vec::new(),
    };
    let mut opened = vec![0_usize; situation.experts.len()];
    for (i, application) in situation.applications.iter().enumerate() {
        let mut row = Vec::with_capacity(situation.experts.len());
        for ((j, expert), opened) in situation.experts.iter().enumerate().zip(&mut opened) {
            let ids = (application.id, expert.id);
            let before = situation.scored_before.contains(&ids);
            row.push(factors(&application.profile, &expert.profile, before));
            match wishes.place(situation, application, expert) {
                Place::Free => {}
                Place::Kept => composed.input.kept.push((i, j)),
                Place::Forced { is_opened } => {
                    composed.input.forced.push((i, j));
                    *opened += usize::from(is_opened);
                }
                Place::Unavailable => composed.input.forbidden.push((i, j)),
                Place::Barred(barred) => {
                    composed.input.forbidden.push((i, j));
                    composed.barred.push(barred);
                }
            }
        }
        composed.input.affinity.push(row.iter().map(|factors| asked.weights.affinity(factors)).collect());
        composed.factors.push(row);
    }
    let capacity = |(expert, opened): (&Person, &usize)| {
        // What was opened stays even where it is more than somebody takes.
        let max_load = expert.max_load.saturating_sub(expert.held_beside);
        let max_load = if expert.available { max_load } else { *opened };
        let min_load = if expert.available { expert.min_load.saturating_sub(expert.held_beside) } else { 0 };
        Capacity { id: expert.id.to_string(), min_load: min_load.min(max_load), max_load }
    };
    composed.input.reviewers = situation.experts.iter().zip(&opened).map(capacity).collect();
    Ok(composed)
}

/// Where a pair stands before anything is solved.
enum Place {
    Free,
    Kept,
    Forced {
        is_opened: bool,
    },
    /// The expert gets nothing new.
    Unavailable,
    Barred(BarredPair),
}

/// What the officer wants of pairs, once it is known to be possible.
struct Wishes<'a> {
    locked: BTreeSet<Ids>,
    banned: BTreeMap<Ids, &'a str>,
    keep: bool,
    take_up_released: bool,
}

impl<'a> Wishes<'a> {
    fn read(situation: &Situation, asked: &'a NewAssignmentPlan) -> Result<Self, Vec<Fault>> {
        let applications: BTreeMap<ApplicationId, &Candidate> =
            situation.applications.iter().map(|application| (application.id, application)).collect();
        let experts: BTreeMap<ExpertId, &Person> =
            situation.experts.iter().map(|expert| (expert.id, expert)).collect();
        let mut wishes = Self {
            locked: BTreeSet::new(),
            banned: BTreeMap::new(),
            keep: asked.keep,
            take_up_released: asked.take_up_released,
        };
        let mut faults = Vec::new();
        for (at, ban) in asked.banned.iter().enumerate() {
            let ids = (ban.application_id, ban.expert_id);
            let place = format!("/banned/{at}");
            unknown(&place, ids, &applications, &experts, &mut faults);
            let reason = ban.reason.trim();
            if reason.is_empty() {
                faults.push(Fault::new(format!("{place}/reason"), &codes::FIELD_REQUIRED));
            } else if reason.chars().count() > MAX_TEXT {
                faults.push(
                    Fault::new(format!("{place}/reason"), &codes::FIELD_TOO_LONG).with("max", MAX_TEXT),
                );
            }
            if situation.sheets.get(&ids).is_some_and(|state| is_opened(*state)) {
                faults.push(Fault::new(&place, &codes::PLAN_PAIR_OPENED));
            }
            if wishes.banned.insert(ids, reason).is_some() {
                faults.push(Fault::new(place, &codes::PLAN_PAIR_TWICE));
            }
        }
        for (at, lock) in asked.locked.iter().enumerate() {
            let ids = (lock.application_id, lock.expert_id);
            let place = format!("/locked/{at}");
            if unknown(&place, ids, &applications, &experts, &mut faults) {
                continue;
            }
            if wishes.banned.contains_key(&ids) || !wishes.locked.insert(ids) {
                faults.push(Fault::new(&place, &codes::PLAN_PAIR_TWICE));
            }
            let state = situation.sheets.get(&ids).copied();
            let is_open = state.is_some_and(is_opened);
            if let Some(kind) = situation.ties.get(&ids).filter(|_| !state.is_some_and(ReviewState::counts)) {
                faults.push(Fault::new(place, &codes::PLAN_PAIR_BARRED).with("kind", kind));
            } else if state == Some(ReviewState::Recused) {
                faults.push(Fault::new(place, &codes::PLAN_PAIR_BARRED).with("kind", "recused"));
            } else if !is_open
                && (experts.get(&ids.1).is_some_and(|expert| !expert.available)
                    || !situation.is_open_to(ids.0, ids.1))
            {
                faults.push(Fault::new(place, &codes::PLAN_EXPERT_UNAVAILABLE));
            }
        }
        if faults.is_empty() { Ok(wishes) } else { Err(faults) }
    }

    fn place(&self, situation: &Situation, application: &Candidate, expert: &Person) -> Place {
        let ids = (application.id, expert.id);
        let locked = self.locked.contains(&ids);
        let barred = |bar, detail: &str, opened| {
            let (application_id, expert_id) = ids;
            Place::Barred(BarredPair { application_id, expert_id, bar, detail: detail.to_owned(), opened })
        };
        let state = situation.sheets.get(&ids).copied();
        let tie = situation.ties.get(&ids);
        match (state, tie) {
            // What was handed in counts, whatever was found since: taking it away is not for a plan to do.
            (Some(ReviewState::Submitted | ReviewState::Locked), _) | (Some(ReviewState::Declared), None) => {
                Place::Forced { is_opened: true }
            }
            (Some(ReviewState::Recused), _) => barred(Bar::Recused, tie.map_or("", String::as_str), false),
            (_, Some(kind)) => barred(Bar::Conflict, kind, state == Some(ReviewState::Declared)),
            (None | Some(ReviewState::Assigned | ReviewState::Released), None) => {
                if let Some(reason) = self.banned.get(&ids) {
                    barred(Bar::Banned, reason, false)
                } else if !expert.available || !situation.is_open_to(ids.0, ids.1) {
                    Place::Unavailable
                } else if locked {
                    Place::Forced { is_opened: false }
                } else {
                    match state {
                        Some(ReviewState::Released) if !self.take_up_released => {
                            barred(Bar::Released, "", false)
                        }
                        Some(ReviewState::Assigned) if self.keep => Place::Kept,
                        _ => Place::Free,
                    }
                }
            }
        }
    }
}

/// True for a sheet that its expert has opened: no plan moves it.
fn is_opened(state: ReviewState) -> bool {
    matches!(state, ReviewState::Declared | ReviewState::Submitted | ReviewState::Locked)
}

/// Notes what of a pair is not part of the plan.
fn unknown(
    place: &str,
    (application, expert): Ids,
    applications: &BTreeMap<ApplicationId, &Candidate>,
    experts: &BTreeMap<ExpertId, &Person>,
    faults: &mut Vec<Fault>,
) -> bool {
    let before = faults.len();
    if !applications.contains_key(&application) {
        let fault = Fault::new(format!("{place}/application_id"), &codes::FIELD_INVALID);
        faults.push(fault.with("reason", "不在方案之内 / not in the plan"));
    }
    if !experts.contains_key(&expert) {
        let fault = Fault::new(format!("{place}/expert_id"), &codes::FIELD_INVALID);
        faults.push(fault.with("reason", "不在可分派专家之列 / not among the experts who may be asked"));
    }
    faults.len() > before
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
