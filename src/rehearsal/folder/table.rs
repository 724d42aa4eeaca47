//! One CSV file: its header by name, its rows with their line numbers, its faults collected.

use std::{collections::BTreeMap, fmt::Display, path::Path, str::FromStr};

use csv::{ReaderBuilder, StringRecord, Trim};

use super::{Fault, Faults, text};

/// A file that was read as a whole.
pub struct Table {
    file: &'static str,
    columns: BTreeMap<String, usize>,
    rows: Vec<(u64, StringRecord)>,
}

impl Table {
    /// Reads the file. What is wrong with it goes to `faults`; further columns are left aside.
    pub fn read(directory: &Path, file: &'static str, required: &[&str], faults: &mut Faults) -> Self {
        let mut table = Self { file, columns: BTreeMap::new(), rows: Vec::new() };
        let Some(content) = text(directory, file, faults) else { return table };
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(content.as_bytes());
        match reader.headers() {
            Ok(header) => {
                for (index, name) in header.iter().enumerate() {
                    if table.columns.insert(name.to_owned(), index).is_some() && !name.is_empty() {
                        faults.push(Fault::new(file, 1, format!("the column {name} is there twice")));
                    }
                }
            }
            Err(error) => faults.push(fault(file, &error)),
        }
        let missing: Vec<&str> =
            required.iter().copied().filter(|name| !table.columns.contains_key(*name)).collect();
        if !missing.is_empty() {
            faults.push(Fault::new(file, 1, format!("missing columns: {}", missing.join(", "))));
            // Every cell of the column would be told as well.
            return table;
        }
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    table.rows.push((line, record));
                }
                Err(error) => faults.push(fault(file, &error)),
            }
        }
        table
    }

    /// Each row through `make`; a row of which something obligatory cannot be read is a fault and left out.
    pub fn each<T>(&self, faults: &mut Faults, mut make: impl FnMut(&mut Cells<'_>) -> Option<T>) -> Vec<T> {
        let mut rows = Vec::with_capacity(self.rows.len());
        for (line, record) in &self.rows {
            let mut cells = Cells { table: self, line: *line, record, faults };
            rows.extend(make(&mut cells));
        }
        rows
    }
}

fn fault(file: &'static str, error: &csv::Error) -> Fault {
    let line = error.position().map_or(1, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells where the header has {expected_len}")
        }
        _ => error.to_string(),
    };
    Fault::new(file, line, message)
}

/// The cells of one row.
pub struct Cells<'a> {
    table: &'a Table,
    /// Where the row stands.
    pub line: u64,
    record: &'a StringRecord,
    faults: &'a mut Faults,
}

impl Cells<'_> {
    /// The text of a cell; empty where the column or the cell is.
    #[must_use]
    pub fn text(&self, column: &str) -> String {
        let index = self.table.columns.get(column);
        index.and_then(|index| self.record.get(*index)).unwrap_or_default().to_owned()
    }

    /// The text of a cell that must not be empty.
    pub fn required(&mut self, column: &str) -> Option<String> {
        let text = self.text(column);
        if text.is_empty() {
            self.complain(format!("{column} is empty"));
            return None;
        }
        Some(text)
    }

    /// The value of a cell that must not be empty.
    pub fn value<T: FromStr<Err: Display>>(&mut self, column: &str) -> Option<T> {
        let text = self.required(column)?;
        self.parsed(column, &text)
    }

    /// The value of a cell that may be empty. The outer `None` is a fault.
    #[expect(clippy::option_option, reason = "empty and unreadable are two things")]
    pub fn optional<T: FromStr<Err: Display>>(&mut self, column: &str) -> Option<Option<T>> {
        let text = self.text(column);
        if text.is_empty() { Some(None) } else { self.parsed(column, &text).map(Some) }
    }

    fn parsed<T: FromStr<Err: Display>>(&mut self, column: &str, text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.complain(format!("{column} = {text:?}: {error}"));
                None
            }
        }
    }

    /// A fault of this row.
    pub fn complain(&mut self, message: impl Into<String>) {
        self.faults.push(Fault::new(self.table.file, self.line, message));
    }
}
