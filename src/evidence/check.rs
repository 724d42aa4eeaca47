//! Checking what was sealed against what is stored now, from the rows up: the first row of a lane that was altered, lost,
//! moved or put in; a tree that is not what its rows make; a log that is not what was signed; and, against checkpoints
//! that somebody kept elsewhere, a history that was rewritten as a whole or a database from last week.
//!
//! The stored subtrees are no source of truth: they are computed anew and compared.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    model::{Opening, ROWS, RowLeaf, STATEMENT, StoredCheckpoint, Tree, hash_of, row_leaf},
    note::{self, Note, Verifier},
    store::{self, STRIDE},
    tree::{Complete, Edge, Hash, leaf_hash},
};
use crate::{
    audit::{self, AuditEntry, Chain},
    db::Db,
    error::Error,
    kernel::digest::hex,
};

/// What does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where, such as `audit installation#17`.
    pub subject: String,
    /// What is wrong.
    pub reason: String,
}

type Findings = Vec<Finding>;

fn note_down(findings: &mut Findings, subject: impl Into<String>, reason: impl Into<String>) {
    findings.push(Finding { subject: subject.into(), reason: reason.into() });
}

fn row_name(lane: &str, seq: i64) -> String {
    format!("audit {lane}#{seq}")
}

/// How many leaves are read at once.
const PAGE: i64 = 5_000;

/// Checks everything that the database alone can tell.
pub fn check(conn: &mut Db) -> Result<Findings, Error> {
    let mut findings = Findings::new();
    let mut lanes: BTreeSet<String> = audit::lanes(conn)?.into_iter().collect();
    lanes.extend(store::sealed_lanes(conn)?);
    for lane in lanes {
        findings.extend(first_fault(conn, &lane)?);
    }
    let openings = log(conn, &mut findings)?;
    rows(conn, &openings, &mut findings)?;
    statements(conn, &mut findings)?;
    Ok(findings)
}

/// The first row of a lane that is not what its chain, or what was sealed, says.
fn first_fault(conn: &mut Db, lane: &str) -> Result<Option<Finding>, Error> {
    let (mut chain, mut open) = (Chain::of(lane), None);
    loop {
        let rows = chain.next(conn)?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { break };
        let leaves = store::leaves_between(conn, lane, (first.seq, last.seq))?;
        if let (Some(seq), Some(leaf)) = (open, leaves.first()) {
            return Ok(Some(put_in(lane, seq, leaf.seq)));
        }
        if let Some((seq, reason)) = differs(&rows, &leaves) {
            return Ok(Some(Finding { subject: row_name(lane, seq), reason }));
        }
        let sealed = leaves.last().map_or(first.seq - 1, |leaf| leaf.seq);
        open = open.or((sealed < last.seq).then_some(sealed + 1));
    }
    let last = chain.last();
    let broken = chain.broken();
    if let Some(broken) = broken {
        return Ok(Some(Finding { subject: row_name(lane, broken.seq), reason: broken.reason.to_owned() }));
    }
    let cut = store::leaf_after(conn, lane, last)?;
    if let (Some(seq), Some(leaf)) = (open, &cut) {
        return Ok(Some(put_in(lane, seq, leaf.seq)));
    }
    Ok(cut.map(|leaf| Finding {
        subject: row_name(lane, leaf.seq),
        reason: format!("it is missing: it was sealed as leaf {}", leaf.position),
    }))
}

/// Rows are sealed in their order: one without a leaf before one with a leaf came in later.
fn put_in(lane: &str, seq: i64, later: i64) -> Finding {
    Finding {
        subject: row_name(lane, seq),
        reason: format!("it has no leaf, though #{later} has: it was put in"),
    }
}

