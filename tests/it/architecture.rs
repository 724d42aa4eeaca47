//! Which room may know which (docs/architecture.md): the imports of `src` are read, and a forbidden arrow fails.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The rooms below the features, each with what it may know. `error` and `config` may be known by everybody.
const FOUNDATIONS: [(&str, &[&str]); 15] = [
    ("kernel", &[]),
    ("vault", &["kernel"]),
    ("error", &["kernel"]),
    ("config", &["kernel"]),
    ("db", &["kernel", "vault"]),
    ("audit", &["kernel", "db"]),
    // A letter to a person is a notice on their home page too.
    ("outbox", &["kernel", "db", "notifications", "audit", "http"]),
    ("evidence", &["kernel", "db", "audit", "http", "jobs", "outbox"]),
    ("letters", &["kernel", "db", "audit", "http", "outbox"]),
    // Who reads too much is put on record.
    ("http", &["kernel", "db", "audit"]),
    ("notifications", &["kernel", "db", "http"]),
    ("attachments", &["kernel", "db", "audit", "http"]),
    ("sheets", &["kernel"]),
    ("search", &["kernel", "db"]),
    ("jobs", &["kernel", "db"]),
];

/// The features in the order of the money: each may know the ones before it.
const FEATURES: [&str; 16] = [
    "calendar",
    "people",
    "protection",
    "administration",
    "organizations",
    "enterprises",
    "programmes",
    "ledger",
    "applications",
    "imports",
    "reviews",
    "approvals",
    "monitoring",
    "disbursements",
    "matching",
    "privacy",
];

/// What stands on top and may know everything.
const TOP: [&str; 7] = ["app", "commands", "rehearsal", "solve", "verify", "main", "lib"];

/// Arrows that point the wrong way on purpose: (file or room, room).
const EXCEPTIONS: [(&str, &str); 1] = [
    // The way out of an action with the answer that was given before (idempotency) is an error.
    ("error", "db"),
];

/// The files of a feature that speak to the database, the clock or the web. Every other file of a feature is pure.
const IMPURE: [&str; 6] = ["mod", "model", "store", "actions", "api", "pages"];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).expect("the sources can be listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                found.push((path.strip_prefix(root).expect("below src").to_owned(), code_of(&text)));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    found.sort();
    found
}

/// The text without comments and without the tests at its foot, which may know what they like.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every path that begins with `crate::`, with the braces of `use` written out: `db::Db`, `db::schema::users`.
fn crate_paths(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        expand(&code[at + "crate::".len()..], "", &mut found);
    }
    found
}

/// Reads one tree of a `use` (or one plain path) and returns what comes after it.
fn expand<'a>(text: &'a str, prefix: &str, found: &mut BTreeSet<String>) -> &'a str {
    let mut rest = text.trim_start();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner.trim_start();
        while !rest.is_empty() && !rest.starts_with('}') {
            let after = expand(rest, prefix, found).trim_start();
            // A renamed import: `Error as QueryError`.
            let after = after.split_once([',', '}']).map_or("", |(skipped, _)| &after[skipped.len()..]);
            rest = after.trim_start_matches(',').trim_start();
        }
        return rest.strip_prefix('}').unwrap_or(rest);
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}::{name}") };
    match after.strip_prefix("::") {
        Some(deeper) if !deeper.starts_with('<') => expand(deeper, &path, found),
        _ => {
            found.insert(path);
            after
        }
    }
}

