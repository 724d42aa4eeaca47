//! Queries.

use diesel::prelude::*;

use super::{
    form::Form,
    model::{CallVersionRow, FormRow, PolicyRow, Programme, ReviewBatch, Round, RoundState, RubricRow},
    policy::{Policy, Rubric},
};
use crate::{
    db::{
        Db, exactly_one,
        schema::{call_versions, forms, policies, programmes, review_batches, rounds, rubrics},
    },
    error::Error,
    kernel::{
        ids::{ProgrammeId, RoundId},
        money::Money,
    },
};

pub fn insert_programme(conn: &mut Db, programme: &Programme) -> QueryResult<()> {
    diesel::insert_into(programmes::table).values(programme).execute(conn).map(|_| ())
}

pub fn find_programme(conn: &mut Db, id: ProgrammeId) -> QueryResult<Option<Programme>> {
    programmes::table.find(id).first(conn).optional()
}

/// Some of the programmes by id, or all.
pub fn list_programmes(
    conn: &mut Db,
    only: Option<Vec<ProgrammeId>>,
    after: Option<ProgrammeId>,
    limit: i64,
) -> QueryResult<Vec<Programme>> {
    let mut query = programmes::table.into_boxed();
    if let Some(only) = only {
        let only: Vec<String> = only.iter().map(ToString::to_string).collect();
        query = query.filter(programmes::id.eq_any(only));
    }
    if let Some(after) = after {
        query = query.filter(programmes::id.gt(after));
    }
    query.order(programmes::id).limit(limit + 1).load(conn)
}

/// The round, if it exists.
pub fn find_round(conn: &mut Db, id: RoundId) -> QueryResult<Option<Round>> {
    rounds::table.find(id).first(conn).optional()
}

/// The programme of a round.
pub fn programme_of_round(conn: &mut Db, id: RoundId) -> QueryResult<Option<ProgrammeId>> {
    rounds::table.find(id).select(rounds::programme_id).first(conn).optional()
}

/// Rounds by id: of one programme or of all, drafts or not.
pub fn list_rounds(
    conn: &mut Db,
    programme: Option<ProgrammeId>,
    with_drafts: bool,
    after: Option<RoundId>,
    limit: i64,
) -> QueryResult<Vec<Round>> {
    let mut query = rounds::table.into_boxed();
    if let Some(programme) = programme {
        query = query.filter(rounds::programme_id.eq(programme));
    }
    if !with_drafts {
        query = query.filter(rounds::state.ne(RoundState::Draft));
    }
    if let Some(after) = after {
        query = query.filter(rounds::id.gt(after));
    }
    query.order(rounds::id).limit(limit + 1).load(conn)
}

pub fn insert_round(conn: &mut Db, round: &Round) -> QueryResult<()> {
    diesel::insert_into(rounds::table).values(round).execute(conn).map(|_| ())
}

pub fn save_round(conn: &mut Db, round: &Round) -> Result<(), Error> {
    let row = rounds::table.find(round.id).filter(rounds::version.eq(round.version - 1));
    exactly_one(diesel::update(row).set(round).execute(conn)?)
}

/// The rounds of all programmes that were published and are not decided.
pub fn rounds_under_way(conn: &mut Db) -> QueryResult<Vec<Round>> {
    let reviewing = rounds::state.eq(RoundState::Reviewing);
    let under_way = rounds::state.eq(RoundState::Published).or(reviewing);
    rounds::table.filter(under_way).order(rounds::id).load(conn)
}

/// Takes the next running number of a round. It does not count as a change of the round.
pub fn take_number(conn: &mut Db, id: RoundId) -> Result<i64, Error> {
    let row = rounds::table.find(id);
    exactly_one(diesel::update(row).set(rounds::last_number.eq(rounds::last_number + 1)).execute(conn)?)?;
    Ok(rounds::table.find(id).select(rounds::last_number).first(conn)?)
}

/// Adds to what the round has awarded; the CHECK of the table refuses more than the budget.
pub fn add_awarded(conn: &mut Db, id: RoundId, amount: Money) -> QueryResult<usize> {
    diesel::update(rounds::table.find(id))
        .set(rounds::awarded_total.eq(rounds::awarded_total + amount.fen()))
        .execute(conn)
}

pub fn insert_policy(conn: &mut Db, row: &PolicyRow) -> QueryResult<()> {
    diesel::insert_into(policies::table).values(row).execute(conn).map(|_| ())
}

pub fn insert_rubric(conn: &mut Db, row: &RubricRow) -> QueryResult<()> {
    diesel::insert_into(rubrics::table).values(row).execute(conn).map(|_| ())
}

pub fn insert_form(conn: &mut Db, row: &FormRow) -> QueryResult<()> {
    diesel::insert_into(forms::table).values(row).execute(conn).map(|_| ())
}

/// A version of a round's policy.
pub fn policy_of(conn: &mut Db, round: RoundId, number: i32) -> Result<Policy, Error> {
    let body: String = policies::table
        .filter(policies::round_id.eq(round))
        .filter(policies::number.eq(number))
        .select(policies::body)
        .first(conn)?;
    serde_json::from_str(&body).map_err(Error::internal)
}

/// A version of a round's rubric; an empty one while there is none.
pub fn rubric_of(conn: &mut Db, round: RoundId, number: i32) -> Result<Rubric, Error> {
    let body: Option<String> = rubrics::table
        .filter(rubrics::round_id.eq(round))
        .filter(rubrics::number.eq(number))
        .select(rubrics::body)
        .first(conn)
        .optional()?;
    body.map_or_else(|| Ok(Rubric::default()), |body| serde_json::from_str(&body).map_err(Error::internal))
}

/// A version of a round's form; the default one where nobody defined any (`number` 0).
pub fn form_of(conn: &mut Db, round: RoundId, number: i32) -> Result<Form, Error> {
    if number == 0 {
        return Ok(Form::default());
    }
    let body: String = forms::table
        .filter(forms::round_id.eq(round))
        .filter(forms::number.eq(number))
        .select(forms::body)
        .first(conn)?;
    serde_json::from_str(&body).map_err(Error::internal)
}

pub fn insert_version(conn: &mut Db, row: &CallVersionRow) -> QueryResult<()> {
    diesel::insert_into(call_versions::table).values(row).execute(conn).map(|_| ())
}

pub fn find_version(conn: &mut Db, round: RoundId, number: i32) -> QueryResult<Option<CallVersionRow>> {
    call_versions::table
        .filter(call_versions::round_id.eq(round))
        .filter(call_versions::number.eq(number))
        .first(conn)
        .optional()
}

/// The versions of a call after `after`, the first one first.
pub fn versions_of(
    conn: &mut Db,
    round: RoundId,
    after: i32,
    limit: i64,
) -> QueryResult<Vec<CallVersionRow>> {
    call_versions::table
        .filter(call_versions::round_id.eq(round))
        .filter(call_versions::number.gt(after))
        .order(call_versions::number)
        .limit(limit + 1)
        .load(conn)
}

pub fn insert_batch(conn: &mut Db, batch: &ReviewBatch) -> QueryResult<()> {
    diesel::insert_into(review_batches::table).values(batch).execute(conn).map(|_| ())
}

/// The closed review batches of a round after `after`.
pub fn batches_of(conn: &mut Db, round: RoundId, after: i32, limit: i64) -> QueryResult<Vec<ReviewBatch>> {
    review_batches::table
        .filter(review_batches::round_id.eq(round))
        .filter(review_batches::number.gt(after))
        .order(review_batches::number)
        .limit(limit + 1)
        .load(conn)
}
