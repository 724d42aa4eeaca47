//! Which ties there are between experts and applications. Both sides say their marks — comparable facts, each of the
//! kind of tie it would be — and a mark that both have is a tie. So a whole round is one join, not a loop over pairs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::model::{ConflictDismissal, ConflictKind, ConflictSource, Tie, TieStanding};
use crate::kernel::{
    contact::{EmailAddress, PhoneNumber},
    ids::ConflictId,
    text::fold,
    time::Timestamp,
};

/// A comparable fact of one side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The kind of tie it is if the other side has it too.
    pub kind: ConflictKind,
    /// What is compared: an id, a number, a folded name.
    pub value: String,
    /// Where it stands, in a word, or the words of who stated it; shown to the office, so never the number itself.
    pub says: String,
    /// Who stated it.
    pub source: ConflictSource,
    /// Since when it is known to be so, where that stands somewhere.
    pub since: Option<Timestamp>,
}

/// A tie that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTie {
    /// What it is.
    pub tie: Tie,
    /// Since when both sides are known to say so; none: what is known today may have been otherwise.
    pub since: Option<Timestamp>,
}

impl Mark {
    /// What the program knows.
    #[must_use]
    pub fn known(kind: ConflictKind, value: impl Into<String>, says: &str) -> Self {
        Self {
            kind,
            value: value.into(),
            says: says.to_owned(),
            source: ConflictSource::Program,
            since: None,
        }
    }
}

/// What a tie to an organisation is compared by.
#[must_use]
pub fn organization(id: impl std::fmt::Display) -> String {
    format!("id {id}")
}

/// What a tie to an organisation that is known by name alone is compared by; none for an empty name.
#[must_use]
pub fn named(name: &str) -> Option<String> {
    let folded = fold(name);
    (!folded.is_empty()).then(|| format!("name {folded}"))
}

/// What a tie to a person is compared by; none for an empty name.
#[must_use]
pub fn person(name: &str) -> Option<String> {
    let folded = fold(name);
    (!folded.is_empty()).then(|| format!("person {folded}"))
}

/// Every tie between each application and each expert, by their places in the lists. A name in common counts only where
/// nothing else ties the two: what is known better need not be looked at.
#[must_use]
pub fn join(applications: &[Vec<Mark>], experts: &[Vec<Mark>]) -> BTreeMap<(usize, usize), Vec<FoundTie>> {
    let mut having: BTreeMap<(ConflictKind, &str), Vec<(usize, &Mark)>> = BTreeMap::new();
    for (expert, marks) in experts.iter().enumerate() {
        for mark in marks {
            having.entry((mark.kind, mark.value.as_str())).or_default().push((expert, mark));
        }
    }
    let mut found: BTreeMap<(usize, usize), BTreeMap<Tie, Option<Timestamp>>> = BTreeMap::new();
    for (application, marks) in applications.iter().enumerate() {
        for mark in marks {
            for (expert, theirs) in having.get(&(mark.kind, mark.value.as_str())).into_iter().flatten() {
                let said = [theirs.says.as_str(), mark.says.as_str()];
                let evidence: Vec<&str> = said.into_iter().filter(|text| !text.is_empty()).collect();
                let standing = if mark.kind == ConflictKind::NameMatch {
                    TieStanding::Unresolved
                } else {
                    TieStanding::Standing
                };
                let tie =
                    Tie { kind: mark.kind, source: theirs.source, standing, evidence: evidence.join("; ") };
                let since = mark.since.zip(theirs.since).map(|(one, other)| one.max(other));
                let known = found.entry((application, *expert)).or_default().entry(tie).or_insert(since);
                // Found twice, it is known since the earlier.
                *known = match (*known, since) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
            }
        }
    }
    let of_pair = |ties: BTreeMap<Tie, Option<Timestamp>>| {
        let certain = ties.keys().any(|tie| tie.kind != ConflictKind::NameMatch && tie.kind.bars());
        ties.into_iter()
            .filter(|(tie, _)| !(certain && tie.kind == ConflictKind::NameMatch))
            .map(|(tie, since)| FoundTie { tie, since })
            .collect()
    };
    found.into_iter().map(|(pair, ties)| (pair, of_pair(ties))).collect()
}

/// How a tie came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The program found it.
    Found,
    /// An applicant raised it, and nobody has looked yet.
    Raised(Timestamp),
    /// Somebody stated it.
    Stated(ConflictId),
}

