//! Files of applications: who may send and see them, what is stored and for how long, and what happens when the store
//! or the scanner is gone.

mod access;
mod limits;
mod s3;
mod scan;
mod storage;

use std::path::Path;

use crate::support::{Kind, Office, Project, TestApp, content};

/// A draft with nothing attached.
#[track_caller]
fn a_draft(office: &Office<'_>) -> Project {
    let round = office.published_round("100000.00", serde_json::json!({}));
    let group = office.a_group(Kind::Registered);
    office.drafted(&round, &group, content("40000.00"))
}

/// Runs something of the application's own.
fn run<T>(work: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(work)
}

/// Every file below a folder, with its bytes.
fn stored(app: &TestApp) -> Vec<(String, Vec<u8>)> {
    fn walk(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                found.push((name, std::fs::read(&path).expect("its bytes")));
            }
        }
    }
    let mut found = Vec::new();
    walk(app.files(), &mut found);
    found.sort();
    found
}
