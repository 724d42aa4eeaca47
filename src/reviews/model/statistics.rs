//! Advisory statistics: shown beside the ranking, deciding nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Frozen, SealedLine};
use crate::{
    http::View,
    kernel::{
        ids::{ApplicationId, RoundId},
        reference::Reference,
        score::Score,
    },
    programmes::Stage,
    reviews::rules::{bootstrap::Zone, calibration::Component},
};

/// How strict a reviewer is, by the stand-in of this round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReviewerStatistics {
    /// The stand-in.
    pub reviewer: String,
    /// Positive is stricter than average, in points; absent where it cannot be told, and below three sheets.
    pub severity: Option<f64>,
    /// The standard error of the severity; absent where there is none, or nothing to tell it from.
    #[serde(default)]
    pub standard_error: Option<f64>,
    /// The severity is more than twice its standard error: a person may want to look.
    #[serde(default)]
    pub notable: bool,
    /// Every total of theirs is the same: they told nothing apart.
    #[serde(default)]
    pub all_equal: bool,
    /// Fewer than three sheets: nothing is said of them.
    pub suppressed: bool,
}

/// The agreement of the reviewers in one stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StageStatistics {
    /// Which stage.
    pub stage: Stage,
    /// By stand-in.
    pub reviewers: Vec<ReviewerStatistics>,
    /// Krippendorff's α, interval metric; absent: undefined, or of too few applications.
    pub krippendorff_alpha: Option<f64>,
    /// One-way ICC(1).
    pub icc1: Option<f64>,
    /// ICC(2,1), where everybody has scored everything.
    pub icc2: Option<f64>,
    /// ICC(2,k), likewise.
    pub icc2k: Option<f64>,
    /// Why α and ICC are absent.
    #[serde(default)]
    pub agreement_absent: Option<AgreementAbsent>,
    /// The parts the round falls into, where nobody links them: across them nothing can be calibrated.
    pub components: Vec<Component>,
}

/// Why no agreement is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgreementAbsent {
    /// So many applications have two or more sheets.
    pub applications: usize,
    /// So many are needed with this number of sheets each (Walter, Eliasziw and Donner 1998).
    pub needed: usize,
    /// In words.
    pub zh: String,
    /// In words.
    pub en: String,
}

/// What is shown beside the score of an application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Outlook {
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub reference: Reference,
    /// The official score.
    pub score: Option<Score>,
    /// Its rank.
    pub rank: Option<usize>,
    /// Best and worst rank when one expert is left out of the round: exact.
    pub rank_interval: Option<(usize, usize)>,
    /// The score with the reviewers' severity taken out.
    pub calibrated: Option<f64>,
    /// The place it would give.
    pub calibrated_place: Option<usize>,
    /// In how many samples of the bootstrap it is funded.
    pub funded: Option<u32>,
    /// The share of them.
    pub chance: Option<f64>,
    /// How firm that is.
    pub zone: Option<Zone>,
}

/// The advisory statistics of a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoundStatistics {
    /// The round.
    pub round_id: RoundId,
    /// By rank, then those without a score by reference.
    pub applications: Vec<Outlook>,
    /// Each stage for itself.
    pub stages: Vec<StageStatistics>,
    /// How often the round was drawn again.
    pub samples: u32,
    /// The published seed it was drawn with.
    pub seed: String,
    /// What to think of it.
    pub note_zh: String,
    /// What to think of it.
    pub note_en: String,
    /// Applications whose scores are sealed for you; the others are treated as if they were not there.
    pub sealed: Vec<SealedLine>,
    /// The decision was taken: this is what was shown then.
    pub frozen: Option<Frozen>,
}

impl View for RoundStatistics {}
