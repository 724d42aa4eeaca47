//! `yichuang verify`: one line a violation, exit 1 where there is one.

use std::process::ExitCode;

use crate::{
    attachments::Desk,
    config::Settings,
    db::Database,
    error::Error,
    kernel::time::{Clock, SystemClock},
    verify::{self, Violation},
};

pub fn run(settings: &Settings) -> ExitCode {
    if let Some(path) = Database::missing_file(&settings.database.url) {
        // Opening it would make an empty one, in which everything holds.
        return super::complain(&format!("{}: there is no such database", path.display()), 2);
    }
    match violations(settings) {
        Ok(violations) if violations.is_empty() => {
            println!("all invariants hold");
            ExitCode::SUCCESS
        }
        Ok(violations) => {
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
fn violations(settings: &Settings) -> Result<Vec<Violation>, Error> {
    let database = Database::open(&settings.database.url, settings.database.connections)?;
    crate::db::keys::unlock(&database, &settings.data_keys_file(), SystemClock.now())?;
    let mut violations = database.read_now(verify::verify)?;
    let desk = Desk::open(&settings.attachments)?;
    let missing = actix_web::rt::System::new().block_on(desk.missing(&database))?;
    violations.extend(missing.into_iter().map(|sha256| Violation {
        invariant: "I22",
        subject: format!("blob {sha256}"),
        reason: "a file needs it, and it is not in the store with these bytes".to_owned(),
    }));
    Ok(violations)
}
