//! `yichuang verify`: one line a violation, exit 1 where there is one; on standard error, what deserves a look.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::{
    attachments::Desk,
    config::Settings,
    db::Database,
    error::Error,
    evidence::{self, note},
    kernel::time::{Clock, SystemClock},
    verify::{self, Findings, Violation},
};

/// Verifies.
#[derive(Debug, Args)]
pub struct Verify {
    /// Signed checkpoints that were kept elsewhere, one after the other: also tells of a history that was rewritten as a
    /// whole, and of an older copy of the database.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

pub fn run(arguments: &Verify, settings: &Settings) -> ExitCode {
    if let Some(path) = Database::missing_file(&settings.database.url) {
        // Opening it would make an empty one, in which everything holds.
        return super::complain(&format!("{}: there is no such database", path.display()), 2);
    }
    let kept = match arguments.checkpoint.as_deref().map(read_notes).transpose() {
        Ok(kept) => kept.unwrap_or_default(),
        Err(error) => return super::complain(&error, 2),
    };
    match examined(settings, &kept) {
        Ok(Findings { violations, to_look_at }) => {
            for finding in &to_look_at {
                eprintln!("to look at: {finding}");
            }
            if violations.is_empty() {
                println!("all invariants hold");
                return ExitCode::SUCCESS;
            }
            for violation in &violations {
                println!("{violation}");
            }
            eprintln!("yichuang: {} violations", violations.len());
            ExitCode::FAILURE
        }
        Err(error) => super::complain(&error, 1),
    }
}

/// The checkpoints of a file.
pub(super) fn read_notes(path: &std::path::Path) -> Result<Vec<note::Note>, String> {
    let told = |reason: &dyn std::fmt::Display| format!("{}: {reason}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| told(&error))?;
    let notes =
        note::read(&text).map_err(|line| told(&format!("no signed checkpoint begins in line {line}")))?;
    if notes.is_empty() { Err(told(&"there is no checkpoint in it")) } else { Ok(notes) }
}

/// The rows first, then the files that they name.
fn examined(settings: &Settings, kept: &[note::Note]) -> Result<Findings, Error> {
    let database = Database::open(&settings.database.url, settings.database.connections)?;
    crate::db::keys::unlock(&database, &settings.data_keys_file(), SystemClock.now())?;
    let mut findings = database.read_now(verify::examine)?;
    let differing = database.read_now(|conn| evidence::against(conn, kept))?;
    findings.violations.extend(differing.into_iter().map(|finding| Violation {
        invariant: "I19",
        subject: finding.subject,
        reason: finding.reason,
    }));
    let desk = Desk::open(&settings.attachments)?;
    let missing = actix_web::rt::System::new().block_on(desk.missing(&database))?;
    findings.violations.extend(missing.into_iter().map(|sha256| Violation {
        invariant: "I22",
        subject: format!("blob {sha256}"),
        reason: "a file needs it, and it is not in the store with these bytes".to_owned(),
    }));
    Ok(findings)
}
