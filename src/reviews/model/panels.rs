//! Panels: seats by hand or by draw, and the record of each draw.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::JsonText,
        schema::{panel_draws, panel_seats},
    },
    http::{Versioned, View},
    kernel::{
        ids::{ExpertId, PanelDrawId, PanelSeatId, ProgrammeId, RoundId, UserId},
        time::Timestamp,
    },
    programmes::Track,
    reviews::rules::draw::{Candidate, Drawn, Scope},
};

/// Where a draw is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DrawState {
    /// Waits for the supervisor's word.
    Drawn,
    /// The panel is seated.
    InForce,
    /// Given up, with a reason; it stays in the list.
    Cancelled,
}

/// Where a seat is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SeatState {
    /// Given by hand; waits for a supervisor's word.
    Proposed,
    /// Somebody sits there.
    Seated,
    /// They have left it.
    Vacated,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{DrawState, SeatState};
    use crate::db::columns::column;

    column!(DrawState as Text);
    column!(SeatState as Text);
}

/// Somebody who was not among the candidates, and why: `suspended`, `absent`, or kinds of ties. Not to which
/// application, nor what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exclusion {
    /// Who.
    pub id: ExpertId,
    /// Why.
    pub reasons: Vec<String>,
}

/// 专家抽取记录: all that is needed to draw again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DrawRecord {
    /// Who could be drawn.
    pub candidates: Vec<Candidate>,
    /// Who could not.
    pub excluded: Vec<Exclusion>,
    /// What came out.
    #[serde(flatten)]
    pub result: Drawn,
}

/// A draw of a panel.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = panel_draws)]
pub struct PanelDraw {
    /// Its id.
    pub id: PanelDrawId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// 1 for the first draw of the round.
    pub number: i32,
    /// How many seats.
    pub seats: i32,
    /// So many of them for finance experts at least.
    pub finance_min: i32,
    /// The round's published seed, `|panel|` and the number.
    pub seed: String,
    /// All that is needed to draw again.
    #[schema(value_type = DrawRecord)]
    pub record: JsonText<DrawRecord>,
    /// SHA-256 of the record, for the minutes.
    pub digest: String,
    /// Where it is.
    pub state: DrawState,
    /// Who has to attest that they were present.
    pub supervisor_id: UserId,
    /// Who drew.
    pub drawn_by: UserId,
    /// When.
    pub drawn_at: Timestamp,
    /// When the supervisor attested it.
    pub attested_at: Option<Timestamp>,
    /// Who gave it up.
    pub cancelled_by: Option<UserId>,
    /// When.
    pub cancelled_at: Option<Timestamp>,
    /// Why.
    pub cancel_reason: Option<String>,
    /// Counts the changes.
    pub version: i32,
    /// For the applications of this track alone.
    pub track: Option<Track>,
    /// For the applications of this review batch alone.
    pub batch: Option<i32>,
}

impl PanelDraw {
    /// Which applications it is for.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        Scope { track: self.track, batch: self.batch }
    }
}

impl Versioned for PanelDraw {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A seat of a panel.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = panel_seats)]
pub struct PanelSeat {
    /// Its id.
    pub id: PanelSeatId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// Who sits there.
    pub expert_id: ExpertId,
    /// By this draw; none: by hand.
    pub draw_id: Option<PanelDrawId>,
    /// In whose place.
    pub substitute_for: Option<ExpertId>,
    /// Where it is.
    pub state: SeatState,
    /// Why they were seated by hand.
    pub reason: String,
    /// Who seated them.
    pub seated_by: UserId,
    /// When.
    pub seated_at: Timestamp,
    /// Who noted that they left.
    pub vacated_by: Option<UserId>,
    /// When.
    pub vacated_at: Option<Timestamp>,
    /// Why they left.
    pub vacated_because: Option<String>,
    /// Counts the changes.
    pub version: i32,
    /// In the panel of this track.
    pub track: Option<Track>,
    /// In the panel of this review batch.
    pub batch: Option<i32>,
    /// The supervisor who agreed to a seat that was given by hand.
    pub attested_by: Option<UserId>,
    /// When.
    pub attested_at: Option<Timestamp>,
}

impl PanelSeat {
    /// In which panel.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        Scope { track: self.track, batch: self.batch }
    }
}

impl Versioned for PanelSeat {
    fn version(&self) -> i32 {
        self.version
    }
}

/// What to draw.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDraw {
    /// How many seats, an odd number; absent: what the policy says.
    pub seats: Option<u16>,
    /// The supervisor who is present and will attest it.
    pub supervisor_id: UserId,
    /// For the applications of this track alone; absent, with `batch` too: for all of the round.
    pub track: Option<Track>,
    /// For the applications of this review batch alone.
    pub batch: Option<i32>,
}

impl NewDraw {
    /// Which applications it is for.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        Scope { track: self.track, batch: self.batch }
    }
}

/// Somebody to seat by hand.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSeat {
    /// Who.
    pub expert_id: ExpertId,
    /// Why without a draw.
    pub reason: String,
    /// In the panel of this track; absent, with `batch` too: in that of the whole round.
    pub track: Option<Track>,
    /// In the panel of this review batch.
    pub batch: Option<i32>,
}

impl NewSeat {
    /// In which panel.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        Scope { track: self.track, batch: self.batch }
    }
}

/// Somebody leaves a seat.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubstitution {
    /// Why they leave.
    pub reason: String,
    /// Who takes a seat that was given by hand; absent: nobody. A drawn seat goes to the next of the record.
    pub expert_id: Option<ExpertId>,
}

/// The panel of a round.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Panel {
    /// The round.
    pub round_id: RoundId,
    /// True where there is a panel, so that only those who sit in it may be given its applications: those of its track or
    /// batch, or all. What no panel is for may go to the whole pool.
    pub in_force: bool,
    /// Seats, those that were left among them, as they were taken.
    pub items: Vec<PanelSeat>,
}

impl View for Panel {}
