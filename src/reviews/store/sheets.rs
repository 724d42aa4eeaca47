//! Queries on score sheets.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::{
    db::{Db, exactly_one, schema::reviews},
    error::Error,
    kernel::ids::{ApplicationId, ExpertId, ProgrammeId, ReviewId, RoundId},
    reviews::model::{Review, ReviewState},
};

pub fn insert(conn: &mut Db, review: &Review) -> QueryResult<()> {
    diesel::insert_into(reviews::table).values(review).execute(conn).map(|_| ())
}

pub fn find(conn: &mut Db, id: ReviewId) -> QueryResult<Option<Review>> {
    reviews::table.find(id).first(conn).optional()
}

pub fn programme_of(conn: &mut Db, id: ReviewId) -> QueryResult<Option<ProgrammeId>> {
    reviews::table.find(id).select(reviews::programme_id).first(conn).optional()
}

pub fn save(conn: &mut Db, review: &Review) -> Result<(), Error> {
    let row = reviews::table.find(review.id).filter(reviews::version.eq(review.version - 1));
    exactly_one(diesel::update(row).set(review).execute(conn)?)
}

/// Takes a signature off a sheet that is opened again. A changeset leaves out what is none.
pub fn clear_signature(conn: &mut Db, review: &Review) -> Result<(), Error> {
    save(conn, review)?;
    let none = (
        reviews::total.eq(None::<i64>),
        reviews::submitted_at.eq(None::<NaiveDateTime>),
        reviews::digest.eq(None::<String>),
        reviews::locked_by.eq(None::<String>),
        reviews::locked_at.eq(None::<NaiveDateTime>),
    );
    exactly_one(diesel::update(reviews::table.find(review.id)).set(none).execute(conn)?)
}

/// Takes the amount off a sheet. A changeset leaves out what is none.
pub fn clear_amount(conn: &mut Db, id: ReviewId) -> Result<(), Error> {
    let none = reviews::suggested_amount.eq(None::<i64>);
    exactly_one(diesel::update(reviews::table.find(id)).set(none).execute(conn)?)
}

/// A page of a round's sheets by id, of one expert or of all, without those of some applications: left out here, so that
/// no page is shorter for them.
pub fn list(
    conn: &mut Db,
    round: RoundId,
    expert: Option<ExpertId>,
    application: Option<ApplicationId>,
    without: &BTreeSet<ApplicationId>,
    after: Option<ReviewId>,
    limit: i64,
) -> QueryResult<Vec<Review>> {
    let mut query = reviews::table.filter(reviews::round_id.eq(round)).into_boxed();
    if let Some(expert) = expert {
        query = query.filter(reviews::expert_id.eq(expert));
    }
    if let Some(application) = application {
        query = query.filter(reviews::application_id.eq(application));
    }
    if !without.is_empty() {
        let hidden: Vec<String> = without.iter().map(ToString::to_string).collect();
        query = query.filter(reviews::application_id.ne_all(hidden));
    }
    if let Some(after) = after {
        query = query.filter(reviews::id.gt(after));
    }
    query.order(reviews::id).limit(limit + 1).load(conn)
}

/// Everything that was handed in for a round.
pub fn submitted_of_round(conn: &mut Db, round: RoundId) -> QueryResult<Vec<Review>> {
    reviews::table
        .filter(reviews::round_id.eq(round))
        .filter(reviews::state.eq(ReviewState::Submitted).or(reviews::state.eq(ReviewState::Locked)))
        .load(conn)
}

/// True while an expert has a sheet of an application that is neither handed in nor recused.
pub fn has_open_sheet(conn: &mut Db, application: ApplicationId, expert: ExpertId) -> QueryResult<bool> {
    let open = reviews::table
        .filter(reviews::application_id.eq(application))
        .filter(reviews::expert_id.eq(expert))
        .filter(reviews::state.eq(ReviewState::Assigned).or(reviews::state.eq(ReviewState::Declared)));
    diesel::select(diesel::dsl::exists(open)).get_result(conn)
}

/// Every sheet of a round, in whatever state.
pub fn sheets_of_round(conn: &mut Db, round: RoundId) -> QueryResult<Vec<Review>> {
    reviews::table.filter(reviews::round_id.eq(round)).order(reviews::id).load(conn)
}

/// The sheets of an expert in one stage and reading of a round: what of, and in what state.
pub fn sheets_of_expert(
    conn: &mut Db,
    round: RoundId,
    expert: ExpertId,
    (stage, reading): (crate::programmes::Stage, i32),
) -> QueryResult<Vec<(ApplicationId, ReviewState)>> {
    reviews::table
        .filter(reviews::round_id.eq(round))
        .filter(reviews::expert_id.eq(expert))
        .filter(reviews::stage.eq(stage))
        .filter(reviews::reading.eq(reading))
        .order(reviews::id)
        .select((reviews::application_id, reviews::state))
        .load(conn)
}

/// True where somebody has handed in a sheet of an application.
pub fn has_scores(conn: &mut Db, application: ApplicationId) -> QueryResult<bool> {
    let scored = reviews::table
        .filter(reviews::application_id.eq(application))
        .filter(reviews::state.eq(ReviewState::Submitted).or(reviews::state.eq(ReviewState::Locked)));
    diesel::select(diesel::dsl::exists(scored)).get_result(conn)
}

/// Saves a sheet that begins anew: nothing of what was on it before stays.
pub fn save_anew(conn: &mut Db, review: &Review) -> Result<(), Error> {
    clear_signature(conn, review)?;
    let none = (reviews::suggested_amount.eq(None::<i64>), reviews::declared_at.eq(None::<NaiveDateTime>));
    exactly_one(diesel::update(reviews::table.find(review.id)).set(none).execute(conn)?)
}

/// The highest reading that any sheet of an application has in a stage; 0 where there is none. Readings that did not
/// become whole count: their sheets are there.
pub fn last_reading(
    conn: &mut Db,
    application: ApplicationId,
    stage: crate::programmes::Stage,
) -> QueryResult<i32> {
    let last = reviews::table
        .filter(reviews::application_id.eq(application))
        .filter(reviews::stage.eq(stage))
        .order(reviews::reading.desc())
        .select(reviews::reading)
        .first(conn)
        .optional()?;
    Ok(last.unwrap_or(0))
}

/// True where an expert has, or had, a sheet of an application in a stage.
pub fn has_sheet(
    conn: &mut Db,
    application: ApplicationId,
    expert: ExpertId,
    stage: crate::programmes::Stage,
) -> QueryResult<bool> {
    let any = reviews::table
        .filter(reviews::application_id.eq(application))
        .filter(reviews::expert_id.eq(expert))
        .filter(reviews::stage.eq(stage));
    diesel::select(diesel::dsl::exists(any)).get_result(conn)
}
