//! The ranking of a round: order, ties, draw, intervals (rules.md §3).

use std::{
    cmp::Reverse,
    collections::{BTreeMap, btree_map::Entry},
    fmt::Write,
};

use sha2::{Digest, Sha256};

use super::{
    intervals::rank_intervals,
    scores::{ApplicationInput, Criterion, ReviewInput, ScoreRules, Summary, combine},
};
use crate::kernel::{money::Money, score::Score};

/// One line of the ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The application's reference.
    pub application: String,
    /// What is ranked: the official score, of two stages the combined one.
    pub score: Option<Score>,
    /// The plain mean that is ranked; of two stages combined like the score.
    pub mean: Option<Score>,
    /// The score of the desk review and what is shown beside it.
    pub summary: Summary,
    /// Plain mean of the marks on the heaviest criterion, the first tie-break; of two stages combined like the score.
    pub heaviest_mean: Option<Score>,
    /// The score of the defence, where the round has one.
    pub defence: Option<Summary>,
    /// 1 is the best; none without a score.
    pub rank: Option<usize>,
    /// What put it behind the one above; none for the first and for those without a score.
    pub decided_by: Option<Decider>,
    /// The draw, and nothing before it, decided between this place and a neighbouring one.
    pub tie_drawn: bool,
    /// Best and worst rank over all variants in which one reviewer is left out of the round.
    pub rank_interval: Option<(usize, usize)>,
    /// The recommended amount; it does not depend on `min_reviews`.
    pub recommended: Money,
}

/// Which key of rules.md §3 decided between two neighbours.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    strum::IntoStaticStr,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Decider {
    /// The published score.
    Score,
    /// The mean on the heaviest criterion.
    HeaviestMean,
    /// The plain mean.
    Mean,
    /// The smaller amount asked for.
    Requested,
    /// The draw.
    Draw,
}

/// The two stages of a round with a defence (rules.md §2).
#[derive(Clone, Copy, Debug)]
pub struct Defence<'a> {
    /// Its criteria.
    pub rubric: &'a [Criterion],
    /// Its sheets.
    pub reviews: &'a [ReviewInput],
    /// The weight of the desk review in basis points.
    pub desk_share_bp: u32,
}

/// Why a round cannot be ranked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RankError {
    /// Two applications have the same reference.
    #[error("the application {0} is given twice")]
    RepeatedApplication(String),
    /// A review of an application that is not in the round.
    #[error("the application {0} is reviewed but not in the round")]
    UnknownApplication(String),
    /// A reviewer has two reviews of the same application.
    #[error("{1} reviewed the application {0} twice")]
    RepeatedReview(String, String),
    /// A sheet without exactly one mark for each criterion.
    #[error("the sheet of {1} for the application {0} is incomplete")]
    IncompleteSheet(String, String),
}

/// The order of rules.md §3. The draw is a place in the order of the digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    score: Reverse<Score>,
    heaviest: Reverse<Score>,
    mean: Reverse<Score>,
    requested: Money,
    draw: usize,
}

impl Key {
    /// The first key that differs between two that are not the same.
    fn decider(&self, other: &Self) -> Decider {
        if self.score != other.score {
            Decider::Score
        } else if self.heaviest != other.heaviest {
            Decider::HeaviestMean
        } else if self.mean != other.mean {
            Decider::Mean
        } else if self.requested != other.requested {
            Decider::Requested
        } else {
            Decider::Draw
        }
    }
}

/// A sheet as the ranking needs it: the total and the mark on the heaviest criterion, in hundredths.
type Sheet = (i64, i64);

/// The sheets of one stage of an application.
#[derive(Default)]
struct Pile<'a> {
    by_reviewer: BTreeMap<&'a str, Sheet>,
    /// All totals in order, to find the ends when one is left out.
    totals: Vec<i64>,
    sum: i64,
    heaviest_sum: i64,
}

/// An application and the reviews it has got.
struct Dossier<'a> {
    application: &'a ApplicationInput,
    digest: [u8; 32],
    draw: usize,
    desk: Pile<'a>,
    defence: Pile<'a>,
    /// What reviewers would give; who says something else after the defence has changed their mind.
    suggestions: Vec<(&'a str, Money)>,
}

/// The draw of rules.md §3: SHA-256 of `"{seed}|{reference}"`.
fn digest(seed: &str, reference: &str) -> [u8; 32] {
    Sha256::digest(format!("{seed}|{reference}")).into()
}