fn room_of(file: &Path) -> String {
    let first =
        file.components().next().expect("a file has a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// What a room may know, or `None` for a room that nobody has given a place.
fn known_to(room: &str) -> Option<Vec<&'static str>> {
    let below = [
        "kernel",
        "vault",
        "db",
        "audit",
        "outbox",
        "letters",
        "http",
        "attachments",
        "sheets",
        "search",
        "jobs",
        "evidence",
    ];
    if let Some((_, known)) = FOUNDATIONS.iter().find(|(name, _)| *name == room) {
        return Some(known.to_vec());
    }
    if room == "ledger" {
        return Some(vec!["kernel", "db", "audit", "http"]);
    }
    let place = FEATURES.iter().position(|feature| *feature == room)?;
    let earlier = FEATURES.iter().take(place).copied();
    // Programmes come before the ledger in the order of the money, yet book their budgets in it.
    let ledger = (room == "programmes").then_some("ledger");
    Some(below.into_iter().chain(earlier).chain(ledger).collect())
}

fn forbidden_arrow(file: &Path, path: &str) -> Option<String> {
    let room = room_of(file);
    let target = path.split("::").next().unwrap_or(path);
    if TOP.contains(&room.as_str()) || target == room || ["error", "config"].contains(&target) {
        // The kernel is known by everybody and knows nobody; only hashing a password can fail in more than one way.
        let is_kernel = room == "kernel" && target != "kernel" && file != Path::new("kernel/password.rs");
        return is_kernel
            .then(|| format!("{} imports crate::{path}: the kernel knows nobody", file.display()));
    }
    let Some(known) = known_to(&room) else {
        return Some(format!("{}: give the room {room} a place in tests/it/architecture.rs", file.display()));
    };
    let allowed = known.contains(&target) || EXCEPTIONS.contains(&(room.as_str(), target));
    (!allowed).then(|| format!("{} imports crate::{path}: {room} may know {known:?}", file.display()))
}

/// True for a file of a feature that must not touch the database, the web, the clock or the settings.
fn is_pure(file: &Path) -> bool {
    let mut parts = file.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let room = parts.next().unwrap_or_default();
    let part = parts.next().unwrap_or_default();
    FEATURES.contains(&room.as_str()) && !part.is_empty() && !IMPURE.contains(&part.trim_end_matches(".rs"))
}

fn impurities(file: &Path, code: &str) -> Vec<String> {
    let words = [
        "RunQueryDsl",
        "QueryDsl",
        "diesel::prelude",
        "insert_into",
        "diesel::update",
        "diesel::delete",
        "sql_query",
        "actix",
        "SystemClock",
        "ManualClock",
        "dyn Clock",
        "Utc::now",
        "std::fs",
        "std::net",
    ];
    let mut found: Vec<String> =
        words.iter().filter(|word| code.contains(**word)).map(|word| (*word).to_owned()).collect();
    found.extend(crate_paths(code).into_iter().filter(|path| {
        let is_value = path.starts_with("db::schema")
            || path.starts_with("db::columns")
            || path.starts_with("db::private")
            || path == "http::Guarded";
        ["db", "config", "http", "outbox", "letters", "audit"]
            .contains(&path.split("::").next().unwrap_or(path))
            && !is_value
    }));
    found.into_iter().map(|what| format!("{} is pure, but has {what}", file.display())).collect()
}

#[test]
fn no_arrow_points_the_wrong_way() {
    let faults: Vec<String> = sources()
        .iter()
        .flat_map(|(file, code)| {
            crate_paths(code).into_iter().filter_map(|path| forbidden_arrow(file, &path)).collect::<Vec<_>>()
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn rules_are_pure() {
    let all = sources();
    let pure: Vec<_> = all.iter().filter(|(file, _)| is_pure(file)).collect();
    assert!(!pure.is_empty(), "no rules were found");
    let faults: Vec<String> = pure.iter().flat_map(|(file, code)| impurities(file, code)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The two tests above would be content with a reader that finds nothing.
#[test]
fn the_reader_of_imports_sees_what_is_there() {
    let code = code_of(
        "// crate::nothing\nuse crate::{\n    db::{self, Db, schema::{users as people, sessions}},\n    \
         kernel::time::Clock,\n};\npub(crate) fn f() { crate::people::api::endpoints::<crate::http::Call>() }\n\
         #[cfg(test)]\nmod tests { use crate::matching; }",
    );
    let paths: Vec<String> = crate_paths(&code).into_iter().collect();
    let expected = [
        "db::Db",
        "db::schema::sessions",
        "db::schema::users",
        "db::self",
        "http::Call",
        "kernel::time::Clock",
        "people::api::endpoints",
    ];
    assert_eq!(paths, expected);

    let arrow = |file: &str, path: &str| forbidden_arrow(Path::new(file), path).is_some();
    assert!(arrow("kernel/money.rs", "error::Error"));
    assert!(!arrow("kernel/password.rs", "error::Error"));
    assert!(arrow("db/mod.rs", "audit::record"));
    assert!(arrow("people/api.rs", "programmes::Programme"));
    assert!(!arrow("reviews/actions.rs", "applications::mark_decided"));
    assert!(arrow("ledger/store.rs", "people::User"));
    assert!(!arrow("programmes/actions.rs", "ledger::book"));
    assert!(arrow("novelty/mod.rs", "kernel::time::Clock"));
    assert!(is_pure(Path::new("reviews/ranking.rs")) && is_pure(Path::new("people/rules/grant.rs")));
    assert!(!is_pure(Path::new("people/actions/submit.rs")) && !is_pure(Path::new("kernel/money.rs")));
    assert!(!impurities(Path::new("people/rules.rs"), "use diesel::prelude::*;").is_empty());
    assert!(!impurities(Path::new("people/rules.rs"), "use crate::db::{Db, schema::users};").is_empty());
    assert!(impurities(Path::new("people/rules.rs"), "use crate::db::schema::users;").is_empty());
}
