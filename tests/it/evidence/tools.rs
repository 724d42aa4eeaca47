//! What somebody can do who owns the database.

use diesel::{connection::SimpleConnection, prelude::*};
use yichuang::{
    audit::{self, AuditEntry, Deed},
    db::{Database, Db, Lane, schema::audit_entries},
    error::Error,
    evidence::{self, model::StoredCheckpoint, note::Note},
    kernel::time::Clock,
};

use crate::support::TestApp;

/// The tables that nobody may change.
pub const SEALED: [&str; 7] = [
    "audit_entries",
    "audit_leaves",
    "log_leaves",
    "tree_nodes",
    "audit_checkpoints",
    "evidence_keys",
    "public_statements",
];

/// Writes so many rows into the installation's lane.
#[track_caller]
pub fn deeds(app: &TestApp, count: usize) {
    let now = app.clock.now();
    let written = app.database().write_now(Lane::Installation, move |conn| {
        (0..count).try_for_each(|_| Ok(audit::record(conn, Lane::Installation, deed(), now)?))
    });
    written.unwrap();
}

/// Something that was done.
pub fn deed() -> Deed<'static> {
    Deed {
        actor: None,
        role: None,
        action: "test.deed",
        subject_kind: "test",
        subject_id: "1".to_owned(),
        before: None,
        after: None,
        detail: serde_json::Value::Null,
    }
}

/// Drops the triggers.
pub fn unlock(conn: &mut Db) -> Result<(), Error> {
    let sql: Vec<String> = match conn {
        Db::Sqlite(_) => SEALED
            .iter()
            .map(|table| {
                format!("DROP TRIGGER IF EXISTS {table}_no_update; DROP TRIGGER IF EXISTS {table}_no_delete")
            })
            .collect(),
        Db::Postgres(_) => SEALED
            .iter()
            .map(|table| format!("DROP TRIGGER IF EXISTS {table}_insert_only ON {table}"))
            .collect(),
    };
    Ok(conn.batch_execute(&sql.join("; "))?)
}

/// What is found after something was done to the database, which is taken back.
#[track_caller]
pub fn after(
    database: &Database,
    mut what: impl FnMut(&mut Db) -> Result<(), Error> + Send + 'static,
) -> Vec<String> {
    let (send, receive) = std::sync::mpsc::channel();
    let taken_back: Result<(), Error> = database.write_now(Lane::Installation, move |conn| {
        unlock(conn)?;
        what(conn)?;
        let found = evidence::check(conn)?;
        send.send(found.iter().map(|found| format!("{}: {}", found.subject, found.reason)).collect())
            .map_err(Error::internal)?;
        Err(Error::internal("taken back"))
    });
    let error = taken_back.unwrap_err();
    receive.try_recv().unwrap_or_else(|_| panic!("nothing was checked: {error}"))
}

/// The same after plain SQL.
#[track_caller]
pub fn after_sql(database: &Database, sql: &str) -> Vec<String> {
    let sql = sql.to_owned();
    after(database, move |conn| Ok(conn.batch_execute(&sql)?))
}

/// Does something to the database for good.
#[track_caller]
pub fn forever(database: &Database, mut what: impl FnMut(&mut Db) -> Result<(), Error> + Send + 'static) {
    let done = database.write_now(Lane::Installation, move |conn| {
        unlock(conn)?;
        what(conn)
    });
    done.unwrap();
}

/// Alters a row and computes the whole chain behind it anew, as somebody does who knows how it is made.
pub fn rewrite(conn: &mut Db, lane: &str, seq: i64) -> Result<(), Error> {
    let rows: Vec<AuditEntry> = audit_entries::table
        .filter(audit_entries::lane.eq(lane))
        .filter(audit_entries::seq.ge(seq))
        .order(audit_entries::seq)
        .load(conn)?;
    let mut previous = rows[0].previous_hash.clone();
    for mut row in rows {
        if row.seq == seq {
            "nothing.happened".clone_into(&mut row.action);
        }
        row.previous_hash = previous;
        row.hash = row.expected_hash();
        diesel::update(audit_entries::table.find((&row.lane, row.seq)))
            .set((
                audit_entries::action.eq(&row.action),
                audit_entries::previous_hash.eq(&row.previous_hash),
                audit_entries::hash.eq(&row.hash),
            ))
            .execute(conn)?;
        previous = row.hash;
    }
    Ok(())
}

/// Forgets everything that was sealed.
pub fn unseal(conn: &mut Db) -> Result<(), Error> {
    let sql = "DELETE FROM audit_leaves; DELETE FROM log_leaves; DELETE FROM tree_nodes; DELETE FROM audit_checkpoints";
    Ok(conn.batch_execute(sql)?)
}

/// The note of a checkpoint.
pub fn note(checkpoint: &StoredCheckpoint) -> Note {
    evidence::note::read(&checkpoint.note).unwrap().remove(0)
}

/// What the database is found to be against checkpoints that were kept.
#[track_caller]
pub fn against(database: &Database, kept: &[&StoredCheckpoint]) -> Vec<String> {
    let notes: Vec<Note> = kept.iter().map(|checkpoint| note(checkpoint)).collect();
    let found = database.read_now(|conn| evidence::against(conn, &notes)).unwrap();
    found.iter().map(|found| format!("{}: {}", found.subject, found.reason)).collect()
}
