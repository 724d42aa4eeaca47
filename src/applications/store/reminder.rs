//! Reminders, and what they are about.

use diesel::prelude::*;

use super::super::model::{ApplicationState, Reminder};
use crate::{
    db::{
        Db,
        columns::Day,
        schema::{applications, reminders},
    },
    error::Error,
    kernel::{
        ids::{ApplicationId, RoundId},
        time::Timestamp,
    },
};

/// As much of an application as it takes to see whether a reminder may be due.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct Unfinished {
    /// Which one.
    pub id: ApplicationId,
    /// A draft, or sent back.
    pub state: ApplicationState,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Its own end, where it was given more time.
    pub extended_until: Option<Timestamp>,
}

/// The drafts of a round and what was sent back.
pub fn unfinished(conn: &mut Db, round: RoundId) -> QueryResult<Vec<Unfinished>> {
    let sent_back = applications::state.eq(ApplicationState::CorrectionRequested);
    applications::table
        .filter(applications::round_id.eq(round))
        .filter(applications::state.eq(ApplicationState::Draft).or(sent_back))
        .order(applications::id)
        .select((
            applications::id,
            applications::state,
            applications::created_at,
            applications::extended_until,
        ))
        .load(conn)
}

/// How many days before this last day there were reminders.
pub fn reminders(conn: &mut Db, kind: &str, subject: &str, due_on: Day) -> Result<Vec<u32>, Error> {
    let days: Vec<i32> = reminders::table
        .filter(reminders::subject_kind.eq(kind))
        .filter(reminders::subject_id.eq(subject))
        .filter(reminders::due_on.eq(due_on))
        .select(reminders::days_before)
        .load(conn)?;
    days.into_iter().map(|days| u32::try_from(days).map_err(Error::internal)).collect()
}

pub fn insert_reminder(conn: &mut Db, reminder: &Reminder) -> QueryResult<()> {
    diesel::insert_into(reminders::table).values(reminder).execute(conn).map(|_| ())
}
