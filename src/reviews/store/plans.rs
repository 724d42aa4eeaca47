//! Queries on assignment plans and on what they rest on.

use diesel::prelude::*;

use crate::{
    db::{
        Db, exactly_one,
        schema::{assignment_plans as plans, reviews},
    },
    error::Error,
    kernel::{
        ids::{ApplicationId, AssignmentPlanId, ExpertId, ProgrammeId, ReviewId, RoundId, UserId},
        time::Timestamp,
    },
    programmes::Stage,
    reviews::model::{AssignmentPlan, AssignmentPlanLine, AssignmentPlanState, Review, ReviewState},
};

pub fn insert_assignment_plan(conn: &mut Db, plan: &AssignmentPlan) -> QueryResult<()> {
    diesel::insert_into(plans::table).values(plan).execute(conn).map(|_| ())
}

pub fn find_assignment_plan(conn: &mut Db, id: AssignmentPlanId) -> QueryResult<Option<AssignmentPlan>> {
    plans::table.find(id).first(conn).optional()
}

/// The programme of a plan.
pub fn programme_of_plan(conn: &mut Db, id: AssignmentPlanId) -> QueryResult<Option<ProgrammeId>> {
    plans::table.find(id).select(plans::programme_id).first(conn).optional()
}

/// Saves that a plan was adopted; nothing else of it ever changes.
pub fn save_adoption(
    conn: &mut Db,
    plan: &AssignmentPlan,
    (by, at): (UserId, Timestamp),
) -> Result<(), Error> {
    let row = plans::table.find(plan.id).filter(plans::version.eq(plan.version - 1));
    let change = (
        plans::state.eq(plan.state),
        plans::adopted_by.eq(by),
        plans::adopted_at.eq(at),
        plans::version.eq(plan.version),
    );
    exactly_one(diesel::update(row).set(change).execute(conn)?)
}

/// A page of a round's plans, without what they say.
pub fn list_assignment_plans(
    conn: &mut Db,
    round: RoundId,
    after: Option<AssignmentPlanId>,
    limit: i64,
) -> QueryResult<Vec<AssignmentPlanLine>> {
    let mut query = plans::table.filter(plans::round_id.eq(round)).into_boxed();
    if let Some(after) = after {
        query = query.filter(plans::id.gt(after));
    }
    query
        .order(plans::id)
        .limit(limit + 1)
        .select((
            plans::id,
            plans::number,
            plans::state,
            plans::stage,
            plans::reading,
            plans::objective,
            plans::created_by,
            plans::created_at,
            plans::adopted_by,
            plans::adopted_at,
            plans::version,
        ))
        .load(conn)
}

/// The number of the last plan of a round; 0 before the first.
pub fn last_plan_number(conn: &mut Db, round: RoundId) -> QueryResult<i32> {
    let last = plans::table
        .filter(plans::round_id.eq(round))
        .order(plans::number.desc())
        .select(plans::number)
        .first(conn)
        .optional()?;
    Ok(last.unwrap_or(0))
}

/// How many plans of a round were adopted.
pub fn adopted_plans(conn: &mut Db, round: RoundId) -> QueryResult<i64> {
    plans::table
        .filter(plans::round_id.eq(round))
        .filter(plans::state.eq(AssignmentPlanState::Adopted))
        .count()
        .get_result(conn)
}

/// Where a sheet stands: which one, whose, and in what state.
pub type SheetPlace = (ReviewId, ApplicationId, ExpertId, ReviewState, Stage, i32);

/// All sheets of a round, without what is in them.
pub fn sheet_places(conn: &mut Db, round: RoundId) -> QueryResult<Vec<SheetPlace>> {
    reviews::table
        .filter(reviews::round_id.eq(round))
        .order(reviews::id)
        .select((
            reviews::id,
            reviews::application_id,
            reviews::expert_id,
            reviews::state,
            reviews::stage,
            reviews::reading,
        ))
        .load(conn)
}

/// The sheet of a pair in a stage and reading.
pub fn find_sheet(
    conn: &mut Db,
    application: ApplicationId,
    expert: ExpertId,
    stage: Stage,
    reading: i32,
) -> QueryResult<Option<Review>> {
    reviews::table
        .filter(reviews::application_id.eq(application))
        .filter(reviews::expert_id.eq(expert))
        .filter(reviews::stage.eq(stage))
        .filter(reviews::reading.eq(reading))
        .first(conn)
        .optional()
}
