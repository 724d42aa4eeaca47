//! 分派方案: proposals who reviews what, as they are stored and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::schema::assignment_plans,
    http::{Versioned, View},
    kernel::{
        ids::{ApplicationId, AssignmentPlanId, ExpertId, ProgrammeId, RoundId, UserId},
        reference::Reference,
        time::Timestamp,
    },
    programmes::{Stage, Track},
    reviews::rules::affinity::{Factors, Weights},
};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr,
            ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),* }
    };
}

words! {
    /// Where an assignment plan is.
    AssignmentPlanState {
        /// A proposal; it binds nobody.
        Proposed,
        /// Carried out.
        Adopted,
    }
}
words! {
    /// What a plan looks at between the minimum loads and the sum of all affinities (rules.md §6).
    PlanObjective {
        /// Nothing: the largest sum over all applications.
        Total,
        /// The weakest application first.
        Fair,
    }
}
words! {
    /// What a plan does with a pair.
    PairChange {
        /// The expert gets the application.
        New,
        /// The expert has it already and has not opened it; it stays.
        Kept,
        /// The expert has opened it; no plan moves it.
        Opened,
    }
}
words! {
    /// Why a pair cannot be.
    Bar {
        /// 利害关系.
        Conflict,
        /// The expert stepped back.
        Recused,
        /// An earlier plan took it from the expert.
        Released,
        /// The officer does not want it.
        Banned,
    }
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{AssignmentPlanState, PlanObjective};
    use crate::db::columns::column;

    column!(AssignmentPlanState as Text);
    column!(PlanObjective as Text);
}

/// A plan to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssignmentPlan {
    /// The stage it is for.
    #[serde(default)]
    pub stage: Stage,
    /// 1, or more where a second scoring was ordered.
    #[serde(default = "first_reading")]
    pub reading: i32,
    /// `total` or `fair`.
    #[serde(default = "total")]
    pub objective: PlanObjective,
    /// Works out both objectives, so that one sees what fairness costs.
    #[serde(default)]
    pub compare: bool,
    /// Reviews of each application; else `review.reviews_per_application` of the policy.
    pub demand: Option<u32>,
    /// Applications that should have another number.
    #[serde(default)]
    pub demands: Vec<OwnDemand>,
    /// What the factors of the affinity weigh.
    #[serde(default)]
    pub weights: Weights,
    /// Only these applications; else all that can be reviewed now.
    pub applications: Option<Vec<ApplicationId>>,
    /// Only this review batch of a rolling round.
    pub batch: Option<i32>,
    /// Only this track.
    pub track: Option<Track>,
    /// Pairs that shall be, whatever it costs.
    #[serde(default)]
    pub locked: Vec<LockedPair>,
    /// Pairs that shall not be.
    #[serde(default)]
    pub banned: Vec<BannedPair>,
    /// False: who has not opened a sheet may lose it for any better plan; else as few pairs as possible move.
    #[serde(default = "yes")]
    pub keep: bool,
    /// True: pairs that an earlier plan has taken away may come again.
    #[serde(default)]
    pub take_up_released: bool,
    /// Breaks equal optima; else the seed of the policy with the number of the plan.
    pub seed: Option<String>,
}

fn first_reading() -> i32 {
    1
}

fn total() -> PlanObjective {
    PlanObjective::Total
}

fn yes() -> bool {
    true
}

/// How many reviews one application should have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnDemand {
    /// Which.
    pub application_id: ApplicationId,
    /// How many; 0: none.
    pub demand: u32,
}

/// A pair that shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedPair {
    /// The application.
    pub application_id: ApplicationId,
    /// The expert.
    pub expert_id: ExpertId,
}

/// A pair that shall not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BannedPair {
    /// The application.
    pub application_id: ApplicationId,
    /// The expert.
    pub expert_id: ExpertId,
    /// Why; kept with the plan.
    pub reason: String,
}

