//! Equal personal values are found by their blind index: a keyed digest in a table of its own, written in the
//! transaction that writes the value.

use diesel::{prelude::*, result::Error as QueryError};

use super::{
    Db,
    private::Place,
    schema::blind_indexes::{self as indexes, dsl},
};
use crate::vault;

fn digest(place: &str, value: &str) -> QueryResult<String> {
    vault::blind(place, value).map_err(|error| QueryError::SerializationError(Box::new(error)))
}

/// Keeps the index of a value of the column `C`; none takes it away.
pub fn put<C: Place>(conn: &mut Db, row: impl std::fmt::Display, value: Option<&str>) -> QueryResult<()> {
    put_at(conn, C::PLACE, &row.to_string(), value)
}

/// The same for a column that is known by name.
pub fn put_at(conn: &mut Db, place: &str, row: &str, value: Option<&str>) -> QueryResult<()> {
    let digest = value.map(|value| digest(place, value)).transpose()?;
    let known: Option<String> =
        indexes::table.find((place, row)).select(dsl::digest).first(conn).optional()?;
    match (known, digest) {
        (Some(known), Some(digest)) if known == digest => Ok(()),
        (None, None) => Ok(()),
        (None, Some(digest)) => diesel::insert_into(indexes::table)
            .values((dsl::place.eq(place), dsl::row_id.eq(row), dsl::digest.eq(digest)))
            .execute(conn)
            .map(|_| ()),
        (Some(_), Some(digest)) => diesel::update(indexes::table.find((place, row)))
            .set(dsl::digest.eq(digest))
            .execute(conn)
            .map(|_| ()),
        (Some(_), None) => diesel::delete(indexes::table.find((place, row))).execute(conn).map(|_| ()),
    }
}

/// The rows whose value in the column `C` is this one.
pub fn rows<C: Place>(conn: &mut Db, value: &str) -> QueryResult<Vec<String>> {
    let digest = digest(C::PLACE, value)?;
    indexes::table
        .filter(dsl::place.eq(C::PLACE))
        .filter(dsl::digest.eq(digest))
        .order(dsl::row_id)
        .select(dsl::row_id)
        .load(conn)
}
