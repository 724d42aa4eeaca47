//! What `yichuang solve scores` reads and prints (rules.md §7), for the command and for the server alike: the document
//! from which anybody can recompute a ranking, and the answer in the very bytes that are printed for it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    calibration::{Calibration, Component, Rating, calibrate},
    ranking::{RankError, Ranked, draw, rank},
    scores::{ApplicationInput, Divergence, ReviewInput, ScoreRules},
    statistics::{Agreement, agreement},
};
use crate::kernel::{money::Money, score::Score};

/// The step of a mark where nothing is said of it.
pub const USUAL_STEP: Score = Score::from_hundredths(50);

/// Everything a ranking is a function of.
#[derive(Clone, Debug)]
pub struct ScoreInput {
    /// The rules; their cap is for applications without one of their own.
    pub rules: ScoreRules,
    /// Marks come in steps of this.
    pub mark_step: Score,
    /// λ of the calibration.
    pub lambda: f64,
    /// The applications that compete.
    pub applications: Vec<ApplicationInput>,
    /// The caps of those that have one of their own, by reference: tracks differ in it.
    pub caps: BTreeMap<String, Money>,
    /// The sheets that count.
    pub reviews: Vec<ReviewInput>,
}

/// The input as a document: what the server hands out, and what the command reads.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ScoreExport {
    /// The criteria.
    pub rubric: Vec<ExportedCriterion>,
    /// The sheets that count, by application and reviewer.
    pub reviews: Vec<ExportedReview>,
    /// The applications that compete, by reference.
    pub applications: BTreeMap<String, ExportedApplication>,
    /// The seed of the draw.
    pub seed: String,
    /// With fewer reviews there is no official score.
    pub min_reviews: usize,
    /// From so many reviews on, the highest and the lowest total are dropped.
    pub trim_from: usize,
    /// The most one application can be recommended for.
    pub cap: Money,
    /// λ of the calibration.
    pub lambda: f64,
    /// Marks come in steps of this; 0.5 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark_step: Option<Score>,
    /// Highest less lowest total above this is flagged; 20.00 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divergence_range: Option<Score>,
    /// A total further than this from the median is flagged; 15.00 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divergence_from_median: Option<Score>,
}

/// A criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExportedCriterion {
    /// Its short code.
    pub code: String,
    /// The most marks it gives.
    pub max: Score,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExportedApplication {
    /// What is asked for.
    pub requested: Money,
    /// Its own cap, where that of the round is not for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<Money>,
}

/// A sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExportedReview {
    /// The reference of the application.
    pub application: String,
    /// What stands for the reviewer; it says nothing outside the round.
    pub reviewer: String,
    /// Marks by criterion.
    #[schema(value_type = Object)]
    pub marks: BTreeMap<String, Score>,
    /// The amount the reviewer suggests, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested_amount: Option<Money>,
}

/// What is computed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScoreReport {
    /// In the order of their ranks, those without a score last.
    pub applications: Vec<ApplicationLine>,
    /// By what stands for them.
    pub reviewers: Vec<ReviewerLine>,
    /// How far they agree.
    pub agreement: AgreementLine,
    /// Only where the round falls apart into several, across which nothing can be calibrated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub components: Vec<Component>,
}

/// One application.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApplicationLine {
    /// Its reference.
    pub application: String,
    /// Sheets that count.
    pub n: usize,
    /// The official score.
    pub score: Option<Score>,
    /// The plain mean.
    pub mean: Option<Score>,
    /// The median.
    pub median: Option<Score>,
    /// The sample standard deviation.
    pub sd: Option<Score>,
    /// The lowest total.
    pub lowest: Option<Score>,
    /// The highest total.
    pub highest: Option<Score>,
    /// Whose totals are not in the score.
    pub dropped: Option<DroppedLine>,
    /// 1 is the best.
    pub rank: Option<usize>,
    /// The draw decided this place.
    pub tie_drawn: bool,
    /// Best and worst rank when one reviewer is left out of the round.
    pub rank_interval: Option<(usize, usize)>,
    /// The recommended amount.
    pub recommended: Money,
    /// The calibrated score; advisory.
    pub calibrated: Option<f64>,
    /// The totals diverge: a person looks again.
    pub flagged: bool,
    /// Only where the draw decided: what anybody can recompute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw: Option<String>,
}

