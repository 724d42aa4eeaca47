//! Score sheets that are filled in elsewhere: an expert's own as a workbook, and the workbook back into the drafts.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        model::{Expert, Review, ReviewState},
        store,
    },
    conflicts,
    offline_rows::{self, Judged, columns},
    record, sheets,
};
use crate::{
    applications::{self, Application, ApplicationState},
    db::Db,
    error::{Error, codes},
    http::{Caller, View},
    kernel::{
        ids::{ApplicationId, RoundId},
        role::Role,
    },
    programmes::{self, Criterion, Policy, Round, Stage},
    sheets::{
        Sheet,
        book::{Book, Content, Look},
    },
};

/// Who fills sheets in.
pub const MARKERS: &[Role] = &[Role::Reviewer];

/// The most sheets of one expert in one stage; far above any load.
const MAX_SHEETS: i64 = 2_000;

/// What an upload would change, or has changed.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OfflineSheets {
    /// The rows that change something.
    pub rows: Vec<OfflineRow>,
    /// So many rows say what is stored already.
    pub unchanged: usize,
    /// What is wrong; while there is anything, nothing is written.
    pub faults: Vec<OfflineFault>,
    /// True where it was written.
    pub written: bool,
}

impl View for OfflineSheets {}

/// A row that changes something.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OfflineRow {
    /// Its number in the file.
    pub row: u32,
    /// The application.
    pub reference: String,
    /// What changes.
    pub changes: Vec<OfflineChange>,
}

/// A cell that says something else than what is stored.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct OfflineChange {
    /// The cell, such as `G7`.
    pub cell: String,
    /// The code of its column.
    pub column: String,
    /// What is stored; none: nothing.
    pub old: Option<String>,
    /// What the cell says.
    pub new: String,
}

/// Something wrong with a row or a cell.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OfflineFault {
    /// The row in the file.
    pub row: u32,
    /// The cell, such as `G7`; none where it is the whole row's.
    pub cell: Option<String>,
    /// The stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub detail: String,
}

/// One of the expert's own sheets.
pub struct OwnSheet {
    /// The sheet.
    pub review: Review,
    /// What it is about.
    pub application: Application,
}

/// Everything that is needed to write a workbook or to read one.
pub struct Desk {
    /// The round.
    pub round: Round,
    /// Its policy.
    pub policy: Policy,
    /// The stage.
    pub stage: Stage,
    /// The criteria of the stage.
    pub criteria: Vec<Criterion>,
    /// The expert.
    pub expert: Expert,
    /// Their sheets of the stage, by the references.
    pub sheets: Vec<OwnSheet>,
}

/// 404 for whoever is no expert of the round's programme, 403 for those with other roles.
pub fn require_marker(conn: &mut Db, by: &Caller, round: RoundId) -> Result<(Round, Expert), Error> {
    let round = programmes::see_published(conn, round)?;
    by.actor.require(round.programme_id, MARKERS)?;
    let expert = store::expert_of_user(conn, round.programme_id, by.actor.user_id)?;
    Ok((round, expert.ok_or_else(Error::not_found)?))
}

fn desk(conn: &mut Db, by: &Caller, round: RoundId, stage: Stage) -> Result<Desk, Error> {
    let (round, expert) = require_marker(conn, by, round)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    if stage == Stage::Defence && !policy.review.defence {
        return Err(Error::new(&codes::UNKNOWN_FILTER).with("reason", "stage"));
    }
    let criteria = programmes::rubric_of(conn, round.id, round.rubric_number)?.of(stage).to_vec();
    let mut own = store::list(conn, round.id, Some(expert.id), None, &BTreeSet::new(), None, MAX_SHEETS)?;
    own.retain(|review| review.stage == stage);
    let ids: Vec<ApplicationId> = own.iter().map(|review| review.application_id).collect();
    let known: BTreeMap<ApplicationId, Application> = applications::find_all(conn, &ids)?
        .into_iter()
        .map(|application| (application.id, application))
        .collect();
    let mut sheets: Vec<OwnSheet> = own
        .into_iter()
        .filter_map(|review| {
            let application = known.get(&review.application_id)?.clone();
            Some(OwnSheet { review, application })
        })
        .collect();
    sheets.sort_by(|a, b| {
        let key = |sheet: &OwnSheet| (sheet.application.reference.to_string(), sheet.review.reading);
        key(a).cmp(&key(b))
    });
    Ok(Desk { round, policy, stage, criteria, expert, sheets })
}

