//! `verify`: recomputes every invariant of trust.md §4 that exists by now from the stored rows, and names each
//! violation. It trusts nothing that the program has cached.

mod conflicts;
mod evidence;
mod money;
mod organizations;
mod personal;
mod rounds;
mod search;
mod sheets;

use std::fmt;

use crate::{db::Db, error::Error};

/// A truth that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant, as numbered in trust.md §4, or by its own name.
    pub invariant: &'static str,
    /// Where.
    pub subject: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.invariant, self.subject, self.reason)
    }
}

/// What an examination found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What does not hold.
    pub violations: Vec<Violation>,
    /// What proves nothing, but deserves a look: it may have been otherwise when it mattered.
    pub to_look_at: Vec<Violation>,
}

impl Findings {
    /// Notes a violation unless `holds`.
    fn expect(
        &mut self,
        holds: bool,
        invariant: &'static str,
        subject: impl fmt::Display,
        reason: impl fmt::Display,
    ) {
        if !holds {
            let (subject, reason) = (subject.to_string(), reason.to_string());
            self.violations.push(Violation { invariant, subject, reason });
        }
    }

    /// Notes something to look at.
    fn look(&mut self, invariant: &'static str, subject: impl fmt::Display, reason: impl fmt::Display) {
        let (subject, reason) = (subject.to_string(), reason.to_string());
        self.to_look_at.push(Violation { invariant, subject, reason });
    }
}

/// Checks everything and returns what does not hold, in a fixed order.
pub fn verify(conn: &mut Db) -> Result<Vec<Violation>, Error> {
    Ok(examine(conn)?.violations)
}

/// The same with what deserves a look.
pub fn examine(conn: &mut Db) -> Result<Findings, Error> {
    let mut findings = Findings::default();
    evidence::check(conn, &mut findings)?;
    money::check(conn, &mut findings)?;
    rounds::check(conn, &mut findings)?;
    organizations::check(conn, &mut findings)?;
    search::check(conn, &mut findings)?;
    sheets::check(conn, &mut findings)?;
    personal::check(conn, &mut findings)?;
    Ok(findings)
}
