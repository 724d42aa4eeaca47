//! Queries.

use diesel::prelude::*;

use super::model::Viewing;
use crate::{
    db::{Db, exactly_one, schema::viewings},
    error::Error,
    kernel::ids::{UserId, ViewingId},
};

pub fn insert(conn: &mut Db, viewing: &Viewing) -> QueryResult<()> {
    diesel::insert_into(viewings::table).values(viewing).execute(conn).map(|_| ())
}

pub fn find(conn: &mut Db, id: ViewingId) -> QueryResult<Option<Viewing>> {
    viewings::table.find(id).first(conn).optional()
}

/// Saves it in its next version.
pub fn save(conn: &mut Db, viewing: &Viewing) -> Result<(), Error> {
    let before =
        viewings::table.filter(viewings::id.eq(viewing.id)).filter(viewings::version.eq(viewing.version - 1));
    exactly_one(diesel::update(before).set(viewing).execute(conn)?)
}

/// All, or those a person takes part in, the earliest first.
pub fn list(
    conn: &mut Db,
    of: Option<UserId>,
    after: Option<ViewingId>,
    limit: i64,
) -> QueryResult<Vec<Viewing>> {
    let mut query = viewings::table.into_boxed();
    if let Some(person) = of {
        query = query.filter(viewings::viewer_id.eq(person).or(viewings::subject_id.eq(person)));
    }
    if let Some(after) = after {
        query = query.filter(viewings::id.gt(after));
    }
    query.order(viewings::id).limit(limit + 1).load(conn)
}
