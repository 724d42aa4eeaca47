//! How well an expert fits an application: a weighted sum of factors, all of it in integers (algorithms.md (a)).
//!
//! Every factor is a share in basis points and is kept beside the sum, so that "why her" can be told number by number.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{domain::ServiceDomain, ids::AdminUnitId};

/// A whole, in basis points.
pub const WHOLE_BP: u32 = 10_000;
/// The affinity of a pair in which every factor is whole.
pub const FULL_AFFINITY: i64 = 1_000;

/// What the factors weigh, in basis points; they add up to 10,000. What is left out weighs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// 领域: the expert knows the domain of the application.
    #[serde(default)]
    pub domain_bp: u32,
    /// 专长: how much of what the expert declares to know is this domain.
    #[serde(default)]
    pub specialty_bp: u32,
    /// 属地: the expert's organisation is where the project runs.
    #[serde(default)]
    pub area_bp: u32,
    /// 连续: the expert has scored the application in an earlier stage or reading.
    #[serde(default)]
    pub familiarity_bp: u32,
}

impl Default for Weights {
    /// The domain before all; among those who know it the specialist, then who has seen the file before. The area is
    /// little: who is near is often too near.
    fn default() -> Self {
        Self { domain_bp: 7_000, specialty_bp: 1_500, area_bp: 500, familiarity_bp: 1_000 }
    }
}

impl Weights {
    /// True where they add up to the whole.
    #[must_use]
    pub fn add_up(&self) -> bool {
        let parts = [self.domain_bp, self.specialty_bp, self.area_bp, self.familiarity_bp];
        parts.iter().all(|part| *part <= WHOLE_BP) && parts.iter().sum::<u32>() == WHOLE_BP
    }

    /// Σ weight × factor, in thousandths, rounded half up once.
    #[must_use]
    pub fn affinity(&self, factors: &Factors) -> i64 {
        let products = [
            (self.domain_bp, factors.domain_bp),
            (self.specialty_bp, factors.specialty_bp),
            (self.area_bp, factors.area_bp),
            (self.familiarity_bp, factors.familiarity_bp),
        ];
        let whole = i64::from(WHOLE_BP) * i64::from(WHOLE_BP);
        let sum: i64 = products.iter().map(|(weight, factor)| i64::from(*weight) * i64::from(*factor)).sum();
        (sum * FULL_AFFINITY + whole / 2).div_euclid(whole)
    }
}

/// What speaks for a pair, each in basis points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Factors {
    /// 领域: the expert knows the domain of the application.
    pub domain_bp: u32,
    /// 专长: how much of what the expert declares to know is this domain.
    pub specialty_bp: u32,
    /// 属地: the same community 10,000; the same subdistrict 5,000.
    pub area_bp: u32,
    /// 连续: the expert has scored the application in an earlier stage or reading.
    pub familiarity_bp: u32,
}

/// What is known of one side: its domains (an application has one), and the units it is in, the nearest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The domains.
    pub domains: BTreeSet<ServiceDomain>,
    /// The unit and those above it.
    pub units: Vec<AdminUnitId>,
}

/// The factors of a pair.
#[must_use]
pub fn factors(application: &Profile, expert: &Profile, has_scored_it: bool) -> Factors {
    let common = application.domains.intersection(&expert.domains).count();
    Factors {
        domain_bp: share(common, application.domains.len()),
        specialty_bp: share(common, expert.domains.len()),
        area_bp: nearness(&application.units, &expert.units),
        familiarity_bp: if has_scored_it { WHOLE_BP } else { 0 },
    }
}

/// `part` of `whole` in basis points, rounded half up; nothing of nothing.
fn share(part: usize, whole: usize) -> u32 {
    let (Ok(part), Ok(whole)) = (u32::try_from(part), u32::try_from(whole)) else { return 0 };
    (part * WHOLE_BP * 2 + whole).checked_div(whole * 2).unwrap_or(0)
}

