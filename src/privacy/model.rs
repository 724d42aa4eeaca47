//! Revelations, erasure requests, consents as they are stored and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    audit::AccessRow,
    db::{
        columns::column,
        schema::{consents, erasure_requests},
    },
    http::{Versioned, View},
    kernel::{
        ids::{AccessId, ConsentId, ErasureRequestId, UserId},
        time::Timestamp,
    },
};

/// Whose value is asked for.
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
pub enum SubjectKind {
    /// An organisation: `head_phone`, `contact_phone`.
    Organization,
    /// An application: `lead_phone`, `answers`.
    Application,
    /// A payee account: `account_number`.
    PayeeAccount,
    /// A debarment: `person_phone`.
    Debarment,
    /// Somebody with a role in the programme: `phone`, `email`.
    User,
}

/// What somebody wants to see, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRevelation {
    /// Whose value.
    pub subject_kind: SubjectKind,
    /// Which one.
    pub subject_id: String,
    /// Which value of it.
    pub field: String,
    /// Why, in at least 5 characters; it goes on record.
    pub reason: String,
}

/// A value as it is, shown once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Revelation {
    /// The row of the log of accesses.
    pub id: AccessId,
    /// Whose value.
    pub subject_kind: SubjectKind,
    /// Which one.
    pub subject_id: String,
    /// Which value of it.
    pub field: String,
    /// The value; absent when the same request is answered again.
    #[schema(value_type = Option<Value>)]
    pub value: Option<Value>,
    /// When it was shown.
    pub at: Timestamp,
}

impl View for Revelation {
    fn remembered(&self) -> Option<String> {
        serde_json::to_string(&Self { value: None, ..self.clone() }).ok()
    }
}

/// Where a request for erasure is.
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
pub enum ErasureState {
    /// It waits for a decision.
    Requested,
    /// It was refused, with the reason in the note.
    Refused,
    /// The data is gone.
    Erased,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{ConsentKind, ErasureState, column};

    column!(ErasureState as Text);
    column!(ConsentKind as Text);
}

/// A person asks that their data be erased.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = erasure_requests)]
pub struct ErasureRequest {
    /// Its id.
    pub id: ErasureRequestId,
    /// Whose data.
    pub user_id: UserId,
    /// Where it is.
    pub state: ErasureState,
    /// Why, if they say so.
    pub reason: String,
    /// When.
    pub requested_at: Timestamp,
    /// Who decided.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What the decision rests on.
    pub note: String,
    /// What was erased, when and under which key older copies lie, as JSON text.
    pub certificate: Option<String>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for ErasureRequest {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A request for erasure.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewErasureRequest {
    /// Why; you need not say.
    #[serde(default)]
    pub reason: String,
}

/// What is decided on a request for erasure.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureDecision {
    /// True erases, false refuses.
    pub erase: bool,
    /// What the decision rests on, in at least 5 characters.
    pub note: String,
}

/// What somebody agrees to.
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
pub enum ConsentKind {
    /// 隐私政策 was read and accepted.
    PrivacyNotice,
    /// 单独同意: bank accounts.
    BankAccount,
    /// 单独同意: identity numbers.
    IdentityNumber,
}

/// A consent.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = consents)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// Whose.
    pub user_id: UserId,
    /// To what.
    pub kind: ConsentKind,
    /// Which version of the notice they saw.
    pub notice_version: String,
    /// When.
    pub given_at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

impl View for Consent {}

/// A consent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// To what.
    pub kind: ConsentKind,
    /// The version of the notice, as it says of itself.
    pub notice_version: String,
}

/// Everything that is stored of a person, as they may take it away.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DataExport {
    /// When it was made.
    pub made_at: Timestamp,
    /// The account: name, phone number, e-mail address, since when.
    #[schema(value_type = Object)]
    pub account: Value,
    /// The roles they hold, with their programme and organisation.
    #[schema(value_type = Vec<Object>)]
    pub roles: Vec<Value>,
    /// Their sessions: since when, last used, until when.
    #[schema(value_type = Vec<Object>)]
    pub sessions: Vec<Value>,
    /// The notices to them, latest first.
    #[schema(value_type = Vec<Object>)]
    pub notices: Vec<Value>,
    /// The applications they began.
    #[schema(value_type = Vec<Object>)]
    pub applications: Vec<Value>,
    /// Their consents.
    pub consents: Vec<Consent>,
    /// Their requests for erasure.
    pub erasure_requests: Vec<ErasureRequest>,
    /// Who saw their phone number or address plain.
    pub accesses: Vec<AccessRow>,
}

impl View for DataExport {}
