//! The live ranking of a round: the rule of rules.md §2–§4 over what is in the database now.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::super::{
    model::Review,
    rules::{
        ranking,
        scores::{ApplicationInput, Criterion, Divergence, ReviewInput, ScoreRules},
        sheet::Marks,
    },
    store,
};
use crate::{
    applications::{self, Application, ApplicationState as S},
    db::Db,
    error::Error,
    http::View,
    kernel::{
        domain::ServiceDomain,
        ids::{ApplicationId, RoundId},
        money::Money,
        reference::Reference,
        score::Score,
    },
    programmes::{self, Policy, Round, Rubric},
};

/// One line of the ranking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Standing {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// The domain it serves.
    pub domain: Option<ServiceDomain>,
    /// What is asked for.
    pub requested: Money,
    /// Sheets handed in.
    pub n: usize,
    /// The official score.
    pub score: Option<Score>,
    /// The plain mean.
    pub mean: Option<Score>,
    /// The median.
    pub median: Option<Score>,
    /// The sample standard deviation.
    pub sd: Option<Score>,
    /// The mean on the heaviest criterion: the first tie-break.
    pub heaviest_mean: Option<Score>,
    /// 1 is the best.
    pub rank: Option<usize>,
    /// The draw decided this place.
    pub tie_drawn: bool,
    /// Best and worst rank when one expert is left out of the round.
    pub rank_interval: Option<(usize, usize)>,
    /// The recommended amount.
    pub recommended: Money,
    /// The totals diverge: a person looks again.
    pub flagged: bool,
    /// The chair has looked and let the score stand.
    pub confirmed: bool,
}

/// What the chair found on one application's scores.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScoreFinding {
    /// The application.
    pub application_id: ApplicationId,
    /// Sheets handed in.
    pub n: usize,
    /// The official score.
    pub score: Option<Score>,
    /// The totals diverge.
    pub flagged: bool,
    /// The chair has looked and let the score stand.
    pub confirmed: bool,
}

impl View for ScoreFinding {}

/// The ranking of a round.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Standings {
    /// The round.
    pub round_id: RoundId,
    /// Scored applications by rank, then those without a score by reference.
    pub items: Vec<Standing>,
    /// Sheets that are still open.
    pub open_sheets: i64,
}

impl View for Standings {}

/// Computes the ranking from what is submitted now.
pub fn standings(conn: &mut Db, round: &Round) -> Result<Standings, Error> {
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let rubric = programmes::rubric_of(conn, round.id, round.rubric_number)?;
    let candidates: Vec<Application> = applications::of_round(conn, round.id)?
        .into_iter()
        .filter(|application| competes(application.state))
        .collect();
    let confirmed = store::confirmations(conn, round.programme_id)?;
    let reviews = store::submitted_of_round(conn, round.id)?;
    let items = rank(&candidates, &reviews, &policy, &rubric, &confirmed)?;
    Ok(Standings { round_id: round.id, items, open_sheets: store::open_sheets(conn, round.id)? })
}

/// The scores of one application as far as the chair looks at them: how many sheets there are, whether they diverge, and
/// whether the chair has let them stand. It does not rank the round.
pub fn divergence(conn: &mut Db, round: &Round, application: &Application) -> Result<ScoreFinding, Error> {
    let policy = programmes::policy_of(conn, round.id, application.policy_number)?;
    let rubric = programmes::rubric_of(conn, round.id, application.rubric_number)?;
    let sheets = store::submitted_of_application(conn, application.id)?;
    let named: Vec<(String, Score)> =
        sheets.iter().filter_map(|sheet| Some((sheet.expert_id.to_string(), sheet.total?))).collect();
    let totals: Vec<(&str, Score)> = named.iter().map(|(who, total)| (who.as_str(), *total)).collect();
    let summary = score_rules(&policy, &rubric).summarise(&totals);
    let counted = i32::try_from(summary.n).unwrap_or(i32::MAX);
    let confirmed = store::confirmed_count(conn, application.id)?.is_some_and(|seen| seen >= counted);
    Ok(ScoreFinding {
        application_id: application.id,
        n: summary.n,
        score: summary.score,
        flagged: summary.flagged,
        confirmed,
    })
}

