//! `yichuang rehearse DIR`: a whole round from a folder of files (rules.md §8).

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use diesel::{QueryDsl, RunQueryDsl};

use super::complain;
use crate::{
    config::Settings,
    db::{Database, schema::users},
    error::Error,
    rehearsal::{self, Folder, Summary},
};

/// Rehearses a round.
#[derive(Debug, Args)]
pub struct Rehearse {
    /// The folder with policy.toml and the CSV files.
    directory: PathBuf,
    /// Prints the summary as JSON.
    #[arg(long)]
    json: bool,
    /// An empty database to rehearse in; without it a new file that is thrown away.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// Exit 0 where every step was accepted and every truth holds, 1 where not, 2 where the folder cannot be read.
pub fn run(arguments: &Rehearse, settings: Settings) -> ExitCode {
    let folder = match Folder::read(&arguments.directory) {
        Ok(folder) => folder,
        Err(error) => return complain(&error, 2),
    };
    // Kept until the end: the folder goes with it.
    let scratch = match tempfile::tempdir() {
        Ok(scratch) => scratch,
        Err(error) => return complain(&error, 1),
    };
    let url = match &arguments.database {
        None => format!("sqlite:{}", scratch.path().join("rehearsal.db").display()),
        Some(url) => match is_empty(url) {
            Ok(true) => url.clone(),
            Ok(false) => return complain(&"--database: this database is not empty", 2),
            Err(error) => return complain(&error, 1),
        },
    };
    let summary = match rehearsal::rehearse(&folder, settings, url) {
        Ok(summary) => summary,
        Err(error) => return complain(&error, 1),
    };
    match print(&summary, arguments.json) {
        Err(error) => complain(&error, 1),
        Ok(()) if summary.is_clean() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(1),
    }
}

/// True where nobody has an account; brings the schema up to date to see it.
fn is_empty(url: &str) -> Result<bool, Error> {
    let database = Database::open(url, 2)?;
    database.migrate()?;
    let accounts: i64 = database.read_now(|conn| Ok(users::table.count().get_result(conn)?))?;
    Ok(accounts == 0)
}

fn print(summary: &Summary, as_json: bool) -> Result<(), Error> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(summary).map_err(Error::internal)?);
        for failure in &summary.failures {
            eprintln!("yichuang: {failure}");
        }
    } else {
        print!("{summary}");
    }
    Ok(())
}
