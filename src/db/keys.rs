//! Which keys a database was sealed with: their names and fingerprints, never the keys. A server that lacks one of them
//! does not start.

use std::path::Path;

use diesel::prelude::*;

use super::{Database, Lane, schema::data_keys::dsl};
use crate::{
    error::Error,
    kernel::time::Timestamp,
    vault::{Keyring, VaultError},
};

/// Loads the keys of a database from their file, which is made where neither the file nor anything sealed is there yet.
pub fn unlock(database: &Database, path: &Path, now: Timestamp) -> Result<(), Error> {
    let known = known(database)?;
    let keys = if path.exists() {
        Keyring::read(path)
    } else if known.is_empty() {
        Keyring::create(path)
    } else {
        let names: Vec<&str> = known.iter().map(|(id, _)| id.as_str()).collect();
        Err(VaultError::File {
            path: path.display().to_string(),
            reason: format!(
                "the file is not there, but this database was sealed with its keys ({}): put it back from its backup, \
                 or name it in [security] data_keys_file",
                names.join(", ")
            ),
        })
    };
    let keys = keys.map_err(Error::internal)?;
    check(&known, &keys).map_err(Error::internal)?;
    note(database, &keys, now)?;
    database.unlock(keys);
    Ok(())
}

/// The keys this database was sealed with, with their fingerprints.
pub fn known(database: &Database) -> Result<Vec<(String, String)>, Error> {
    database
        .read_now(|conn| Ok(dsl::data_keys.order(dsl::id).select((dsl::id, dsl::fingerprint)).load(conn)?))
}

fn check(known: &[(String, String)], keys: &Keyring) -> Result<(), VaultError> {
    let present = keys.fingerprints();
    for (id, fingerprint) in known {
        match present.get(id) {
            Some(same) if same == fingerprint => {}
            Some(_) => {
                let reason = format!(
                    "key {id} is not the one that this database was sealed with: this is the file of another \
                     database; put back the right one from its backup"
                );
                return Err(VaultError::File { path: keys.path().display().to_string(), reason });
            }
            None => return Err(VaultError::UnknownKey(id.clone())),
        }
    }
    Ok(())
}

/// Notes the keys that are new.
pub fn note(database: &Database, keys: &Keyring, now: Timestamp) -> Result<(), Error> {
    let known: Vec<String> = known(database)?.into_iter().map(|(id, _)| id).collect();
    let fresh: Vec<(String, String)> =
        keys.fingerprints().into_iter().filter(|(id, _)| !known.contains(id)).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    database.write_now(Lane::Installation, move |conn| {
        for (id, fingerprint) in &fresh {
            diesel::insert_into(dsl::data_keys)
                .values((dsl::id.eq(id), dsl::fingerprint.eq(fingerprint), dsl::created_at.eq(now)))
                .execute(conn)?;
        }
        Ok(())
    })
}

/// When a key was first seen by this database.
pub fn seen_since(database: &Database, id: &str) -> Result<Option<Timestamp>, Error> {
    let id = id.to_owned();
    database
        .read_now(move |conn| Ok(dsl::data_keys.find(id).select(dsl::created_at).first(conn).optional()?))
}

/// Forgets a key that nothing is sealed with any more.
pub fn forget(database: &Database, id: &str) -> Result<(), Error> {
    let id = id.to_owned();
    database.write_now(Lane::Installation, move |conn| {
        diesel::delete(dsl::data_keys.find(&id)).execute(conn)?;
        Ok(())
    })
}
