//! Queries, and the trees as they are stored: every hash that a proof needs is made of a few rows.

use diesel::prelude::*;

use super::{
    model::{LogLeaf, ROWS, RowLeaf, STATEMENT, Statement, StoredCheckpoint, StoredKey, Tree, hash_of},
    tree::{self, Complete, Edge, Hash, Range},
};
use crate::{
    db::{
        Db,
        schema::{
            audit_checkpoints, audit_entries, audit_leaves, evidence_keys, log_leaves, public_statements,
            tree_nodes,
        },
    },
    error::Error,
    kernel::{digest::hex, time::Timestamp},
};

/// Subtrees are stored at every so many levels.
pub const STRIDE: u32 = 4;

/// A place or size as the database has it.
pub fn stored(number: u64) -> Result<i64, Error> {
    i64::try_from(number).map_err(Error::internal)
}

/// A place or size as the rules have it.
pub fn counted(number: i64) -> Result<u64, Error> {
    u64::try_from(number).map_err(Error::internal)
}

/// How many leaves a tree has.
pub fn size(conn: &mut Db, tree: Tree) -> Result<u64, Error> {
    let last: Option<i64> = match tree {
        Tree::Rows => audit_leaves::table.select(diesel::dsl::max(audit_leaves::position)).first(conn)?,
        Tree::Log => log_leaves::table.select(diesel::dsl::max(log_leaves::position)).first(conn)?,
    };
    last.map_or(Ok(0), |last| counted(last + 1))
}

/// The stored hashes of a level from `start` up to before `end`.
fn hashes(conn: &mut Db, tree: Tree, level: u32, (start, end): Range) -> Result<Vec<Hash>, Error> {
    let (start, end) = (stored(start)?, stored(end)?);
    let found: Vec<String> = match (tree, level) {
        (Tree::Rows, 0) => audit_leaves::table
            .filter(audit_leaves::position.ge(start))
            .filter(audit_leaves::position.lt(end))
            .order(audit_leaves::position)
            .select(audit_leaves::hash)
            .load(conn)?,
        (Tree::Log, 0) => log_leaves::table
            .filter(log_leaves::position.ge(start))
            .filter(log_leaves::position.lt(end))
            .order(log_leaves::position)
            .select(log_leaves::hash)
            .load(conn)?,
        _ => tree_nodes::table
            .filter(tree_nodes::tree.eq(tree.name()))
            .filter(tree_nodes::level.eq(i32::try_from(level).map_err(Error::internal)?))
            .filter(tree_nodes::position.ge(start))
            .filter(tree_nodes::position.lt(end))
            .order(tree_nodes::position)
            .select(tree_nodes::hash)
            .load(conn)?,
    };
    let whole: Option<Vec<Hash>> = found.iter().map(|text| hash_of(text)).collect();
    let expected = usize::try_from(end - start).map_err(Error::internal)?;
    whole
        .filter(|hashes| hashes.len() == expected)
        .ok_or_else(|| Error::internal("a stored tree has a hole; run `yichuang verify`"))
}

/// The root of a complete subtree.
fn complete(conn: &mut Db, tree: Tree, at: Complete) -> Result<Hash, Error> {
    let below = at.level % STRIDE;
    let range = (at.position << below, (at.position + 1) << below);
    let mut level = hashes(conn, tree, at.level - below, range)?;
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => tree::node_hash(left, right),
                rest => tree::join(rest),
            })
            .collect();
    }
    Ok(tree::join(&level))
}

/// The right edge of the tree of its first `size` leaves.
pub fn edge(conn: &mut Db, tree: Tree, size: u64) -> Result<Edge, Error> {
    let hashes =
        tree::pieces((0, size)).into_iter().map(|at| complete(conn, tree, at)).collect::<Result<_, _>>()?;
    Ok(Edge::of(size, hashes))
}

/// The root over the first `size` leaves.
pub fn root(conn: &mut Db, tree: Tree, size: u64) -> Result<Hash, Error> {
    Ok(edge(conn, tree, size)?.root())
}

/// The roots of ranges, as a proof has them.
pub fn proof(conn: &mut Db, tree: Tree, ranges: Vec<Range>) -> Result<Vec<String>, Error> {
    ranges
        .into_iter()
        .map(|range| {
            let pieces: Vec<Hash> = tree::pieces(range)
                .into_iter()
                .map(|at| complete(conn, tree, at))
                .collect::<Result<_, Error>>()?;
            Ok(hex(&tree::join(&pieces)))
        })
        .collect()
}

