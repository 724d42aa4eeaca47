#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "advisory statistics are floats; they are made from exact whole sums"
)]
//! How far reviewers agree: Krippendorff's α and ICC(1) (rules.md §2). Advisory, deciding nothing.
//!
//! All sums are exact and whole, and only the last quotients are floats, so neither the order of the
//! reviews nor the machine changes a digit.

use std::collections::BTreeMap;

use crate::kernel::score::Score;

/// Two measures of agreement; none where no variance is expected, which is "undefined", not 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Agreement {
    /// Krippendorff's α, interval metric.
    pub krippendorff_alpha: Option<f64>,
    /// One-way ICC(1) of Shrout and Fleiss, for unequal numbers of reviews.
    pub icc1: Option<f64>,
}

/// Rounds an advisory statistic to the six decimals it is published with; never prints `-0`.
#[must_use]
pub fn six_decimals(value: f64) -> f64 {
    let rounded = (value * 1e6).round() / 1e6;
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// Count, sum and sum of squares of some totals.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: usize,
    sum: i128,
    squares: i128,
}

impl Sums {
    fn of(totals: &[Score]) -> Self {
        let values = || totals.iter().map(|total| i128::from(total.hundredths()));
        Self { n: totals.len(), sum: values().sum(), squares: values().map(|value| value * value).sum() }
    }

    fn together(units: &[Self]) -> Self {
        units.iter().fold(Self::default(), |all, unit| Self {
            n: all.n + unit.n,
            sum: all.sum + unit.sum,
            squares: all.squares + unit.squares,
        })
    }

    fn count(self) -> i128 {
        i128::try_from(self.n).unwrap_or(i128::MAX)
    }

    /// n Σx² − (Σx)², which is n times the sum of squared distances from the mean.
    fn spread(self) -> i128 {
        self.count() * self.squares - self.sum * self.sum
    }
}

/// The agreement within the applications, each given by the totals of its reviews.
pub fn agreement<'a>(applications: impl IntoIterator<Item = &'a [Score]>) -> Agreement {
    let units: Vec<Sums> = applications.into_iter().map(Sums::of).filter(|unit| unit.n > 0).collect();
    Agreement {
        krippendorff_alpha: krippendorff_alpha(&units).map(six_decimals),
        icc1: icc1(&units).map(six_decimals),
    }
}

/// Σ over the units of spread / divisor(n). The units are put together by their size first, so that
/// the sum is exact for each size and the sizes are added in one fixed order.
fn within(units: &[Sums], divisor: impl Fn(usize) -> usize) -> f64 {
    let mut by_size: BTreeMap<usize, i128> = BTreeMap::new();
    for unit in units {
        *by_size.entry(unit.n).or_default() += unit.spread();
    }
    by_size.into_iter().map(|(n, spread)| spread as f64 / divisor(n) as f64).sum()
}

/// α = 1 − Do/De; applications with one review do not count. The ordered pairs of a unit of m values
/// have the squared distances 2 · spread, all N values together likewise.
fn krippendorff_alpha(units: &[Sums]) -> Option<f64> {
    let units: Vec<Sums> = units.iter().copied().filter(|unit| unit.n >= 2).collect();
    let all = Sums::together(&units);
    let expected = all.spread();
    (expected > 0).then(|| 1.0 - (all.n - 1) as f64 * within(&units, |m| m - 1) / expected as f64)
}

/// One-way analysis of variance with unequal group sizes: k0 = (N − Σn²/N) / (groups − 1).
fn icc1(units: &[Sums]) -> Option<f64> {
    let all = Sums::together(units);
    let groups = units.len();
    if groups < 2 || all.n <= groups || all.spread() == 0 {
        return None;
    }
    let count = all.n as f64;
    let squares: usize = units.iter().map(|unit| unit.n * unit.n).sum();
    let k0 = (count - squares as f64 / count) / (groups - 1) as f64;
    let within = within(units, |n| n);
    let between = all.spread() as f64 / count - within;
    let mean_between = between / (groups - 1) as f64;
    let mean_within = within / (all.n - groups) as f64;
    let divisor = mean_between + (k0 - 1.0) * mean_within;
    (divisor > 0.0).then(|| (mean_between - mean_within) / divisor)
}