/// True for an application that has passed intake and was not withdrawn.
fn competes(state: S) -> bool {
    match state {
        S::Draft
        | S::Submitted
        | S::FormCheck
        | S::CorrectionRequested
        | S::Resubmitted
        | S::Rejected
        | S::Withdrawn => false,
        S::Eligible
        | S::Scoring
        | S::Scored
        | S::ReReview
        | S::Ranked
        | S::Proposed
        | S::Waitlisted
        | S::NotAwarded
        | S::PublicNotice
        | S::ObjectionHold
        | S::Approved
        | S::Revoked
        | S::Agreement => true,
    }
}

/// The rules of a round's scores, from its policy and rubric.
fn score_rules(policy: &Policy, rubric: &Rubric) -> ScoreRules {
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    ScoreRules {
        min_reviews: count(policy.min_reviews),
        trim_from: count(policy.trim_from),
        cap: policy.cap,
        seed: policy.seed.clone(),
        rubric: rubric
            .criteria
            .iter()
            .map(|criterion| Criterion { code: criterion.code.clone(), max: criterion.max })
            .collect(),
        divergence: Divergence { range: policy.divergence_range, from_median: policy.divergence_from_median },
    }
}

fn rank(
    candidates: &[Application],
    reviews: &[Review],
    policy: &Policy,
    rubric: &Rubric,
    confirmed: &BTreeMap<ApplicationId, i32>,
) -> Result<Vec<Standing>, Error> {
    let by_id: BTreeMap<ApplicationId, &Application> = candidates.iter().map(|a| (a.id, a)).collect();
    let by_reference: BTreeMap<&str, &Application> =
        candidates.iter().map(|a| (a.reference.as_str(), a)).collect();
    let inputs: Vec<ApplicationInput> = candidates
        .iter()
        .map(|a| ApplicationInput {
            reference: a.reference.to_string(),
            requested: a.requested.unwrap_or_default(),
        })
        .collect();
    let mut sheets = Vec::with_capacity(reviews.len());
    for review in reviews {
        // A withdrawn application's sheets count no more.
        let Some(application) = by_id.get(&review.application_id) else { continue };
        let marks: Marks = serde_json::from_str(&review.marks).map_err(Error::internal)?;
        sheets.push(ReviewInput {
            application: application.reference.to_string(),
            reviewer: review.expert_id.to_string(),
            marks: rubric.criteria.iter().filter_map(|c| marks.get(&c.code).copied()).collect(),
            suggested_amount: review.suggested_amount,
        });
    }
    let ranked = ranking::rank(&score_rules(policy, rubric), &inputs, &sheets).map_err(Error::internal)?;
    let standing = |line: ranking::Ranked| {
        let application = by_reference.get(line.application.as_str())?;
        let counted = i32::try_from(line.summary.n).unwrap_or(i32::MAX);
        Some(Standing {
            application_id: application.id,
            reference: application.reference.clone(),
            domain: application.domain,
            requested: application.requested.unwrap_or_default(),
            n: line.summary.n,
            score: line.summary.score,
            mean: line.summary.mean,
            median: line.summary.median,
            sd: line.summary.sd,
            heaviest_mean: line.heaviest_mean,
            rank: line.rank,
            tie_drawn: line.tie_drawn,
            rank_interval: line.rank_interval,
            recommended: line.recommended,
            flagged: line.summary.flagged,
            confirmed: confirmed.get(&application.id).is_some_and(|seen| *seen >= counted),
        })
    };
    Ok(ranked.into_iter().filter_map(standing).collect())
}
