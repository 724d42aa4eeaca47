//! What the office gives and finds: receipts, notices to supplement, machine findings, extensions.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::{Day, JsonText},
        private::{Private, ReceiptContent},
        schema::{correction_requests, receipts, reminders},
    },
    error::ProblemFault,
    http::View,
    kernel::{
        ids::{ApplicationId, CorrectionRequestId, ProgrammeId, UserId},
        reference::Reference,
        time::Timestamp,
    },
};

/// What was received, when, and its digest: anybody who holds the content can compute the digest again.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = receipts)]
pub struct Receipt {
    /// The application.
    pub application_id: ApplicationId,
    /// 1 for the first submission, 2 for the corrected one.
    pub number: i32,
    /// The application's number for people.
    pub reference: Reference,
    /// When, by the server's clock.
    pub received_at: Timestamp,
    /// From whom.
    pub received_from: UserId,
    /// What was received, as JSON text; the digest is over these bytes.
    #[serde(skip)]
    pub content: Private<ReceiptContent>,
    /// SHA-256 of the content, in lower-case hexadecimal.
    pub digest: String,
}

/// A receipt with what was received.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceiptView {
    /// The receipt.
    #[serde(flatten)]
    pub receipt: Receipt,
    /// What was received, as JSON text; its SHA-256 is the digest.
    pub content: String,
}

impl View for ReceiptView {}

/// One thing to put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    /// The code of the field.
    pub field: String,
    /// What is wrong with it, for the applicant.
    pub note: String,
}

/// 补正通知: everything that is to be put right, in one notice.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = correction_requests)]
pub struct CorrectionRequest {
    /// Its id.
    pub id: CorrectionRequestId,
    /// The programme.
    #[serde(skip)]
    pub programme_id: ProgrammeId,
    /// The application.
    pub application_id: ApplicationId,
    /// 1 for the first.
    pub number: i32,
    /// What is to be put right; everything else is locked.
    #[schema(value_type = Vec<Defect>)]
    pub defects: JsonText<Vec<Defect>>,
    /// What else the office wants to say.
    pub note: String,
    /// The last day for it.
    pub due_on: Day,
    /// True where the day rests on a year whose working days are not published yet.
    pub provisional: bool,
    /// Who asks.
    pub requested_by: UserId,
    /// When.
    pub requested_at: Timestamp,
    /// When it was handed in again.
    pub answered_at: Option<Timestamp>,
}

impl View for CorrectionRequest {}

/// A notice to supplement.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCorrectionRequest {
    /// All defects at once, each with its field.
    pub defects: Vec<Defect>,
    /// What else you want to say.
    #[serde(default)]
    pub note: String,
}

/// More time for one application.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApplicationExtension)]
pub struct NewExtension {
    /// The last day.
    pub until: Day,
    /// Why.
    pub reason: String,
}

/// More time that was given. It tells nothing of a draft's content, which is its authors' alone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Extension {
    /// The application.
    pub id: ApplicationId,
    /// Its number for people.
    pub reference: Reference,
    /// The last day.
    pub until: Day,
}

impl View for Extension {}

/// A fault the machine had found when a person looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MachineFinding {
    /// Where.
    pub pointer: String,
    /// Its code.
    pub code: String,
}

/// What the machine finds now: rules that are broken, and things a person should look at.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MachineCheck {
    /// The application.
    pub application_id: ApplicationId,
    /// Broken rules, E101 to E117.
    pub faults: Vec<ProblemFault>,
    /// Things to look at: W201 a text that was handed in before, W202 the same person, W203 the same account.
    pub warnings: Vec<ProblemFault>,
    /// The points the first person ticks off.
    pub checklist: Vec<ChecklistItem>,
}

impl View for MachineCheck {}

/// A point to tick off.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChecklistItem {
    /// Its short code.
    pub code: String,
    /// What to look at.
    pub label: String,
}

/// A reminder that was sent: once for each last day there was.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = reminders)]
pub struct Reminder {
    /// `application` for a draft, `correction_request` for a notice to supplement.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// The last day it was about.
    pub due_on: Day,
    /// So many days before it.
    pub days_before: i32,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// When.
    pub sent_at: Timestamp,
}