/// An assignment plan.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = assignment_plans)]
pub struct AssignmentPlan {
    pub id: AssignmentPlanId,
    pub programme_id: ProgrammeId,
    pub round_id: RoundId,
    pub number: i32,
    pub state: AssignmentPlanState,
    pub stage: Stage,
    pub reading: i32,
    pub objective: PlanObjective,
    pub seed: String,
    /// How many plans of the round were adopted before it was made.
    pub basis: i32,
    /// JSON: what was asked for.
    pub parameters: String,
    /// What was solved, as `yichuang solve assignment` takes it.
    pub input: String,
    pub input_digest: String,
    /// JSON: [`PlanResult`].
    pub result: String,
    pub program_version: String,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub adopted_by: Option<UserId>,
    pub adopted_at: Option<Timestamp>,
    pub version: i32,
}

/// A plan in the list of a round.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable)]
pub struct AssignmentPlanLine {
    /// Its id.
    pub id: AssignmentPlanId,
    /// 1, 2, 3 … in the round.
    pub number: i32,
    /// Where it is.
    pub state: AssignmentPlanState,
    /// The stage it is for.
    pub stage: Stage,
    /// 1, or more where a second scoring was ordered.
    pub reading: i32,
    /// What it looks at first.
    pub objective: PlanObjective,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Who adopted it.
    pub adopted_by: Option<UserId>,
    /// When.
    pub adopted_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
}

/// An expert who gets an application, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanPair {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// The expert.
    pub expert_id: ExpertId,
    /// How well they fit, 0 to 1,000.
    pub affinity: i64,
    /// What that is made of.
    pub factors: Factors,
    /// The place of the expert among those allowed for the application; equals share the better one.
    pub rank: usize,
    /// How many are allowed.
    pub allowed: usize,
    /// What the plan does with the pair.
    pub change: PairChange,
    /// The officer wanted it.
    pub locked: bool,
    /// Who loses the application, where somebody does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead_of: Vec<ExpertId>,
    /// How much less the sum of all affinities were without the pair; absent where that cannot be told.
    pub loss_without: Option<i64>,
    /// Why, in a Chinese sentence.
    pub why_zh: String,
    /// Why, in an English sentence.
    pub why_en: String,
}

/// An application that is taken from an expert who has not opened it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleasedPair {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// The expert.
    pub expert_id: ExpertId,
}

/// What an application gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanApplication {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// Σ affinity of its experts.
    pub sum: i64,
    /// The lowest affinity among them.
    pub lowest: i64,
    /// What it would have were it alone.
    pub best_possible: i64,
    /// How many experts it has.
    pub assigned: usize,
    /// How many it should have.
    pub demand: usize,
}

/// What an expert gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanExpert {
    /// The expert.
    pub expert_id: ExpertId,
    /// How many applications of the plan.
    pub load: usize,
    /// How many there should be at least.
    pub min_load: usize,
    /// How many there can be at most.
    pub max_load: usize,
    /// How many they have beside the plan, in this stage and reading.
    pub held_beside: usize,
    /// False for who gets nothing new: suspended, removed or not of the panel.
    pub available: bool,
}

/// Applications that compete for experts who are too few.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanShortage {
    /// The applications.
    pub applications: Vec<Reference>,
    /// Everybody who may review one of them.
    pub experts: Vec<ExpertId>,
    /// How many reviews they should have.
    pub need: usize,
    /// How many they can have.
    pub can: usize,
    /// What would help, in Chinese.
    pub advice_zh: Vec<String>,
    /// What would help, in English.
    pub advice_en: Vec<String>,
}

/// A pair that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BarredPair {
    /// The application.
    pub application_id: ApplicationId,
    /// The expert.
    pub expert_id: ExpertId,
    /// Why.
    pub bar: Bar,
    /// The kind of conflict, or the officer's words.
    pub detail: String,
    /// True for a sheet that was opened before the conflict was known: somebody has to look at it.
    pub opened: bool,
}

