//! The walk down the ranking with a budget (rules.md §4), of all together or of each track for itself (domain.md §2.5).

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

/// What holds for candidates that are judged apart from the others (分组).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupRules {
    /// What this group may spend; none: it shares what the groups with a budget of their own leave.
    pub budget: Option<Money>,
    /// Its lowest score that can be selected.
    pub pass_line: Score,
    /// The most of its candidates that are selected.
    pub max_count: Option<usize>,
}

/// What becomes of a scored candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Selected with so many fen.
    Selected(i64),
    /// It did not fit.
    Waitlisted,
    /// Its score is too low.
    BelowLine,
}

/// Walks down `candidates`, which stand in rank order.
#[must_use]
pub fn select(rules: &SelectionRules, candidates: &[Candidate]) -> Selection {
    let all = GroupRules { budget: None, pass_line: rules.pass_line, max_count: None };
    let list: Vec<(usize, &Candidate)> = candidates.iter().map(|candidate| (0, candidate)).collect();
    select_apart(rules, &[all], &list)
}

/// The same where each candidate belongs to one of `groups`: each is walked for itself, one after the other. The limits
/// of the whole round (budget, `max_count`, `domain_max`) hold over all of them; its `pass_line` is the groups' matter.
#[must_use]
pub fn select_apart(
    rules: &SelectionRules,
    groups: &[GroupRules],
    candidates: &[(usize, &Candidate)],
) -> Selection {
    let mut result = Selection::default();
    let mut walk = Walk::new(rules, groups, candidates);
    let scores: Vec<i64> = candidates.iter().map(|(_, c)| c.score.map_or(0, Score::hundredths)).collect();
    let mut order = Vec::with_capacity(candidates.len());
    for (index, (_, candidate)) in candidates.iter().enumerate() {
        match candidate.score {
            Some(_) => order.push(index),
            None => result.unscored.push(candidate.application.clone()),
        }
    }
    let mut total = 0;
    walk.down(&order, &scores, |index, fate| {
        let Some((_, candidate)) = candidates.get(index) else { return };
        let id = candidate.application.clone();
        match fate {
            Fate::Selected(fen) => {
                total += fen;
                result.selected.push((id, Money::from_fen(fen)));
            }
            Fate::Waitlisted => result.waitlisted.push(id),
            Fate::BelowLine => result.below_line.push(id),
        }
    });
    // They have no rank.
    result.unscored.sort_unstable();
    result.total = Money::from_fen(total);
    result.left = Money::from_fen(rules.budget.fen() - total);
    result
}

/// The candidates as the walk needs them, so that it can be done many times without asking for memory: the bootstrap
/// walks down thousands of lists of the same candidates.
pub struct Walk<'a> {
    rules: &'a SelectionRules,
    groups: &'a [GroupRules],
    /// Group, amount in fen, place of the domain.
    candidates: Vec<(usize, i64, Option<usize>)>,
    domain_max: Vec<usize>,
    taken: Vec<usize>,
}

impl<'a> Walk<'a> {
    /// Prepares the walk; a candidate is called by its place in the list from then on.
    #[must_use]
    pub fn new(
        rules: &'a SelectionRules,
        groups: &'a [GroupRules],
        candidates: &[(usize, &Candidate)],
    ) -> Self {
        // A domain that is not limited need not be counted.
        let domains: Vec<&String> = rules.domain_max.keys().collect();
        let place = |domain: &Option<String>| domains.binary_search(&domain.as_ref()?).ok();
        Self {
            rules,
            groups,
            candidates: candidates
                .iter()
                .map(|(group, candidate)| (*group, candidate.amount.fen(), place(&candidate.domain)))
                .collect(),
            domain_max: rules.domain_max.values().copied().collect(),
            taken: vec![0; rules.domain_max.len()],
        }
    }

    /// One walk: `order` names the scored candidates in rank order, `scores` holds the score of each candidate in
    /// hundredths at its place.
    pub fn down(&mut self, order: &[usize], scores: &[i64], mut tell: impl FnMut(usize, Fate)) {
        self.taken.fill(0);
        let mut left_of_all = self.rules.budget.fen();
        let own: i64 = self.groups.iter().filter_map(|group| group.budget).map(Money::fen).sum();
        let mut pool = (left_of_all - own).max(0);
        let mut count_of_all = 0;
        for (number, group) in self.groups.iter().enumerate() {
            let budget = group.budget.map_or(pool, Money::fen).min(left_of_all);
            let mut turn = Turn { left: budget, count: 0, stopped: false };
            for index in order {
                let Some((of, amount, domain)) = self.candidates.get(*index).copied() else { continue };
                if of != number {
                    continue;
                }
                if scores.get(*index).is_none_or(|score| *score < group.pass_line.hundredths()) {
                    tell(*index, Fate::BelowLine);
                    continue;
                }
                let enough = |most: Option<usize>, count: usize| most.is_some_and(|most| count >= most);
                turn.stopped |= enough(self.rules.max_count, count_of_all + turn.count)
                    || enough(group.max_count, turn.count);
                let full = domain.is_some_and(|domain| self.taken.get(domain) >= self.domain_max.get(domain));
                let fate = turn.step(self.rules, amount, full);
                if matches!(fate, Fate::Selected(_))
                    && let Some(taken) = domain.and_then(|domain| self.taken.get_mut(domain))
                {
                    *taken += 1;
                }
                tell(*index, fate);
            }
            count_of_all += turn.count;
            left_of_all -= budget - turn.left;
            if group.budget.is_none() {
                pool -= budget - turn.left;
            }
        }
    }
}

