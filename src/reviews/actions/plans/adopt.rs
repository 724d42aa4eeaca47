//! Carry a plan out: all of it in one transaction, or nothing where it no longer rests on what is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    super::{begin, give::give as give_sheet, record},
    find, gather,
    make::digest_now,
    outdated,
    view::show_plan,
};
use crate::{
    applications::{self, Application, ApplicationState},
    db::Db,
    error::Error,
    http::{Caller, Guarded, Shown},
    kernel::ids::{ApplicationId, AssignmentPlanId, ExpertId, ReviewId},
    outbox::{self, Letter},
    programmes::{self, Round},
    reviews::{
        model::{AssignmentPlan, AssignmentPlanView, PairChange, PlanPair, PlanResult, ReleasedPair},
        rules::{Action, plan::PlanAction},
        store,
    },
};

/// Carries it out.
pub fn adopt_plan(
    conn: &mut Db,
    by: &Caller,
    id: AssignmentPlanId,
) -> Result<Shown<AssignmentPlanView>, Error> {
    let mut plan = find(conn, &by.actor, id, PlanAction::Adopt.roles())?;
    let round = programmes::see_published(conn, plan.round_id)?;
    gather::refuse_involved(conn, &by.actor, &round)?;
    let all = applications::of_round(conn, round.id)?;
    by.proceed(conn, plan.version)?;
    let before = plan.state;
    plan.state = PlanAction::Adopt.next(before)?;
    refuse_outdated(conn, by, &round, &plan)?;

    let result: PlanResult = serde_json::from_str(&plan.result).map_err(Error::internal)?;
    begin_scoring(conn, by, round, &all, &result)?;
    let applications: BTreeMap<ApplicationId, &Application> =
        all.iter().map(|application| (application.id, application)).collect();
    let mut told: BTreeMap<ExpertId, Told> = BTreeMap::new();
    for pair in result.pairs.iter().filter(|pair| pair.change == PairChange::New) {
        let application = applications.get(&pair.application_id).copied().ok_or_else(Error::not_found)?;
        give(conn, by, &plan, application, pair)?;
        told.entry(pair.expert_id).or_default().new += 1;
    }
    for pair in &result.released {
        release(conn, by, &plan, pair)?;
        told.entry(pair.expert_id).or_default().released += 1;
    }
    for (expert, told) in &told {
        tell(conn, by, *expert, told)?;
    }
    plan.adopted_by = Some(by.actor.user_id);
    plan.adopted_at = Some(by.now);
    plan.version += 1;
    store::save_adoption(conn, &plan, (by.actor.user_id, by.now))?;
    let detail = json!({
        "digest": plan.input_digest, "new": told.values().map(|told| told.new).sum::<usize>(),
        "released": result.released.len(),
    });
    let states = (Some(before.into()), Some(plan.state.into()));
    let subject = ("assignment_plan", id.to_string());
    record(conn, by, plan.programme_id, "assignment_plan.adopt", subject, states, detail)?;
    show_plan(conn, &by.actor, plan)
}

/// 409 where the plan was made before another one was adopted, or of something else than what is there now.
fn refuse_outdated(conn: &mut Db, by: &Caller, round: &Round, plan: &AssignmentPlan) -> Result<(), Error> {
    match digest_now(conn, by, round, plan) {
        Ok(now) if now == (plan.input_digest.clone(), plan.basis) => Ok(()),
        Ok(_) => Err(outdated()),
        // What was wished for was possible then: what makes it impossible has happened since.
        Err(error) if error.status() == 422 => Err(outdated()),
        Err(error) => Err(error),
    }
}

/// The first assignment begins the scoring of the whole batch.
fn begin_scoring(
    conn: &mut Db,
    by: &Caller,
    mut round: Round,
    all: &[Application],
    result: &PlanResult,
) -> Result<(), Error> {
    let assigned: BTreeSet<ApplicationId> = result.pairs.iter().map(|pair| pair.application_id).collect();
    let batches: BTreeSet<i32> = all
        .iter()
        .filter(|application| assigned.contains(&application.id))
        .filter(|application| application.state == ApplicationState::Eligible)
        .map(|application| applications::batch_of(application, &round))
        .collect();
    for batch in batches {
        round = begin::begin(conn, by, round, batch)?;
    }
    Ok(())
}

/// Makes the sheet of a pair, or takes up the one that was released.
fn give(
    conn: &mut Db,
    by: &Caller,
    plan: &AssignmentPlan,
    application: &Application,
    pair: &PlanPair,
) -> Result<(), Error> {
    let place = (pair.expert_id, plan.stage, plan.reading);
    let given = give_sheet(conn, by, application, place, ReviewId::generate())?.ok_or_else(outdated)?;
    let states = (given.before.map(Into::into), Some(given.review.state.into()));
    let subject = ("review", given.review.id.to_string());
    record(conn, by, plan.programme_id, given.deed(), subject, states, json!({"plan": plan.id}))
}

/// Takes an application from an expert who has not opened it.
fn release(conn: &mut Db, by: &Caller, plan: &AssignmentPlan, pair: &ReleasedPair) -> Result<(), Error> {
    let mut sheet = store::find_sheet(conn, pair.application_id, pair.expert_id, plan.stage, plan.reading)?
        .ok_or_else(outdated)?;
    let before = sheet.state;
    sheet.state = Action::Release.next(before)?;
    sheet.updated_at = by.now;
    sheet.version += 1;
    store::save(conn, &sheet)?;
    let states = (Some(before.into()), Some(sheet.state.into()));
    let subject = ("review", sheet.id.to_string());
    record(conn, by, plan.programme_id, "review.release", subject, states, json!({"plan": plan.id}))
}

/// What one expert is told, in one letter.
#[derive(Default)]
struct Told {
    new: usize,
    released: usize,
}

fn tell(conn: &mut Db, by: &Caller, expert: ExpertId, told: &Told) -> Result<(), Error> {
    let expert = store::find_expert(conn, expert)?.ok_or_else(Error::not_found)?;
    let Told { new, released } = told;
    let gone = if *released > 0 {
        format!(
            "另有 {released} 份您尚未打开的评审任务已作调整，无需再评。\n{released} that you had not opened went to \
             somebody else.\n"
        )
    } else {
        String::new()
    };
    let letter = if *new > 0 {
        Letter {
            subject: "【益创】您有新的评审任务".to_owned(),
            body: format!(
                "您有 {new} 份新的评审任务，请登录后逐份先签回避声明，再评分。\nYou have {new} new applications to \
                 review.\n{gone}"
            ),
            cause: "review.assign",
        }
    } else {
        Letter {
            subject: "【益创】您的评审任务有调整".to_owned(), body: gone, cause: "review.release"
        }
    };
    Ok(outbox::enqueue_about(conn, Some(expert.programme_id), expert.user_id, &letter, by.now)?)
}
