//! The score sheets of a round as a file from which an outsider recomputes its ranking, and what comes out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    super::{
        model::{Review, ReviewState},
        rules::{
            report::{ScoreInput, ScoreReport, printed},
            scores::{ApplicationInput, Criterion, Divergence, ReviewInput, ScoreRules},
            sheet::Marks,
        },
        store,
    },
    READERS,
    codes::Codes,
    record, show, standings,
};
use crate::{
    applications::{self, Application, ApplicationState},
    db::Db,
    error::{Error, codes},
    http::{Actor, Caller},
    kernel::{
        digest::sha256_hex,
        ids::{ApplicationId, ExpertId, RoundId},
        money::Money,
    },
    programmes::{self, Policy, Round, Rubric, Stage, Track},
};

/// Which part of a round's sheets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// One stage; a round with a defence has two, and each is a file of its own.
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
    /// The stage.
    pub stage: Stage,
    /// The track, where it is of one.
    pub track: Option<Track>,
    /// The applications that compete.
    pub applications: Vec<Application>,
    /// What is computed from.
    pub input: ScoreInput,
    /// Sheets of the round that are still open.
    pub open_sheets: i64,
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

    /// `2011-desk` or `2011-desk-filed`: no name of anybody.
    #[must_use]
    pub fn name(&self) -> String {
        let track = self.track.map(|track| format!("-{track}")).unwrap_or_default();
        format!("{}-{}{track}", self.round.year, self.stage)
    }
}

/// The sheets of a part of a round, for somebody who may see all of them.
pub fn score_file(conn: &mut Db, by: &Caller, round: RoundId, part: Part) -> Result<ScoreFile, Error> {
    let round = programmes::see_published(conn, round)?;
    by.actor.require(round.programme_id, READERS)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let rubric = programmes::rubric_of(conn, round.id, round.rubric_number)?;
    let stage = stage_of(part, &policy)?;
    let standings = standings::standings(conn, &round)?;
    let competing: BTreeMap<ApplicationId, bool> =
        standings.items.iter().map(|line| (line.application_id, line.confirmed)).collect();
    let all: Vec<Application> = applications::of_round(conn, round.id)?
        .into_iter()
        .filter(|application| competing.contains_key(&application.id))
        .collect();
    refuse_partial(conn, &by.actor, &round, &all)?;
    let applications: Vec<Application> = all
        .into_iter()
        .filter(|application| part.track.is_none_or(|track| application.track == Some(track)))
        .collect();
    let confirmed = applications
        .iter()
        .filter(|application| competing.get(&application.id) == Some(&true))
        .map(|application| application.reference.to_string())
        .collect();
    let (reviews, reviewers) = sheets_of(conn, &round, &rubric, stage, &applications)?;
    let own_cap = |application: &Application| {
        let cap = application.track.map_or(policy.cap, |track| policy.cap_for(track));
        (cap != policy.cap).then(|| (application.reference.to_string(), cap))
    };
    let caps: BTreeMap<String, Money> = applications.iter().filter_map(own_cap).collect();
    let inputs = applications.iter().map(|application| ApplicationInput {
        reference: application.reference.to_string(),
        requested: application.requested.unwrap_or_default(),
    });
    let input = ScoreInput {
        rules: score_rules(&policy, &rubric, stage),
        mark_step: policy.mark_step,
        lambda: f64::from(policy.lambda_thousandths) / 1_000.0,
        applications: inputs.collect(),
        caps,
        reviews,
    };
    let open_sheets = standings.open_sheets;
    Ok(ScoreFile {
        round,
        policy,
        stage,
        track: part.track,
        applications,
        input,
        open_sheets,
        reviewers,
        confirmed,
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
        "stage": file.stage, "track": file.track, "sheets": file.input.reviews.len(), "digest": digest,
        "names": reason.is_some(), "reason": reason,
    });
    let subject = ("round", file.round.id.to_string());
    record(conn, by, file.round.programme_id, action, subject, (None, None), detail)
}