/// The draw as it is published: lower-case hex, the smaller text goes first.
#[must_use]
pub fn draw(seed: &str, reference: &str) -> String {
    digest(seed, reference).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Ranks a round of one stage: scored applications by rank, then those without a score by reference.
/// The order of the lists does not matter.
pub fn rank(
    rules: &ScoreRules,
    applications: &[ApplicationInput],
    reviews: &[ReviewInput],
) -> Result<Vec<Ranked>, RankError> {
    rank_stages(rules, applications, reviews, None)
}

/// The same where a defence may follow: then every key is combined from those of the two stages by their weights, each
/// rounded half up once, and an application that was scored in one stage alone has no score.
pub fn rank_stages(
    rules: &ScoreRules,
    applications: &[ApplicationInput],
    desk: &[ReviewInput],
    defence: Option<Defence<'_>>,
) -> Result<Vec<Ranked>, RankError> {
    let dossiers = dossiers(rules, applications, desk, defence)?;
    let ranks = Ranks { rules, desk_share_bp: defence.map(|defence| defence.desk_share_bp) };
    let mut scored: Vec<(Key, usize)> = dossiers
        .iter()
        .enumerate()
        .filter_map(|(index, dossier)| ranks.key(dossier, None, None).map(|key| (key, index)))
        .collect();
    scored.sort_unstable();
    let keys: Vec<Key> = scored.iter().map(|(key, _)| *key).collect();
    let intervals = rank_intervals(&keys, ranks.variants(&dossiers, &scored));

    let mut ranking = Vec::with_capacity(dossiers.len());
    for (place, ((key, index), interval)) in scored.iter().zip(intervals).enumerate() {
        let Some(dossier) = dossiers.get(*index) else { continue };
        let against = |other: Option<usize>| Some(key.decider(keys.get(other?)?));
        let (above, below) = (against(place.checked_sub(1)), against(Some(place + 1)));
        ranking.push(Ranked {
            rank: Some(place + 1),
            decided_by: above,
            tie_drawn: [above, below].contains(&Some(Decider::Draw)),
            rank_interval: Some(interval),
            ..ranks.unranked(dossier)
        });
    }
    // `dossiers` stands in the order of the references.
    ranking
        .extend(dossiers.iter().map(|dossier| ranks.unranked(dossier)).filter(|line| line.score.is_none()));
    Ok(ranking)
}

/// The dossiers by reference, with their places in the draw.
fn dossiers<'a>(
    rules: &ScoreRules,
    applications: &'a [ApplicationInput],
    desk: &'a [ReviewInput],
    defence: Option<Defence<'a>>,
) -> Result<Vec<Dossier<'a>>, RankError> {
    let mut by_reference: BTreeMap<&str, Dossier<'a>> = BTreeMap::new();
    for application in applications {
        let reference = application.reference.as_str();
        match by_reference.entry(reference) {
            Entry::Occupied(_) => return Err(RankError::RepeatedApplication(reference.to_owned())),
            Entry::Vacant(free) => {
                free.insert(Dossier::new(application, digest(&rules.seed, reference)));
            }
        }
    }
    let first = (desk, rules.rubric.as_slice(), false);
    let second = defence.map(|defence| (defence.reviews, defence.rubric, true));
    for (reviews, rubric, defends) in std::iter::once(first).chain(second) {
        let heaviest = heaviest(rubric);
        for review in reviews {
            let Some(dossier) = by_reference.get_mut(review.application.as_str()) else {
                return Err(RankError::UnknownApplication(review.application.clone()));
            };
            if review.marks.len() != rubric.len() {
                return Err(RankError::IncompleteSheet(review.application.clone(), review.reviewer.clone()));
            }
            dossier.add(review, heaviest, defends)?;
        }
    }
    let mut dossiers: Vec<Dossier<'a>> = by_reference.into_values().collect();
    let mut digests: Vec<([u8; 32], usize)> =
        dossiers.iter().enumerate().map(|(index, dossier)| (dossier.digest, index)).collect();
    digests.sort_unstable();
    for (draw, (_, index)) in digests.into_iter().enumerate() {
        if let Some(dossier) = dossiers.get_mut(index) {
            dossier.draw = draw;
        }
    }
    for dossier in &mut dossiers {
        dossier.desk.add_up();
        dossier.defence.add_up();
    }
    Ok(dossiers)
}

/// The first of the heaviest criteria: `max_by_key` would give the last.
#[must_use]
pub fn heaviest(rubric: &[Criterion]) -> Option<usize> {
    rubric.iter().enumerate().rev().max_by_key(|(_, criterion)| criterion.max).map(|(index, _)| index)
}

impl<'a> Dossier<'a> {
    fn new(application: &'a ApplicationInput, digest: [u8; 32]) -> Self {
        let (desk, defence) = (Pile::default(), Pile::default());
        Self { application, digest, draw: 0, desk, defence, suggestions: Vec::new() }
    }

    fn add(
        &mut self,
        review: &'a ReviewInput,
        heaviest: Option<usize>,
        defends: bool,
    ) -> Result<(), RankError> {
        let reviewer = review.reviewer.as_str();
        let mark = heaviest.and_then(|index| review.marks.get(index)).map_or(0, |mark| mark.hundredths());
        let pile = if defends { &mut self.defence } else { &mut self.desk };
        if pile.by_reviewer.insert(reviewer, (review.total().hundredths(), mark)).is_some() {
            return Err(RankError::RepeatedReview(review.application.clone(), review.reviewer.clone()));
        }
        if let Some(amount) = review.suggested_amount {
            if defends {
                self.suggestions.retain(|(who, _)| *who != reviewer);
            }
            self.suggestions.push((reviewer, amount));
        }
        Ok(())
    }
}

