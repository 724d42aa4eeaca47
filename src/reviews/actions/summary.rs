//! 评审汇总表: what a meeting has on the table, from the same sheets as the export.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{rules::report::ApplicationLine, store},
    report::{Part, ScoreFile, record_score_file, score_file},
};
use crate::{
    db::Db,
    error::{Error, codes},
    http::Caller,
    kernel::{
        ids::{ExpertId, OrganizationId, RoundId},
        money::Money,
        role::Role,
        score::Score,
        time::Timestamp,
    },
    organizations,
    programmes::Stage,
};

/// Roles that may have the experts' names on it.
pub const NAMERS: &[Role] = &[Role::Supervisor, Role::CenterDirector];

/// The longest reason, in characters.
const MAX_REASON: usize = 500;

/// Everything on the sheet.
pub struct Summary {
    /// What it is computed from.
    pub file: ScoreFile,
    /// The columns: by stage what stands for each reviewer, and the name where it was asked for.
    pub columns: Vec<Column>,
    /// One row a project, in the order of the ranks.
    pub rows: Vec<SummaryRow>,
    /// SHA-256 of the export of the same sheets.
    pub digest: String,
    /// When it was made.
    pub made_at: Timestamp,
}

/// A column of totals.
pub struct Column {
    /// Where its totals stand in a row: the stage, and what stands for the reviewer.
    pub of: (Stage, String),
    /// The reviewer's name.
    pub name: Option<String>,
}

/// One project.
pub struct SummaryRow {
    /// What was computed.
    pub line: ApplicationLine,
    /// Its title.
    pub title: String,
    /// Whose it is.
    pub organization: String,
    /// What is asked for.
    pub requested: Money,
    /// Totals by stage and what stands for the reviewer.
    pub totals: BTreeMap<(Stage, String), Score>,
    /// Which of them are not in the score of their stage.
    pub dropped: BTreeSet<(Stage, String)>,
    /// The chair let the diverging scores stand.
    pub confirmed: bool,
}

/// The sheet, without names.
pub fn summary(conn: &mut Db, by: &Caller, round: RoundId, part: Part) -> Result<Summary, Error> {
    let file = score_file(conn, by, round, part)?;
    let report = file.report()?;
    let mut totals: BTreeMap<String, BTreeMap<(Stage, String), Score>> = BTreeMap::new();
    let mut dropped: BTreeMap<String, BTreeSet<(Stage, String)>> = BTreeMap::new();
    let mut columns = Vec::new();
    for stage in file.stages() {
        let alone = file.input.of_stage(stage);
        for review in &alone.reviews {
            let of = totals.entry(review.application.clone()).or_default();
            of.insert((stage, review.reviewer.clone()), review.total());
        }
        let told = alone.report().map_err(Error::internal)?;
        for line in told.applications {
            let ends = line.dropped.into_iter().flat_map(|dropped| [dropped.high, dropped.low]);
            dropped.entry(line.application).or_default().extend(ends.map(|who| (stage, who)));
        }
        columns
            .extend(told.reviewers.into_iter().map(|line| Column { of: (stage, line.reviewer), name: None }));
    }
    let by_reference: BTreeMap<&str, _> =
        file.applications.iter().map(|application| (application.reference.as_str(), application)).collect();
    let groups: BTreeSet<OrganizationId> = file.applications.iter().map(|a| a.organization_id).collect();
    let groups: Vec<OrganizationId> = groups.into_iter().collect();
    let names: BTreeMap<OrganizationId, String> = organizations::find_all(conn, &groups)?
        .into_iter()
        .map(|organization| (organization.id, organization.name))
        .collect();
    let mut rows = Vec::with_capacity(report.applications.len());
    for line in report.applications {
        let Some(application) = by_reference.get(line.application.as_str()) else { continue };
        rows.push(SummaryRow {
            title: application.title.clone(),
            organization: names.get(&application.organization_id).cloned().unwrap_or_default(),
            requested: application.requested.unwrap_or_default(),
            totals: totals.remove(&line.application).unwrap_or_default(),
            dropped: dropped.remove(&line.application).unwrap_or_default(),
            confirmed: file.confirmed.contains(&line.application),
            line,
        });
    }
    let digest = file.digest()?;
    Ok(Summary { file, columns, rows, digest, made_at: by.now })
}

/// The same with the experts' names, for those who may have them and say what for.
pub fn named_summary(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    part: Part,
    reason: Option<&str>,
) -> Result<Summary, Error> {
    let mut summary = summary(conn, by, round, part)?;
    by.actor.require(summary.file.round.programme_id, NAMERS)?;
    let reason = reason.map(str::trim).unwrap_or_default();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(Error::new(&codes::SCORE_NAMES_REASON).with("max", MAX_REASON));
    }
    let ids: Vec<ExpertId> = summary.file.reviewers.values().copied().collect();
    let names = store::names_of(conn, &ids)?;
    for Column { of: (_, code), name } in &mut summary.columns {
        *name = summary.file.reviewers.get(code).and_then(|id| names.get(id).cloned());
    }
    Ok(summary)
}

/// Puts on record that it left the house, with names and why, or without.
pub fn record_summary(
    conn: &mut Db,
    by: &Caller,
    summary: &Summary,
    reason: Option<&str>,
) -> Result<(), Error> {
    record_score_file(conn, by, &summary.file, "score_summary.export", &summary.digest, reason)
}
