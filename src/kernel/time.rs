//! Time that is handed in: [`Timestamp`], [`Clock`], and the days of Asia/Shanghai.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, cut to microseconds so that both databases give back what was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

/// China has kept one zone without summer time since 1992.
const SHANGHAI_SECONDS_EAST: i32 = 8 * 3600;

impl Timestamp {
    /// The moment, cut to microseconds.
    #[must_use]
    pub fn new(moment: DateTime<Utc>) -> Self {
        Self(moment.trunc_subsecs(6))
    }

    /// From the database's zoneless column, which holds UTC.
    #[must_use]
    pub fn from_naive(naive: NaiveDateTime) -> Self {
        Self::new(naive.and_utc())
    }

    /// For the database's zoneless column.
    #[must_use]
    pub fn naive(self) -> NaiveDateTime {
        self.0.naive_utc()
    }

    /// The calendar day in Asia/Shanghai: deadlines that are days are judged by it.
    #[must_use]
    pub fn day(self) -> NaiveDate {
        match FixedOffset::east_opt(SHANGHAI_SECONDS_EAST) {
            Some(zone) => self.0.with_timezone(&zone).date_naive(),
            None => self.0.date_naive(),
        }
    }

    /// The first moment of a day in Asia/Shanghai.
    #[must_use]
    pub fn start_of(day: NaiveDate) -> Self {
        let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
        Self(midnight - Duration::seconds(i64::from(SHANGHAI_SECONDS_EAST)))
    }

    /// As people in Ningbo read it: `2011-03-31 23:59:59`, in Asia/Shanghai.
    #[must_use]
    pub fn in_shanghai(self) -> String {
        let local = self.0 + Duration::seconds(i64::from(SHANGHAI_SECONDS_EAST));
        local.format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The moment `seconds` later (or earlier).
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + Duration::seconds(seconds))
    }

    /// Whole seconds from `earlier` to this moment.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_seconds()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }
}

impl FromStr for Timestamp {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, chrono::ParseError> {
        DateTime::parse_from_rfc3339(text).map(|moment| Self::new(moment.with_timezone(&Utc)))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .into()
    }
}

impl utoipa::ToSchema for Timestamp {}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place where the machine's clock is read"
        )]
        Timestamp::new(Utc::now())
    }
}

/// A clock that stands until somebody moves it: for tests and rehearsals.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Moves the clock to `to`.
    pub fn set(&self, to: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// Moves the clock on by so many seconds.
    pub fn advance(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.plus_seconds(seconds);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_day_in_shanghai() {
        let day = NaiveDate::from_ymd_opt(2011, 4, 30).unwrap();
        let start = Timestamp::start_of(day);
        assert_eq!(start.to_string(), "2011-04-29T16:00:00Z");
        assert_eq!(start.day(), day);
        assert_eq!(start.plus_seconds(-1).day(), day.pred_opt().unwrap());
    }
}
