//! A folder moved in time by whole weeks, so that a round of long ago can be shown as if it were running.

use chrono::{Datelike, Days, NaiveDate};

use super::Folder;
use crate::{db::columns::Day, kernel::calendar::last_day_of_months};

impl Folder {
    /// By how many weeks to move it so that `today` falls 10 to 16 days after the window closed.
    #[must_use]
    pub fn weeks_until_review(&self, today: NaiveDate) -> i64 {
        (today - self.call.closes_on.0).num_days().saturating_sub(10).div_euclid(7)
    }

    /// The same folder so many weeks later. A project keeps its length in months and days, so that it breaks the same
    /// rules as before; references stay as they are.
    #[must_use]
    pub fn moved_by_weeks(mut self, weeks: i64) -> Self {
        let call = &mut self.call;
        let before = call.opens_on.0.year().to_string();
        call.opens_on = moved(call.opens_on, weeks);
        call.closes_on = moved(call.closes_on, weeks);
        call.year = call.opens_on.0.year();
        call.name = call.name.replace(&before, &call.year.to_string());
        for application in &mut self.applications {
            let (starts_on, ends_on) = (application.starts_on, application.ends_on);
            application.starts_on = starts_on.map(|day| moved(day, weeks));
            application.ends_on = match (starts_on, ends_on) {
                (Some(first), Some(last)) => Some(end_of_same_length(first, last, weeks)),
                _ => ends_on.map(|day| moved(day, weeks)),
            };
        }
        self
    }
}

fn moved(day: Day, weeks: i64) -> Day {
    let days = Days::new(weeks.unsigned_abs().saturating_mul(7));
    let next = if weeks < 0 { day.0.checked_sub_days(days) } else { day.0.checked_add_days(days) };
    Day(next.unwrap_or(day.0))
}

fn end_of_same_length(first: Day, last: Day, weeks: i64) -> Day {
    let months =
        (1..=120).take_while(|months| ends(first.0, *months).is_some_and(|end| end <= last.0)).last();
    let exactly = months.and_then(|months| {
        let rest = last.0.signed_duration_since(ends(first.0, months)?);
        ends(moved(first, weeks).0, months)?.checked_add_signed(rest)
    });
    exactly.map_or_else(|| moved(last, weeks), Day)
}

fn ends(first: NaiveDate, months: u32) -> Option<NaiveDate> {
    last_day_of_months(first, months)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_project_keeps_its_length_in_months() {
        // 52 weeks later the project begins on 30 May 2012 and again runs for twelve months.
        assert_eq!(end_of_same_length(day("2011-06-01"), day("2012-05-31"), 52), day("2013-05-29"));
        assert_eq!(end_of_same_length(day("2011-09-01"), day("2012-02-29"), 13), day("2012-05-31"));
        assert_eq!(end_of_same_length(day("2011-06-01"), day("2011-06-10"), 1), day("2011-06-17"));
    }
}
