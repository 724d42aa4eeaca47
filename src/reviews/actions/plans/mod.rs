//! 分派方案: a plan is made from what is there now, shown with its reasons, and carried out as long as it still rests on
//! what is there.

mod adopt;
mod gather;
mod make;
mod view;
mod why;

pub use adopt::adopt_plan;
pub use make::{keep_plan, prepare_plan, work_out};
pub use view::{input_of_plan, plans_of_round, see_assignment_plan};
pub use why::{answer, question};

use super::ASSIGNERS;
use crate::{
    db::Db,
    error::{Error, codes},
    http::{Actor, Caller},
    kernel::{
        ids::{AssignmentPlanId, RoundId},
        role::Role,
    },
    programmes::{self, Round},
    reviews::{model::AssignmentPlan, store},
};

/// Roles that may see who reviews what: as few as can be.
pub const PLAN_READERS: &[Role] = &[Role::ProgramOfficer, Role::Supervisor, Role::Auditor];

/// The plan, for somebody with one of the roles. Who is not of the office may not know that it is there.
fn find(conn: &mut Db, actor: &Actor, id: AssignmentPlanId, roles: &[Role]) -> Result<AssignmentPlan, Error> {
    let plan = store::find_assignment_plan(conn, id)?.ok_or_else(Error::not_found)?;
    if !actor.is_staff_of(plan.programme_id) {
        return Err(Error::not_found());
    }
    actor.require(plan.programme_id, roles)?;
    Ok(plan)
}

/// The round, for an officer who is involved in none of its applications.
fn find_round(conn: &mut Db, by: &Caller, round: RoundId) -> Result<Round, Error> {
    let round = programmes::see_published(conn, round)?;
    by.actor.require(round.programme_id, ASSIGNERS)?;
    gather::refuse_involved(conn, &by.actor, &round)?;
    Ok(round)
}

fn outdated() -> Error {
    Error::new(&codes::ASSIGNMENT_PLAN_OUTDATED)
}
