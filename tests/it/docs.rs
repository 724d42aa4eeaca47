//! The documents that are printed from the code are what the code prints now.

use std::{collections::BTreeMap, env, fmt::Write, fs, path::Path};

use strum::IntoEnumIterator;
use yichuang::{
    app,
    error::codes,
    http::{Reach, Whose},
    kernel::role::Role,
};

/// `docs/errors.md`: one row a code, in the order of `src/error/codes.rs`.
fn table_of_errors() -> String {
    let mut page = String::from(
        "# Error codes · 错误代码\n\n\
         Printed from src/error/codes.rs; a test fails when the two differ.\n\n\
         | code | status | 中文 | English |\n\
         | --- | --- | --- | --- |\n",
    );
    let cell = |text: &str| text.replace('|', "\\|");
    for code in codes::ALL {
        let (status, zh, en) = (code.kind.status(), cell(code.zh), cell(code.en));
        writeln!(page, "| `{}` | {status} | {zh} | {en} |", code.code).expect("a text takes every line");
    }
    page
}

/// `docs/authorisation.md`: the rows of the table of endpoints, and what each word reaches.
fn table_of_authorisation() -> String {
    let mut page = include_str!("authorisation_head.md").to_owned();
    page.push_str("\n## 谁的对象 · Whose objects\n\n| word | 含义 · meaning |\n| --- | --- |\n");
    for whose in Whose::iter() {
        writeln!(page, "| `{whose}` | {} |", whose.words()).expect("a text takes every line");
    }
    page.push_str("\n## 各路由 · The routes\n\n| route | whose | tied | roles | states |\n");
    page.push_str("| --- | --- | --- | --- | --- |\n");
    let mut table = app::endpoints();
    table.sort_by(|a, b| (a.path(), a.method_name()).cmp(&(b.path(), b.method_name())));
    for row in &table {
        let mut by_reach: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for role in Role::iter().filter(|role| row.reach(*role) != Reach::Never) {
            by_reach.entry(row.reach(role).to_string()).or_default().push(role.to_string());
        }
        let everybody = Role::iter().count();
        let roles: Vec<String> = by_reach
            .iter()
            .map(|(reach, roles)| match roles.len() {
                all if all == everybody => format!("**{reach}**"),
                _ => format!("**{reach}** {}", roles.join(", ")),
            })
            .collect();
        let tied = if row.is_closed_to_the_tied() { "no" } else { "" };
        let (method, path, about) = (row.method_name(), row.path(), row.about());
        let (roles, states) = (roles.join("; "), row.states().join(", "));
        writeln!(page, "| `{method} {path}` | {about} | {tied} | {roles} | {states} |")
            .expect("a text takes every line");
    }
    page
}

#[test]
fn the_table_of_authorisation_is_the_one_of_the_code() {
    assert_is_printed("docs/authorisation.md", &table_of_authorisation());
}

/// Holds a document against what is printed now; with `UPDATE_DOCS=1` it is written anew instead.
#[track_caller]
fn assert_is_printed(name: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if env::var("UPDATE_DOCS").is_ok_and(|value| value == "1") {
        fs::write(&path, printed).expect("the document can be written");
        return;
    }
    let found = fs::read_to_string(&path).expect("the document can be read");
    if found == printed {
        return;
    }
    let common = found.lines().zip(printed.lines()).take_while(|(found, printed)| found == printed).count();
    panic!(
        "{name} is not what the code prints; print it with `UPDATE_DOCS=1 cargo test --test it docs::`.\n\
         Line {}:\n  found:   {}\n  printed: {}",
        common + 1,
        found.lines().nth(common).unwrap_or("(the end)"),
        printed.lines().nth(common).unwrap_or("(the end)"),
    );
}

#[test]
fn the_table_of_errors_is_the_one_of_the_code() {
    assert_is_printed("docs/errors.md", &table_of_errors());
}

/// The document is kept, so that a change of the contract is seen in the review of a change.
#[test]
fn the_openapi_document_is_the_one_that_was_agreed() {
    let document = yichuang::http::document(&yichuang::app::endpoints()).unwrap();
    let document = serde_json::to_string_pretty(&document).unwrap();
    assert_is_printed("docs/openapi.json", &format!("{document}\n"));
}
