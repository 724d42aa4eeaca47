//! Working days as data: the State Council's tables for 2025 and 2026 are embedded (domain.md §6.1, sources S52 and
//! S53), an administrator may lay other tables over them; every other year follows the weekday rule and is
//! `provisional`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

/// `(first, last)` month-day pairs that are off.
type MonthDays = ((u32, u32), (u32, u32));

const OFF_2025: &[MonthDays] = &[
    ((1, 1), (1, 1)),
    ((1, 28), (2, 4)),
    ((4, 4), (4, 6)),
    ((5, 1), (5, 5)),
    ((5, 31), (6, 2)),
    ((10, 1), (10, 8)),
];
const WORK_2025: &[(u32, u32)] = &[(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)];
const OFF_2026: &[MonthDays] = &[
    ((1, 1), (1, 3)),
    ((2, 15), (2, 23)),
    ((4, 4), (4, 6)),
    ((5, 1), (5, 5)),
    ((6, 19), (6, 21)),
    ((9, 25), (9, 27)),
    ((10, 1), (10, 7)),
];
const WORK_2026: &[(u32, u32)] = &[(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)];

/// How the first day of a period is counted (domain.md §6.1).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rule {
    /// The first announced day is day 1.
    #[default]
    Inclusive,
    /// 民法典: the day of the event is not counted.
    NextDay,
}

/// Which days of a period are counted (domain.md §6.1).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Unit {
    /// 工作日.
    #[default]
    Working,
    /// 自然日.
    Calendar,
}

/// Days in a row, both ends counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
}

impl Span {
    fn holds(self, day: NaiveDate) -> bool {
        self.first <= day && day <= self.last
    }
}

/// What a year's notice says: which days are off, and which weekends are worked instead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct YearTable {
    /// 放假.
    pub off: Vec<Span>,
    /// 调休上班: Saturdays and Sundays that are worked.
    pub work: Vec<NaiveDate>,
}

impl YearTable {
    /// What is wrong with the table of `year`: the place below the table, and why.
    #[must_use]
    pub fn faults(&self, year: i32) -> Vec<(String, &'static str)> {
        let mut faults = Vec::new();
        let mut covered: Vec<Span> = Vec::new();
        for (index, span) in self.off.iter().enumerate() {
            if span.last < span.first {
                faults.push((format!("/off/{index}/last"), "first ≤ last"));
            } else if span.first.year() != year || span.last.year() != year {
                faults.push((format!("/off/{index}"), "days of this year"));
            } else if covered.iter().any(|other| span.first <= other.last && other.first <= span.last) {
                faults.push((format!("/off/{index}"), "no day twice"));
            }
            covered.push(*span);
        }
        let mut worked = BTreeSet::new();
        for (index, day) in self.work.iter().enumerate() {
            let reason = if day.year() != year {
                "a day of this year"
            } else if !is_weekend(*day) {
                "a Saturday or Sunday"
            } else if covered.iter().any(|span| span.holds(*day)) {
                "not off as well"
            } else if !worked.insert(*day) {
                "no day twice"
            } else {
                continue;
            };
            faults.push((format!("/work/{index}"), reason));
        }
        faults
    }
}

/// The table of a year and whether it was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Year {
    table: YearTable,
    published: bool,
}

/// Which days the offices work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i32, Year>,
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

impl Calendar {
    /// The State Council's tables.
    #[must_use]
    pub fn embedded() -> Self {
        let table = |year: i32, off: &[MonthDays], work: &[(u32, u32)]| {
            let day = |(month, day): (u32, u32)| NaiveDate::from_ymd_opt(year, month, day);
            let span = |(first, last): &MonthDays| Some(Span { first: day(*first)?, last: day(*last)? });
            YearTable {
                off: off.iter().filter_map(span).collect(),
                work: work.iter().filter_map(|date| day(*date)).collect(),
            }
        };
        let years = [(2025, table(2025, OFF_2025, WORK_2025)), (2026, table(2026, OFF_2026, WORK_2026))];
        let year = |table| Year { table, published: true };
        Self { years: years.into_iter().map(|(number, table)| (number, year(table))).collect() }
    }

    /// The same with another table of one year laid over it.
    #[must_use]
    pub fn with_year(mut self, year: i32, table: YearTable, published: bool) -> Self {
        self.years.insert(year, Year { table, published });
        self
    }

