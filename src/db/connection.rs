//! Connections: which database a URL means, how each is set up, how transactions begin and end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::{
    Connection, MultiConnection, PgConnection, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    r2d2::ManageConnection,
    sql_types::Text,
};

use crate::error::Error;

/// A connection to either database.
#[derive(MultiConnection)]
pub enum Db {
    /// The embedded one.
    Sqlite(SqliteConnection),
    /// The one for several machines.
    Postgres(PgConnection),
}

/// The backend of [`Db`].
pub type Backend = <Db as Connection>::Backend;

/// Before 3.51.3 two connections could corrupt a WAL database (trust.md §0).
pub const MINIMUM_SQLITE: (u32, u32, u32) = (3, 51, 3);

const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA mmap_size = 0;";
const POSTGRES_SETTINGS: &str = "SET TIME ZONE 'UTC'; SET lock_timeout = '5s'; SET statement_timeout = '30s'; \
    SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = 'warning'";

/// Makes connections for the pool.
#[derive(Clone, Debug)]
pub struct Manager {
    target: Target,
}

#[derive(Clone, Debug)]
enum Target {
    Sqlite(String),
    Postgres(String),
}

/// Why a connection could not be made or is no longer good.
#[derive(Debug, thiserror::Error)]
pub enum ManagerError {
    /// Not reachable.
    #[error(transparent)]
    Connect(#[from] diesel::ConnectionError),
    /// Reachable, but a statement failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
    /// The SQLite that was linked may corrupt data.
    #[error("SQLite {0} may corrupt a WAL database; 3.51.3 or later is needed")]
    UnsafeSqlite(String),
}

impl Manager {
    /// PostgreSQL for `postgres://` and `postgresql://`, else an SQLite file.
    pub fn for_url(url: &str) -> Self {
        let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let target = if is_postgres {
            Target::Postgres(url.to_owned())
        } else {
            let path = url.strip_prefix("sqlite:").unwrap_or(url);
            Target::Sqlite(path.strip_prefix("//").unwrap_or(path).to_owned())
        };
        Self { target }
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.target, Target::Sqlite(_))
    }

    /// The file of the embedded database.
    pub fn file(&self) -> Option<std::path::PathBuf> {
        match &self.target {
            Target::Sqlite(path) => Some(path.into()),
            Target::Postgres(_) => None,
        }
    }

    /// A connection that may write.
    pub fn writing(&self) -> Result<Db, Error> {
        self.establish(false).map_err(Error::internal)
    }

    fn establish(&self, read_only: bool) -> Result<Db, ManagerError> {
        match &self.target {
            Target::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path)?;
                conn.batch_execute(SQLITE_SETTINGS)?;
                refuse_unsafe_sqlite(&mut conn)?;
                if read_only {
                    conn.batch_execute("PRAGMA query_only = ON")?;
                }
                Ok(Db::Sqlite(conn))
            }
            Target::Postgres(url) => {
                let mut conn = PgConnection::establish(url)?;
                conn.batch_execute(POSTGRES_SETTINGS)?;
                Ok(Db::Postgres(conn))
            }
        }
    }
}

impl ManageConnection for Manager {
    type Connection = Db;
    type Error = ManagerError;

    fn connect(&self) -> Result<Db, ManagerError> {
        self.establish(true)
    }

    fn is_valid(&self, conn: &mut Db) -> Result<(), ManagerError> {
        conn.batch_execute("SELECT 1").map_err(ManagerError::from)
    }

    fn has_broken(&self, conn: &mut Db) -> bool {
        // A panic or a lost server leaves an open transaction: such a connection is thrown away.
        std::thread::panicking()
            || !matches!(
                <Db as Connection>::TransactionManager::transaction_manager_status_mut(conn)
                    .transaction_depth(),
                Ok(None)
            )
    }
}

#[derive(diesel::QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

fn refuse_unsafe_sqlite(conn: &mut SqliteConnection) -> Result<(), ManagerError> {
    let Version { version } = diesel::sql_query("SELECT sqlite_version() AS version").get_result(conn)?;
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if found < MINIMUM_SQLITE { Err(ManagerError::UnsafeSqlite(version)) } else { Ok(()) }
}

/// Begins a transaction that sees one snapshot and writes nothing.
pub fn begin_reading(conn: &mut Db) -> Result<(), Error> {
    match conn {
        Db::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN")?,
        Db::Postgres(inner) => AnsiTransactionManager::begin_transaction_sql(
            inner,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )?,
    }
    Ok(())
}

/// Begins the transaction of a write.
pub fn begin_writing(conn: &mut Db) -> Result<(), Error> {
    match conn {
        Db::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE")?,
        Db::Postgres(inner) => {
            AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN ISOLATION LEVEL SERIALIZABLE")?;
        }
    }
    Ok(())
}

/// Ends the transaction and keeps what it did.
pub fn commit(conn: &mut Db) -> Result<(), Error> {
    <Db as Connection>::TransactionManager::commit_transaction(conn).map_err(Error::from)
}

/// Ends the transaction and keeps nothing.
pub fn roll_back(conn: &mut Db) -> Result<(), Error> {
    <Db as Connection>::TransactionManager::rollback_transaction(conn).map_err(Error::from)
}

/// Runs `work` in the transaction that has begun and commits, or rolls back and says why not.
pub fn run_to_commit<T>(
    conn: &mut Db,
    work: &mut impl FnMut(&mut Db) -> Result<T, Error>,
) -> Result<T, Error> {
    match guarded(conn, work) {
        Ok(value) => commit(conn).map(|()| value),
        Err(error) => {
            roll_back(conn)?;
            Err(error)
        }
    }
}

/// A panic in a closure is an internal error of that closure alone.
pub fn guarded<T>(conn: &mut Db, work: &mut impl FnMut(&mut Db) -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        Err(Error::internal(text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()))
    })
}