/// How many applications a round needs before α and ICC say anything, and how many it has: given the totals of each
/// application. So many as tell a moderate agreement (ICC 0.50, the least that Koo and Li 2016 call moderate) from none
/// in four of five rounds at the five per cent level, by Walter, Eliasziw and Donner 1998:
/// 1 + 2 (1.645 + 0.842)² n / ((ln C₀)² (n − 1)) with C₀ = 1 / (1 + n) for n sheets each. None where there are enough.
pub fn too_few<'a>(applications: impl IntoIterator<Item = &'a [Score]>) -> Option<(usize, usize)> {
    let counts: Vec<usize> = applications.into_iter().map(<[Score]>::len).filter(|n| *n >= 2).collect();
    let each = counts.iter().sum::<usize>().checked_div(counts.len()).unwrap_or(2);
    let needed = match each {
        0..=2 => 22,
        3 => 11,
        4 => 8,
        _ => 6,
    };
    (counts.len() < needed).then_some((counts.len(), needed))
}

/// Agreement of a panel in which everybody has scored every application (Shrout and Fleiss 1979, two-way random).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crossed {
    /// ICC(2,1): of one reviewer.
    pub icc2: Option<f64>,
    /// ICC(2,k): of the mean of the panel.
    pub icc2k: Option<f64>,
}