impl Pile<'_> {
    fn add_up(&mut self) {
        self.totals = self.by_reviewer.values().map(|(total, _)| *total).collect();
        self.totals.sort_unstable();
        self.sum = self.totals.iter().sum();
        self.heaviest_sum = self.by_reviewer.values().map(|(_, mark)| *mark).sum();
    }

    /// Official score, mean on the heaviest criterion and plain mean, of all sheets or without the one `left_out`.
    fn values(&self, rules: &ScoreRules, left_out: Option<Sheet>) -> Option<[Score; 3]> {
        let (total, mark) = left_out.unwrap_or((0, 0));
        let n = self.totals.len() - usize::from(left_out.is_some());
        let sum = self.sum - total;
        let end = |nearest: Option<&i64>, next: Option<&i64>| {
            if left_out.is_some() && nearest == Some(&total) { next.copied() } else { nearest.copied() }
        };
        let low = end(self.totals.first(), self.totals.get(1));
        let high = end(self.totals.last(), self.totals.iter().nth_back(1));
        Some([
            rules.official(n, sum, low?, high?)?,
            Score::mean_half_up(self.heaviest_sum - mark, n)?,
            Score::mean_half_up(sum, n)?,
        ])
    }

    fn summary(&self, rules: &ScoreRules) -> Summary {
        let totals: Vec<(&str, Score)> =
            self.by_reviewer.iter().map(|(who, (total, _))| (*who, Score::from_hundredths(*total))).collect();
        rules.summarise(&totals)
    }
}

/// The values of two stages combined one by one, each rounded half up once.
#[must_use]
pub fn weigh(desk: [Score; 3], defence: [Score; 3], desk_share_bp: u32) -> Option<[Score; 3]> {
    let mut values = desk;
    for (value, other) in values.iter_mut().zip(defence) {
        *value = combine(*value, other, desk_share_bp)?;
    }
    Some(values)
}

/// The rules of a round, and the weight of the desk review where there are two stages.
struct Ranks<'a> {
    rules: &'a ScoreRules,
    desk_share_bp: Option<u32>,
}

impl Ranks<'_> {
    /// The key in the full round, or in the one without these sheets.
    fn key(&self, dossier: &Dossier<'_>, desk: Option<Sheet>, defence: Option<Sheet>) -> Option<Key> {
        let of_desk = dossier.desk.values(self.rules, desk)?;
        let [score, heaviest, mean] = match self.desk_share_bp {
            None => of_desk,
            Some(share) => {
                let of_defence = dossier.defence.values(self.rules, defence)?;
                weigh(of_desk, of_defence, share)?
            }
        };
        Some(Key {
            score: Reverse(score),
            heaviest: Reverse(heaviest),
            mean: Reverse(mean),
            requested: dossier.application.requested,
            draw: dossier.draw,
        })
    }

    /// For each reviewer, the places whose keys change when this reviewer is left out.
    fn variants(&self, dossiers: &[Dossier<'_>], scored: &[(Key, usize)]) -> Vec<Vec<(usize, Option<Key>)>> {
        let mut by_reviewer: BTreeMap<&str, Vec<(usize, Option<Key>)>> = BTreeMap::new();
        for (place, (_, index)) in scored.iter().enumerate() {
            let Some(dossier) = dossiers.get(*index) else { continue };
            for (reviewer, sheet) in &dossier.desk.by_reviewer {
                let again = dossier.defence.by_reviewer.get(reviewer).copied();
                let key = self.key(dossier, Some(*sheet), again);
                by_reviewer.entry(reviewer).or_default().push((place, key));
            }
            for (reviewer, sheet) in &dossier.defence.by_reviewer {
                if !dossier.desk.by_reviewer.contains_key(reviewer) {
                    let key = self.key(dossier, None, Some(*sheet));
                    by_reviewer.entry(reviewer).or_default().push((place, key));
                }
            }
        }
        by_reviewer.into_values().collect()
    }

    fn unranked(&self, dossier: &Dossier<'_>) -> Ranked {
        let suggestions: Vec<Money> = dossier.suggestions.iter().map(|(_, amount)| *amount).collect();
        let key = self.key(dossier, None, None);
        let summary = dossier.desk.summary(self.rules);
        let (heaviest, mean) = match self.desk_share_bp {
            // Shown also where there are too few sheets for a score.
            None => (Score::mean_half_up(dossier.desk.heaviest_sum, dossier.desk.totals.len()), summary.mean),
            Some(_) => (key.map(|key| key.heaviest.0), key.map(|key| key.mean.0)),
        };
        Ranked {
            application: dossier.application.reference.clone(),
            score: key.map(|key| key.score.0),
            mean,
            summary,
            heaviest_mean: heaviest,
            defence: self.desk_share_bp.map(|_| dossier.defence.summary(self.rules)),
            rank: None,
            decided_by: None,
            tie_drawn: false,
            rank_interval: None,
            recommended: self.rules.recommended(dossier.application.requested, &suggestions),
        }
    }
}

#[cfg(test)]
mod tests;
