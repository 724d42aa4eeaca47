#![expect(clippy::indexing_slicing, reason = "positions are those of the sorted instance")]
//! Why an assignment is not complete, in the user's terms (rules.md §6).
//!
//! From an application that lacks reviews one goes on to every reviewer it might have, and from there
//! to the applications that hold this reviewer. All reviewers met are full, or there would be a review
//! more; so the applications met compete for them, and nobody can give them more than they have.

use std::{collections::VecDeque, fmt::Write};

use super::problem::{Pair, Problem};

/// Applications that together need more reviews than their reviewers can give.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unmet {
    /// The applications.
    pub applications: Vec<String>,
    /// All reviewers who may review one of them.
    pub reviewers: Vec<String>,
    /// How many reviews the applications should have.
    pub need: usize,
    /// How many they can have at most.
    pub can: usize,
    /// What may be relaxed, in plain sentences.
    pub advice: Vec<String>,
    /// The same in Chinese.
    pub advice_zh: Vec<String>,
}

/// So many names stand in a sentence.
const NAMES: usize = 8;

/// Who is met from the applications that lack reviews.
struct Reach {
    applications: Vec<bool>,
    reviewers: Vec<bool>,
}

/// The reasons, one for each group that competes among itself.
pub(super) fn explain(
    problem: &Problem<'_>,
    chosen: &[(usize, usize)],
    of_application: &[usize],
    loads: &[usize],
) -> Vec<Unmet> {
    let (height, width) = (of_application.len(), loads.len());
    let mut taken = vec![false; height * width];
    let mut holders = vec![Vec::new(); width];
    for (i, j) in chosen {
        taken[i * width + j] = true;
        if problem.pair(*i, *j) == Pair::Allowed {
            holders[*j].push(*i);
        }
    }
    let lacking: Vec<usize> =
        (0..height).filter(|i| of_application[*i] < problem.applications[*i].demand).collect();
    let mut reach = Reach { applications: vec![false; height], reviewers: vec![false; width] };
    let mut groups = Vec::new();
    // First everything that is met, then the parts of it that hang together.
    let mut queue: VecDeque<usize> = lacking.iter().copied().collect();
    for i in &lacking {
        reach.applications[*i] = true;
    }
    while let Some(i) = queue.pop_front() {
        for j in (0..width).filter(|j| problem.pair(i, *j) == Pair::Allowed && !taken[i * width + j]) {
            if !std::mem::replace(&mut reach.reviewers[j], true) {
                for other in &holders[j] {
                    if !std::mem::replace(&mut reach.applications[*other], true) {
                        queue.push_back(*other);
                    }
                }
            }
        }
    }
    for start in lacking {
        if !reach.applications[start] {
            continue;
        }
        let group = part(problem, start, &mut reach);
        groups.push(describe(problem, &group, of_application, loads, &taken));
    }
    groups
}

/// The applications and full reviewers that hang together with `start`; they leave the reach.
fn part(problem: &Problem<'_>, start: usize, reach: &mut Reach) -> (Vec<usize>, Vec<usize>) {
    let (mut applications, mut reviewers) = (vec![start], Vec::new());
    reach.applications[start] = false;
    let mut next = 0;
    while let Some(i) = applications.get(next).copied() {
        next += 1;
        for j in 0..reach.reviewers.len() {
            if !reach.reviewers[j] || problem.pair(i, j) == Pair::Forbidden {
                continue;
            }
            reach.reviewers[j] = false;
            reviewers.push(j);
            for other in 0..reach.applications.len() {
                if reach.applications[other] && problem.pair(other, j) != Pair::Forbidden {
                    reach.applications[other] = false;
                    applications.push(other);
                }
            }
        }
    }
    applications.sort_unstable();
    reviewers.sort_unstable();
    (applications, reviewers)
}

