#![expect(clippy::indexing_slicing, reason = "positions are checked when the lists are joined")]
//! 双百对接, stage 1: who leads. Stable matching by deferred acceptance (rules.md §6).
//!
//! Both sides may have several places, so a result is stable pair by pair: no enterprise and project
//! that list each other, are not matched to each other, and each have a free place or somebody worse.

use std::collections::{BTreeSet, BinaryHeap};

/// One enterprise or project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its identifier.
    pub id: String,
    /// How many partners it takes: the quota of an enterprise, the capacity of a project.
    pub places: usize,
    /// Positions in the other side's list, the most wanted first. Whoever is absent is unacceptable.
    pub prefers: Vec<usize>,
}

/// Which side chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposer {
    /// The enterprises get the best stable partners they can have.
    Enterprises,
    /// The projects do.
    Projects,
}

/// Who leads which project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// Positions (enterprise, project), in the order of their identifiers.
    pub pairs: Vec<(usize, usize)>,
    /// Positions of the enterprises without a project, by identifier.
    pub unmatched_enterprises: Vec<usize>,
    /// Positions of the projects without an enterprise, by identifier.
    pub unmatched_projects: Vec<usize>,
    /// Blocking pairs, counted in the finished result. Always 0.
    pub blocking_pairs: usize,
}

/// Why lists of preferences are not usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PreferenceError {
    /// A list names a position that the other side does not have.
    #[error("{0} prefers a partner that is not there")]
    Unknown(String),
    /// A list names the same partner twice.
    #[error("{0} prefers the same partner twice")]
    Repeated(String),
}

/// The mutual part of one proposer's list: the other party, and the place the other gives it.
type Choices = Vec<Vec<(usize, usize)>>;

/// The stable matching that is best for the proposing side. It is unique: neither the order of the
/// lists of parties nor that of the proposals changes it.
pub fn stable_matching(
    enterprises: &[Party],
    projects: &[Party],
    proposer: Proposer,
) -> Result<Matching, PreferenceError> {
    let (proposers, receivers) = match proposer {
        Proposer::Enterprises => (enterprises, projects),
        Proposer::Projects => (projects, enterprises),
    };
    check(enterprises, projects.len())?;
    check(projects, enterprises.len())?;
    let choices = mutual_choices(proposers, receivers);
    let held = defer(proposers, receivers, &choices);
    let blocking_pairs = count_blocking(proposers, receivers, &choices, &held);

    let mut pairs: Vec<(usize, usize)> = held
        .iter()
        .enumerate()
        .flat_map(|(receiver, held)| held.iter().map(move |(_, other)| (*other, receiver)))
        .map(|(one, other)| match proposer {
            Proposer::Enterprises => (one, other),
            Proposer::Projects => (other, one),
        })
        .collect();
    let name = |(e, p): &(usize, usize)| (enterprises[*e].id.as_str(), projects[*p].id.as_str());
    pairs.sort_by(|a, b| name(a).cmp(&name(b)));
    let unmatched_enterprises = unmatched(enterprises, pairs.iter().map(|(e, _)| *e));
    let unmatched_projects = unmatched(projects, pairs.iter().map(|(_, p)| *p));
    Ok(Matching { pairs, unmatched_enterprises, unmatched_projects, blocking_pairs })
}

fn check(parties: &[Party], others: usize) -> Result<(), PreferenceError> {
    // The last party that named each of the others.
    let mut named_by = vec![usize::MAX; others];
    for (index, party) in parties.iter().enumerate() {
        for other in &party.prefers {
            match named_by.get_mut(*other) {
                None => return Err(PreferenceError::Unknown(party.id.clone())),
                Some(last) if *last == index => return Err(PreferenceError::Repeated(party.id.clone())),
                Some(last) => *last = index,
            }
        }
    }
    Ok(())
}

/// A pair counts only if each lists the other.
fn mutual_choices(proposers: &[Party], receivers: &[Party]) -> Choices {
    let mut liked_by: Choices = vec![Vec::new(); proposers.len()];
    for (receiver, party) in receivers.iter().enumerate() {
        for (place, proposer) in party.prefers.iter().enumerate() {
            liked_by[*proposer].push((receiver, place));
        }
    }
    let mut place_at = vec![usize::MAX; receivers.len()];
    let mut choices = Choices::with_capacity(proposers.len());
    for (party, liked_by) in proposers.iter().zip(liked_by) {
        for (receiver, place) in &liked_by {
            place_at[*receiver] = *place;
        }
        let mutual = party.prefers.iter().map(|receiver| (*receiver, place_at[*receiver]));
        choices.push(mutual.filter(|(_, place)| *place != usize::MAX).collect());
        for (receiver, _) in liked_by {
            place_at[receiver] = usize::MAX;
        }
    }
    choices
}

