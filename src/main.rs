//! The command line: parse arguments, load settings, call one of the commands.

use std::process::ExitCode;

use clap::Parser;
use yichuang::commands::{self, Arguments};

fn main() -> ExitCode {
    commands::run(Arguments::parse())
}
