//! The live ranking of a round: the rule of rules.md §2–§4 over what is in the database now.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        model::{
            DroppedMarks, Found, Frozen, ScoreFinding, SealedLine, SnapshotKind, StageStanding, Standing,
            Standings,
        },
        rules::{
            flags::{flags, hints},
            ranking::{self, Defence, Ranked},
            scores::{ApplicationInput, ReviewInput, ScoreRules, Summary},
        },
        store,
    },
    material::Material,
    narrowed,
    sealed::sealed_for,
    ties::ties,
};
use crate::{
    applications::{Application, Contender},
    db::Db,
    error::Error,
    http::Actor,
    kernel::{ids::ApplicationId, score::Score},
    programmes::{self, Round, Stage, Track},
};

/// Who is ranked among each other.
#[derive(Clone, Debug, Default)]
pub struct Among {
    /// Only this track.
    pub track: Option<Track>,
    /// Only this review batch.
    pub batch: Option<i32>,
    /// Not these.
    pub sealed: BTreeSet<ApplicationId>,
}

/// Computes the ranking of the whole round from what is submitted now.
pub fn standings(conn: &mut Db, round: &Round) -> Result<Standings, Error> {
    let material = Material::load(conn, round, None)?;
    standings_of(conn, round, &material)
}

/// The same where what it is a function of is there already.
pub fn standings_of(conn: &mut Db, round: &Round, material: &Material) -> Result<Standings, Error> {
    ranked(conn, round, material, &Among::default())
}

/// The ranking as this person may see it. After the decision it is what was shown then.
pub fn show_standings(
    conn: &mut Db,
    actor: &Actor,
    round: &Round,
    track: Option<Track>,
    batch: Option<i32>,
) -> Result<Standings, Error> {
    let kept = store::find_snapshot(conn, round.id, SnapshotKind::Ranking)?;
    let among = Among { track, batch, sealed: sealed_for(conn, actor, round)? };
    if let Some(kept) = kept {
        let whole: Standings = serde_json::from_str(&kept.body).map_err(Error::internal)?;
        let frozen = Some(Frozen { digest: kept.digest, at: kept.created_at });
        let current = programmes::current_batch(round);
        return Ok(Standings { frozen, ..narrowed::narrowed(whole, &among, current) });
    }
    let material = Material::load(conn, round, None)?;
    ranked(conn, round, &material, &among)
}

fn ranked(conn: &mut Db, round: &Round, material: &Material, among: &Among) -> Result<Standings, Error> {
    let confirmed = store::confirmations(conn, round.programme_id)?;
    let re_reviewed = store::under_re_review(conn, round.id)?;
    let fits = |contender: &&Contender| {
        among.track.is_none_or(|track| contender.track == Some(track))
            && among.batch.is_none_or(|batch| batch_of(contender, round) == batch)
    };
    let (sealed, shown): (Vec<&Contender>, Vec<&Contender>) =
        material.contenders.iter().filter(fits).partition(|contender| among.sealed.contains(&contender.id));
    let mut items = Scoring::of(material, &shown)?.standings();
    for item in &mut items {
        item.re_review_open = re_reviewed.contains(&item.application_id);
        item.confirmed =
            item.flagged && confirmed.contains(&(item.application_id, material.digest(item.application_id)));
    }
    let ids: BTreeSet<ApplicationId> = shown.iter().map(|contender| contender.id).collect();
    Ok(Standings {
        round_id: round.id,
        track: among.track,
        batch: among.batch,
        items,
        sealed: sealed
            .into_iter()
            .map(|contender| SealedLine {
                application_id: contender.id,
                reference: contender.reference.clone(),
            })
            .collect(),
        open_sheets: material.open.iter().filter(|application| ids.contains(application)).count(),
        frozen: None,
    })
}

fn batch_of(contender: &Contender, round: &Round) -> i32 {
    contender.batch_number.unwrap_or_else(|| programmes::current_batch(round))
}

/// The scores of one application as far as the chair looks at them. It does not rank the round.
pub fn divergence(
    conn: &mut Db,
    round: &Round,
    application: &Application,
) -> Result<(ScoreFinding, String), Error> {
    let material = Material::load(conn, round, Some(application.id))?;
    let shown: Vec<&Contender> = material.contenders.iter().collect();
    let digest = material.digest(application.id);
    let standing = Scoring::of(&material, &shown)?.standings().into_iter().next();
    let confirmed =
        store::confirmations(conn, round.programme_id)?.contains(&(application.id, digest.clone()));
    let standing = standing.ok_or_else(Error::not_found)?;
    let finding = ScoreFinding {
        application_id: application.id,
        n: standing.n,
        score: standing.score,
        flagged: standing.flagged,
        flags: standing.flags,
        confirmed: standing.flagged && confirmed,
    };
    Ok((finding, digest))
}

/// How many sheets each application has, what they give, and whether they diverge: each looked at by itself, as
/// [`divergence`] does, from sheets that are loaded once for all.
pub fn found_of_round(conn: &mut Db, round: &Round) -> Result<BTreeMap<ApplicationId, Found>, Error> {
    let material = Material::load(conn, round, None)?;
    let mut all = BTreeMap::new();
    for contender in &material.contenders {
        for line in Scoring::of(&material, &[contender])?.standings() {
            let found = Found { n: line.n, score: line.score, flagged: line.flagged };
            all.insert(line.application_id, found);
        }
    }
    Ok(all)
}

