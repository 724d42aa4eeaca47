//! `yichuang solve KIND [FILE]` (rules.md §7): anybody can recompute a published result.
//!
//! One file a kind: it reads the input into the types of the feature that owns the rule, calls the
//! rule, and writes the answer. Reading reports every fault it can find at once, each with its JSON
//! pointer; nothing is computed from a faulty input.

mod assignment;
mod draw;
mod json;
mod matching;
mod read;
mod scores;
mod selection;
mod sponsorship;
mod tranches;

use std::{fmt, str::FromStr};

/// What can be solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Official scores, ranking, statistics.
    Scores,
    /// The walk down the ranking.
    Selection,
    /// The tranches of an award.
    Tranches,
    /// Reviewers to applications.
    Assignment,
    /// Stable matching of enterprises and projects.
    Matching,
    /// Sponsors' money to projects.
    Sponsorship,
    /// A panel from the pool.
    Draw,
}

impl Kind {
    /// All kinds, in the order of rules.md §7; the draw of a panel (domain.md §2.12) is the last.
    pub const ALL: [Self; 7] = [
        Self::Scores,
        Self::Selection,
        Self::Tranches,
        Self::Assignment,
        Self::Matching,
        Self::Sponsorship,
        Self::Draw,
    ];

    /// The word of the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scores => "scores",
            Self::Selection => "selection",
            Self::Tranches => "tranches",
            Self::Assignment => "assignment",
            Self::Matching => "matching",
            Self::Sponsorship => "sponsorship",
            Self::Draw => "draw",
        }
    }
}

/// Why a word is no kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kinds are scores, selection, tranches, assignment, matching, sponsorship and draw")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == word).ok_or(UnknownKind)
    }
}

/// Something wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer (RFC 6901); empty for the whole input.
    pub pointer: String,
    /// What, and how it should be.
    pub message: String,
}

/// One line, whatever the input holds: control characters are written as escapes.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printable = |c: char| if c.is_control() { c.escape_default().collect() } else { String::from(c) };
        let line = |text: &str| text.chars().map(printable).collect::<String>();
        write!(f, "{}: {}", line(&self.pointer), line(&self.message))
    }
}

/// Solves one input; the answer is a JSON text on one line.
///
/// # Errors
/// All faults of the input, in the order of the input as far as it has one.
pub fn solve(kind: Kind, input: &str) -> Result<String, Vec<Fault>> {
    // Editors on Windows put a byte order mark in front.
    let input = input.strip_prefix('\u{feff}').unwrap_or(input);
    let json = json::parse(input).map_err(|fault| vec![fault])?;
    let mut faults = read::Faults::default();
    read::refuse_repeated_keys(&json, &read::At::ROOT, &mut faults);
    match kind {
        Kind::Scores => scores::solve(&json, faults),
        Kind::Selection => selection::solve(&json, faults),
        Kind::Tranches => tranches::solve(&json, faults),
        Kind::Assignment => assignment::solve(&json, faults),
        Kind::Matching => matching::solve(&json, faults),
        Kind::Sponsorship => sponsorship::solve(&json, faults),
        Kind::Draw => draw::solve(&json, faults),
    }
}

/// The answer as text; its field order is that of the struct.
fn write(answer: &impl serde::Serialize) -> Result<String, Vec<Fault>> {
    serde_json::to_string(answer).map_err(|error| {
        vec![Fault { pointer: String::new(), message: format!("cannot be written: {error}") }]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The faults of an input as printed.
    pub(super) fn faults(kind: Kind, input: &str) -> Vec<String> {
        solve(kind, input).expect_err("the input has faults").iter().map(Fault::to_string).collect()
    }

    #[test]
    fn kinds_are_named_as_in_the_rule() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert_eq!("score".parse::<Kind>(), Err(UnknownKind));
    }

    #[test]
    fn broken_json_is_one_fault_with_its_place() {
        for text in ["", "{", "{\"a\":1,}", "[1] 2", "nul", "{\"a\":1e999}"] {
            let faults = faults(Kind::Tranches, text);
            assert!(
                matches!(faults.as_slice(), [one] if one.starts_with(": ") && one.contains("line 1 column")),
                "{faults:?}"
            );
        }
        let deep = "[".repeat(1_000_000);
        assert_eq!(faults(Kind::Tranches, &deep).len(), 1);
    }

    #[test]
    fn repeated_keys_are_refused_at_any_depth() {
        let text = r#"{"award":"1.00","award":"2.00","shares_bp":[10000],"x~/\n":{"k":[{"z":1,"z":2}]}}"#;
        let faults = faults(Kind::Tranches, text);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].starts_with("/award: "));
        assert!(faults[1].starts_with("/x~0~1\\n/k/0/z: "));
        assert!(faults[2].starts_with("/x~0~1\\n: "));
    }

    #[test]
    fn an_input_that_is_no_object_is_one_fault() {
        for kind in Kind::ALL {
            assert_eq!(faults(kind, "[]").len(), 1);
            assert_eq!(faults(kind, "null").len(), 1);
        }
    }
}
