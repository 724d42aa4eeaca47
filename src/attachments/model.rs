//! Files, as they are recorded and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{columns::column, schema::attachments},
    kernel::{
        ids::{AttachmentId, ProgrammeId, UserId},
        time::Timestamp,
    },
};

/// What kind of thing a file belongs to.
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
pub enum OwnerKind {
    /// An application.
    Application,
}

/// Whether it may be downloaded.
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
pub enum AttachmentState {
    /// It was scanned, or this installation does not scan.
    Clean,
    /// The scanner has not answered yet: nobody may download it, and it counts as missing.
    PendingScan,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{AttachmentState, OwnerKind, column};

    column!(OwnerKind as Text);
    column!(AttachmentState as Text);
}

/// A stored file. Its bytes lie in the vault under their SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = attachments)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// What it belongs to.
    pub owner_kind: OwnerKind,
    /// Which one.
    pub owner_id: String,
    /// The field of the form it answers.
    pub field: String,
    /// Its name for people.
    pub name: String,
    /// What it is, found out from its content.
    pub media_type: String,
    /// Its size.
    pub bytes: i64,
    /// The SHA-256 of what is stored.
    pub sha256: String,
    /// Whether it may be downloaded.
    pub state: AttachmentState,
    /// Who sent it.
    pub uploaded_by: UserId,
    /// When.
    pub uploaded_at: Timestamp,
    /// When it was taken out of what had been handed in before; such a file is kept but not shown.
    #[serde(skip)]
    pub deleted_at: Option<Timestamp>,
}

/// How many files a round takes, and how large (part of its policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AttachmentLimits {
    /// The largest file, in MiB.
    pub file_mib: u32,
    /// The most files of one application.
    pub files: u32,
    /// All files of one application together, in MiB.
    pub total_mib: u32,
}

impl Default for AttachmentLimits {
    fn default() -> Self {
        Self { file_mib: 20, files: 50, total_mib: 200 }
    }
}

impl AttachmentLimits {
    /// Whether somebody can have meant these numbers.
    #[must_use]
    pub fn are_sound(self) -> bool {
        (1..=1_000).contains(&self.file_mib)
            && (1..=100).contains(&self.files)
            && self.file_mib <= self.total_mib
            && self.total_mib <= 10_000
    }
}