/// Deferred acceptance. Each receiver ends with (its place, proposer) of those it holds.
fn defer(proposers: &[Party], receivers: &[Party], choices: &Choices) -> Vec<BinaryHeap<(usize, usize)>> {
    let mut held: Vec<BinaryHeap<(usize, usize)>> = vec![BinaryHeap::new(); receivers.len()];
    let mut next = vec![0; proposers.len()];
    // One entry for each place of a proposer that still looks for a partner.
    let mut looking: Vec<(usize, usize)> = proposers.iter().map(|party| party.places).enumerate().collect();
    while let Some((proposer, places)) = looking.pop() {
        let mut free = places;
        while free > 0 {
            let Some((receiver, place)) = choices[proposer].get(next[proposer]).copied() else { break };
            next[proposer] += 1;
            let heap = &mut held[receiver];
            if heap.len() < receivers[receiver].places {
                heap.push((place, proposer));
                free -= 1;
            } else if heap.peek().is_some_and(|(worst, _)| place < *worst) {
                if let Some((_, refused)) = heap.pop() {
                    looking.push((refused, 1));
                }
                heap.push((place, proposer));
                free -= 1;
            }
        }
    }
    held
}

/// Counts the blocking pairs from the result alone, not from the course of the proposals.
fn count_blocking(
    proposers: &[Party],
    receivers: &[Party],
    choices: &Choices,
    held: &[BinaryHeap<(usize, usize)>],
) -> usize {
    let mut partners: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); proposers.len()];
    for (receiver, heap) in held.iter().enumerate() {
        for (_, proposer) in heap {
            partners[*proposer].insert(receiver);
        }
    }
    let mut blocking = 0;
    for ((party, choices), partners) in proposers.iter().zip(choices).zip(&partners) {
        let has_free = partners.len() < party.places;
        let worst = choices.iter().rposition(|(receiver, _)| partners.contains(receiver));
        for (at, (receiver, place)) in choices.iter().enumerate() {
            let wants = has_free || worst.is_some_and(|worst| at < worst);
            let heap = &held[*receiver];
            let wanted = heap.len() < receivers[*receiver].places
                || heap.peek().is_some_and(|(worst, _)| place < worst);
            blocking += usize::from(wants && wanted && !partners.contains(receiver));
        }
    }
    blocking
}

