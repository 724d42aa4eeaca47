//! Queries on panels and their draws.

use diesel::prelude::*;

use crate::{
    db::{
        Db, exactly_one,
        schema::{panel_draws as draws, panel_seats as seats},
    },
    error::Error,
    kernel::ids::{PanelDrawId, PanelSeatId, ProgrammeId, RoundId},
    programmes::Track,
    reviews::{
        model::{DrawState, PanelDraw, PanelSeat},
        rules::draw::Scope,
    },
};

pub fn insert_draw(conn: &mut Db, draw: &PanelDraw) -> QueryResult<()> {
    diesel::insert_into(draws::table).values(draw).execute(conn).map(|_| ())
}

pub fn find_draw(conn: &mut Db, id: PanelDrawId) -> QueryResult<Option<PanelDraw>> {
    draws::table.find(id).first(conn).optional()
}

pub fn programme_of_draw(conn: &mut Db, id: PanelDrawId) -> QueryResult<Option<ProgrammeId>> {
    draws::table.find(id).select(draws::programme_id).first(conn).optional()
}

pub fn save_draw(conn: &mut Db, draw: &PanelDraw) -> Result<(), Error> {
    let row = draws::table.find(draw.id).filter(draws::version.eq(draw.version - 1));
    exactly_one(diesel::update(row).set(draw).execute(conn)?)
}

/// A page of a round's draws by number.
pub fn list_draws(
    conn: &mut Db,
    round: RoundId,
    after: Option<i32>,
    limit: i64,
) -> QueryResult<Vec<PanelDraw>> {
    let mut query = draws::table.filter(draws::round_id.eq(round)).into_boxed();
    if let Some(after) = after {
        query = query.filter(draws::number.gt(after));
    }
    query.order(draws::number).limit(limit + 1).load(conn)
}

/// The draws of a round that wait or hold: one for each panel that was drawn.
pub fn standing_draws(conn: &mut Db, round: RoundId) -> QueryResult<Vec<PanelDraw>> {
    draws::table
        .filter(draws::round_id.eq(round))
        .filter(draws::state.ne(DrawState::Cancelled))
        .order(draws::number)
        .load(conn)
}

/// The number of the last draw of a round; 0 before the first. One that was cancelled counts.
pub fn last_draw_number(conn: &mut Db, round: RoundId) -> QueryResult<i32> {
    let last = draws::table
        .filter(draws::round_id.eq(round))
        .order(draws::number.desc())
        .select(draws::number)
        .first(conn)
        .optional()?;
    Ok(last.unwrap_or(0))
}

/// For which tracks and batches a draw of a round is in force.
pub fn scopes_in_force(conn: &mut Db, round: RoundId) -> QueryResult<Vec<Scope>> {
    let found: Vec<(Option<Track>, Option<i32>)> = draws::table
        .filter(draws::round_id.eq(round))
        .filter(draws::state.eq(DrawState::InForce))
        .select((draws::track, draws::batch))
        .load(conn)?;
    Ok(found.into_iter().map(|(track, batch)| Scope { track, batch }).collect())
}

pub fn insert_seat(conn: &mut Db, seat: &PanelSeat) -> QueryResult<()> {
    diesel::insert_into(seats::table).values(seat).execute(conn).map(|_| ())
}

pub fn find_seat(conn: &mut Db, id: PanelSeatId) -> QueryResult<Option<PanelSeat>> {
    seats::table.find(id).first(conn).optional()
}

pub fn programme_of_seat(conn: &mut Db, id: PanelSeatId) -> QueryResult<Option<ProgrammeId>> {
    seats::table.find(id).select(seats::programme_id).first(conn).optional()
}

pub fn save_seat(conn: &mut Db, seat: &PanelSeat) -> Result<(), Error> {
    let row = seats::table.find(seat.id).filter(seats::version.eq(seat.version - 1));
    exactly_one(diesel::update(row).set(seat).execute(conn)?)
}

/// The seats of a round, those that were left among them.
pub fn seats_of_round(conn: &mut Db, round: RoundId) -> QueryResult<Vec<PanelSeat>> {
    seats::table.filter(seats::round_id.eq(round)).order(seats::id).load(conn)
}
