//! Working days: the State Council's tables for 2025 and 2026 are embedded (domain.md §6.1, sources S52 and S53);
//! every other year follows the weekday rule and is `provisional`.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// `(first, last)` month-day pairs that are off.
type Span = ((u32, u32), (u32, u32));

const OFF_2025: &[Span] = &[
    ((1, 1), (1, 1)),
    ((1, 28), (2, 4)),
    ((4, 4), (4, 6)),
    ((5, 1), (5, 5)),
    ((5, 31), (6, 2)),
    ((10, 1), (10, 8)),
];
const WORK_2025: &[(u32, u32)] = &[(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)];
const OFF_2026: &[Span] = &[
    ((1, 1), (1, 3)),
    ((2, 15), (2, 23)),
    ((4, 4), (4, 6)),
    ((5, 1), (5, 5)),
    ((6, 19), (6, 21)),
    ((9, 25), (9, 27)),
    ((10, 1), (10, 7)),
];
const WORK_2026: &[(u32, u32)] = &[(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)];

/// True where the year's table has been published.
#[must_use]
pub fn is_published(year: i32) -> bool {
    matches!(year, 2025 | 2026)
}

/// True on a day the offices work.
#[must_use]
pub fn is_working_day(day: NaiveDate) -> bool {
    let (off, work): (&[Span], &[(u32, u32)]) = match day.year() {
        2025 => (OFF_2025, WORK_2025),
        2026 => (OFF_2026, WORK_2026),
        _ => (&[], &[]),
    };
    let date = (day.month(), day.day());
    if work.contains(&date) {
        return true;
    }
    if off.iter().any(|(first, last)| *first <= date && date <= *last) {
        return false;
    }
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The first working day after `day`.
#[must_use]
pub fn next_working_day(day: NaiveDate) -> NaiveDate {
    let mut next = day;
    loop {
        next = next.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        if is_working_day(next) || next == NaiveDate::MAX {
            return next;
        }
    }
}

/// The last of `count` working days when `first` is day 1 if it is a working day (`Inclusive` of domain.md §6.1).
#[must_use]
pub fn last_day_inclusive(first: NaiveDate, count: u32) -> NaiveDate {
    let before = first.checked_sub_days(Days::new(1)).unwrap_or(NaiveDate::MIN);
    last_day_after(before, count)
}

/// The last of `count` working days when `event` is not counted (`NextDay` of domain.md §6.1).
#[must_use]
pub fn last_day_after(event: NaiveDate, count: u32) -> NaiveDate {
    (0..count).fold(event, |day, _| next_working_day(day))
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
            let count = NaiveDate::from_ymd_opt(year, 1, 1)
                .unwrap()
                .iter_days()
                .take_while(|d| d.year() == year)
                .filter(|d| is_working_day(*d))
                .count();
            assert_eq!(count, 248, "{year}");
        }
    }

    #[test]
    fn vectors_of_the_next_day_rule() {
        for (event, count, last) in [
            ("2025-01-24", 5, "2025-02-07"),
            ("2025-04-25", 5, "2025-05-06"),
            ("2025-09-26", 7, "2025-10-13"),
            ("2026-02-13", 5, "2026-02-27"),
            ("2026-04-29", 5, "2026-05-09"),
            ("2026-09-18", 5, "2026-09-24"),
            ("2026-06-15", 5, "2026-06-23"),
        ] {
            assert_eq!(last_day_after(day(event), count), day(last), "{event}+{count}");
        }
    }

    #[test]
    fn vectors_of_the_inclusive_rule() {
        for (first, count, last) in [
            ("2026-02-14", 5, "2026-02-27"),
            ("2026-04-30", 7, "2026-05-12"),
            ("2026-09-29", 5, "2026-10-10"),
            ("2025-09-28", 7, "2025-10-13"),
            ("2026-11-23", 7, "2026-12-01"),
            ("2011-05-09", 5, "2011-05-13"),
        ] {
            assert_eq!(last_day_inclusive(day(first), count), day(last), "{first}, {count}");
        }
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
