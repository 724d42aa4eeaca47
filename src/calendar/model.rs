//! A year's table as it is stored, entered and shown.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::{columns::Day, schema::calendar_years},
    http::{Versioned, View},
    kernel::{
        calendar::{Rule, Span, Unit},
        ids::UserId,
        time::Timestamp,
    },
};

/// The table of a year that somebody entered.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = calendar_years)]
pub struct YearRow {
    pub year: i32,
    pub body: String,
    pub published: bool,
    pub updated_by: UserId,
    pub updated_at: Timestamp,
    pub version: i32,
}

/// The table of a year to enter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewYear {
    /// 放假: days off, weekends need not be listed.
    pub off: Vec<Span>,
    /// 调休上班: Saturdays and Sundays that are worked.
    pub work: Vec<NaiveDate>,
    /// True once the State Council has announced it; until then the year stays provisional.
    pub published: bool,
}

/// Where a year's table comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The State Council's notice, embedded in the program.
    Embedded,
    /// The administrator entered it.
    Entered,
    /// There is none: Monday to Friday.
    Weekdays,
}

/// A year as it is counted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct YearView {
    /// The year.
    pub year: i32,
    /// Days off beside the weekends.
    pub off: Vec<Span>,
    /// Weekends that are worked.
    pub work: Vec<NaiveDate>,
    /// Where this comes from.
    pub source: Source,
    /// True while the year's table has not been announced: days counted in it may still move.
    pub provisional: bool,
    /// How many days are worked.
    pub working_days: usize,
    /// Counts the changes; 1 before anybody entered a table.
    pub version: i32,
}

impl Versioned for YearView {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A period to count.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodQuery {
    pub first: Day,
    pub count: u32,
    #[serde(default)]
    pub rule: Rule,
    #[serde(default)]
    pub unit: Unit,
}

/// A period that was counted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Period {
    /// The first day, or the day of the event.
    pub first: Day,
    /// How many days.
    pub count: u32,
    /// How the first day is counted.
    pub rule: Rule,
    /// Which days are counted.
    pub unit: Unit,
    /// The last day.
    pub last: Day,
    /// True where it touches a year whose table has not been announced.
    pub provisional: bool,
}

impl View for Period {}
