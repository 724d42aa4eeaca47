//! "Why not her?"

use super::{PLAN_READERS, find, make::unsolvable, view};
use crate::{
    db::Db,
    error::{Error, codes},
    http::Actor,
    kernel::ids::{ApplicationId, AssignmentPlanId, ExpertId},
    reviews::{
        model::{AssignmentPlan, Expert, PlanApplication, PlanResult, WhyNotView},
        rules::{
            assignment::{self, Assignment, Goal, WhyNot},
            plan,
        },
        store,
    },
};

/// A question about a pair of a plan, with everything the answer is made of.
#[derive(Clone, Debug)]
pub struct Question {
    plan: AssignmentPlan,
    result: PlanResult,
    application: PlanApplication,
    expert: Expert,
    /// Some of the plan is hidden from who asks.
    in_part: bool,
}

/// Finds the plan and the pair; 404 for what the person may not see, or what is not part of it.
pub fn question(
    conn: &mut Db,
    actor: &Actor,
    plan: AssignmentPlanId,
    pair: Option<(ApplicationId, ExpertId)>,
) -> Result<Question, Error> {
    let plan = find(conn, actor, plan, PLAN_READERS)?;
    let (application, expert) =
        pair.ok_or_else(|| Error::new(&codes::UNKNOWN_FILTER).with("reason", "application_id, expert_id"))?;
    let hidden = view::hidden(conn, actor, &plan)?;
    if hidden.contains(&application) {
        return Err(Error::not_found());
    }
    let result: PlanResult = serde_json::from_str(&plan.result).map_err(Error::internal)?;
    let application = result
        .applications
        .iter()
        .find(|line| line.application_id == application)
        .cloned()
        .ok_or_else(Error::not_found)?;
    let expert = store::find_expert(conn, expert)?
        .filter(|expert| expert.programme_id == plan.programme_id)
        .ok_or_else(Error::not_found)?;
    Ok(Question { plan, result, application, expert, in_part: !hidden.is_empty() })
}

/// The first reason that is true. It may take seconds, so no connection waits for it.
pub fn answer(question: &Question) -> Result<WhyNotView, Error> {
    let Question { plan, result, application, expert, in_part } = question;
    let mut view = WhyNotView {
        application_id: application.application_id,
        reference: application.reference.clone(),
        expert_id: expert.id,
        name: expert.name.clone(),
        reason: "unavailable",
        detail: None,
        affinity: None,
        lowest_held: None,
        loss: None,
        zh: "形成方案时，该专家不在可分派专家之列（未入库、已暂停或不在本届专家组内）。".to_owned(),
        en: "When the plan was made the expert could not be asked: not admitted, suspended, or not of the panel."
            .to_owned(),
    };
    let input = plan::read(&plan.input).map_err(Error::internal)?;
    let (reference, name) = (application.reference.to_string(), expert.id.to_string());
    let row = input.applications.iter().position(|known| known.id == reference);
    let column = input.reviewers.iter().position(|known| known.id == name);
    let (Some(row), Some(column)) = (row, column) else { return Ok(view) };
    view.affinity = input.affinity.get(row).and_then(|line| line.get(column)).copied();
    if let Some((bar, detail)) = result.bar(application.application_id, expert.id) {
        view.reason = bar.into();
        view.detail = (!detail.is_empty()).then(|| detail.to_owned());
        (view.zh, view.en) = (bar.zh(detail), bar.en(detail));
        return Ok(view);
    }
    if input.forbidden.contains(&(row, column)) {
        return Ok(view);
    }
    // Whether she is full, what it would cost elsewhere, what an earlier goal asked for: all that tells of the pairs that
    // are hidden, however it comes out. Only that she has it is theirs to see.
    let has_it = result
        .pairs
        .iter()
        .any(|pair| (pair.application_id, pair.expert_id) == (application.application_id, expert.id));
    if *in_part && !has_it {
        return Err(Error::new(&codes::INVOLVED_IN_PLAN));
    }
    let solution = Assignment {
        pairs: result.solved_pairs(),
        demand: result.demand,
        complete: result.complete,
        total_affinity: result.total_affinity,
        min_application_affinity: result.min_application_affinity,
        min_application_affinity_bound: result.min_application_affinity_bound,
        max_load: result.max_load,
        min_load_shortfall: result.min_load_shortfall,
        kept: kept(&input, result),
        certified: result.certified,
        unmet: Vec::new(),
    };
    let found = assignment::why_not(&input, &solution, &reference, &name).map_err(unsolvable)?;
    (view.zh, view.en) = (found.zh(), found.en());
    view.reason = match found {
        WhyNot::Assigned => "assigned",
        WhyNot::Forbidden => "unavailable",
        WhyNot::DemandMetByBetter { lowest_held, .. } => {
            view.lowest_held = Some(lowest_held);
            "demand_met_by_better"
        }
        WhyNot::Full { lowest_held, .. } => {
            view.lowest_held = Some(lowest_held);
            "full"
        }
        WhyNot::EarlierGoal { goal } => {
            view.detail = Some(goal_word(goal).to_owned());
            "earlier_goal"
        }
        WhyNot::CostsElsewhere { loss } => {
            view.loss = Some(loss);
            "costs_elsewhere"
        }
        WhyNot::LostDraw => "lost_draw",
        WhyNot::Balance => "balance",
    };
    Ok(view)
}

const fn goal_word(goal: Goal) -> &'static str {
    match goal {
        Goal::Reviews => "reviews",
        Goal::Kept => "kept",
        Goal::MinimumLoads => "minimum_loads",
        Goal::WeakestApplication => "weakest_application",
    }
}

/// How many pairs of the earlier assignment stay.
fn kept(input: &assignment::AssignmentInput, result: &PlanResult) -> usize {
    let held: std::collections::BTreeSet<(String, String)> = result.solved_pairs().into_iter().collect();
    let name = |(i, j): &(usize, usize)| {
        Some((input.applications.get(*i)?.id.clone(), input.reviewers.get(*j)?.id.clone()))
    };
    input.kept.iter().filter_map(name).filter(|pair| held.contains(pair)).count()
}
