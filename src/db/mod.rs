//! The database: one enum over SQLite and PostgreSQL, and two helpers, [`Database::read`] and [`Database::write`].
//!
//! Every action reasons as if it were alone in its lane (a programme, or the installation): on SQLite one thread owns
//! the writing connection, on PostgreSQL a session advisory lock is taken before the transaction begins.
//!
//! Invariants: what `write` answers with `Ok` is on the disk; a closure that fails leaves nothing behind; a closure may
//! run twice, so it takes no clock, sends no mail and makes no ids; reading never writes.

pub mod blind;
pub mod columns;
mod connection;
mod idempotency;
pub mod keys;
pub mod migrations;
pub mod private;
pub mod schema;
mod writer;

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

pub use connection::{Backend, Db, MINIMUM_SQLITE};
use diesel::{RunQueryDsl, r2d2::Pool};
pub use idempotency::{Recorded, recall, record};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    error::Error,
    kernel::{digest::sha256_hex, ids::ProgrammeId},
    vault::{self, Keyring},
};

/// How long a request waits for a place before it is answered `busy`.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long PostgreSQL's serialization failures are retried.
const RETRY_FOR: Duration = Duration::from_secs(5);

/// What is written one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// What belongs to no programme: accounts, sessions, programmes themselves.
    Installation,
    /// One programme.
    Programme(ProgrammeId),
}

impl Lane {
    /// The lane's name in the audit log.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Installation => "installation".to_owned(),
            Self::Programme(id) => id.to_string(),
        }
    }

    /// The key of the advisory lock.
    fn key(self) -> i64 {
        let hex = sha256_hex(format!("yichuang lane {}", self.name()));
        hex.get(..15).and_then(|head| i64::from_str_radix(head, 16).ok()).unwrap_or(0)
    }
}

/// The open database.
#[derive(Clone)]
pub struct Database {
    pool: Pool<connection::Manager>,
    readers: Arc<Semaphore>,
    writers: Arc<Semaphore>,
    sqlite_writer: Option<writer::Writer>,
    /// What personal data is sealed with; empty until the database is unlocked.
    keys: Arc<OnceLock<Arc<Keyring>>>,
}

