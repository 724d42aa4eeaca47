//! Reviews: assigned as in `reviews.csv`, declared, marked, handed in; then flagged scores are let stand.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    client::{Ask, StepError},
    folder::Sheet,
    run::{Created, Run},
    stage_accounts::Office,
    stage_intake::Accepted,
    stage_pool::{Member, Members},
    summary::RefusedReview,
};
use crate::kernel::score::Score;

/// How many days after the window the experts work.
const REVIEWED: u64 = 5;

/// How far the experts get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All sheets are handed in.
    All,
    /// About half of them are; the choice depends on the folder alone.
    Half,
}

struct Assigned<'a> {
    sheet: &'a Sheet,
    reviewer: &'a Member,
    handed_in: bool,
    review: Created,
}

/// Works on all sheets of applications that are in the review; gives back those that were refused for a conflict.
pub fn run(
    run: &Run<'_>,
    office: &Office,
    eligible: &[Accepted],
    reviewers: &Members,
    extent: Extent,
) -> Vec<RefusedReview> {
    let closed = run.folder.call.closes_on.0;
    run.server.move_to(closed.checked_add_days(Days::new(REVIEWED)).unwrap_or(closed));
    let applications: BTreeMap<&str, &Accepted> =
        eligible.iter().map(|application| (application.reference.as_str(), application)).collect();
    let sheets: Vec<(&Sheet, &Accepted, bool)> = half(&run.folder.sheets, extent)
        .filter_map(|(sheet, handed_in)| {
            applications.get(sheet.reference.as_str()).map(|application| (sheet, *application, handed_in))
        })
        .collect();
    let kinds: BTreeMap<(&str, &str), &str> = run
        .folder
        .ties
        .iter()
        .map(|t| ((t.reference.as_str(), t.reviewer.as_str()), t.kind.as_str()))
        .collect();

    run.stage("分派 assignment", sheets.len());
    let assigned = run.each(&sheets, |(sheet, application, handed_in)| {
        let missing = || StepError::unfit("分派 assign", &sheet.reference, "its reviewer is not in the pool");
        let reviewer = reviewers.get(&sheet.reviewer).ok_or_else(missing)?;
        let ask = Ask::post("分派 assign", format!("/applications/{}/reviews", application.id))
            .about(&sheet.reference)
            .with(json!({"expert_id": reviewer.id}));
        match run.client.ask(&office.officer, &ask) {
            Ok(review) => Ok(Ok(Assigned { sheet, reviewer, handed_in: *handed_in, review })),
            Err(error) if error.is_refused_with("review.conflict") => Ok(Err(refused(sheet))),
            Err(error) => Err(error),
        }
    });
    let (mut work, mut refusals) = (Vec::new(), Vec::new());
    for outcome in assigned {
        match outcome {
            Ok(sheet) => work.push(sheet),
            Err(refusal) => refusals.push(refusal),
        }
    }

    // Who declares a tie does so before any sheet is marked.
    let (barred, free): (Vec<_>, Vec<_>) = work
        .into_iter()
        .partition(|a| kinds.contains_key(&(a.sheet.reference.as_str(), a.sheet.reviewer.as_str())));
    let stepped_back = run.each(&barred, |assigned| {
        let pair = (assigned.sheet.reference.as_str(), assigned.sheet.reviewer.as_str());
        step_back(run, assigned, kinds.get(&pair).copied().unwrap_or_default())
    });
    refusals.extend(stepped_back);
    // Who has a tie but no row in `reviews.csv` says so too.
    let rows: BTreeSet<(&str, &str)> =
        run.folder.sheets.iter().map(|sheet| (sheet.reference.as_str(), sheet.reviewer.as_str())).collect();
    let silent: Vec<(&str, &str, &str, &Accepted)> = kinds
        .iter()
        .filter(|(pair, _)| !rows.contains(*pair))
        .filter_map(|((reference, reviewer), kind)| {
            Some((*reference, *reviewer, *kind, *applications.get(reference)?))
        })
        .collect();
    run.each(&silent, |&(reference, reviewer, kind, application)| {
        let missing = || StepError::unfit("回避 recusal", reference, "its reviewer is not in the pool");
        let reviewer = reviewers.get(reviewer).ok_or_else(missing)?;
        declare_tie(run, office, application, reviewer, (reference, kind))
    });

    run.stage("评审 reviews", free.len());
    run.each(&free, |assigned| mark(run, assigned));
    refusals.sort();
    refusals
}

fn refused(sheet: &Sheet) -> RefusedReview {
    RefusedReview { reference: sheet.reference.clone(), reviewer: sheet.reviewer.clone() }
}

