//! `yichuang verify`: one line a violation, exit 1 where there is one.

use std::process::ExitCode;

use crate::{config::Settings, db::Database, verify};

pub fn run(settings: &Settings) -> ExitCode {
    if let Some(path) = Database::missing_file(&settings.database.url) {
        // Opening it would make an empty one, in which everything holds.
        return super::complain(&format!("{}: there is no such database", path.display()), 2);
    }
    let outcome = Database::open(&settings.database.url, settings.database.connections)
        .and_then(|database| database.read_now(verify::verify));
    match outcome {
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
