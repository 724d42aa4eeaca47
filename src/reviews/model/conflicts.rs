//! Ties between experts and applications: typed facts, each with where it comes from and what shows it.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::column,
        schema::{conflict_dismissals, conflict_requests, conflicts},
    },
    http::{Versioned, View},
    kernel::{
        ids::{
            ApplicationId, ConflictDismissalId, ConflictId, ConflictRequestId, ExpertId, ProgrammeId,
            ReviewId, RoundId, UserId,
        },
        reference::Reference,
        time::Timestamp,
    },
    reviews::ReviewState,
};

/// What kind of tie it is (domain.md §2.4).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
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
pub enum ConflictKind {
    /// 本单位: the expert belongs to the applicant.
    SameOrganization,
    /// 依托单位: the expert belongs to the applicant's host.
    HostOrganization,
    /// 代理人: the expert acts for the applicant or its host in this system.
    ActsForApplicant,
    /// 同一账号: the applicant is paid on the expert's account, or on that of the expert's organisation.
    SameAccount,
    /// 同一证件号.
    SameIdentityNumber,
    /// 同一手机号.
    SamePhone,
    /// 同一邮箱.
    SameEmail,
    /// 曾任职: worked for the applicant or its host within the years of the policy.
    FormerEmployer,
    /// 理事、监事.
    BoardMember,
    /// 捐赠人、赞助商、供应商.
    DonorOrSponsor,
    /// 近亲属.
    Kin,
    /// 辅导过申报书.
    Tutored,
    /// 历史项目: led or wrote an earlier application of the group.
    EarlierGrantTie,
    /// 同届申报: the expert, or the expert's organisation, applies in the same round.
    CoApplicant,
    /// 其他.
    DeclaredOther,
    /// 同名待核: the name of the lead or the head, and nothing else; a conflict until a person has looked.
    NameMatch,
}

impl ConflictKind {
    /// True for what no word of anybody undoes.
    #[must_use]
    pub const fn is_hard(self) -> bool {
        matches!(self, Self::SameOrganization | Self::HostOrganization | Self::ActsForApplicant)
    }

    /// True for what bars the single application. Who applies in the same round is kept out of the draw of a panel;
    /// whether they score others' applications the office decides, seeing it.
    #[must_use]
    pub const fn bars(self) -> bool {
        !matches!(self, Self::CoApplicant)
    }

    /// True for what a person may state; the other kinds the program finds by itself.
    #[must_use]
    pub const fn is_declarable(self) -> bool {
        matches!(
            self,
            Self::FormerEmployer
                | Self::BoardMember
                | Self::DonorOrSponsor
                | Self::Kin
                | Self::Tutored
                | Self::DeclaredOther
        )
    }

    /// The kind a word names; a word of their own is a kind of its own.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        word.parse().unwrap_or(Self::DeclaredOther)
    }
}

/// Where a tie comes from.
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
pub enum ConflictSource {
    /// Declared by the expert.
    Expert,
    /// Found by the program.
    Program,
    /// Raised by the applicant.
    Applicant,
    /// Recorded by the office.
    Office,
}

/// What a tie is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Display, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TieStanding {
    /// A conflict.
    Standing,
    /// A conflict until a person has looked.
    Unresolved,
    /// A person looked and found none.
    Dismissed,
}

/// Where an applicant's request is.
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
pub enum RequestState {
    /// Nobody has looked yet.
    Open,
    /// It named an expert, who is barred.
    Upheld,
    /// It named nobody, or shows no tie.
    Dismissed,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{ConflictKind, ConflictSource, RequestState, column};

    column!(ConflictKind as Text);
    column!(ConflictSource as Text);
    column!(RequestState as Text);
}

/// A tie that was stated, by whomever.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = conflicts)]
pub struct Conflict {
    pub id: ConflictId,
    pub programme_id: ProgrammeId,
    pub application_id: ApplicationId,
    pub expert_id: ExpertId,
    /// A [`ConflictKind`], or a word of the expert's own.
    pub kind: String,
    pub evidence: String,
    pub declared_by: UserId,
    pub created_at: Timestamp,
    pub source: ConflictSource,
}

impl Conflict {
    /// What it says, before anybody has looked at it.
    #[must_use]
    pub fn tie(&self) -> Tie {
        let kind = ConflictKind::of_word(&self.kind);
        // A word of their own is part of what they say.
        let own_word = kind == ConflictKind::DeclaredOther && self.kind != "declared_other";
        let said = [self.kind.as_str(), self.evidence.as_str()];
        let said = said.into_iter().skip(usize::from(!own_word)).filter(|text| !text.is_empty());
        let evidence = said.collect::<Vec<_>>().join("; ");
        Tie { kind, source: self.source, standing: TieStanding::Standing, evidence }
    }
}

