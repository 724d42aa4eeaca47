//! Advisory statistics of a round: calibration, agreement, and what the bootstrap draws from.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        model::{
            AgreementAbsent, Outlook, ReviewerStatistics, RoundStatistics, SealedLine, StageStatistics,
            Standing,
        },
        rules::{
            bootstrap::{Drawn, SAMPLES, Sheet},
            calibration::{Rating, calibrate_with_errors},
            ranking::{draw, heaviest},
            scores::ScoreRules,
            statistics::{Agreement, Crossed, agreement, crossed, six_decimals, too_few},
        },
    },
    material::Material,
    sealed::sealed_for,
    standings::Scoring,
};
use crate::{
    applications::Contender,
    db::Db,
    error::Error,
    http::Actor,
    kernel::{ids::ApplicationId, score::Score},
    programmes::{Policy, Round, Stage},
};

/// Fewer sheets of a reviewer than this say nothing of them that others may see (trust.md §5, 19).
const FEWEST: usize = 3;

/// What the statistics of a round are made of: all but the chance to be funded, which takes a selection.
pub struct Advisory {
    /// The round's policy.
    pub policy: Policy,
    /// The rules of its scores.
    pub rules: ScoreRules,
    /// The ranking.
    pub standings: Vec<Standing>,
    /// Those with a score, by reference: the place in `standings` and the sheets.
    pub drawn: Vec<(usize, Drawn)>,
    /// The statistics, without chances.
    pub shown: RoundStatistics,
}

/// Computes them from what is submitted now; for a person without what is sealed for them.
pub fn advisory(conn: &mut Db, round: &Round, actor: Option<&Actor>) -> Result<Advisory, Error> {
    let material = Material::load(conn, round, None)?;
    let sealed = match actor {
        Some(actor) => sealed_for(conn, actor, round)?,
        None => BTreeSet::new(),
    };
    let (hidden, shown): (Vec<&Contender>, Vec<&Contender>) =
        material.contenders.iter().partition(|contender| sealed.contains(&contender.id));
    let standings = Scoring::of(&material, &shown)?.standings();
    let stages: Vec<Calibrated> =
        material.stages().iter().map(|stage| calibrated(&material, &shown, *stage)).collect();
    let mut applications: Vec<Outlook> =
        standings.iter().map(|line| outlook(line, &stages, &material)).collect();
    set_places(&mut applications);
    let shown = RoundStatistics {
        round_id: round.id,
        applications,
        stages: stages.into_iter().map(|stage| stage.shown).collect(),
        samples: SAMPLES,
        seed: material.policy.seed.clone(),
        note_zh: "以上数字仅供参考，不影响得分与名次。抽样以公布的种子在每个申请内部重新抽取评委；评委只有三至五人时抽样较粗，请与“去掉任一评委后的名次区间”（精确）一并看。".to_owned(),
        note_en: "Advisory: none of this changes a score or a rank. The samples draw reviewers anew within each application with the published seed; with three to five reviewers they are coarse, so read them beside the exact interval of ranks without one reviewer.".to_owned(),
        sealed: hidden
            .into_iter()
            .map(|contender| SealedLine {
                application_id: contender.id,
                reference: contender.reference.clone(),
            })
            .collect(),
        frozen: None,
    };
    let drawn = drawn(&material, &standings);
    Ok(Advisory { rules: material.score_rules(), policy: material.policy, standings, drawn, shown })
}

/// The calibration of one stage.
struct Calibrated {
    by_reference: BTreeMap<String, f64>,
    shown: StageStatistics,
}