/// The two numbers the objectives differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObjectiveFigures {
    /// Σ affinity.
    pub total_affinity: i64,
    /// The smallest Σ affinity of an application.
    pub min_application_affinity: i64,
    /// The largest load.
    pub max_load: usize,
    /// Proved to be the best.
    pub certified: bool,
}

/// Both objectives side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// Under `total`.
    pub total: ObjectiveFigures,
    /// Under `fair`.
    pub fair: ObjectiveFigures,
    /// How much of the sum fairness costs.
    pub fairness_costs: i64,
    /// How much better the weakest application fares.
    pub weakest_gains: i64,
}

/// What a plan says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanResult {
    /// Proved to be the best under its objective.
    pub certified: bool,
    /// Every application has as many experts as it should.
    pub complete: bool,
    /// How many reviews there are.
    pub assigned: usize,
    /// How many there should be.
    pub demand: usize,
    /// Σ affinity.
    pub total_affinity: i64,
    /// The smallest Σ affinity of an application.
    pub min_application_affinity: i64,
    /// No plan can have a larger smallest one.
    pub min_application_affinity_bound: i64,
    /// The largest load of an expert.
    pub max_load: usize,
    /// Σ of what experts have less than they should.
    pub min_load_shortfall: usize,
    /// Both objectives, where that was asked for.
    pub comparison: Option<Comparison>,
    /// By reference, then expert.
    pub pairs: Vec<PlanPair>,
    /// By reference, then expert.
    pub released: Vec<ReleasedPair>,
    /// By reference.
    pub applications: Vec<PlanApplication>,
    /// By id.
    pub experts: Vec<PlanExpert>,
    /// Who competes for whom.
    pub unmet: Vec<PlanShortage>,
    /// By reference, then expert.
    pub barred: Vec<BarredPair>,
}

/// Somebody who appears in a plan.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExpertName {
    /// The expert.
    pub expert_id: ExpertId,
    /// Their name.
    pub name: String,
}

/// A plan as it is shown. Who acts for an applicant, or reviews an application themselves, sees nothing of that
/// application and no number that would tell it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssignmentPlanView {
    /// Its id.
    pub id: AssignmentPlanId,
    /// The round.
    pub round_id: RoundId,
    /// 1, 2, 3 … in the round.
    pub number: i32,
    /// Where it is.
    pub state: AssignmentPlanState,
    /// What was asked for.
    pub parameters: NewAssignmentPlan,
    /// What breaks equal optima.
    pub seed: String,
    /// SHA-256 of what was solved; absent where that is not yours to see.
    pub input_digest: Option<String>,
    /// The program that made it.
    pub program_version: String,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Who adopted it.
    pub adopted_by: Option<UserId>,
    /// When.
    pub adopted_at: Option<Timestamp>,
    /// What it says.
    pub result: PlanResult,
    /// Everybody who appears in it.
    pub names: Vec<ExpertName>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for AssignmentPlanView {
    fn version(&self) -> i32 {
        self.version
    }
}

/// Why an expert is not with an application: the first reason that is true.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WhyNotView {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// The expert.
    pub expert_id: ExpertId,
    /// Their name.
    pub name: String,
    /// `assigned`, `conflict`, `recused`, `released`, `banned`, `unavailable`, `demand_met_by_better`, `full`,
    /// `earlier_goal`, `costs_elsewhere`, `balance` or `lost_draw`.
    pub reason: &'static str,
    /// The kind of conflict, the officer's words, or the goal that would suffer.
    pub detail: Option<String>,
    /// How well the pair would fit; absent for who is not in the plan.
    pub affinity: Option<i64>,
    /// The lowest affinity that was preferred.
    pub lowest_held: Option<i64>,
    /// How much less the sum of all affinities were with the pair.
    pub loss: Option<i64>,
    /// In a Chinese sentence.
    pub zh: String,
    /// In an English sentence.
    pub en: String,
}

impl View for WhyNotView {}
