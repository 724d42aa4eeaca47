//! Which column of a sheet is which.

use crate::{
    error::{Error, Fault, codes},
    kernel::text::fold,
};

/// A column of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its stable code.
    pub code: String,
    /// Its name for people.
    pub label: String,
    /// True where the sheet must have it.
    pub is_required: bool,
    /// What stands in the example.
    pub example: String,
    /// What may stand in it, where that is a list.
    pub allowed: Vec<String>,
}

impl Column {
    /// A column that may be left out.
    #[must_use]
    pub fn new(code: impl Into<String>, label: impl Into<String>, example: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            label: label.into(),
            is_required: false,
            example: example.into(),
            allowed: Vec::new(),
        }
    }

    /// The same as one the sheet must have.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// The same with the values it takes.
    #[must_use]
    pub fn one_of(mut self, allowed: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed = allowed.into_iter().map(Into::into).collect();
        self
    }

    /// What stands at its head: `项目名称 (title)`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} ({})", self.label, self.code)
    }

    /// Any of its names, however it is typed.
    fn is_called(&self, name: &str) -> bool {
        let name = fold(name);
        [self.name().as_str(), &self.label, &self.code].iter().any(|own| fold(own) == name)
    }
}

/// The column at each place of the header, or everything that is wrong with the header.
pub fn places<'c>(header: &[String], columns: &'c [Column]) -> Result<Vec<Option<&'c Column>>, Error> {
    let mut faults = Vec::new();
    let mut found: Vec<Option<&Column>> = Vec::new();
    for name in header {
        let column = columns.iter().find(|column| column.is_called(name));
        match column {
            None if name.is_empty() => {}
            None => faults.push(Fault::new("", &codes::SHEET_COLUMN_UNKNOWN).with("column", name)),
            Some(column) if found.contains(&Some(column)) => {
                faults.push(Fault::new("", &codes::SHEET_COLUMN_TWICE).with("column", column.name()));
            }
            Some(_) => {}
        }
        found.push(column);
    }
    for column in columns.iter().filter(|column| column.is_required && !found.contains(&Some(*column))) {
        faults.push(Fault::new("", &codes::SHEET_COLUMN_MISSING).with("column", column.name()));
    }
    if faults.is_empty() { Ok(found) } else { Err(Error::invalid(faults)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> [Column; 2] {
        [Column::new("title", "项目名称", "").required(), Column::new("amount", "金额", "")]
    }

    fn codes_of(header: &[&str]) -> Vec<&'static str> {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let columns = columns();
        match places(&header, &columns) {
            Ok(_) => Vec::new(),
            Err(error) => error.faults.iter().map(|fault| fault.code.code).collect(),
        }
    }

    #[test]
    fn a_column_answers_to_all_its_names() {
        for name in ["项目名称 (title)", "项目名称", "TITLE", "项目名称（title）"] {
            assert!(codes_of(&["金额", "", name]).is_empty(), "{name}");
        }
    }

    #[test]
    fn everything_wrong_with_a_header_is_told_at_once() {
        assert_eq!(
            codes_of(&["金额", "备注", "amount"]),
            ["sheet.column_unknown", "sheet.column_twice", "sheet.column_missing"]
        );
    }
}