/// A person's finding that a tie is none.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = conflict_dismissals)]
pub struct ConflictDismissal {
    pub id: ConflictDismissalId,
    pub programme_id: ProgrammeId,
    pub application_id: ApplicationId,
    pub expert_id: ExpertId,
    pub kind: ConflictKind,
    /// What was found then.
    pub evidence: String,
    pub reason: String,
    pub dismissed_by: UserId,
    pub dismissed_at: Timestamp,
    /// The statement it is about; none: a tie that the program found, or a request nobody had looked at.
    pub conflict_id: Option<ConflictId>,
}

/// An applicant's request that somebody should not review.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = conflict_requests)]
pub struct ConflictRequest {
    pub id: ConflictRequestId,
    pub programme_id: ProgrammeId,
    pub round_id: RoundId,
    pub application_id: ApplicationId,
    pub person_name: String,
    pub kind: ConflictKind,
    pub reasons: String,
    pub evidence: String,
    pub state: RequestState,
    pub raised_by: UserId,
    pub raised_at: Timestamp,
    pub expert_id: Option<ExpertId>,
    pub resolution: Option<String>,
    pub resolved_by: Option<UserId>,
    pub resolved_at: Option<Timestamp>,
    pub version: i32,
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

/// A tie the office knows of.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConflict {
    /// Whose.
    pub expert_id: ExpertId,
    /// `former_employer`, `board_member`, `donor_or_sponsor`, `kin`, `tutored` or `declared_other`.
    pub kind: ConflictKind,
    /// What shows it.
    pub evidence: String,
}

/// Why a tie is none.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDismissal {
    /// Whose tie.
    pub expert_id: ExpertId,
    /// Which.
    pub kind: ConflictKind,
    /// What was looked at, and what it showed.
    pub reason: String,
}

/// Somebody who should not review.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConflictRequest {
    /// Who, by name; whether they are an expert you are not told.
    pub person_name: String,
    /// Which tie.
    pub kind: ConflictKind,
    /// In your words.
    pub reasons: String,
    /// What shows it.
    pub evidence: String,
}

/// That a request was received; it says the same whoever it names.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConflictRequestReceipt {
    /// Its id.
    pub id: ConflictRequestId,
    /// The application.
    pub application_id: ApplicationId,
    /// Who should not review.
    pub person_name: String,
    /// When it was received.
    pub raised_at: Timestamp,
}

impl View for ConflictRequestReceipt {}

/// What the office found on a request.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResolution {
    /// The expert it means: barred from now on. None: it is dismissed.
    pub expert_id: Option<ExpertId>,
    /// What was looked at, and what it showed.
    pub reason: String,
}

/// A request as the office sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConflictRequestView {
    /// Its id.
    pub id: ConflictRequestId,
    /// The application.
    pub application_id: ApplicationId,
    /// Who should not review.
    pub person_name: String,
    /// Which tie.
    pub kind: ConflictKind,
    /// In the applicant's words.
    pub reasons: String,
    /// What shows it.
    pub evidence: String,
    /// Where it is.
    pub state: RequestState,
    /// When it was received.
    pub raised_at: Timestamp,
    /// Experts of the pool by that name.
    pub namesakes: Vec<ExpertId>,
    /// The expert it means.
    pub expert_id: Option<ExpertId>,
    /// What the office found.
    pub resolution: Option<String>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for ConflictRequestView {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A tie as the office sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Tie {
    /// What kind.
    pub kind: ConflictKind,
    /// Where it comes from.
    pub source: ConflictSource,
    /// What it is worth.
    pub standing: TieStanding,
    /// What shows it; never a number of anybody.
    pub evidence: String,
}

impl Tie {
    /// True for what keeps the expert from the application: it stands, or nobody has looked yet.
    #[must_use]
    pub fn bars(&self) -> bool {
        self.kind.bars() && self.standing != TieStanding::Dismissed
    }
}

/// A pair with its ties.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TiedPair {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// The expert.
    pub expert_id: ExpertId,
    /// Their name.
    pub expert_name: String,
    /// Their sheet, if they have one.
    pub review_id: Option<ReviewId>,
    /// Where it is.
    pub review_state: Option<ReviewState>,
    /// The sheet counts although there is a tie: somebody has to look.
    pub counts_in_spite: bool,
    /// The ties, dismissed ones among them.
    pub ties: Vec<Tie>,
}

impl View for TiedPair {}

/// Pairs with their ties.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TiedPairs {
    /// By application, then expert.
    pub items: Vec<TiedPair>,
}

impl View for TiedPairs {}
