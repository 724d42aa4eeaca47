//! What `yichuang solve scores` reads and prints (rules.md §7), for the command and for the server alike: the document
//! from which anybody can recompute a ranking, and the answer in the very bytes that are printed for it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    calibration::{Calibration, Component, Rating, calibrate},
    ranking::{Defence, RankError, Ranked, draw, rank_stages},
    scores::{ApplicationInput, Criterion, Divergence, ReviewInput, ScoreRules, Summary},
    statistics::{Agreement, agreement, six_decimals},
};
use crate::{
    kernel::{money::Money, score::Score},
    programmes::Stage,
};

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
    /// The sheets that count; of a round with a defence those of the desk review.
    pub reviews: Vec<ReviewInput>,
    /// The second stage (rules.md §2), where what decides is combined from both.
    pub defence: Option<DefenceInput>,
}

/// The defence of a round.
#[derive(Clone, Debug)]
pub struct DefenceInput {
    /// Its criteria.
    pub rubric: Vec<Criterion>,
    /// Its sheets that count.
    pub reviews: Vec<ReviewInput>,
    /// The weight of the desk review in basis points.
    pub desk_share_bp: u32,
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
    /// The second stage, where the scores are combined from both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defence: Option<ExportedDefence>,
}

/// The defence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExportedDefence {
    /// Its criteria.
    pub rubric: Vec<ExportedCriterion>,
    /// Its sheets that count, by application and reviewer.
    pub reviews: Vec<ExportedReview>,
    /// The weight of the desk review in basis points; the rest is the weight of the defence.
    pub desk_share_bp: u32,
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
    /// Sheets that count, of both stages where there are two.
    pub n: usize,
    /// The official score, of two stages the combined one.
    pub score: Option<Score>,
    /// Only of two stages: the score of the desk review, `null` with too few sheets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Score>)]
    pub desk: Option<StageScore>,
    /// Only of two stages: the score of the defence, `null` with too few sheets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Score>)]
    pub defence: Option<StageScore>,
    /// The plain mean, of two stages the combined one. What follows it down to `dropped` is of one stage alone.
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

