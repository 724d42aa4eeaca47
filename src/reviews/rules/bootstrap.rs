#![expect(clippy::indexing_slicing, reason = "a numeric kernel over positions it has made itself")]
//! How firm a place near the line is: the round is drawn again and again with other reviewers (algorithms.md (b)).
//!
//! Anybody can recompute it. The generator is `SplitMix64`; its state begins with the first eight bytes, as a big-endian
//! number, of SHA-256 over `bootstrap|{seed}`. For each of the samples, for each application that has a score, in the
//! order of the references (bytes), for the sheets of the desk review and then those of the defence, n sheets are drawn
//! out of n, with replacement: the sheets stand in the order of their reviewers' codes (bytes), and each draw is the
//! upper 64 bits of `next() × n`. Scores, ties and ranks follow rules.md §2 and §3 with the drawn sheets; the recommended
//! amounts stay those of the round. Then the whole selection is made (rules.md §4), and who is selected is counted.
//!
//! With three to five reviewers this is coarse: it is shown beside the exact interval of the ranks without one reviewer,
//! and decides nothing.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ranking::weigh, scores::ScoreRules};
use crate::kernel::score::Score;

/// How often the round is drawn.
pub const SAMPLES: u32 = 2_000;

/// How firm a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Zone {
    /// Funded in at least nine of ten samples.
    Firm,
    /// In between: the panel looks again.
    Grey,
    /// Funded in less than one of ten.
    Out,
}

impl Zone {
    /// The zone of so many samples out of all.
    #[must_use]
    pub fn of(funded: u32, samples: u32) -> Self {
        let (funded, samples) = (u64::from(funded), u64::from(samples));
        if funded * 10 >= samples * 9 {
            Self::Firm
        } else if funded * 10 >= samples {
            Self::Grey
        } else {
            Self::Out
        }
    }
}

/// A sheet: its total and its mark on the heaviest criterion, in hundredths.
pub type Sheet = (i64, i64);

/// An application with a score.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Its sheets of the desk review, by the reviewers' codes.
    pub desk: Vec<Sheet>,
    /// Those of the defence, where the round has one.
    pub defence: Vec<Sheet>,
    /// Its place by what decides when all marks are equal: the smaller amount asked for, then the draw. No two alike.
    pub order: usize,
}

/// How often each is funded in `samples` draws. `applications` stand in the order of their references; `fund` gets their
/// places in rank order and the score of each at its place, and says which are funded.
#[must_use]
pub fn bootstrap(
    rules: &ScoreRules,
    desk_share_bp: Option<u32>,
    samples: u32,
    applications: &[Drawn],
    mut fund: impl FnMut(&[usize], &[i64], &mut dyn FnMut(usize)),
) -> Vec<u32> {
    let mut numbers = SplitMix::seeded(&rules.seed);
    let mut funded = vec![0_u32; applications.len()];
    let mut scores = vec![0_i64; applications.len()];
    let mut keys: Vec<(u64, usize, usize)> = Vec::with_capacity(applications.len());
    let mut order: Vec<usize> = Vec::with_capacity(applications.len());
    for _ in 0..samples {
        keys.clear();
        for (place, application) in applications.iter().enumerate() {
            let desk = numbers.draw(rules, &application.desk);
            let values = match desk_share_bp {
                None => desk,
                Some(share) => {
                    let defence = numbers.draw(rules, &application.defence);
                    desk.zip(defence).and_then(|(desk, defence)| weigh(desk, defence, share))
                }
            };
            if let Some([score, heaviest, mean]) = values {
                scores[place] = score.hundredths();
                keys.push((pack([score, heaviest, mean]), application.order, place));
            }
        }
        keys.sort_unstable();
        order.clear();
        order.extend(keys.iter().map(|(_, _, place)| *place));
        fund(&order, &scores, &mut |place| funded[place] += 1);
    }
    funded
}

/// The three marks of rules.md §3 as one number, the better the smaller; each is at most 100.00.
fn pack(values: [Score; 3]) -> u64 {
    values.into_iter().fold(0, |packed, value| {
        let short = u64::try_from(Score::FULL.hundredths() - value.hundredths()).unwrap_or(0);
        (packed << 14) | short
    })
}

/// `SplitMix64` (Steele, Lea and Flood 2014).
struct SplitMix(u64);

