//! Make a plan: what it rests on is read, the plan is worked out beside the database, and it is kept if it still rests
//! on the same.

use serde_json::json;

use super::{super::record, find_round, gather, outdated, view::show_plan};
use crate::{
    db::Db,
    error::{Error, Input},
    http::{Caller, Shown},
    kernel::{
        digest::sha256_hex,
        ids::{AssignmentPlanId, RoundId},
    },
    programmes::Round,
    reviews::{
        model::{
            AssignmentPlan, AssignmentPlanState, AssignmentPlanView, Comparison, NewAssignmentPlan,
            PlanResult,
        },
        rules::{
            assignment::{self, AssignmentError, Objective},
            plan::{self, Composed, Situation},
        },
        store,
    },
};

/// What a plan will be made of.
#[derive(Clone, Debug)]
pub struct Basis {
    asked: NewAssignmentPlan,
    number: i32,
    adopted: i32,
    situation: Situation,
    composed: Composed,
}

/// A plan that was worked out.
#[derive(Clone, Debug)]
pub struct Prepared {
    asked: NewAssignmentPlan,
    number: i32,
    adopted: i32,
    seed: String,
    input: String,
    input_digest: String,
    result: PlanResult,
}

/// Reads what a plan rests on now.
pub fn prepare_plan(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    input: &Input<NewAssignmentPlan>,
) -> Result<Basis, Error> {
    let round = find_round(conn, by, round)?;
    let number = store::last_plan_number(conn, round.id)? + 1;
    let asked = input.as_ref().map_err(Clone::clone)?;
    basis(conn, by, &round, asked, number)
}

fn basis(
    conn: &mut Db,
    by: &Caller,
    round: &Round,
    asked: &NewAssignmentPlan,
    number: i32,
) -> Result<Basis, Error> {
    let reviewable = gather::reviewable(conn, round, by.now)?;
    let situation = gather::situation(conn, round, reviewable, asked, number, by.now)?;
    let composed = plan::compose(&situation, asked).map_err(Error::invalid)?;
    let adopted = i32::try_from(store::adopted_plans(conn, round.id)?).unwrap_or(i32::MAX);
    Ok(Basis { asked: asked.clone(), number, adopted, situation, composed })
}

/// The digest of what a plan was made of, were it made now with the same wishes.
pub(super) fn digest_now(
    conn: &mut Db,
    by: &Caller,
    round: &Round,
    plan: &AssignmentPlan,
) -> Result<(String, i32), Error> {
    let asked: NewAssignmentPlan = serde_json::from_str(&plan.parameters).map_err(Error::internal)?;
    let basis = basis(conn, by, round, &asked, plan.number)?;
    let input = plan::write(&basis.composed.input).map_err(Error::internal)?;
    Ok((sha256_hex(input), basis.adopted))
}

/// Works the plan out. It may take seconds, so no connection waits for it.
pub fn work_out(basis: &Basis) -> Result<Prepared, Error> {
    let Basis { asked, situation, composed, .. } = basis;
    let input = plan::write(&composed.input).map_err(Error::internal)?;
    let solution = assignment::assign(&composed.input).map_err(unsolvable)?;
    let reasons = assignment::explain(&composed.input, &solution).map_err(unsolvable)?;
    let comparison = if asked.compare {
        let figures = |objective: Objective| {
            if composed.input.objective == objective {
                return Ok(plan::figures(&solution));
            }
            let other = assignment::AssignmentInput { objective, ..composed.input.clone() };
            assignment::assign(&other).map(|solution| plan::figures(&solution)).map_err(unsolvable)
        };
        Some(Comparison::of(figures(Objective::Total)?, figures(Objective::Fair)?))
    } else {
        None
    };
    Ok(Prepared {
        number: basis.number,
        adopted: basis.adopted,
        seed: situation.seed.clone(),
        input_digest: sha256_hex(&input),
        input,
        result: plan::result(situation, asked, composed, &solution, &reasons, comparison),
        asked: asked.clone(),
    })
}

/// The instance is made here: a fault of it is ours.
pub(super) fn unsolvable(error: AssignmentError) -> Error {
    Error::internal(error)
}

/// Keeps a plan that was worked out; 409 `assignment_plan.outdated` where something has changed meanwhile.
pub fn keep_plan(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    id: AssignmentPlanId,
    input: &Input<NewAssignmentPlan>,
    prepared: &Result<Prepared, Error>,
) -> Result<Shown<AssignmentPlanView>, Error> {
    let round = find_round(conn, by, round)?;
    by.proceed_unversioned(conn)?;
    gather::reviewable(conn, &round, by.now)?;
    input.as_ref().map_err(Clone::clone)?;
    let prepared = prepared.as_ref().map_err(Clone::clone)?;
    let plan = AssignmentPlan {
        id,
        programme_id: round.programme_id,
        round_id: round.id,
        number: prepared.number,
        state: AssignmentPlanState::Proposed,
        stage: prepared.asked.stage,
        reading: prepared.asked.reading,
        objective: prepared.asked.objective,
        seed: prepared.seed.clone(),
        basis: prepared.adopted,
        parameters: serde_json::to_string(&prepared.asked).map_err(Error::internal)?,
        input: prepared.input.clone(),
        input_digest: prepared.input_digest.clone(),
        result: serde_json::to_string(&prepared.result).map_err(Error::internal)?,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        created_by: by.actor.user_id,
        created_at: by.now,
        adopted_by: None,
        adopted_at: None,
        version: 1,
    };
    let numbered = store::last_plan_number(conn, round.id)? + 1 == plan.number;
    if !numbered || digest_now(conn, by, &round, &plan)? != (plan.input_digest.clone(), plan.basis) {
        return Err(outdated());
    }
    store::insert_assignment_plan(conn, &plan)?;
    let detail = json!({
        "number": plan.number, "digest": plan.input_digest, "assigned": prepared.result.assigned,
        "demand": prepared.result.demand,
    });
    let subject = ("assignment_plan", id.to_string());
    let states = (None, Some(plan.state.into()));
    record(conn, by, plan.programme_id, "assignment_plan.make", subject, states, detail)?;
    show_plan(conn, &by.actor, plan)
}
