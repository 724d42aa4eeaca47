//! Somebody with the database in hand: the row is named, in whatever way it was done.

use diesel::connection::SimpleConnection;

use super::tools::{SEALED, after, after_sql, against, deeds, forever, rewrite, unseal};
use crate::support::TestApp;

on_both!(
    every_row_that_was_touched_is_named,
    the_trees_themselves_cannot_be_touched_unseen,
    what_was_sealed_is_insert_only,
    a_history_that_was_rewritten_as_a_whole_is_seen_against_a_kept_checkpoint,
    a_database_of_last_week_is_seen_against_a_kept_checkpoint,
);

/// Ten rows and ten more, sealed in two steps, and one that is not sealed yet.
fn a_log(app: &TestApp) {
    deeds(app, 10);
    app.seal();
    deeds(app, 10);
    app.seal();
    deeds(app, 1);
}

const HERE: &str = "lane = 'installation'";

#[track_caller]
fn first(found: &[String]) -> &str {
    found.first().map_or("nothing", String::as_str)
}

fn every_row_that_was_touched_is_named(app: &TestApp) {
    a_log(app);
    let database = app.database();
    assert_eq!(after_sql(database, "SELECT 1"), Vec::<String>::new());

    let edited =
        after_sql(database, &format!("UPDATE audit_entries SET detail = '{{}} ' WHERE {HERE} AND seq = 4"));
    assert_eq!(first(&edited), "audit installation#4: it was altered");

    let deleted = after_sql(database, &format!("DELETE FROM audit_entries WHERE {HERE} AND seq = 5"));
    assert_eq!(first(&deleted), "audit installation#5: it is missing");

    let head = after_sql(database, &format!("DELETE FROM audit_entries WHERE {HERE} AND seq <= 3"));
    assert_eq!(first(&head), "audit installation#1: it is missing");

    let swapped = after_sql(
        database,
        &format!(
            "UPDATE audit_entries SET seq = -6 WHERE {HERE} AND seq = 6; \
             UPDATE audit_entries SET seq = 6 WHERE {HERE} AND seq = 7; \
             UPDATE audit_entries SET seq = 7 WHERE {HERE} AND seq = -6"
        ),
    );
    assert_eq!(first(&swapped), "audit installation#6: it does not continue the row before it");

    let cut = after_sql(database, &format!("DELETE FROM audit_entries WHERE {HERE} AND seq >= 18"));
    assert!(
        first(&cut).starts_with("audit installation#18: it is missing: it was sealed as leaf"),
        "{cut:?}"
    );

    // The whole lane is gone.
    let gone = after_sql(database, "DELETE FROM audit_entries");
    assert!(first(&gone).starts_with("audit installation#1: it is missing: it was sealed"), "{gone:?}");

    // A row in the middle: the others move up and everything behind is computed anew.
    let put_in = after(database, |conn| {
        conn.batch_execute(
            "UPDATE audit_entries SET seq = -seq WHERE lane = 'installation' AND seq >= 8; \
             UPDATE audit_entries SET seq = 1 - seq WHERE lane = 'installation' AND seq < 0; \
             INSERT INTO audit_entries SELECT lane, 8, at, actor, role, action, subject_kind, subject_id, before_state, \
             after_state, detail, hash, hash FROM audit_entries WHERE lane = 'installation' AND seq = 7",
        )?;
        rewrite(conn, "installation", 8)
    });
    assert!(
        first(&put_in).starts_with("audit installation#8: it is not what was sealed as leaf"),
        "{put_in:?}"
    );

    let rewritten = after(database, |conn| rewrite(conn, "installation", 3));
    assert!(
        first(&rewritten).starts_with("audit installation#3: it is not what was sealed as leaf"),
        "{rewritten:?}"
    );
    assert_eq!(after_sql(database, "SELECT 1"), Vec::<String>::new(), "everything was taken back");
}

fn the_trees_themselves_cannot_be_touched_unseen(app: &TestApp) {
    a_log(app);
    let zeros = "0".repeat(64);
    // The row and its leaf are altered together: what the log binds is the tree before.
    let leaf_too = after(app.database(), |conn| {
        rewrite(conn, "installation", 12)?;
        let rows: Vec<(i64, String)> = {
            use diesel::prelude::*;
            use yichuang::db::schema::audit_entries::dsl;
            dsl::audit_entries
                .filter(dsl::lane.eq("installation"))
                .filter(dsl::seq.ge(12))
                .select((dsl::seq, dsl::hash))
                .load(conn)?
        };
        for (seq, hash) in rows {
            let leaf = yichuang::evidence::model::row_leaf("installation", seq, &hash);
            let leaf = yichuang::kernel::digest::hex(&leaf);
            conn.batch_execute(&format!(
                "UPDATE audit_leaves SET hash = '{leaf}' WHERE lane = 'installation' AND seq = {seq}"
            ))?;
        }
        Ok(())
    });
    assert!(
        leaf_too[0].starts_with("audit installation#11: from here on the tree of rows is not what log leaf"),
        "{leaf_too:?}"
    );
    let cases = [
        (
            format!("UPDATE audit_leaves SET hash = '{zeros}' WHERE position = 3"),
            "audit installation#4: it is not what",
        ),
        ("DELETE FROM audit_leaves WHERE position = 3".to_owned(), "audit installation#4: it has no leaf"),
        ("DELETE FROM audit_leaves WHERE position >= 15".to_owned(), "log leaf 1: it binds"),
        (
            format!("UPDATE tree_nodes SET hash = '{zeros}' WHERE level = 4"),
            "node 4/0 of the tree of rows: it is not",
        ),
        ("DELETE FROM tree_nodes WHERE level = 4".to_owned(), "node 4/0 of the tree of rows: it is missing"),
        (
            "UPDATE log_leaves SET entry = entry || 'x' WHERE position = 0".to_owned(),
            "log leaf 0: it was altered",
        ),
        ("DELETE FROM log_leaves WHERE position = 0".to_owned(), "log leaf 0: it is missing"),
        (
            "DELETE FROM log_leaves WHERE position = 1".to_owned(),
            "checkpoint 2: the log has 1 leaves: it has shrunk",
        ),
        (
            format!("UPDATE audit_checkpoints SET root = '{zeros}' WHERE size = 2"),
            "checkpoint 2: the log under it",
        ),
        (
            "UPDATE audit_checkpoints SET rows_size = 1 WHERE size = 2".to_owned(),
            "checkpoint 2: its size was altered",
        ),
        ("DELETE FROM evidence_keys".to_owned(), "checkpoint 1: its signature is of no key that is listed"),
    ];
    for (sql, expected) in cases {
        let found = after_sql(app.database(), &sql);
        assert!(found.iter().any(|found| found.starts_with(expected)), "{sql}: {found:?}");
    }
}

