//! `yichuang verify`: one line a violation, exit 1 where there is one; on standard error, what deserves a look.

use std::process::ExitCode;

use crate::{
    attachments::Desk,
    config::Settings,
    db::Database,
    error::Error,
    verify::{self, Findings, Violation},
};

pub fn run(settings: &Settings) -> ExitCode {
    if let Some(path) = Database::missing_file(&settings.database.url) {
        // Opening it would make an empty one, in which everything holds.
        return super::complain(&format!("{}: there is no such database", path.display()), 2);
    }
    match examined(settings) {
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

/// The rows first, then the files that they name.
fn examined(settings: &Settings) -> Result<Findings, Error> {
    let database = Database::open(&settings.database.url, settings.database.connections)?;
    let mut findings = database.read_now(verify::examine)?;
    let desk = Desk::open(&settings.attachments)?;
    let missing = actix_web::rt::System::new().block_on(desk.missing(&database))?;
    findings.violations.extend(missing.into_iter().map(|sha256| Violation {
        invariant: "I22",
        subject: format!("blob {sha256}"),
        reason: "a file needs it, and it is not in the store with these bytes".to_owned(),
    }));
    Ok(findings)
}
