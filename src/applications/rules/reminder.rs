//! When somebody is reminded of a last day. Pure.

use chrono::NaiveDate;

use super::super::model::CorrectionRequest;
use crate::kernel::time::Timestamp;

/// A last day and how long before it its people are reminded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The last day on which it can be handed in.
    pub last_day: NaiveDate,
    /// The days before it on which there is a reminder.
    days: Vec<u32>,
}

impl Deadline {
    /// Of a draft: the round's last day, or its own where it was given more time. What would have come before the draft
    /// was begun is left out.
    #[must_use]
    pub fn of_draft(
        closes_on: NaiveDate,
        extended_until: Option<Timestamp>,
        begun_at: Timestamp,
        days: &[u32],
    ) -> Self {
        let last_day = later(closes_on, extended_until);
        let had = days_between(begun_at.day(), last_day);
        Self { last_day, days: days.iter().copied().filter(|day| i64::from(*day) <= had).collect() }
    }

    /// Of a correction: the days that are fewer than the time given, and always the day before it lapses.
    #[must_use]
    pub fn of_correction(
        request: &CorrectionRequest,
        extended_until: Option<Timestamp>,
        days: &[u32],
    ) -> Self {
        let last_day = later(request.due_on.0, extended_until);
        let given = days_between(request.requested_at.day(), last_day);
        let fewer = days.iter().copied().filter(|day| i64::from(*day) < given && *day != 1);
        Self { last_day, days: fewer.chain([1]).collect() }
    }

    /// The days that are left.
    #[must_use]
    pub fn days_left(&self, today: NaiveDate) -> i64 {
        days_between(today, self.last_day)
    }

    /// Which reminder is due today, given those that were `sent` for this last day. What was missed is not sent in a
    /// bunch: only the nearest that is due, and none that is farther than one that was sent.
    #[must_use]
    pub fn due(&self, today: NaiveDate, sent: &[u32]) -> Option<u32> {
        let left = u32::try_from(self.days_left(today)).ok()?;
        let nearest = self.days.iter().copied().filter(|days| *days >= left).min()?;
        (!sent.iter().any(|sent| *sent <= nearest)).then_some(nearest)
    }
}

/// A last day, or the one of more time that was given: before the moment `extended_until`.
fn later(day: NaiveDate, extended_until: Option<Timestamp>) -> NaiveDate {
    extended_until.map_or(day, |until| day.max(until.plus_seconds(-1).day()))
}

fn days_between(from: NaiveDate, to: NaiveDate) -> i64 {
    (to - from).num_days()
}

/// Nobody is woken by a reminder: before this hour in Asia/Shanghai none goes out.
const FROM_HOUR: i64 = 8;

