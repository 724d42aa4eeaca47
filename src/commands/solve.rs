//! `yichuang solve KIND [FILE]`: one line a fault on standard error, exit 2 for bad input.

use std::{
    io::{Read, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;

use crate::solve::{Kind, solve};

/// What to solve.
#[derive(Debug, Args)]
pub struct SolveArguments {
    /// scores, selection, tranches, assignment, matching, sponsorship or draw.
    kind: Kind,
    /// The input; standard input where it is left out or `-`.
    file: Option<PathBuf>,
}

pub fn run(arguments: &SolveArguments) -> ExitCode {
    let input = match &arguments.file {
        Some(path) if path.as_os_str() != "-" => std::fs::read(path),
        _ => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        }
    };
    let bytes = match input {
        Ok(bytes) => bytes,
        Err(error) => return super::complain(&error, 2),
    };
    let Ok(text) = String::from_utf8(bytes) else { return super::complain(&"the input is not UTF-8", 2) };
    match solve(arguments.kind, &text) {
        Ok(answer) => match writeln!(std::io::stdout(), "{answer}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => super::complain(&error, 1),
        },
        Err(faults) => {
            for fault in faults {
                eprintln!("{fault}");
            }
            ExitCode::from(2)
        }
    }
}
