//! What is published: bound with its audit row, and shown with the checkpoint of the moment.

use super::{model::Statement, show::notice_subject, store};
use crate::{
    audit::AuditEntry,
    db::Db,
    kernel::{ids::NoticeId, time::Timestamp},
};

/// Size and root of the latest checkpoint.
pub fn latest(conn: &mut Db) -> diesel::QueryResult<Option<(i64, String)>> {
    Ok(store::latest_checkpoint(conn)?.map(|checkpoint| (checkpoint.size, checkpoint.root)))
}

/// When the log was sealed last.
pub fn sealed_at(conn: &mut Db) -> diesel::QueryResult<Option<Timestamp>> {
    Ok(store::latest_checkpoint(conn)?.map(|checkpoint| checkpoint.sealed_at))
}

/// What was published as a notice.
pub fn statement_of_notice(conn: &mut Db, id: NoticeId) -> diesel::QueryResult<Option<Statement>> {
    store::statement(conn, &notice_subject(id))
}

/// Makes the log bind a notice: its digest and the audit row that says it was published.
pub fn publish_notice(
    conn: &mut Db,
    id: NoticeId,
    digest: &str,
    row: &AuditEntry,
) -> diesel::QueryResult<()> {
    let statement = Statement {
        subject: notice_subject(id),
        digest: digest.to_owned(),
        lane: row.lane.clone(),
        seq: row.seq,
        row_hash: row.hash.clone(),
        made_at: row.at,
    };
    store::insert_statement(conn, &statement)
}
