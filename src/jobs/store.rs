//! Queries.

use diesel::prelude::*;

use super::{Job, JobState};
use crate::{
    db::{Db, exactly_one, schema::jobs},
    error::Error,
    kernel::time::Timestamp,
};

/// The oldest job that waits, or whose node has died over it.
pub fn next_waiting(conn: &mut Db, now: Timestamp) -> QueryResult<Option<Job>> {
    jobs::table
        .filter(
            jobs::state
                .eq(JobState::Queued)
                .or(jobs::state.eq(JobState::Running).and(jobs::lease_until.lt(now))),
        )
        .order(jobs::id)
        .first(conn)
        .optional()
}

/// Takes the lease, or says that somebody else was faster.
pub fn take(
    conn: &mut Db,
    seen: &Job,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> QueryResult<Option<Job>> {
    // As it was seen: every time it is taken counts one attempt.
    let row =
        jobs::table.find(seen.id).filter(jobs::state.eq(seen.state)).filter(jobs::attempts.eq(seen.attempts));
    let taken = diesel::update(row)
        .set((
            jobs::state.eq(JobState::Running),
            jobs::owner.eq(owner),
            jobs::lease_until.eq(until),
            jobs::attempts.eq(seen.attempts + 1),
            jobs::updated_at.eq(now),
        ))
        .execute(conn)?;
    if taken == 0 { Ok(None) } else { jobs::table.find(seen.id).first(conn).optional() }
}

/// Saves progress and lengthens the lease; false for somebody who has lost it.
pub fn save_progress(
    conn: &mut Db,
    job: &Job,
    (done, total): (i32, i32),
    now: Timestamp,
    until: Timestamp,
) -> QueryResult<bool> {
    let row = jobs::table.find(job.id).filter(jobs::owner.eq(job.owner.as_deref().unwrap_or_default()));
    let saved = diesel::update(row)
        .set((
            jobs::done_count.eq(done),
            jobs::total_count.eq(total),
            jobs::lease_until.eq(until),
            jobs::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(saved == 1)
}

/// Ends a job in the transaction of its effect. Whoever has lost the lease ends here without effect.
pub fn finish(conn: &mut Db, job: &Job, now: Timestamp) -> Result<(), Error> {
    let row = jobs::table
        .find(job.id)
        .filter(jobs::state.eq(JobState::Running))
        .filter(jobs::owner.eq(job.owner.as_deref().unwrap_or_default()));
    exactly_one(
        diesel::update(row)
            .set((
                jobs::state.eq(JobState::Done),
                jobs::done_count.eq(jobs::total_count),
                jobs::updated_at.eq(now),
            ))
            .execute(conn)?,
    )
}

/// Lets go of a job that failed: to be tried again, or for good.
pub fn let_go(conn: &mut Db, job: &Job, next: JobState, error: &str, now: Timestamp) -> QueryResult<bool> {
    let row = jobs::table
        .find(job.id)
        .filter(jobs::state.eq(JobState::Running))
        .filter(jobs::owner.eq(job.owner.as_deref().unwrap_or_default()));
    let changed = diesel::update(row)
        .set((jobs::state.eq(next), jobs::error.eq(error), jobs::updated_at.eq(now)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// The latest job on a subject.
pub fn find_of(conn: &mut Db, subject: &str) -> QueryResult<Option<Job>> {
    jobs::table.filter(jobs::subject_id.eq(subject)).order(jobs::id.desc()).first(conn).optional()
}
