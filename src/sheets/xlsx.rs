//! Reading the first sheet of an XLSX file, cell by cell.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};

use super::{Builder, Content, FlawKind, Sheet, SheetFault};
use crate::kernel::archive::{ArchiveFault, ArchiveLimits, check_archive};

pub fn read(bytes: &[u8]) -> Result<Sheet, SheetFault> {
    check_archive(Cursor::new(bytes), &ArchiveLimits::default()).map_err(|fault| match fault {
        ArchiveFault::Damaged(reason) => SheetFault::Unreadable(reason),
        other => SheetFault::Unsafe(other),
    })?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error: XlsxError| unreadable(&error))?;
    let first = book.sheet_names().into_iter().next().ok_or(SheetFault::Empty)?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(|error| unreadable(&error))?;
    let mut builder = Builder::default();
    while let Some(cell) = cells.next_cell_with_formula().map_err(|error| unreadable(&error))? {
        let (row, column) = cell.pos;
        let (row, column) = (row.saturating_add(1), usize::try_from(column).unwrap_or(usize::MAX));
        let shown = shown(&cell.value);
        if row == 1 {
            builder.name(column, shown.as_deref().unwrap_or_default())?;
            continue;
        }
        let content = match (&cell.formula, &shown) {
            (Some(_), _) => Content::Flaw(FlawKind::Formula),
            (None, None) => Content::Flaw(FlawKind::Error),
            (None, Some(text)) => Content::Text(text),
        };
        builder.cell(row, column, content)?;
    }
    builder.finish()
}

fn unreadable(error: &XlsxError) -> SheetFault {
    SheetFault::Unreadable(error.to_string())
}

/// The cell as a person sees it; none for an error such as `#REF!`.
fn shown<'a>(value: &'a DataRef<'_>) -> Option<std::borrow::Cow<'a, str>> {
    Some(match value {
        DataRef::Empty => "".into(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.as_str().into()
        }
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Int(number) => number.to_string().into(),
        DataRef::Float(number) => number_as_seen(*number).into(),
        DataRef::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.into(),
        DataRef::DateTime(moment) => moment_as_seen(moment).into(),
        DataRef::Error(_) => return None,
    })
}

/// With the fifteen digits that a spreadsheet shows at most: 0.1 + 0.2 is 0.3, and 50000.0 is 50000.
pub(super) fn number_as_seen(number: f64) -> String {
    let rounded = format!("{number:.14e}").parse::<f64>().unwrap_or(number);
    // `-0` is a zero like any other.
    if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }
}

fn moment_as_seen(moment: &ExcelDateTime) -> String {
    if moment.is_duration() {
        return number_as_seen(moment.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        date
    } else {
        format!("{date}T{hour:02}:{minute:02}:{second:02}")
    }
}