/// The first of these rows, all of one lane and in order, that was sealed otherwise.
fn differs(rows: &[AuditEntry], leaves: &[RowLeaf]) -> Option<(i64, String)> {
    let mut leaves = leaves.iter().peekable();
    for row in rows {
        if let Some(leaf) = leaves.next_if(|leaf| leaf.seq == row.seq) {
            let is_same = hash_of(&leaf.hash) == Some(row_leaf(&row.lane, row.seq, &row.hash));
            if !is_same {
                return Some((row.seq, format!("it is not what was sealed as leaf {}", leaf.position)));
            }
        } else if let Some(later) = leaves.peek() {
            return Some((row.seq, put_in(&row.lane, row.seq, later.seq).reason));
        }
    }
    None
}

/// The public log: every leaf, every checkpoint, every stored subtree. Gives back what its leaves bind.
fn log(conn: &mut Db, findings: &mut Findings) -> Result<Vec<(i64, Opening)>, Error> {
    let (mut edge, mut nodes, mut openings) = (Edge::default(), Nodes::default(), Vec::new());
    let mut checkpoints = checkpoints(conn)?.into_iter().peekable();
    let verifiers = verifiers(conn)?;
    let mut last_rows = 0;
    loop {
        let page = store::log_page(conn, store::stored(edge.size())?, PAGE)?;
        if page.is_empty() {
            break;
        }
        for leaf in page {
            let name = format!("log leaf {}", edge.size());
            if leaf.position != store::stored(edge.size())? {
                note_down(findings, name, "it is missing");
                return Ok(openings);
            }
            let hash = leaf_hash(leaf.entry.as_bytes());
            if hash_of(&leaf.hash) != Some(hash) {
                note_down(findings, name.clone(), "it was altered");
            }
            if leaf.kind == ROWS {
                match Opening::parse(&leaf.entry) {
                    Some(opening) if opening.size >= last_rows => {
                        last_rows = opening.size;
                        openings.push((leaf.position, opening));
                    }
                    Some(_) => note_down(findings, name, "it binds fewer rows than the one before it"),
                    None => note_down(findings, name, "it binds no tree of rows"),
                }
            }
            edge.push(hash, |at, hash| nodes.note(at, *hash));
            while let Some(checkpoint) =
                checkpoints.next_if(|checkpoint| u64::try_from(checkpoint.size).ok() == Some(edge.size()))
            {
                let reason = wrong_checkpoint(&checkpoint, &edge, last_rows, &verifiers);
                if let Some(reason) = reason {
                    note_down(findings, format!("checkpoint {}", checkpoint.size), reason);
                }
            }
        }
    }
    if let Some(late) = checkpoints.next() {
        let reason = format!("the log has {} leaves: it has shrunk", edge.size());
        note_down(findings, format!("checkpoint {}", late.size), reason);
    }
    nodes.compare(conn, Tree::Log, findings)?;
    Ok(openings)
}

fn checkpoints(conn: &mut Db) -> Result<Vec<StoredCheckpoint>, Error> {
    let (mut all, mut last) = (Vec::new(), 0);
    loop {
        let page = store::checkpoints_after(conn, last, PAGE)?;
        let Some(end) = page.last() else { return Ok(all) };
        last = end.size;
        all.extend(page);
    }
}

/// Every key that signs or has signed, by its id.
fn verifiers(conn: &mut Db) -> Result<BTreeMap<String, Verifier>, Error> {
    let keys = store::keys(conn)?;
    Ok(keys.into_iter().filter_map(|key| Some((key.id, Verifier::parse(&key.verifier)?))).collect())
}

fn wrong_checkpoint(
    checkpoint: &StoredCheckpoint,
    edge: &Edge,
    rows: u64,
    verifiers: &BTreeMap<String, Verifier>,
) -> Option<&'static str> {
    let read = note::read(&checkpoint.note).unwrap_or_default();
    let [note] = read.as_slice() else { return Some("its note cannot be read") };
    let root = edge.root();
    if hash_of(&checkpoint.root) != Some(root) || note.checkpoint.root != root {
        Some("the log under it is not what was signed")
    } else if note.checkpoint.size != edge.size() || u64::try_from(checkpoint.rows_size) != Ok(rows) {
        Some("its size was altered")
    } else if !verifiers.get(&checkpoint.key_id).is_some_and(|verifier| note.is_signed_by(verifier)) {
        Some("its signature is of no key that is listed")
    } else {
        None
    }
}

