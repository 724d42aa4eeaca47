//! The score sheets of a round as a file from which an outsider recomputes its ranking, and what comes out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    super::{
        rules::{
            report::{DefenceInput, ScoreInput, ScoreReport, printed},
            scores::{ApplicationInput, ReviewInput, ScoreRules},
        },
        store,
    },
    READERS,
    codes::Codes,
    conflicts::conflicted_applications,
    material::Material,
    record, standings,
};
use crate::{
    applications::{self, Application, Contender},
    db::Db,
    error::{Error, codes},
    http::{Actor, Caller},
    kernel::{
        digest::sha256_hex,
        ids::{ExpertId, RoundId},
    },
    programmes::{self, Policy, Round, Stage, Track},
};

/// Which part of a round's sheets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// One stage; none: all the round has, in a round with a defence both and what is combined from them.
    pub stage: Option<Stage>,
    /// The applications of one track; none: of all.
    pub track: Option<Track>,
}

/// The sheets of a part that count, with everything a ranking is a function of.
pub struct ScoreFile {
    /// The round.
    pub round: Round,
    /// Its policy.
    pub policy: Policy,
    /// The stage; none: both, combined.
    pub stage: Option<Stage>,
    /// The track, where it is of one.
    pub track: Option<Track>,
    /// The applications that compete.
    pub applications: Vec<Application>,
    /// What is computed from.
    pub input: ScoreInput,
    /// Sheets of the round that are still open.
    pub open_sheets: usize,
    /// Who stands behind the codes.
    pub reviewers: BTreeMap<String, ExpertId>,
    /// Applications whose diverging scores the chair let stand.
    pub confirmed: BTreeSet<String>,
}

impl ScoreFile {
    /// The document, in the bytes that are handed out.
    pub fn export(&self) -> Result<String, Error> {
        printed(&self.input.export()).map_err(Error::internal)
    }

    /// What is computed from it.
    pub fn report(&self) -> Result<ScoreReport, Error> {
        self.input.report().map_err(Error::internal)
    }

    /// SHA-256 of the document: by it a summary and an export are known to be of the same sheets.
    pub fn digest(&self) -> Result<String, Error> {
        Ok(sha256_hex(self.export()?))
    }

    /// `2011-desk`, `2011-desk-filed` or, of both stages, `2011-combined`: no name of anybody.
    #[must_use]
    pub fn name(&self) -> String {
        let track = self.track.map(|track| format!("-{track}")).unwrap_or_default();
        let stage = self.stage.map_or("combined", Into::into);
        format!("{}-{stage}{track}", self.round.year)
    }

    /// The stages that are in it.
    #[must_use]
    pub fn stages(&self) -> Vec<Stage> {
        self.stage.map_or_else(|| vec![Stage::Desk, Stage::Defence], |stage| vec![stage])
    }

    /// Sheets that count.
    #[must_use]
    pub fn sheets(&self) -> usize {
        let defence = self.input.defence.as_ref().map_or(0, |defence| defence.reviews.len());
        self.input.reviews.len() + defence
    }
}

