//! What is shown: proofs to everybody, rows with their proofs to auditors.

use super::{
    model::{
        CheckpointView, ConsistencyView, EntryView, InclusionView, KeyView, Opening, RowProof, STATEMENT,
        StatementView, StoredKey, Tree,
    },
    note::Verifier,
    store::{self, counted},
    tree,
};
use crate::{
    audit::AuditEntry,
    db::Db,
    error::{Error, codes},
    kernel::{digest::hex, ids::NoticeId},
};

/// The size asked for, or the latest; 404 for what is not sealed yet.
fn sealed_size(conn: &mut Db, asked: Option<i64>) -> Result<i64, Error> {
    let latest = store::latest_checkpoint(conn)?.map_or(0, |checkpoint| checkpoint.size);
    let size = asked.unwrap_or(latest);
    if (1..=latest).contains(&size) {
        Ok(size)
    } else {
        Err(Error::new(&codes::NOT_SEALED).with("size", latest))
    }
}

/// That a leaf stands in the log of so many leaves.
pub fn inclusion(conn: &mut Db, leaf: i64, size: Option<i64>) -> Result<InclusionView, Error> {
    let size = sealed_size(conn, size)?;
    let stored = store::log_leaf_at(conn, leaf)?
        .filter(|stored| stored.position < size)
        .ok_or_else(|| Error::new(&codes::NOT_SEALED).with("size", size))?;
    let count = counted(size)?;
    Ok(InclusionView {
        leaf,
        leaf_hash: stored.hash,
        size,
        root: hex(&store::root(conn, Tree::Log, count)?),
        hashes: store::proof(conn, Tree::Log, tree::inclusion(counted(leaf)?, count))?,
    })
}

/// That the log of `from` leaves is the beginning of that of `to`.
pub fn consistency(conn: &mut Db, from: i64, to: Option<i64>) -> Result<ConsistencyView, Error> {
    let to = sealed_size(conn, to)?;
    let from = sealed_size(conn, Some(from))?;
    if from > to {
        return Err(Error::new(&codes::NOT_SEALED).with("size", to));
    }
    let (older, newer) = (counted(from)?, counted(to)?);
    Ok(ConsistencyView {
        from,
        from_root: hex(&store::root(conn, Tree::Log, older)?),
        to,
        to_root: hex(&store::root(conn, Tree::Log, newer)?),
        hashes: store::proof(conn, Tree::Log, tree::consistency(older, newer))?,
    })
}

/// A key for those who check with `openssl`.
#[must_use]
pub fn key(stored: StoredKey) -> KeyView {
    use base64::{Engine, engine::general_purpose::STANDARD};

    // SubjectPublicKeyInfo of Ed25519 (RFC 8410): twelve bytes that are always the same, then the key.
    const HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let StoredKey { id, verifier, first_used_at } = stored;
    let bytes = Verifier::parse(&verifier).map(|verifier| verifier.bytes()).unwrap_or_default();
    let encoded = STANDARD.encode([HEAD.as_slice(), &bytes].concat());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----\n");
    KeyView { id, verifier, pem, first_used_at }
}

/// What proves when and as what a notice was published.
pub fn notice(
    conn: &mut Db,
    id: NoticeId,
    content: String,
    published_under: Option<i64>,
) -> Result<StatementView, Error> {
    let subject = notice_subject(id);
    let statement = store::statement(conn, &subject)?.ok_or_else(Error::not_found)?;
    let checkpoint = |conn: &mut Db, size: i64| -> Result<Option<CheckpointView>, Error> {
        Ok(store::checkpoint(conn, size)?.map(CheckpointView::from))
    };
    let published_under = match published_under {
        Some(size) => checkpoint(conn, size)?,
        None => None,
    };
    let leaf = store::log_leaf_of(conn, STATEMENT, &subject)?;
    let inclusion = leaf.map(|leaf| inclusion(conn, leaf.position, None)).transpose()?;
    let sealed_under = match &inclusion {
        Some(inclusion) => checkpoint(conn, inclusion.size)?,
        None => None,
    };
    let (digest, entry) = (statement.digest.clone(), statement.entry());
    Ok(StatementView { notice_id: id, content, digest, published_under, entry, inclusion, sealed_under })
}

/// What a notice is called in the log.
#[must_use]
pub fn notice_subject(id: NoticeId) -> String {
    format!("notice/{id}")
}

/// What proves rows: the tree of rows under the latest checkpoint.
pub struct Sealed {
    opening: Opening,
    entry: String,
    log: InclusionView,
}

impl Sealed {
    /// As it is under the latest checkpoint; none where nothing was sealed yet.
    pub fn latest(conn: &mut Db) -> Result<Option<Self>, Error> {
        let Some(checkpoint) = store::latest_checkpoint(conn)? else { return Ok(None) };
        let Some(leaf) = store::last_opening(conn, checkpoint.size)? else { return Ok(None) };
        let opening = Opening::parse(&leaf.entry).ok_or_else(|| Error::internal("a leaf binds no tree"))?;
        let log = inclusion(conn, leaf.position, Some(checkpoint.size))?;
        Ok(Some(Self { opening, entry: leaf.entry, log }))
    }

    fn proof(&self, conn: &mut Db, row: &AuditEntry) -> Result<Option<RowProof>, Error> {
        let Some(leaf) = store::leaf_of(conn, &row.lane, row.seq)? else { return Ok(None) };
        let position = counted(leaf.position)?;
        if position >= self.opening.size {
            return Ok(None);
        }
        Ok(Some(RowProof {
            leaf: leaf.position,
            leaf_hash: leaf.hash,
            rows_size: store::stored(self.opening.size)?,
            hashes: store::proof(conn, Tree::Rows, tree::inclusion(position, self.opening.size))?,
            opening: self.entry.clone(),
            log: self.log.clone(),
        }))
    }
}

/// A row with its proof, once it was sealed.
pub fn entry(conn: &mut Db, sealed: Option<&Sealed>, row: AuditEntry) -> Result<EntryView, Error> {
    let proof = match sealed {
        Some(sealed) => sealed.proof(conn, &row)?,
        None => None,
    };
    Ok(EntryView {
        lane: row.lane,
        seq: row.seq,
        at: row.at,
        actor: row.actor.map(|actor| actor.to_string()),
        role: row.role,
        action: row.action,
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
        before_state: row.before_state,
        after_state: row.after_state,
        detail: row.detail,
        previous_hash: row.previous_hash,
        hash: row.hash,
        proof,
    })
}
