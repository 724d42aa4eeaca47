//! What is stored of the two trees, and what is shown of them.

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::tree::{Hash, leaf_hash};
use crate::{
    db::schema::{audit_checkpoints, audit_leaves, evidence_keys, log_leaves, public_statements},
    http::View,
    kernel::{digest::hex, ids::NoticeId, time::Timestamp},
};

/// 64 hex digits as a hash.
#[must_use]
pub fn hash_of(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

/// Which of the two trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Over the audit rows of all lanes; for auditors.
    Rows,
    /// The public log.
    Log,
}

impl Tree {
    /// Its name in the table of nodes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Log => "log",
        }
    }
}

/// The leaf of an audit row: a digest over where it stands and over its own hash.
#[must_use]
pub fn row_leaf(lane: &str, seq: i64, row_hash: &str) -> Hash {
    leaf_hash(format!("yichuang/row/1\n{lane}\n{seq}\n{row_hash}\n").as_bytes())
}

/// A leaf of the tree of rows.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = audit_leaves)]
pub struct RowLeaf {
    /// Its place in the tree.
    pub position: i64,
    /// The lane of the row.
    pub lane: String,
    /// Its number in the lane.
    pub seq: i64,
    /// The leaf's hash.
    pub hash: String,
}

/// The kind of log leaf that binds the tree of rows.
pub const ROWS: &str = "rows";
/// The kind of log leaf that binds what was published.
pub const STATEMENT: &str = "statement";

/// A leaf of the public log.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = log_leaves)]
pub struct LogLeaf {
    /// Its place in the log.
    pub position: i64,
    /// [`ROWS`] or [`STATEMENT`].
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// The text that is hashed.
    pub entry: String,
    /// The leaf's hash.
    pub hash: String,
}

impl LogLeaf {
    /// A leaf over `entry`.
    #[must_use]
    pub fn new(position: i64, kind: &str, subject: &str, entry: String) -> Self {
        let hash = hex(&leaf_hash(entry.as_bytes()));
        Self { position, kind: kind.to_owned(), subject: subject.to_owned(), entry, hash }
    }
}

/// The tree of rows at a sealing. The salt keeps anybody from telling whether nothing happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// 64 random hex digits.
    pub salt: String,
    /// So many rows.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Opening {
    /// The text of its leaf in the log.
    #[must_use]
    pub fn entry(&self) -> String {
        format!("yichuang/rows/1\n{}\n{}\n{}\n", self.salt, self.size, hex(&self.root))
    }

    /// What such a text says.
    #[must_use]
    pub fn parse(entry: &str) -> Option<Self> {
        let mut lines = entry.strip_prefix("yichuang/rows/1\n")?.lines();
        let (salt, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let opening = Self { salt: salt.to_owned(), size: size.parse().ok()?, root: hash_of(root)? };
        (opening.entry() == entry).then_some(opening)
    }
}

/// Something that was published: its digest, and the audit row that says so.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = public_statements)]
pub struct Statement {
    /// What, such as `notice/ID`.
    pub subject: String,
    /// SHA-256 of its content.
    pub digest: String,
    /// The lane of the audit row.
    pub lane: String,
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub row_hash: String,
    /// When it was published.
    pub made_at: Timestamp,
}

impl Statement {
    /// The text of its leaf in the log. Of the audit row it says the hash alone: its number would tell how much happened.
    #[must_use]
    pub fn entry(&self) -> String {
        format!("yichuang/statement/1\n{}\n{}\n{}\n", self.subject, self.digest, self.row_hash)
    }
}

/// A stored checkpoint.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = audit_checkpoints)]
pub struct StoredCheckpoint {
    /// So many leaves of the log.
    pub size: i64,
    /// The root over them.
    pub root: String,
    /// The moment of the clock it was sealed for.
    pub sealed_at: Timestamp,
    /// So many rows were sealed by then. Never shown to the public.
    pub rows_size: i64,
    /// The key it is signed with.
    pub key_id: String,
    /// The signed note.
    pub note: String,
}

/// A key that signs or has signed.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = evidence_keys)]
pub struct StoredKey {
    /// Its id.
    pub id: String,
    /// `NAME+ID+KEY`.
    pub verifier: String,
    /// When it signed first.
    pub first_used_at: Timestamp,
}