/// The two reviewers whose totals are not in the score.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DroppedLine {
    /// Whose was the highest.
    pub high: String,
    /// Whose was the lowest.
    pub low: String,
}

/// One reviewer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewerLine {
    /// What stands for them.
    pub reviewer: String,
    /// How many sheets of theirs count.
    pub n: usize,
    /// Positive is stricter than average; advisory.
    pub severity: Option<f64>,
}

/// How far reviewers agree; advisory.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgreementLine {
    /// Krippendorff's α.
    pub krippendorff_alpha: Option<f64>,
    /// One-way ICC(1).
    pub icc1: Option<f64>,
}

impl ScoreInput {
    /// The document of it. Everything is in an order of its own, so the same sheets are the same bytes.
    #[must_use]
    pub fn export(&self) -> ScoreExport {
        let usual = Divergence::default();
        let Divergence { range, from_median } = self.rules.divergence;
        let unusual = |value: Score, usual: Score| (value != usual).then_some(value);
        let rubric = &self.rules.rubric;
        let mut reviews: Vec<ExportedReview> = self
            .reviews
            .iter()
            .map(|review| ExportedReview {
                application: review.application.clone(),
                reviewer: review.reviewer.clone(),
                marks: rubric
                    .iter()
                    .zip(&review.marks)
                    .map(|(criterion, mark)| (criterion.code.clone(), *mark))
                    .collect(),
                suggested_amount: review.suggested_amount,
            })
            .collect();
        reviews.sort_by(|a, b| (&a.application, &a.reviewer).cmp(&(&b.application, &b.reviewer)));
        let applications = self.applications.iter().map(|application| {
            let cap = self.caps.get(&application.reference).copied();
            (application.reference.clone(), ExportedApplication { requested: application.requested, cap })
        });
        ScoreExport {
            rubric: rubric
                .iter()
                .map(|criterion| ExportedCriterion { code: criterion.code.clone(), max: criterion.max })
                .collect(),
            reviews,
            applications: applications.collect(),
            seed: self.rules.seed.clone(),
            min_reviews: self.rules.min_reviews,
            trim_from: self.rules.trim_from,
            cap: self.rules.cap,
            lambda: self.lambda,
            mark_step: unusual(self.mark_step, USUAL_STEP),
            divergence_range: unusual(range, usual.range),
            divergence_from_median: unusual(from_median, usual.from_median),
        }
    }

    /// The ranking with all that is shown beside it. The order of the lists does not matter.
    pub fn report(&self) -> Result<ScoreReport, RankError> {
        let ranking = self.ranking()?;
        let mut totals: BTreeMap<&str, Vec<Score>> = BTreeMap::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ratings = Vec::with_capacity(self.reviews.len());
        for review in &self.reviews {
            let rating = Rating {
                application: &review.application,
                reviewer: &review.reviewer,
                total: review.total(),
            };
            totals.entry(rating.application).or_default().push(rating.total);
            *counts.entry(rating.reviewer).or_default() += 1;
            ratings.push(rating);
        }
        let Agreement { krippendorff_alpha, icc1 } = agreement(totals.values().map(Vec::as_slice));
        let Calibration { applications: calibrated, severities, components } =
            calibrate(&ratings, self.lambda);
        let reviewer = |(reviewer, n): (&str, usize)| ReviewerLine {
            reviewer: reviewer.to_owned(),
            n,
            severity: severities.get(reviewer).copied(),
        };
        Ok(ScoreReport {
            applications: ranking.into_iter().map(|ranked| self.line(ranked, &calibrated)).collect(),
            reviewers: counts.into_iter().map(reviewer).collect(),
            agreement: AgreementLine { krippendorff_alpha, icc1 },
            components,
        })
    }

    /// Ranked under the largest cap, then each cut to its own: of several smallest values it does not matter which is
    /// looked at first.
    fn ranking(&self) -> Result<Vec<Ranked>, RankError> {
        let Some(largest) = self.caps.values().copied().max() else {
            return rank(&self.rules, &self.applications, &self.reviews);
        };
        let rules = ScoreRules { cap: self.rules.cap.max(largest), ..self.rules.clone() };
        let mut ranking = rank(&rules, &self.applications, &self.reviews)?;
        for line in &mut ranking {
            let cap = self.caps.get(&line.application).copied().unwrap_or(self.rules.cap);
            line.recommended = line.recommended.min(cap);
        }
        Ok(ranking)
    }

