//! What a sheet's columns are and what its cells mean. Pure.

mod applications;
mod cells;
mod columns;
mod track_records;

use crate::{
    error::{Code, Error, Fault, Params},
    kernel::role::Role,
    sheets::{FlawKind, Row, cell_name},
};

pub use applications::{ApplicationRow, columns as application_columns, read as read_application};
pub use cells::Cells;
pub use columns::{Column, places};
pub use track_records::{TrackRow, columns as track_record_columns, read as read_track_record};

/// Who may bring sheets in.
pub const IMPORTERS: &[Role] = &[Role::ProgramOfficer];

/// A fault in a row.
#[derive(Clone, Debug)]
pub struct RowFault {
    /// The row as the spreadsheet counts it.
    pub row: u32,
    /// The column, where it is one's.
    pub column: Option<String>,
    /// What is wrong.
    pub code: &'static Code,
    /// Values for its sentence.
    pub params: Params,
}

impl RowFault {
    /// A fault at a column, or at the whole row.
    #[must_use]
    pub fn new(row: u32, column: Option<&str>, code: &'static Code) -> Self {
        Self { row, column: column.map(str::to_owned), code, params: Vec::new() }
    }

    /// The same with one more value for its sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    /// The faults of a refused submission, each at the column that its pointer means.
    #[must_use]
    pub fn of_error(row: u32, error: &Error, columns: &[Column]) -> Vec<Self> {
        let place = |pointer: &str| {
            let mut parts = pointer.split('/').skip(1);
            let name = match parts.next().unwrap_or_default() {
                "organization_id" => "organization".to_owned(),
                "answers" => answer_column(parts.next().unwrap_or_default()),
                own => own.to_owned(),
            };
            columns.iter().find(|column| column.code == name).map(|column| column.code.clone())
        };
        if error.faults.is_empty() {
            return vec![Self { row, column: None, code: error.code, params: error.params.clone() }];
        }
        let each = |fault: &Fault| Self {
            row,
            column: place(&fault.pointer),
            code: fault.code,
            params: fault.params.clone(),
        };
        error.faults.iter().map(each).collect()
    }
}

/// The column of an answer to one of the form's own questions; a dot keeps it apart from the fixed ones.
#[must_use]
pub fn answer_column(field: &str) -> String {
    format!("answers.{field}")
}

/// The faults of cells that could not even be taken.
#[must_use]
pub fn flaws(row: &Row, header: &[Option<&Column>]) -> Vec<RowFault> {
    use crate::error::codes;

    row.flaws
        .iter()
        .map(|flaw| {
            let column = header.get(flaw.column).copied().flatten().map(|column| column.code.as_str());
            let cell = cell_name(flaw.column, row.number);
            let reason = match flaw.kind {
                FlawKind::Formula => {
                    return RowFault::new(row.number, column, &codes::SHEET_FORMULA).with("cell", cell);
                }
                FlawKind::Error => "#REF! / #N/A",
                FlawKind::Character => "U+202E, U+200B …",
                FlawKind::TooLong => "> 32,767",
                FlawKind::Beyond => "没有列名 / no column",
            };
            RowFault::new(row.number, column, &codes::SHEET_CELL).with("cell", cell).with("reason", reason)
        })
        .collect()
}

/// True for the row of the template that shows how to fill it in.
#[must_use]
pub fn is_example(row: &Row) -> bool {
    row.cells.iter().find(|cell| !cell.is_empty()).is_some_and(|cell| cell.starts_with(EXAMPLE))
}

/// What the first cell of an example begins with.
pub const EXAMPLE: &str = "示例";
