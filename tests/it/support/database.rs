//! A database for one test alone, removed with it.

use std::{
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use diesel::{Connection, SqliteConnection};
use tempfile::TempDir;
use yichuang::db::{Db, migrations};

use super::postgres;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// The one for several machines.
    Postgres,
}

/// A database for one test alone: dropping it removes it.
pub enum PrivateDatabase {
    Sqlite(TempDir),
    Postgres(String),
}

impl PrivateDatabase {
    /// A copy of the migrated template.
    pub fn create(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder for the database");
                std::fs::write(folder.path().join("test.db"), sqlite_template())
                    .expect("the database's file");
                Self::Sqlite(folder)
            }
            Engine::Postgres => {
                static COUNT: AtomicU32 = AtomicU32::new(0);
                Self::Postgres(postgres::server().copy_template(COUNT.fetch_add(1, Ordering::Relaxed)))
            }
        }
    }

    /// The URL for `[database] url`.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => sqlite_url(&folder.path().join("test.db")),
            Self::Postgres(name) => postgres::server().url(name),
        }
    }
}

impl Drop for PrivateDatabase {
    fn drop(&mut self) {
        if let Self::Postgres(name) = self {
            postgres::server().drop_database(name);
        }
    }
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// The bytes of a migrated database: kept in memory, because a static is never dropped and a file would stay behind.
fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder for the template");
        let path = folder.path().join("template.db");
        let conn = SqliteConnection::establish(&path.display().to_string()).expect("an SQLite file");
        // The connection is closed before the file is read, so that nothing is left in a journal.
        migrations::run(&mut Db::Sqlite(conn)).expect("the migrations run on SQLite");
        std::fs::read(&path).expect("the template's bytes")
    })
}
