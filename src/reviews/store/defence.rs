//! Queries on defence sessions.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::{
    db::{
        Db, exactly_one,
        schema::{defence_sessions, defence_slots, reviews},
    },
    error::Error,
    kernel::{
        ids::{ApplicationId, DefenceSessionId, ExpertId, ProgrammeId, RoundId},
        time::Timestamp,
    },
    programmes::Stage,
    reviews::model::{DefenceSession, DefenceSlot, ReviewState},
};

pub fn insert_session(conn: &mut Db, session: &DefenceSession) -> QueryResult<()> {
    diesel::insert_into(defence_sessions::table).values(session).execute(conn).map(|_| ())
}

pub fn find_session(conn: &mut Db, id: DefenceSessionId) -> QueryResult<Option<DefenceSession>> {
    defence_sessions::table.find(id).first(conn).optional()
}

pub fn programme_of_session(conn: &mut Db, id: DefenceSessionId) -> QueryResult<Option<ProgrammeId>> {
    defence_sessions::table.find(id).select(defence_sessions::programme_id).first(conn).optional()
}

pub fn save_session(conn: &mut Db, session: &DefenceSession) -> Result<(), Error> {
    let row =
        defence_sessions::table.find(session.id).filter(defence_sessions::version.eq(session.version - 1));
    exactly_one(diesel::update(row).set(session).execute(conn)?)
}

/// The sessions of a round by number.
pub fn sessions(conn: &mut Db, round: RoundId) -> QueryResult<Vec<DefenceSession>> {
    defence_sessions::table
        .filter(defence_sessions::round_id.eq(round))
        .order(defence_sessions::number)
        .load(conn)
}

pub fn insert_slot(conn: &mut Db, slot: &DefenceSlot) -> QueryResult<()> {
    diesel::insert_into(defence_slots::table).values(slot).execute(conn).map(|_| ())
}

/// The slots of a session as they follow each other now.
pub fn slots(conn: &mut Db, session: DefenceSessionId) -> QueryResult<Vec<DefenceSlot>> {
    defence_slots::table
        .filter(defence_slots::session_id.eq(session))
        .order(defence_slots::position)
        .load(conn)
}

/// The slots of all sessions of a round.
pub fn slots_of_round(conn: &mut Db, round: RoundId) -> QueryResult<Vec<DefenceSlot>> {
    defence_slots::table.filter(defence_slots::round_id.eq(round)).load(conn)
}

/// When the session begins in which an application of a round is defended.
pub fn pitches(conn: &mut Db, round: RoundId) -> QueryResult<Vec<(ApplicationId, Timestamp)>> {
    let begins: BTreeMap<DefenceSessionId, Timestamp> =
        sessions(conn, round)?.into_iter().map(|session| (session.id, session.starts_at)).collect();
    let slots = slots_of_round(conn, round)?.into_iter();
    Ok(slots.filter_map(|slot| Some((slot.application_id, *begins.get(&slot.session_id)?))).collect())
}

/// The slot of an application with its session.
pub fn slot_of(
    conn: &mut Db,
    application: ApplicationId,
) -> QueryResult<Option<(DefenceSlot, DefenceSession)>> {
    let slot: Option<DefenceSlot> =
        defence_slots::table.filter(defence_slots::application_id.eq(application)).first(conn).optional()?;
    let Some(slot) = slot else { return Ok(None) };
    Ok(find_session(conn, slot.session_id)?.map(|session| (slot, session)))
}

pub fn move_slot(conn: &mut Db, slot: &DefenceSlot) -> Result<(), Error> {
    let row = defence_slots::table.find((slot.session_id, slot.application_id));
    exactly_one(diesel::update(row).set(slot).execute(conn)?)
}

/// The applications an expert judges in the defence.
pub fn defended_before(conn: &mut Db, round: RoundId, expert: ExpertId) -> QueryResult<Vec<ApplicationId>> {
    reviews::table
        .filter(reviews::round_id.eq(round))
        .filter(reviews::expert_id.eq(expert))
        .filter(reviews::stage.eq(Stage::Defence))
        .filter(reviews::state.ne(ReviewState::Recused))
        .filter(reviews::state.ne(ReviewState::Released))
        .select(reviews::application_id)
        .load(conn)
}
