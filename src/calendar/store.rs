//! Queries.

use diesel::prelude::*;

use super::model::YearRow;
use crate::{
    db::{Db, exactly_one, schema::calendar_years},
    error::Error,
    kernel::calendar::Calendar,
};

/// The working days as they are now: the embedded tables with the entered ones laid over them.
pub fn load(conn: &mut Db) -> Result<Calendar, Error> {
    let rows: Vec<YearRow> = calendar_years::table.order(calendar_years::year).load(conn)?;
    rows.into_iter().try_fold(Calendar::embedded(), |calendar, row| {
        let table = serde_json::from_str(&row.body).map_err(Error::internal)?;
        Ok(calendar.with_year(row.year, table, row.published))
    })
}

pub fn find(conn: &mut Db, year: i32) -> QueryResult<Option<YearRow>> {
    calendar_years::table.find(year).first(conn).optional()
}

pub fn insert(conn: &mut Db, row: &YearRow) -> QueryResult<()> {
    diesel::insert_into(calendar_years::table).values(row).execute(conn).map(|_| ())
}

pub fn save(conn: &mut Db, row: &YearRow) -> Result<(), Error> {
    let before = calendar_years::table.find(row.year).filter(calendar_years::version.eq(row.version - 1));
    exactly_one(diesel::update(before).set(row).execute(conn)?)
}
