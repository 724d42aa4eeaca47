//! `yichuang keys`: the keys that personal data is sealed with. All of it works while the server runs.

use std::time::Instant;

use clap::Subcommand;

use super::unlocked;
use crate::{
    config::Settings,
    db::keys,
    error::Error,
    kernel::time::{Clock, SystemClock},
    privacy::reseal,
};

/// Servers read their keys again at least so often: before that one of them may still seal with the old key.
const SETTLED_SECONDS: i64 = 120;

/// Keeps the data keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeysCommand {
    /// Which keys there are, and how many values lie under each.
    Status,
    /// Makes a new key, with which everything is sealed from now on.
    Rotate,
    /// Seals everything under the current key: in batches, may be stopped and started again.
    Reseal,
    /// Takes a key that nothing lies under any more out of the file.
    Remove {
        /// The id of the key, as `status` names it.
        id: String,
    },
}

/// Runs `yichuang keys`.
pub fn run(command: KeysCommand, settings: &Settings) -> Result<(), Error> {
    let database = unlocked(settings)?;
    let ring = database.keys().ok_or_else(|| Error::internal("the data keys are not loaded"))?;
    match command {
        KeysCommand::Status => {
            println!("{}", ring.path().display());
            let used = database.read_now(reseal::usage)?;
            for id in ring.fingerprints().keys().filter(|id| *id != "index") {
                let mark = if *id == ring.current() { "current" } else { "old" };
                println!("{id}  {mark:<8}{} values", used.get(id).copied().unwrap_or_default());
            }
            let plain = used.get("").copied().unwrap_or_default();
            if plain > 0 {
                println!("{plain} values are not sealed yet: run yichuang keys reseal");
            }
        }
        KeysCommand::Rotate => {
            let id = ring.rotate().map_err(Error::internal)?;
            keys::note(&database, &ring, SystemClock.now())?;
            println!("{id} is the current key; back up {} now", ring.path().display());
        }
        KeysCommand::Reseal => {
            let begun = Instant::now();
            let done = reseal::reseal(&database)?;
            println!("{} values sealed in {:.1} s", done.sealed, begun.elapsed().as_secs_f64());
            if done.changed_meanwhile > 0 {
                println!("{} were changed meanwhile: run this again", done.changed_meanwhile);
            }
            if !done.failed.is_empty() {
                for place in &done.failed {
                    eprintln!("cannot be opened: {place}");
                }
                return Err(Error::internal(format!("{} values cannot be opened", done.failed.len())));
            }
        }
        KeysCommand::Remove { id } => remove(&database, &ring, &id)?,
    }
    Ok(())
}

fn remove(database: &crate::db::Database, ring: &crate::vault::Keyring, id: &str) -> Result<(), Error> {
    let since = keys::seen_since(database, &ring.current())?;
    let settled = since.is_some_and(|since| SystemClock.now().seconds_since(since) >= SETTLED_SECONDS);
    if !settled {
        let wait = "the current key is younger than two minutes, and a server may still seal with the old one: \
                    wait, run yichuang keys reseal, and try again";
        return Err(Error::internal(wait));
    }
    let used = database.read_now(reseal::usage)?.get(id).copied().unwrap_or_default();
    if used > 0 {
        let reason = format!("{used} values still lie under {id}: run yichuang keys reseal first");
        return Err(Error::internal(reason));
    }
    ring.remove(id).map_err(Error::internal)?;
    keys::forget(database, id)?;
    println!("{id} is gone; copies of the database from before cannot be read with this file any more");
    Ok(())
}
