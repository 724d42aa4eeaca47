//! Queries.

use diesel::prelude::*;

use super::model::{Attachment, AttachmentState, OwnerKind};
use crate::{
    db::{Db, exactly_one, schema::attachments},
    error::Error,
    kernel::{ids::AttachmentId, time::Timestamp},
};

/// The files of a thing that are not taken out, oldest first. Ask for `state` before you count one as present: a file
/// that waits for the scanner counts as missing.
pub fn of_owner(conn: &mut Db, kind: OwnerKind, id: &str) -> QueryResult<Vec<Attachment>> {
    attachments::table
        .filter(attachments::owner_kind.eq(kind))
        .filter(attachments::owner_id.eq(id))
        .filter(attachments::deleted_at.is_null())
        .order((attachments::uploaded_at, attachments::id))
        .load(conn)
}

/// The file, if it is there and belongs to this very thing.
pub fn find(
    conn: &mut Db,
    kind: OwnerKind,
    owner: &str,
    id: AttachmentId,
) -> QueryResult<Option<Attachment>> {
    attachments::table
        .find(id)
        .filter(attachments::owner_kind.eq(kind))
        .filter(attachments::owner_id.eq(owner))
        .filter(attachments::deleted_at.is_null())
        .first(conn)
        .optional()
}

/// Records a file whose blob is in the vault already (trust.md, I22).
pub fn insert(conn: &mut Db, attachment: &Attachment) -> QueryResult<()> {
    diesel::insert_into(attachments::table).values(attachment).execute(conn).map(|_| ())
}

/// Takes a file out but keeps it: it was part of what was handed in.
pub fn put_aside(conn: &mut Db, id: AttachmentId, now: Timestamp) -> Result<(), Error> {
    let row = attachments::table.find(id).filter(attachments::deleted_at.is_null());
    exactly_one(diesel::update(row).set(attachments::deleted_at.eq(now)).execute(conn)?)
}

/// Forgets a file; its blob goes with the orphans.
pub fn remove(conn: &mut Db, id: AttachmentId) -> Result<(), Error> {
    exactly_one(diesel::delete(attachments::table.find(id)).execute(conn)?)
}

/// True where a row needs this blob.
pub fn is_needed(conn: &mut Db, sha256: &str) -> QueryResult<bool> {
    let rows: i64 = attachments::table.filter(attachments::sha256.eq(sha256)).count().get_result(conn)?;
    Ok(rows > 0)
}

/// Files that wait for the scanner, oldest first.
pub fn pending(conn: &mut Db, most: i64) -> QueryResult<Vec<Attachment>> {
    attachments::table
        .filter(attachments::state.eq(AttachmentState::PendingScan))
        .order((attachments::uploaded_at, attachments::id))
        .limit(most)
        .load(conn)
}

/// Marks a file that waited as clean; false where it is gone or was marked already.
pub fn mark_clean(conn: &mut Db, id: AttachmentId) -> QueryResult<bool> {
    let row = attachments::table.find(id).filter(attachments::state.eq(AttachmentState::PendingScan));
    Ok(diesel::update(row).set(attachments::state.eq(AttachmentState::Clean)).execute(conn)? == 1)
}

/// Every hash that a row needs.
pub fn needed(conn: &mut Db) -> QueryResult<Vec<String>> {
    attachments::table.select(attachments::sha256).distinct().order(attachments::sha256).load(conn)
}

/// Forgets a file that waited and is infected: its blob goes with the orphans. False where it is gone or was found
/// clean.
pub fn quarantine(conn: &mut Db, id: AttachmentId) -> QueryResult<bool> {
    let row = attachments::table.find(id).filter(attachments::state.eq(AttachmentState::PendingScan));
    Ok(diesel::delete(row).execute(conn)? == 1)
}