/// The same for a whole table: one row an application, one column a reviewer. Nothing where it is not whole.
#[must_use]
pub fn crossed(rows: &[Vec<Score>]) -> Crossed {
    let (n, k) = (rows.len(), rows.first().map_or(0, Vec::len));
    if n < 2 || k < 2 || rows.iter().any(|row| row.len() != k) {
        return Crossed::default();
    }
    let value = |score: &Score| i128::from(score.hundredths());
    let whole = |count: usize| i128::try_from(count).unwrap_or(i128::MAX);
    let all: i128 = rows.iter().flatten().map(value).sum();
    let squares: i128 = rows.iter().flatten().map(|score| value(score).pow(2)).sum();
    let of_rows: i128 = rows.iter().map(|row| row.iter().map(value).sum::<i128>().pow(2)).sum();
    let column = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(value).sum::<i128>().pow(2);
    let of_columns: i128 = (0..k).map(column).sum();
    // Each sum of squares times n·k, so that it is whole.
    let total = whole(n * k) * squares - all * all;
    let between = whole(n) * of_rows - all * all;
    let among = whole(k) * of_columns - all * all;
    let rest = total - between - among;
    let mean = |sum: i128, degrees: usize| sum as f64 / degrees as f64;
    let (msr, msc, mse) = (mean(between, n - 1), mean(among, k - 1), mean(rest, (n - 1) * (k - 1)));
    let (n, k) = (n as f64, k as f64);
    let share = |divisor: f64| (divisor > 0.0).then(|| six_decimals((msr - mse) / divisor));
    Crossed { icc2: share(msr + (k - 1.0) * mse + k * (msc - mse) / n), icc2k: share(msr + (msc - mse) / n) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_round_of_a_few_applications_says_nothing_of_agreement() {
        let totals = [Score::from_hundredths(8_000); 5];
        let round = |each: usize, many: usize| too_few((0..many).map(|_| &totals[..each]));
        for (each, least) in [(2, 22), (3, 11), (4, 8), (5, 6)] {
            assert_eq!(round(each, least), None, "{each} sheets each");
            assert_eq!(round(each, least - 1), Some((least - 1, least)), "{each} sheets each");
            // The formula it stands for.
            let n = each as f64;
            let exact = 1.0 + 2.0 * 2.487_f64.powi(2) * n / ((1.0 + n).ln().powi(2) * (n - 1.0));
            assert!(exact <= least as f64 && exact > least as f64 - 1.0, "{each}: {exact}");
        }
        assert_eq!(round(1, 100), Some((0, 22)), "one sheet agrees with nobody");
        assert_eq!(round(3, 0), Some((0, 22)));
    }

    fn measure(units: &[Vec<i64>]) -> Agreement {
        let units: Vec<Vec<Score>> =
            units.iter().map(|unit| unit.iter().map(|v| Score::from_hundredths(*v)).collect()).collect();
        agreement(units.iter().map(Vec::as_slice))
    }

    /// Shrout and Fleiss 1979, table 2: ICC(1,1) = .17 (.1657 with four digits).
    #[test]
    fn icc_of_shrout_and_fleiss() {
        let table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
            .map(|r| r.to_vec());
        let icc = measure(&table).icc1.unwrap();
        assert!((icc - 0.165_742).abs() < 1e-6, "{icc}");
    }

    /// Krippendorff 2011, "Computing Krippendorff's alpha-reliability", data of section C: interval .849.
    #[test]
    fn alpha_of_krippendorff() {
        let rows = [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
            [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
        ];
        let units: Vec<Vec<i64>> =
            (0..12).map(|u| rows.iter().map(|row| row[u]).filter(|value| *value > 0).collect()).collect();
        let alpha = measure(&units).krippendorff_alpha.unwrap();
        assert!((alpha - 0.849_107).abs() < 1e-6, "{alpha}");
    }

    /// The same table: ICC(2,1) = .29 and ICC(2,4) = .62.
    #[test]
    fn crossed_icc_of_shrout_and_fleiss() {
        let table: Vec<Vec<Score>> =
            [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
                .iter()
                .map(|row| row.iter().map(|mark| Score::from_hundredths(*mark)).collect())
                .collect();
        let Crossed { icc2: Some(one), icc2k: Some(panel) } = crossed(&table) else { panic!("undefined") };
        assert!((one - 0.289_764).abs() < 1e-6 && (panel - 0.620_051).abs() < 1e-6, "{one} {panel}");
        assert_eq!(crossed(&[table[0].clone(), table[1][..3].to_vec()]), Crossed::default());
        assert_eq!(crossed(&[vec![Score::FULL; 2], vec![Score::FULL; 2]]), Crossed::default());
    }

    #[test]
    fn no_variance_is_undefined_and_not_one() {
        assert_eq!(measure(&[vec![8_000, 8_000], vec![8_000, 8_000]]), Agreement::default());
        assert_eq!(measure(&[]), Agreement::default());
        assert_eq!(measure(&[vec![8_000], vec![9_000]]), Agreement::default());
        let perfect = measure(&[vec![8_000, 8_000], vec![9_000, 9_000]]);
        assert_eq!((perfect.krippendorff_alpha, perfect.icc1), (Some(1.0), Some(1.0)));
        assert!(six_decimals(-1e-9).is_sign_positive());
    }

    proptest! {
        /// The definition of algorithms.md (b), pair by pair.
        #[test]
        fn alpha_equals_the_sum_over_pairs(
            units in prop::collection::vec(prop::collection::vec(0i32..40, 0..5), 1..8)
        ) {
            let square = |a: i32, b: i32| f64::from(a - b).powi(2);
            let pairs = |v: &[i32]| v.iter().flat_map(|a| v.iter().map(move |b| square(*a, *b))).sum::<f64>();
            let size = |v: &[i32]| f64::from(u32::try_from(v.len()).unwrap());
            let used: Vec<&Vec<i32>> = units.iter().filter(|u| u.len() >= 2).collect();
            let all: Vec<i32> = used.iter().flat_map(|u| u.iter().copied()).collect();
            let n = size(&all);
            let observed = used.iter().map(|u| pairs(u) / (size(u) - 1.0)).sum::<f64>() / n;
            let expected = pairs(&all) / (n * (n - 1.0));
            let got = measure(&units.iter().map(|u| u.iter().map(|v| i64::from(*v)).collect()).collect::<Vec<_>>());
            if all.is_empty() || expected == 0.0 {
                prop_assert_eq!(got.krippendorff_alpha, None);
            } else {
                prop_assert!((got.krippendorff_alpha.unwrap() - (1.0 - observed / expected)).abs() < 1e-6);
            }
        }

        #[test]
        fn the_order_does_not_matter(
            (units, mixed) in prop::collection::vec(prop::collection::vec(0i64..10_000, 0..5), 1..8)
                .prop_flat_map(|units| (Just(units.clone()), Just(units).prop_shuffle()))
        ) {
            prop_assert_eq!(measure(&units), measure(&mixed));
        }
    }
}