/// The expert's open sheets of a stage as a workbook, and its name. What was not declared yet says nothing of its
/// application but the number.
pub fn my_sheets(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    stage: Stage,
) -> Result<(Vec<u8>, String), Error> {
    let desk = desk(conn, by, round, stage)?;
    let columns = columns(&desk.criteria, desk.policy.mark_step);
    let all: Vec<Application> = desk.sheets.iter().map(|own| own.application.clone()).collect();
    let tied = conflicts::ties_of_round(conn, &all, std::slice::from_ref(&desk.expert))?;
    let titles = applications::expert_titles(conn, &desk.round, &all)?;
    let mut book = Book::new(by.now)?;
    let mut page = book.page("评分表 sheets")?;
    for (place, column) in columns.iter().enumerate() {
        page.put(0, place, &Content::Text(column.name()), Look::Head)?;
        page.width(place, offline_rows::width(&column.code))?;
    }
    page.freeze(1, 2)?;
    let mut row = 1;
    for own in &desk.sheets {
        if !own.review.state.is_open() || own.application.state != ApplicationState::Scoring {
            continue;
        }
        let is_tied = tied.contains_key(&(own.application.id, desk.expert.id));
        let may_mark = own.review.state == ReviewState::Declared && !is_tied;
        let shown = titles.get(&own.application.id).filter(|_| may_mark).map(String::as_str);
        let cells = offline_rows::cells(&columns, own, shown)?;
        for (place, (content, is_entry)) in cells.into_iter().enumerate() {
            let look = if is_entry && may_mark { Look::Entry } else { Look::Shut };
            page.put(row, place, &content, look)?;
        }
        row += 1;
    }
    if row > 1 {
        for (place, column) in columns.iter().enumerate() {
            let code = column.code.strip_prefix(offline_rows::MARK);
            if let Some(criterion) =
                code.and_then(|code| desk.criteria.iter().find(|criterion| criterion.code == code))
            {
                page.limit_marks((1, row - 1), place, criterion.max, desk.policy.mark_step)?;
            }
        }
    }
    page.protect();
    anchors(&mut book, &desk)?;
    let name = format!("我的评分表-{}-{}.xlsx", desk.round.year, desk.stage);
    Ok((book.finish()?, name))
}

/// What the marks stand for, and how the sheet is filled in.
fn anchors(book: &mut Book, desk: &Desk) -> Result<(), Error> {
    let mut page = book.page("评分标准 criteria")?;
    for (place, (name, width)) in
        [("评分项 criterion", 24), ("满分 max", 10), ("分值起 from", 12), ("含义 meaning", 70)]
            .into_iter()
            .enumerate()
    {
        page.put(0, place, &Content::Text(name.to_owned()), Look::Head)?;
        page.width(place, width)?;
    }
    let mut row = 1;
    for criterion in &desk.criteria {
        let head = |content: Content| (content, Look::Plain);
        let first =
            [head(Content::Text(criterion.name.clone())), head(Content::Decimal(criterion.max.to_string()))];
        for (place, (content, look)) in first.into_iter().enumerate() {
            page.put(row, place, &content, look)?;
        }
        for anchor in &criterion.anchors {
            page.put(row, 2, &Content::Decimal(anchor.from.to_string()), Look::Plain)?;
            page.put(row, 3, &Content::Text(anchor.text.clone()), Look::Plain)?;
            row += 1;
        }
        if criterion.anchors.is_empty() {
            row += 1;
        }
    }
    for hint in HINTS {
        row += 1;
        page.put(row, 0, &Content::Text(hint.to_owned()), Look::Note)?;
    }
    Ok(())
}

const HINTS: [&str; 4] = [
    "只填写浅黄色单元格；空白单元格不改变系统中已有的内容。 Fill in the yellow cells; an empty cell changes nothing.",
    "“版本”列请勿改动：系统据此发现他处的修改。 Leave the version as it is: by it a change made elsewhere is seen.",
    "灰色行须先在系统中签回避声明，再重新下载。 Declare in the system first for the grey rows, then download again.",
    "上传只保存草稿；提交须在系统中逐份确认。 An upload saves drafts; each sheet is handed in in the system.",
];

/// The stage a file is for: that of its first row, the desk review where it says nothing.
fn stage_of(file: &Sheet) -> Stage {
    let place = file.header.iter().position(|name| offline_rows::is_stage(name));
    let said = place.and_then(|place| file.rows.first()?.cells.get(place)?.trim().parse().ok());
    said.unwrap_or_default()
}

fn judge(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    file: &Result<Sheet, Error>,
) -> Result<(Desk, Judged), Error> {
    require_marker(conn, by, round)?;
    by.proceed_unversioned(conn)?;
    let file = file.as_ref().map_err(Clone::clone)?;
    let desk = desk(conn, by, round, stage_of(file))?;
    let judged = offline_rows::judge(conn, by, &desk, file)?;
    Ok((desk, judged))
}

/// What the file would change; nothing is written.
pub fn preview_my_sheets(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    file: &Result<Sheet, Error>,
) -> Result<OfflineSheets, Error> {
    let (_, judged) = judge(conn, by, round, file)?;
    Ok(judged.told(by.language, false))
}

/// Writes all rows into their drafts, or none.
pub fn write_my_sheets(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    file: &Result<Sheet, Error>,
) -> Result<OfflineSheets, Error> {
    let (desk, judged) = judge(conn, by, round, file)?;
    judged.refuse()?;
    let told = judged.told(by.language, true);
    let count = judged.drafts.len();
    for draft in judged.drafts {
        sheets::write_content(conn, by, draft.sheet, &draft.content)?;
    }
    let subject = ("round", desk.round.id.to_string());
    let detail = serde_json::json!({"stage": desk.stage, "sheets": count});
    record(conn, by, desk.round.programme_id, "review.upload", subject, (None, None), detail)?;
    Ok(told)
}
