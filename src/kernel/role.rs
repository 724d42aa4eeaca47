//! The roles of api.md, held per programme.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// What a person may be in a programme. One person may hold several, but see [`Role::is_administrative`].
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
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// 申报人: writes applications for one organisation.
    Applicant,
    /// 机构管理员: the same, and keeps the organisation's profile and its people.
    OrgAdmin,
    /// 街道中心.
    SubdistrictOfficer,
    /// 社区.
    CommunityWorker,
    /// 中心项目专员.
    ProgramOfficer,
    /// 评审专家.
    Reviewer,
    /// 评审组长.
    PanelChair,
    /// 监督员: reads, attends draws.
    Supervisor,
    /// 评估组.
    Evaluator,
    /// 经办.
    FinanceMaker,
    /// 复核.
    FinanceChecker,
    /// 中心主任.
    CenterDirector,
    /// 区民政局.
    BureauApprover,
    /// 基金会出纳.
    FoundationCashier,
    /// 企业代表: speaks for one enterprise.
    SponsorRep,
    /// 审计.
    Auditor,
    /// 系统管理员.
    SystemAdmin,
    /// 安全管理员.
    SecurityAdmin,
    /// 审计管理员.
    AuditAdmin,
}

impl Role {
    /// The three administrative posts never hold a money or scoring role (api.md, trust.md §8).
    #[must_use]
    pub const fn is_administrative(self) -> bool {
        matches!(self, Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin)
    }

    /// Roles that move money or give scores.
    #[must_use]
    pub const fn moves_money_or_scores(self) -> bool {
        matches!(
            self,
            Self::FinanceMaker
                | Self::FinanceChecker
                | Self::CenterDirector
                | Self::BureauApprover
                | Self::FoundationCashier
                | Self::Reviewer
                | Self::PanelChair
        )
    }

    /// Roles that sign in with a second factor: money, approval, audit and administration (trust.md S6).
    #[must_use]
    pub const fn needs_second_factor(self) -> bool {
        self.is_administrative()
            || matches!(
                self,
                Self::FinanceMaker
                    | Self::FinanceChecker
                    | Self::CenterDirector
                    | Self::BureauApprover
                    | Self::FoundationCashier
                    | Self::Auditor
            )
    }

    /// Roles of the office: everybody but applicants, experts and sponsors.
    #[must_use]
    pub const fn is_of_office(self) -> bool {
        !matches!(self, Self::Applicant | Self::OrgAdmin | Self::Reviewer | Self::SponsorRep)
    }

    /// Roles bound to one organisation.
    #[must_use]
    pub const fn belongs_to_organization(self) -> bool {
        matches!(self, Self::Applicant | Self::OrgAdmin)
    }
}

/// Everybody of the office who may read a programme's files. Experts, applicants and sponsors are not among them,
/// and neither are the administrative posts (trust.md §5, number 27).
pub const STAFF: &[Role] = &[
    Role::ProgramOfficer,
    Role::SubdistrictOfficer,
    Role::PanelChair,
    Role::Supervisor,
    Role::FinanceMaker,
    Role::FinanceChecker,
    Role::CenterDirector,
    Role::BureauApprover,
    Role::FoundationCashier,
    Role::Auditor,
];
