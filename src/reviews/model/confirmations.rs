//! The chair's word on flagged scores.

use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    db::schema::score_confirmations,
    kernel::{
        ids::{ApplicationId, ProgrammeId, ScoreConfirmationId, UserId},
        time::Timestamp,
    },
};

/// The chair's finding on a flagged score.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = score_confirmations)]
pub struct ScoreConfirmation {
    pub id: ScoreConfirmationId,
    pub programme_id: ProgrammeId,
    pub application_id: ApplicationId,
    /// How many sheets there were.
    pub reviews_counted: i32,
    pub reason: String,
    pub confirmed_by: UserId,
    pub confirmed_at: Timestamp,
    /// SHA-256 over the sheets and their totals: another one asks for a new confirmation.
    pub digest: String,
}

/// Why a flagged score stands.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConfirmation {
    /// In the chair's words.
    pub reason: String,
}
