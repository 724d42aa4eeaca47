//! What was signed, and why it was opened again.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::schema::{review_versions, supervisor_notes},
    http::View,
    kernel::{
        ids::{ProgrammeId, ReviewId, SupervisorNoteId, UserId},
        money::Money,
        score::Score,
        time::Timestamp,
    },
};

/// A signed version of a sheet as it is kept.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = review_versions)]
pub struct SignedVersion {
    /// The sheet.
    pub review_id: ReviewId,
    /// Counted from 1.
    pub number: i32,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// JSON: criterion code → mark.
    pub marks: String,
    /// JSON: criterion code → comment.
    pub mark_comments: String,
    /// What the expert would give.
    pub suggested_amount: Option<Money>,
    /// For the applicant.
    pub comment: String,
    /// For the office.
    pub staff_comment: String,
    /// Σ marks.
    pub total: Score,
    /// The text that was signed.
    pub signed: String,
    /// Its SHA-256.
    pub digest: String,
    /// When.
    pub signed_at: Timestamp,
}

/// Why a signed sheet should be opened again.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = supervisor_notes)]
pub struct SupervisorNote {
    /// Its id.
    pub id: SupervisorNoteId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The sheet.
    pub review_id: ReviewId,
    /// In words.
    pub reason: String,
    /// The supervisor.
    pub written_by: UserId,
    /// When.
    pub written_at: Timestamp,
    /// The chair who opened the sheet on it; none: nobody yet.
    pub used_by: Option<UserId>,
    /// When.
    pub used_at: Option<Timestamp>,
    /// The signed version that it opened.
    pub opened: Option<i32>,
}

impl View for SupervisorNote {}

/// A note to write.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSupervisorNote {
    /// Why the sheet should be opened again, in at least ten characters.
    pub reason: String,
}

/// On which note a sheet is opened again.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReopening {
    /// A note on this sheet that was not used yet.
    pub note_id: SupervisorNoteId,
}

/// What was signed, so that anybody who sees the sheet can compute its digest.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SheetSignature {
    /// The sheet.
    pub review_id: ReviewId,
    /// Which signature of the sheet, counted from 1.
    pub number: i32,
    /// The text that was signed.
    pub signed: String,
    /// Its SHA-256 in lower-case hex.
    pub digest: String,
    /// When.
    pub signed_at: Timestamp,
    /// The sheet as it is stored now still has this digest.
    pub intact: bool,
    /// The chair who locked it; for the office alone.
    pub locked_by: Option<UserId>,
    /// When; for the office alone.
    pub locked_at: Option<Timestamp>,
}

impl View for SheetSignature {}

/// One place where two signed versions differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SheetDifference {
    /// JSON pointer to it.
    pub pointer: String,
    /// What stood there.
    pub before: Option<String>,
    /// What stands there.
    pub after: Option<String>,
}

/// A signed version of a sheet as the office sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SheetVersion {
    /// Counted from 1.
    pub number: i32,
    /// The marks.
    #[schema(value_type = Object)]
    pub marks: BTreeMap<String, Score>,
    /// What is said of single marks.
    #[schema(value_type = Object)]
    pub mark_comments: BTreeMap<String, String>,
    /// What the expert would give.
    pub suggested_amount: Option<Money>,
    /// For the applicant.
    pub comment: String,
    /// For the office.
    pub staff_comment: String,
    /// Σ marks.
    pub total: Score,
    /// SHA-256 over what was signed.
    pub digest: String,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Where it differs from the version before.
    pub differences: Vec<SheetDifference>,
    /// The note on which it was opened again, with who did it and when; none: it was not.
    pub opened_on: Option<SupervisorNote>,
}

/// The history of a sheet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SheetHistory {
    /// The sheet.
    pub review_id: ReviewId,
    /// Every version that was signed, in order.
    pub versions: Vec<SheetVersion>,
    /// Notes that nobody has used yet.
    pub notes: Vec<SupervisorNote>,
}

impl View for SheetHistory {}
