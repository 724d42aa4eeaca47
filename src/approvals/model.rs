//! Plans, decisions, notices, awards, agreements as they are stored and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::{Day, column},
        schema::{agreements, awards, bureau_approvals, decisions, notices, selection_plans, signatures},
    },
    http::{Versioned, View},
    kernel::{
        domain::ServiceDomain,
        ids::{
            AgreementId, ApplicationId, AwardId, BureauApprovalId, DecisionId, NoticeId, OrganizationId,
            ProgrammeId, RoundId, SelectionPlanId, SignatureId, UserId,
        },
        money::Money,
        reference::Reference,
        score::Score,
        time::Timestamp,
    },
    programmes::Track,
};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Display, EnumIter, EnumString,
            IntoStaticStr, ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),* }
    };
}

words! {
    /// Where a plan is.
    PlanState {
        /// A proposal.
        Draft,
        /// The one that was decided.
        Decided,
    }
}
words! {
    /// Where a notice is.
    NoticeState {
        /// Being prepared.
        Draft,
        /// Public.
        Published,
    }
}
words! {
    /// Where an award is (domain.md §2.0, "Project").
    AwardState {
        /// The budget is refined to the award.
        Refining,
        /// Waiting for signatures.
        AgreementPending,
        /// Signed by all three.
        Active,
        /// Ended early.
        Terminated,
        /// Ended.
        Closed,
    }
}
words! {
    /// Who signs.
    Signatory {
        /// 实施方.
        Implementer,
        /// 资助方.
        Funder,
        /// 第三方: the subdistrict.
        ThirdParty,
    }
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{AwardState, NoticeState, PlanState, Signatory, column};

    column!(PlanState as Text);
    column!(NoticeState as Text);
    column!(AwardState as Text);
    column!(Signatory as Text);
}

/// A line of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanLine {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// Its rank.
    pub rank: Option<usize>,
    /// Its official score.
    pub score: Option<Score>,
    /// What it gets; absent where it gets nothing.
    pub amount: Option<Money>,
    /// The track it was judged in, where the policy has tracks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<Track>,
    /// Its rank in that track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track_rank: Option<usize>,
}

/// Who gets what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanBody {
    /// In rank order; where the policy has tracks, one track after the other, here as in the lists below.
    pub selected: Vec<PlanLine>,
    /// In rank order.
    pub waitlisted: Vec<PlanLine>,
    /// In rank order.
    pub below_line: Vec<PlanLine>,
    /// By reference.
    pub unscored: Vec<PlanLine>,
    /// Σ of what is selected.
    pub total: Money,
    /// What is left of the budget.
    pub left: Money,
}

/// A selection plan.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = selection_plans)]
pub struct SelectionPlan {
    pub id: SelectionPlanId,
    pub programme_id: ProgrammeId,
    pub round_id: RoundId,
    pub state: PlanState,
    pub body: String,
    pub digest: String,
    pub total: Money,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub version: i32,
}

/// A selection plan as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanView {
    /// Its id.
    pub id: SelectionPlanId,
    /// The round.
    pub round_id: RoundId,
    /// Where it is.
    pub state: PlanState,
    /// SHA-256 of the scores, policy and budget it was made from.
    pub digest: String,
    /// Who prepared it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Who gets what.
    #[serde(flatten)]
    pub body: PlanBody,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for PlanView {
    fn version(&self) -> i32 {
        self.version
    }
}

/// The meeting's decision.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = decisions)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// The programme.
    #[serde(skip)]
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// The plan that was decided.
    pub plan_id: SelectionPlanId,
    /// The minutes.
    pub minutes: String,
    /// Who decided.
    pub decided_by: UserId,
    /// When.
    pub decided_at: Timestamp,
}

impl View for Decision {}

/// The minutes of a decision.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// What the meeting said, at most 5,000 characters.
    pub minutes: String,
}

/// A line of a notice. It can hold names and amounts and nothing else (domain.md §2.6).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeLine {
    /// Its number.
    pub reference: Reference,
    /// The project.
    pub title: String,
    /// The organisation.
    pub organization: String,
    /// The domain.
    pub domain: Option<ServiceDomain>,
    /// What it gets.
    pub amount: Money,
}

/// A public notice.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = notices)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// Where it is.
    pub state: NoticeState,
    /// Who is to get what, as JSON.
    pub body: String,
    /// Working days it lasts.
    pub working_days: i32,
    /// Its first day.
    pub starts_on: Option<Day>,
    /// Its last day.
    pub ends_on: Option<Day>,
    /// The year's working days were not published when the end was computed.
    pub provisional: bool,
    /// Who drafted it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Who published it.
    pub published_by: Option<UserId>,
    /// When.
    pub published_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
    /// The latest checkpoint of the audit log when it was published: so many leaves.
    pub checkpoint_size: Option<i64>,
    /// Its root.
    pub checkpoint_root: Option<String>,
}

impl Notice {
    /// What is published, as the text whose SHA-256 stands in the audit log. Its form never changes: who checks an old
    /// notice makes the same text.
    #[must_use]
    pub fn content(&self) -> String {
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        format!(
            "yichuang/notice/1\n{}\n{}\n{}\n{}\n{}\n{}\n",
            self.id,
            self.round_id,
            day(self.starts_on),
            day(self.ends_on),
            self.working_days,
            self.body,
        )
    }
}

