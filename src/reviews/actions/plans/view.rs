//! Who sees what of a plan.

use std::collections::BTreeSet;

use super::{
    super::{
        material::competes,
        sealed::{is_sealed_from, sealed_for},
    },
    PLAN_READERS, find,
};
use crate::{
    applications,
    db::Db,
    error::{Error, codes},
    http::{Actor, Caller, Guarded, Shown},
    kernel::{
        ids::{ApplicationId, AssignmentPlanId, ExpertId, RoundId},
        page::Page,
    },
    programmes,
    reviews::{
        model::{AssignmentPlan, AssignmentPlanLine, AssignmentPlanView, ExpertName, PlanResult},
        rules::plan::{PlanAction, masked},
        store,
    },
};

/// The plans of a round.
pub fn plans_of_round(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    after: Option<AssignmentPlanId>,
    limit: i64,
) -> Result<Page<AssignmentPlanLine>, Error> {
    let round = programmes::see_published(conn, round)?;
    by.actor.require(round.programme_id, PLAN_READERS)?;
    let found = store::list_assignment_plans(conn, round.id, after, limit)?;
    Ok(Page::cut(found, limit, |last: &AssignmentPlanLine| last.id.to_string()))
}

/// One plan.
pub fn see_assignment_plan(
    conn: &mut Db,
    actor: &Actor,
    id: AssignmentPlanId,
) -> Result<Shown<AssignmentPlanView>, Error> {
    let plan = find(conn, actor, id, PLAN_READERS)?;
    show_plan(conn, actor, plan)
}

/// What was solved, as `yichuang solve assignment` takes it; 403 for who may not see all of it.
pub fn input_of_plan(conn: &mut Db, actor: &Actor, id: AssignmentPlanId) -> Result<String, Error> {
    let plan = find(conn, actor, id, PLAN_READERS)?;
    if hidden(conn, actor, &plan)?.is_empty() {
        Ok(plan.input)
    } else {
        Err(Error::new(&codes::INVOLVED_IN_PLAN))
    }
}

/// The applications of the plan's round that this person sees nothing of: those that compete, and those the plan tells
/// of.
pub(super) fn hidden(
    conn: &mut Db,
    actor: &Actor,
    plan: &AssignmentPlan,
) -> Result<BTreeSet<ApplicationId>, Error> {
    let round = programmes::see_published(conn, plan.round_id)?;
    let mut hidden = sealed_for(conn, actor, &round)?;
    let contenders = applications::contenders(conn, round.id)?;
    hidden.retain(|id| {
        let tells = |text: &str| text.contains(&id.to_string());
        tells(&plan.result)
            || tells(&plan.parameters)
            || contenders.iter().any(|contender| contender.id == *id && competes(contender.state))
    });
    Ok(hidden)
}

pub(super) fn show_plan(
    conn: &mut Db,
    actor: &Actor,
    plan: AssignmentPlan,
) -> Result<Shown<AssignmentPlanView>, Error> {
    let hidden = hidden(conn, actor, &plan)?;
    let result: PlanResult = serde_json::from_str(&plan.result).map_err(Error::internal)?;
    let asked = serde_json::from_str(&plan.parameters).map_err(Error::internal)?;
    let (mut result, parameters) = masked(result, asked, &hidden);
    let appear: BTreeSet<ExpertId> = result
        .pairs
        .iter()
        .map(|pair| pair.expert_id)
        .chain(result.released.iter().map(|pair| pair.expert_id))
        .chain(result.barred.iter().map(|pair| pair.expert_id))
        .chain(result.experts.iter().map(|expert| expert.expert_id))
        .chain(result.unmet.iter().flat_map(|group| group.experts.iter().copied()))
        .collect();
    let names: Vec<ExpertName> = store::pool(conn, plan.programme_id)?
        .into_iter()
        .filter(|expert| appear.contains(&expert.id))
        .map(|expert| ExpertName { expert_id: expert.id, name: expert.name })
        .collect();
    for group in &mut result.unmet {
        for advice in group.advice_zh.iter_mut().chain(&mut group.advice_en) {
            for known in &names {
                *advice = advice.replace(&known.expert_id.to_string(), &known.name);
            }
        }
    }
    let round = programmes::see_published(conn, plan.round_id)?;
    let adoptable = !is_sealed_from(conn, actor, &round)?
        && PlanAction::Adopt.apply(plan.state).is_some()
        && actor.role_among(plan.programme_id, PlanAction::Adopt.roles()).is_some();
    let object = AssignmentPlanView {
        id: plan.id,
        round_id: plan.round_id,
        number: plan.number,
        state: plan.state,
        parameters,
        seed: plan.seed,
        input_digest: hidden.is_empty().then_some(plan.input_digest),
        program_version: plan.program_version,
        created_by: plan.created_by,
        created_at: plan.created_at,
        adopted_by: plan.adopted_by,
        adopted_at: plan.adopted_at,
        result,
        names,
        version: plan.version,
    };
    Ok(Shown {
        object,
        permitted_actions: if adoptable { vec![PlanAction::Adopt.into()] } else { Vec::new() },
    })
}
