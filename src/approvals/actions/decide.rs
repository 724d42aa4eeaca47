//! From the live ranking to the decision.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    super::{
        model::{Decision, NewDecision, PlanBody, PlanLine, PlanState, PlanView, SelectionPlan},
        rules::{
            self, Action,
            selection::{Candidate, select_apart},
        },
        store,
    },
    Row, record,
};
use crate::{
    applications::{self, Action as Move, ApplicationState},
    db::Db,
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller, Guarded, Shown},
    kernel::{
        ids::{ApplicationId, DecisionId, RoundId, SelectionPlanId},
        money::Money,
    },
    ledger::{self, Cause, EntryKind, Transfer},
    programmes::{self, Phase, Policy, Round, Track},
    reviews::{self, Standing, Standings},
};

/// Makes a plan from the live ranking: a proposal that binds nobody.
pub fn make_plan(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    id: SelectionPlanId,
) -> Result<Shown<PlanView>, Error> {
    let round = programmes::see_published(conn, round)?;
    let role = by.actor.require(round.programme_id, Action::Plan.roles())?;
    reviews::refuse_partial_view(conn, &by.actor, &round)?;
    by.proceed_unversioned(conn)?;
    let phase = programmes::phase(&round, by.now.day());
    if !matches!(phase, Phase::Closed | Phase::Reviewing) {
        return Err(Error::illegal_transition(phase));
    }
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let standings = reviews::standings(conn, &round)?.items;
    let body = compute(&standings, &policy, &round);
    let plan = SelectionPlan {
        id,
        programme_id: round.programme_id,
        round_id: round.id,
        state: PlanState::Draft,
        body: serde_json::to_string(&body).map_err(Error::internal)?,
        digest: rules::digest(&standings, &policy, round.budget),
        total: body.total,
        created_by: by.actor.user_id,
        created_at: by.now,
        version: 1,
    };
    store::insert_plan(conn, &plan)?;
    let row = Row {
        programme: round.programme_id,
        role: Some(role),
        action: "plan.make",
        subject: ("selection_plan", id.to_string()),
        before: None,
        after: Some(plan.state.into()),
        detail: json!({"digest": plan.digest, "total": plan.total}),
    };
    record(conn, by, row)?;
    show(&by.actor, &plan)
}

fn compute(standings: &[Standing], policy: &Policy, round: &Round) -> PlanBody {
    let candidates = rules::candidates(standings, policy);
    let list: Vec<(usize, &Candidate)> = candidates.iter().map(|(group, one)| (*group, one)).collect();
    let groups = rules::group_rules(policy);
    let selection = select_apart(&rules::selection_rules(policy, round.budget), &groups, &list);
    let by_reference: BTreeMap<&str, (&Standing, Option<usize>)> = standings
        .iter()
        .zip(track_ranks(standings))
        .map(|(line, track_rank)| (line.reference.as_str(), (line, track_rank)))
        .collect();
    let line = |reference: &String, amount: Option<Money>| {
        by_reference.get(reference.as_str()).map(|(standing, track_rank)| PlanLine {
            application_id: standing.application_id,
            reference: standing.reference.clone(),
            rank: standing.rank,
            score: standing.score,
            amount,
            track: standing.track.filter(|track| policy.track(*track).is_some()),
            track_rank: track_rank.filter(|_| standing.track.is_some_and(|t| policy.track(t).is_some())),
        })
    };
    let lines = |references: &[String]| references.iter().filter_map(|r| line(r, None)).collect();
    PlanBody {
        selected: selection.selected.iter().filter_map(|(r, amount)| line(r, Some(*amount))).collect(),
        waitlisted: lines(&selection.waitlisted),
        below_line: lines(&selection.below_line),
        unscored: lines(&selection.unscored),
        total: selection.total,
        left: selection.left,
    }
}

/// The rank of each line among those of its track: the order of a track is that of the round without the others.
fn track_ranks(standings: &[Standing]) -> Vec<Option<usize>> {
    let mut met: BTreeMap<Option<Track>, usize> = BTreeMap::new();
    let ranks = standings.iter().map(|line| {
        line.rank?;
        let rank = met.entry(line.track).or_default();
        *rank += 1;
        Some(*rank)
    });
    ranks.collect()
}

