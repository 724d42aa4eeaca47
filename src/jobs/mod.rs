//! Long work (后台任务) as rows: queued in the transaction of its cause, taken by one node at a time under a lease, with
//! progress that anybody can read, and taken up again where a node has died over it.
//!
//! ```text
//! queued ── a node takes the lease ──▶ running ── the effect, in its own transaction ──▶ done
//!    ▲                                   │ it failed, or the lease ran out
//!    └──────────── fewer than MAX_ATTEMPTS ───── else ──▶ failed
//! ```
//!
//! Invariants: work is finished in the transaction of its effect and only by whoever holds the lease ([`finish`]), so
//! that it has its effect once however often it is begun; progress is saved at most once a second.

pub mod lease;
mod store;
mod worker;

use diesel::prelude::*;
use strum::{Display, EnumString, IntoStaticStr};

pub use store::{find_of, finish};
pub use worker::{Ticket, Work, run, work_off};

use crate::{
    db::{Db, columns::column, schema::jobs},
    kernel::{
        ids::{JobId, ProgrammeId},
        time::Timestamp,
    },
};

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum JobState {
    /// Waiting.
    Queued,
    /// Under a lease.
    Running,
    /// Its effect is there.
    Done,
    /// Given up.
    Failed,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{JobState, column};

    column!(JobState as Text);
}

/// A piece of long work.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = jobs)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The programme it works in.
    pub programme_id: ProgrammeId,
    /// What is to be done, as `noun.verb`.
    pub kind: String,
    /// To what.
    pub subject_id: String,
    /// Where it is.
    pub state: JobState,
    /// So many parts are done.
    pub done_count: i32,
    /// Of so many.
    pub total_count: i32,
    /// Until when it is somebody's.
    pub lease_until: Option<Timestamp>,
    /// Whose: a fresh name for every time it is taken.
    pub owner: Option<String>,
    /// How often it was begun.
    pub attempts: i32,
    /// Why it failed last.
    pub error: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// Last progress.
    pub updated_at: Timestamp,
}

/// Queues work of `kind` on `subject`, in the transaction of its cause.
pub fn enqueue(
    conn: &mut Db,
    id: JobId,
    programme: ProgrammeId,
    kind: &'static str,
    subject: &str,
    now: Timestamp,
) -> QueryResult<()> {
    let job = Job {
        id,
        programme_id: programme,
        kind: kind.to_owned(),
        subject_id: subject.to_owned(),
        state: JobState::Queued,
        done_count: 0,
        total_count: 0,
        lease_until: None,
        owner: None,
        attempts: 0,
        error: None,
        created_at: now,
        updated_at: now,
    };
    diesel::insert_into(jobs::table).values(&job).execute(conn).map(|_| ())
}
