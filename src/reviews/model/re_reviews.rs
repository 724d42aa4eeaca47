//! Ordered re-reviews (复评).

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{columns::JsonText, schema::re_reviews},
    http::Versioned,
    kernel::{
        ids::{ApplicationId, ExpertId, ProgrammeId, ReReviewId, RoundId, UserId},
        role::Role,
        score::Score,
        time::Timestamp,
    },
    programmes::Stage,
    reviews::model::Review,
};

/// How a flagged score is looked at again.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ReReviewKind {
    /// All experts of the application score it again.
    SecondScoring,
    /// One more expert scores it.
    AnotherReviewer,
}

/// Where an order is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ReReviewState {
    /// Waiting for the supervisor's word.
    Ordered,
    /// The sheets were given out.
    Agreed,
    /// The supervisor did not agree.
    Refused,
}

/// Why a score is looked at again.
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
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ReReviewGround {
    /// Its totals diverge.
    #[default]
    Divergence,
    /// A complaint or an objection was upheld.
    Complaint,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{ReReviewGround, ReReviewKind, ReReviewState};
    use crate::db::columns::column;

    column!(ReReviewGround as Text);
    column!(ReReviewKind as Text);
    column!(ReReviewState as Text);
}

/// A score before or after a re-review.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Found {
    /// Sheets that counted.
    pub n: usize,
    /// The official score.
    pub score: Option<Score>,
    /// The totals diverged.
    pub flagged: bool,
}

/// An order.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = re_reviews)]
pub struct ReReview {
    pub id: ReReviewId,
    pub programme_id: ProgrammeId,
    pub round_id: RoundId,
    pub application_id: ApplicationId,
    pub stage: Stage,
    pub kind: ReReviewKind,
    /// Who joins.
    pub expert_id: Option<ExpertId>,
    /// The reading its sheets belong to.
    pub reading: i32,
    pub state: ReReviewState,
    pub reason: String,
    pub before_scores: JsonText<Found>,
    pub ordered_by: UserId,
    pub ordered_at: Timestamp,
    pub answered_by: Option<UserId>,
    pub answered_at: Option<Timestamp>,
    pub note: String,
    pub version: i32,
    pub ground: ReReviewGround,
    /// In which role it was ordered.
    pub ordered_as: Role,
}

impl ReReview {
    /// Who answers it: a supervisor, and the chair where a supervisor ordered it. It always takes two people.
    #[must_use]
    pub const fn answerers(&self) -> &'static [Role] {
        if matches!(self.ordered_as, Role::Supervisor) { &[Role::PanelChair] } else { &[Role::Supervisor] }
    }

    /// True for a sheet of the reading that was ordered: everybody's, or that of who joins.
    #[must_use]
    pub fn asks_for(&self, sheet: &Review) -> bool {
        (self.application_id, self.stage, self.reading) == (sheet.application_id, sheet.stage, sheet.reading)
            && self.expert_id.is_none_or(|expert| expert == sheet.expert_id)
    }
}

/// An order as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReReviewView {
    /// Its id.
    pub id: ReReviewId,
    /// The round.
    pub round_id: RoundId,
    /// The application.
    pub application_id: ApplicationId,
    /// The stage that is scored again.
    pub stage: Stage,
    /// How.
    pub kind: ReReviewKind,
    /// Who joins, by the stand-in of this round.
    pub reviewer: Option<String>,
    /// The reading its sheets belong to.
    pub reading: i32,
    /// Where it is.
    pub state: ReReviewState,
    /// Because its totals diverge, or because a complaint was upheld.
    pub ground: ReReviewGround,
    /// Why it was ordered.
    pub reason: String,
    /// What there was before.
    pub before: Found,
    /// What there is now; absent before all its sheets are in.
    pub after: Option<Found>,
    /// Nothing is waited for any more.
    pub is_over: bool,
    /// Who ordered it.
    pub ordered_by: UserId,
    /// When.
    pub ordered_at: Timestamp,
    /// The supervisor.
    pub answered_by: Option<UserId>,
    /// When they answered.
    pub answered_at: Option<Timestamp>,
    /// What the supervisor said.
    pub note: String,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for ReReviewView {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A re-review to order.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReReview {
    /// How.
    pub kind: ReReviewKind,
    /// Which stage; where it is left out, the last one whose totals diverge.
    pub stage: Option<Stage>,
    /// Who joins, of another reviewer.
    pub expert_id: Option<ExpertId>,
    /// `complaint` after a complaint or an objection that was upheld: an officer or a supervisor may order it too, and the
    /// totals need not diverge.
    #[serde(default)]
    pub ground: ReReviewGround,
    /// Why, at most 2,000 characters.
    pub reason: String,
}

/// The supervisor's word on an order.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// It shall be done.
    pub agreed: bool,
    /// In the supervisor's words; needed where they do not agree.
    #[serde(default)]
    pub note: String,
}
