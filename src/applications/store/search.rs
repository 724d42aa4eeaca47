//! What of an application can be searched, and which applications a query finds.

use diesel::prelude::*;

use super::super::model::Application;
use crate::{
    db::{
        Db,
        schema::{applications, search_entries as entries},
    },
    search::{self, Entry, Kind},
};

/// Keeps the entry of an application. To be called in the transaction that changes its title.
pub fn index(conn: &mut Db, application: &Application) -> QueryResult<()> {
    with_entry(application, |entry| search::put(conn, entry))
}

/// True where the application is found by its present title.
pub fn is_indexed(conn: &mut Db, application: &Application) -> QueryResult<bool> {
    with_entry(application, |entry| search::is_current(conn, entry))
}

fn with_entry<T>(application: &Application, then: impl FnOnce(Entry<'_>) -> T) -> T {
    then(Entry {
        kind: Kind::Application,
        subject: &application.id.to_string(),
        programme: application.programme_id,
        round: Some(application.round_id),
        texts: &[&application.title],
        codes: &[application.reference.as_str()],
    })
}

/// Indexes what was stored before there was an index.
pub fn index_missing(conn: &mut Db) -> QueryResult<usize> {
    let indexed = entries::table
        .filter(entries::kind.eq(<&'static str>::from(Kind::Application)))
        .select(entries::subject_id);
    let missing: Vec<Application> =
        applications::table.filter(applications::id.ne_all(indexed)).load(conn)?;
    for application in &missing {
        index(conn, application)?;
    }
    Ok(missing.len())
}
