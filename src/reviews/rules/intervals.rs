#![expect(
    clippy::indexing_slicing,
    reason = "the positions come from the same slices and are checked on entry"
)]
//! Ranks over all variants of a round in which one reviewer is left out (rules.md §2).
//!
//! Recomputing the whole list once per reviewer would be quadratic. A variant changes only the
//! applications its reviewer has read, and moves the others by whole blocks: between two changed
//! places every application moves by the same number. The blocks of all variants are collected in
//! a table of doubling lengths (a sparse table filled from above), which is emptied once at the end.

/// For each place of `base` (keys in rank order, no two alike) the best and the worst rank over the
/// full round and all `variants`. A variant lists the changed places, each with the key it has then,
/// or `None` where it has no score then; such a variant does not count for that place.
/// Places beyond the list and repeated ones within a variant are ignored.
pub fn rank_intervals<K, V>(base: &[K], variants: V) -> Vec<(usize, usize)>
where
    K: Ord,
    V: IntoIterator<Item = Vec<(usize, Option<K>)>>,
{
    let len = base.len();
    let mut own: Vec<(usize, usize)> = (1..=len).map(|rank| (rank, rank)).collect();
    let mut better = Blocks::new(len);
    let mut worse = Blocks::new(len);
    for mut changed in variants {
        changed.retain(|(place, _)| *place < len);
        changed.sort_by_key(|(place, _)| *place);
        changed.dedup_by_key(|(place, _)| *place);
        let places: Vec<usize> = changed.iter().map(|(place, _)| *place).collect();
        let mut moved: Vec<(K, usize)> =
            changed.into_iter().filter_map(|(place, key)| key.map(|key| (key, place))).collect();
        moved.sort();
        let mut landings = Vec::with_capacity(moved.len());
        for (index, (key, place)) in moved.iter().enumerate() {
            let before = base.partition_point(|other| other < key);
            let left = places.partition_point(|place| *place < before);
            let rank = before - left + index + 1;
            own[*place] = (own[*place].0.min(rank), own[*place].1.max(rank));
            landings.push(before);
        }
        for (from, to, up, down) in unmoved_blocks(&places, &landings, len) {
            if up > down {
                better.raise(from, to, up - down);
            } else if down > up {
                worse.raise(from, to, down - up);
            }
        }
    }
    let better = better.settle();
    let worse = worse.settle();
    let blocks = better.into_iter().zip(worse);
    own.into_iter()
        .zip(blocks)
        .enumerate()
        .map(|(place, ((low, high), (up, down)))| (low.min(place + 1 - up), high.max(place + 1 + down)))
        .collect()
}

/// The blocks of unchanged places: from, to (exclusive), how many left from before it, and how many
/// came in before it. Both lists are sorted.
fn unmoved_blocks(places: &[usize], landings: &[usize], len: usize) -> Vec<(usize, usize, usize, usize)> {
    let mut bounds: Vec<usize> = Vec::with_capacity(2 * places.len() + landings.len() + 2);
    bounds.push(0);
    bounds.push(len);
    bounds.extend(places.iter().flat_map(|place| [*place, place + 1]));
    bounds.extend(landings);
    bounds.sort_unstable();
    bounds.dedup();
    let (mut left, mut came) = (0, 0);
    let mut blocks = Vec::with_capacity(bounds.len());
    for pair in bounds.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        while places.get(left).is_some_and(|place| *place < from) {
            left += 1;
        }
        while landings.get(came).is_some_and(|landing| *landing <= from) {
            came += 1;
        }
        if places.get(left) != Some(&from) {
            blocks.push((from, to, left, came));
        }
    }
    blocks
}

/// The largest value laid over each place; `levels[k][i]` covers `i .. i + 2^k`.
struct Blocks {
    levels: Vec<Vec<usize>>,
}

impl Blocks {
    fn new(len: usize) -> Self {
        let mut levels = Vec::new();
        let mut width = 1;
        while width <= len {
            levels.push(vec![0; len - width + 1]);
            width *= 2;
        }
        Self { levels }
    }

    fn raise(&mut self, from: usize, to: usize, value: usize) {
        let Some(level) = (to - from).checked_ilog2().and_then(|level| usize::try_from(level).ok()) else {
            return;
        };
        let row = &mut self.levels[level];
        for start in [from, to - (1 << level)] {
            row[start] = row[start].max(value);
        }
    }

    fn settle(mut self) -> Vec<usize> {
        while self.levels.len() > 1 {
            let half = 1 << (self.levels.len() - 2);
            let Some(upper) = self.levels.pop() else { break };
            let Some(lower) = self.levels.last_mut() else { break };
            for (start, value) in upper.into_iter().enumerate() {
                lower[start] = lower[start].max(value);
                lower[start + half] = lower[start + half].max(value);
            }
        }
        self.levels.pop().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(base: &[u32], variants: &[Vec<(usize, Option<u32>)>]) -> Vec<(usize, usize)> {
        let mut intervals: Vec<(usize, usize)> = (1..=base.len()).map(|rank| (rank, rank)).collect();
        for variant in variants {
            let mut keys: Vec<(Option<u32>, usize)> =
                base.iter().enumerate().map(|(place, key)| (Some(*key), place)).collect();
            for (place, key) in variant {
                keys[*place].0 = *key;
            }
            keys.retain(|(key, _)| key.is_some());
            keys.sort();
            for (rank, (_, place)) in keys.iter().enumerate() {
                let (low, high) = &mut intervals[*place];
                *low = (*low).min(rank + 1);
                *high = (*high).max(rank + 1);
            }
        }
        intervals
    }

    proptest! {
        /// Keys carry the place in their last digits, so no two are alike.
        #[test]
        fn equals_the_plain_recomputation(
            len in 1usize..20,
            raw in prop::collection::vec(prop::collection::btree_map(0usize..20, prop::option::of(0u32..25), 0..8), 0..6),
        ) {
            let key = |value: u32, place: usize| value * 100 + u32::try_from(place).unwrap();
            let base: Vec<u32> = (0..len).map(|place| key(u32::try_from(place).unwrap(), place)).collect();
            let variants: Vec<Vec<(usize, Option<u32>)>> = raw
                .into_iter()
                .map(|changed| changed.into_iter().filter(|(p, _)| *p < len).map(|(p, v)| (p, v.map(|v| key(v, p)))).collect())
                .collect();
            prop_assert_eq!(rank_intervals(&base, variants.clone()), naive(&base, &variants));
        }
    }

    #[test]
    fn an_empty_round_has_no_intervals() {
        assert!(rank_intervals::<u32, _>(&[], vec![vec![(0, Some(1))]]).is_empty());
    }
}