/// The sheets of a part of a round, for somebody who may see all of them.
pub fn score_file(conn: &mut Db, by: &Caller, round: RoundId, part: Part) -> Result<ScoreFile, Error> {
    let round = programmes::see_published(conn, round)?;
    by.actor.require(round.programme_id, READERS)?;
    let material = Material::load(conn, &round, None)?;
    let stage = stage_of(part, &material.policy)?;
    refuse_partial(conn, &by.actor, &round, &material)?;
    let standings = standings::standings_of(conn, &round, &material)?;
    let confirmed: BTreeSet<String> =
        standings.items.iter().filter(|line| line.confirmed).map(|line| line.reference.to_string()).collect();
    let first = stage.unwrap_or_default();
    let rules =
        ScoreRules { cap: material.policy.cap, rubric: material.criteria(first), ..material.score_rules() };
    let (mut inputs, mut caps) = (Vec::new(), BTreeMap::new());
    let mut chosen = BTreeSet::new();
    let of_part = |contender: &&Contender| part.track.is_none_or(|track| contender.track == Some(track));
    for contender in material.contenders.iter().filter(of_part) {
        chosen.insert(contender.id);
        let cap = material.cap_of(contender);
        if cap != rules.cap {
            caps.insert(contender.reference.to_string(), cap);
        }
        inputs.push(ApplicationInput {
            reference: contender.reference.to_string(),
            requested: contender.requested.unwrap_or_default(),
        });
    }
    let reviews = |stage: Stage| -> Vec<ReviewInput> {
        let piles = material.contenders.iter().filter(of_part);
        let piles = piles.filter_map(|contender| material.pile(contender.id, stage));
        let sheets = piles.flat_map(|pile| &pile.sheets);
        let mut reviews: Vec<ReviewInput> = sheets.map(|sheet| sheet.input.clone()).collect();
        reviews.sort_by(|a, b| (&a.application, &a.reviewer).cmp(&(&b.application, &b.reviewer)));
        reviews
    };
    let applications =
        applications::of_round(conn, round.id)?.into_iter().filter(|a| chosen.contains(&a.id)).collect();
    let codes = Codes::of_round(conn, round.id)?;
    let experts = store::sheets_of_round(conn, round.id)?.into_iter().map(|sheet| sheet.expert_id);
    let input = ScoreInput {
        rules,
        mark_step: material.policy.mark_step,
        lambda: f64::from(material.policy.lambda_thousandths) / 1_000.0,
        applications: inputs,
        caps,
        reviews: reviews(first),
        defence: stage.is_none().then(|| DefenceInput {
            rubric: material.criteria(Stage::Defence),
            reviews: reviews(Stage::Defence),
            desk_share_bp: material.policy.review.desk_share_bp,
        }),
    };
    Ok(ScoreFile {
        round,
        stage,
        track: part.track,
        applications,
        input,
        open_sheets: standings.open_sheets,
        reviewers: experts.map(|expert| (codes.reviewer(expert), expert)).collect(),
        confirmed,
        policy: material.policy,
    })
}

/// Puts on record that a file with scores left the house.
pub fn record_score_file(
    conn: &mut Db,
    by: &Caller,
    file: &ScoreFile,
    action: &'static str,
    digest: &str,
    reason: Option<&str>,
) -> Result<(), Error> {
    let detail = json!({
        "stage": file.stage, "track": file.track, "sheets": file.sheets(), "digest": digest,
        "names": reason.is_some(), "reason": reason,
    });
    let subject = ("round", file.round.id.to_string());
    record(conn, by, file.round.programme_id, action, subject, (None, None), detail)
}

/// The stage that is asked for, none for both of a round with a defence; 400 where the round has no such part.
fn stage_of(part: Part, policy: &Policy) -> Result<Option<Stage>, Error> {
    let wrong = |reason: &str| Err(Error::new(&codes::UNKNOWN_FILTER).with("reason", reason));
    if let (Some(track), Some(tracks)) = (part.track, &policy.tracks)
        && !tracks.contains_key(&track)
    {
        return wrong("track");
    }
    if part.track.is_some() && policy.tracks.is_none() {
        return wrong("track");
    }
    match (part.stage, policy.review.defence) {
        (Some(Stage::Defence), false) => wrong("stage"),
        (None, true) => Ok(None),
        (stage, _) => Ok(Some(stage.unwrap_or_default())),
    }
}

/// Refuses whoever may not see every score of the round: 409 while a sheet of their own is open, 403 where they act for
/// an applicant or have a tie to one (trust.md §5, numbers 19 and 20).
fn refuse_partial(conn: &mut Db, actor: &Actor, round: &Round, material: &Material) -> Result<(), Error> {
    let tied = conflicted_applications(conn, actor, round.id)?;
    if material.contenders.iter().any(|contender| tied.contains(&contender.id)) {
        return Err(Error::new(&codes::SCORE_FILE_TIED));
    }
    let Some(expert) = store::expert_of_user(conn, round.programme_id, actor.user_id)? else { return Ok(()) };
    let open = store::open_for(conn, round.id, expert.id)?;
    if open.is_empty() { Ok(()) } else { Err(Error::new(&codes::SCORE_FILE_SEALED)) }
}
