//! `yichuang rehearse DIR`: a whole round from a folder of files (rules.md §8).

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use diesel::{QueryDsl, RunQueryDsl};
use serde_json::{Map, Value};

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
    /// A JSON file with the summary that is expected: every field in it must be equal.
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
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
    let expected = match arguments.expect.as_deref().map(read_expected).transpose() {
        Ok(expected) => expected,
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
    if let Err(error) = print(&summary, arguments.json) {
        return complain(&error, 1);
    }
    let as_expected = match expected.map(|expected| differences(&summary, &expected)).transpose() {
        Ok(differences) => differences.unwrap_or_default(),
        Err(error) => return complain(&error, 1),
    };
    for field in &as_expected {
        eprintln!("yichuang: {field} is not as expected");
    }
    if summary.is_clean() && as_expected.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn read_expected(path: &Path) -> Result<Map<String, Value>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The fields of the expected summary that came out otherwise.
fn differences(summary: &Summary, expected: &Map<String, Value>) -> Result<Vec<String>, Error> {
    let found = serde_json::to_value(summary).map_err(Error::internal)?;
    let differs = expected.iter().filter(|(field, value)| found.get(field.as_str()) != Some(value));
    Ok(differs.map(|(field, _)| field.clone()).collect())
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
