//! Applications, their budget lines and findings, as they are stored and shown.

mod content;
mod expert_file;
mod intake;

pub use content::*;
pub use expert_file::*;
pub use intake::*;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::{Day, JsonText, column},
        private::{ApplicationAnswers, LeadPhone, Private, SealedJson},
        schema::{applications, budget_lines, eligibility_checks},
    },
    http::Versioned,
    kernel::{
        domain::{BudgetCategory, ServiceDomain},
        ids::{
            AdminUnitId, ApplicationId, BudgetLineId, EligibilityCheckId, OrganizationId, ProgrammeId,
            RoundId, UserId,
        },
        money::Money,
        reference::Reference,
        time::Timestamp,
    },
    programmes::Track,
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

    use super::{ApplicationState, Outcome, Track, column};

    column!(ApplicationState as Text);
    column!(Outcome as Text);
    column!(Track as Text);
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
    /// 项目负责人; shown to the applicant's people and the office alone.
    #[serde(skip)]
    pub lead_name: String,
    /// 负责人手机, likewise.
    #[serde(skip)]
    pub lead_phone: Option<Private<LeadPhone>>,
    /// The street or community where it runs.
    pub unit_id: Option<AdminUnitId>,
    /// True where another government fund pays for it already (E109).
    pub funded_elsewhere: Option<bool>,
    /// Answers to the office's own questions, by field; shown with the whole application alone.
    #[serde(skip)]
    pub answers: SealedJson<ApplicationAnswers, Answers>,
    /// The version of the form it answers.
    pub form_number: i32,
    /// Judged among registered or among filed groups; known at submission.
    pub track: Option<Track>,
    /// The review batch of a rolling round; known at submission.
    pub batch_number: Option<i32>,
    /// Before this moment it may be handed in although the window (or the time for a correction) is over: an
    /// officer's logged act, which does not count as a change of the application.
    pub extended_until: Option<Timestamp>,
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
    /// What the person ticked off.
    #[schema(value_type = Vec<String>)]
    pub checklist: JsonText<Vec<String>>,
    /// What the machine had found at that moment: its codes with their places.
    #[schema(value_type = Vec<MachineFinding>)]
    pub machine: JsonText<Vec<MachineFinding>>,
}

/// An application with all that belongs to it, as its own people and the office see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApplicationView {
    /// The application.
    #[serde(flatten)]
    pub application: Application,
    /// 项目负责人.
    pub lead_name: String,
    /// 负责人手机; the office sees it masked.
    pub lead_phone: Option<String>,
    /// Answers to the office's own questions, by field; the office sees what says something of a person masked.
    #[schema(value_type = Object)]
    pub answers: Answers,
    /// Its budget.
    pub budget_lines: Vec<BudgetLine>,
    /// The parts of the form, with their versions.
    pub sections: Vec<SectionState>,
    /// The last receipt; none before it was handed in.
    pub receipt: Option<Receipt>,
    /// The last notice to supplement, answered or not.
    pub correction: Option<CorrectionRequest>,
    /// What the two people found; for the office alone.
    pub checks: Vec<EligibilityCheck>,
    /// Why it was rejected at intake; none where it was not.
    pub refusal: Option<Refusal>,
}

/// 不予受理的理由.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Refusal {
    /// The code of the reason.
    pub reason_code: Option<String>,
    /// In the officers' words.
    pub note: String,
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
    /// The points of the round's checklist that are in order; the first person ticks all of them to accept.
    #[serde(default)]
    pub checklist: Vec<String>,
}

impl crate::http::View for Application {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}
