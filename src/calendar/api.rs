//! `calendar/{year}` and `calendar/period`.

use actix_web::http::StatusCode;
use chrono::Datelike;

use super::{
    actions,
    model::{NewYear, Period, PeriodQuery, YearView},
    store,
};
use crate::{
    db::{Lane, columns::Day},
    error::{Error, codes},
    http::{Answer, Call, Endpoint, Shown, Whose, answer},
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/calendar/{year}", year, "一年的工作日 · The working days of a year")
            .whose(Whose::SignedIn)
            .gives::<Shown<YearView>>(),
        Endpoint::put("/api/v1/calendar/{year}", set_year, "录入放假安排 · Enter the table of a year")
            .whose(Whose::Installation)
            .roles(actions::KEEPERS)
            .takes::<NewYear>()
            .gives::<Shown<YearView>>(),
        Endpoint::get("/api/v1/calendar/period", period, "推算期限 · The last day of a period")
            .whose(Whose::SignedIn)
            .query(&["first", "count", "rule", "unit"])
            .gives::<Period>(),
    ]
}

async fn year(call: Call<i32>) -> Answer {
    let year = call.path;
    let shown = call.read(move |conn, by| actions::show(conn, &by.actor, year)).await?;
    answer(StatusCode::OK, &shown)
}

async fn set_year(call: Call<i32, NewYear>) -> Answer {
    let (year, body) = (call.path, call.body.clone());
    call.write(Lane::Installation, StatusCode::OK, move |conn, by| actions::set_year(conn, by, year, &body))
        .await
}

async fn period(call: Call) -> Answer {
    let PeriodQuery { first, count, rule, unit } = call.query()?;
    let refuse = |reason: &str| Err(Error::new(&codes::UNKNOWN_FILTER).with("reason", reason));
    if !(1949..=2998).contains(&first.0.year()) {
        return refuse("first: 1949–2998");
    }
    if !(1..=1_000).contains(&count) {
        return refuse("count: 1–1000");
    }
    let calendar = call.read(|conn, _| store::load(conn)).await?;
    let last = calendar.last_day(first.0, count, rule, unit);
    let provisional = calendar.is_provisional(first.0, last);
    answer(StatusCode::OK, &Period { first, count, rule, unit, last: Day(last), provisional })
}
