//! Ties between experts and applications.

use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    db::schema::conflicts,
    kernel::{
        ids::{ApplicationId, ConflictId, ExpertId, ProgrammeId, UserId},
        time::Timestamp,
    },
};

/// Why an expert must not score an application.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = conflicts)]
pub struct Conflict {
    pub id: ConflictId,
    pub programme_id: ProgrammeId,
    pub application_id: ApplicationId,
    pub expert_id: ExpertId,
    pub kind: String,
    pub evidence: String,
    pub declared_by: UserId,
    pub created_at: Timestamp,
}

/// A conflict to declare.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecusal {
    /// What kind of tie, in a word.
    pub kind: String,
    /// In your words.
    #[serde(default)]
    pub evidence: String,
}
