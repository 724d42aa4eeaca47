//! The walk down the ranking with a budget (rules.md §4).

use std::collections::BTreeMap;

use crate::kernel::{money::Money, score::Score};

/// What happens to a candidate that does not fit into what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnShortfall {
    /// It and all after it are wait-listed.
    Stop,
    /// It is wait-listed, the walk goes on.
    Skip,
    /// It gets what is left if that is enough of its amount; then the walk stops in either case.
    Partial,
}

/// What a round's policy says about selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionRules {
    /// The money of the round.
    pub budget: Money,
    /// The lowest score that can be selected.
    pub pass_line: Score,
    /// What to do when a candidate does not fit.
    pub on_shortfall: OnShortfall,
    /// The smallest part of its amount a candidate may be given under `Partial`, in basis points.
    pub partial_min_share_bp: u32,
    /// The most candidates that are selected.
    pub max_count: Option<usize>,
    /// The most candidates of a service domain that are selected; a domain not named is not limited.
    pub domain_max: BTreeMap<String, usize>,
}

/// A candidate of the walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The reference of the application.
    pub application: String,
    /// The official score, if there is one.
    pub score: Option<Score>,
    /// The recommended amount.
    pub amount: Money,
    /// The service domain, where one is known.
    pub domain: Option<String>,
}

/// Who gets money, and who does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The selected applications and their amounts, in rank order.
    pub selected: Vec<(String, Money)>,
    /// In rank order.
    pub waitlisted: Vec<String>,
    /// Scored below the pass line, in rank order.
    pub below_line: Vec<String>,
    /// Without an official score, by reference.
    pub unscored: Vec<String>,
    /// Σ of the selected amounts.
    pub total: Money,
    /// The budget less the total; never negative.
    pub left: Money,
}

/// The state of the walk.
struct Walk<'a> {
    rules: &'a SelectionRules,
    left: i64,
    taken: BTreeMap<&'a str, usize>,
    stopped: bool,
    result: Selection,
}

/// Walks down `candidates`, which stand in rank order.
#[must_use]
pub fn select(rules: &SelectionRules, candidates: &[Candidate]) -> Selection {
    let mut walk = Walk {
        rules,
        left: rules.budget.fen(),
        taken: BTreeMap::new(),
        stopped: false,
        result: Selection::default(),
    };
    for candidate in candidates {
        let id = candidate.application.clone();
        match candidate.score {
            None => walk.result.unscored.push(id),
            Some(score) if score < rules.pass_line => walk.result.below_line.push(id),
            Some(_) => match walk.award(candidate) {
                Some(amount) => walk.take(candidate, amount),
                None => walk.result.waitlisted.push(id),
            },
        }
    }
    let Walk { left, mut result, .. } = walk;
    // They have no rank.
    result.unscored.sort_unstable();
    result.total = Money::from_fen(rules.budget.fen() - left);
    result.left = Money::from_fen(left);
    result
}

impl<'a> Walk<'a> {
    /// One step: first the count, then the domain, then the money.
    fn award(&mut self, candidate: &'a Candidate) -> Option<Money> {
        self.stopped |= self.rules.max_count.is_some_and(|most| self.result.selected.len() >= most);
        if self.stopped {
            return None;
        }
        if let Some(domain) = candidate.domain.as_deref() {
            let taken = self.taken.get(domain).copied().unwrap_or(0);
            if self.rules.domain_max.get(domain).is_some_and(|most| taken >= *most) {
                return None;
            }
        }
        let amount = candidate.amount.fen();
        // Nothing recommended is never an award, and no shortfall either.
        if amount <= 0 {
            return None;
        }
        if amount <= self.left {
            return Some(candidate.amount);
        }
        match self.rules.on_shortfall {
            OnShortfall::Skip => None,
            OnShortfall::Stop => {
                self.stopped = true;
                None
            }
            OnShortfall::Partial => {
                self.stopped = true;
                let part = Money::from_fen(self.left).floor_to_100_yuan();
                let enough = i128::from(part.fen()) * 10_000
                    >= i128::from(amount) * i128::from(self.rules.partial_min_share_bp);
                (enough && part > Money::ZERO).then_some(part)
            }
        }
    }