fn describe(
    problem: &Problem<'_>,
    (applications, full): &(Vec<usize>, Vec<usize>),
    of_application: &[usize],
    loads: &[usize],
    taken: &[bool],
) -> Unmet {
    let width = loads.len();
    let may = |j: &usize| applications.iter().any(|i| problem.pair(*i, *j) != Pair::Forbidden);
    let reviewers: Vec<usize> = (0..width).filter(may).collect();
    let need: usize = applications.iter().map(|i| problem.applications[*i].demand).sum();
    let can: usize = applications.iter().map(|i| of_application[*i]).sum();
    // More than one forced review too many does not help the others.
    let missing: usize =
        applications.iter().map(|i| problem.applications[*i].demand.saturating_sub(of_application[*i])).sum();
    let spare = |j: &usize| loads[*j] < problem.reviewers[*j].max_load;
    let conflicts: Vec<(usize, usize)> = (0..width)
        .filter(spare)
        .flat_map(|j| applications.iter().map(move |i| (*i, j)))
        .filter(|(i, j)| problem.pair(*i, *j) == Pair::Forbidden)
        .collect();
    let application = |i: &usize| problem.applications[*i].id.as_str();
    let reviewer = |j: &usize| problem.reviewers[*j].id.as_str();
    let everybody = applications.iter().all(|i| (0..width).all(|j| taken[i * width + j]));

    let mut advice = Advice::default();
    let (some, some_zh) = names(applications.iter().map(application));
    advice.add(
        format!("{some} should have {need} reviews, but those who may review them can give {can}: {missing} missing."),
        format!("{some_zh} 共需 {need} 份评审，可评审它们的评委最多只能给出 {can} 份，缺 {missing} 份。"),
    );
    if !full.is_empty() {
        let (some, some_zh) = names(full.iter().map(reviewer));
        advice.add(
            format!("Raise the max_load of {some}, by {missing} in all: each of them is full."),
            format!("可提高 {some_zh} 的评审上限（合计至多 {missing} 份）：他们均已满额。"),
        );
    }
    if !conflicts.is_empty() {
        let pair = |(i, j): &(usize, usize)| format!("{}–{}", application(i), reviewer(j));
        let pairs: Vec<String> = conflicts.iter().map(pair).collect();
        let (some, some_zh) = names(pairs.iter().map(String::as_str));
        advice.add(
            format!("Look again at the forbidden pairs {some}: these reviewers have places left."),
            format!("可复核回避关系 {some_zh}：这些评委尚有余额。"),
        );
    }
    if everybody && full.is_empty() {
        advice.add(
            format!("There are only {width} reviewers, and each of them already reviews these applications."),
            format!("评委共 {width} 人，均已评审这些项目。"),
        );
    }
    let (some, some_zh) = names(applications.iter().map(application));
    advice.add(
        format!(
            "Add reviewers without a conflict with {some}, or lower what these applications should have."
        ),
        format!("可增聘与 {some_zh} 无利益冲突的评委，或降低这些项目的评审份数。"),
    );
    Unmet {
        applications: applications.iter().map(|i| application(i).to_owned()).collect(),
        reviewers: reviewers.iter().map(|j| reviewer(j).to_owned()).collect(),
        need,
        can,
        advice: advice.english,
        advice_zh: advice.chinese,
    }
}

#[derive(Default)]
struct Advice {
    english: Vec<String>,
    chinese: Vec<String>,
}

impl Advice {
    fn add(&mut self, english: String, chinese: String) {
        self.english.push(english);
        self.chinese.push(chinese);
    }
}

/// The first names of a list and how many there are beside, in both languages.
fn names<'a>(list: impl ExactSizeIterator<Item = &'a str>) -> (String, String) {
    let more = list.len().saturating_sub(NAMES);
    let first: Vec<&str> = list.take(NAMES).collect();
    let (mut english, mut chinese) = (first.join(", "), first.join("、"));
    if more > 0 {
        // Writing to a String cannot fail.
        let _ = write!(english, " and {more} more");
        let _ = write!(chinese, "等另 {more} 个");
    }
    (english, chinese)
}
