//! What an eligibility check must know of an organisation: annual checks, the two lists, debarments, grades, earlier
//! projects.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::{Day, column},
        private::{DebarredPhone, Private},
        schema::{annual_checks, debarments, grades, listings, track_records},
    },
    http::Versioned,
    kernel::{
        contact::PhoneNumber,
        domain::ServiceDomain,
        ids::{
            AnnualCheckId, DebarmentId, GradeId, ListingId, OrganizationId, ProgrammeId, TrackRecordId,
            UserId,
        },
        money::Money,
        time::Timestamp,
    },
};

/// How an annual check (年检、年报) came out.
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
pub enum AnnualCheckResult {
    /// 合格.
    Passed,
    /// 基本合格.
    BasicallyPassed,
    /// 不合格.
    Failed,
    /// 未参加.
    NotChecked,
}

/// One of the two lists of the civil affairs offices.
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
pub enum BlackList {
    /// 活动异常名录.
    Abnormal,
    /// 严重违法失信名单.
    SeriousViolation,
}

/// Whether an earlier application was awarded.
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
pub enum TrackResult {
    /// 立项.
    Awarded,
    /// 未立项.
    NotAwarded,
}

/// How an earlier project ended.
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
pub enum TrackOutcome {
    /// 未结项.
    Unfinished,
    /// 优秀.
    Excellent,
    /// 合格.
    Passed,
    /// 基本合格.
    BasicallyPassed,
    /// 不合格.
    Failed,
    /// 终止.
    Terminated,
    /// 撤销.
    Revoked,
}

/// Where an earlier project is known from.
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
pub enum TrackSource {
    /// An import of an earlier round.
    Imported,
    /// An award of this installation; `source_id` is its id.
    Award,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{AnnualCheckResult, BlackList, TrackOutcome, TrackResult, TrackSource, column};

    column!(AnnualCheckResult as Text);
    column!(BlackList as Text);
    column!(TrackOutcome as Text);
    column!(TrackResult as Text);
    column!(TrackSource as Text);
}

/// The annual check of one year.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = annual_checks)]
pub struct AnnualCheck {
    /// Its id.
    pub id: AnnualCheckId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// The year that was checked.
    pub year: i32,
    /// How it came out.
    pub result: AnnualCheckResult,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for AnnualCheck {
    fn version(&self) -> i32 {
        self.version
    }
}

/// An entry in one of the two lists.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = listings)]
pub struct Listing {
    /// Its id.
    pub id: ListingId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which list.
    pub list: BlackList,
    /// Since when.
    pub listed_on: Day,
    /// When it was taken off; none while it stands.
    pub removed_on: Option<Day>,
    /// Where that is to be seen.
    pub evidence: String,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for Listing {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A debarment (禁入) of an organisation, a person, or both.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = debarments)]
pub struct Debarment {
    /// Its id.
    pub id: DebarmentId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Which organisation.
    pub organization_id: Option<OrganizationId>,
    /// Which person, by name.
    pub person_name: Option<String>,
    /// By phone number; it decides where it is known.
    #[schema(value_type = Option<String>)]
    pub person_phone: Option<Private<DebarredPhone>>,
    /// Why.
    pub reason: String,
    /// The first day.
    pub starts_on: Day,
    /// The last day.
    pub ends_on: Day,
    /// Why it was lifted before its time.
    pub lifted_because: Option<String>,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for Debarment {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A grade (等级评估, 1A to 5A): level and dates, never a score.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = grades)]
pub struct Grade {
    /// Its id.
    pub id: GradeId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// 1 to 5.
    pub level: i32,
    /// The first day.
    pub issued_on: Day,
    /// The first day it no longer holds, five years later as a rule.
    pub expires_on: Day,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for Grade {
    fn version(&self) -> i32 {
        self.version
    }
}

/// An earlier project.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = track_records)]
pub struct TrackRecord {
    /// Its id.
    pub id: TrackRecordId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Whose, if it is registered here.
    pub organization_id: Option<OrganizationId>,
    /// Whose, by name.
    pub organization_name: String,
    /// The year of its round.
    pub year: i32,
    /// The name of its round.
    pub round_name: String,
    /// Its title.
    pub title: String,
    /// The domain it served.
    pub domain: Option<ServiceDomain>,
    /// What it was given.
    pub amount: Money,
    /// Whether it was awarded.
    pub result: TrackResult,
    /// How it ended; none where that is not known.
    pub outcome: Option<TrackOutcome>,
    /// What it was about.
    pub summary: String,
    /// A ban that followed from it.
    pub debarred_until: Option<Day>,
    /// Where it is known from.
    pub source_kind: TrackSource,
    /// The import or the award.
    pub source_id: Option<String>,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for TrackRecord {
    fn version(&self) -> i32 {
        self.version
    }
}

/// What it takes to record an annual check.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnnualCheck {
    /// The year that was checked.
    pub year: i32,
    /// How it came out.
    pub result: AnnualCheckResult,
}

/// A correction of an annual check.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnualCheckChange {
    /// How it really came out.
    pub result: AnnualCheckResult,
}

/// What it takes to record an entry in a list.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewListing {
    /// Which list.
    pub list: BlackList,
    /// Since when.
    pub listed_on: Day,
    /// When it was taken off, if it was.
    pub removed_on: Option<Day>,
    /// Where that is to be seen.
    pub evidence: String,
}

