//! The audit log: who did what, when, to what, written in the transaction of the effect and hash-chained per lane.
//!
//! Invariants (trust.md I19, I20): `seq` has no gap in a lane; `hash = SHA-256(previous hash and the row)`; rows are
//! only inserted (triggers on both databases); a change of state without a row here does not exist.

mod access;
mod chain;
mod list;

use diesel::prelude::*;
use serde_json::Value;

pub use access::{Access, AccessRow, Purpose, record_access};
pub use chain::{Broken, Chain, lanes};
pub use list::{Filter, find, list};

use crate::{
    db::{Db, Lane, schema::audit_entries},
    kernel::{digest::sha256_hex, ids::UserId, role::Role, time::Timestamp},
};

/// What happened, told by the action that did it.
#[derive(Debug)]
pub struct Deed<'a> {
    /// Who; nobody for the system's own work and for people who are not signed in.
    pub actor: Option<UserId>,
    /// In which role.
    pub role: Option<Role>,
    /// What, as `noun.verb`.
    pub action: &'static str,
    /// The kind of thing it was done to.
    pub subject_kind: &'static str,
    /// Which one.
    pub subject_id: String,
    /// Its state before.
    pub before: Option<&'a str>,
    /// Its state after.
    pub after: Option<&'a str>,
    /// What else matters: reasons, amounts, versions. Never personal data.
    pub detail: Value,
}

/// A row of the log.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = audit_entries)]
pub struct AuditEntry {
    /// The lane the chain belongs to.
    pub lane: String,
    /// 1, 2, 3 … in the lane.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Option<UserId>,
    /// In which role.
    pub role: Option<String>,
    /// What.
    pub action: String,
    /// To what kind of thing.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// State before.
    pub before_state: Option<String>,
    /// State after.
    pub after_state: Option<String>,
    /// JSON.
    pub detail: String,
    /// The hash of the row before, empty for the first.
    pub previous_hash: String,
    /// The hash of this row.
    pub hash: String,
}

impl AuditEntry {
    /// The hash this row must carry.
    #[must_use]
    pub fn expected_hash(&self) -> String {
        // Written out without a JSON value in between: a log of a million rows is checked in seconds.
        let row = (
            &self.lane,
            self.seq,
            self.at,
            self.actor,
            &self.role,
            &self.action,
            &self.subject_kind,
            &self.subject_id,
            &self.before_state,
            &self.after_state,
            &self.detail,
            &self.previous_hash,
        );
        // Texts and numbers can always be written.
        sha256_hex(serde_json::to_vec(&row).unwrap_or_default())
    }
}

/// Appends `deed` to the lane's chain.
pub fn record(conn: &mut Db, lane: Lane, deed: Deed<'_>, now: Timestamp) -> QueryResult<()> {
    append(conn, lane, deed, now).map(|_| ())
}

/// The same, and gives back the row as it was written.
pub fn append(conn: &mut Db, lane: Lane, deed: Deed<'_>, now: Timestamp) -> QueryResult<AuditEntry> {
    use audit_entries::dsl;

    let lane = lane.name();
    let last: Option<(i64, String)> = dsl::audit_entries
        .filter(dsl::lane.eq(&lane))
        .order(dsl::seq.desc())
        .select((dsl::seq, dsl::hash))
        .first(conn)
        .optional()?;
    let (seq, previous_hash) = last.map_or((1, String::new()), |(seq, hash)| (seq + 1, hash));
    let mut entry = AuditEntry {
        lane,
        seq,
        at: now,
        actor: deed.actor,
        role: deed.role.map(|role| role.to_string()),
        action: deed.action.to_owned(),
        subject_kind: deed.subject_kind.to_owned(),
        subject_id: deed.subject_id,
        before_state: deed.before.map(str::to_owned),
        after_state: deed.after.map(str::to_owned),
        detail: deed.detail.to_string(),
        previous_hash,
        hash: String::new(),
    };
    entry.hash = entry.expected_hash();
    diesel::insert_into(audit_entries::table).values(&entry).execute(conn)?;
    Ok(entry)
}
