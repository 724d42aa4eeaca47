//! Programmes and rounds as they are stored and shown.

mod call;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

pub use call::{
    CallChange, CallSnapshot, CallVersion, CallVersionRow, NewCorrection, NewExtension, PublicCorrection,
    ReviewBatch,
};

use super::{
    form::Form,
    policy::{Policy, Rubric},
    rules::Phase,
};
use crate::{
    db::{
        columns::{Day, column},
        schema::{forms, policies, programmes, rounds, rubrics},
    },
    http::{Versioned, View},
    kernel::{
        ids::{AdminUnitId, ProgrammeId, RoundId, UserId},
        money::Money,
        role::Role,
        time::Timestamp,
    },
};

/// What is stored of a round's state; `open` and `closed` follow from the clock.
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
pub enum RoundState {
    /// Being prepared.
    Draft,
    /// Public.
    Published,
    /// Experts are at work.
    Reviewing,
    /// The awards are decided.
    Decided,
    /// Put away.
    Archived,
}

/// How a call takes applications.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
pub enum CallKind {
    /// 定期征集: one window, one review.
    #[default]
    Fixed,
    /// 滚动征集: submissions all through the window, reviewed in batches.
    Rolling,
    /// 创意大赛: one window, prizes instead of grants.
    Contest,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{CallKind, RoundState, column};

    column!(RoundState as Text);
    column!(CallKind as Text);
}

/// A programme: one fund of one district.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = programmes)]
pub struct Programme {
    /// Its id.
    pub id: ProgrammeId,
    /// Its name.
    pub name: String,
    /// What references begin with, such as `HS`.
    pub prefix: String,
    /// Who founded it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for Programme {
    fn version(&self) -> i32 {
        self.version
    }
}

/// What it takes to found a programme.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProgramme {
    /// Its name, unique in the installation.
    pub name: String,
    /// What references begin with: 1 to 8 capital letters or digits.
    pub prefix: String,
}

/// A role to give.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// Who.
    pub user_id: UserId,
    /// Which role.
    pub role: Role,
    /// Bound to which unit; for a subdistrict officer or a community worker.
    pub unit_id: Option<AdminUnitId>,
}

/// A role that was given.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Member {
    /// In which programme.
    pub programme_id: ProgrammeId,
    /// Who.
    pub user_id: UserId,
    /// Which role.
    pub role: Role,
    /// Bound to which unit.
    pub unit_id: Option<AdminUnitId>,
}

impl View for Member {}

/// A round.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = rounds)]
pub struct Round {
    /// Its id.
    pub id: RoundId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Its name.
    pub name: String,
    /// Its year.
    pub year: i32,
    /// What is stored of its state.
    #[serde(skip)]
    pub state: RoundState,
    /// The policy version in force.
    pub policy_number: i32,
    /// The rubric version in force; 0 while there is none.
    pub rubric_number: i32,
    /// What can be awarded in all.
    pub budget: Money,
    /// What has been awarded.
    pub awarded_total: Money,
    /// The first day of the window.
    pub opens_on: Day,
    /// The last day of the window.
    pub closes_on: Day,
    /// True where the office gives its own numbers.
    pub references_given: bool,
    /// The last number the server gave.
    #[serde(skip)]
    pub last_number: i64,
    /// Who drafted it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
    /// The form version in force; 0 while nobody defined one, which is [`Form::default`].
    pub form_number: i32,
    /// How it takes applications.
    pub kind: CallKind,
    /// The review batch that is filling, from 1; only a rolling call goes further.
    pub batch_number: i32,
    /// The version of the published call; 0 before it is published.
    pub call_number: i32,
    /// The round it was copied from.
    pub copied_from: Option<RoundId>,
}

impl Versioned for Round {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A round as it is shown: with its phase of today, its policy and its rubric.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoundView {
    /// The round.
    #[serde(flatten)]
    pub round: Round,
    /// Where it is today.
    #[serde(rename = "state")]
    pub phase: Phase,
    /// The policy in force.
    pub policy: Policy,
    /// The rubric in force.
    pub rubric: Rubric,
    /// The form in force.
    pub form: Form,
}

impl Versioned for RoundView {
    fn version(&self) -> i32 {
        self.round.version
    }
}

/// What it takes to draft a round.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRound {
    /// Its name.
    pub name: String,
    /// Its year.
    pub year: i32,
    /// What can be awarded in all.
    pub budget: Money,
    /// The first day of the window.
    pub opens_on: Day,
    /// The last day of the window.
    pub closes_on: Day,
    /// True where the office gives its own numbers.
    #[serde(default)]
    pub references_given: bool,
    /// How it takes applications; left out: as the round it is copied from, else `fixed`.
    pub kind: Option<CallKind>,
    /// The round of the same programme whose policy, rubric and form it begins with.
    pub copy_of: Option<RoundId>,
}

/// A version of a policy.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = policies)]
pub struct PolicyRow {
    pub round_id: RoundId,
    pub number: i32,
    pub body: String,
    pub created_by: UserId,
    pub created_at: Timestamp,
}

/// A version of a rubric.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = rubrics)]
pub struct RubricRow {
    pub round_id: RoundId,
    pub number: i32,
    pub body: String,
    pub created_by: UserId,
    pub created_at: Timestamp,
}

/// A version of a form.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = forms)]
pub struct FormRow {
    pub round_id: RoundId,
    pub number: i32,
    pub body: String,
    pub created_by: UserId,
    pub created_at: Timestamp,
}