/// True where a person found this very tie to be none: of one that was stated the statement, so that what is stated again
/// stands again; of one that was found or raised the evidence. What is certain nobody dismisses.
#[must_use]
pub fn is_dismissed(tie: &Tie, origin: Origin, dismissal: &ConflictDismissal) -> bool {
    let same_evidence = dismissal.kind == tie.kind && dismissal.evidence == tie.evidence;
    let about_it = match origin {
        Origin::Found => same_evidence,
        Origin::Raised(at) => same_evidence && at <= dismissal.dismissed_at,
        Origin::Stated(id) => dismissal.conflict_id == Some(id),
    };
    about_it && !tie.kind.is_hard()
}

/// A tie after what persons found.
#[must_use]
pub fn after_dismissals(mut tie: Tie, origin: Origin, dismissals: &[ConflictDismissal]) -> Tie {
    if dismissals.iter().any(|dismissal| is_dismissed(&tie, origin, dismissal)) {
        tie.standing = TieStanding::Dismissed;
    }
    tie
}

/// True where an employment that ended in a year still counts in another.
#[must_use]
pub const fn employment_counts(until_year: Option<i32>, year: i32, years: u32) -> bool {
    match until_year {
        None => true,
        Some(until) => year.saturating_sub(until).unsigned_abs() <= years || until > year,
    }
}

/// Numbers of people that stand somewhere in an applicant's answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Mobile numbers.
    pub phones: Vec<String>,
    /// Addresses.
    pub emails: Vec<String>,
    /// Identity numbers.
    pub identities: Vec<String>,
}

