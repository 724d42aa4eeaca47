//! Merkle trees as RFC 6962 has them: hashes of leaves and nodes, roots, proofs, and how a proof is checked. Pure.
//!
//! Invariants: a leaf is hashed with 0x00 before it and a node with 0x01, so that no leaf can pass for a node; a proof
//! that is altered in any byte, or is for another place or size, is not accepted.

use sha2::{Digest, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// The hash of a node over its two children.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// A subtree with all its 2^level leaves, by its place among those of its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Complete {
    /// 0 is a leaf.
    pub level: u32,
    /// Its place, from the left.
    pub position: u64,
}

/// Some leaves that follow each other: from `start` up to before `end`.
pub type Range = (u64, u64);

/// The complete subtrees that the leaves of a range of a tree consist of, from the left.
#[must_use]
pub fn pieces((start, end): Range) -> Vec<Complete> {
    let size = end.saturating_sub(start);
    let (mut at, mut found) = (start, Vec::new());
    for level in (0..u64::BITS).rev() {
        if (size >> level) & 1 == 1 {
            found.push(Complete { level, position: at >> level });
            at += 1 << level;
        }
    }
    found
}

/// The root over complete subtrees from the left, largest first.
#[must_use]
pub fn join(hashes: &[Hash]) -> Hash {
    let mut from_right = hashes.iter().rev();
    let Some(last) = from_right.next() else { return empty_root() };
    from_right.fold(*last, |right, left| node_hash(left, &right))
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The ranges whose roots prove that leaf `position` is in the tree of `size` leaves, from the leaf upwards.
#[must_use]
pub fn inclusion(position: u64, size: u64) -> Vec<Range> {
    let (mut start, mut end, mut found) = (0, size, Vec::new());
    if position >= size {
        return found;
    }
    while end - start > 1 {
        let middle = start + split(end - start);
        if position < middle {
            found.push((middle, end));
            end = middle;
        } else {
            found.push((start, middle));
            start = middle;
        }
    }
    found.reverse();
    found
}

/// The ranges whose roots prove that the tree of `old` leaves is the beginning of the one of `new`; none for equal sizes
/// and for the empty tree.
#[must_use]
pub fn consistency(old: u64, new: u64) -> Vec<Range> {
    let (mut start, mut end, mut found) = (0, new, Vec::new());
    if old == 0 || old >= new {
        return found;
    }
    // The old tree ends inside [start, end) until it is a whole range.
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            found.push((middle, end));
            end = middle;
        } else {
            found.push((start, middle));
            start = middle;
        }
    }
    if start > 0 {
        found.push((start, end));
    }
    found.reverse();
    found
}

/// True where the proof shows that a leaf stands at `position` of the tree of `size` leaves with this root.
#[must_use]
pub fn is_included(leaf: &Hash, position: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if position >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (position, size - 1, *leaf);
    for part in proof {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(part, &hash);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, part);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// True where the proof shows that the tree of `old` leaves with `old_root` is the beginning of the one of `new` leaves with
/// `new_root`.
#[must_use]
pub fn is_consistent((old, old_root): (u64, &Hash), (new, new_root): (u64, &Hash), proof: &[Hash]) -> bool {
    if old == new || old == 0 {
        let is_same = if old == new { old_root == new_root } else { *old_root == empty_root() };
        return is_same && proof.is_empty();
    }
    if old > new {
        return false;
    }
    let mut path = proof.iter();
    // A whole subtree is its own first part.
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut place, mut last) = (old - 1, new - 1);
    while place & 1 == 1 {
        (place, last) = (place >> 1, last >> 1);
    }
    let (mut older, mut newer) = (*first, *first);
    for part in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            older = node_hash(part, &older);
            newer = node_hash(part, &newer);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            newer = node_hash(&newer, part);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && older == *old_root && newer == *new_root
}

/// The right edge of a tree that grows: enough to add leaves and to know the root.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    size: u64,
    hashes: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree of `size` leaves, whose [`pieces`] have these hashes.
    #[must_use]
    pub fn of(size: u64, hashes: Vec<Hash>) -> Self {
        Self { size, hashes }
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        join(&self.hashes)
    }

    /// Adds a leaf and tells of every subtree that is complete with it, except the leaf itself.
    pub fn push(&mut self, leaf: Hash, mut completed: impl FnMut(Complete, &Hash)) {
        let (mut hash, mut at) = (leaf, Complete { level: 0, position: self.size });
        while at.position & 1 == 1 {
            // The left twin is the last of the edge.
            let Some(left) = self.hashes.pop() else { break };
            hash = node_hash(&left, &hash);
            at = Complete { level: at.level + 1, position: at.position >> 1 };
            completed(at, &hash);
        }
        self.hashes.push(hash);
        self.size += 1;
    }
}

