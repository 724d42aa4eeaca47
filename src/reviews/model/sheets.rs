//! Score sheets.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    applications::Application,
    db::{columns::column, schema::reviews},
    error::{Error, ProblemFault},
    http::{Versioned, View},
    kernel::{
        ids::{ApplicationId, ExpertId, ProgrammeId, ReviewId, RoundId, UserId},
        money::Money,
        score::Score,
        time::Timestamp,
    },
    programmes::{Criterion, Stage},
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

    /// The marks by criterion code.
    pub fn marks(&self) -> Result<BTreeMap<String, Score>, Error> {
        serde_json::from_str(&self.marks).map_err(Error::internal)
    }

    /// What is said of single marks, by criterion code.
    pub fn mark_comments(&self) -> Result<BTreeMap<String, String>, Error> {
        serde_json::from_str(&self.mark_comments).map_err(Error::internal)
    }
}

/// A score sheet as it is shown; what is sealed for the person is absent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewView {
    /// Its id.
    pub id: ReviewId,
    /// The application.
    pub application_id: ApplicationId,
    /// The expert; for themselves and for those who assign and watch: whoever only needs the scores does not learn it.
    pub expert_id: Option<ExpertId>,
    /// The stage it is for.
    pub stage: Stage,
    /// 1, or more where a second scoring was ordered.
    pub reading: i32,
    /// Where it is.
    pub state: ReviewState,
    /// The marks; absent while they are sealed for you.
    #[schema(value_type = Option<Object>)]
    pub marks: Option<BTreeMap<String, Score>>,
    /// What is said of single marks, for the applicant; absent while it is sealed for you.
    #[schema(value_type = Option<Object>)]
    pub mark_comments: Option<BTreeMap<String, String>>,
    /// What the expert would give; absent while it is sealed for you.
    pub suggested_amount: Option<Money>,
    /// In their words, for the applicant; absent while it is sealed for you.
    pub comment: Option<String>,
    /// In their words, for the office alone.
    pub staff_comment: Option<String>,
    /// Σ marks of a submitted sheet.
    pub total: Option<Score>,
    /// When it was signed and handed in.
    pub submitted_at: Option<Timestamp>,
    /// SHA-256 over what was signed.
    pub digest: Option<String>,
    /// The chair who locked it; for the office alone.
    pub locked_by: Option<UserId>,
    /// When; for the office alone.
    pub locked_at: Option<Timestamp>,
    /// When it is due; none: nobody has said.
    pub due_at: Option<Timestamp>,
    /// After this moment nothing is written to it any more.
    pub closes_at: Option<Timestamp>,
    /// It is open, and it was due before now.
    pub overdue: bool,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for ReviewView {
    fn version(&self) -> i32 {
        self.version
    }
}

/// What an expert needs to fill a sheet in: the criteria with what their marks stand for, and what is still missing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SheetForm {
    /// The sheet.
    pub review_id: ReviewId,
    /// The stage it is for.
    pub stage: Stage,
    /// The criteria in the order of the rubric, with their maxima and anchors.
    pub criteria: Vec<Criterion>,
    /// Marks come in steps of this.
    pub mark_step: Score,
    /// A mark below this share of its maximum needs a comment, in basis points; 0: none does.
    pub comment_below_share_bp: u32,
    /// A total from this on needs a comment; none: none does.
    pub comment_from_total: Option<Score>,
    /// When the sheet is due; none: nobody has said.
    pub due_at: Option<Timestamp>,
    /// After this moment nothing is written to it any more.
    pub closes_at: Option<Timestamp>,
    /// What handing it in now would be refused for: each with its place and its code; empty: it is whole.
    pub missing: Vec<ProblemFault>,
}

impl View for SheetForm {}

/// An expert to give an application to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// Who.
    pub expert_id: ExpertId,
    /// For which stage; the desk review where nothing is said.
    #[serde(default)]
    pub stage: Stage,
}

/// Why a sheet is taken from its expert.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRelease {
    /// In the officer's words, 10–2,000 characters.
    pub reason: String,
}

/// What to write on a sheet; what is absent stays, and what is `null` is taken away.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SheetContent {
    /// Marks by criterion code.
    #[schema(value_type = Object)]
    pub marks: BTreeMap<String, Option<Score>>,
    /// What you say of single marks, by criterion code, for the applicant.
    #[schema(value_type = Object)]
    pub mark_comments: BTreeMap<String, Option<String>>,
    /// What you would give; you need not say.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Money>)]
    pub suggested_amount: Option<Option<Money>>,
    /// In your words, for the applicant.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub comment: Option<Option<String>>,
    /// In your words, for the office alone.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub staff_comment: Option<Option<String>>,
}

/// A value that is there, `null` or not: absence is the default.
#[expect(clippy::option_option, reason = "absent, null and given are three things")]
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
