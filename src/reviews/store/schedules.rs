//! Queries on deadlines and reminders of sheets.

use diesel::prelude::*;

use crate::{
    applications::ApplicationState,
    db::{
        Db, exactly_one,
        schema::{applications, review_extensions, review_schedules, reviews, sheet_reminders},
    },
    error::Error,
    kernel::{
        ids::{ExpertId, RoundId},
        time::Timestamp,
    },
    programmes::Stage,
    reviews::model::{Deadlines, ReReviewState, ReviewExtension, ReviewSchedule, ReviewState, SheetReminder},
};

pub fn find_schedule(conn: &mut Db, round: RoundId) -> QueryResult<Option<ReviewSchedule>> {
    review_schedules::table.find(round).first(conn).optional()
}

/// Writes the deadlines in their next version; 2 is the first that is stored. The row is written anew, because a
/// changeset leaves out what is none.
pub fn put_schedule(conn: &mut Db, schedule: &ReviewSchedule) -> Result<(), Error> {
    let before = schedule.version - 1;
    let row = review_schedules::table.find(schedule.round_id).filter(review_schedules::version.eq(before));
    diesel::delete(row).execute(conn)?;
    exactly_one(diesel::insert_into(review_schedules::table).values(schedule).execute(conn)?)
}

pub fn insert_extension(conn: &mut Db, extension: &ReviewExtension) -> QueryResult<()> {
    diesel::insert_into(review_extensions::table).values(extension).execute(conn).map(|_| ())
}

/// Everything that is said of the deadlines of a round.
pub fn deadlines(conn: &mut Db, round: RoundId) -> QueryResult<Deadlines> {
    let extensions = review_extensions::table
        .filter(review_extensions::round_id.eq(round))
        .order(review_extensions::id.desc())
        .load(conn)?;
    let mut re_reviews = super::orders_of_round(conn, round)?;
    re_reviews.retain(|order| order.state == ReReviewState::Agreed);
    Ok(Deadlines { schedule: find_schedule(conn, round)?, extensions, re_reviews })
}

/// How many sheets of a stage each expert has open.
pub fn open_by_expert(conn: &mut Db, round: RoundId, stage: Stage) -> QueryResult<Vec<(ExpertId, i64)>> {
    let mut found: Vec<ExpertId> = reviews::table
        .inner_join(applications::table)
        .filter(reviews::round_id.eq(round))
        .filter(reviews::stage.eq(stage))
        .filter(applications::state.eq(ApplicationState::Scoring))
        .filter(reviews::state.eq(ReviewState::Assigned).or(reviews::state.eq(ReviewState::Declared)))
        .select(reviews::expert_id)
        .load(conn)?;
    found.sort_unstable();
    let groups = found.chunk_by(PartialEq::eq);
    let count = |group: &[ExpertId]| i64::try_from(group.len()).unwrap_or(i64::MAX);
    Ok(groups.filter_map(|group| Some((*group.first()?, count(group)))).collect())
}

pub fn insert_sheet_reminder(conn: &mut Db, reminder: &SheetReminder) -> QueryResult<()> {
    diesel::insert_into(sheet_reminders::table).values(reminder).execute(conn).map(|_| ())
}

/// Which reminders of a deadline somebody got.
pub fn sheet_reminders(
    conn: &mut Db,
    round: RoundId,
    stage: Stage,
    told: &str,
    due_at: Timestamp,
) -> QueryResult<Vec<i32>> {
    sheet_reminders::table
        .filter(sheet_reminders::round_id.eq(round))
        .filter(sheet_reminders::stage.eq(stage))
        .filter(sheet_reminders::told.eq(told))
        .filter(sheet_reminders::due_at.eq(due_at))
        .select(sheet_reminders::days_before)
        .load(conn)
}
