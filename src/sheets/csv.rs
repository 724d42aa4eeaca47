//! Reading CSV as offices make it: UTF-8 (with or without its mark) or GB18030, separated by comma, semicolon or tab.

use std::borrow::Cow;

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::GB18030;

use super::{Builder, Content, Sheet, SheetFault};

pub fn read(bytes: &[u8]) -> Result<Sheet, SheetFault> {
    let text = decode(bytes)?;
    let header = text.lines().find(|line| !line.trim().is_empty()).ok_or(SheetFault::Empty)?;
    if ends_within_quotes(&text, separator(header)) {
        return Err(SheetFault::Unreadable("a quotation mark is not closed; the file is cut off".to_owned()));
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(separator(header))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut builder = Builder::default();
    let mut record = ByteRecord::new();
    let mut number = 0u32;
    while reader.read_byte_record(&mut record).map_err(|error| SheetFault::Unreadable(error.to_string()))? {
        number = number.saturating_add(1);
        for (column, cell) in record.iter().enumerate() {
            // The whole text is UTF-8 and is only cut at ASCII characters.
            let cell =
                std::str::from_utf8(cell).map_err(|error| SheetFault::Unreadable(error.to_string()))?;
            if number == 1 {
                builder.name(column, cell)?;
            } else {
                builder.cell(number, column, Content::Text(cell))?;
            }
        }
    }
    builder.finish()
}

/// Strict: a byte that means nothing is told with its line.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, SheetFault> {
    let marked = bytes.strip_prefix(b"\xef\xbb\xbf");
    let text = std::str::from_utf8(marked.unwrap_or(bytes));
    match (text, marked) {
        // A zero byte is UTF-16 or no text at all.
        _ if bytes.contains(&0) => {
            Err(SheetFault::Encoding(line_of(bytes, bytes.iter().position(|byte| *byte == 0))))
        }
        (Ok(text), _) => Ok(text.into()),
        (Err(error), Some(rest)) => Err(SheetFault::Encoding(line_of(rest, Some(error.valid_up_to())))),
        (Err(_), None) => GB18030
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| SheetFault::Encoding(undecodable_line(bytes))),
    }
}

fn line_of(bytes: &[u8], place: Option<usize>) -> usize {
    let before = bytes.get(..place.unwrap_or_default()).unwrap_or_default();
    before.split(|byte| *byte == b'\n').count()
}

/// No character of GB18030 has a line break among its bytes.
fn undecodable_line(bytes: &[u8]) -> usize {
    let is_text = |line: &[u8]| GB18030.decode_without_bom_handling_and_without_replacement(line).is_some();
    bytes.split(|byte| *byte == b'\n').position(|line| !is_text(line)).unwrap_or_default() + 1
}

/// What the header is separated by, outside of quotation marks; a comma where nothing separates.
fn separator(header: &str) -> u8 {
    let mut counts = [(b',', 0u32), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        for (separator, count) in &mut counts {
            *count += u32::from(byte == *separator && !quoted);
        }
    }
    // The first of equals: a comma.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| separator)
}

/// True for a text that ends within a quoted cell.
fn ends_within_quotes(text: &str, separator: u8) -> bool {
    let (mut quoted, mut at_start) = (false, true);
    for byte in text.bytes() {
        if quoted {
            // A doubled mark closes and opens again.
            quoted = byte != b'"';
            at_start = byte == b'"';
        } else if byte == b'"' && at_start {
            quoted = true;
        } else {
            at_start = byte == separator || byte == b'\n' || byte == b'\r';
        }
    }
    quoted
}
