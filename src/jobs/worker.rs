//! Takes what waits, does it, and lets go of what failed.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{Job, JobState, store};
use crate::{
    db::{Database, Db, Lane},
    error::Error,
    kernel::{
        ids::JobId,
        time::{Clock, Timestamp},
    },
};

/// How long a lease lasts without progress, in seconds.
const LEASE: i64 = 60;
/// After so many attempts work is given up.
pub const MAX_ATTEMPTS: i32 = 3;
/// How often it is looked for work.
const PAUSE: Duration = Duration::from_millis(250);
/// How often progress is saved at most.
const BETWEEN_SAVES: Duration = Duration::from_secs(1);

/// How work of one kind is done. It runs on a thread of its own and may block.
pub trait Work: Send + Sync {
    /// The kind of job.
    fn kind(&self) -> &'static str;
    /// Does it, and ends it with [`super::finish`] in the transaction of its effect.
    fn run(&self, ticket: &Ticket) -> Result<(), Error>;
    /// Marks its subject after the last attempt has failed, in the transaction that gives the job up.
    fn give_up(&self, conn: &mut Db, job: &Job, now: Timestamp) -> Result<(), Error>;
}

/// A job that this node has taken.
pub struct Ticket {
    /// The database.
    pub database: Database,
    /// The job, with the owner that holds its lease.
    pub job: Job,
    clock: Arc<dyn Clock>,
    saved: Mutex<Instant>,
    stop: Arc<AtomicBool>,
}

impl Ticket {
    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells how far the work is; saved at most once a second. Fails for whoever has lost the lease, so that no work is
    /// done twice for long, and where the server is told to stop: another start takes it up again.
    pub fn progress(&self, done: usize, total: usize) -> Result<(), Error> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::busy());
        }
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        if done > 0 && saved.elapsed() < BETWEEN_SAVES {
            return Ok(());
        }
        *saved = Instant::now();
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let (job, now, parts) = (self.job.clone(), self.now(), (count(done), count(total)));
        let until = now.plus_seconds(LEASE);
        let kept = self.database.write_now(Lane::Installation, move |conn| {
            Ok(store::save_progress(conn, &job, parts, now, until)?)
        })?;
        if kept { Ok(()) } else { Err(Error::internal("the lease was lost")) }
    }
}

/// Tells the work on other threads to stop when the worker is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Works until it is dropped.
pub async fn run(database: Database, clock: Arc<dyn Clock>, works: Arc<Vec<Arc<dyn Work>>>) {
    let stop = StopOnDrop(Arc::default());
    loop {
        let (database, clock, works) = (database.clone(), Arc::clone(&clock), Arc::clone(&works));
        let flag = Arc::clone(&stop.0);
        let turn = tokio::task::spawn_blocking(move || work_off(&database, &clock, &works, &flag)).await;
        match turn {
            // There may be more.
            Ok(Ok(true)) => continue,
            Ok(Ok(false)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "long work could not be taken"),
            Err(error) => tracing::error!(%error, "long work broke off"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// One turn: takes the oldest job that waits and does it. True where there may be more to do at once.
pub fn work_off(
    database: &Database,
    clock: &Arc<dyn Clock>,
    works: &[Arc<dyn Work>],
    stop: &Arc<AtomicBool>,
) -> Result<bool, Error> {
    let now = clock.now();
    // Looking for work reads; only taking it writes.
    let Some(seen) = database.read_now(|conn| Ok(store::next_waiting(conn, now)?))? else { return Ok(false) };
    let (owner, until) = (JobId::generate().to_string(), now.plus_seconds(LEASE));
    let taken = database
        .write_now(Lane::Installation, move |conn| Ok(store::take(conn, &seen, &owner, now, until)?))?;
    // Another node was faster.
    let Some(job) = taken else { return Ok(true) };
    let work = works.iter().find(|work| work.kind() == job.kind);
    let outcome = match work {
        None => Err(Error::internal("nobody knows how to do this work")),
        // Its node died over it again and again.
        Some(_) if job.attempts > MAX_ATTEMPTS => Err(Error::internal("too many attempts")),
        Some(work) => {
            let ticket = Ticket {
                database: database.clone(),
                job: job.clone(),
                clock: Arc::clone(clock),
                saved: Mutex::new(Instant::now()),
                stop: Arc::clone(stop),
            };
            let run = std::panic::AssertUnwindSafe(|| work.run(&ticket));
            std::panic::catch_unwind(run).unwrap_or_else(|_| Err(Error::internal("the work panicked")))
        }
    };
    let Err(error) = outcome else { return Ok(true) };
    let is_stopping = stop.load(Ordering::Relaxed);
    if !is_stopping {
        tracing::warn!(kind = %job.kind, id = %job.id, attempts = job.attempts, %error, "long work failed");
    }
    let is_last = work.is_none() || (job.attempts >= MAX_ATTEMPTS && !is_stopping);
    let_go(database, job, work.filter(|_| is_last).cloned(), is_last, error.to_string(), clock.now())?;
    Ok(false)
}

/// Back to the queue, or given up together with its subject.
fn let_go(
    database: &Database,
    job: Job,
    work: Option<Arc<dyn Work>>,
    is_last: bool,
    error: String,
    now: Timestamp,
) -> Result<(), Error> {
    let next = if is_last { JobState::Failed } else { JobState::Queued };
    database.write_now(Lane::Programme(job.programme_id), move |conn| {
        if store::let_go(conn, &job, next, &error, now)?
            && let Some(work) = &work
        {
            work.give_up(conn, &job, now)?;
        }
        Ok(())
    })
}