    fn line(&self, ranked: Ranked, calibrated: &BTreeMap<String, f64>) -> ApplicationLine {
        ApplicationLine {
            calibrated: calibrated.get(&ranked.application).copied(),
            draw: ranked.tie_drawn.then(|| draw(&self.rules.seed, &ranked.application)),
            application: ranked.application,
            n: ranked.summary.n,
            score: ranked.summary.score,
            mean: ranked.summary.mean,
            median: ranked.summary.median,
            sd: ranked.summary.sd,
            lowest: ranked.summary.low,
            highest: ranked.summary.high,
            dropped: ranked
                .summary
                .dropped
                .map(|dropped| DroppedLine { high: dropped.high, low: dropped.low }),
            rank: ranked.rank,
            tie_drawn: ranked.tie_drawn,
            rank_interval: ranked.rank_interval,
            recommended: ranked.recommended,
            flagged: ranked.summary.flagged,
        }
    }
}

/// A document or a report as it is printed: one line of JSON, its fields in the order of the struct.
pub fn printed(document: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(document).map(|mut text| {
        text.push('\n');
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reviews::rules::scores::Criterion;

    fn input() -> ScoreInput {
        let score = |text: &str| text.parse().unwrap();
        let money = |text: &str| -> Money { text.parse().unwrap() };
        let review = |application: &str, reviewer: &str, a: &str, b: &str| ReviewInput {
            application: application.into(),
            reviewer: reviewer.into(),
            marks: vec![score(a), score(b)],
            suggested_amount: None,
        };
        ScoreInput {
            rules: ScoreRules {
                min_reviews: 1,
                trim_from: 5,
                cap: money("50000.00"),
                seed: "x".into(),
                rubric: [("need", "60"), ("plan", "40")]
                    .map(|(code, max)| Criterion { code: code.into(), max: score(max) })
                    .to_vec(),
                divergence: Divergence::default(),
            },
            mark_step: USUAL_STEP,
            lambda: 0.5,
            applications: ["q", "p"]
                .map(|reference| ApplicationInput { reference: reference.into(), requested: money("90000") })
                .to_vec(),
            caps: BTreeMap::new(),
            reviews: vec![
                review("q", "s", "50", "30"),
                review("p", "s", "9", "9"),
                review("p", "r", "1", "2"),
            ],
        }
    }

    #[test]
    fn the_order_of_what_is_stored_leaves_no_trace() {
        let given = input();
        let mut turned = input();
        turned.reviews.reverse();
        turned.applications.reverse();
        assert_eq!(printed(&given.export()).unwrap(), printed(&turned.export()).unwrap());
        assert_eq!(printed(&given.report().unwrap()).unwrap(), printed(&turned.report().unwrap()).unwrap());
        let authors: Vec<String> =
            given.export().reviews.iter().map(|r| format!("{}{}", r.application, r.reviewer)).collect();
        assert_eq!(authors, ["pr", "ps", "qs"]);
    }

    #[test]
    fn only_what_is_unusual_is_said() {
        let usual = printed(&input().export()).unwrap();
        assert!(!usual.contains("mark_step") && !usual.contains("divergence"), "{usual}");
        let mut other = input();
        other.mark_step = "0.1".parse().unwrap();
        other.rules.divergence.range = "30".parse().unwrap();
        let said = printed(&other.export()).unwrap();
        assert!(said.ends_with("\"mark_step\":\"0.10\",\"divergence_range\":\"30.00\"}\n"), "{said}");
    }

    #[test]
    fn an_application_is_cut_to_its_own_cap() {
        let mut input = input();
        let recommended = |input: &ScoreInput| -> Vec<String> {
            input.report().unwrap().applications.iter().map(|line| line.recommended.to_string()).collect()
        };
        assert_eq!(recommended(&input), ["50000.00", "50000.00"]);
        input.caps.insert("q".into(), "80000".parse().unwrap());
        input.caps.insert("p".into(), "10000".parse().unwrap());
        assert_eq!(recommended(&input), ["80000.00", "10000.00"]);
    }
}