/// The score of one of two stages, where that stage has enough sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StageScore(pub Option<Score>);

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
        let applications = self.applications.iter().map(|application| {
            let cap = self.caps.get(&application.reference).copied();
            (application.reference.clone(), ExportedApplication { requested: application.requested, cap })
        });
        ScoreExport {
            rubric: exported_rubric(&self.rules.rubric),
            reviews: exported_reviews(&self.rules.rubric, &self.reviews),
            applications: applications.collect(),
            seed: self.rules.seed.clone(),
            min_reviews: self.rules.min_reviews,
            trim_from: self.rules.trim_from,
            cap: self.rules.cap,
            lambda: self.lambda,
            mark_step: unusual(self.mark_step, USUAL_STEP),
            divergence_range: unusual(range, usual.range),
            divergence_from_median: unusual(from_median, usual.from_median),
            defence: self.defence.as_ref().map(|defence| ExportedDefence {
                rubric: exported_rubric(&defence.rubric),
                reviews: exported_reviews(&defence.rubric, &defence.reviews),
                desk_share_bp: defence.desk_share_bp,
            }),
        }
    }

    /// The ranking with all that is shown beside it. The order of the lists does not matter.
    pub fn report(&self) -> Result<ScoreReport, RankError> {
        let ranking = self.ranking()?;
        let mut advice = self.advice(&self.reviews);
        if let Some(defence) = &self.defence {
            advice = advice.combined(self.advice(&defence.reviews), defence.desk_share_bp);
        }
        let Advice { calibrated, reviewers, agreement, components } = advice;
        Ok(ScoreReport {
            applications: ranking.into_iter().map(|ranked| self.line(ranked, &calibrated)).collect(),
            reviewers,
            agreement,
            components,
        })
    }

    /// One stage by itself, as if the round had no other.
    #[must_use]
    pub fn of_stage(&self, stage: Stage) -> Self {
        let mut alone = self.clone();
        if let (Some(defence), Stage::Defence) = (alone.defence.take(), stage) {
            alone.rules.rubric = defence.rubric;
            alone.reviews = defence.reviews;
        }
        alone
    }

    /// What is shown beside the scores of one stage and decides nothing.
    fn advice(&self, reviews: &[ReviewInput]) -> Advice {
        let mut totals: BTreeMap<&str, Vec<Score>> = BTreeMap::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ratings = Vec::with_capacity(reviews.len());
        for review in reviews {
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
        let Calibration { applications: calibrated, severities, components, errors: _ } =
            calibrate(&ratings, self.lambda);
        let reviewer = |(reviewer, n): (&str, usize)| ReviewerLine {
            reviewer: reviewer.to_owned(),
            n,
            severity: severities.get(reviewer).copied(),
        };
        Advice {
            calibrated,
            reviewers: counts.into_iter().map(reviewer).collect(),
            agreement: AgreementLine { krippendorff_alpha, icc1 },
            components,
        }
    }

    /// Ranked under the largest cap, then each cut to its own: of several smallest values it does not matter which is
    /// looked at first.
    fn ranking(&self) -> Result<Vec<Ranked>, RankError> {
        let defence = self.defence.as_ref().map(|defence| Defence {
            rubric: &defence.rubric,
            reviews: &defence.reviews,
            desk_share_bp: defence.desk_share_bp,
        });
        let Some(largest) = self.caps.values().copied().max() else {
            return rank_stages(&self.rules, &self.applications, &self.reviews, defence);
        };
        let rules = ScoreRules { cap: self.rules.cap.max(largest), ..self.rules.clone() };
        let mut ranking = rank_stages(&rules, &self.applications, &self.reviews, defence)?;
        for line in &mut ranking {
            let cap = self.caps.get(&line.application).copied().unwrap_or(self.rules.cap);
            line.recommended = line.recommended.min(cap);
        }
        Ok(ranking)
    }

    fn line(&self, ranked: Ranked, calibrated: &BTreeMap<String, f64>) -> ApplicationLine {
        let desk = ranked.summary;
        let told = |of: &Summary| StageScore(of.score);
        let mut line = ApplicationLine {
            calibrated: calibrated.get(&ranked.application).copied(),
            draw: ranked.tie_drawn.then(|| draw(&self.rules.seed, &ranked.application)),
            application: ranked.application,
            n: desk.n,
            score: ranked.score,
            desk: ranked.defence.is_some().then(|| told(&desk)),
            defence: ranked.defence.as_ref().map(told),
            mean: ranked.mean,
            median: desk.median,
            sd: desk.sd,
            lowest: desk.low,
            highest: desk.high,
            dropped: desk.dropped.map(|dropped| DroppedLine { high: dropped.high, low: dropped.low }),
            rank: ranked.rank,
            tie_drawn: ranked.tie_drawn,
            rank_interval: ranked.rank_interval,
            recommended: ranked.recommended,
            flagged: desk.flagged,
        };
        if let Some(defence) = ranked.defence {
            line.n += defence.n;
            line.flagged |= defence.flagged;
            // Totals of two stages are marks on different criteria: they have no median and no ends.
            (line.median, line.sd, line.lowest, line.highest, line.dropped) = (None, None, None, None, None);
        }
        line
    }
}

/// What is shown beside the scores and decides nothing.
struct Advice {
    calibrated: BTreeMap<String, f64>,
    reviewers: Vec<ReviewerLine>,
    agreement: AgreementLine,
    components: Vec<Component>,
}

impl Advice {
    /// That of two stages: the calibrated scores combined by their weights and the sheets counted; severity, agreement and
    /// components are of a stage alone.
    fn combined(self, defence: Self, desk_share_bp: u32) -> Self {
        let share = f64::from(desk_share_bp) / 10_000.0;
        let calibrated = self.calibrated.into_iter().filter_map(|(reference, desk)| {
            let second = defence.calibrated.get(&reference)?;
            Some((reference, six_decimals(desk * share + second * (1.0 - share))))
        });
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for line in self.reviewers.into_iter().chain(defence.reviewers) {
            *counts.entry(line.reviewer).or_default() += line.n;
        }
        let reviewers = counts.into_iter().map(|(reviewer, n)| ReviewerLine { reviewer, n, severity: None });
        Self {
            calibrated: calibrated.collect(),
            reviewers: reviewers.collect(),
            agreement: AgreementLine { krippendorff_alpha: None, icc1: None },
            components: Vec::new(),
        }
    }
}

