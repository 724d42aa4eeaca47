//! Everything that is stored, to be compared before and after: a refusal leaves nothing behind.

use std::{collections::BTreeMap, sync::OnceLock};

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use yichuang::{
    db::{Database, Db},
    error::Error,
    kernel::digest::sha256_hex,
};

/// For each table how many rows it has and the digest of what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, (usize, String)>);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What changes although nothing happened: a session that is used, a mail that goes out.
fn is_left_out(table: &str, column: &str) -> bool {
    // The body of a letter with a secret is blanked when it has gone out.
    let mail = ["due_at", "attempts", "sent_at", "last_error", "dead_at", "body"];
    (table == "sessions" && column == "last_seen_at")
        || (table == "api_tokens" && column == "last_used_at")
        || (table == "outbox" && mail.contains(&column))
}

fn lines(conn: &mut Db, sql: &str) -> Result<Vec<String>, Error> {
    let rows: Vec<Line> = match conn {
        Db::Sqlite(conn) => sql_query(sql).load(conn)?,
        Db::Postgres(conn) => sql_query(sql).load(conn)?,
    };
    Ok(rows.into_iter().map(|row| row.line).collect())
}

fn tables(conn: &mut Db) -> Result<Vec<String>, Error> {
    let sql = match conn {
        Db::Sqlite(_) => {
            "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        Db::Postgres(_) => {
            "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    lines(conn, sql)
}

fn columns(conn: &mut Db, table: &str) -> Result<Vec<String>, Error> {
    let sql = match conn {
        Db::Sqlite(_) => format!("SELECT name AS line FROM pragma_table_info('{table}')"),
        Db::Postgres(_) => format!(
            "SELECT column_name::text AS line FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
        ),
    };
    Ok(lines(conn, &sql)?.into_iter().filter(|column| !is_left_out(table, column)).collect())
}

/// One question for everything: each row as `table|column|column…`. Tests of one engine share a schema.
fn question(conn: &mut Db) -> Result<&'static str, Error> {
    static SQLITE: OnceLock<String> = OnceLock::new();
    static POSTGRES: OnceLock<String> = OnceLock::new();
    let is_sqlite = matches!(conn, Db::Sqlite(_));
    let known = if is_sqlite { &SQLITE } else { &POSTGRES };
    if let Some(sql) = known.get() {
        return Ok(sql);
    }
    let mut parts = Vec::new();
    for table in tables(conn)? {
        // Refusals and readings go on record a moment later, and leases come and go.
        let rows = match table.as_str() {
            "audit_entries" => " WHERE subject_kind <> 'request'",
            "leases" => continue,
            _ => "",
        };
        let shown: Vec<String> = columns(conn, &table)?
            .iter()
            .map(|c| if is_sqlite { format!("quote({c})") } else { format!("coalesce({c}::text, '∅')") })
            .collect();
        parts.push(format!("SELECT '{table}|' || {} AS line FROM {table}{rows}", shown.join(" || '|' || ")));
    }
    Ok(known.get_or_init(|| parts.join(" UNION ALL ")))
}

impl Snapshot {
    /// As it is now, from one consistent read.
    #[track_caller]
    pub fn of(database: &Database) -> Self {
        let read = |conn: &mut Db| {
            let sql = question(conn)?;
            lines(conn, sql)
        };
        let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in database.read_now(read).expect("everything can be read") {
            let (table, content) = row.split_once('|').expect("a table before its row");
            rows.entry(table.to_owned()).or_default().push(content.to_owned());
        }
        let digest = |(table, mut rows): (String, Vec<String>)| {
            rows.sort_unstable();
            (table, (rows.len(), sha256_hex(rows.join("\n"))))
        };
        Self(rows.into_iter().map(digest).collect())
    }

    /// The tables that differ.
    pub fn difference(&self, other: &Self) -> Vec<String> {
        let changed = self.0.iter().filter(|(table, content)| other.0.get(*table) != Some(content));
        changed.map(|(table, (rows, _))| format!("{table} ({rows} rows)")).collect()
    }
}

/// Waits until nothing is done in the background any more: what was ordered before is no doing of a refusal.
#[track_caller]
pub fn settle(database: &Database) {
    use diesel::prelude::*;
    use yichuang::db::schema::jobs;

    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let waiting: i64 = database
            .read_now(|conn| {
                Ok(jobs::table.filter(jobs::state.eq_any(["queued", "running"])).count().get_result(conn)?)
            })
            .expect("the jobs can be read");
        if waiting == 0 {
            return;
        }
        assert!(std::time::Instant::now() < patience, "{waiting} jobs are not done");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Does something that is refused and holds it against what was stored before.
#[track_caller]
pub fn changes_nothing<T>(database: &Database, what: impl FnOnce() -> T) -> T {
    settle(database);
    let before = Snapshot::of(database);
    let outcome = what();
    let after = Snapshot::of(database);
    assert!(before == after, "a refusal changed {:?}", after.difference(&before));
    outcome
}
