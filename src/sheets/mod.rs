//! Sheets (表格): XLSX and CSV read as a person sees them, and written so that no cell can be a formula.
//!
//! A sheet from outside is hostile input (trust.md §5, numbers 48, 62, 63): an XLSX file is first inflated member by
//! member and counted, and nothing of it is believed before. What is wrong with the whole file is a [`SheetFault`]; what
//! is wrong with one cell is a [`Flaw`] at that cell, so that all of them can be told at once.
//!
//! Invariants: a cell that was read has no control or deceptive character and at most [`MAX_CELL`] characters; the value
//! that a formula left behind is never taken; no cell that is written begins with a character that starts a formula.

pub mod book;
mod csv;
mod write;
mod xlsx;

use serde::{Deserialize, Serialize};

pub use write::{Value, Writer, template};

use crate::{
    error::{Error, codes},
    kernel::{archive::ArchiveFault, text::is_deceptive},
};

/// The media type of XLSX.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The media type of CSV.
pub const CSV: &str = "text/csv";

/// The most rows below the header.
pub const MAX_ROWS: usize = 10_000;
/// The most columns.
pub const MAX_COLUMNS: usize = 100;
/// The most characters in a cell, which is Excel's own limit.
pub const MAX_CELL: usize = 32_767;
/// The most text in a sheet, in bytes: one long text may stand in many cells and be stored once in the file.
const MAX_TEXT: usize = 16 * 1024 * 1024;

/// A sheet: what stands in its first row, and the rows below that hold anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows below, without the empty ones.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its number as the spreadsheet shows it: the header is 1. In CSV it counts records.
    pub number: u32,
    /// One text a column, as a person sees it.
    pub cells: Vec<String>,
    /// Cells that cannot be taken; they are empty in `cells`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaws: Vec<Flaw>,
}

/// What is wrong with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flaw {
    /// Its column, from 0.
    pub column: usize,
    /// What is wrong.
    pub kind: FlawKind,
}

/// Why a cell cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlawKind {
    /// It is computed; what it shows depends on what somebody else's program made of it.
    Formula,
    /// It shows an error such as `#REF!`.
    Error,
    /// It holds characters that are not seen.
    Character,
    /// It is longer than a cell can be.
    TooLong,
    /// It stands to the right of the header.
    Beyond,
}

/// What is wrong with a whole file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SheetFault {
    /// It is not of the type it was sent as, or it is cut off.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// An archive that is larger inside than it may be, or holds what a sheet does not.
    #[error("the file is not safe to open: {0}")]
    Unsafe(ArchiveFault),
    /// More than the limits above.
    #[error("the sheet has more than {0}")]
    TooLarge(&'static str),
    /// Text that is neither UTF-8 nor GB18030.
    #[error("line {0} is neither UTF-8 nor GB18030")]
    Encoding(usize),
    /// No header, or no row below it.
    #[error("the sheet is empty")]
    Empty,
}

impl From<SheetFault> for Error {
    fn from(fault: SheetFault) -> Self {
        match fault {
            SheetFault::Unreadable(reason) => Self::new(&codes::SHEET_UNREADABLE).with("reason", reason),
            SheetFault::Unsafe(reason) => Self::new(&codes::SHEET_UNSAFE).with("reason", reason),
            SheetFault::TooLarge(limit) => Self::new(&codes::SHEET_TOO_LARGE).with("limit", limit),
            SheetFault::Encoding(line) => Self::new(&codes::SHEET_ENCODING).with("line", line),
            SheetFault::Empty => Self::new(&codes::SHEET_EMPTY),
        }
    }
}

/// Reads a file of this media type ([`XLSX`] or [`CSV`]).
pub fn read(bytes: &[u8], media: &str) -> Result<Sheet, SheetFault> {
    let work = || match media {
        XLSX => xlsx::read(bytes),
        CSV => csv::read(bytes),
        _ => Err(SheetFault::Unreadable(media.to_owned())),
    };
    // The reader of a foreign format may stumble over a file that was made to trip it.
    std::panic::catch_unwind(work).unwrap_or_else(|_| Err(SheetFault::Unreadable("format".to_owned())))
}

/// `B7` of column 1 and row 7.
#[must_use]
pub fn cell_name(column: usize, row: u32) -> String {
    let mut letters = String::new();
    let mut rest = column + 1;
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.insert(0, char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    format!("{letters}{row}")
}

/// Puts rows together cell by cell and watches over the limits.
#[derive(Default)]
struct Builder {
    header: Vec<String>,
    rows: Vec<Row>,
    text: usize,
}

impl Builder {
    /// A cell of the header.
    fn name(&mut self, column: usize, text: &str) -> Result<(), SheetFault> {
        if text.trim().is_empty() {
            return Ok(());
        }
        if column >= MAX_COLUMNS {
            return Err(SheetFault::TooLarge("100 columns"));
        }
        if self.header.len() <= column {
            self.header.resize(column + 1, String::new());
        }
        if let Some(name) = self.header.get_mut(column) {
            *name = text.trim().chars().filter(|c| !is_deceptive(*c)).take(200).collect();
        }
        Ok(())
    }

    /// A cell of a row below; rows come in order.
    fn cell(&mut self, number: u32, column: usize, content: Content<'_>) -> Result<(), SheetFault> {
        let content = match content {
            Content::Text(text) if text.trim().is_empty() => return Ok(()),
            Content::Text(text) => check_text(text),
            Content::Flaw(kind) => Err(kind),
        };
        if self.rows.last().is_none_or(|row| row.number != number) {
            if self.rows.len() == MAX_ROWS {
                return Err(SheetFault::TooLarge("10,000 rows"));
            }
            let cells = vec![String::new(); self.header.len()];
            self.rows.push(Row { number, cells, flaws: Vec::new() });
        }
        let Some(row) = self.rows.last_mut() else { return Ok(()) };
        match (content, row.cells.get_mut(column)) {
            (Ok(text), Some(cell)) => {
                self.text += text.len();
                if self.text > MAX_TEXT {
                    return Err(SheetFault::TooLarge("16 MiB"));
                }
                text.clone_into(cell);
            }
            (Err(kind), Some(_)) => row.flaws.push(Flaw { column, kind }),
            // One flaw to the right of the header says enough.
            (_, None) if row.flaws.iter().all(|flaw| flaw.kind != FlawKind::Beyond) => {
                row.flaws.push(Flaw { column, kind: FlawKind::Beyond });
            }
            (_, None) => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Sheet, SheetFault> {
        if self.header.is_empty() || self.rows.is_empty() {
            return Err(SheetFault::Empty);
        }
        Ok(Sheet { header: self.header, rows: self.rows })
    }
}

/// What stands in a cell.
#[derive(Clone, Copy)]
enum Content<'a> {
    Text(&'a str),
    Flaw(FlawKind),
}

/// The text without the mark that keeps it from being a formula, or why it cannot be taken.
fn check_text(text: &str) -> Result<&str, FlawKind> {
    let text = text.trim();
    if text.starts_with(['=', '＝']) {
        return Err(FlawKind::Formula);
    }
    // Characters, not bytes: a cell holds so many in Excel.
    if text.len() > MAX_CELL && text.chars().count() > MAX_CELL {
        return Err(FlawKind::TooLong);
    }
    if text.chars().any(is_deceptive) {
        return Err(FlawKind::Character);
    }
    Ok(match text.strip_prefix('\'') {
        Some(marked) if write::starts_a_formula(marked) => marked,
        _ => text,
    })
}

#[cfg(test)]
mod tests;