/// The rule's input for some contenders, and its answer.
pub struct Scoring<'a> {
    material: &'a Material,
    rules: ScoreRules,
    by_reference: BTreeMap<&'a str, &'a Contender>,
    ranked: Vec<Ranked>,
}

impl<'a> Scoring<'a> {
    /// Ranks these contenders among each other.
    pub fn of(material: &'a Material, shown: &[&'a Contender]) -> Result<Self, Error> {
        let rules = material.score_rules();
        let applications: Vec<ApplicationInput> = shown
            .iter()
            .map(|contender| ApplicationInput {
                reference: contender.reference.to_string(),
                requested: contender.requested.unwrap_or_default(),
            })
            .collect();
        let inputs = |stage: Stage| -> Vec<ReviewInput> {
            let piles = shown.iter().filter_map(|contender| material.pile(contender.id, stage));
            piles.flat_map(|pile| &pile.sheets).map(|sheet| sheet.input.clone()).collect()
        };
        let desk = inputs(Stage::Desk);
        let (rubric, reviews) = (material.criteria(Stage::Defence), inputs(Stage::Defence));
        let defence = Defence {
            rubric: &rubric,
            reviews: &reviews,
            desk_share_bp: material.policy.review.desk_share_bp,
        };
        let defence = material.policy.review.defence.then_some(defence);
        let ranked = ranking::rank_stages(&rules, &applications, &desk, defence).map_err(Error::internal)?;
        let by_reference = shown.iter().map(|contender| (contender.reference.as_str(), *contender)).collect();
        Ok(Self { material, rules, by_reference, ranked })
    }

    /// The lines as they are shown.
    pub fn standings(&self) -> Vec<Standing> {
        let heaviest = self.heaviest_criterion();
        let tied = ties(&self.ranked, &self.rules.seed, &heaviest, |reference| {
            self.by_reference
                .get(reference)
                .map(|contender| (contender.reference.clone(), contender.requested))
        });
        let lines = self.ranked.iter().zip(tied);
        lines.filter_map(|(line, ties)| Some(Standing { ties, ..self.standing(line)? })).collect()
    }

    /// The name of the criterion that decides ties first.
    fn heaviest_criterion(&self) -> String {
        let criteria = self.material.rubric.of(Stage::Desk);
        let index = ranking::heaviest(&self.rules.rubric);
        index
            .and_then(|index| criteria.get(index))
            .map(|criterion| criterion.name.clone())
            .unwrap_or_default()
    }

    fn standing(&self, line: &Ranked) -> Option<Standing> {
        let contender = self.by_reference.get(line.application.as_str())?;
        let mut stages = Vec::with_capacity(2);
        let (mut found, mut hinted) = (Vec::new(), Vec::new());
        let defence = line.defence.as_ref().map(|summary| (Stage::Defence, summary));
        for (stage, summary) in std::iter::once((Stage::Desk, &line.summary)).chain(defence) {
            let pile = self.material.pile(contender.id, stage);
            let sheets = pile.map(|pile| pile.sheets.as_slice()).unwrap_or_default();
            let totals: Vec<(&str, Score)> =
                sheets.iter().map(|sheet| (sheet.input.reviewer.as_str(), sheet.input.total())).collect();
            if summary.flagged {
                found.extend(flags(&self.rules.divergence, stage, &totals));
            }
            hinted.extend(hints(&self.rules, stage, &totals, summary.score));
            stages.push(stage_standing(stage, pile.map_or(1, |pile| pile.reading), summary));
        }
        let alone = line.defence.is_none().then_some(&line.summary);
        Some(Standing {
            application_id: contender.id,
            reference: contender.reference.clone(),
            domain: contender.domain,
            track: contender.track,
            batch: contender.batch_number,
            requested: contender.requested.unwrap_or_default(),
            n: stages.iter().map(|stage| stage.n).sum(),
            score: line.score,
            mean: line.mean,
            median: alone.and_then(|summary| summary.median),
            sd: alone.and_then(|summary| summary.sd),
            lowest: alone.and_then(|summary| summary.low),
            highest: alone.and_then(|summary| summary.high),
            dropped: alone.and_then(dropped),
            heaviest_mean: line.heaviest_mean,
            stages,
            earlier_readings: self.material.earlier(contender.id, &self.rules),
            rank: line.rank,
            ties: Vec::new(),
            tie_drawn: line.tie_drawn,
            draw: line.tie_drawn.then(|| ranking::draw(&self.rules.seed, &line.application)),
            rank_interval: line.rank_interval,
            recommended: line.recommended.min(self.material.cap_of(contender)),
            flagged: !found.is_empty(),
            flags: found,
            hints: hinted,
            confirmed: false,
            re_review_open: false,
        })
    }
}

fn dropped(summary: &Summary) -> Option<DroppedMarks> {
    summary
        .dropped
        .as_ref()
        .map(|dropped| DroppedMarks { high: dropped.high.clone(), low: dropped.low.clone() })
}

fn stage_standing(stage: Stage, reading: i32, summary: &Summary) -> StageStanding {
    StageStanding {
        stage,
        reading,
        n: summary.n,
        score: summary.score,
        mean: summary.mean,
        median: summary.median,
        sd: summary.sd,
        lowest: summary.low,
        highest: summary.high,
        dropped: dropped(summary),
    }
}