/// What the leaves of the log bind of the tree of rows, compared while the tree grows.
struct Bound<'o> {
    openings: std::iter::Peekable<std::slice::Iter<'o, (i64, Opening)>>,
    /// The first row after the last opening that held: what is wrong with a later one begins there.
    since: Option<String>,
    is_whole: bool,
}

impl Bound<'_> {
    fn compare(&mut self, edge: &Edge, findings: &mut Findings) {
        while let Some((position, opening)) =
            self.openings.next_if(|(_, opening)| opening.size == edge.size())
        {
            if opening.root == edge.root() {
                self.since = None;
            } else if self.is_whole {
                self.is_whole = false;
                let from = self.since.take().unwrap_or_else(|| format!("log leaf {position}"));
                let reason = format!("from here on the tree of rows is not what log leaf {position} binds");
                note_down(findings, from, reason);
            }
        }
    }
}

/// The tree of rows: every leaf, everything the log binds, every stored subtree.
fn rows(conn: &mut Db, openings: &[(i64, Opening)], findings: &mut Findings) -> Result<(), Error> {
    let (mut edge, mut nodes) = (Edge::default(), Nodes::default());
    let mut bound = Bound { openings: openings.iter().peekable(), since: None, is_whole: true };
    bound.compare(&edge, findings);
    loop {
        let page = store::row_leaves(conn, store::stored(edge.size())?, PAGE)?;
        if page.is_empty() {
            break;
        }
        for leaf in page {
            let hash = hash_of(&leaf.hash).filter(|_| store::stored(edge.size()).ok() == Some(leaf.position));
            let Some(hash) = hash else {
                note_down(findings, format!("leaf {}", edge.size()), "it is missing or no hash");
                return Ok(());
            };
            bound.since.get_or_insert_with(|| row_name(&leaf.lane, leaf.seq));
            edge.push(hash, |at, hash| nodes.note(at, *hash));
            bound.compare(&edge, findings);
        }
    }
    if let Some((position, opening)) = bound.openings.next() {
        let reason =
            format!("it binds {} rows, {} are sealed: leaves are missing", opening.size, edge.size());
        note_down(findings, format!("log leaf {position}"), reason);
    }
    nodes.compare(conn, Tree::Rows, findings)
}

/// What was published: its audit row says the same, and so does its leaf.
fn statements(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    for statement in store::statements(conn)? {
        let name = format!("statement {}", statement.subject);
        match audit::find(conn, &statement.lane, statement.seq)? {
            Some(row) if row.hash == statement.row_hash && row.detail.contains(&statement.digest) => {}
            _ => note_down(
                findings,
                name.clone(),
                format!("{}#{} does not say what was published", statement.lane, statement.seq),
            ),
        }
        let leaf = store::log_leaf_of(conn, STATEMENT, &statement.subject)?;
        if leaf.is_some_and(|leaf| leaf.entry != statement.entry()) {
            note_down(findings, name, "its leaf in the log says something else");
        }
    }
    Ok(())
}

/// The subtrees that must be stored.
#[derive(Default)]
struct Nodes(BTreeMap<(i32, i64), Hash>);

impl Nodes {
    fn note(&mut self, at: Complete, hash: Hash) {
        if at.level.is_multiple_of(STRIDE)
            && let (Ok(level), Ok(position)) = (i32::try_from(at.level), i64::try_from(at.position))
        {
            self.0.insert((level, position), hash);
        }
    }

