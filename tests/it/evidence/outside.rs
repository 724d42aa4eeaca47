//! An outsider with nothing but the public endpoints and a checkpoint that they saved.

use std::{
    path::Path,
    process::{Command, Output},
};

use yichuang::evidence::note;

use super::tools::{deeds, forever, rewrite, unseal};
use crate::support::{Office, TestApp};

on_both!(an_outsider_sees_a_rewritten_history, an_outsider_checks_a_notice);

fn check(app: &TestApp, file: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yichuang"));
    command.args(["check-evidence", "--url", app.client().base(), "--checkpoint"]).arg(file).args(more);
    command.output().unwrap()
}

#[track_caller]
fn assert_ends(output: &Output, code: i32, told: &str) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(told), "{text}");
}

fn an_outsider_sees_a_rewritten_history(app: &TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept");
    deeds(app, 2);
    assert_ends(&check(app, &file, &["--save"]), 2, "no checkpoint yet");
    app.seal();
    assert_ends(&check(app, &file, &[]), 2, "kept");
    assert_ends(&check(app, &file, &["--save"]), 0, "the log of 1 leaves");
    for _ in 0..3 {
        deeds(app, 1);
        app.seal();
    }
    assert_ends(&check(app, &file, &["--save"]), 0, "the log of 4 leaves continues 1 saved checkpoints");
    assert_ends(&check(app, &file, &[]), 0, "the log of 4 leaves continues 2 saved checkpoints");
    assert_eq!(note::read(&std::fs::read_to_string(&file).unwrap()).unwrap().len(), 2);
    // With the key as it was noted down, and with another.
    let key = app.client().get("/api/v1/public/audit-keys").expect(200).text("/items/0/verifier").to_owned();
    assert_ends(&check(app, &file, &["--key", &key]), 0, "continues 2");
    let other = note::Verifier::parse(&key).unwrap();
    let other = note::Signatory::of(&other.name, &[9; 32]).verifier().to_string();
    assert_ends(&check(app, &file, &["--key", &other]), 1, "signed with none of the known keys");

    // Everything is made anew around one altered row, up to the signatures; the log is longer than before.
    forever(app.database(), |conn| {
        rewrite(conn, "installation", 2)?;
        unseal(conn)
    });
    for _ in 0..3 {
        app.seal();
    }
    assert_ends(&check(app, &file, &[]), 1, "the log has shrunk: 4 leaves were signed, 3 are left");
    app.seal();
    assert_ends(&check(app, &file, &[]), 1, "the history was rewritten");
    app.seal();
    assert_ends(&check(app, &file, &[]), 1, "the history was rewritten");
}

fn an_outsider_checks_a_notice(app: &TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept");
    let office = Office::found(app);
    let (round, _, _) = office.a_scored_round();
    app.seal();
    assert_ends(&check(app, &file, &["--save"]), 0, "the log of 1 leaves");
    office.decided(&round);
    let notice = office.noticed(&round);
    let id = notice.rsplit('/').next().unwrap();
    assert_ends(&check(app, &file, &["--notice", id]), 2, "not sealed yet");
    app.seal();
    assert_ends(&check(app, &file, &["--notice", id]), 0, "the log of 3 leaves");
}
