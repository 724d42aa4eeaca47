//! The pool of experts.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::ConflictKind;
use crate::{
    db::{
        columns::{Day, JsonText},
        schema::{expert_ties, experts},
    },
    http::{Versioned, View},
    kernel::{
        domain::ServiceDomain,
        ids::{ExpertId, ExpertTieId, OrganizationId, ProgrammeId, UserId},
        time::Timestamp,
    },
};

/// Where an expert is.
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
pub enum ExpertState {
    /// In the pool.
    Admitted,
    /// Gets nothing new for the time being.
    Suspended,
    /// No longer in the pool; what they did stays.
    Removed,
}

/// What an expert brings to a panel (domain.md §2.4).
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
    EnumIter,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ExpertKind {
    /// 高校学者.
    Academic,
    /// 社工实务.
    #[default]
    Practitioner,
    /// 财务: a panel has at least as many as the policy says.
    Finance,
    /// 民政、社区.
    CivilAffairs,
    /// 企业代表.
    Enterprise,
    /// 居民代表.
    Resident,
    /// 其他.
    Other,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{ExpertKind, ExpertState};
    use crate::db::columns::column;

    column!(ExpertState as Text);
    column!(ExpertKind as Text);
}

/// Days on which an expert cannot review, both counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// The first.
    pub from: Day,
    /// The last.
    pub to: Day,
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
    /// How many applications they should get at least, in a round.
    pub min_load: i32,
    /// At most; none: what the round's policy says.
    pub max_load: Option<i32>,
    pub state: ExpertState,
    pub kind: ExpertKind,
    pub absences: JsonText<Vec<Absence>>,
    /// HMAC-SHA256 of the identity number under the programme's key; the number is stored nowhere.
    pub identity_digest: Option<String>,
}

impl Expert {
    /// True where they may be given something new on a day: in the pool and not absent.
    #[must_use]
    pub fn is_available(&self, day: chrono::NaiveDate) -> bool {
        self.state == ExpertState::Admitted
            && !self.absences.0.iter().any(|absence| absence.from.0 <= day && day <= absence.to.0)
    }
}

/// A tie of an expert that stands whatever is applied for.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = expert_ties)]
pub struct ExpertTie {
    /// Its id.
    pub id: ExpertTieId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Whose.
    pub expert_id: ExpertId,
    /// Which.
    pub kind: ConflictKind,
    /// To this organisation.
    pub organization_id: Option<OrganizationId>,
    /// Or to the one of this name.
    pub organization_name: String,
    /// To this person, for kin.
    pub person_name: String,
    /// The last year of an employment; none: it has not ended, or it is another tie.
    pub until_year: Option<i32>,
    /// In the words of who recorded it.
    pub evidence: String,
    /// The expert, or an officer.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: Timestamp,
}

impl View for ExpertTie {}

/// An expert as the office sees them, and they themselves.
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
    /// What they bring to a panel.
    pub kind: ExpertKind,
    /// The organisation they belong to.
    pub organization_id: Option<OrganizationId>,
    /// How many applications they should get at least, in a round.
    pub min_load: i32,
    /// At most; none: what the round's policy says.
    pub max_load: Option<i32>,
    /// When they cannot review.
    pub absences: Vec<Absence>,
    /// True where their identity number is compared with those in the applications.
    pub identity_known: bool,
    /// Where they are.
    pub state: ExpertState,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for ExpertView {
    fn version(&self) -> i32 {
        self.version
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
            kind: expert.kind,
            organization_id: expert.organization_id,
            min_load: expert.min_load,
            max_load: expert.max_load,
            absences: expert.absences.0,
            identity_known: expert.identity_digest.is_some(),
            state: expert.state,
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
    /// What they bring to a panel.
    #[serde(default)]
    pub kind: ExpertKind,
    /// The organisation they belong to.
    pub organization_id: Option<OrganizationId>,
    /// How many applications they should get at least, in a round.
    #[serde(default)]
    pub min_load: u16,
    /// At most.
    pub max_load: Option<u16>,
    /// 身份证号: only a keyed digest of it is kept.
    pub identity_number: Option<String>,
}

/// What is to change; what is absent stays.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "absent, null and given are three things")]
pub struct ExpertChange {
    /// Their name as the panel knows it.
    pub name: Option<String>,
    /// The domains they know.
    pub expertise: Option<Vec<ServiceDomain>>,
    /// What they bring to a panel.
    pub kind: Option<ExpertKind>,
    /// The organisation they belong to; `null`: to none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<OrganizationId>)]
    pub organization_id: Option<Option<OrganizationId>>,
    /// How many applications they should get at least, in a round.
    pub min_load: Option<u16>,
    /// At most; `null`: what the round's policy says.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u16>)]
    pub max_load: Option<Option<u16>>,
    /// When they cannot review.
    pub absences: Option<Vec<Absence>>,
    /// 身份证号: only a keyed digest of it is kept.
    pub identity_number: Option<String>,
}

/// `null` is a value, other than what is absent.
#[expect(clippy::option_option, reason = "the outer tells what is absent, the inner the null")]
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// When an expert cannot review.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// All of it; what was said before is replaced.
    pub absences: Vec<Absence>,
}

/// Why somebody leaves the pool or comes back to it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// In the words of who does it.
    pub reason: String,
}

/// A tie to declare or record.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExpertTie {
    /// `former_employer`, `board_member`, `donor_or_sponsor`, `kin`, `tutored` or `declared_other`.
    pub kind: ConflictKind,
    /// To this organisation.
    pub organization_id: Option<OrganizationId>,
    /// Or to the one of this name.
    #[serde(default)]
    pub organization_name: String,
    /// To this person, for kin.
    #[serde(default)]
    pub person_name: String,
    /// The last year of an employment.
    pub until_year: Option<i32>,
    /// In your words.
    #[serde(default)]
    pub evidence: String,
}

/// The ties of an expert.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExpertTies {
    /// As they were recorded.
    pub items: Vec<ExpertTie>,
}

impl View for ExpertTies {}