/// The state of the walk within a group.
struct Turn {
    left: i64,
    count: usize,
    stopped: bool,
}

impl Turn {
    /// One step: first the count, then the domain, then the money.
    fn step(&mut self, rules: &SelectionRules, amount: i64, domain_is_full: bool) -> Fate {
        // Nothing recommended is never an award, and no shortfall either.
        if self.stopped || domain_is_full || amount <= 0 {
            return Fate::Waitlisted;
        }
        let given = if amount <= self.left {
            Some(amount)
        } else {
            self.stopped = rules.on_shortfall != OnShortfall::Skip;
            let part = Money::from_fen(self.left).floor_to_100_yuan().fen();
            let enough =
                i128::from(part) * 10_000 >= i128::from(amount) * i128::from(rules.partial_min_share_bp);
            (rules.on_shortfall == OnShortfall::Partial && enough && part > 0).then_some(part)
        };
        match given {
            Some(fen) => {
                self.left -= fen;
                self.count += 1;
                Fate::Selected(fen)
            }
            None => Fate::Waitlisted,
        }
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

    #[test]
    fn each_group_has_its_own_line_budget_and_count() {
        let line = |budget: Option<i64>, pass_line, max_count| GroupRules {
            budget: budget.map(|yuan| Money::from_fen(yuan * 100)),
            pass_line: Score::from_hundredths(pass_line),
            max_count,
        };
        let list = [
            (0, candidate("a", Some(9_000), 300, "youth")),
            (1, candidate("b", Some(8_900), 400, "youth")),
            (0, candidate("c", Some(8_800), 300, "")),
            (2, candidate("d", Some(8_700), 300, "")),
            (1, candidate("e", Some(6_500), 200, "")),
            (2, candidate("f", None, 200, "")),
            (1, candidate("g", Some(6_400), 100, "")),
        ];
        let list: Vec<(usize, &Candidate)> = list.iter().map(|(group, one)| (*group, one)).collect();
        let groups = [line(Some(500), 7_000, None), line(None, 6_000, Some(2)), line(None, 7_000, None)];
        let s = select_apart(&rules(1_000, OnShortfall::Skip), &groups, &list);
        // 500 for the first; the others share the rest, the second first: 400, then 200 does not fit, then 100.
        assert_eq!(ids(&s), (vec!["a", "b", "g"], vec!["c", "e", "d"]));
        assert_eq!((s.total.to_string(), s.left.to_string()), ("800.00".into(), "200.00".into()));
        // The limits of the whole round hold over all groups.
        let limited = SelectionRules {
            max_count: Some(2),
            domain_max: BTreeMap::from([("youth".to_owned(), 1)]),
            ..rules(1_000, OnShortfall::Skip)
        };
        assert_eq!(ids(&select_apart(&limited, &groups, &list)).0, ["a", "e"]);
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

        /// Groups never spend more than their own, nor all together more than the round's.
        #[test]
        fn groups_stay_within_their_budgets(
            list in candidates(), budget in 0i64..3_000, own in prop::collection::vec(prop::option::of(0i64..1_500), 3),
            way in 0usize..3,
        ) {
            let way = [OnShortfall::Stop, OnShortfall::Skip, OnShortfall::Partial][way];
            let rules = rules(budget, way);
            let group = |yuan: &Option<i64>| GroupRules {
                budget: yuan.map(|yuan| Money::from_fen(yuan * 100)), pass_line: rules.pass_line, max_count: None,
            };
            let groups: Vec<GroupRules> = own.iter().map(group).collect();
            let placed: Vec<(usize, &Candidate)> = list.iter().enumerate().map(|(i, one)| (i % 3, one)).collect();
            let s = select_apart(&rules, &groups, &placed);
            prop_assert!(s.total <= rules.budget && !s.left.is_negative());
            for (number, group) in groups.iter().enumerate() {
                let of = s.selected.iter().filter(|(id, _)| {
                    placed.iter().any(|(of, one)| *of == number && one.application == *id)
                });
                let spent = Money::checked_sum(of.map(|(_, amount)| *amount)).unwrap();
                prop_assert!(group.budget.is_none_or(|own| spent <= own));
            }
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