fn unmatched(parties: &[Party], matched: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut alone = vec![true; parties.len()];
    for index in matched {
        alone[index] = false;
    }
    let mut list: Vec<usize> = (0..parties.len()).filter(|index| alone[*index]).collect();
    list.sort_by_key(|index| parties[*index].id.as_str());
    list
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn side(prefix: &str, lists: Vec<(usize, Vec<usize>)>) -> Vec<Party> {
        let party = |(i, (places, prefers))| Party { id: format!("{prefix}{i}"), places, prefers };
        lists.into_iter().enumerate().map(party).collect()
    }

    #[test]
    fn the_proposing_side_gets_its_best() {
        let enterprises = side("e", vec![(1, vec![0, 1]), (1, vec![1, 0])]);
        let projects = side("p", vec![(1, vec![1, 0]), (1, vec![0, 1])]);
        let by = |proposer| stable_matching(&enterprises, &projects, proposer).unwrap().pairs;
        assert_eq!(by(Proposer::Enterprises), [(0, 0), (1, 1)]);
        assert_eq!(by(Proposer::Projects), [(0, 1), (1, 0)]);
    }

    #[test]
    fn only_mutual_lists_count_and_no_place_means_no_partner() {
        let enterprises = side("e", vec![(2, vec![0, 1]), (0, vec![1])]);
        let projects = side("p", vec![(1, vec![]), (1, vec![1])]);
        let result = stable_matching(&enterprises, &projects, Proposer::Enterprises).unwrap();
        assert!(result.pairs.is_empty());
        assert_eq!((result.unmatched_enterprises, result.unmatched_projects), (vec![0, 1], vec![0, 1]));
        assert_eq!(result.blocking_pairs, 0);
        let wrong = side("e", vec![(1, vec![2])]);
        assert!(stable_matching(&wrong, &projects, Proposer::Projects).is_err());
        let wrong = side("e", vec![(1, vec![1, 1]), (1, vec![])]);
        assert_eq!(
            stable_matching(&wrong, &projects, Proposer::Projects),
            Err(PreferenceError::Repeated("e0".into()))
        );
    }

    type Sides = (Vec<Party>, Vec<Party>);

    fn lists(own: usize, others: usize) -> impl Strategy<Value = Vec<(usize, Vec<usize>)>> {
        let one = (0usize..4, Just((0..others).collect::<Vec<_>>()).prop_shuffle(), 0..=others)
            .prop_map(|(places, all, keep)| (places, all.into_iter().take(keep).collect()));
        prop::collection::vec(one, own)
    }

    fn sides() -> impl Strategy<Value = Sides> {
        (1usize..7, 1usize..7)
            .prop_flat_map(|(e, p)| (lists(e, p), lists(p, e)))
            .prop_map(|(e, p)| (side("e", e), side("p", p)))
    }

    /// All blocking pairs of a set of pairs, by the definition.
    fn blocking((enterprises, projects): &Sides, pairs: &[(usize, usize)]) -> usize {
        let would = |party: &Party, mine: Vec<usize>, other: usize| {
            let at = |x: usize| party.prefers.iter().position(|y| *y == x);
            at(other).is_some() && (mine.len() < party.places || mine.iter().any(|m| at(*m) > at(other)))
        };
        let mut count = 0;
        for (e, enterprise) in enterprises.iter().enumerate() {
            for (p, project) in projects.iter().enumerate() {
                let of_e = pairs.iter().filter(|(x, _)| *x == e).map(|(_, y)| *y).collect();
                let of_p = pairs.iter().filter(|(_, y)| *y == p).map(|(x, _)| *x).collect();
                if !pairs.contains(&(e, p)) && would(enterprise, of_e, p) && would(project, of_p, e) {
                    count += 1;
                }
            }
        }
        count
    }

    proptest! {
        #[test]
        fn no_pair_blocks_and_the_places_hold(sides in sides(), by in any::<bool>()) {
            let proposer = if by { Proposer::Enterprises } else { Proposer::Projects };
            let result = stable_matching(&sides.0, &sides.1, proposer).unwrap();
            prop_assert_eq!(result.blocking_pairs, 0);
            prop_assert_eq!(blocking(&sides, &result.pairs), 0);
            for (e, enterprise) in sides.0.iter().enumerate() {
                prop_assert!(result.pairs.iter().filter(|(x, _)| *x == e).count() <= enterprise.places);
            }
            for (p, project) in sides.1.iter().enumerate() {
                prop_assert!(result.pairs.iter().filter(|(_, y)| *y == p).count() <= project.places);
            }
            for (e, p) in &result.pairs {
                prop_assert!(sides.0[*e].prefers.contains(p) && sides.1[*p].prefers.contains(e));
            }
        }

        /// The counter must be able to find something: it agrees with the definition on any pairs.
        #[test]
        fn the_counter_counts(sides in sides(), keep in any::<u64>()) {
            let choices = mutual_choices(&sides.0, &sides.1);
            let mut held = defer(&sides.0, &sides.1, &choices);
            let mut bit = 0;
            for heap in &mut held {
                heap.retain(|_| { bit += 1; keep >> (bit % 64) & 1 == 1 });
            }
            let pairs: Vec<(usize, usize)> =
                held.iter().enumerate().flat_map(|(p, heap)| heap.iter().map(move |(_, e)| (*e, p))).collect();
            prop_assert_eq!(count_blocking(&sides.0, &sides.1, &choices, &held), blocking(&sides, &pairs));
        }

        /// Rural hospitals: who is matched, and how often, does not depend on the proposing side.
        #[test]
        fn both_versions_fill_the_same_places(sides in sides()) {
            let count = |proposer| {
                let pairs = stable_matching(&sides.0, &sides.1, proposer).unwrap().pairs;
                let e: Vec<usize> = (0..sides.0.len()).map(|e| pairs.iter().filter(|(x, _)| *x == e).count()).collect();
                let p: Vec<usize> = (0..sides.1.len()).map(|p| pairs.iter().filter(|(_, y)| *y == p).count()).collect();
                (e, p)
            };
            prop_assert_eq!(count(Proposer::Enterprises), count(Proposer::Projects));
        }

        #[test]
        fn the_order_of_the_lists_does_not_matter(sides in sides()) {
            // Both sides backwards, the positions rewritten.
            let flip = |parties: &[Party], others: usize| -> Vec<Party> {
                let turned = |p: &Party| Party { prefers: p.prefers.iter().map(|o| others - 1 - o).collect(), ..p.clone() };
                parties.iter().rev().map(turned).collect()
            };
            let turned = (flip(&sides.0, sides.1.len()), flip(&sides.1, sides.0.len()));
            let named = |sides: &Sides, proposer| -> Vec<(String, String)> {
                let result = stable_matching(&sides.0, &sides.1, proposer).unwrap();
                result.pairs.iter().map(|(e, p)| (sides.0[*e].id.clone(), sides.1[*p].id.clone())).collect()
            };
            for proposer in [Proposer::Enterprises, Proposer::Projects] {
                prop_assert_eq!(named(&sides, proposer), named(&turned, proposer));
            }
        }
    }
}