/// A notice as it is shown, to the public too.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// Its id.
    pub id: NoticeId,
    /// The round.
    pub round_id: RoundId,
    /// Where it is.
    pub state: NoticeState,
    /// Working days it lasts.
    pub working_days: i32,
    /// Its first day, which counts.
    pub starts_on: Option<Day>,
    /// Its last day; frozen when it was published.
    pub ends_on: Option<Day>,
    /// The year's working days were not published when the end was computed.
    pub provisional: bool,
    /// The latest checkpoint of the audit log when it was published: so many leaves.
    pub checkpoint_size: Option<i64>,
    /// Its root.
    pub checkpoint_root: Option<String>,
    /// Who is to get what.
    pub items: Vec<NoticeLine>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for NoticeView {
    fn version(&self) -> i32 {
        self.version
    }
}

impl View for NoticeView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// The bureau's written approval.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = bureau_approvals)]
pub struct BureauApproval {
    /// Its id.
    pub id: BureauApprovalId,
    /// The programme.
    #[serde(skip)]
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// The notice it follows.
    pub notice_id: NoticeId,
    /// The number on the paper.
    pub document_number: String,
    /// Who approved.
    pub approved_by: UserId,
    /// When.
    pub approved_at: Timestamp,
}

impl View for BureauApproval {}

/// The paper behind an approval.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBureauApproval {
    /// The number on the paper.
    pub document_number: String,
}

/// An award.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = awards)]
pub struct Award {
    /// Its id.
    pub id: AwardId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// The application.
    pub application_id: ApplicationId,
    /// Who gets it.
    pub organization_id: OrganizationId,
    /// Its number.
    pub reference: Reference,
    /// Its rank.
    pub rank: i32,
    /// Its official score.
    pub score: Score,
    /// How much.
    pub amount: Money,
    /// Where it is.
    pub state: AwardState,
    /// The last day to sign (R207).
    pub sign_by: Day,
    /// When it was approved.
    pub created_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for Award {
    fn version(&self) -> i32 {
        self.version
    }
}

/// An agreement.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = agreements)]
pub struct Agreement {
    pub id: AgreementId,
    pub programme_id: ProgrammeId,
    pub award_id: AwardId,
    pub third_party: String,
    pub body: String,
    pub digest: String,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub version: i32,
}

/// What is agreed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Terms {
    /// The award's number.
    pub reference: Reference,
    /// The project.
    pub title: String,
    /// 实施方.
    pub implementer: String,
    /// 资助方: the programme's round.
    pub funder: String,
    /// 第三方.
    pub third_party: String,
    /// How much.
    pub amount: Money,
    /// The tranches.
    pub tranches: Vec<Money>,
    /// First day.
    pub starts_on: Option<Day>,
    /// Last day.
    pub ends_on: Option<Day>,
    /// The refined budget.
    pub budget_lines: Vec<RefinedLine>,
}

/// A line of the refined budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefinedLine {
    /// The line's position in the application's budget.
    pub position: i32,
    /// How much.
    pub amount: Money,
}

/// The refined budget: every line of the application once.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgreement {
    /// The fund's lines add up to the award.
    pub budget_lines: Vec<RefinedLine>,
}

/// An agreement as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgreementView {
    /// Its id.
    pub id: AgreementId,
    /// The award.
    pub award_id: AwardId,
    /// SHA-256 of the terms: what is signed.
    pub digest: String,
    /// What is agreed.
    pub terms: Terms,
    /// Who has signed.
    pub signatures: Vec<Signature>,
    /// Counts the changes.
    pub version: i32,
}

impl View for AgreementView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// A signature: person, party, time, digest.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = signatures)]
pub struct Signature {
    /// Its id.
    #[serde(skip)]
    pub id: SignatureId,
    /// The programme.
    #[serde(skip)]
    pub programme_id: ProgrammeId,
    /// The agreement.
    #[serde(skip)]
    pub agreement_id: AgreementId,
    /// For whom.
    pub party: Signatory,
    /// What was signed.
    pub digest: String,
    /// Who signed.
    pub signed_by: UserId,
    /// When.
    pub signed_at: Timestamp,
}

/// A signature to give.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignature {
    /// The digest of the terms you have read.
    pub digest: String,
}

words! {
    /// What became of an application.
    FeedbackOutcome {
        /// 拟立项.
        Selected,
        /// 候补.
        Waitlisted,
        /// 未达入围线.
        BelowLine,
        /// 没有得分.
        Unscored,
    }
}

/// A reason in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonText {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What the experts wrote on one criterion, in an order that tells nothing of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CriterionComments {
    /// The criterion's name.
    pub criterion: String,
    /// Their comments.
    pub comments: Vec<String>,
}

/// How to object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObjectionInfo {
    /// The last day.
    pub until: Option<Day>,
    /// Working days in which it is answered.
    pub reply_working_days: u32,
    /// To whom and how.
    pub zh: String,
    /// To whom and how.
    pub en: String,
}

/// What the people of an applicant learn of their score. It can hold no reviewer, no mark of one and no time of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Feedback {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// What became of it.
    pub outcome: FeedbackOutcome,
    /// Its official score.
    pub score: Option<Score>,
    /// The plain mean.
    pub mean: Option<Score>,
    /// The lowest score that could be chosen in its track.
    pub pass_line: Score,
    /// The lowest score that was chosen in its track.
    pub lowest_selected: Option<Score>,
    /// Its place on the waiting list of its track.
    pub waitlist_place: Option<usize>,
    /// Why, in plain words.
    pub reason: ReasonText,
    /// What the experts wrote on the whole, in an order that tells nothing of them.
    pub comments: Vec<String>,
    /// What they wrote on the criteria.
    pub criteria: Vec<CriterionComments>,
    /// How to object.
    pub objection: ObjectionInfo,
}

impl View for Feedback {}