/// The reviewer steps back; the row of the file is tried all the same, and must be refused.
fn step_back(run: &Run<'_>, assigned: &Assigned<'_>, kind: &str) -> Result<RefusedReview, StepError> {
    let Assigned { sheet, reviewer, review, .. } = assigned;
    let ask = Ask::post("回避 recusal", format!("/reviews/{}/recusal", review.id))
        .about(&sheet.reference)
        .seen(review.version)
        .with(json!({"kind": kind}));
    let recused: Created = run.client.ask(&reviewer.account, &ask)?;
    let ask = Ask::patch("评分 mark", format!("/reviews/{}", review.id))
        .about(&sheet.reference)
        .seen(recused.version)
        .with(content(sheet));
    match run.client.ask::<Value>(&reviewer.account, &ask) {
        Err(StepError::Refused { status: 403 | 409, .. }) => Ok(refused(sheet)),
        Err(other) => Err(other),
        Ok(_) => {
            Err(StepError::unfit("评分 mark", &sheet.reference, "a sheet was taken in spite of a conflict"))
        }
    }
}

/// A reviewer who scores nothing of it steps back all the same: asked, they say so. Where the program knows of a tie already
/// they are not even asked.
fn declare_tie(
    run: &Run<'_>,
    office: &Office,
    application: &Accepted,
    reviewer: &Member,
    (reference, kind): (&str, &str),
) -> Result<(), StepError> {
    let ask = Ask::post("分派 assign", format!("/applications/{}/reviews", application.id))
        .about(reference)
        .with(json!({"expert_id": reviewer.id}));
    let review: Created = match run.client.ask(&office.officer, &ask) {
        Ok(review) => review,
        Err(error) if error.is_refused_with("review.conflict") => return Ok(()),
        Err(error) => return Err(error),
    };
    let ask = Ask::post("回避 recusal", format!("/reviews/{}/recusal", review.id))
        .about(reference)
        .seen(review.version)
        .with(json!({"kind": kind}));
    run.client.ask::<Value>(&reviewer.account, &ask).map(|_| ())
}

fn content(sheet: &Sheet) -> Value {
    json!({
        "marks": sheet.marks,
        "suggested_amount": sheet.suggested_amount,
        "comment": sheet.comment,
    })
}

fn mark(run: &Run<'_>, assigned: &Assigned<'_>) -> Result<(), StepError> {
    let Assigned { sheet, reviewer, review, handed_in } = assigned;
    let (subject, by) = (sheet.reference.as_str(), &reviewer.account);
    let path = format!("/reviews/{}/declaration", review.id);
    let ask = Ask::post("签回避声明 declare", path).about(subject).seen(review.version);
    let declared: Created = run.client.ask(by, &ask)?;
    if !handed_in {
        return Ok(());
    }
    let ask = Ask::patch("评分 mark", format!("/reviews/{}", review.id))
        .about(subject)
        .seen(declared.version)
        .with(content(sheet));
    let marked: Created = run.client.ask(by, &ask)?;
    let path = format!("/reviews/{}/submission", review.id);
    let ask = Ask::post("提交评分 submit the sheet", path).about(subject).seen(marked.version);
    let _: Created = run.client.ask(by, &ask)?;
    Ok(())
}

/// Which sheets are handed in. Half of them: of four applications one is done, one not begun, two are under way.
fn half(sheets: &[Sheet], extent: Extent) -> impl Iterator<Item = (&Sheet, bool)> {
    let references: BTreeSet<&str> = sheets.iter().map(|sheet| sheet.reference.as_str()).collect();
    let places: BTreeMap<&str, usize> = references.into_iter().zip(0..).collect();
    sheets.iter().zip(0usize..).map(move |(sheet, index)| {
        let handed_in = match (extent, places.get(sheet.reference.as_str()).map(|place| place % 4)) {
            (Extent::All, _) | (Extent::Half, Some(0)) => true,
            (Extent::Half, Some(3)) => false,
            (Extent::Half, _) => index % 2 == 0,
        };
        (sheet, handed_in)
    })
}

/// A line of the ranking.
#[derive(Clone, Debug, Deserialize)]
pub struct Standing {
    application_id: String,
    reference: String,
    /// The official score.
    pub score: Option<Score>,
    flagged: bool,
    confirmed: bool,
}

#[derive(Deserialize)]
struct Standings {
    items: Vec<Standing>,
}

/// The chair lets flagged scores stand; gives back the ranking.
pub fn settle(run: &Run<'_>, office: &Office, round: &str) -> Result<Vec<Standing>, StepError> {
    let ask = Ask::get("排名 ranking", format!("/rounds/{round}/ranking"));
    let ranking: Standings = run.client.ask(&office.officer, &ask)?;
    let flagged: Vec<&Standing> =
        ranking.items.iter().filter(|line| line.flagged && !line.confirmed).collect();
    run.stage("分歧确认 confirmations", flagged.len());
    run.each(&flagged, |line| {
        let path = format!("/applications/{}/score-confirmation", line.application_id);
        let ask = Ask::post("分歧确认 confirm", path)
            .about(&line.reference)
            .with(json!({"reason": "组长复核,维持原评分。"}));
        run.client.ask::<Value>(&office.chair, &ask)
    });
    Ok(ranking.items)
}