fn exported_rubric(rubric: &[Criterion]) -> Vec<ExportedCriterion> {
    let exported =
        |criterion: &Criterion| ExportedCriterion { code: criterion.code.clone(), max: criterion.max };
    rubric.iter().map(exported).collect()
}

fn exported_reviews(rubric: &[Criterion], reviews: &[ReviewInput]) -> Vec<ExportedReview> {
    let marks = |review: &ReviewInput| {
        let marks = rubric.iter().zip(&review.marks);
        marks.map(|(criterion, mark)| (criterion.code.clone(), *mark)).collect()
    };
    let exported = |review: &ReviewInput| ExportedReview {
        application: review.application.clone(),
        reviewer: review.reviewer.clone(),
        marks: marks(review),
        suggested_amount: review.suggested_amount,
    };
    let mut reviews: Vec<ExportedReview> = reviews.iter().map(exported).collect();
    reviews.sort_by(|a, b| (&a.application, &a.reviewer).cmp(&(&b.application, &b.reviewer)));
    reviews
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
            defence: None,
        }
    }

    fn defended() -> ScoreInput {
        let score = |text: &str| text.parse().unwrap();
        let review = |application: &str, reviewer: &str, total: &str| ReviewInput {
            application: application.into(),
            reviewer: reviewer.into(),
            marks: vec![score(total)],
            suggested_amount: None,
        };
        let reviews = vec![review("q", "s", "60"), review("p", "t", "95.5"), review("p", "s", "97")];
        let rubric = vec![Criterion { code: "clarity".into(), max: Score::FULL }];
        ScoreInput { defence: Some(DefenceInput { rubric, reviews, desk_share_bp: 4_000 }), ..input() }
    }

    /// By hand: p has 10.50 and 96.25, q has 80.00 and 60.00; 40 : 60 turns the order of the desk review around when p's
    /// defence is good enough, and with 70 : 30 it does not.
    #[test]
    fn what_decides_is_combined_from_both_stages() {
        let lines = |input: &ScoreInput| -> Vec<String> {
            let stage = |score: Option<StageScore>| score.and_then(|score| score.0).unwrap_or(Score::ZERO);
            let told = |line: &ApplicationLine| {
                let (desk, defence) = (stage(line.desk), stage(line.defence));
                format!("{} {} {desk} {defence} {}", line.application, line.n, line.score.unwrap())
            };
            input.report().unwrap().applications.iter().map(told).collect()
        };
        let mut given = defended();
        assert_eq!(lines(&given), ["q 2 80.00 60.00 68.00", "p 4 10.50 96.25 61.95"]);
        given.defence.as_mut().unwrap().desk_share_bp = 2_000;
        assert_eq!(lines(&given), ["p 4 10.50 96.25 79.10", "q 2 80.00 60.00 64.00"]);
        // With too few sheets in one stage there is no combined score, and the stage says `null`.
        given.defence.as_mut().unwrap().reviews.retain(|review| review.application == "p");
        let told = printed(&given.report().unwrap()).unwrap();
        let q = r#"{"application":"q","n":1,"score":null,"desk":"80.00","defence":null,"mean":null,"#;
        assert!(told.contains(q), "{told}");
    }

    #[test]
    fn a_stage_alone_is_as_if_there_were_no_other() {
        let both = defended();
        let desk = printed(&both.of_stage(Stage::Desk).report().unwrap()).unwrap();
        assert_eq!(desk, printed(&input().report().unwrap()).unwrap());
        assert!(!desk.contains("\"desk\"") && !desk.contains("\"defence\""));
        let defence = both.of_stage(Stage::Defence);
        assert_eq!(defence.export().reviews.len(), 3);
        assert_eq!(defence.report().unwrap().applications[0].score, "96.25".parse().ok());
        assert_eq!(defence.report().unwrap().applications[0].median, "96.25".parse().ok());
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
