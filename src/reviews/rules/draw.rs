//! The draw of a panel (domain.md §2.4, §2.12): by a published seed, so that anybody can draw again from the record.
//!
//! The order is that of SHA-256, as lower-case hex, of `seed|id`. The first `finance_min` finance experts of the order
//! are drawn, and the first of all others until the seats are taken; who is left substitutes in the same order.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};
use utoipa::ToSchema;

use super::super::model::DrawState as S;
use crate::{error::Error, http::Guarded, kernel::digest::sha256_hex, kernel::role::Role, programmes::Track};

/// Which applications a panel is for: those of one track, of one review batch, or all of the round. Panels of a round
/// never overlap, so that an application has one panel at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// Only this track.
    pub track: Option<Track>,
    /// Only this review batch.
    pub batch: Option<i32>,
}

impl Scope {
    /// True for an application of this track and batch.
    #[must_use]
    pub fn covers(self, track: Option<Track>, batch: i32) -> bool {
        self.track.is_none_or(|only| track == Some(only)) && self.batch.is_none_or(|only| only == batch)
    }

    /// True where an application could be in both.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        let apart_by_track = matches!((self.track, other.track), (Some(one), Some(two)) if one != two);
        let apart_by_batch = matches!((self.batch, other.batch), (Some(one), Some(two)) if one != two);
        !apart_by_track && !apart_by_batch
    }
}

/// Somebody who can be drawn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Their id in the pool.
    pub id: String,
    /// True for a finance expert.
    #[serde(default)]
    pub finance: bool,
}

/// What a draw gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drawn {
    /// The panel, in the order of the draw.
    pub drawn: Vec<String>,
    /// Who takes a seat that becomes free, in this order.
    pub substitutes: Vec<String>,
    /// Everybody with their digest, in the order of the draw.
    #[schema(value_type = Vec<Vec<String>>)]
    pub order: Vec<(String, String)>,
}

/// Draws `seats`, among them at least `finance_min` finance experts as far as there are so many. The order of the list
/// does not matter; who stands in it twice is one person.
#[must_use]
pub fn draw(seed: &str, candidates: &[Candidate], seats: usize, finance_min: usize) -> Drawn {
    let mut finance: BTreeSet<&str> = BTreeSet::new();
    let mut order: Vec<(String, String)> = Vec::with_capacity(candidates.len());
    let mut met = BTreeSet::new();
    for candidate in candidates {
        if candidate.finance {
            finance.insert(&candidate.id);
        }
        if met.insert(candidate.id.as_str()) {
            order.push((candidate.id.clone(), sha256_hex(format!("{seed}|{}", candidate.id))));
        }
    }
    order.sort_by(|(a, left), (b, right)| left.cmp(right).then_with(|| a.cmp(b)));
    let ids = || order.iter().map(|(id, _)| id.as_str());
    let mut chosen: BTreeSet<&str> =
        ids().filter(|id| finance.contains(id)).take(finance_min.min(seats)).collect();
    for id in ids() {
        if chosen.len() >= seats {
            break;
        }
        chosen.insert(id);
    }
    let of = |is_drawn: bool| ids().filter(|id| chosen.contains(id) == is_drawn).map(str::to_owned).collect();
    Drawn { drawn: of(true), substitutes: of(false), order }
}

/// Who takes a seat that became free: the next of the order who is still free to — a finance expert where without one
/// fewer would sit there than there must.
#[must_use]
pub fn substitute(
    substitutes: &[String],
    is_free: impl Fn(&str) -> bool,
    is_finance: impl Fn(&str) -> bool,
    finance_needed: bool,
) -> Option<&str> {
    substitutes.iter().map(String::as_str).find(|id| is_free(id) && (!finance_needed || is_finance(id)))
}

/// What can be done to a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum DrawAction {
    /// The supervisor was there: the panel is in force.
    Attest,
    /// It is given up.
    Cancel,
}

impl DrawAction {
    /// The state after it, or `None` where it cannot be done.
    #[must_use]
    pub const fn apply(self, state: S) -> Option<S> {
        match state {
            S::Drawn => match self {
                Self::Attest => Some(S::InForce),
                Self::Cancel => Some(S::Cancelled),
            },
            // What a supervisor has attested a supervisor alone gives up.
            S::InForce => match self {
                Self::Cancel => Some(S::Cancelled),
                Self::Attest => None,
            },
            S::Cancelled => None,
        }
    }

    /// Who may do it to a draw in this state: before the attestation the officer gives it up, afterwards a supervisor.
    #[must_use]
    pub const fn roles_in(self, state: S) -> &'static [Role] {
        match (self, state) {
            (Self::Attest, _) | (Self::Cancel, S::InForce) => &[Role::Supervisor],
            (Self::Cancel, S::Drawn) => &[Role::ProgramOfficer],
            (Self::Cancel, S::Cancelled) => &[Role::ProgramOfficer, Role::Supervisor],
        }
    }

    /// The state after it, or 409.
    pub fn next(self, state: S) -> Result<S, Error> {
        self.apply(state).ok_or_else(|| Error::illegal_transition(state))
    }
}