pub fn insert_nodes(conn: &mut Db, tree: Tree, nodes: &[(Complete, Hash)]) -> Result<(), Error> {
    for (at, hash) in nodes.iter().filter(|(at, _)| at.level.is_multiple_of(STRIDE)) {
        diesel::insert_into(tree_nodes::table)
            .values((
                tree_nodes::tree.eq(tree.name()),
                tree_nodes::level.eq(i32::try_from(at.level).map_err(Error::internal)?),
                tree_nodes::position.eq(stored(at.position)?),
                tree_nodes::hash.eq(hex(hash)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

pub fn insert_row_leaf(conn: &mut Db, leaf: &RowLeaf) -> QueryResult<()> {
    diesel::insert_into(audit_leaves::table).values(leaf).execute(conn).map(|_| ())
}

pub fn insert_log_leaf(conn: &mut Db, leaf: &LogLeaf) -> QueryResult<()> {
    diesel::insert_into(log_leaves::table).values(leaf).execute(conn).map(|_| ())
}

/// The next rows of all lanes that have no leaf yet: lane by lane, each in its order.
pub fn unsealed(conn: &mut Db, limit: i64) -> QueryResult<Vec<(String, i64, String)>> {
    let mut found: Vec<(String, i64, String)> = Vec::new();
    let mut after = String::new();
    loop {
        // From lane to lane by the index: a log of a million rows has few lanes.
        let lane: Option<String> = audit_entries::table
            .filter(audit_entries::lane.gt(&after))
            .order(audit_entries::lane)
            .select(audit_entries::lane)
            .first(conn)
            .optional()?;
        let room = limit - i64::try_from(found.len()).unwrap_or(limit);
        let Some(lane) = lane.filter(|_| room > 0) else { return Ok(found) };
        let sealed: Option<i64> = audit_leaves::table
            .filter(audit_leaves::lane.eq(&lane))
            .order(audit_leaves::seq.desc())
            .select(audit_leaves::seq)
            .first(conn)
            .optional()?;
        let rows: Vec<(String, i64, String)> = audit_entries::table
            .filter(audit_entries::lane.eq(&lane))
            .filter(audit_entries::seq.gt(sealed.unwrap_or(0)))
            .order(audit_entries::seq)
            .limit(room)
            .select((audit_entries::lane, audit_entries::seq, audit_entries::hash))
            .load(conn)?;
        found.extend(rows);
        after = lane;
    }
}

pub fn leaf_of(conn: &mut Db, lane: &str, seq: i64) -> QueryResult<Option<RowLeaf>> {
    audit_leaves::table
        .filter(audit_leaves::lane.eq(lane))
        .filter(audit_leaves::seq.eq(seq))
        .first(conn)
        .optional()
}

/// The leaf of a row by its place in the tree.
pub fn row_leaf_at(conn: &mut Db, position: i64) -> QueryResult<Option<RowLeaf>> {
    audit_leaves::table.find(position).first(conn).optional()
}

pub fn insert_statement(conn: &mut Db, statement: &Statement) -> QueryResult<()> {
    diesel::insert_into(public_statements::table).values(statement).execute(conn).map(|_| ())
}

pub fn statement(conn: &mut Db, subject: &str) -> QueryResult<Option<Statement>> {
    public_statements::table.find(subject).first(conn).optional()
}

/// Every statement, the oldest first.
pub fn statements(conn: &mut Db) -> QueryResult<Vec<Statement>> {
    public_statements::table.order((public_statements::made_at, public_statements::subject)).load(conn)
}

pub fn log_leaf_of(conn: &mut Db, kind: &str, subject: &str) -> QueryResult<Option<LogLeaf>> {
    log_leaves::table
        .filter(log_leaves::kind.eq(kind))
        .filter(log_leaves::subject.eq(subject))
        .first(conn)
        .optional()
}

pub fn log_leaf_at(conn: &mut Db, position: i64) -> QueryResult<Option<LogLeaf>> {
    log_leaves::table.find(position).first(conn).optional()
}

/// The statements that have no leaf in the log although their rows are sealed.
pub fn unsealed_statements(conn: &mut Db) -> QueryResult<Vec<Statement>> {
    let mut waiting = Vec::new();
    for statement in statements(conn)? {
        if log_leaf_of(conn, STATEMENT, &statement.subject)?.is_none()
            && leaf_of(conn, &statement.lane, statement.seq)?.is_some()
        {
            waiting.push(statement);
        }
    }
    Ok(waiting)
}

/// The leaf that bound the tree of rows last within the first `size` leaves of the log.
pub fn last_opening(conn: &mut Db, size: i64) -> QueryResult<Option<LogLeaf>> {
    log_leaves::table
        .filter(log_leaves::kind.eq(ROWS))
        .filter(log_leaves::position.lt(size))
        .order(log_leaves::position.desc())
        .first(conn)
        .optional()
}

pub fn insert_checkpoint(conn: &mut Db, checkpoint: &StoredCheckpoint) -> QueryResult<()> {
    diesel::insert_into(audit_checkpoints::table).values(checkpoint).execute(conn).map(|_| ())
}

/// The latest checkpoint.
pub fn latest_checkpoint(conn: &mut Db) -> QueryResult<Option<StoredCheckpoint>> {
    audit_checkpoints::table.order(audit_checkpoints::size.desc()).first(conn).optional()
}

pub fn checkpoint(conn: &mut Db, size: i64) -> QueryResult<Option<StoredCheckpoint>> {
    audit_checkpoints::table.find(size).first(conn).optional()
}

/// Checkpoints below a size, the latest first.
pub fn checkpoints(conn: &mut Db, below: Option<i64>, limit: i64) -> QueryResult<Vec<StoredCheckpoint>> {
    audit_checkpoints::table
        .filter(audit_checkpoints::size.lt(below.unwrap_or(i64::MAX)))
        .order(audit_checkpoints::size.desc())
        .limit(limit)
        .load(conn)
}

/// Checkpoints above a size, the earliest first.
pub fn checkpoints_after(conn: &mut Db, above: i64, limit: i64) -> QueryResult<Vec<StoredCheckpoint>> {
    audit_checkpoints::table
        .filter(audit_checkpoints::size.gt(above))
        .order(audit_checkpoints::size)
        .limit(limit)
        .load(conn)
}

/// Every key that has signed, the latest first.
pub fn keys(conn: &mut Db) -> QueryResult<Vec<StoredKey>> {
    evidence_keys::table.order((evidence_keys::first_used_at.desc(), evidence_keys::id)).load(conn)
}

/// Lists a key with its first signature.
pub fn list_key(conn: &mut Db, id: &str, verifier: &str, now: Timestamp) -> QueryResult<()> {
    if evidence_keys::table.find(id).select(evidence_keys::id).first::<String>(conn).optional()?.is_some() {
        return Ok(());
    }
    let key = StoredKey { id: id.to_owned(), verifier: verifier.to_owned(), first_used_at: now };
    diesel::insert_into(evidence_keys::table).values(&key).execute(conn).map(|_| ())
}

/// A page of leaves of rows by place.
pub fn row_leaves(conn: &mut Db, from: i64, limit: i64) -> QueryResult<Vec<RowLeaf>> {
    audit_leaves::table
        .filter(audit_leaves::position.ge(from))
        .order(audit_leaves::position)
        .limit(limit)
        .load(conn)
}

/// A page of leaves of the log by place.
pub fn log_page(conn: &mut Db, from: i64, limit: i64) -> QueryResult<Vec<LogLeaf>> {
    log_leaves::table
        .filter(log_leaves::position.ge(from))
        .order(log_leaves::position)
        .limit(limit)
        .load(conn)
}

/// The leaves of a lane's rows from `first` to `last`.
pub fn leaves_between(conn: &mut Db, lane: &str, (first, last): (i64, i64)) -> QueryResult<Vec<RowLeaf>> {
    audit_leaves::table
        .filter(audit_leaves::lane.eq(lane))
        .filter(audit_leaves::seq.ge(first))
        .filter(audit_leaves::seq.le(last))
        .order(audit_leaves::seq)
        .load(conn)
}

/// The first leaf of a lane after a row.
pub fn leaf_after(conn: &mut Db, lane: &str, seq: i64) -> QueryResult<Option<RowLeaf>> {
    audit_leaves::table
        .filter(audit_leaves::lane.eq(lane))
        .filter(audit_leaves::seq.gt(seq))
        .order(audit_leaves::seq)
        .first(conn)
        .optional()
}

/// Every lane that has leaves.
pub fn sealed_lanes(conn: &mut Db) -> QueryResult<Vec<String>> {
    audit_leaves::table.select(audit_leaves::lane).distinct().order(audit_leaves::lane).load(conn)
}

/// A page of the stored subtrees of a tree, after one of them.
pub fn nodes_after(
    conn: &mut Db,
    tree: Tree,
    (level, position): (i32, i64),
    limit: i64,
) -> QueryResult<Vec<(i32, i64, String)>> {
    tree_nodes::table
        .filter(tree_nodes::tree.eq(tree.name()))
        .filter(
            tree_nodes::level
                .gt(level)
                .or(tree_nodes::level.eq(level).and(tree_nodes::position.gt(position))),
        )
        .order((tree_nodes::level, tree_nodes::position))
        .limit(limit)
        .select((tree_nodes::level, tree_nodes::position, tree_nodes::hash))
        .load(conn)
}
