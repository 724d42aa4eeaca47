//! Checking the chains.

use diesel::prelude::*;

use super::AuditEntry;
use crate::db::{Db, schema::audit_entries::dsl};

/// The first row of a lane that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The lane.
    pub lane: String,
    /// The row.
    pub seq: i64,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// How many rows are read at once.
const CHUNK: i64 = 5_000;

/// Every lane that has rows.
pub fn lanes(conn: &mut Db) -> QueryResult<Vec<String>> {
    dsl::audit_entries.select(dsl::lane).distinct().order(dsl::lane).load(conn)
}

/// One lane, read from its beginning and checked row by row.
pub struct Chain {
    lane: String,
    last: (i64, String),
    broken: Option<Broken>,
}

impl Chain {
    /// The chain of a lane, before its first row.
    #[must_use]
    pub fn of(lane: &str) -> Self {
        Self { lane: lane.to_owned(), last: (0, String::new()), broken: None }
    }

    /// The next rows; none after the last, and none after the first that does not fit.
    pub fn next(&mut self, conn: &mut Db) -> QueryResult<Vec<AuditEntry>> {
        if self.broken.is_some() {
            return Ok(Vec::new());
        }
        let mut rows: Vec<AuditEntry> = dsl::audit_entries
            .filter(dsl::lane.eq(&self.lane))
            .filter(dsl::seq.gt(self.last.0))
            .order(dsl::seq)
            .limit(CHUNK)
            .load(conn)?;
        let mut whole = 0;
        for row in &rows {
            if let Some((seq, reason)) = fault(row, &self.last) {
                self.broken = Some(Broken { lane: self.lane.clone(), seq, reason });
                break;
            }
            self.last.0 = row.seq;
            self.last.1.clone_from(&row.hash);
            whole += 1;
        }
        rows.truncate(whole);
        Ok(rows)
    }

    /// The last row that fits.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.last.0
    }

    /// The first row that does not fit.
    #[must_use]
    pub fn broken(self) -> Option<Broken> {
        self.broken
    }
}

/// The row that is wrong, and how: this one, or the one that should stand before it.
fn fault(row: &AuditEntry, previous: &(i64, String)) -> Option<(i64, &'static str)> {
    if row.seq != previous.0 + 1 {
        Some((previous.0 + 1, "it is missing"))
    } else if row.previous_hash != previous.1 {
        Some((row.seq, "it does not continue the row before it"))
    } else if row.hash != row.expected_hash() {
        Some((row.seq, "it was altered"))
    } else {
        None
    }
}
