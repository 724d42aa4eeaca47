//! Applications, their budget lines and findings, as they are stored and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::{Day, column},
        schema::{applications, budget_lines, eligibility_checks},
    },
    http::Versioned,
    kernel::{
        domain::{BudgetCategory, ServiceDomain},
        ids::{
            ApplicationId, BudgetLineId, EligibilityCheckId, OrganizationId, ProgrammeId, RoundId, UserId,
        },
        money::Money,
        reference::Reference,
        time::Timestamp,
    },
};

/// Where an application is (domain.md §2.0).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
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
pub enum ApplicationState {
    /// Being written.
    Draft,
    /// Received.
    Submitted,
    /// One person has checked it.
    FormCheck,
    /// Sent back for correction.
    CorrectionRequested,
    /// Corrected.
    Resubmitted,
    /// Two people found it eligible.
    Eligible,
    /// Two people rejected it.
    Rejected,
    /// Experts are at work.
    Scoring,
    /// All sheets are in.
    Scored,
    /// A second scoring was ordered.
    ReReview,
    /// Ranked.
    Ranked,
    /// Chosen, before the notice.
    Proposed,
    /// Chosen if something falls away.
    Waitlisted,
    /// Not chosen.
    NotAwarded,
    /// Shown to the public.
    PublicNotice,
    /// Held by an objection.
    ObjectionHold,
    /// Approved by the bureau.
    Approved,
    /// Taken back.
    Revoked,
    /// Under a signed agreement.
    Agreement,
    /// Withdrawn by the applicant.
    Withdrawn,
}

/// What a person found.
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
pub enum Outcome {
    /// 受理.
    Accept,
    /// 不予受理.
    Reject,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{ApplicationState, Outcome, column};

    column!(ApplicationState as Text);
    column!(Outcome as Text);
}

/// An application.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = applications)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// Who applies.
    pub organization_id: OrganizationId,
    /// Its number for people, unique in the round.
    pub reference: Reference,
    /// Where it is.
    pub state: ApplicationState,
    /// Its title.
    pub title: String,
    /// The one domain it serves.
    pub domain: Option<ServiceDomain>,
    /// What is asked of the fund.
    pub requested: Option<Money>,
    /// What the group brings.
    pub own_funds: Money,
    /// First day.
    pub starts_on: Option<Day>,
    /// Last day.
    pub ends_on: Option<Day>,
    /// People it serves directly, as headcount.
    pub beneficiaries: Option<i32>,
    /// The project in at most 500 characters.
    pub summary: String,
    /// The policy version it is judged by.
    pub policy_number: i32,
    /// The rubric version it is judged by.
    pub rubric_number: i32,
    /// Who drafted it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Last changed by the applicant.
    pub updated_at: Timestamp,
    /// When it was received, by the server's clock.
    pub submitted_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
}

/// A budget line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = budget_lines)]
pub struct BudgetLine {
    /// Its id.
    #[serde(skip)]
    pub id: BudgetLineId,
    /// The application.
    #[serde(skip)]
    pub application_id: ApplicationId,
    /// 0, 1, 2 … in the budget.
    pub position: i32,
    /// What it pays for.
    pub category: BudgetCategory,
    /// In words.
    pub item: String,
    /// How much.
    pub amount: Money,
    /// True where the fund pays, false where the group does.
    pub from_fund: bool,
}

/// One person's finding.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = eligibility_checks)]
pub struct EligibilityCheck {
    /// Its id.
    #[serde(skip)]
    pub id: EligibilityCheckId,
    /// The programme.
    #[serde(skip)]
    pub programme_id: ProgrammeId,
    /// The application.
    #[serde(skip)]
    pub application_id: ApplicationId,
    /// `form` for the first person, `confirmation` for the second.
    pub step: String,
    /// What they found.
    pub outcome: Outcome,
    /// Why it is rejected.
    pub reason_code: Option<String>,
    /// In their words.
    pub note: String,
    /// Who.
    pub made_by: UserId,
    /// When.
    pub made_at: Timestamp,
}

/// An application with its budget, as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApplicationView {
    /// The application.
    #[serde(flatten)]
    pub application: Application,
    /// Its budget.
    pub budget_lines: Vec<BudgetLine>,
}

impl Versioned for ApplicationView {
    fn version(&self) -> i32 {
        self.application.version
    }
}

impl Versioned for Application {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A budget line as it is written.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBudgetLine {
    /// What it pays for.
    pub category: BudgetCategory,
    /// In words.
    pub item: String,
    /// How much.
    pub amount: Money,
    /// True where the fund pays.
    pub from_fund: bool,
}

/// The content of a draft; everything may still be missing, and what is absent in a change stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftContent {
    /// Its title.
    pub title: Option<String>,
    /// The one domain it serves.
    pub domain: Option<ServiceDomain>,
    /// What is asked of the fund.
    pub requested: Option<Money>,
    /// What the group brings.
    pub own_funds: Option<Money>,
    /// First day.
    pub starts_on: Option<Day>,
    /// Last day.
    pub ends_on: Option<Day>,
    /// People it serves directly.
    pub beneficiaries: Option<u32>,
    /// The project in at most 500 characters.
    pub summary: Option<String>,
    /// The whole budget; it replaces the one before.
    pub budget_lines: Option<Vec<NewBudgetLine>>,
}

/// A new draft.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// Who applies.
    pub organization_id: OrganizationId,
    /// The office's own number, where the round says that references are given.
    pub reference: Option<Reference>,
    /// What is known already.
    #[serde(default)]
    pub content: DraftContent,
}

/// A person's finding on an application.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFinding {
    /// 受理 or 不予受理.
    pub outcome: Outcome,
    /// Why it is rejected; obligatory then.
    pub reason_code: Option<String>,
    /// In your words.
    #[serde(default)]
    pub note: String,
}

impl crate::http::View for Application {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}
