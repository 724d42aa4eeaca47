//! Checking the chains.

use std::collections::BTreeMap;

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

/// Reads the whole log and names, for each lane, the first row that was altered, lost or moved.
pub fn verify_chain(conn: &mut Db) -> QueryResult<Vec<Broken>> {
    let lanes: Vec<String> = dsl::audit_entries.select(dsl::lane).distinct().order(dsl::lane).load(conn)?;
    let mut broken = BTreeMap::new();
    for lane in lanes {
        let mut previous = (0, String::new());
        'lane: loop {
            let rows: Vec<AuditEntry> = dsl::audit_entries
                .filter(dsl::lane.eq(&lane))
                .filter(dsl::seq.gt(previous.0))
                .order(dsl::seq)
                .limit(CHUNK)
                .load(conn)?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                if let Some(reason) = fault(&row, &previous) {
                    broken.insert(lane.clone(), (row.seq, reason));
                    break 'lane;
                }
                previous = (row.seq, row.hash);
            }
        }
    }
    Ok(broken.into_iter().map(|(lane, (seq, reason))| Broken { lane, seq, reason }).collect())
}

fn fault(row: &AuditEntry, previous: &(i64, String)) -> Option<&'static str> {
    if row.seq != previous.0 + 1 {
        Some("the row before it is missing")
    } else if row.previous_hash != previous.1 {
        Some("it does not continue the row before it")
    } else if row.hash != row.expected_hash() {
        Some("it was altered")
    } else {
        None
    }
}
