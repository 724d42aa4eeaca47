//! What the binary can do: one file a command.
//!
//! Exit codes: 0 done, 1 it failed or a check found something, 2 the arguments or the input are wrong.

mod check_evidence;
mod demo;
mod keys;
mod rehearse;
mod serve;
mod solve;
pub mod user;
mod verify;

use std::{io::IsTerminal, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::{
    app,
    config::{LogFormat, Settings},
    db::Database,
    error::Error,
    http,
    kernel::time::{Clock, SystemClock},
    people,
};

/// 益创: runs the grant rounds of a public-benefit venture fund (公益创投).
#[derive(Debug, Parser)]
#[command(name = "yichuang", version)]
pub struct Arguments {
    /// A settings file; see config/default.toml for every setting.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API.
    Serve,
    /// Shows the program with a sample round in the middle of its review.
    Demo(demo::Demo),
    /// Brings the database's schema up to date.
    Migrate,
    /// Recomputes a published result from published data.
    Solve(solve::SolveArguments),
    /// Recomputes every invariant and names each violation.
    Verify(verify::Verify),
    /// Checks a service's audit log from outside, against checkpoints that were saved before.
    CheckEvidence(check_evidence::CheckEvidence),
    /// Prints the OpenAPI document.
    Openapi,
    /// Prints a fresh set-up token for an installation without an administrator; the one before is worth nothing.
    SetupToken,
    /// Keeps accounts.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Keeps the keys that personal data is sealed with.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Runs a whole round from a folder of files, on a database of its own.
    Rehearse(rehearse::Rehearse),
}

/// Runs the command.
#[must_use]
pub fn run(arguments: Arguments) -> ExitCode {
    match arguments.command {
        Command::Openapi => print_openapi(),
        Command::Solve(arguments) => solve::run(&arguments),
        Command::CheckEvidence(arguments) => check_evidence::run(&arguments),
        command => match Settings::load(arguments.config.as_deref()) {
            Err(error) => complain(&error, 2),
            Ok(settings) => {
                // A server that lives for a demonstration or a rehearsal has nothing to say of itself.
                let quiet = matches!(command, Command::Demo(_) | Command::Rehearse(_));
                start_log(settings.log.format, if quiet { "warn" } else { "info" });
                run_with(command, settings)
            }
        },
    }
}

fn run_with(command: Command, settings: Settings) -> ExitCode {
    let outcome = match command {
        Command::Serve => serve::serve(settings, Arc::new(SystemClock)),
        Command::Migrate => migrate(&settings),
        Command::SetupToken => setup_token(&settings),
        Command::User(command) => user::run(command, &settings),
        Command::Keys(command) => keys::run(command, &settings),
        Command::Verify(arguments) => return verify::run(&arguments, &settings),
        Command::Demo(arguments) => return demo::run(&arguments, settings),
        Command::Rehearse(arguments) => return rehearse::run(&arguments, settings),
        Command::Openapi => return print_openapi(),
        Command::Solve(arguments) => return solve::run(&arguments),
        Command::CheckEvidence(arguments) => return check_evidence::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error, 1),
    }
}

fn complain(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    eprintln!("yichuang: {error}");
    ExitCode::from(code)
}

fn start_log(format: LogFormat, default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first log.
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
}

fn migrate(settings: &Settings) -> Result<(), Error> {
    let applied = Database::open(&settings.database.url, settings.database.connections)?.migrate()?;
    for version in &applied {
        println!("applied {version}");
    }
    if applied.is_empty() {
        println!("the schema is up to date");
    }
    Ok(())
}

fn setup_token(settings: &Settings) -> Result<(), Error> {
    let database = unlocked(settings)?;
    match people::new_setup_token(&database, SystemClock.now())? {
        Some(token) => println!("{token}"),
        None => println!("已有管理员，无需初始化 · there is an administrator already"),
    }
    Ok(())
}

/// The database with its schema up to date and its keys at hand.
fn unlocked(settings: &Settings) -> Result<Database, Error> {
    let database = Database::open(&settings.database.url, settings.database.connections)?;
    database.migrate()?;
    crate::db::keys::unlock(&database, &settings.data_keys_file(), SystemClock.now())?;
    Ok(database)
}

fn print_openapi() -> ExitCode {
    match http::document(&app::endpoints()).and_then(|document| serde_json::to_string_pretty(&document)) {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(error) => complain(&error, 1),
    }
}
