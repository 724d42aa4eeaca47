//! The folder of a rehearsal (rules.md §8): read as a whole, every fault named with its file and line.

mod policy;
mod read;
mod rows;
mod shift;
mod table;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    path::{Path, PathBuf},
};

pub use policy::Call;
pub use rows::{Application, Enterprise, Line, Organization, Preferences, Reviewer, Sheet, Tie};

/// One fault of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub message: String,
}

impl Fault {
    pub(super) fn new(file: &'static str, line: u64, message: impl Into<String>) -> Self {
        Self { file, line, message: message.into() }
    }
}

type Faults = Vec<Fault>;

/// A folder that cannot be rehearsed, with everything that is wrong with it.
#[derive(Debug, thiserror::Error)]
pub struct FolderError {
    directory: PathBuf,
    /// All faults, by file and line.
    pub faults: Vec<Fault>,
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Fault { file, line, message }) in self.faults.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{}:{line}: {message}", self.directory.join(file).display())?;
        }
        Ok(())
    }
}

/// Everything in the folder.
#[derive(Clone, Debug)]
pub struct Folder {
    /// `policy.toml`.
    pub call: Call,
    /// `organizations.csv`.
    pub organizations: Vec<Organization>,
    /// `applications.csv` by reference, with their budget lines.
    pub applications: Vec<Application>,
    /// `reviewers.csv`.
    pub reviewers: Vec<Reviewer>,
    /// `reviews.csv` by reference and reviewer.
    pub sheets: Vec<Sheet>,
    /// `conflicts.csv`, if it is there.
    pub ties: Vec<Tie>,
    /// `enterprises.csv`.
    pub enterprises: Vec<Enterprise>,
    /// `enterprise_preferences.csv`: references by enterprise.
    pub of_enterprises: Preferences,
    /// `project_preferences.csv`: enterprises by reference.
    pub of_projects: Preferences,
    /// Files of rules.md §9 that are there but whose part is not rehearsed.
    pub unused_files: Vec<&'static str>,
}

/// The text of a file without its byte order mark.
fn text(directory: &Path, file: &'static str, faults: &mut Faults) -> Option<String> {
    let bytes = match std::fs::read(directory.join(file)) {
        Ok(bytes) => bytes,
        Err(error) => {
            faults.push(Fault::new(file, 1, error.to_string()));
            return None;
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let valid = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
            let line = valid.filter(|byte| **byte == b'\n').count();
            let line = u64::try_from(line).unwrap_or(u64::MAX).saturating_add(1);
            faults.push(Fault::new(file, line, "this is not UTF-8"));
            None
        }
    }
}

impl Folder {
    /// Reads and checks the folder.
    pub fn read(directory: &Path) -> Result<Self, FolderError> {
        let mut faults = Faults::new();
        let folder = read::read_all(directory, &mut faults);
        faults.sort();
        faults.dedup();
        match folder {
            Some(folder) if faults.is_empty() => Ok(folder),
            _ => Err(FolderError { directory: directory.to_owned(), faults }),
        }
    }
}
