//! Looking things up in the log.

use diesel::prelude::*;

use super::AuditEntry;
use crate::{
    db::{Db, schema::audit_entries::dsl},
    kernel::time::Timestamp,
};

/// Which rows of a lane.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this person.
    pub actor: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// About this kind of thing.
    pub subject_kind: Option<String>,
    /// About this thing.
    pub subject_id: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// One row.
pub fn find(conn: &mut Db, lane: &str, seq: i64) -> QueryResult<Option<AuditEntry>> {
    dsl::audit_entries.find((lane, seq)).first(conn).optional()
}

/// Rows of a lane before a number, the latest first.
pub fn list(
    conn: &mut Db,
    lane: &str,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<AuditEntry>> {
    let mut query = dsl::audit_entries
        .filter(dsl::lane.eq(lane))
        .filter(dsl::seq.lt(before.unwrap_or(i64::MAX)))
        .into_boxed();
    if let Some(actor) = &filter.actor {
        query = query.filter(dsl::actor.eq(actor));
    }
    if let Some(action) = &filter.action {
        query = query.filter(dsl::action.eq(action));
    }
    if let Some(kind) = &filter.subject_kind {
        query = query.filter(dsl::subject_kind.eq(kind));
    }
    if let Some(id) = &filter.subject_id {
        query = query.filter(dsl::subject_id.eq(id));
    }
    if let Some(from) = filter.from {
        query = query.filter(dsl::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(dsl::at.lt(until));
    }
    query.order(dsl::seq.desc()).limit(limit).load(conn)
}
