//! What holds after every test, whatever it did.

use yichuang::{db::Database, verify};

/// Names everything that must never be and is.
pub fn violations(database: &Database) -> Vec<String> {
    match database.read_now(verify::verify) {
        Ok(violations) => violations.iter().map(ToString::to_string).collect(),
        Err(error) => vec![format!("the invariants could not be checked: {error}")],
    }
}
