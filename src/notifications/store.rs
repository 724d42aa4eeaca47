//! Queries.

use diesel::prelude::*;

use super::Notification;
use crate::{
    db::{Db, schema::notifications},
    kernel::{
        ids::{NotificationId, UserId},
        time::Timestamp,
    },
};

/// Stores a notice.
pub fn insert(conn: &mut Db, notice: &Notification) -> QueryResult<()> {
    diesel::insert_into(notifications::table).values(notice).execute(conn).map(|_| ())
}

/// One of this person's.
pub fn find(conn: &mut Db, user: UserId, id: NotificationId) -> QueryResult<Option<Notification>> {
    notifications::table.find(id).filter(notifications::user_id.eq(user)).first(conn).optional()
}

pub fn mark_read(conn: &mut Db, id: NotificationId, now: Timestamp) -> QueryResult<()> {
    diesel::update(notifications::table.find(id))
        .set(notifications::read_at.eq(now))
        .execute(conn)
        .map(|_| ())
}

/// A page of a person's notices, latest first.
pub fn list(
    conn: &mut Db,
    user: UserId,
    unread: Option<bool>,
    before: Option<NotificationId>,
    limit: i64,
) -> QueryResult<Vec<Notification>> {
    let mut query = notifications::table.filter(notifications::user_id.eq(user)).into_boxed();
    match unread {
        Some(true) => query = query.filter(notifications::read_at.is_null()),
        Some(false) => query = query.filter(notifications::read_at.is_not_null()),
        None => {}
    }
    if let Some(before) = before {
        query = query.filter(notifications::id.lt(before));
    }
    query.order(notifications::id.desc()).limit(limit + 1).load(conn)
}