/// A checkpoint as everybody sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckpointView {
    /// So many leaves of the public log.
    pub size: i64,
    /// The root over them, as hex.
    pub root: String,
    /// The moment of the clock it was sealed for.
    pub sealed_at: Timestamp,
    /// The key it is signed with.
    pub key_id: String,
    /// The checkpoint with its signature (C2SP signed-note): keep this.
    pub note: String,
}

impl View for CheckpointView {}

impl From<StoredCheckpoint> for CheckpointView {
    fn from(stored: StoredCheckpoint) -> Self {
        let StoredCheckpoint { size, root, sealed_at, key_id, note, .. } = stored;
        Self { size, root, sealed_at, key_id, note }
    }
}

/// A key as everybody sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// Its id, which signatures begin with.
    pub id: String,
    /// The public key as C2SP has it: `NAME+ID+BASE64`.
    pub verifier: String,
    /// The public key as PEM, for `openssl`.
    pub pem: String,
    /// When it signed first.
    pub first_used_at: Timestamp,
}

/// That a leaf stands in the log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InclusionView {
    /// The leaf's place.
    pub leaf: i64,
    /// The leaf's hash.
    pub leaf_hash: String,
    /// In the log of so many leaves.
    pub size: i64,
    /// With this root.
    pub root: String,
    /// The proof, from the leaf upwards (RFC 6962, 2.1.1).
    pub hashes: Vec<String>,
}

impl View for InclusionView {}

/// That a log is the beginning of a later one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConsistencyView {
    /// The earlier size.
    pub from: i64,
    /// Its root.
    pub from_root: String,
    /// The later size.
    pub to: i64,
    /// Its root.
    pub to_root: String,
    /// The proof (RFC 6962, 2.1.2).
    pub hashes: Vec<String>,
}

impl View for ConsistencyView {}

/// What proves when and as what a notice was published.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatementView {
    /// The notice.
    pub notice_id: NoticeId,
    /// The text whose SHA-256 is the digest: the notice, line by line.
    pub content: String,
    /// SHA-256 of the content; stands in the audit row and in the leaf.
    pub digest: String,
    /// The latest checkpoint when it was published.
    pub published_under: Option<CheckpointView>,
    /// The text of its leaf in the log; its last line is the hash of the audit row.
    pub entry: String,
    /// That the leaf is in the log, once it was sealed.
    pub inclusion: Option<InclusionView>,
    /// The checkpoint with that size.
    pub sealed_under: Option<CheckpointView>,
}

impl View for StatementView {}

/// That an audit row was sealed: in the tree of rows, whose root stands in a leaf of the public log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RowProof {
    /// The place of the row's leaf in the tree of rows.
    pub leaf: i64,
    /// The leaf's hash.
    pub leaf_hash: String,
    /// So many rows were sealed.
    pub rows_size: i64,
    /// The proof in the tree of rows.
    pub hashes: Vec<String>,
    /// The text of the log's leaf that binds the tree of rows: salt, size, root.
    pub opening: String,
    /// That this leaf is in the log.
    pub log: InclusionView,
}

/// A row of the audit log, for auditors.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// The lane.
    pub lane: String,
    /// Its number in the lane.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Option<String>,
    /// In which role.
    pub role: Option<String>,
    /// What.
    pub action: String,
    /// To what kind of thing.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// Its state before.
    pub before_state: Option<String>,
    /// Its state after.
    pub after_state: Option<String>,
    /// What else matters, as the JSON text that is hashed.
    pub detail: String,
    /// The hash of the row before.
    pub previous_hash: String,
    /// The row's own hash.
    pub hash: String,
    /// Once it was sealed.
    pub proof: Option<RowProof>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_says_what_was_written() {
        let opening = Opening { salt: "ab".repeat(32), size: 1000, root: [9; 32] };
        assert_eq!(Opening::parse(&opening.entry()), Some(opening.clone()));
        assert_eq!(Opening::parse(&opening.entry().replace("1000", "01000")), None);
        assert_eq!(Opening::parse("yichuang/rows/1\n"), None);
        assert_eq!(hash_of(&hex(&[0xab; 32])), Some([0xab; 32]));
        assert_eq!((hash_of("ab"), hash_of(&"zz".repeat(32))), (None, None));
    }
}