/// An organisation was taken off a list.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListingRemoval {
    /// When.
    pub removed_on: Day,
    /// Where that is to be seen; added to what is recorded.
    pub evidence: Option<String>,
}

/// What it takes to debar somebody.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDebarment {
    /// Which organisation.
    pub organization_id: Option<OrganizationId>,
    /// Which person, by name.
    pub person_name: Option<String>,
    /// By phone number.
    pub person_phone: Option<PhoneNumber>,
    /// Why.
    pub reason: String,
    /// The first day.
    pub starts_on: Day,
    /// The last day.
    pub ends_on: Day,
}

/// A debarment ends before its time.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DebarmentLifting {
    /// The last day it holds; not after the one it had.
    pub ends_on: Day,
    /// Why.
    pub reason: String,
}

/// What it takes to record a grade.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrade {
    /// 1 to 5.
    pub level: i32,
    /// The first day.
    pub issued_on: Day,
    /// The first day it no longer holds; five years later where it is not said.
    pub expires_on: Option<Day>,
}

/// A correction of a grade; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeChange {
    /// 1 to 5.
    pub level: Option<i32>,
    /// The first day.
    pub issued_on: Option<Day>,
    /// The first day it no longer holds.
    pub expires_on: Option<Day>,
}

/// How an earlier project ended.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOutcome {
    /// How.
    pub outcome: TrackOutcome,
    /// A ban that follows from it.
    pub debarred_until: Option<Day>,
}

/// An award, as the stage that grants it tells of it.
#[derive(Clone, Debug)]
pub struct AwardRecord {
    /// The record's id, made before.
    pub id: TrackRecordId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// The year of its round.
    pub year: i32,
    /// The name of its round.
    pub round_name: String,
    /// Its title.
    pub title: String,
    /// The domain it serves.
    pub domain: Option<ServiceDomain>,
    /// What it is given.
    pub amount: Money,
    /// What it is about.
    pub summary: String,
    /// The award.
    pub award_id: String,
}

/// All that is recorded of one organisation.
#[derive(Clone, Debug)]
pub struct Standing {
    /// By year, latest first.
    pub annual_checks: Vec<AnnualCheck>,
    /// Entries in the two lists.
    pub listings: Vec<Listing>,
    /// Debarments that name the organisation.
    pub debarments: Vec<Debarment>,
    /// Grades, latest first.
    pub grades: Vec<Grade>,
    /// Earlier projects, latest first.
    pub track_record: Vec<TrackRecord>,
}

/// What two organisations have in common.
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
pub enum SharedThing {
    /// Somebody acts for both.
    Person,
    /// They are paid on the same account number.
    PayeeAccount,
    /// Their contacts or heads have the same phone number.
    Phone,
}

/// Another organisation that shares something with this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Shared {
    /// Which organisation.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What they have in common.
    pub thing: SharedThing,
}
