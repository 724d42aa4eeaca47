//! The defence (路演答辩): sessions and the order of their pitches.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::schema::{defence_sessions, defence_slots},
    http::Versioned,
    kernel::{
        ids::{ApplicationId, DefenceSessionId, ProgrammeId, RoundId, UserId},
        reference::Reference,
        time::Timestamp,
    },
};

/// A day of pitches.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = defence_sessions)]
pub struct DefenceSession {
    /// Its id.
    pub id: DefenceSessionId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// Counted from 1 in the round.
    pub number: i32,
    /// When the first pitch begins.
    pub starts_at: Timestamp,
    /// Where.
    pub place: String,
    /// Minutes of a slot.
    pub minutes: i32,
    /// The seed of the lots: the round's.
    pub seed: String,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl DefenceSession {
    /// When the slot at a position begins.
    #[must_use]
    pub fn begins(&self, position: i32) -> Timestamp {
        let before = i64::from(position.max(1)) - 1;
        self.starts_at.plus_seconds(before * i64::from(self.minutes) * 60)
    }
}

/// Whose turn it is.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = defence_slots)]
pub struct DefenceSlot {
    /// The session.
    pub session_id: DefenceSessionId,
    /// The application.
    pub application_id: ApplicationId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// The number of the application.
    pub reference: Reference,
    /// Its place by lot.
    pub lot: i32,
    /// SHA-256 of `seed|defence|session number|reference`.
    pub drawn: String,
    /// Its place now: the lot, or later where it was moved.
    pub position: i32,
    /// Why it was moved; empty: it was not.
    pub moved_because: String,
    /// Why the pitch was postponed; empty: it was not. The slot stays on record, and another session gives a new one.
    pub postponed_because: String,
}

/// A session to hold.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDefenceSession {
    /// When the first pitch begins.
    pub starts_at: Timestamp,
    /// Where.
    pub place: String,
    /// Who pitches; all that compete and have no slot yet, where nothing is said.
    pub applications: Option<Vec<ApplicationId>>,
}

/// Somebody who is late.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDefenceMove {
    /// Whose slot is moved behind all others; theirs stay as they are.
    pub application_id: ApplicationId,
    /// Why.
    pub reason: String,
}

/// Somebody who cannot come that day.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPostponement {
    /// Whose pitch is postponed to another session.
    pub application_id: ApplicationId,
    /// Why.
    pub reason: String,
}

/// A slot as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DefenceSlotView {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// When its pitch begins.
    pub begins_at: Timestamp,
    /// Its place by lot; for the office alone.
    pub lot: Option<i32>,
    /// What was drawn: SHA-256 of `seed|defence|session number|reference`, the lowest first; for the office alone.
    pub drawn: Option<String>,
    /// Its place now; for the office alone.
    pub position: Option<i32>,
    /// Why it was moved; for the office alone.
    pub moved_because: Option<String>,
    /// Why the pitch was postponed; for the office alone: nobody else sees a slot that is no more.
    pub postponed_because: Option<String>,
}

/// A session as it is shown: the office sees all slots, others their own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DefenceSessionView {
    /// Its id.
    pub id: DefenceSessionId,
    /// The round.
    pub round_id: RoundId,
    /// Counted from 1 in the round.
    pub number: i32,
    /// When the first pitch begins; for the office alone.
    pub starts_at: Option<Timestamp>,
    /// Where.
    pub place: String,
    /// Minutes of a slot: the pitch and the questions.
    pub minutes: i32,
    /// The seed of the lots; for the office alone.
    pub seed: Option<String>,
    /// Whose turn it is, in order.
    pub slots: Vec<DefenceSlotView>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for DefenceSessionView {
    fn version(&self) -> i32 {
        self.version
    }
}
