//! Matching rounds, preferences and runs as they are stored and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::column,
        schema::{matching_preferences, matching_rounds, matching_runs},
    },
    http::{Versioned, View},
    kernel::{
        ids::{
            ApplicationId, EnterpriseId, MatchingRoundId, MatchingRunId, PreferenceId, ProgrammeId, RoundId,
            UserId,
        },
        time::Timestamp,
    },
    programmes::Proposer,
};

/// Where a matching round is.
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
pub enum MatchingState {
    /// Lists are taken and runs made.
    Open,
    /// A run was confirmed.
    Confirmed,
}

/// Whose list it is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Side {
    /// An enterprise's.
    Enterprise,
    /// A project's.
    Project,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{MatchingState, Proposer, Side, column};

    column!(MatchingState as Text);
    column!(Side as Text);
    column!(Proposer as Text);
}

/// A matching round.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = matching_rounds)]
pub struct MatchingRound {
    /// Its id.
    pub id: MatchingRoundId,
    /// The programme.
    #[serde(skip)]
    pub programme_id: ProgrammeId,
    /// The funding round whose projects take part.
    pub round_id: RoundId,
    /// Its name.
    pub name: String,
    /// Who proposes.
    pub proposer: Proposer,
    /// Where it is.
    pub state: MatchingState,
    /// The run that was confirmed.
    pub confirmed_run_id: Option<MatchingRunId>,
    /// Who opened it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for MatchingRound {
    fn version(&self) -> i32 {
        self.version
    }
}

/// What it takes to open a matching round.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMatchingRound {
    /// Its name.
    pub name: String,
    /// Who proposes; the round's policy where it is left out.
    pub proposer: Option<Proposer>,
}

/// One side's list.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = matching_preferences)]
pub struct Preference {
    pub id: PreferenceId,
    pub programme_id: ProgrammeId,
    pub matching_round_id: MatchingRoundId,
    pub side: Side,
    /// An enterprise's or an application's id.
    pub owner_id: String,
    /// JSON: ids of the other side, the most wanted first.
    pub choices: String,
    /// How many partners it takes.
    pub quota: i32,
    pub created_by: UserId,
    pub updated_at: Timestamp,
    pub version: i32,
}

/// One side's list as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PreferenceView {
    /// Its id.
    pub id: PreferenceId,
    /// The matching round.
    pub matching_round_id: MatchingRoundId,
    /// Whose list it is.
    pub side: Side,
    /// The enterprise's or the application's id.
    pub owner_id: String,
    /// Ids of the other side, the most wanted first.
    pub choices: Vec<String>,
    /// How many partners it takes.
    pub quota: i32,
    /// Counts the changes.
    pub version: i32,
}

impl View for PreferenceView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// A list to hand in: an enterprise's or a project's.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPreference {
    /// The enterprise whose list it is.
    pub enterprise_id: Option<EnterpriseId>,
    /// The application whose list it is; give one of the two.
    pub application_id: Option<ApplicationId>,
    /// Ids of the other side, the most wanted first; whoever is absent is not acceptable.
    pub choices: Vec<String>,
}

/// A list to replace one's own with.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChoices {
    /// Ids of the other side, the most wanted first.
    pub choices: Vec<String>,
}

/// Who leads which project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Pair {
    /// The enterprise.
    pub enterprise_id: EnterpriseId,
    /// The project.
    pub application_id: ApplicationId,
}

/// What a run found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RunResult {
    /// Sorted.
    pub pairs: Vec<Pair>,
    /// Enterprises without a project.
    pub unmatched_enterprises: Vec<EnterpriseId>,
    /// Projects without an enterprise.
    pub unmatched_projects: Vec<ApplicationId>,
    /// Counted in the finished result; always 0.
    pub blocking_pairs: usize,
    /// The pairs that would differ if the other side proposed.
    pub other_side: Vec<Pair>,
}

/// A stored run.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = matching_runs)]
pub struct MatchingRun {
    pub id: MatchingRunId,
    pub programme_id: ProgrammeId,
    pub matching_round_id: MatchingRoundId,
    pub number: i32,
    pub proposer: Proposer,
    pub input_digest: String,
    pub seed: String,
    pub program_version: String,
    pub result: String,
    pub created_by: UserId,
    pub created_at: Timestamp,
}

/// A run as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunView {
    /// Its id.
    pub id: MatchingRunId,
    /// The matching round.
    pub matching_round_id: MatchingRoundId,
    /// 1, 2, 3 …
    pub number: i32,
    /// Who proposed.
    pub proposer: Proposer,
    /// SHA-256 of the lists it was computed from.
    pub input_digest: String,
    /// The version of the program that computed it.
    pub program_version: String,
    /// When.
    pub created_at: Timestamp,
    /// What it found.
    #[serde(flatten)]
    pub result: RunResult,
}

impl View for RunView {}
