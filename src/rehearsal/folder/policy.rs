//! `policy.toml`: the round's own fields, its rubric, and every field of the server's policy.

use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::{Fault, Faults, text};
use crate::{
    db::columns::Day,
    kernel::money::Money,
    programmes::{Criterion, Policy},
};

const FILE: &str = "policy.toml";

/// The call of the round.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// Its year.
    pub year: i32,
    /// What can be awarded in all.
    pub budget: Money,
    /// First day of the window.
    pub opens_on: Day,
    /// Last day of the window.
    pub closes_on: Day,
    /// What experts give marks for, in the order they are shown.
    pub rubric: Vec<Criterion>,
    /// The policy; what the file leaves out has the server's default.
    pub policy: Policy,
}

#[derive(Deserialize)]
struct Own {
    name: String,
    year: i32,
    budget: Money,
    opens_on: Day,
    closes_on: Day,
    rubric: Vec<Criterion>,
}

const OWN: &[&str] = &["name", "year", "budget", "opens_on", "closes_on", "rubric"];

/// Reads the file, or tells its faults.
pub fn read(directory: &Path, faults: &mut Faults) -> Option<Call> {
    let content = text(directory, FILE, faults)?;
    let mut rest: Table = match content.parse() {
        Ok(table) => table,
        Err(error) => {
            let line = error.span().map_or(1, |span| line_at(&content, span.start));
            faults.push(Fault::new(FILE, line, error.message()));
            return None;
        }
    };
    let mut own = Table::new();
    for name in OWN {
        if let Some(value) = rest.remove(*name) {
            own.insert((*name).to_owned(), value);
        }
    }
    let own: Option<Own> = typed(own, &content, faults);
    // A rehearsal limits what the file limits and nothing else (rules.md §8).
    rest.entry("category_caps_bp").or_insert_with(|| Value::Table(Table::new()));
    rest.entry("forbidden_categories").or_insert_with(|| Value::Array(Vec::new()));
    let says = |field: &str| rest.get("review").and_then(|review| review.get(field)).is_some();
    let (below, from) = (says("comment_below_share_bp"), says("comment_from_total"));
    let policy: Option<Policy> = typed(rest, &content, faults);
    let (own, mut policy) = (own?, policy?);
    // Nor does a sheet owe comments that the file does not ask for. There is no null in TOML to say so with.
    if !below {
        policy.review.comment_below_share_bp = 0;
    }
    if !from {
        policy.review.comment_from_total = None;
    }
    Some(Call {
        name: own.name,
        year: own.year,
        budget: own.budget,
        opens_on: own.opens_on,
        closes_on: own.closes_on,
        rubric: own.rubric,
        policy,
    })
}

fn typed<T: for<'de> Deserialize<'de>>(table: Table, content: &str, faults: &mut Faults) -> Option<T> {
    match serde_path_to_error::deserialize(Value::Table(table)) {
        Ok(value) => Some(value),
        Err(error) => {
            let path = error.path().to_string();
            let message = error.inner().message().trim().to_owned();
            // The key stands in the path, or in the message of an unknown or missing field.
            let named = message.split('`').nth(1).unwrap_or_default();
            let key = if path == "." { named } else { path.split(['.', '[']).next().unwrap_or_default() };
            let place = if path == "." { String::new() } else { format!("{path}: ") };
            faults.push(Fault::new(FILE, line_of(content, key), format!("{place}{message}")));
            None
        }
    }
}

fn line_at(content: &str, offset: usize) -> u64 {
    let before = content.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1)
}

/// The line on which a key or table of this name begins; the first where there is none.
fn line_of(content: &str, key: &str) -> u64 {
    let begins = |line: &str| {
        let line = line.trim_start().trim_start_matches('[').trim_start();
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', ']', '.']))
    };
    (1u64..).zip(content.lines()).find(|(_, line)| begins(line)).map_or(1, |(number, _)| number)
}