    /// The table of a year, where there is one.
    #[must_use]
    pub fn table(&self, year: i32) -> Option<&YearTable> {
        self.years.get(&year).map(|year| &year.table)
    }

    /// True where the year's table has been published.
    #[must_use]
    pub fn is_published(&self, year: i32) -> bool {
        self.years.get(&year).is_some_and(|year| year.published)
    }

    /// True where a period touches a year whose table has not been published: its end may still move.
    #[must_use]
    pub fn is_provisional(&self, first: NaiveDate, last: NaiveDate) -> bool {
        !(first.year()..=last.year()).all(|year| self.is_published(year))
    }

    /// True on a day the offices work.
    #[must_use]
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        let Some(table) = self.table(day.year()) else { return !is_weekend(day) };
        table.work.contains(&day) || !(is_weekend(day) || table.off.iter().any(|span| span.holds(day)))
    }

    /// How many days of a year the offices work.
    #[must_use]
    pub fn working_days_of(&self, year: i32) -> usize {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).into_iter();
        let days = first.flat_map(|first| first.iter_days()).take_while(|day| day.year() == year);
        days.filter(|day| self.is_working_day(*day)).count()
    }

    /// The first working day after `day`.
    #[must_use]
    pub fn next_working_day(&self, day: NaiveDate) -> NaiveDate {
        let mut next = day;
        loop {
            next = next.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
            if self.is_working_day(next) || next == NaiveDate::MAX {
                return next;
            }
        }
    }

    /// The last of `count` working days when `first` is day 1 if it is a working day (`Inclusive`).
    #[must_use]
    pub fn last_day_inclusive(&self, first: NaiveDate, count: u32) -> NaiveDate {
        let before = first.checked_sub_days(Days::new(1)).unwrap_or(NaiveDate::MIN);
        self.last_day_after(before, count)
    }

    /// The last of `count` working days when `event` is not counted (`NextDay`).
    #[must_use]
    pub fn last_day_after(&self, event: NaiveDate, count: u32) -> NaiveDate {
        (0..count).fold(event, |day, _| self.next_working_day(day))
    }

    /// The last day of a period by either rule in either unit. Of calendar days by the `NextDay` rule the end is
    /// moved off a holiday (民法典).
    #[must_use]
    pub fn last_day(&self, first: NaiveDate, count: u32, rule: Rule, unit: Unit) -> NaiveDate {
        let after = |days: u32| first.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX);
        match (unit, rule) {
            (Unit::Working, Rule::Inclusive) => self.last_day_inclusive(first, count),
            (Unit::Working, Rule::NextDay) => self.last_day_after(first, count),
            (Unit::Calendar, Rule::Inclusive) => after(count.saturating_sub(1)),
            (Unit::Calendar, Rule::NextDay) => {
                let last = after(count);
                if self.is_working_day(last) { last } else { self.next_working_day(last) }
            }
        }
    }
}