fn calibrated(material: &Material, contenders: &[&Contender], stage: Stage) -> Calibrated {
    let mut ratings = Vec::new();
    let mut totals: Vec<Vec<Score>> = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut panels: BTreeSet<Vec<&str>> = BTreeSet::new();
    for contender in contenders {
        let sheets =
            material.pile(contender.id, stage).map(|pile| pile.sheets.as_slice()).unwrap_or_default();
        if sheets.is_empty() {
            continue;
        }
        for sheet in sheets {
            *counts.entry(&sheet.input.reviewer).or_default() += 1;
            ratings.push(Rating {
                application: &sheet.input.application,
                reviewer: &sheet.input.reviewer,
                total: sheet.input.total(),
            });
        }
        totals.push(sheets.iter().map(|sheet| sheet.input.total()).collect());
        panels.insert(sheets.iter().map(|sheet| sheet.input.reviewer.as_str()).collect());
    }
    let absent = too_few(totals.iter().map(Vec::as_slice)).map(|(applications, needed)| AgreementAbsent {
        applications,
        needed,
        zh: format!(
            "有两份及以上评分表的申请只有 {applications} 个，少于 {needed} 个：一致性系数不足以说明问题，不予显示。"
        ),
        en: format!(
            "Only {applications} applications have two or more sheets, of {needed} that are needed: a coefficient of \
             agreement would say nothing."
        ),
    });
    let shown = |totals: &[Vec<Score>]| agreement(totals.iter().map(Vec::as_slice));
    let agreement = if absent.is_none() { shown(&totals) } else { Agreement::default() };
    // Sheets stand by reviewer, so that a panel that is the same everywhere makes a table.
    let whole = absent.is_none() && panels.len() == 1;
    let crossed = if whole { crossed(&totals) } else { Crossed::default() };
    let lambda = f64::from(material.policy.lambda_thousandths) / 1_000.0;
    let calibration = calibrate_with_errors(&ratings, lambda);
    let reviewers = counts
        .into_iter()
        .map(|(reviewer, n)| {
            let known = |all: &BTreeMap<String, f64>| all.get(reviewer).copied().filter(|_| n >= FEWEST);
            let (severity, standard_error) = (known(&calibration.severities), known(&calibration.errors));
            let mut own =
                ratings.iter().filter(|rating| rating.reviewer == reviewer).map(|rating| rating.total);
            let first = own.next();
            ReviewerStatistics {
                reviewer: reviewer.to_owned(),
                severity,
                standard_error,
                notable: severity.zip(standard_error).is_some_and(|(b, error)| b.abs() > 2.0 * error),
                all_equal: n >= FEWEST && own.all(|total| Some(total) == first),
                suppressed: n < FEWEST,
            }
        })
        .collect();
    Calibrated {
        by_reference: calibration.applications,
        shown: StageStatistics {
            stage,
            reviewers,
            krippendorff_alpha: agreement.krippendorff_alpha,
            icc1: agreement.icc1,
            icc2: crossed.icc2,
            icc2k: crossed.icc2k,
            agreement_absent: absent,
            components: calibration.components,
        },
    }
}

fn outlook(line: &Standing, stages: &[Calibrated], material: &Material) -> Outlook {
    let of = |stage: &Calibrated| stage.by_reference.get(line.reference.as_str()).copied();
    let calibrated = match stages {
        [only] => of(only),
        [desk, defence] => of(desk).zip(of(defence)).map(|(desk, defence)| {
            let share = f64::from(material.policy.review.desk_share_bp) / 10_000.0;
            six_decimals(desk * share + defence * (1.0 - share))
        }),
        _ => None,
    };
    Outlook {
        application_id: line.application_id,
        reference: line.reference.clone(),
        score: line.score,
        rank: line.rank,
        rank_interval: line.rank_interval,
        calibrated,
        calibrated_place: None,
        funded: None,
        chance: None,
        zone: None,
    }
}

/// The places the calibrated scores would give; equal ones go by the official rank.
fn set_places(applications: &mut [Outlook]) {
    let mut order: Vec<(f64, usize)> = applications
        .iter()
        .enumerate()
        .filter(|(_, line)| line.rank.is_some())
        .filter_map(|(index, line)| Some((line.calibrated?, index)))
        .collect();
    order.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    for (place, (_, index)) in order.into_iter().enumerate() {
        if let Some(line) = applications.get_mut(index) {
            line.calibrated_place = Some(place + 1);
        }
    }
}

/// The applications with a score as the bootstrap draws them, by reference.
fn drawn(material: &Material, standings: &[Standing]) -> Vec<(usize, Drawn)> {
    let mut scored: Vec<(usize, &Standing)> =
        standings.iter().enumerate().filter(|(_, line)| line.score.is_some()).collect();
    // Of equals the smaller amount goes first, then the draw: one order that no sheet changes.
    scored.sort_by_cached_key(|(_, line)| {
        (line.requested, draw(&material.policy.seed, line.reference.as_str()))
    });
    let order: BTreeMap<ApplicationId, usize> =
        scored.iter().enumerate().map(|(order, (_, line))| (line.application_id, order)).collect();
    scored.sort_by(|one, other| one.1.reference.cmp(&other.1.reference));
    let sheets = |application: ApplicationId, stage: Stage| -> Vec<Sheet> {
        let heaviest = heaviest(&material.criteria(stage));
        let pile = material.pile(application, stage).map(|pile| pile.sheets.as_slice()).unwrap_or_default();
        let mark = |marks: &[Score]| heaviest.and_then(|at| marks.get(at)).map_or(0, |m| m.hundredths());
        pile.iter().map(|sheet| (sheet.input.total().hundredths(), mark(&sheet.input.marks))).collect()
    };
    scored
        .into_iter()
        .map(|(index, line)| {
            let id = line.application_id;
            let drawn = Drawn {
                desk: sheets(id, Stage::Desk),
                defence: if material.policy.review.defence { sheets(id, Stage::Defence) } else { Vec::new() },
                order: order.get(&id).copied().unwrap_or(0),
            };
            (index, drawn)
        })
        .collect()
}