/// The root of the tree is common to all and says nothing.
fn nearness(one: &[AdminUnitId], other: &[AdminUnitId]) -> u32 {
    let below_root =
        |units: &[AdminUnitId]| units.split_last().map_or(Vec::new(), |(_, below)| below.to_vec());
    match (one.first(), other.first()) {
        (Some(here), Some(there)) if here == there => WHOLE_BP,
        _ if below_root(one).iter().any(|unit| below_root(other).contains(unit)) => WHOLE_BP / 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn profile(domains: &[ServiceDomain], units: &[AdminUnitId]) -> Profile {
        Profile { domains: domains.iter().copied().collect(), units: units.to_vec() }
    }

    #[test]
    fn the_specialist_goes_before_the_generalist_and_both_before_the_stranger() {
        use ServiceDomain::{Culture, Elderly, Youth};
        let application = profile(&[Elderly], &[]);
        let fit = |domains: &[ServiceDomain]| {
            Weights::default().affinity(&factors(&application, &profile(domains, &[]), false))
        };
        assert_eq!((fit(&[Elderly]), fit(&[Elderly, Youth, Culture]), fit(&[Youth])), (850, 750, 0));
        assert_eq!(fit(&[]), 0);
    }

    #[test]
    fn an_application_without_a_domain_fits_nobody_better() {
        let expert = profile(&[ServiceDomain::Elderly], &[]);
        assert_eq!(factors(&profile(&[], &[]), &expert, false), Factors::default());
    }

    #[test]
    fn near_is_the_same_community_or_the_same_subdistrict_but_not_the_same_district() {
        let [district, street, here, there, elsewhere] = std::array::from_fn(|_| AdminUnitId::generate());
        let near = |units: &[AdminUnitId]| {
            factors(&profile(&[], &[here, street, district]), &profile(&[], units), false).area_bp
        };
        assert_eq!(near(&[here, street, district]), 10_000);
        assert_eq!(near(&[there, street, district]), 5_000);
        assert_eq!(near(&[street, district]), 5_000);
        assert_eq!(near(&[elsewhere, district]), 0);
        assert_eq!(near(&[district]), 0);
        assert_eq!(near(&[]), 0);
    }

    #[test]
    fn weights_are_a_whole() {
        assert!(Weights::default().add_up());
        let only = |domain_bp| Weights { domain_bp, specialty_bp: 0, area_bp: 0, familiarity_bp: 0 };
        assert!(only(10_000).add_up());
        assert!(!only(9_999).add_up() && !only(10_001).add_up());
        // Nothing wraps around to a whole.
        let wrapped = Weights { domain_bp: u32::MAX, specialty_bp: 10_001, ..only(0) };
        assert!(!wrapped.add_up());
    }

    fn whole() -> impl Strategy<Value = Weights> {
        (0..=10_000_u32, 0..=10_000_u32, 0..=10_000_u32).prop_map(|(a, b, c)| {
            let mut cuts = [a, b, c];
            cuts.sort_unstable();
            Weights {
                domain_bp: cuts[0],
                specialty_bp: cuts[1] - cuts[0],
                area_bp: cuts[2] - cuts[1],
                familiarity_bp: 10_000 - cuts[2],
            }
        })
    }

    fn shares() -> impl Strategy<Value = Factors> {
        (0..=10_000_u32, 0..=10_000_u32, 0..=10_000_u32, 0..=10_000_u32).prop_map(
            |(domain_bp, specialty_bp, area_bp, familiarity_bp)| Factors {
                domain_bp,
                specialty_bp,
                area_bp,
                familiarity_bp,
            },
        )
    }

    proptest! {
        #[test]
        fn an_affinity_is_within_its_bounds_and_the_exact_sum_rounded_once(
            weights in whole(), factors in shares()
        ) {
            prop_assert!(weights.add_up());
            let affinity = weights.affinity(&factors);
            prop_assert!((0..=FULL_AFFINITY).contains(&affinity));
            let exact = i128::from(weights.domain_bp) * i128::from(factors.domain_bp)
                + i128::from(weights.specialty_bp) * i128::from(factors.specialty_bp)
                + i128::from(weights.area_bp) * i128::from(factors.area_bp)
                + i128::from(weights.familiarity_bp) * i128::from(factors.familiarity_bp);
            // affinity / 1000 is at most half a thousandth from exact / 10^8.
            let off = i128::from(affinity) * 100_000 - exact;
            prop_assert!((-50_000 < off) && (off <= 50_000), "{off}");
        }

        #[test]
        fn more_of_a_factor_never_fits_less(weights in whole(), factors in shares(), more in 0..=10_000_u32) {
            let better = Factors { domain_bp: factors.domain_bp.max(more), ..factors };
            prop_assert!(weights.affinity(&better) >= weights.affinity(&factors));
        }

        #[test]
        fn the_order_in_which_domains_are_named_is_nothing(swap in any::<prop::sample::Index>()) {
            use strum::IntoEnumIterator;
            let mut domains: Vec<ServiceDomain> = ServiceDomain::iter().collect();
            let before = profile(&domains, &[]);
            let at = swap.index(domains.len());
            domains.rotate_left(at);
            let application = profile(&domains[..1], &[]);
            prop_assert_eq!(
                factors(&application, &before, false),
                factors(&application, &profile(&domains, &[]), false)
            );
        }
    }
}