/// Looks for them in every text, at any depth.
pub fn numbers_in(value: &Value, found: &mut Numbers) {
    match value {
        Value::String(text) => numbers_of(text, found),
        Value::Array(items) => items.iter().for_each(|item| numbers_in(item, found)),
        Value::Object(members) => members.values().for_each(|item| numbers_in(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn numbers_of(text: &str, found: &mut Numbers) {
    // Most texts have neither a long number nor an address.
    if !text.contains('@') && text.chars().filter(|c| c.is_numeric()).count() < 11 {
        return;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || "@._-+".contains(c) || c.is_numeric();
    for word in text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty()) {
        if word.contains('@') {
            found.emails.extend(word.trim_matches('.').parse::<EmailAddress>().ok().map(|m| m.to_string()));
        } else if let Some(number) = super::pool::identity_number(word) {
            found.identities.push(number);
        } else if let Ok(phone) = word.parse::<PhoneNumber>() {
            found.phones.push(phone.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use strum::IntoEnumIterator;

    use super::*;
    use crate::kernel::ids::{ApplicationId, ConflictDismissalId, ExpertId, ProgrammeId, UserId};

    fn mark(kind: ConflictKind, value: &str) -> Mark {
        Mark::known(kind, value, "lead")
    }

    #[test]
    fn a_mark_of_both_sides_is_a_tie_of_every_kind() {
        for kind in ConflictKind::iter() {
            let found = join(&[vec![mark(kind, "x")]], &[vec![mark(kind, "x")], vec![mark(kind, "y")]]);
            assert_eq!(found.keys().copied().collect::<Vec<_>>(), [(0, 0)], "{kind}");
            let unresolved = kind == ConflictKind::NameMatch;
            assert_eq!(found[&(0, 0)][0].tie.standing == TieStanding::Unresolved, unresolved, "{kind}");
            let other = ConflictKind::iter().find(|other| *other != kind).unwrap();
            assert!(join(&[vec![mark(kind, "x")]], &[vec![mark(other, "x")]]).is_empty(), "{kind}");
        }
    }

    #[test]
    fn a_tie_is_known_since_both_sides_say_so_and_by_the_earlier_of_two_ways() {
        let at = |day: u32| format!("2011-04-{day:02}T00:00:00Z").parse::<Timestamp>().ok();
        let known = |since| vec![Mark { since, ..mark(ConflictKind::Kin, "x") }];
        let since = |one: &[Mark], other: &[Mark]| {
            join(&[one.to_vec()], &[other.to_vec()])[&(0, 0)].iter().map(|tie| tie.since).collect::<Vec<_>>()
        };
        assert_eq!(since(&known(at(1)), &known(at(3))), [at(3)]);
        assert_eq!(since(&known(at(1)), &known(None)), [None]);
        let twice: Vec<Mark> = [known(at(5)), known(None), known(at(2))].concat();
        assert_eq!(since(&known(at(1)), &twice), [at(2)]);
    }

    #[test]
    fn a_name_is_not_looked_at_where_more_is_known() {
        let both = |kind| vec![mark(kind, "x"), mark(ConflictKind::NameMatch, "n")];
        let kinds = |kind| {
            let found = join(&[both(kind)], &[both(kind)]);
            found[&(0, 0)].iter().map(|found| found.tie.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(ConflictKind::SamePhone), [ConflictKind::SamePhone]);
        // Who only applies in the same round may still be the lead.
        assert_eq!(kinds(ConflictKind::CoApplicant), [ConflictKind::CoApplicant, ConflictKind::NameMatch]);
    }

    #[test]
    fn only_the_evidence_that_was_looked_at_is_dismissed_and_nothing_that_is_certain() {
        let now: Timestamp = "2011-04-01T00:00:00Z".parse().unwrap();
        let later: Timestamp = "2011-04-02T00:00:00Z".parse().unwrap();
        let [statement, again] = std::array::from_fn(|_| ConflictId::generate());
        for kind in ConflictKind::iter() {
            let dismissal = ConflictDismissal {
                id: ConflictDismissalId::generate(),
                programme_id: ProgrammeId::generate(),
                application_id: ApplicationId::generate(),
                expert_id: ExpertId::generate(),
                kind,
                evidence: "lead".to_owned(),
                reason: "another person".to_owned(),
                dismissed_by: UserId::generate(),
                dismissed_at: now,
                conflict_id: Some(statement),
            };
            let tie = |evidence: &str| Tie {
                kind,
                source: ConflictSource::Program,
                standing: TieStanding::Standing,
                evidence: evidence.to_owned(),
            };
            let standing = |evidence: &str, origin| {
                after_dismissals(tie(evidence), origin, std::slice::from_ref(&dismissal)).standing
            };
            for origin in [Origin::Found, Origin::Raised(now), Origin::Stated(statement)] {
                let dismissed = standing("lead", origin) == TieStanding::Dismissed;
                assert_eq!(dismissed, !kind.is_hard(), "{kind}, {origin:?}");
            }
            assert_eq!(standing("head", Origin::Found), TieStanding::Standing, "{kind}");
            for (origin, what) in [(Origin::Raised(later), "raised"), (Origin::Stated(again), "stated")] {
                assert_eq!(standing("lead", origin), TieStanding::Standing, "{kind}, {what} again");
            }
        }
    }

    #[test]
    fn an_employment_counts_for_some_years() {
        for (until, counts) in
            [(None, true), (Some(2011), true), (Some(2008), true), (Some(2007), false), (Some(2015), true)]
        {
            assert_eq!(employment_counts(until, 2011, 3), counts, "{until:?}");
        }
    }

    #[test]
    fn numbers_are_found_wherever_they_stand() {
        let answers = json!({
            "team": [{"phone": "电话：138-0000-0001。"}, ["证件11010519491231002X，邮箱 Li@Example.org"]],
            "text": "1380000000 与 一二三, 2011-03-01 至 2011-11-30", "n": 13_900_000_000_i64,
        });
        let mut found = Numbers::default();
        numbers_in(&answers, &mut found);
        assert_eq!(found.phones, ["13800000001"]);
        assert_eq!(found.identities, ["11010519491231002X"]);
        assert_eq!(found.emails, ["li@example.org"]);
    }

    #[test]
    fn names_are_compared_as_people_read_them() {
        assert_eq!(named("宁波市 海曙区（敬老）协会"), named("宁波市海曙区(敬老)协会"));
        assert_eq!(person(" "), None);
        assert_ne!(named("张三"), person("张三"));
    }

    proptest! {
        /// The join finds exactly what looking at every pair would find.
        #[test]
        fn a_round_at_once_is_every_pair(
            applications in prop::collection::vec(prop::collection::vec((0..3_usize, 0..4_u8), 0..5), 0..8),
            experts in prop::collection::vec(prop::collection::vec((0..3_usize, 0..4_u8), 0..5), 0..8),
        ) {
            let kinds = [ConflictKind::SamePhone, ConflictKind::Kin, ConflictKind::NameMatch];
            let marks = |all: &Vec<Vec<(usize, u8)>>| -> Vec<Vec<Mark>> {
                all.iter()
                    .map(|one| one.iter().map(|(k, v)| mark(kinds[*k], &v.to_string())).collect())
                    .collect()
            };
            let (left, right) = (marks(&applications), marks(&experts));
            let together = join(&left, &right);
            for (a, one) in left.iter().enumerate() {
                for (e, other) in right.iter().enumerate() {
                    let single = join(std::slice::from_ref(one), std::slice::from_ref(other));
                    prop_assert_eq!(together.get(&(a, e)), single.get(&(0, 0)));
                }
            }
        }
    }
}
