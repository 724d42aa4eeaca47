//! What people write into cells, read as what they mean. Each reader tells its fault at its column.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use super::{Column, RowFault};
use crate::{error::codes, kernel::money::Money, programmes::Choice, sheets::Row};

/// The cells of one row by the codes of their columns, and what was wrong with them.
pub struct Cells<'a> {
    row: &'a Row,
    header: &'a [Option<&'a Column>],
    /// What was found so far.
    pub faults: Vec<RowFault>,
}

impl<'a> Cells<'a> {
    /// The cells of `row` under this header.
    #[must_use]
    pub fn new(row: &'a Row, header: &'a [Option<&'a Column>]) -> Self {
        Self { row, header, faults: super::flaws(row, header) }
    }

    /// The text of a column; nothing where the sheet has no such column or nothing stands there.
    #[must_use]
    pub fn text(&self, code: &str) -> Option<&'a str> {
        let place = self.header.iter().position(|column| column.is_some_and(|column| column.code == code))?;
        self.row.cells.get(place).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// Whether something is wrong with the column already.
    fn has_fault(&self, code: &str) -> bool {
        self.faults.iter().any(|fault| fault.column.as_deref() == Some(code))
    }

    /// The text of a column that must be filled in.
    pub fn required(&mut self, code: &str) -> Option<&'a str> {
        let text = self.text(code);
        if text.is_none() && !self.has_fault(code) {
            self.faults.push(RowFault::new(self.row.number, Some(code), &codes::FIELD_REQUIRED));
        }
        text
    }

    /// A text of at most `max` characters.
    pub fn bounded(&mut self, code: &str, max: usize) -> Option<String> {
        let text = self.text(code)?;
        if text.chars().count() > max {
            let fault = RowFault::new(self.row.number, Some(code), &codes::FIELD_TOO_LONG).with("max", max);
            self.faults.push(fault);
        }
        Some(text.to_owned())
    }

    /// The cell as what `read` makes of it.
    pub fn parsed<T>(&mut self, code: &str, expected: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(code)?;
        let value = read(text);
        if value.is_none() {
            self.refuse(code, format!("{text} — {expected}"));
        }
        value
    }

    /// A fault at a column.
    pub fn refuse(&mut self, code: &str, reason: impl std::fmt::Display) {
        let fault = RowFault::new(self.row.number, Some(code), &codes::FIELD_INVALID).with("reason", reason);
        self.faults.push(fault);
    }

    /// Yuan: `50000`, `50,000.00`, `￥50000`, `50000元`.
    pub fn money(&mut self, code: &str) -> Option<Money> {
        self.parsed(code, "50000.00", money)
    }

    /// A day: `2011-06-01`, `2011/6/1`, `2011.6.1`, `2011年6月1日`.
    pub fn day(&mut self, code: &str) -> Option<NaiveDate> {
        self.parsed(code, "2011-06-01", day)
    }

    /// Heads: `120`, `1,200`, `120人`.
    pub fn count(&mut self, code: &str) -> Option<u32> {
        self.parsed(code, "120", |text| {
            let text = plain(text);
            ungrouped(text.strip_suffix('人').unwrap_or(&text))?.parse().ok()
        })
    }

    /// A whole number: `-3`, `1,200`.
    pub fn integer(&mut self, code: &str) -> Option<i64> {
        self.parsed(code, "120", |text| {
            let text = plain(text);
            match text.strip_prefix('-') {
                Some(digits) => ungrouped(digits)?.parse::<i64>().ok().map(|number| -number),
                None => ungrouped(&text)?.parse().ok(),
            }
        })
    }

    /// One or some of the options of a question, by code or by label, parted by a comma or by 、.
    pub fn options(&mut self, code: &str, options: &[Choice]) -> Option<Vec<String>> {
        let expected: Vec<&str> = options.iter().map(|option| option.label.as_str()).collect();
        self.parsed(code, &expected.join(" / "), |text| {
            // A label may have a comma of its own.
            if let Some(one) = options.iter().find(|option| option.label == text) {
                return Some(vec![one.code.clone()]);
            }
            text.split(['、', ',', '，', ';', '；'])
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| {
                    let chosen = options.iter().find(|option| option.code == part || option.label == part);
                    chosen.map(|option| option.code.clone())
                })
                .collect()
        })
    }

    /// One of a list of words, each with its code.
    pub fn word<T: Copy>(&mut self, code: &str, words: &[(T, &str, &str)]) -> Option<T> {
        let expected: Vec<&str> = words.iter().map(|(_, _, label)| *label).collect();
        self.parsed(code, &expected.join(" / "), |text| {
            let text = plain(text);
            words.iter().find(|(_, word, label)| *word == text || *label == text).map(|(value, _, _)| *value)
        })
    }
}

/// Full-width digits and signs as plain ones, without blanks.
fn plain(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// `50000.00` of `50,000.00`; nothing where a comma stands anywhere but before three digits.
fn ungrouped(text: &str) -> Option<String> {
    let (whole, decimals) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let is_grouped = whole.contains(',');
    let fits = is_digits(first)
        && (!is_grouped || (1..=3).contains(&first.len()))
        && groups.all(|group| group.len() == 3 && is_digits(group));
    let decimals = decimals.map(|rest| format!(".{rest}")).unwrap_or_default();
    fits.then(|| format!("{}{decimals}", whole.replace(',', "")))
}

fn money(text: &str) -> Option<Money> {
    let text = plain(text);
    let text = text.trim_start_matches(['¥', '￥']);
    ungrouped(text.strip_suffix('元').unwrap_or(text))?.parse().ok()
}

fn day(text: &str) -> Option<NaiveDate> {
    let text = plain(text).replace(['年', '月', '/', '.'], "-");
    let text = text.strip_suffix(['日', '号']).unwrap_or(&text);
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_as_offices_write_it() {
        for (text, fen) in [
            ("50000", 5_000_000),
            ("50,000.00", 5_000_000),
            ("￥50000", 5_000_000),
            ("¥ 1,234,567.8", 123_456_780),
            ("５００元", 50_000),
            ("0.3", 30),
        ] {
            assert_eq!(money(text), Some(Money::from_fen(fen)), "{text}");
        }
        for text in
            ["5万", "50,00", "5,0000", ",500", "-1", "0.001", "1e3", "NaN", "", "1000000000000", "50.000,00"]
        {
            assert_eq!(money(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_read_as_offices_write_them() {
        let expected = NaiveDate::from_ymd_opt(2011, 6, 1);
        for text in ["2011-06-01", "2011/6/1", "2011.6.1", "2011年6月1日", "2011年06月01号"] {
            assert_eq!(day(text), expected, "{text}");
        }
        for text in
            ["2011-13-01", "11-06-01", "40695", "2011-06", "2011-02-29", "0000-00-00", "2011-06-01T08:00:00"]
        {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
