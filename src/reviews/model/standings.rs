//! The ranking as it is shown, and as it is kept with the decision.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::View,
    kernel::{
        domain::ServiceDomain,
        ids::{ApplicationId, RoundId},
        money::Money,
        reference::Reference,
        score::Score,
        time::Timestamp,
    },
    programmes::{Stage, Track},
    reviews::rules::{flags::Flag, ranking::Decider},
};

/// The two reviewers whose totals do not count, by the stand-ins they have in this round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DroppedMarks {
    /// Of the highest total.
    pub high: String,
    /// Of the lowest.
    pub low: String,
}

/// The published score of one stage and what is shown beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StageStanding {
    /// Which stage.
    pub stage: Stage,
    /// The reading that counts: 2 or more after a second scoring.
    pub reading: i32,
    /// Sheets handed in.
    pub n: usize,
    /// The published score of the stage.
    pub score: Option<Score>,
    /// The plain mean.
    pub mean: Option<Score>,
    /// The median.
    pub median: Option<Score>,
    /// The sample standard deviation.
    pub sd: Option<Score>,
    /// The lowest total.
    pub lowest: Option<Score>,
    /// The highest.
    pub highest: Option<Score>,
    /// Whose totals do not count.
    pub dropped: Option<DroppedMarks>,
}

/// A reading that was replaced by a later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EarlierReading {
    /// Which stage.
    pub stage: Stage,
    /// Which reading.
    pub reading: i32,
    /// Sheets handed in.
    pub n: usize,
    /// The score it gave.
    pub score: Option<Score>,
}

/// Why an application stands before or behind its neighbour where their scores are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RankTie {
    /// The neighbour.
    pub with: Reference,
    /// Its rank.
    pub rank: usize,
    /// What decided.
    pub decided_by: Decider,
    /// This application's value; of the draw its digest.
    pub own: String,
    /// The neighbour's.
    pub other: String,
    /// In words.
    pub zh: String,
    /// In words.
    pub en: String,
}

/// One line of the ranking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "a line of a list says yes or no to several things")]
pub struct Standing {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// The domain it serves.
    pub domain: Option<ServiceDomain>,
    /// The track it is judged in.
    pub track: Option<Track>,
    /// The review batch it came in, in a rolling round.
    pub batch: Option<i32>,
    /// What is asked for.
    pub requested: Money,
    /// Sheets handed in, of all stages.
    pub n: usize,
    /// The official score; of two stages the combined one.
    pub score: Option<Score>,
    /// The plain mean; of two stages combined like the score.
    pub mean: Option<Score>,
    /// The median, where there is one stage.
    pub median: Option<Score>,
    /// The sample standard deviation, where there is one stage.
    pub sd: Option<Score>,
    /// The lowest total, where there is one stage.
    pub lowest: Option<Score>,
    /// The highest, where there is one stage.
    pub highest: Option<Score>,
    /// Whose totals do not count, where there is one stage.
    pub dropped: Option<DroppedMarks>,
    /// The mean on the heaviest criterion: the first tie-break.
    pub heaviest_mean: Option<Score>,
    /// Each stage for itself.
    pub stages: Vec<StageStanding>,
    /// Readings that count no more.
    pub earlier_readings: Vec<EarlierReading>,
    /// 1 is the best.
    pub rank: Option<usize>,
    /// Against neighbours with the same score.
    pub ties: Vec<RankTie>,
    /// The draw decided this place.
    pub tie_drawn: bool,
    /// SHA-256 of the published seed and the number: what the draw goes by. Where it decided.
    pub draw: Option<String>,
    /// Best and worst rank when one expert is left out of the round.
    pub rank_interval: Option<(usize, usize)>,
    /// The recommended amount.
    pub recommended: Money,
    /// The totals diverge: a person looks again.
    pub flagged: bool,
    /// Why.
    pub flags: Vec<Flag>,
    /// Further signs that a person may want to look: advisory, they ask for nobody's word.
    #[serde(default)]
    pub hints: Vec<Flag>,
    /// The chair has looked and let the score stand.
    pub confirmed: bool,
    /// A re-review is under way.
    pub re_review_open: bool,
}

/// An application this person may know of, but not how it was scored: they have a tie to it, or their own sheet of it is
/// not in. The others are ranked as if it were not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SealedLine {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
}

/// That something is kept as it was when the decision was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Frozen {
    /// SHA-256 of what is kept.
    pub digest: String,
    /// When the decision was taken.
    pub at: Timestamp,
}

/// The ranking of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standings {
    /// The round.
    pub round_id: RoundId,
    /// Only this track was ranked.
    pub track: Option<Track>,
    /// Only this batch was ranked.
    pub batch: Option<i32>,
    /// Scored applications by rank, then those without a score by reference.
    pub items: Vec<Standing>,
    /// Applications whose scores are sealed for you; they are not ranked here.
    pub sealed: Vec<SealedLine>,
    /// Sheets that are still open.
    pub open_sheets: usize,
    /// The decision was taken: this is what was shown then.
    pub frozen: Option<Frozen>,
}

impl View for Standings {}

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
    /// Why.
    pub flags: Vec<Flag>,
    /// The chair has looked and let the score stand.
    pub confirmed: bool,
}

impl View for ScoreFinding {}