    fn take(&mut self, candidate: &'a Candidate, amount: Money) {
        self.left -= amount.fen();
        if let Some(domain) = candidate.domain.as_deref() {
            *self.taken.entry(domain).or_default() += 1;
        }
        self.result.selected.push((candidate.application.clone(), amount));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules(budget_yuan: i64, on_shortfall: OnShortfall) -> SelectionRules {
        SelectionRules {
            budget: Money::from_fen(budget_yuan * 100),
            pass_line: Score::from_hundredths(7_000),
            on_shortfall,
            partial_min_share_bp: 7_000,
            max_count: None,
            domain_max: BTreeMap::new(),
        }
    }

    fn candidate(id: &str, score: Option<i64>, yuan: i64, domain: &str) -> Candidate {
        Candidate {
            application: id.into(),
            score: score.map(Score::from_hundredths),
            amount: Money::from_fen(yuan * 100),
            domain: (!domain.is_empty()).then(|| domain.into()),
        }
    }

    fn ids(selection: &Selection) -> (Vec<&str>, Vec<&str>) {
        (
            selection.selected.iter().map(|(id, _)| id.as_str()).collect(),
            selection.waitlisted.iter().map(String::as_str).collect(),
        )
    }

    fn list() -> Vec<Candidate> {
        vec![
            candidate("a", Some(9_000), 400, ""),
            candidate("z", Some(8_900), 0, ""),
            candidate("b", Some(8_800), 500, ""),
            candidate("c", Some(7_000), 300, ""),
            candidate("d", Some(6_999), 100, ""),
            candidate("v", None, 100, ""),
            candidate("u", None, 100, ""),
        ]
    }

    #[test]
    fn the_three_ways_of_a_shortfall() {
        let stop = select(&rules(750, OnShortfall::Stop), &list());
        assert_eq!(ids(&stop), (vec!["a"], vec!["z", "b", "c"]));
        assert_eq!(
            (stop.below_line, stop.unscored),
            (vec!["d".to_owned()], vec!["u".to_owned(), "v".to_owned()])
        );
        assert_eq!((stop.total.to_string(), stop.left.to_string()), ("400.00".into(), "350.00".into()));
        let skip = select(&rules(750, OnShortfall::Skip), &list());
        assert_eq!(ids(&skip), (vec!["a", "c"], vec!["z", "b"]));
        // 350 rounded down is 300, less than 70 % of 500: nothing, and the walk stops.
        let partial = select(&rules(750, OnShortfall::Partial), &list());
        assert_eq!(ids(&partial), (vec!["a"], vec!["z", "b", "c"]));
        // 399 rounded down is 300 and not enough either; 450 gives 400.
        assert_eq!(ids(&select(&rules(799, OnShortfall::Partial), &list())).0, ["a"]);
        let partial = select(&rules(850, OnShortfall::Partial), &list());
        assert_eq!(partial.selected[1], ("b".to_owned(), Money::from_fen(40_000)));
        assert_eq!(partial.left, Money::from_fen(5_000));
    }

    #[test]
    fn seventy_percent_exactly_is_enough_and_nothing_never_is() {
        let list = [candidate("a", Some(9_000), 1_000, "")];
        assert_eq!(select(&rules(700, OnShortfall::Partial), &list).selected.len(), 1);
        assert_eq!(select(&rules(699, OnShortfall::Partial), &list).selected.len(), 0);
        let free = SelectionRules { partial_min_share_bp: 0, ..rules(99, OnShortfall::Partial) };
        assert_eq!(select(&free, &list).selected.len(), 0);
    }

    #[test]
    fn first_the_count_then_the_domain_then_the_money() {
        let list = [
            candidate("a", Some(9_000), 100, "youth"),
            candidate("b", Some(8_900), 9_999, "youth"),
            candidate("c", Some(8_800), 100, "elderly"),
            candidate("d", Some(8_700), 100, ""),
            candidate("e", Some(8_600), 100, "elderly"),
        ];
        let limited = SelectionRules {
            max_count: Some(3),
            domain_max: BTreeMap::from([("youth".to_owned(), 1)]),
            ..rules(1_000, OnShortfall::Stop)
        };
        // b is over the budget, but its domain is full first: the walk goes on.
        assert_eq!(ids(&select(&limited, &list)), (vec!["a", "c", "d"], vec!["b", "e"]));
        let none = SelectionRules { max_count: Some(0), ..limited };
        assert_eq!(select(&none, &list).selected.len(), 0);
    }

    fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
        prop::collection::vec((prop::option::weighted(0.9, 6_000i64..10_000), 0i64..600, 0u8..3), 0..30)
            .prop_map(|mut list| {
                list.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
                let line = |(i, (score, yuan, domain))| {
                    candidate(&format!("a{i:02}"), score, yuan, &format!("d{domain}"))
                };
                list.into_iter().enumerate().map(line).collect()
            })
    }

    proptest! {
        #[test]
        fn never_over_the_budget_and_nobody_is_lost(
            list in candidates(), budget in 0i64..3_000, way in 0usize..3, share in 0u32..10_000,
            count in prop::option::of(0usize..9), most in 0usize..9,
        ) {
            let way = [OnShortfall::Stop, OnShortfall::Skip, OnShortfall::Partial][way];
            let rules = SelectionRules {
                partial_min_share_bp: share, max_count: count,
                domain_max: BTreeMap::from([("d1".to_owned(), most)]), ..rules(budget, way)
            };
            let s = select(&rules, &list);
            prop_assert_eq!(Money::checked_sum(s.selected.iter().map(|(_, amount)| *amount)), Some(s.total));
            prop_assert!(s.total <= rules.budget && !s.left.is_negative());
            prop_assert!(s.selected.iter().all(|(_, amount)| *amount > Money::ZERO));
            prop_assert!(count.is_none_or(|count| s.selected.len() <= count));
            let all = s.selected.len() + s.waitlisted.len() + s.below_line.len() + s.unscored.len();
            prop_assert_eq!(all, list.len());
        }

        /// Under `skip` a wait-listed candidate would not have fitted at its turn.
        #[test]
        fn whoever_is_skipped_did_not_fit(list in candidates(), budget in 0i64..3_000) {
            let rules = rules(budget, OnShortfall::Skip);
            let s = select(&rules, &list);
            let mut left = rules.budget.fen();
            for candidate in list.iter().filter(|c| c.score >= Some(rules.pass_line)) {
                if s.waitlisted.contains(&candidate.application) {
                    prop_assert!(candidate.amount.fen() > left || candidate.amount == Money::ZERO);
                } else {
                    left -= candidate.amount.fen();
                }
            }
            prop_assert_eq!(s.left.fen(), left);
        }

        /// Under `stop` more money never takes anybody's place away.
        #[test]
        fn more_money_only_adds_under_stop(list in candidates(), budget in 0i64..3_000, more in 0i64..500) {
            let few = select(&rules(budget, OnShortfall::Stop), &list);
            let many = select(&rules(budget + more, OnShortfall::Stop), &list);
            prop_assert!(many.selected.starts_with(&few.selected));
        }
    }
}
