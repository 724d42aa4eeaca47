//! Queries.

use diesel::prelude::*;

use super::model::{MatchingRound, MatchingRun, Preference};
use crate::{
    approvals::AwardState,
    db::{
        Db, exactly_one,
        schema::{awards, enterprises, matching_preferences as preferences, matching_rounds, matching_runs},
    },
    enterprises::EnterpriseState,
    error::Error,
    kernel::ids::{
        ApplicationId, EnterpriseId, MatchingRoundId, MatchingRunId, PreferenceId, ProgrammeId, RoundId,
    },
};

pub fn insert_round(conn: &mut Db, round: &MatchingRound) -> QueryResult<()> {
    diesel::insert_into(matching_rounds::table).values(round).execute(conn).map(|_| ())
}

pub fn find_round(conn: &mut Db, id: MatchingRoundId) -> QueryResult<Option<MatchingRound>> {
    matching_rounds::table.find(id).first(conn).optional()
}

pub fn save_round(conn: &mut Db, round: &MatchingRound) -> Result<(), Error> {
    let row = matching_rounds::table.find(round.id).filter(matching_rounds::version.eq(round.version - 1));
    exactly_one(diesel::update(row).set(round).execute(conn)?)
}

pub fn insert_preference(conn: &mut Db, preference: &Preference) -> QueryResult<()> {
    diesel::insert_into(preferences::table).values(preference).execute(conn).map(|_| ())
}

pub fn find_preference(conn: &mut Db, id: PreferenceId) -> QueryResult<Option<Preference>> {
    preferences::table.find(id).first(conn).optional()
}

pub fn save_preference(conn: &mut Db, preference: &Preference) -> Result<(), Error> {
    let row = preferences::table.find(preference.id).filter(preferences::version.eq(preference.version - 1));
    exactly_one(diesel::update(row).set(preference).execute(conn)?)
}

pub fn preferences_of(conn: &mut Db, round: MatchingRoundId) -> QueryResult<Vec<Preference>> {
    preferences::table
        .filter(preferences::matching_round_id.eq(round))
        .order((preferences::side, preferences::owner_id))
        .load(conn)
}

/// The applications of a round with an active agreement.
pub fn active_projects(conn: &mut Db, round: RoundId) -> QueryResult<Vec<ApplicationId>> {
    awards::table
        .filter(awards::round_id.eq(round))
        .filter(awards::state.eq(AwardState::Active))
        .select(awards::application_id)
        .load(conn)
}

/// The verified enterprises of a programme.
pub fn verified_enterprises(conn: &mut Db, programme: ProgrammeId) -> QueryResult<Vec<EnterpriseId>> {
    enterprises::table
        .filter(enterprises::programme_id.eq(programme))
        .filter(enterprises::state.eq(EnterpriseState::Verified))
        .select(enterprises::id)
        .load(conn)
}

pub fn insert_run(conn: &mut Db, run: &MatchingRun) -> QueryResult<()> {
    diesel::insert_into(matching_runs::table).values(run).execute(conn).map(|_| ())
}

pub fn find_run(conn: &mut Db, id: MatchingRunId) -> QueryResult<Option<MatchingRun>> {
    matching_runs::table.find(id).first(conn).optional()
}

pub fn last_run_number(conn: &mut Db, round: MatchingRoundId) -> QueryResult<i32> {
    let last: Option<i32> = matching_runs::table
        .filter(matching_runs::matching_round_id.eq(round))
        .order(matching_runs::number.desc())
        .select(matching_runs::number)
        .first(conn)
        .optional()?;
    Ok(last.unwrap_or(0))
}