impl SplitMix {
    fn seeded(seed: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(format!("bootstrap|{seed}")).into();
        Self(digest.iter().take(8).fold(0, |state, byte| (state << 8) | u64::from(*byte)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// As many sheets as there are, with replacement: official score, mean on the heaviest criterion, plain mean.
    fn draw(&mut self, rules: &ScoreRules, sheets: &[Sheet]) -> Option<[Score; 3]> {
        let n = u128::try_from(sheets.len()).ok()?;
        let (mut sum, mut heaviest, mut low, mut high) = (0, 0, i64::MAX, i64::MIN);
        for _ in sheets {
            let index = usize::try_from((u128::from(self.next()) * n) >> 64).ok()?;
            let (total, mark) = sheets[index];
            sum += total;
            heaviest += mark;
            low = low.min(total);
            high = high.max(total);
        }
        Some([
            rules.official(sheets.len(), sum, low, high)?,
            Score::mean_half_up(heaviest, sheets.len())?,
            Score::mean_half_up(sum, sheets.len())?,
        ])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{kernel::money::Money, reviews::rules::scores::Divergence};

    fn rules(seed: &str) -> ScoreRules {
        ScoreRules {
            min_reviews: 3,
            trim_from: 5,
            cap: Money::from_fen(5_000_000),
            seed: seed.to_owned(),
            rubric: vec![],
            divergence: Divergence::default(),
        }
    }

    fn drawn(order: usize, totals: &[i64]) -> Drawn {
        Drawn { desk: totals.iter().map(|total| (*total, total / 5)).collect(), defence: vec![], order }
    }

    /// The best `places` are funded.
    fn best(places: usize, seed: &str, applications: &[Drawn]) -> Vec<u32> {
        bootstrap(&rules(seed), None, SAMPLES, applications, |order, _, fund| {
            order.iter().take(places).for_each(|place| fund(*place));
        })
    }

    /// `SplitMix64` from 0: the first numbers of the published reference implementation.
    #[test]
    fn the_generator_is_the_published_one() {
        let mut numbers = SplitMix(0);
        assert_eq!(numbers.next(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(numbers.next(), 0x6E78_9E6A_A1B9_65F4);
        // SHA-256 of "bootstrap|a" begins so.
        let digest: [u8; 32] = Sha256::digest(b"bootstrap|a").into();
        assert_eq!(SplitMix::seeded("a").0, u64::from_be_bytes(digest[..8].try_into().unwrap()));
    }

    #[test]
    fn constant_scores_with_gaps_leave_no_doubt() {
        let applications =
            [drawn(0, &[8_000; 5]), drawn(1, &[9_000; 5]), drawn(2, &[7_000; 5]), drawn(3, &[6_000; 2])];
        assert_eq!(best(2, "s", &applications), [SAMPLES, SAMPLES, 0, 0]);
    }

    #[test]
    fn equal_scores_go_by_the_amount_and_the_draw() {
        let applications = [drawn(1, &[8_000; 3]), drawn(0, &[8_000; 3])];
        assert_eq!(best(1, "s", &applications), [0, SAMPLES]);
    }

    #[test]
    fn who_stands_at_the_line_is_in_the_grey_zone() {
        let applications = [drawn(0, &[7_000, 8_000, 9_000]), drawn(1, &[7_100, 8_100, 8_900])];
        let funded = best(1, "s", &applications);
        assert_eq!(funded.iter().sum::<u32>(), SAMPLES);
        assert!(funded.iter().all(|count| Zone::of(*count, SAMPLES) == Zone::Grey), "{funded:?}");
        assert_eq!(funded, best(1, "s", &applications), "the same seed draws the same");
        assert_ne!(funded, best(1, "t", &applications), "another seed draws another");
    }

    #[test]
    fn the_zones_have_their_edges() {
        let zone = |funded| Zone::of(funded, 2_000).to_string();
        assert_eq!([zone(2_000), zone(1_800), zone(1_799)], ["firm", "firm", "grey"]);
        assert_eq!([zone(200), zone(199), zone(0)], ["grey", "out", "out"]);
    }

    #[test]
    fn a_defence_is_drawn_and_weighed_too() {
        let of = |desk: i64, defence: i64, order| Drawn {
            desk: vec![(desk, 0); 3],
            defence: vec![(defence, 0); 3],
            order,
        };
        let applications = [of(9_000, 7_000, 0), of(8_000, 8_000, 1)];
        let funded = bootstrap(&rules("s"), Some(4_000), 10, &applications, |order, scores, fund| {
            assert_eq!(scores, [7_800, 8_000]);
            fund(order[0]);
        });
        assert_eq!(funded, [0, 10]);
    }

    proptest! {
        /// All samples lie between the lowest and the highest sheet, and each sample funds somebody.
        #[test]
        fn samples_stay_within_what_was_given(
            totals in prop::collection::vec(prop::collection::vec(0i64..=10_000, 3..7), 1..6),
        ) {
            let applications: Vec<Drawn> = totals.iter().enumerate().map(|(i, t)| drawn(i, t)).collect();
            let _ = bootstrap(&rules("s"), None, 20, &applications, |order, scores, _| {
                assert_eq!(order.len(), totals.len());
                for (score, given) in scores.iter().zip(&totals) {
                    assert!(given.iter().min() <= Some(score) && Some(score) <= given.iter().max());
                }
                for pair in order.windows(2) {
                    assert!(scores[pair[0]] >= scores[pair[1]]);
                }
            });
        }
    }
}
