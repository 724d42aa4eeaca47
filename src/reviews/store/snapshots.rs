//! Queries on what was shown with a decision.

use diesel::prelude::*;

use crate::{
    db::{Db, schema::review_snapshots as snapshots},
    kernel::ids::RoundId,
    reviews::model::{Snapshot, SnapshotKind},
};

pub fn insert_snapshot(conn: &mut Db, snapshot: &Snapshot) -> QueryResult<()> {
    diesel::insert_into(snapshots::table).values(snapshot).execute(conn).map(|_| ())
}

/// What was kept of a round, if its decision was taken.
pub fn find_snapshot(conn: &mut Db, round: RoundId, kind: SnapshotKind) -> QueryResult<Option<Snapshot>> {
    snapshots::table
        .filter(snapshots::round_id.eq(round))
        .filter(snapshots::kind.eq(kind))
        .first(conn)
        .optional()
}