/// True where the decided plan of a round follows from the scores that are stored (I18).
pub fn recompute(conn: &mut Db, round: &Round) -> Result<bool, Error> {
    let Some(decision) = store::decision_of(conn, round.id)? else { return Ok(true) };
    let plan = store::find_plan(conn, decision.plan_id)?.ok_or_else(Error::not_found)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let standings = reviews::standings(conn, round)?.items;
    let body: PlanBody = serde_json::from_str(&plan.body).map_err(Error::internal)?;
    Ok(compute(&standings, &policy, round) == body && plan.total == body.total)
}

/// The plan for the office.
pub fn see_plan(conn: &mut Db, actor: &Actor, id: SelectionPlanId) -> Result<Shown<PlanView>, Error> {
    let plan = find(conn, actor, id)?;
    let round = programmes::see_published(conn, plan.round_id)?;
    // Its order would tell of what is sealed.
    if reviews::is_sealed_from(conn, actor, &round)? { Err(Error::not_found()) } else { show(actor, &plan) }
}

fn find(conn: &mut Db, actor: &Actor, id: SelectionPlanId) -> Result<SelectionPlan, Error> {
    let plan = store::find_plan(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.is_staff_of(plan.programme_id) { Ok(plan) } else { Err(Error::not_found()) }
}

fn show(actor: &Actor, plan: &SelectionPlan) -> Result<Shown<PlanView>, Error> {
    let decidable = plan.state == PlanState::Draft
        && plan.created_by != actor.user_id
        && actor.role_among(plan.programme_id, Action::Decide.roles()).is_some();
    let object = PlanView {
        id: plan.id,
        round_id: plan.round_id,
        state: plan.state,
        digest: plan.digest.clone(),
        created_by: plan.created_by,
        created_at: plan.created_at,
        body: serde_json::from_str(&plan.body).map_err(Error::internal)?,
        version: plan.version,
    };
    Ok(Shown { object, permitted_actions: if decidable { vec!["decide"] } else { Vec::new() } })
}

/// Decides a plan: the round's total grows under the CHECK of its row, the money is reserved, every application learns
/// its fate.
pub fn decide(
    conn: &mut Db,
    by: &Caller,
    id: SelectionPlanId,
    decision: DecisionId,
    input: &Input<NewDecision>,
) -> Result<Decision, Error> {
    let plan = find(conn, &by.actor, id)?;
    let role = by.actor.require(plan.programme_id, Action::Decide.roles())?;
    if plan.created_by == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    let round = programmes::see_published(conn, plan.round_id)?;
    reviews::refuse_partial_view(conn, &by.actor, &round)?;
    by.proceed(conn, plan.version)?;
    if plan.state != PlanState::Draft {
        return Err(Error::illegal_transition(plan.state));
    }
    let standings = check_ready(conn, &plan, &round)?;
    let statistics = super::outlook::statistics(conn, None, &round)?;
    let round = programmes::mark_decided(conn, by, round)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    check_minutes(&new.minutes)?;

    programmes::add_awarded(conn, &round, plan.total)?;
    let mut decided = plan.clone();
    decided.state = PlanState::Decided;
    decided.version += 1;
    store::save_plan(conn, &decided)?;
    let decision = Decision {
        id: decision,
        programme_id: plan.programme_id,
        round_id: round.id,
        plan_id: plan.id,
        minutes: new.minutes.trim().to_owned(),
        decided_by: by.actor.user_id,
        decided_at: by.now,
    };
    store::insert_decision(conn, &decision)?;
    let kept = reviews::keep(conn, &round, &standings, &statistics, by.now)?;
    if let Some(transfer) = Transfer::new(EntryKind::Reserve, plan.total) {
        let subject = decision.id.to_string();
        let cause = Cause {
            programme: plan.programme_id,
            round: round.id,
            subject_kind: "decision",
            subject_id: &subject,
            made_by: by.actor.user_id,
            now: by.now,
        };
        ledger::post(conn, transfer, cause)?;
    }
    let row = Row {
        programme: plan.programme_id,
        role: Some(role),
        action: "plan.decide",
        subject: ("selection_plan", id.to_string()),
        before: Some(plan.state.into()),
        after: Some(decided.state.into()),
        detail: json!({"digest": plan.digest, "total": plan.total, "kept": kept}),
    };
    record(conn, by, row)?;
    tell_applications(conn, by, &plan)?;
    Ok(decision)
}

/// No sheet open, no flagged score unconfirmed, nobody left in intake, and the scores are still those of the plan.
fn check_ready(conn: &mut Db, plan: &SelectionPlan, round: &Round) -> Result<Standings, Error> {
    let in_intake = applications::of_round(conn, round.id)?
        .iter()
        .filter(|application| {
            matches!(
                application.state,
                ApplicationState::Submitted
                    | ApplicationState::FormCheck
                    | ApplicationState::CorrectionRequested
                    | ApplicationState::Resubmitted
            )
        })
        .count();
    if in_intake > 0 {
        return Err(Error::new(&codes::INTAKE_OPEN).with("count", in_intake));
    }
    let standings = reviews::standings(conn, round)?;
    if standings.open_sheets > 0 {
        return Err(Error::new(&codes::SHEETS_OPEN).with("count", standings.open_sheets));
    }
    let under_re_review = standings.items.iter().filter(|line| line.re_review_open).count();
    if under_re_review > 0 {
        return Err(Error::new(&codes::RE_REVIEW_OPEN).with("count", under_re_review));
    }
    let flagged = standings.items.iter().filter(|line| line.flagged && !line.confirmed).count();
    if flagged > 0 {
        return Err(Error::new(&codes::SCORES_FLAGGED).with("count", flagged));
    }
    let tied = reviews::conflicted_sheets(conn, round.id)?;
    if tied > 0 {
        return Err(Error::new(&codes::CONFLICTS_UNSETTLED).with("count", tied));
    }
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    if policy.review.lock_before_decision {
        let unlocked = reviews::unlocked_sheets(conn, round.id)?;
        if unlocked > 0 {
            return Err(Error::new(&codes::SHEETS_UNLOCKED).with("count", unlocked));
        }
    }
    if rules::digest(&standings.items, &policy, round.budget) != plan.digest {
        return Err(Error::new(&codes::PLAN_OUTDATED));
    }
    Ok(standings)
}

fn check_minutes(minutes: &str) -> Result<(), Error> {
    let length = minutes.trim().chars().count();
    if length == 0 {
        Err(Error::at("/minutes", &codes::FIELD_REQUIRED))
    } else if length > 5_000 {
        Err(Error::invalid(vec![Fault::new("/minutes", &codes::FIELD_TOO_LONG).with("max", 5_000)]))
    } else {
        Ok(())
    }
}

fn tell_applications(conn: &mut Db, by: &Caller, plan: &SelectionPlan) -> Result<(), Error> {
    let body: PlanBody = serde_json::from_str(&plan.body).map_err(Error::internal)?;
    let fates = body
        .selected
        .iter()
        .map(|line| (line, Move::Propose, "application.propose"))
        .chain(body.waitlisted.iter().map(|line| (line, Move::Waitlist, "application.waitlist")))
        .chain(
            body.below_line
                .iter()
                .chain(&body.unscored)
                .map(|line| (line, Move::Decline, "application.decline")),
        );
    let mut all: BTreeMap<ApplicationId, _> =
        applications::of_round(conn, plan.round_id)?.into_iter().map(|a| (a.id, a)).collect();
    for (line, step, verb) in fates {
        let mut application = all.remove(&line.application_id).ok_or_else(Error::not_found)?;
        // Its people learn of it with everybody else, from the public notice.
        applications::withhold(conn, &application)?;
        if line.score.is_some() {
            let scored = (Move::CompleteScoring, "application.complete_scoring");
            application = applications::advance(conn, by, &application, scored.0, scored.1)?;
        }
        applications::advance(conn, by, &application, step, verb)?;
    }
    Ok(())
}