/// True at an hour at which reminders go out.
#[must_use]
pub fn is_daytime(now: Timestamp) -> bool {
    now.seconds_since(Timestamp::start_of(now.day())) >= FROM_HOUR * 3600
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        db::columns::{Day, JsonText},
        kernel::ids::{ApplicationId, CorrectionRequestId, ProgrammeId, UserId},
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::start_of(day(text)).plus_seconds(10 * 3600)
    }

    fn draft(begun: &str) -> Deadline {
        Deadline::of_draft(day("2011-03-31"), None, at(begun), &[7, 3, 1])
    }

    fn correction(due: &str) -> CorrectionRequest {
        CorrectionRequest {
            id: CorrectionRequestId::generate(),
            programme_id: ProgrammeId::generate(),
            application_id: ApplicationId::generate(),
            number: 1,
            defects: JsonText(Vec::new()),
            note: String::new(),
            due_on: Day(day(due)),
            provisional: false,
            requested_by: UserId::generate(),
            requested_at: at("2011-04-01"),
            answered_at: None,
        }
    }

    #[test]
    fn a_draft_is_reminded_seven_three_and_one_days_before_the_last_day() {
        let deadline = draft("2011-03-02");
        let mut sent = Vec::new();
        let mut told = Vec::new();
        for date in day("2011-03-02").iter_days().take(40) {
            if let Some(days) = deadline.due(date, &sent) {
                told.push((date.to_string(), days));
                sent.push(days);
            }
        }
        let expected = [("2011-03-24", 7), ("2011-03-28", 3), ("2011-03-30", 1)];
        assert_eq!(told, expected.map(|(date, days)| (date.to_owned(), days)));
    }

    #[test]
    fn what_was_missed_comes_as_one() {
        let deadline = draft("2011-03-02");
        assert_eq!(deadline.due(day("2011-03-29"), &[]), Some(3), "seven and three were missed");
        assert_eq!(deadline.due(day("2011-03-29"), &[3]), None);
        assert_eq!(deadline.due(day("2011-03-31"), &[3]), Some(1), "on the last day itself");
        assert_eq!(deadline.due(day("2011-03-31"), &[1]), None);
        assert_eq!(deadline.due(day("2011-04-01"), &[]), None, "too late");
        // A clock that was put back sends nothing that is farther than what was sent.
        assert_eq!(deadline.due(day("2011-03-25"), &[1]), None);
    }

    #[test]
    fn a_late_draft_is_not_reminded_of_days_it_did_not_have() {
        assert_eq!(draft("2011-03-27").due(day("2011-03-27"), &[]), None);
        assert_eq!(draft("2011-03-27").due(day("2011-03-28"), &[]), Some(3));
        assert_eq!(draft("2011-03-24").due(day("2011-03-24"), &[]), Some(7), "the very day");
        assert_eq!(draft("2011-03-31").due(day("2011-03-31"), &[]), None);
    }

    #[test]
    fn more_time_moves_the_days() {
        let until = Some(Timestamp::start_of(day("2011-04-11")));
        let deadline = Deadline::of_draft(day("2011-03-31"), until, at("2011-03-02"), &[7, 3, 1]);
        assert_eq!(deadline.last_day, day("2011-04-10"));
        assert_eq!(deadline.due(day("2011-03-30"), &[]), None);
        assert_eq!(deadline.due(day("2011-04-03"), &[]), Some(7));
        let earlier = Some(Timestamp::start_of(day("2011-03-20")));
        let deadline = Deadline::of_draft(day("2011-03-31"), earlier, at("2011-03-02"), &[7]);
        assert_eq!(deadline.last_day, day("2011-03-31"), "the round was extended further");
    }

    #[test]
    fn a_correction_is_reminded_of_what_is_less_than_its_time_and_always_the_day_before() {
        let of = |due: &str, days: &[u32]| Deadline::of_correction(&correction(due), None, days);
        assert_eq!(of("2011-04-08", &[7, 3, 1]).days, [3, 1], "seven days were given");
        assert_eq!(of("2011-04-09", &[7, 3]).days, [7, 3, 1]);
        assert_eq!(of("2011-04-02", &[7, 3, 1]).days, [1]);
        assert_eq!(of("2011-04-02", &[7, 3, 1]).due(day("2011-04-01"), &[]), Some(1));
        let until = Some(Timestamp::start_of(day("2011-04-13")));
        assert_eq!(
            Deadline::of_correction(&correction("2011-04-08"), until, &[7]).last_day,
            day("2011-04-12")
        );
    }

    #[test]
    fn nobody_is_woken() {
        let midnight = Timestamp::start_of(day("2011-03-24"));
        assert!(!is_daytime(midnight) && !is_daytime(midnight.plus_seconds(8 * 3600 - 1)));
        assert!(is_daytime(midnight.plus_seconds(8 * 3600)) && is_daytime(midnight.plus_seconds(86_399)));
    }

    proptest! {
        /// However the days go by, each reminder comes once, ever nearer, and none after the last day.
        #[test]
        fn each_comes_once_and_ever_nearer(
            days in proptest::collection::vec(1u32..60, 0..6),
            looks in proptest::collection::vec(0u64..80, 0..60),
            begun in 0u64..70,
        ) {
            let start = day("2011-01-01");
            let last = start + chrono::Days::new(60);
            let begun = Timestamp::start_of(start + chrono::Days::new(begun));
            let deadline = Deadline::of_draft(last, None, begun, &days);
            let mut sent: Vec<u32> = Vec::new();
            for look in looks {
                let today = start + chrono::Days::new(look);
                if let Some(due) = deadline.due(today, &sent) {
                    prop_assert!(today <= last && days.contains(&due));
                    prop_assert!(sent.iter().all(|before| *before > due));
                    prop_assert!(i64::from(due) >= deadline.days_left(today));
                    sent.push(due);
                    prop_assert_eq!(deadline.due(today, &sent), None);
                }
            }
        }
    }
}