fn what_was_sealed_is_insert_only(app: &TestApp) {
    a_log(app);
    for table in SEALED {
        let column = match table {
            "evidence_keys" => "id",
            "public_statements" => "subject",
            "audit_checkpoints" => "root",
            _ => "hash",
        };
        for sql in [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")] {
            let refused: Result<(), yichuang::error::Error> = app
                .database()
                .write_now(yichuang::db::Lane::Installation, move |conn| Ok(conn.batch_execute(&sql)?));
            // A trigger for each row has nothing to refuse in an empty table.
            let is_empty = table == "public_statements" && app.database().is_sqlite();
            assert!(is_empty || refused.unwrap_err().cause().unwrap().contains("insert-only"), "{table}");
        }
    }
}

/// The chain, the leaves, both trees, the checkpoints and their signatures are made anew: nothing in the database tells.
fn a_history_that_was_rewritten_as_a_whole_is_seen_against_a_kept_checkpoint(app: &TestApp) {
    deeds(app, 3);
    let early = app.seal();
    deeds(app, 3);
    let kept = app.seal();
    assert_eq!(against(app.database(), &[&early, &kept]), Vec::<String>::new());
    let seq = early.rows_size + 2;
    forever(app.database(), move |conn| {
        rewrite(conn, "installation", seq)?;
        // Even the first checkpoint is left as it was.
        let of_later = format!(
            "DELETE FROM audit_leaves WHERE position >= {}; DELETE FROM log_leaves WHERE position >= 1; \
             DELETE FROM tree_nodes; DELETE FROM audit_checkpoints WHERE size > 1",
            early_rows(conn)?
        );
        Ok(conn.batch_execute(&of_later)?)
    });
    let again = app.seal();
    assert_eq!(again.size, kept.size);
    app.seal();
    assert_eq!(after_sql(app.database(), "SELECT 1"), Vec::<String>::new(), "the forgery is whole in itself");
    assert_eq!(against(app.database(), &[&early]), Vec::<String>::new());
    let found = against(app.database(), &[&early, &kept]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("checkpoint 2 of the file: the history was rewritten"), "{found:?}");
    let from =
        format!("the first row that can have been altered is audit installation#{}", early.rows_size + 1);
    assert!(found[0].ends_with(&from), "{found:?}");

    // And all of it with another key: the kept checkpoint is of a key that nobody lists.
    forever_again(app);
    let found = against(app.database(), &[&kept]);
    assert!(found[0].contains("signed with no key that is listed here"), "{found:?}");
}

fn early_rows(conn: &mut yichuang::db::Db) -> Result<i64, yichuang::error::Error> {
    use diesel::prelude::*;
    use yichuang::db::schema::audit_checkpoints::dsl;
    Ok(dsl::audit_checkpoints.find(1i64).select(dsl::rows_size).first(conn)?)
}

fn forever_again(app: &TestApp) {
    app.database()
        .write_now(yichuang::db::Lane::Installation, |conn| {
            unseal(conn)?;
            Ok(conn.batch_execute("DELETE FROM evidence_keys")?)
        })
        .unwrap();
    std::fs::write(&app.settings().evidence.key_file, "08".repeat(32)).unwrap();
    app.seal();
}

/// Rows, leaves and checkpoints end where they ended a week ago.
fn a_database_of_last_week_is_seen_against_a_kept_checkpoint(app: &TestApp) {
    deeds(app, 3);
    let last_week = app.seal();
    deeds(app, 3);
    let kept = app.seal();
    let rows = last_week.rows_size;
    forever(app.database(), move |conn| {
        let sql = format!(
            "DELETE FROM audit_entries WHERE lane = 'installation' AND seq > {rows}; \
             DELETE FROM audit_leaves WHERE position >= {rows}; DELETE FROM log_leaves WHERE position >= 1; \
             DELETE FROM tree_nodes; DELETE FROM audit_checkpoints WHERE size > 1"
        );
        Ok(conn.batch_execute(&sql)?)
    });
    assert_eq!(after_sql(app.database(), "SELECT 1"), Vec::<String>::new());
    let found = against(app.database(), &[&last_week, &kept]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("checkpoint 2 of the file: the log has shrunk to 1 leaves"), "{found:?}");
    assert!(found[0].ends_with(&format!("rows are missing after audit installation#{rows}")), "{found:?}");

    // Life goes on in the old copy: then the history is another one.
    deeds(app, 1);
    app.seal();
    app.seal();
    let found = against(app.database(), &[&last_week, &kept]);
    assert!(found[0].contains("the history was rewritten"), "{found:?}");
}
