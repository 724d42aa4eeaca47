//! What was shown when the decision was taken.

use diesel::prelude::*;
use strum::{Display, EnumString, IntoStaticStr};

use crate::{
    db::schema::review_snapshots,
    kernel::{
        ids::{ProgrammeId, RoundId},
        time::Timestamp,
    },
};

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum SnapshotKind {
    /// The ranking of the whole round.
    Ranking,
    /// The advisory statistics.
    Statistics,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::SnapshotKind;
    use crate::db::columns::column;

    column!(SnapshotKind as Text);
}

/// What was shown, as it was.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = review_snapshots)]
pub struct Snapshot {
    /// Of which round.
    pub round_id: RoundId,
    /// What.
    pub kind: SnapshotKind,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// JSON.
    pub body: String,
    /// SHA-256 of it.
    pub digest: String,
    /// When the decision was taken.
    pub created_at: Timestamp,
}