/// The last day of a period of `months` whole months that begins on `first` (E110): the last day counts, and a
/// month that is too short ends the period with its last day, so 31 August + 6 months ends with February.
#[must_use]
pub fn last_day_of_months(first: NaiveDate, months: u32) -> Option<NaiveDate> {
    let same_day = first.checked_add_months(Months::new(months))?;
    if same_day.day() == first.day() { same_day.pred_opt() } else { Some(same_day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// domain.md §6.1: 248 working days in each year.
    #[test]
    fn the_years_have_their_working_days() {
        for year in [2025, 2026] {
            assert_eq!(Calendar::embedded().working_days_of(year), 248, "{year}");
            let table = Calendar::embedded().table(year).unwrap().clone();
            assert_eq!(table.faults(year), []);
        }
    }

    #[test]
    fn vectors_of_the_next_day_rule() {
        let calendar = Calendar::embedded();
        for (event, count, last) in [
            ("2025-01-24", 5, "2025-02-07"),
            ("2025-04-25", 5, "2025-05-06"),
            ("2025-09-26", 7, "2025-10-13"),
            ("2026-02-13", 5, "2026-02-27"),
            ("2026-04-29", 5, "2026-05-09"),
            ("2026-09-18", 5, "2026-09-24"),
            ("2026-06-15", 5, "2026-06-23"),
        ] {
            assert_eq!(calendar.last_day_after(day(event), count), day(last), "{event}+{count}");
        }
    }

    #[test]
    fn vectors_of_the_inclusive_rule() {
        let calendar = Calendar::embedded();
        for (first, count, last) in [
            ("2026-02-14", 5, "2026-02-27"),
            ("2026-04-30", 7, "2026-05-12"),
            ("2026-09-29", 5, "2026-10-10"),
            ("2025-09-28", 7, "2025-10-13"),
            ("2026-11-23", 7, "2026-12-01"),
            ("2011-05-09", 5, "2011-05-13"),
        ] {
            assert_eq!(calendar.last_day_inclusive(day(first), count), day(last), "{first}, {count}");
        }
    }

    /// Suzhou and Xiangcheng: 7 calendar days are 5 working days; Ningbo 2022-06-02…07, "5天" (domain.md §0.6, §6.1).
    #[test]
    fn calendar_days_by_both_rules() {
        let calendar = Calendar::embedded();
        for (first, count, rule, last) in [
            ("2026-03-02", 7, Rule::Inclusive, "2026-03-08"),
            ("2022-06-02", 5, Rule::NextDay, "2022-06-07"),
            ("2026-04-29", 3, Rule::NextDay, "2026-05-06"),
            ("2026-04-29", 3, Rule::Inclusive, "2026-05-01"),
            ("2026-02-20", 1, Rule::Inclusive, "2026-02-20"),
        ] {
            let found = calendar.last_day(day(first), count, rule, Unit::Calendar);
            assert_eq!(found, day(last), "{first} {count} {rule}");
        }
        let working = calendar.last_day(day("2026-02-13"), 5, Rule::NextDay, Unit::Working);
        assert_eq!(working, day("2026-02-27"));
        let working = calendar.last_day(day("2026-02-14"), 5, Rule::Inclusive, Unit::Working);
        assert_eq!(working, day("2026-02-27"));
    }

    #[test]
    fn a_table_laid_over_decides_and_a_year_without_one_is_provisional() {
        let calendar = Calendar::embedded();
        let (first, last) = (day("2026-12-28"), day("2027-01-04"));
        assert!(calendar.is_provisional(first, last) && !calendar.is_provisional(first, first));
        assert_eq!(calendar.last_day_inclusive(first, 5), day("2027-01-01"));
        let new_year = Span { first: day("2027-01-01"), last: day("2027-01-03") };
        let table = YearTable { off: vec![new_year], work: vec![day("2027-01-09")] };
        let draft = calendar.clone().with_year(2027, table.clone(), false);
        assert!(draft.is_provisional(first, last));
        let calendar = calendar.with_year(2027, table, true);
        assert!(!calendar.is_provisional(first, last));
        assert_eq!(calendar.last_day_inclusive(first, 5), day("2027-01-04"));
        assert!(calendar.is_working_day(day("2027-01-09")) && !calendar.is_working_day(day("2027-01-10")));
    }

    #[test]
    fn every_fault_of_a_table_is_told() {
        let span = |first: &str, last: &str| Span { first: day(first), last: day(last) };
        let table = YearTable {
            off: vec![
                span("2027-01-01", "2027-01-03"),
                span("2027-01-03", "2027-01-04"),
                span("2027-05-05", "2027-05-01"),
                span("2026-12-31", "2027-01-01"),
            ],
            work: ["2027-01-02", "2027-01-09", "2027-01-09", "2027-01-11", "2026-01-04"].map(day).into(),
        };
        let places: Vec<String> = table.faults(2027).into_iter().map(|(at, _)| at).collect();
        let expected = ["/off/1", "/off/2/last", "/off/3", "/work/0", "/work/2", "/work/3", "/work/4"];
        assert_eq!(places, expected);
    }

    #[test]
    fn months_are_whole_and_the_last_day_counts() {
        for (first, months, last) in [
            ("2011-06-01", 6, "2011-11-30"),
            ("2011-08-31", 6, "2012-02-29"),
            ("2010-08-31", 6, "2011-02-28"),
            ("2010-08-29", 6, "2011-02-28"),
            ("2011-06-01", 12, "2012-05-31"),
            ("2011-09-15", 12, "2012-09-14"),
        ] {
            assert_eq!(last_day_of_months(day(first), months), Some(day(last)), "{first}+{months}");
        }
    }
}
