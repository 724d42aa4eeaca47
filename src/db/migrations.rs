//! One merged source of migrations: `migrations/common` for both databases, `migrations/sqlite` and
//! `migrations/postgres` for what only one of them understands, sorted by version.

use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Backend, Db};
use crate::error::Error;

const COMMON: EmbeddedMigrations = embed_migrations!("migrations/common");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

struct Merged {
    dialect: EmbeddedMigrations,
}

impl MigrationSource<Backend> for Merged {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<Backend>>>> {
        let mut all = MigrationSource::<Backend>::migrations(&COMMON)?;
        all.extend(MigrationSource::<Backend>::migrations(&self.dialect)?);
        all.sort_by(|a, b| a.name().version().cmp(&b.name().version()));
        Ok(all)
    }
}

/// Applies what is missing and names it.
pub fn run(conn: &mut Db) -> Result<Vec<String>, Error> {
    let dialect = match conn {
        Db::Sqlite(_) => SQLITE,
        Db::Postgres(_) => POSTGRES,
    };
    let applied = conn.run_pending_migrations(Merged { dialect }).map_err(Error::internal)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}
