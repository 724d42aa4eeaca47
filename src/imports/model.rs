//! Imports as they are stored and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::column,
        private::{ImportFaultParams, Private},
        schema::{import_faults, imports},
    },
    http::Versioned,
    kernel::{
        ids::{ImportId, ProgrammeId, RoundId, UserId},
        time::Timestamp,
    },
};

/// What a sheet brings.
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
pub enum ImportKind {
    /// Applications of an open round.
    Applications,
    /// Projects of earlier years.
    TrackRecords,
}

/// Where an import is.
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
pub enum ImportState {
    /// Its rows are being looked at.
    Checking,
    /// Every row was looked at; it can be confirmed if none has a fault.
    Checked,
    /// Confirmed; its rows are being written.
    Importing,
    /// All rows are there.
    Imported,
    /// The work was given up; nothing was written.
    Failed,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{ImportKind, ImportState, column};

    column!(ImportKind as Text);
    column!(ImportState as Text);
}

/// An import.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = imports)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round, for applications.
    pub round_id: Option<RoundId>,
    /// What it brings.
    pub kind: ImportKind,
    /// Where it is.
    pub state: ImportState,
    /// The media type of the file.
    pub media: String,
    /// SHA-256 of the file.
    pub digest: String,
    /// How many rows it has.
    pub row_count: i32,
    /// How many faults were found.
    pub fault_count: i32,
    /// Who uploaded it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Last changed.
    pub updated_at: Timestamp,
    /// Who confirmed it.
    pub confirmed_by: Option<UserId>,
    /// When.
    pub confirmed_at: Option<Timestamp>,
    /// Counts the changes of its state.
    pub version: i32,
}

/// A fault as it is stored: its sentence is made when it is shown, in the reader's language.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = import_faults)]
pub struct FaultRow {
    /// The import.
    pub import_id: ImportId,
    /// 0, 1, 2 … in the order of the rows.
    pub position: i32,
    /// The row as the spreadsheet counts it.
    pub row_number: i32,
    /// The column, where it is one's.
    pub column_code: Option<String>,
    /// The stable code.
    pub code: String,
    /// The values of its sentence, as JSON.
    pub params: Private<ImportFaultParams>,
}

/// A fault as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportFault {
    /// The row as the spreadsheet counts it; the header is 1.
    pub row: i32,
    /// The code of the column; absent where it is the whole row's.
    pub column: Option<String>,
    /// The stable code.
    pub code: String,
    /// What is wrong there and what to do next.
    pub detail: String,
}

/// How far the work on an import is.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Progress {
    /// So many parts are done.
    pub done: i32,
    /// Of so many; 0 before the work begins.
    pub total: i32,
}

/// The first rows of a sheet.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// The codes of the columns, in the sheet's order.
    pub columns: Vec<String>,
    /// The texts of the first rows.
    pub rows: Vec<Vec<String>>,
}

/// An import as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportView {
    /// The import.
    #[serde(flatten)]
    pub import: Import,
    /// How far the work is.
    pub progress: Progress,
    /// The first rows.
    pub preview: Preview,
    /// The first faults; the others are at `faults`.
    pub faults: Vec<ImportFault>,
    /// Once it is imported: the references of its applications, in the order of the rows.
    pub references: Vec<String>,
}

impl Versioned for ImportView {
    fn version(&self) -> i32 {
        self.import.version
    }
}
