//! How alike two texts are: exact, by their shingles, and estimated from a small sketch, so that one application can
//! be held against ten thousand earlier ones (W201 of domain.md §2.3).
//!
//! A shingle is a run of four characters of the folded text. The likeness is the Jaccard index of the two sets of
//! shingles. The sketch is a one-permutation `MinHash` of 128 bins (Li, Owen and Zhang 2012, “One Permutation Hashing”)
//! whose empty bins borrow from the next full one (Shrivastava and Li 2014); 16 bits are kept of each bin.

use std::{collections::BTreeSet, fmt, str::FromStr};

use super::text::fold;

const SHINGLE: usize = 4;
const BINS: usize = 128;

/// A sketch of a text: 128 values of 16 bits, written as 512 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch(Vec<u16>);

/// What no sketch can be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sketch is 512 hexadecimal digits")]
pub struct NoSketch;

/// The shingles of a text, hashed. A text shorter than one shingle is one shingle.
fn shingles(text: &str) -> BTreeSet<u64> {
    let folded: Vec<char> = fold(text).chars().collect();
    if folded.is_empty() {
        return BTreeSet::new();
    }
    folded.windows(SHINGLE.min(folded.len())).map(hash).collect()
}

/// FNV-1a over the code points, with a last mix (the finaliser of splitmix64): stable over machines and versions,
/// since sketches are stored.
fn hash(shingle: &[char]) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325u64;
    for c in shingle {
        h = (h ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3);
    }
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

impl Sketch {
    /// The sketch of a text; none of a text without a letter or digit.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let mut bins = [None::<u64>; BINS];
        for shingle in shingles(text) {
            // The upper bits choose the bin, the lower ones compete in it.
            let bin = usize::try_from(shingle >> 57).unwrap_or_default();
            if let Some(least) = bins.get_mut(bin) {
                let value = shingle & 0x01ff_ffff_ffff_ffff;
                *least = Some(least.map_or(value, |least| least.min(value)));
            }
        }
        let filled = |from: usize| {
            bins.iter().cycle().skip(from).take(BINS).enumerate().find_map(|(steps, bin)| {
                // What is borrowed over another distance must not look alike by chance.
                let distance = u64::try_from(steps).unwrap_or_default();
                bin.map(|value| value.wrapping_add(distance.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            })
        };
        let values: Option<Vec<u16>> = (0..BINS)
            .map(|from| filled(from).and_then(|value| u16::try_from((value >> 8) & 0xffff).ok()))
            .collect();
        values.map(Self)
    }

    /// How alike the two texts probably are, in basis points; off by some hundred.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> u32 {
        let same = self.0.iter().zip(&other.0).filter(|(own, others)| own == others).count();
        u32::try_from(same * 10_000 / BINS).unwrap_or(10_000)
    }
}

/// How alike two texts are, in basis points: shingles in common over all shingles; 0 where one has none.
#[must_use]
pub fn likeness(one: &str, other: &str) -> u32 {
    let (one, other) = (shingles(one), shingles(other));
    let common = one.intersection(&other).count();
    let all = one.len() + other.len() - common;
    (common * 10_000).checked_div(all).and_then(|share| u32::try_from(share).ok()).unwrap_or_default()
}

impl fmt::Display for Sketch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|value| write!(f, "{value:04x}"))
    }
}

impl FromStr for Sketch {
    type Err = NoSketch;

    fn from_str(text: &str) -> Result<Self, NoSketch> {
        if text.len() != BINS * 4 || !text.is_ascii() {
            return Err(NoSketch);
        }
        let values = text.as_bytes().chunks(4).map(|digits| {
            std::str::from_utf8(digits).ok().and_then(|digits| u16::from_str_radix(digits, 16).ok())
        });
        values.collect::<Option<Vec<_>>>().map(Self).ok_or(NoSketch)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(seed: u32, length: u32) -> String {
        (0..length)
            .map(|i| {
                let value =
                    hash(&[char::from_u32(0x4e00 + seed).unwrap(), char::from_u32(0x4e00 + i).unwrap()]);
                char::from_u32(0x4e00 + u32::try_from(value % 3_000).unwrap()).unwrap()
            })
            .collect()
    }

    #[test]
    fn the_same_text_is_alike_whatever_the_typing() {
        assert_eq!(likeness("为独居老人提供上门服务。", "为独居老人,提供 上门服务"), 10_000);
        assert_eq!(likeness("为独居老人提供上门服务", "青少年编程夏令营活动"), 0);
        assert_eq!(likeness("", ""), 0);
        assert!(Sketch::of("。,!").is_none());
    }

    /// Half of one text in the other: a third of all shingles is common.
    #[test]
    fn the_sketch_is_near_the_truth() {
        let (common, one, other) = (text(1, 600), text(2, 600), text(3, 600));
        let (a, b) = (format!("{common}{one}"), format!("{common}{other}"));
        let truth = likeness(&a, &b);
        let estimate = Sketch::of(&a).unwrap().likeness(&Sketch::of(&b).unwrap());
        assert!((3_200..3_450).contains(&truth), "{truth}");
        assert!(truth.abs_diff(estimate) < 1_300, "{truth} {estimate}");
        let edited = format!("{}改{}", text(1, 300), common.chars().skip(301).collect::<String>());
        let near = Sketch::of(&common).unwrap().likeness(&Sketch::of(&edited).unwrap());
        assert!(near > 9_000, "{near}");
    }

    #[test]
    fn a_short_text_is_not_alike_to_everything() {
        let (a, b) = (Sketch::of("暖巷助老").unwrap(), Sketch::of("萤火少年").unwrap());
        assert!(a.likeness(&b) < 1_000 && a.likeness(&a) == 10_000);
    }

    proptest! {
        #[test]
        fn a_sketch_is_read_as_it_was_written(text in "[一-龥a-z]{1,200}") {
            let sketch = Sketch::of(&text).unwrap();
            prop_assert_eq!(sketch.to_string().parse::<Sketch>(), Ok(sketch));
        }
    }
}
