//! Writing sheets: XLSX and CSV with the same cells, none of which can be a formula (trust.md §5, number 48).

use csv::{Terminator, WriterBuilder};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::{CSV, MAX_CELL, XLSX};
use crate::{
    error::Error,
    kernel::{money::Money, text::is_deceptive},
};

/// What goes into a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Blank,
    /// Text, days and numbers for people.
    Text(String),
    /// A count.
    Count(i64),
    /// Yuan with two decimals.
    Money(Money),
}

impl Value {
    /// Text of anything that prints, blank for what is not there.
    pub fn of(value: Option<impl std::fmt::Display>) -> Self {
        value.map_or(Self::Blank, |value| Self::Text(value.to_string()))
    }
}

/// True for text that a spreadsheet might compute: it begins with `=`, `+`, `-`, `@` (or their full-width twins, which
/// some versions read alike), a tab, a line break or a zero byte.
pub(super) fn starts_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n', '\0'])
}

/// Characters that are not seen and that a reader may drop, such as a second byte-order mark.
fn is_passed_over(c: char) -> bool {
    is_deceptive(c) && !c.is_control()
}

/// The text with a mark before it that makes it text and nothing else. Blanks and invisible characters at the start
/// would hide what comes after them from this test but not from every spreadsheet, so they go.
pub(super) fn guarded(text: &str) -> String {
    let text: String =
        text.trim_start_matches(|c| c == ' ' || is_passed_over(c)).chars().take(MAX_CELL - 1).collect();
    if starts_a_formula(&text) { format!("'{text}") } else { text }
}

/// Writes a sheet row by row.
pub struct Writer {
    out: Out,
}

enum Out {
    Csv(Box<csv::Writer<Vec<u8>>>),
    Xlsx(Box<Book>),
}

struct Book {
    workbook: Workbook,
    row: u32,
    money: Format,
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::internal(error)
}

impl Writer {
    /// A sheet with these names of its columns, as `media`: [`XLSX`] or, for anything else, [`CSV`].
    pub fn new(media: &str, header: &[String]) -> Result<Self, Error> {
        let out = if media == XLSX {
            let mut book = Workbook::new();
            // Rows go to a temporary file as they come: 100,000 of them would fill the memory.
            let sheet = book.add_worksheet_with_constant_memory().map_err(failed)?;
            write_header(sheet, header).map_err(failed)?;
            Out::Xlsx(Box::new(Book {
                workbook: book,
                row: 0,
                money: Format::new().set_num_format("#,##0.00"),
            }))
        } else {
            // Without its mark Excel takes UTF-8 for the system's encoding.
            let mut writer =
                WriterBuilder::new().terminator(Terminator::CRLF).from_writer(b"\xef\xbb\xbf".to_vec());
            writer.write_record(header.iter().map(|name| guarded(name))).map_err(failed)?;
            Out::Csv(Box::new(writer))
        };
        Ok(Self { out })
    }

    /// The media type that is written.
    #[must_use]
    pub fn media(&self) -> &'static str {
        match self.out {
            Out::Csv(_) => CSV,
            Out::Xlsx(_) => XLSX,
        }
    }

    /// The next row.
    pub fn row(&mut self, cells: &[Value]) -> Result<(), Error> {
        match &mut self.out {
            Out::Csv(writer) => {
                let texts = cells.iter().map(|cell| match cell {
                    Value::Blank => String::new(),
                    Value::Text(text) => guarded(text),
                    Value::Count(count) => guarded(&count.to_string()),
                    Value::Money(money) => guarded(&money.to_string()),
                });
                writer.write_record(texts).map_err(failed)
            }
            Out::Xlsx(book) => {
                book.row += 1;
                let (row, money) = (book.row, book.money.clone());
                let sheet = book.workbook.worksheet_from_index(0).map_err(failed)?;
                write_row(sheet, row, cells, &money).map_err(failed)
            }
        }
    }

    /// The whole file.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        match self.out {
            Out::Csv(writer) => writer.into_inner().map_err(failed),
            Out::Xlsx(mut book) => book.workbook.save_to_buffer().map_err(failed),
        }
    }
}

fn column_of(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

fn write_header(sheet: &mut Worksheet, header: &[String]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    sheet.set_freeze_panes(1, 0)?;
    for (index, name) in header.iter().enumerate() {
        // A Chinese character is two columns wide.
        let width = name.chars().map(|c| if c.is_ascii() { 1u16 } else { 2 }).sum::<u16>().clamp(12, 48);
        sheet.set_column_width(column_of(index), width)?;
        sheet.write_string_with_format(0, column_of(index), guarded(name), &bold)?;
    }
    Ok(())
}

fn write_row(sheet: &mut Worksheet, row: u32, cells: &[Value], money: &Format) -> Result<(), XlsxError> {
    for (index, cell) in cells.iter().enumerate() {
        let column = column_of(index);
        match cell {
            Value::Blank => {}
            Value::Text(text) => {
                sheet.write_string(row, column, guarded(text))?;
            }
            // Both are far below the 2^53 up to which these numbers are exact.
            Value::Count(count) => {
                sheet.write_number(row, column, count.to_string().parse::<f64>().unwrap_or_default())?;
            }
            Value::Money(amount) => {
                let yuan = amount.to_string().parse::<f64>().unwrap_or_default();
                sheet.write_number_with_format(row, column, yuan, money)?;
            }
        }
    }
    Ok(())
}

/// A sheet to be filled in: the header, one row as an example, and in XLSX a second sheet with the values a column
/// takes.
pub fn template(
    media: &str,
    header: &[String],
    example: &[Value],
    allowed: &[(String, Vec<String>)],
) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::new(media, header)?;
    writer.row(example)?;
    if let Out::Xlsx(book) = &mut writer.out {
        let sheet = book.workbook.add_worksheet();
        sheet.set_name("可选值 values").map_err(failed)?;
        let names: Vec<String> = allowed.iter().map(|(name, _)| name.clone()).collect();
        write_header(sheet, &names).map_err(failed)?;
        for (index, (_, values)) in allowed.iter().enumerate() {
            for (row, value) in (1u32..).zip(values) {
                sheet.write_string(row, column_of(index), guarded(value)).map_err(failed)?;
            }
        }
    }
    writer.finish()
}
