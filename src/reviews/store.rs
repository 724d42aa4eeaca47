//! Queries.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::model::{Conflict, Expert, Review, ReviewState, ScoreConfirmation};
use crate::{
    applications::ApplicationState,
    db::{
        Db, exactly_one,
        schema::{applications, conflicts, experts, reviews, score_confirmations as confirmations},
    },
    error::Error,
    kernel::ids::{ApplicationId, ExpertId, ProgrammeId, ReviewId, RoundId, UserId},
};

pub fn insert_expert(conn: &mut Db, expert: &Expert) -> QueryResult<()> {
    diesel::insert_into(experts::table).values(expert).execute(conn).map(|_| ())
}

pub fn find_expert(conn: &mut Db, id: ExpertId) -> QueryResult<Option<Expert>> {
    experts::table.find(id).first(conn).optional()
}

pub fn expert_of_user(conn: &mut Db, programme: ProgrammeId, user: UserId) -> QueryResult<Option<Expert>> {
    experts::table
        .filter(experts::programme_id.eq(programme))
        .filter(experts::user_id.eq(user))
        .first(conn)
        .optional()
}

pub fn list_experts(
    conn: &mut Db,
    programme: ProgrammeId,
    after: Option<ExpertId>,
    limit: i64,
) -> QueryResult<Vec<Expert>> {
    let mut query = experts::table.filter(experts::programme_id.eq(programme)).into_boxed();
    if let Some(after) = after {
        query = query.filter(experts::id.gt(after));
    }
    query.order(experts::id).limit(limit + 1).load(conn)
}

pub fn insert_conflict(conn: &mut Db, conflict: &Conflict) -> QueryResult<()> {
    diesel::insert_into(conflicts::table).values(conflict).execute(conn).map(|_| ())
}

pub fn conflict_kind(
    conn: &mut Db,
    application: ApplicationId,
    expert: ExpertId,
) -> QueryResult<Option<String>> {
    conflicts::table
        .filter(conflicts::application_id.eq(application))
        .filter(conflicts::expert_id.eq(expert))
        .order(conflicts::id)
        .select(conflicts::kind)
        .first(conn)
        .optional()
}

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

/// A page of a round's sheets by id, of one expert or of all.
pub fn list(
    conn: &mut Db,
    round: RoundId,
    expert: Option<ExpertId>,
    application: Option<ApplicationId>,
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
    if let Some(after) = after {
        query = query.filter(reviews::id.gt(after));
    }
    query.order(reviews::id).limit(limit + 1).load(conn)
}

/// Everything that was handed in for a round.
pub fn submitted_of_round(conn: &mut Db, round: RoundId) -> QueryResult<Vec<Review>> {
    reviews::table
        .filter(reviews::round_id.eq(round))
        .filter(reviews::state.eq(ReviewState::Submitted))
        .load(conn)
}

/// Everything that was handed in for an application.
pub fn submitted_of_application(conn: &mut Db, application: ApplicationId) -> QueryResult<Vec<Review>> {
    reviews::table
        .filter(reviews::application_id.eq(application))
        .filter(reviews::state.eq(ReviewState::Submitted))
        .load(conn)
}

/// For how many sheets the chair has confirmed an application's flagged score.
pub fn confirmed_count(conn: &mut Db, application: ApplicationId) -> QueryResult<Option<i32>> {
    confirmations::table
        .filter(confirmations::application_id.eq(application))
        .order(confirmations::reviews_counted.desc())
        .select(confirmations::reviews_counted)
        .first(conn)
        .optional()
}

/// How many sheets of a round are neither handed in nor recused. Those of an application that was taken back can be
/// neither, so nobody waits for them.
pub fn open_sheets(conn: &mut Db, round: RoundId) -> QueryResult<i64> {
    reviews::table
        .inner_join(applications::table)
        .filter(reviews::round_id.eq(round))
        .filter(applications::state.eq(ApplicationState::Scoring))
        .filter(reviews::state.eq(ReviewState::Assigned).or(reviews::state.eq(ReviewState::Declared)))
        .count()
        .get_result(conn)
}

/// True while an expert has a sheet of an application that is neither handed in nor recused.
pub fn has_open_sheet(conn: &mut Db, application: ApplicationId, expert: ExpertId) -> QueryResult<bool> {
    let open = reviews::table
        .filter(reviews::application_id.eq(application))
        .filter(reviews::expert_id.eq(expert))
        .filter(reviews::state.eq(ReviewState::Assigned).or(reviews::state.eq(ReviewState::Declared)));
    diesel::select(diesel::dsl::exists(open)).get_result(conn)
}

/// How many sheets of an application are open, and how many were handed in.
pub fn progress(conn: &mut Db, application: ApplicationId) -> QueryResult<(usize, usize)> {
    let states: Vec<ReviewState> =
        reviews::table.filter(reviews::application_id.eq(application)).select(reviews::state).load(conn)?;
    let count = |wanted: &[ReviewState]| states.iter().filter(|state| wanted.contains(state)).count();
    Ok((count(&[ReviewState::Assigned, ReviewState::Declared]), count(&[ReviewState::Submitted])))
}

pub fn insert_confirmation(conn: &mut Db, confirmation: &ScoreConfirmation) -> QueryResult<()> {
    diesel::insert_into(confirmations::table).values(confirmation).execute(conn).map(|_| ())
}

/// For how many sheets the chair has confirmed each application's flagged score.
pub fn confirmations(conn: &mut Db, programme: ProgrammeId) -> QueryResult<BTreeMap<ApplicationId, i32>> {
    let rows: Vec<(ApplicationId, i32)> = confirmations::table
        .filter(confirmations::programme_id.eq(programme))
        .select((confirmations::application_id, confirmations::reviews_counted))
        .load(conn)?;
    let mut latest = BTreeMap::new();
    for (application, counted) in rows {
        let entry = latest.entry(application).or_insert(counted);
        *entry = counted.max(*entry);
    }
    Ok(latest)
}
