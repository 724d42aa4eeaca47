//! What holds after every test, whatever it did.

use yichuang::{audit, db::Database};

/// Names everything that must never be and is.
pub fn violations(database: &Database) -> Vec<String> {
    let broken = database.read_now(|conn| Ok(audit::verify_chain(conn)?));
    match broken {
        Ok(broken) => broken
            .iter()
            .map(|row| format!("audit lane {}, row {}: {}", row.lane, row.seq, row.reason))
            .collect(),
        Err(error) => vec![format!("the invariants could not be checked: {error}")],
    }
}
