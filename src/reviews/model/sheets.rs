//! Score sheets.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    applications::Application,
    db::{columns::column, schema::reviews},
    http::Versioned,
    kernel::{
        ids::{ApplicationId, ExpertId, ProgrammeId, ReviewId, RoundId, UserId},
        money::Money,
        score::Score,
        time::Timestamp,
    },
    programmes::Stage,
};

/// Where a score sheet is.
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
pub enum ReviewState {
    /// Given to the expert.
    Assigned,
    /// The expert has declared to have no conflict.
    Declared,
    /// Signed by the expert and handed in; it counts from now on.
    Submitted,
    /// Locked by the chair as well.
    Locked,
    /// The expert stepped back: the sheet is absent, not zero.
    Recused,
    /// Taken from the expert by a new assignment before they opened it.
    Released,
}

impl ReviewState {
    /// True where the sheet counts for the score.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Submitted | Self::Locked)
    }

    /// True where the sheet is waited for.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Assigned | Self::Declared)
    }
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{ReviewState, column};

    column!(ReviewState as Text);
}

/// A score sheet.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = reviews)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// The application.
    pub application_id: ApplicationId,
    /// The expert.
    pub expert_id: ExpertId,
    /// Where it is.
    pub state: ReviewState,
    /// JSON: criterion code → mark.
    pub marks: String,
    /// What the expert would give.
    pub suggested_amount: Option<Money>,
    /// In their words, for the applicant.
    pub comment: String,
    /// Σ marks of a submitted sheet.
    pub total: Option<Score>,
    /// When they declared to have no conflict.
    pub declared_at: Option<Timestamp>,
    /// When they handed it in.
    pub submitted_at: Option<Timestamp>,
    /// Who assigned them.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Last changed.
    pub updated_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
    /// The stage it is for.
    pub stage: Stage,
    /// 1, or more where a second scoring was ordered; the latest reading counts.
    pub reading: i32,
    /// JSON: criterion code → comment for the applicant.
    pub mark_comments: String,
    /// For the office alone.
    pub staff_comment: String,
    /// SHA-256 over what was signed.
    pub digest: Option<String>,
    /// The chair who locked it.
    pub locked_by: Option<UserId>,
    /// When.
    pub locked_at: Option<Timestamp>,
}

impl Review {
    /// A sheet as it is when an expert gets an application, by hand or by a plan.
    #[must_use]
    pub fn assigned(
        id: ReviewId,
        application: &Application,
        (expert_id, stage, reading): (ExpertId, Stage, i32),
        created_by: UserId,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            programme_id: application.programme_id,
            round_id: application.round_id,
            application_id: application.id,
            expert_id,
            state: ReviewState::Assigned,
            marks: "{}".to_owned(),
            suggested_amount: None,
            comment: String::new(),
            total: None,
            declared_at: None,
            submitted_at: None,
            created_by,
            created_at: now,
            updated_at: now,
            version: 1,
            stage,
            reading,
            mark_comments: "{}".to_owned(),
            staff_comment: String::new(),
            digest: None,
            locked_by: None,
            locked_at: None,
        }
    }
}

/// A score sheet as it is shown; what is sealed for the person is absent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewView {
    /// Its id.
    pub id: ReviewId,
    /// The application.
    pub application_id: ApplicationId,
    /// The expert.
    pub expert_id: ExpertId,
    /// The stage it is for.
    pub stage: Stage,
    /// 1, or more where a second scoring was ordered.
    pub reading: i32,
    /// Where it is.
    pub state: ReviewState,
    /// The marks; absent while they are sealed for you.
    #[schema(value_type = Option<Object>)]
    pub marks: Option<BTreeMap<String, Score>>,
    /// What the expert would give; absent while it is sealed for you.
    pub suggested_amount: Option<Money>,
    /// In their words; absent while it is sealed for you.
    pub comment: Option<String>,
    /// Σ marks of a submitted sheet.
    pub total: Option<Score>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for ReviewView {
    fn version(&self) -> i32 {
        self.version
    }
}

/// An expert to give an application to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// Who.
    pub expert_id: ExpertId,
}

/// Marks to write; what is absent stays.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SheetContent {
    /// Marks by criterion code.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub marks: BTreeMap<String, Score>,
    /// What you would give; you need not say.
    pub suggested_amount: Option<Money>,
    /// In your words.
    pub comment: Option<String>,
}