impl Database {
    /// Opens the database at `url` (`sqlite:PATH`, a path, or `postgres://…`) without migrating it.
    pub fn open(url: &str, connections: u32) -> Result<Self, Error> {
        let manager = connection::Manager::for_url(url);
        let is_sqlite = manager.is_sqlite();
        // The writing connection comes first: it makes the SQLite file, which readers may not.
        let sqlite_writer = if is_sqlite { Some(writer::Writer::start(manager.clone())?) } else { None };
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(5))
            .test_on_check_out(!is_sqlite)
            .build(manager)
            .map_err(Error::internal)?;
        // PostgreSQL's writers wait for their lane with a connection in hand: keep half of the pool for readers.
        let half = usize::try_from(connections.div_ceil(2)).unwrap_or(1);
        let readers = if is_sqlite { usize::try_from(connections).unwrap_or(1) } else { half };
        Ok(Self {
            pool,
            readers: Arc::new(Semaphore::new(readers)),
            writers: Arc::new(Semaphore::new(half)),
            sqlite_writer,
            keys: Arc::default(),
        })
    }

    /// The file of an SQLite URL.
    #[must_use]
    pub fn file_of(url: &str) -> Option<std::path::PathBuf> {
        connection::Manager::for_url(url).file()
    }

    /// Hands the database its keys: from now on its closures can seal and open personal data. The first ones stay.
    pub fn unlock(&self, keys: impl Into<Arc<Keyring>>) {
        let _ = self.keys.set(keys.into());
    }

    /// The keys it was unlocked with.
    #[must_use]
    pub fn keys(&self) -> Option<Arc<Keyring>> {
        self.keys.get().cloned()
    }

    /// The file of an SQLite URL, where it is not there.
    #[must_use]
    pub fn missing_file(url: &str) -> Option<std::path::PathBuf> {
        connection::Manager::for_url(url).file().filter(|path| !path.exists())
    }

    /// True on the embedded database.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.sqlite_writer.is_some()
    }

    /// Brings the schema up to date. Takes as long as it takes; nothing is served before.
    pub fn migrate(&self) -> Result<Vec<String>, Error> {
        match &self.sqlite_writer {
            Some(writer) => writer.run_alone(migrations::run),
            None => self.with_connection(migrations::run),
        }
    }

    /// Reads from one consistent snapshot. The closure cannot write.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T, Error> + Send + 'static,
    {
        let permit = place(&self.readers).await?;
        let database = self.clone();
        blocking(permit, move || database.read_now(work)).await
    }

    /// As [`Database::read`], for callers that are not asynchronous.
    pub fn read_now<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: FnOnce(&mut Db) -> Result<T, Error>,
    {
        self.with_connection(|conn| {
            connection::begin_reading(conn)?;
            let outcome = vault::within(self.keys.get(), || work(conn));
            connection::roll_back(conn)?;
            outcome
        })
    }

    /// Runs `work` alone in its lane and answers after the commit.
    pub async fn write<T, F>(&self, lane: Lane, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T, Error> + Send + 'static,
    {
        let work = self.with_keys(work);
        if let Some(writer) = &self.sqlite_writer {
            return writer.run(work).await;
        }
        let permit = place(&self.writers).await?;
        let database = self.clone();
        blocking(permit, move || database.with_connection(|conn| write_in_lane(conn, lane, work))).await
    }

    /// As [`Database::write`], for callers that are not asynchronous.
    pub fn write_now<T, F>(&self, lane: Lane, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T, Error> + Send + 'static,
    {
        let work = self.with_keys(work);
        match &self.sqlite_writer {
            Some(writer) => writer.run_now(work),
            None => self.with_connection(|conn| write_in_lane(conn, lane, work)),
        }
    }

    /// The same closure with the database's keys at hand, on whatever thread it runs.
    fn with_keys<T, F>(&self, mut work: F) -> impl FnMut(&mut Db) -> Result<T, Error> + use<T, F>
    where
        F: FnMut(&mut Db) -> Result<T, Error>,
    {
        let keys = Arc::clone(&self.keys);
        move |conn| vault::within(keys.get(), || work(conn))
    }

    fn with_connection<T>(&self, work: impl FnOnce(&mut Db) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.pool.get().map_err(|error| {
            tracing::warn!(%error, "no database connection");
            Error::busy()
        })?;
        work(&mut connection)
    }
}

/// A save that compared the version must have changed exactly one row: the lane was ours, so anything else is a fault
/// of the program and ends as 500 rather than as a silent loss.
pub fn exactly_one(changed: usize) -> Result<(), Error> {
    if changed == 1 { Ok(()) } else { Err(Error::internal(format!("{changed} rows changed instead of one"))) }
}

async fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Error> {
    match tokio::time::timeout(PATIENCE, Arc::clone(places).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        Ok(Err(closed)) => Err(Error::internal(closed)),
        Err(_elapsed) => Err(Error::busy()),
    }
}

async fn blocking<T: Send + 'static>(
    permit: OwnedSemaphorePermit,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let task = tokio::task::spawn_blocking(move || {
        let outcome = work();
        drop(permit);
        outcome
    });
    task.await.unwrap_or_else(|panic| Err(Error::internal(panic)))
}

/// PostgreSQL: the lane's lock on the session first, then a serializable transaction; a lock taken inside it would
/// come after the snapshot and not help (architecture.md §1).
fn write_in_lane<T>(
    conn: &mut Db,
    lane: Lane,
    mut work: impl FnMut(&mut Db) -> Result<T, Error>,
) -> Result<T, Error> {
    let key = lane.key();
    diesel::sql_query(format!("SELECT pg_advisory_lock({key})")).execute(conn)?;
    let deadline = Instant::now() + RETRY_FOR;
    let mut attempt = 0u64;
    let outcome = loop {
        let outcome =
            connection::begin_writing(conn).and_then(|()| connection::run_to_commit(conn, &mut work));
        match outcome {
            Err(error) if error.is_retryable() && Instant::now() < deadline => {
                attempt += 1;
                // Jitter from the clock's own noise is enough to part two rivals.
                let noise = u64::from(Instant::now().elapsed().subsec_nanos() % 7);
                std::thread::sleep(Duration::from_millis((attempt * 3 + noise).min(100)));
            }
            other => break other,
        }
    };
    diesel::sql_query(format!("SELECT pg_advisory_unlock({key})")).execute(conn)?;
    outcome
}