impl Guarded for DrawAction {
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Attest => &[Role::Supervisor],
            Self::Cancel => &[Role::ProgramOfficer, Role::Supervisor],
        }
    }

    fn states(&self) -> Vec<String> {
        use strum::IntoEnumIterator;
        S::iter().filter(|state| self.apply(*state).is_some()).map(|state| state.to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strum::IntoEnumIterator;

    use super::*;

    fn pool() -> impl Strategy<Value = Vec<Candidate>> {
        prop::collection::btree_map("[a-f0-9]{1,6}", any::<bool>(), 1..40).prop_map(|all| {
            all.into_iter().map(|(id, finance)| Candidate { id, finance }).collect::<Vec<_>>()
        })
    }

    proptest! {
        #[test]
        fn the_order_of_the_list_does_not_matter(
            (pool, shuffled) in pool().prop_flat_map(|pool| {
                let shuffled = Just(pool.clone()).prop_shuffle();
                (Just(pool), shuffled)
            }),
            seats in 0..12_usize,
            finance in 0..4_usize,
        ) {
            prop_assert_eq!(draw("s", &pool, seats, finance), draw("s", &shuffled, seats, finance));
        }

        #[test]
        fn it_fills_the_seats_and_keeps_the_finance_minimum(
            pool in pool(), seats in 0..12_usize, finance in 0..4_usize, seed in ".*",
        ) {
            let result = draw(&seed, &pool, seats, finance);
            let is_finance = |id: &String| pool.iter().any(|c| c.finance && c.id == *id);
            prop_assert_eq!(result.drawn.len(), seats.min(pool.len()));
            let there = pool.iter().filter(|c| c.finance).count();
            let sitting = result.drawn.iter().filter(|id| is_finance(id)).count();
            prop_assert!(sitting >= finance.min(there).min(seats));
            // Everybody is drawn or substitutes, once, and nobody passes over somebody without the minimum's need.
            let mut all: Vec<&String> = result.drawn.iter().chain(&result.substitutes).collect();
            all.sort();
            prop_assert_eq!(all, pool.iter().map(|c| &c.id).collect::<Vec<_>>());
            let place = |id: &String| result.order.iter().position(|(other, _)| other == id).unwrap();
            for left_out in &result.substitutes {
                for drawn in &result.drawn {
                    prop_assert!(place(drawn) < place(left_out) || (is_finance(drawn) && sitting <= finance));
                }
            }
        }

        #[test]
        fn everybody_can_be_drawn(pool in pool(), who in any::<prop::sample::Index>()) {
            let somebody = &pool[who.index(pool.len())].id;
            let found = (0..2_000).any(|seed| draw(&seed.to_string(), &pool, 1, 0).drawn == [somebody.clone()]);
            prop_assert!(found, "{somebody} is never drawn");
        }
    }

    /// By hand: the digests are what `printf 'seed|a' | sha256sum` prints.
    #[test]
    fn the_order_is_that_of_the_digests() {
        let pool: Vec<Candidate> =
            ["a", "b", "c"].map(|id| Candidate { id: id.to_owned(), finance: id == "c" }).to_vec();
        let result = draw("seed", &pool, 1, 0);
        let digest = |id: &str| sha256_hex(format!("seed|{id}"));
        let mut expected = ["a", "b", "c"].map(|id| (id.to_owned(), digest(id)));
        expected.sort_by(|a, b| a.1.cmp(&b.1));
        assert_eq!(result.order, expected);
        assert_eq!(draw("seed", &pool, 1, 1).drawn, ["c"], "a finance expert takes the only seat");
    }

    #[test]
    fn a_substitute_is_the_next_who_is_free() {
        let list = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(substitute(&list, |id| id != "a", |_| false, false), Some("b"));
        assert_eq!(substitute(&list, |_| true, |id| id == "c", true), Some("c"));
        assert_eq!(substitute(&list, |_| true, |_| false, true), None);
    }

    #[test]
    fn a_draw_is_attested_or_given_up_once() {
        for action in DrawAction::iter() {
            assert!(action.apply(S::Drawn).is_some());
            assert_eq!(action.apply(S::Cancelled), None, "{action:?}");
        }
        assert_eq!(DrawAction::Attest.apply(S::InForce), None);
        assert_eq!(DrawAction::Cancel.apply(S::InForce), Some(S::Cancelled));
        assert_eq!(DrawAction::Cancel.roles_in(S::Drawn), [Role::ProgramOfficer]);
        assert_eq!(DrawAction::Cancel.roles_in(S::InForce), [Role::Supervisor]);
    }

    #[test]
    fn panels_of_other_tracks_or_batches_are_apart() {
        let track = |track| Scope { track: Some(track), batch: None };
        let batch = |batch| Scope { track: None, batch: Some(batch) };
        let (registered, filed) = (track(Track::Registered), track(Track::Filed));
        assert!(!registered.overlaps(filed) && !batch(1).overlaps(batch(2)));
        for scope in [registered, filed, batch(1), Scope::default()] {
            assert!(scope.overlaps(scope) && scope.overlaps(Scope::default()));
        }
        assert!(registered.overlaps(batch(1)), "a registered group of the first batch is in both");
        assert!(registered.covers(Some(Track::Registered), 2) && !registered.covers(Some(Track::Filed), 2));
        assert!(batch(2).covers(None, 2) && !batch(2).covers(None, 1) && !filed.covers(None, 1));
    }
}
