//! Experts, conflicts and score sheets as they are stored and shown.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::column,
        schema::{conflicts, experts, reviews, score_confirmations},
    },
    http::{Versioned, View},
    kernel::{
        domain::ServiceDomain,
        ids::{
            ApplicationId, ConflictId, ExpertId, OrganizationId, ProgrammeId, ReviewId, RoundId,
            ScoreConfirmationId, UserId,
        },
        money::Money,
        score::Score,
        time::Timestamp,
    },
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
    /// Handed in and locked.
    Submitted,
    /// The expert stepped back: the sheet is absent, not zero.
    Recused,
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

/// An expert of a programme's pool.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = experts)]
pub struct Expert {
    pub id: ExpertId,
    pub programme_id: ProgrammeId,
    pub user_id: UserId,
    pub name: String,
    /// Domains joined by `;`.
    pub expertise: String,
    pub organization_id: Option<OrganizationId>,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub version: i32,
}

/// An expert as the office sees them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExpertView {
    /// Their id.
    pub id: ExpertId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Their account.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// The domains they know.
    pub expertise: Vec<ServiceDomain>,
    /// The organisation they belong to.
    pub organization_id: Option<OrganizationId>,
    /// Counts the changes.
    pub version: i32,
}

impl View for ExpertView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

impl From<Expert> for ExpertView {
    fn from(expert: Expert) -> Self {
        Self {
            id: expert.id,
            programme_id: expert.programme_id,
            user_id: expert.user_id,
            name: expert.name,
            expertise: expert.expertise.split(';').filter_map(|domain| domain.parse().ok()).collect(),
            organization_id: expert.organization_id,
            version: expert.version,
        }
    }
}

/// An expert to admit.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExpert {
    /// Their account.
    pub user_id: UserId,
    /// Their name as the panel knows it.
    pub name: String,
    /// The domains they know.
    #[serde(default)]
    pub expertise: Vec<ServiceDomain>,
    /// The organisation they belong to.
    pub organization_id: Option<OrganizationId>,
}

/// Why an expert must not score an application.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = conflicts)]
pub struct Conflict {
    pub id: ConflictId,
    pub programme_id: ProgrammeId,
    pub application_id: ApplicationId,
    pub expert_id: ExpertId,
    pub kind: String,
    pub evidence: String,
    pub declared_by: UserId,
    pub created_at: Timestamp,
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
    /// In their words.
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

/// A conflict to declare.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecusal {
    /// What kind of tie, in a word.
    pub kind: String,
    /// In your words.
    #[serde(default)]
    pub evidence: String,
}

/// The chair's finding on a flagged score.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = score_confirmations)]
pub struct ScoreConfirmation {
    pub id: ScoreConfirmationId,
    pub programme_id: ProgrammeId,
    pub application_id: ApplicationId,
    /// How many sheets there were: one more sheet asks for a new confirmation.
    pub reviews_counted: i32,
    pub reason: String,
    pub confirmed_by: UserId,
    pub confirmed_at: Timestamp,
}

/// Why a flagged score stands.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConfirmation {
    /// In the chair's words.
    pub reason: String,
}