/// The stage that is asked for; 400 where the round has no such part, or several and none was named.
fn stage_of(part: Part, policy: &Policy) -> Result<Stage, Error> {
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
        (None, true) => wrong("stage=desk | stage=defence"),
        (stage, _) => Ok(stage.unwrap_or_default()),
    }
}

/// Refuses whoever may not see every score of the round: 409 while a sheet of their own is open, 403 where they act for
/// an applicant or have a tie to one (trust.md §5, numbers 19 and 20).
fn refuse_partial(
    conn: &mut Db,
    actor: &Actor,
    round: &Round,
    competing: &[Application],
) -> Result<(), Error> {
    let expert = store::expert_of_user(conn, round.programme_id, actor.user_id)?;
    let barred = show::barred(conn, actor, expert.as_ref(), round.id)?;
    if competing.iter().any(|application| barred.contains(&application.id)) {
        return Err(Error::new(&codes::SCORE_FILE_TIED));
    }
    let Some(expert) = expert else { return Ok(()) };
    let scored: BTreeSet<ApplicationId> = competing
        .iter()
        .filter(|application| application.state == ApplicationState::Scoring)
        .map(|application| application.id)
        .collect();
    let sheets = store::list(conn, round.id, Some(expert.id), None, &[], None, 100_000)?;
    let open = sheets.iter().any(|sheet| sheet.state.is_open() && scored.contains(&sheet.application_id));
    if open { Err(Error::new(&codes::SCORE_FILE_SEALED)) } else { Ok(()) }
}

/// The sheets of a stage that count, and who stands behind the codes in them.
fn sheets_of(
    conn: &mut Db,
    round: &Round,
    rubric: &Rubric,
    stage: Stage,
    applications: &[Application],
) -> Result<(Vec<ReviewInput>, BTreeMap<String, ExpertId>), Error> {
    let references: BTreeMap<ApplicationId, String> =
        applications.iter().map(|application| (application.id, application.reference.to_string())).collect();
    let stored = store::submitted_of_round(conn, round.id)?;
    let of_stage: Vec<Review> = stored.into_iter().filter(|review| review.stage == stage).collect();
    let codes = Codes::of_round(conn, round.id)?;
    let (mut sheets, mut reviewers) = (Vec::with_capacity(of_stage.len()), BTreeMap::new());
    for review in latest_readings(&of_stage) {
        let Some(reference) = references.get(&review.application_id) else { continue };
        let marks: Marks = serde_json::from_str(&review.marks).map_err(Error::internal)?;
        let reviewer = codes.reviewer(review.expert_id);
        reviewers.insert(reviewer.clone(), review.expert_id);
        sheets.push(ReviewInput {
            application: reference.clone(),
            reviewer,
            marks: rubric.of(stage).iter().filter_map(|c| marks.get(&c.code).copied()).collect(),
            suggested_amount: review.suggested_amount,
        });
    }
    sheets.sort_by(|a, b| (&a.application, &a.reviewer).cmp(&(&b.application, &b.reviewer)));
    Ok((sheets, reviewers))
}

/// Of each application the sheets of its latest reading.
fn latest_readings(sheets: &[Review]) -> impl Iterator<Item = &Review> {
    let mut latest: BTreeMap<ApplicationId, i32> = BTreeMap::new();
    for sheet in sheets.iter().filter(|sheet| ReviewState::counts(sheet.state)) {
        let reading = latest.entry(sheet.application_id).or_insert(sheet.reading);
        *reading = sheet.reading.max(*reading);
    }
    sheets.iter().filter(move |sheet| latest.get(&sheet.application_id) == Some(&sheet.reading))
}

fn score_rules(policy: &Policy, rubric: &Rubric, stage: Stage) -> ScoreRules {
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let criteria = rubric.of(stage).iter();
    ScoreRules {
        min_reviews: count(policy.min_reviews),
        trim_from: count(policy.trim_from),
        cap: policy.cap,
        seed: policy.seed.clone(),
        rubric: criteria.map(|c| Criterion { code: c.code.clone(), max: c.max }).collect(),
        divergence: Divergence { range: policy.divergence_range, from_median: policy.divergence_from_median },
    }
}