#[cfg(test)]
#[expect(
    clippy::as_conversions,
    clippy::needless_range_loop,
    reason = "the numbers of a test fit, and positions are what it is about"
)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::kernel::digest::hex;

    /// The leaves of the reference tests of Certificate Transparency.
    const ENTRIES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    /// The root after each of them.
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len() / 2).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap()).collect()
    }

    /// The definition of RFC 6962, section 2.1, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [only] => *only,
            _ => {
                let (left, right) = leaves.split_at(usize::try_from(split(leaves.len() as u64)).unwrap());
                node_hash(&by_definition(left), &by_definition(right))
            }
        }
    }

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    fn hashes(leaves: &[Hash], ranges: &[Range]) -> Vec<Hash> {
        let at = |place: u64| usize::try_from(place).unwrap();
        ranges.iter().map(|(start, end)| by_definition(&leaves[at(*start)..at(*end)])).collect()
    }

    #[test]
    fn has_the_published_roots() {
        assert_eq!(hex(&empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let mut edge = Edge::default();
        for (entry, root) in ENTRIES.iter().zip(ROOTS) {
            edge.push(leaf_hash(&bytes(entry)), |_, _| {});
            assert_eq!(hex(&edge.root()), root);
        }
    }

    /// The published proofs of the same tests.
    #[test]
    fn has_the_published_proofs() {
        let leaves: Vec<Hash> = ENTRIES.iter().map(|entry| leaf_hash(&bytes(entry))).collect();
        let shown = |ranges: Vec<Range>| -> Vec<String> {
            hashes(&leaves, &ranges).iter().map(|hash| hex(hash)).collect()
        };
        assert_eq!(
            shown(inclusion(5, 8)),
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            shown(inclusion(2, 3)),
            ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]
        );
        assert_eq!(
            shown(consistency(6, 8)),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            shown(consistency(2, 5)),
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        );
    }

    #[test]
    fn every_proof_of_every_size_holds() {
        let leaves = leaves(150);
        let roots: Vec<Hash> = (0..=leaves.len()).map(|size| by_definition(&leaves[..size])).collect();
        let mut edge = Edge::default();
        for size in 1..=leaves.len() {
            let (root, new) = (roots[size], size as u64);
            edge.push(leaves[size - 1], |_, _| {});
            assert_eq!(edge.root(), root);
            for (position, leaf) in leaves[..size].iter().enumerate() {
                let proof = hashes(&leaves, &inclusion(position as u64, new));
                assert!(is_included(leaf, position as u64, new, &proof, &root), "{position} of {size}");
            }
            for old in 0..=size {
                let proof = hashes(&leaves, &consistency(old as u64, new));
                assert!(
                    is_consistent((old as u64, &roots[old]), (new, &root), &proof),
                    "{old} before {size}"
                );
            }
        }
    }

    #[test]
    fn an_edge_tells_of_every_complete_subtree_once() {
        let leaves = leaves(100);
        let (mut edge, mut told) = (Edge::default(), BTreeMap::new());
        for leaf in &leaves {
            edge.push(*leaf, |at, hash| {
                assert!(told.insert((at.level, at.position), *hash).is_none());
            });
        }
        assert_eq!(told.len(), 100 - 3, "100 is a sum of three powers of two");
        for ((level, position), hash) in told {
            let start = usize::try_from(position << level).unwrap();
            assert_eq!(hash, by_definition(&leaves[start..start + (1 << level)]));
        }
    }

    proptest! {
        #[test]
        fn an_altered_proof_of_inclusion_is_refused(
            size in 2usize..300, at in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(),
            bit in 0u8..8, wrong in any::<prop::sample::Index>(),
        ) {
            let leaves = leaves(size);
            let (position, root) = (at.index(size), by_definition(&leaves));
            let (place, count) = (position as u64, size as u64);
            let proof = hashes(&leaves, &inclusion(place, count));
            let mut altered = proof.clone();
            let byte = byte.index(altered.len() * 32);
            altered[byte / 32][byte % 32] ^= 1 << bit;
            prop_assert!(!is_included(&leaves[position], place, count, &altered, &root));
            prop_assert!(!is_included(&leaves[position], place, count, &proof[1..], &root));
            let longer = [proof.clone(), vec![root]].concat();
            prop_assert!(!is_included(&leaves[position], place, count, &longer, &root));
            let other = wrong.index(size);
            if other != position {
                prop_assert!(!is_included(&leaves[position], other as u64, count, &proof, &root));
                prop_assert!(!is_included(&leaves[other], place, count, &proof, &root));
            }
        }

        #[test]
        fn an_altered_proof_of_consistency_is_refused(
            old in 1usize..200, more in 1usize..200, byte in any::<prop::sample::Index>(), bit in 0u8..8,
            rewritten in any::<prop::sample::Index>(),
        ) {
            let new = old + more;
            let leaves = leaves(new);
            let (old_root, root) = (by_definition(&leaves[..old]), by_definition(&leaves));
            let (before, after) = ((old as u64, &old_root), (new as u64, &root));
            let proof = hashes(&leaves, &consistency(old as u64, new as u64));
            prop_assert!(is_consistent(before, after, &proof));
            let mut altered = proof.clone();
            let byte = byte.index(altered.len() * 32);
            altered[byte / 32][byte % 32] ^= 1 << bit;
            prop_assert!(!is_consistent(before, after, &altered));
            prop_assert!(!is_consistent(before, after, &proof[1..]));
            // History is rewritten in one leaf of the old tree, and everything is computed anew.
            let mut other = leaves.clone();
            other[rewritten.index(old)] = leaf_hash(b"rewritten");
            let other_root = by_definition(&other);
            let other_proof = hashes(&other, &consistency(old as u64, new as u64));
            prop_assert!(!is_consistent(before, (new as u64, &other_root), &other_proof));
            prop_assert!(!is_consistent(after, before, &proof));
        }
    }
}
