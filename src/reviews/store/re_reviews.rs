//! Queries on re-reviews.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::{
    db::{Db, exactly_one, schema::re_reviews},
    error::Error,
    kernel::ids::{ApplicationId, ProgrammeId, ReReviewId, RoundId},
    programmes::Stage,
    reviews::model::{ReReview, ReReviewKind, ReReviewState as S},
};

pub fn insert_re_review(conn: &mut Db, order: &ReReview) -> QueryResult<()> {
    diesel::insert_into(re_reviews::table).values(order).execute(conn).map(|_| ())
}

pub fn find_re_review(conn: &mut Db, id: ReReviewId) -> QueryResult<Option<ReReview>> {
    re_reviews::table.find(id).first(conn).optional()
}

pub fn programme_of_re_review(conn: &mut Db, id: ReReviewId) -> QueryResult<Option<ProgrammeId>> {
    re_reviews::table.find(id).select(re_reviews::programme_id).first(conn).optional()
}

pub fn save_re_review(conn: &mut Db, order: &ReReview) -> Result<(), Error> {
    let row = re_reviews::table.find(order.id).filter(re_reviews::version.eq(order.version - 1));
    exactly_one(diesel::update(row).set(order).execute(conn)?)
}

/// A page of a round's orders by id, without those of some applications: left out here, so that no page is shorter for
/// them.
pub fn list_re_reviews(
    conn: &mut Db,
    round: RoundId,
    without: &BTreeSet<ApplicationId>,
    after: Option<ReReviewId>,
    limit: i64,
) -> QueryResult<Vec<ReReview>> {
    let mut query = re_reviews::table.filter(re_reviews::round_id.eq(round)).into_boxed();
    if !without.is_empty() {
        let hidden: Vec<String> = without.iter().map(ToString::to_string).collect();
        query = query.filter(re_reviews::application_id.ne_all(hidden));
    }
    if let Some(after) = after {
        query = query.filter(re_reviews::id.gt(after));
    }
    query.order(re_reviews::id).limit(limit + 1).load(conn)
}

/// All orders of a round that were not refused, by id.
pub fn orders_of_round(conn: &mut Db, round: RoundId) -> QueryResult<Vec<ReReview>> {
    re_reviews::table
        .filter(re_reviews::round_id.eq(round))
        .filter(re_reviews::state.eq(S::Ordered).or(re_reviews::state.eq(S::Agreed)))
        .order(re_reviews::id)
        .load(conn)
}

/// The reading of a stage that whoever is asked now belongs to: the last that a supervisor agreed to, else the first.
pub fn agreed_reading(conn: &mut Db, application: ApplicationId, stage: Stage) -> QueryResult<i32> {
    let last = re_reviews::table
        .filter(re_reviews::application_id.eq(application))
        .filter(re_reviews::stage.eq(stage))
        .filter(re_reviews::state.eq(S::Agreed))
        .filter(re_reviews::kind.eq(ReReviewKind::SecondScoring))
        .order(re_reviews::reading.desc())
        .select(re_reviews::reading)
        .first(conn)
        .optional()?;
    Ok(last.unwrap_or(1))
}

/// The applications that wait for a supervisor's word, or for the sheets that were given out after it.
pub fn under_re_review(conn: &mut Db, round: RoundId) -> QueryResult<BTreeSet<ApplicationId>> {
    let orders = orders_of_round(conn, round)?;
    if orders.is_empty() {
        return Ok(BTreeSet::new());
    }
    let places = super::sheet_places(conn, round)?;
    let is_waited_for = |order: &ReReview| {
        places.iter().any(|(_, application, expert, state, stage, reading)| {
            state.is_open()
                && (*application, *stage, *reading) == (order.application_id, order.stage, order.reading)
                && order.expert_id.is_none_or(|asked| asked == *expert)
        })
    };
    let waiting = orders.iter().filter(|order| order.state == S::Ordered || is_waited_for(order));
    Ok(waiting.map(|order| order.application_id).collect())
}

/// True while a sheet that was given out for an order is open.
pub fn has_open_sheets_of(conn: &mut Db, order: &ReReview) -> QueryResult<bool> {
    use crate::{db::schema::reviews, reviews::model::ReviewState as R};
    let mut open = reviews::table
        .filter(reviews::application_id.eq(order.application_id))
        .filter(reviews::stage.eq(order.stage))
        .filter(reviews::reading.eq(order.reading))
        .filter(reviews::state.eq(R::Assigned).or(reviews::state.eq(R::Declared)))
        .select(reviews::id)
        .into_boxed();
    if let Some(expert) = order.expert_id {
        open = open.filter(reviews::expert_id.eq(expert));
    }
    let found: Option<crate::kernel::ids::ReviewId> = open.first(conn).optional()?;
    Ok(found.is_some())
}
