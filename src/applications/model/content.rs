//! What an applicant writes: the content of a draft, its sections and its revisions.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    db::{
        columns::Day,
        private::{RevisionChanges, SealedJson},
        schema::{application_revisions, application_sections},
    },
    error::ProblemFault,
    http::View,
    kernel::{
        contact::PhoneNumber,
        domain::{BudgetCategory, ServiceDomain},
        ids::{AdminUnitId, ApplicationId, OrganizationId, UserId},
        money::Money,
        reference::Reference,
        time::Timestamp,
    },
};

/// Answers to the office's own questions, by the code of the field.
pub type Answers = BTreeMap<String, Value>;

/// A budget line as it is written.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
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

/// The content of a draft. Everything may still be missing; what is absent in a change stays as it is, and what is
/// `null` is taken away.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DraftContent {
    /// Its title.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub title: Option<Option<String>>,
    /// The one domain it serves.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<ServiceDomain>)]
    pub domain: Option<Option<ServiceDomain>>,
    /// What is asked of the fund.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Money>)]
    pub requested: Option<Option<Money>>,
    /// What the group brings.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Money>)]
    pub own_funds: Option<Option<Money>>,
    /// First day.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Day>)]
    pub starts_on: Option<Option<Day>>,
    /// Last day.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Day>)]
    pub ends_on: Option<Option<Day>>,
    /// People it serves directly.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub beneficiaries: Option<Option<u32>>,
    /// The project in at most 500 characters.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub summary: Option<Option<String>>,
    /// 项目负责人.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub lead_name: Option<Option<String>>,
    /// 负责人手机.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<PhoneNumber>)]
    pub lead_phone: Option<Option<PhoneNumber>>,
    /// The street or community where it runs.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<AdminUnitId>)]
    pub unit_id: Option<Option<AdminUnitId>>,
    /// True where another government fund pays for it already.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<bool>)]
    pub funded_elsewhere: Option<Option<bool>>,
    /// The whole budget; it replaces the one before.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Vec<NewBudgetLine>>)]
    pub budget_lines: Option<Option<Vec<NewBudgetLine>>>,
    /// Answers to the office's own questions; those that are not named stay.
    #[schema(value_type = Object)]
    pub answers: Answers,
}

/// A value that is there, `null` or not: absence is the default.
#[expect(clippy::option_option, reason = "absent, null and given are three things")]
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
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

/// A change of one section: its fields by code, an application's own or the office's.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionContent {
    /// Values by the code of the field; what is not named stays, what is `null` is taken away.
    #[schema(value_type = Object)]
    pub fields: BTreeMap<String, Value>,
}

/// How often a section was saved, and by whom last. A section that was never saved has version 1 and no row.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = application_sections)]
pub struct SectionState {
    /// The application.
    #[serde(skip)]
    pub application_id: ApplicationId,
    /// Which section.
    pub code: String,
    /// Counts the saves.
    pub version: i32,
    /// Who saved it last.
    pub updated_by: UserId,
    /// When.
    pub updated_at: Timestamp,
}

/// A section with what stands in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SectionView {
    /// The application.
    pub application_id: ApplicationId,
    /// Which section.
    pub code: String,
    /// Its heading.
    pub title: String,
    /// Counts the saves of this section.
    pub version: i32,
    /// Counts the changes of the application.
    pub application_version: i32,
    /// Its fields by code.
    #[schema(value_type = Object)]
    pub fields: BTreeMap<String, Value>,
    /// The fields that may be written now; after a notice to supplement only what was asked for.
    pub writable: Vec<String>,
    /// What a submission would be told of this application now: the same list as `validation` and `submission`.
    pub faults: Vec<ProblemFault>,
}

impl View for SectionView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// What a submission would be told now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Validation {
    /// The application.
    pub application_id: ApplicationId,
    /// True where it could be handed in.
    pub can_be_submitted: bool,
    /// Every fault, exactly as a submission would tell it.
    pub faults: Vec<ProblemFault>,
}

impl View for Validation {}

/// One field that was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// The code of the field.
    pub field: String,
    /// What stood there.
    #[schema(value_type = Option<Value>)]
    pub before: Value,
    /// What stands there now.
    #[schema(value_type = Option<Value>)]
    pub after: Value,
}

/// One save of an application.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = application_revisions)]
pub struct Revision {
    /// The application.
    #[serde(skip)]
    pub application_id: ApplicationId,
    /// The version of the application that this save made.
    pub number: i32,
    /// What it changed.
    #[schema(value_type = Vec<Change>)]
    pub changes: SealedJson<RevisionChanges, Vec<Change>>,
    /// Who.
    pub made_by: UserId,
    /// When.
    pub made_at: Timestamp,
}

impl View for Revision {}

/// What changed between two versions, field by field.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ApplicationDifferences)]
pub struct Differences {
    /// The application.
    pub application_id: ApplicationId,
    /// After this version.
    pub from: i32,
    /// Up to and with this version.
    pub to: i32,
    /// What is different.
    pub changes: Vec<Change>,
}

impl View for Differences {}
