//! Who may call an endpoint, and on whose objects: the words of the table of authorisation (`docs/authorisation.md`).
//!
//! A row says which roles, whose objects ([`Whose`]) and from which states. What one role reaches follows from the two
//! ([`Whose::reach`]), so that the printed table, the OpenAPI document and the test that probes the running server are
//! three readings of one row. Across programmes nothing is ever reached: a role of another programme is none.

use serde::Serialize;
use strum::{Display, EnumIter, IntoStaticStr};

use crate::kernel::role::{Role, STAFF};

/// The people of a group.
pub const GROUP: &[Role] = &[Role::Applicant, Role::OrgAdmin];

/// The people of a group and everybody of the office who may know of it: the readers of what an organisation does.
pub const GROUP_READERS: &[Role] = &[
    Role::Applicant,
    Role::OrgAdmin,
    Role::ProgramOfficer,
    Role::SubdistrictOfficer,
    Role::CommunityWorker,
    Role::PanelChair,
    Role::Supervisor,
    Role::FinanceMaker,
    Role::FinanceChecker,
    Role::CenterDirector,
    Role::BureauApprover,
    Role::FoundationCashier,
    Role::Auditor,
];

/// The same without the community worker, who sees the group but not where it is paid.
pub const ACCOUNT_READERS: &[Role] = &[
    Role::Applicant,
    Role::OrgAdmin,
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

/// A company's own people and the office.
pub const ENTERPRISE_READERS: &[Role] = &[
    Role::SponsorRep,
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

/// An expert, and those of the office who see the pool and the sheets.
pub const SHEET_READERS: &[Role] = &[
    Role::Reviewer,
    Role::ProgramOfficer,
    Role::PanelChair,
    Role::Supervisor,
    Role::CenterDirector,
    Role::Auditor,
];

/// Who takes part in a defence, and those of the office who see all of it.
pub const DEFENCE_READERS: &[Role] = &[
    Role::Applicant,
    Role::OrgAdmin,
    Role::Reviewer,
    Role::ProgramOfficer,
    Role::PanelChair,
    Role::Supervisor,
    Role::CenterDirector,
    Role::Auditor,
];

/// Whose objects an endpoint is about. Every endpoint says it: a row without the word does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Display, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Whose {
    /// 公开: nobody's; no sign-in.
    Everyone,
    /// 登录即可: what everybody who is signed in may know or begin: the calendar, the units, a new organisation.
    SignedIn,
    /// 本人: the account itself and what was sent to it.
    Account,
    /// 全平台: the installation's; the role is held for it and not in a programme.
    Installation,
    /// 届: a published call is for everybody who is signed in, a draft for the office.
    Round,
    /// 本项目: any of the programme in which the role is held.
    Programme,
    /// 本项目列表: any role of the programme may ask; the list holds what that person may open.
    Listed,
    /// 机构: their own organisation's for its people; the programme's for the office, for somebody who is bound to a
    /// unit those of its organisations.
    Organization,
    /// 企业: their own enterprise's for its people; the programme's for the office.
    Enterprise,
    /// 评分表: an expert's own sheet; the programme's for the office.
    Sheet,
    /// 专家: an expert's own entry of the pool; the programme's for the office.
    Expert,
    /// 答辩: the sessions in which the person has a slot or a sheet; the programme's for the office.
    Defence,
    /// 意向: the list of their own organisation or enterprise.
    Preference,
    /// 记录: the records of a programme for its auditor, those of the installation for the audit administrator.
    Record,
    /// 信件: the programme's letters for the office; those of no programme for the system administrator.
    Letter,
}

/// How far one role reaches on one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Display, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Reach {
    /// 不得.
    Never,
    /// Everybody, whatever they hold.
    Anyone,
    /// What is their own account's.
    Own,
    /// Their own organisation's.
    OwnOrganization,
    /// Their own enterprise's.
    OwnEnterprise,
    /// Their own sheet, entry of the pool, or slot.
    OwnReview,
    /// What they may open, in a list.
    Listed,
    /// The programme's; for somebody bound to a unit those of its organisations.
    Unit,
    /// Any of the programme's.
    Programme,
    /// What belongs to the installation.
    Installation,
}

/// Roles that may be bound to a unit.
#[must_use]
pub const fn is_bound_to_units(role: Role) -> bool {
    matches!(role, Role::SubdistrictOfficer | Role::CommunityWorker)
}

impl Whose {
    /// How far a role reaches that is among an endpoint's roles.
    #[must_use]
    pub fn reach(self, role: Role) -> Reach {
        match (self, role) {
            (Self::Everyone | Self::SignedIn | Self::Round, _) => Reach::Anyone,
            (Self::Account, _) => Reach::Own,
            (Self::Installation, _)
            | (Self::Letter, Role::SystemAdmin)
            | (Self::Record, Role::AuditAdmin) => Reach::Installation,
            (Self::Listed, _) => Reach::Listed,
            (Self::Organization | Self::Preference, Role::Applicant | Role::OrgAdmin) => {
                Reach::OwnOrganization
            }
            (Self::Defence, Role::Applicant | Role::OrgAdmin) => Reach::OwnOrganization,
            (Self::Enterprise | Self::Preference, Role::SponsorRep) => Reach::OwnEnterprise,
            (Self::Sheet | Self::Expert | Self::Defence, Role::Reviewer) => Reach::OwnReview,
            (Self::Organization, role) if is_bound_to_units(role) => Reach::Unit,
            (_, role) => {
                debug_assert!(STAFF.contains(&role) || !role.belongs_to_organization(), "{self}: {role}");
                Reach::Programme
            }
        }
    }

    /// True where no role is asked for.
    #[must_use]
    pub const fn asks_for_no_role(self) -> bool {
        matches!(self, Self::Everyone | Self::SignedIn | Self::Account | Self::Round | Self::Listed)
    }

    /// What it means, for the printed table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Everyone => "公开，不需登录 · everybody, no sign-in",
            Self::SignedIn => "登录即可 · everybody who is signed in",
            Self::Account => "本人 · one's own account and what was sent to it",
            Self::Installation => "全平台岗位 · the installation's, by a role held for the installation",
            Self::Round => {
                "已发布的届公开给登录者，草稿归办公室 · a published call: everybody signed in; a draft: the office"
            }
            Self::Programme => "本项目 · any of the programme in which the role is held",
            Self::Listed => {
                "本项目任一角色可查询，只列出其有权打开的 · any role of the programme; the list holds what that person may open"
            }
            Self::Organization => {
                "本机构；办公室为全项目，绑定街道社区者为其所辖 · one's own organisation; the office: the programme's, bound to a unit: its organisations"
            }
            Self::Enterprise => "本企业；办公室为全项目 · one's own enterprise; the office: the programme's",
            Self::Sheet => "本人评分表；办公室为全项目 · one's own sheet; the office: the programme's",
            Self::Expert => {
                "本人专家档案；办公室为全项目 · one's own entry of the pool; the office: the programme's"
            }
            Self::Defence => {
                "本人有关的答辩场次；办公室为全项目 · sessions one takes part in; the office: the programme's"
            }
            Self::Preference => "本机构或本企业的意向表 · the list of one's own organisation or enterprise",
            Self::Record => {
                "本项目记录归项目审计，全平台记录归审计管理员 · the programme's records: its auditor; the installation's: the audit administrator"
            }
            Self::Letter => {
                "本项目信件；不属任何项目者归系统管理员 · the programme's letters; those of none: the system administrator"
            }
        }
    }
}