    fn compare(mut self, conn: &mut Db, tree: Tree, findings: &mut Findings) -> Result<(), Error> {
        let mut last = (0, -1);
        loop {
            let page = store::nodes_after(conn, tree, last, PAGE)?;
            let Some((level, position, _)) = page.last() else { break };
            last = (*level, *position);
            for (level, position, hash) in page {
                if self.0.remove(&(level, position)) != hash_of(&hash) {
                    let name = format!("node {level}/{position} of the tree of {}", tree.name());
                    note_down(findings, name, "it is not the root of its leaves");
                    return Ok(());
                }
            }
        }
        if let Some(((level, position), _)) = self.0.first_key_value() {
            let name = format!("node {level}/{position} of the tree of {}", tree.name());
            note_down(findings, name, "it is missing");
        }
        Ok(())
    }
}

/// Holds the log against checkpoints that were kept elsewhere. Names the first that does not fit, and the first row that
/// can have been altered since the one before.
pub fn against(conn: &mut Db, notes: &[Note]) -> Result<Findings, Error> {
    let mut findings = Findings::new();
    let verifiers = verifiers(conn)?;
    let mut notes: Vec<&Note> = notes.iter().collect();
    notes.sort_by_key(|note| note.checkpoint.size);
    let sizes: BTreeSet<u64> = notes.iter().map(|note| note.checkpoint.size).collect();
    let roots = roots_at(conn, &sizes)?;
    let size = store::size(conn, Tree::Log)?;
    let mut good = 0;
    for note in notes {
        let name = format!("checkpoint {} of the file", note.checkpoint.size);
        if !verifiers.values().any(|verifier| note.is_signed_by(verifier)) {
            let ids = note.key_ids().join(", ");
            note_down(&mut findings, name, format!("it is signed with no key that is listed here ({ids})"));
            continue;
        }
        match roots.get(&note.checkpoint.size) {
            Some(root) if *root == note.checkpoint.root => good = note.checkpoint.size,
            Some(_) => {
                let from = first_row_after(conn, good)?;
                let reason = format!(
                    "the history was rewritten: the log under it has another root ({} instead of {}); the first row \
                     that can have been altered is {from}",
                    roots.get(&note.checkpoint.size).map(|root| hex(root)).unwrap_or_default(),
                    hex(&note.checkpoint.root),
                );
                note_down(&mut findings, name, reason);
                break;
            }
            None => {
                let from = first_row_after(conn, good)?;
                let reason = format!(
                    "the log has shrunk to {size} leaves: an older copy of the database, or a log cut off; rows are \
                     missing after {from}"
                );
                note_down(&mut findings, name, reason);
                break;
            }
        }
    }
    Ok(findings)
}

/// The roots of the log at some sizes, from its leaves.
fn roots_at(conn: &mut Db, sizes: &BTreeSet<u64>) -> Result<BTreeMap<u64, Hash>, Error> {
    let (mut edge, mut roots) = (Edge::default(), BTreeMap::new());
    loop {
        let page = store::log_page(conn, store::stored(edge.size())?, PAGE)?;
        if page.is_empty() {
            return Ok(roots);
        }
        for leaf in page {
            edge.push(leaf_hash(leaf.entry.as_bytes()), |_, _| {});
            if sizes.contains(&edge.size()) {
                roots.insert(edge.size(), edge.root());
            }
        }
    }
}

/// The first row that was sealed after the log had so many leaves, or the last row there is.
fn first_row_after(conn: &mut Db, log_size: u64) -> Result<String, Error> {
    let opening = store::last_opening(conn, store::stored(log_size)?)?;
    let sealed = opening.and_then(|leaf| Opening::parse(&leaf.entry)).map_or(0, |opening| opening.size);
    let next = store::row_leaf_at(conn, store::stored(sealed)?)?;
    let last = match next {
        Some(leaf) => Some(leaf),
        None => store::row_leaf_at(conn, store::stored(sealed)? - 1)?,
    };
    Ok(last.map_or_else(|| "the first row".to_owned(), |leaf| row_name(&leaf.lane, leaf.seq)))
}
