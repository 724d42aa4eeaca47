//! Organisations and payee accounts as they are stored and shown.

mod facts;
mod registry;
mod units;

pub use facts::*;
pub use registry::*;
pub use units::*;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::{Day, column},
        private::{AccountName, AccountNumber, ContactPhone, HeadPhone, Private},
        schema::{organizations, payee_accounts},
    },
    http::{Versioned, View},
    kernel::{
        contact::PhoneNumber,
        ids::{AdminUnitId, OrganizationId, PayeeAccountId, ProgrammeId, UserId},
        role::Role,
        time::Timestamp,
    },
};

/// What an organisation is.
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
pub enum OrganizationKind {
    /// 社会团体.
    Association,
    /// 社会服务机构(民办非企业单位).
    SocialService,
    /// 基金会.
    Foundation,
    /// 备案社区社会组织.
    FiledGroup,
}

/// Whether an officer has checked the profile.
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
pub enum OrganizationState {
    /// Not checked.
    Draft,
    /// Checked.
    Verified,
    /// Merged into another organisation, which has taken over everything.
    Merged,
}

/// Whether an account was checked.
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
pub enum PayeeState {
    /// Not checked.
    Unverified,
    /// Checked against the registered name.
    Verified,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{OrganizationKind, OrganizationState, PayeeState, column};

    column!(OrganizationKind as Text);
    column!(OrganizationState as Text);
    column!(PayeeState as Text);
}

/// A group or a host.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = organizations)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// The programme it registered with.
    pub programme_id: ProgrammeId,
    /// Its registered name.
    pub name: String,
    /// What it is.
    pub kind: OrganizationKind,
    /// 统一社会信用代码, as typed; filed groups have none.
    pub credit_code: Option<String>,
    /// 备案号 of a filed group.
    pub filing_no: Option<String>,
    /// The fiscal host of a filed group.
    pub host_id: Option<OrganizationId>,
    /// When the host consented.
    pub host_consented_at: Option<Timestamp>,
    /// Members.
    pub members: i32,
    /// 街道.
    pub subdistrict: String,
    /// Whether an officer has checked the profile.
    pub state: OrganizationState,
    /// Who registered it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Last changed.
    pub updated_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
    /// The subdistrict or community it belongs to.
    pub unit_id: Option<AdminUnitId>,
    /// 负责人.
    pub head_name: Option<String>,
    /// The head's phone number.
    #[schema(value_type = Option<String>)]
    pub head_phone: Option<Private<HeadPhone>>,
    /// The phone number to call.
    #[schema(value_type = Option<String>)]
    pub contact_phone: Option<Private<ContactPhone>>,
    /// 章程.
    pub charter: Option<String>,
    /// 固定场所.
    pub place: Option<String>,
    /// 成立日期.
    pub founded_on: Option<Day>,
    /// At most 500 characters.
    pub introduction: Option<String>,
    /// 备案单位: where it is filed.
    pub filing_unit: Option<String>,
    /// When it was filed.
    pub filed_on: Option<Day>,
    /// Until when the filing holds.
    pub filing_expires_on: Option<Day>,
    /// 专职人员.
    pub staff: Option<i32>,
    /// 志愿者.
    pub volunteers: Option<i32>,
    /// The organisation that has taken over everything.
    pub merged_into: Option<OrganizationId>,
}

impl Organization {
    /// As its own people see it.
    #[must_use]
    pub fn disclosed(self) -> Self {
        Self {
            head_phone: self.head_phone.map(Private::disclosed),
            contact_phone: self.contact_phone.map(Private::disclosed),
            ..self
        }
    }
}

impl Versioned for Organization {
    fn version(&self) -> i32 {
        self.version
    }
}

/// Where an organisation is paid.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = payee_accounts)]
pub struct PayeeAccount {
    /// Its id.
    pub id: PayeeAccountId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// 户名, in full.
    #[schema(value_type = String)]
    pub account_name: Private<AccountName>,
    /// 开户银行.
    pub bank_name: String,
    /// 联行号, twelve digits.
    pub bank_code: String,
    /// 账号, 8 to 28 digits; the last four are shown to the office.
    #[schema(value_type = String)]
    pub account_number: Private<AccountNumber>,
    /// Whether it was checked.
    pub state: PayeeState,
    /// Who entered it.
    pub created_by: UserId,
    /// When it was entered or changed.
    pub created_at: Timestamp,
    /// Who checked it.
    pub verified_by: Option<UserId>,
    /// When.
    pub verified_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
}

impl PayeeAccount {
    /// As its own people see it.
    #[must_use]
    pub fn disclosed(self) -> Self {
        Self { account_number: self.account_number.disclosed(), ..self }
    }
}

impl Versioned for PayeeAccount {
    fn version(&self) -> i32 {
        self.version
    }
}

/// What it takes to register a group.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    /// Its registered name.
    pub name: String,
    /// What it is.
    pub kind: OrganizationKind,
    /// 统一社会信用代码; a draft takes it as typed.
    pub credit_code: Option<String>,
    /// 备案号 of a filed group.
    pub filing_no: Option<String>,
    /// The fiscal host of a filed group.
    pub host_id: Option<OrganizationId>,
    /// Members.
    pub members: u32,
    /// 街道.
    pub subdistrict: String,
    /// The subdistrict or community it belongs to.
    pub unit_id: Option<AdminUnitId>,
    /// 负责人.
    pub head_name: Option<String>,
    /// The head's phone number.
    pub head_phone: Option<PhoneNumber>,
    /// The phone number to call.
    pub contact_phone: Option<PhoneNumber>,
    /// 章程.
    pub charter: Option<String>,
    /// 固定场所.
    pub place: Option<String>,
    /// 成立日期.
    pub founded_on: Option<Day>,
    /// At most 500 characters.
    pub introduction: Option<String>,
    /// 备案单位: where it is filed.
    pub filing_unit: Option<String>,
    /// When it was filed.
    pub filed_on: Option<Day>,
    /// Until when the filing holds.
    pub filing_expires_on: Option<Day>,
    /// 专职人员.
    pub staff: Option<u32>,
    /// 志愿者.
    pub volunteers: Option<u32>,
}

/// What may change in a profile; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationChange {
    /// Its registered name.
    pub name: Option<String>,
    /// 统一社会信用代码.
    pub credit_code: Option<String>,
    /// 备案号.
    pub filing_no: Option<String>,
    /// The fiscal host; it has to consent anew.
    pub host_id: Option<OrganizationId>,
    /// Members.
    pub members: Option<u32>,
    /// 街道.
    pub subdistrict: Option<String>,
    /// The subdistrict or community it belongs to.
    pub unit_id: Option<AdminUnitId>,
    /// 负责人.
    pub head_name: Option<String>,
    /// The head's phone number.
    pub head_phone: Option<PhoneNumber>,
    /// The phone number to call.
    pub contact_phone: Option<PhoneNumber>,
    /// 章程.
    pub charter: Option<String>,
    /// 固定场所.
    pub place: Option<String>,
    /// 成立日期.
    pub founded_on: Option<Day>,
    /// At most 500 characters.
    pub introduction: Option<String>,
    /// 备案单位: where it is filed.
    pub filing_unit: Option<String>,
    /// When it was filed.
    pub filed_on: Option<Day>,
    /// Until when the filing holds.
    pub filing_expires_on: Option<Day>,
    /// 专职人员.
    pub staff: Option<u32>,
    /// 志愿者.
    pub volunteers: Option<u32>,
}

/// Somebody who is to act for the organisation.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganizationMember {
    /// Who; they have registered before.
    pub user_id: UserId,
    /// `applicant` or `org_admin`.
    pub role: Role,
}

/// Somebody who acts for the organisation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrganizationMember {
    /// The organisation.
    pub organization_id: OrganizationId,
    /// Who.
    pub user_id: UserId,
    /// `applicant` or `org_admin`.
    pub role: Role,
}

impl View for OrganizationMember {}

/// Where to pay.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayeeAccount {
    /// 户名, in full: the organisation's registered name.
    pub account_name: String,
    /// 开户银行.
    pub bank_name: String,
    /// 联行号, twelve digits.
    pub bank_code: String,
    /// 账号, 8 to 28 digits.
    pub account_number: String,
}
