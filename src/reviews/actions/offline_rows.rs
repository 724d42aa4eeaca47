//! The rows of a workbook of score sheets: what its columns are, what stands in them, and what an upload of them means.

use std::collections::BTreeMap;

use super::{
    offline::{Desk, OfflineChange, OfflineFault, OfflineRow, OfflineSheets, OwnSheet},
    sheets::{self, OpenedSheet},
};
use crate::{
    db::Db,
    error::{Error, Fault, Language, codes},
    http::Caller,
    imports::rules::{Cells, Column, RowFault, places},
    kernel::{money::Money, score::Score, text::fold},
    programmes::Criterion,
    reviews::model::{ReviewState, SheetContent},
    sheets::{Row, Sheet, book::Content, cell_name},
};

/// Before the code of a criterion in the column of its marks.
pub const MARK: &str = "mark:";
/// Before it in the column of what is said of the mark.
const SAID: &str = "said:";

/// The columns of a stage, in the order in which they are filled in.
pub fn columns(criteria: &[Criterion], step: Score) -> Vec<Column> {
    let short = |name: &str| name.chars().take(60).collect::<String>();
    let mut columns = vec![
        Column::new("reference", "编号", "").required(),
        Column::new("title", "项目名称", ""),
        Column::new("state", "状态", ""),
    ];
    columns.extend(criteria.iter().map(|criterion| {
        let label = format!("{} 0–{}，步长 {step}", short(&criterion.name), criterion.max);
        Column::new(format!("{MARK}{}", criterion.code), label, "")
    }));
    columns.push(Column::new("suggested_amount", "建议金额", ""));
    columns.push(Column::new("comment", "总评（告知申报人）", ""));
    columns.extend(criteria.iter().map(|criterion| {
        Column::new(
            format!("{SAID}{}", criterion.code),
            format!("{} 评语（告知申报人）", short(&criterion.name)),
            "",
        )
    }));
    columns.push(Column::new("staff_comment", "内部意见（仅工作人员）", ""));
    columns.push(Column::new("stage", "环节", "").required());
    columns.push(Column::new("reading", "轮次", "").required());
    columns.push(Column::new("version", "版本", "").required());
    columns
}

/// True for the head of the column that names the stage.
pub fn is_stage(name: &str) -> bool {
    let name = fold(name);
    ["stage", "环节", "环节 (stage)"].iter().any(|known| fold(known) == name)
}

/// How wide a column is, in characters.
pub fn width(code: &str) -> u16 {
    match code {
        "reference" => 15,
        "title" => 28,
        "state" => 22,
        "suggested_amount" => 14,
        "comment" | "staff_comment" => 40,
        "stage" | "reading" | "version" => 9,
        said if said.starts_with(SAID) => 32,
        _ => 13,
    }
}

/// What stands in a row, and which of its cells are filled in; `title` is absent where the application is not shown.
pub fn cells(columns: &[Column], own: &OwnSheet, title: Option<&str>) -> Result<Vec<(Content, bool)>, Error> {
    let stored = Stored::of(own)?;
    let text = |text: String| (Content::Text(text), false);
    let cell = |column: &Column| match column.code.as_str() {
        "reference" => text(own.application.reference.to_string()),
        "title" => text(title.unwrap_or_default().to_owned()),
        "state" if title.is_some() => text("可评分 open".to_owned()),
        "state" => text("请先在系统中签回避声明 declare first".to_owned()),
        "stage" => text(own.review.stage.to_string()),
        "reading" => (count(own.review.reading), false),
        "version" => (count(own.review.version), false),
        "suggested_amount" => (Content::decimal(own.review.suggested_amount), true),
        code if code.starts_with(MARK) => (Content::decimal(stored.value(code)), true),
        code => (stored.value(code).map_or(Content::Blank, Content::Text), true),
    };
    let hidden = |(content, is_entry): (Content, bool)| {
        // What is on a sheet that may not be marked is its own expert's all the same, but it is not shown here.
        if is_entry && title.is_none() { (Content::Blank, true) } else { (content, is_entry) }
    };
    Ok(columns.iter().map(|column| hidden(cell(column))).collect())
}

fn count(number: i32) -> Content {
    usize::try_from(number).map_or(Content::Blank, Content::Count)
}

/// What is on a sheet now, as texts by the codes of the columns.
struct Stored(BTreeMap<String, String>);

impl Stored {
    fn of(own: &OwnSheet) -> Result<Self, Error> {
        let review = &own.review;
        let mut all = BTreeMap::new();
        all.extend(
            review.marks()?.into_iter().map(|(code, mark)| (format!("{MARK}{code}"), mark.to_string())),
        );
        all.extend(review.mark_comments()?.into_iter().map(|(code, said)| (format!("{SAID}{code}"), said)));
        all.extend(review.suggested_amount.map(|amount| ("suggested_amount".to_owned(), amount.to_string())));
        for (code, said) in [("comment", &review.comment), ("staff_comment", &review.staff_comment)] {
            if !said.is_empty() {
                all.insert(code.to_owned(), said.clone());
            }
        }
        Ok(Self(all))
    }

    fn value(&self, code: &str) -> Option<String> {
        self.0.get(code).cloned()
    }
}

/// A row that changes something, with its sheet opened to be written.
pub struct Draft {
    /// The row.
    pub row: OfflineRow,
    /// The sheet.
    pub sheet: OpenedSheet,
    /// What is written.
    pub content: SheetContent,
}

/// What an upload means.
pub struct Judged {
    /// The rows that change something.
    pub drafts: Vec<Draft>,
    unchanged: usize,
    faults: Vec<RowFault>,
    header: Vec<Option<String>>,
}

impl Judged {
    fn cell(&self, fault: &RowFault) -> Option<String> {
        let code = fault.column.as_deref()?;
        let place = self.header.iter().position(|column| column.as_deref() == Some(code))?;
        Some(cell_name(place, fault.row))
    }

    /// 422 with every fault at its cell.
    pub fn refuse(&self) -> Result<(), Error> {
        if self.faults.is_empty() {
            return Ok(());
        }
        let at = |fault: &RowFault| {
            let place = self.cell(fault).unwrap_or_else(|| fault.row.to_string());
            let mut told = Fault::new(format!("/{place}"), fault.code);
            told.params.clone_from(&fault.params);
            told
        };
        let mut refused = Error::invalid(self.faults.iter().map(at).collect());
        // One fault or many: it is the file that cannot be taken.
        refused.code = &codes::INVALID;
        refused.params = vec![("count", self.faults.len().to_string())];
        Err(refused)
    }

    /// The same in words.
    pub fn told(&self, language: Language, written: bool) -> OfflineSheets {
        let fault = |fault: &RowFault| OfflineFault {
            row: fault.row,
            cell: self.cell(fault),
            code: fault.code.code.to_owned(),
            detail: fault.code.sentence(language, &fault.params),
        };
        OfflineSheets {
            rows: self.drafts.iter().map(|draft| draft.row.clone()).collect(),
            unchanged: self.unchanged,
            faults: self.faults.iter().map(fault).collect(),
            written,
        }
    }
}

/// Reads all rows; what is wrong with any of them is told together.
pub fn judge(conn: &mut Db, by: &Caller, desk: &Desk, file: &Sheet) -> Result<Judged, Error> {
    let columns = columns(&desk.criteria, desk.policy.mark_step);
    let header = places(&file.header, &columns)?;
    let codes_of = header.iter().map(|column| column.map(|column| column.code.clone())).collect();
    let mut judged = Judged { drafts: Vec::new(), unchanged: 0, faults: Vec::new(), header: codes_of };
    let mut met: BTreeMap<String, u32> = BTreeMap::new();
    for row in &file.rows {
        let read = read(desk, row, &header);
        let mut faults = read.faults;
        let Some(own) = read.own else {
            judged.faults.extend(faults);
            continue;
        };
        if let Some(earlier) = met.insert(own.review.id.to_string(), row.number) {
            let fault = RowFault::new(row.number, Some("reference"), &codes::IMPORT_ROW_TWICE);
            faults.push(fault.with("row", earlier));
        }
        let stored = Stored::of(own)?;
        let (content, changes) = changed(&stored, read.said, &judged.header, row.number);
        if changes.is_empty() && faults.is_empty() {
            judged.unchanged += 1;
            continue;
        }
        // Whoever filled in a sheet that was not declared is told that first.
        if read.version != Some(own.review.version) && own.review.state == ReviewState::Declared {
            let fault = RowFault::new(row.number, Some("version"), &codes::OFFLINE_SHEET_STALE);
            faults.push(fault.with("version", own.review.version));
        }
        match sheets::open_to_write(conn, by, own.review.id) {
            Ok(sheet) => {
                let wrong = sheets::content_faults(conn, &sheet, &content)?;
                faults.extend(wrong.iter().map(|fault| at_column(row.number, fault)));
                let reference = own.application.reference.to_string();
                let row = OfflineRow { row: row.number, reference, changes };
                judged.drafts.push(Draft { row, sheet, content });
            }
            Err(error) if error.status() < 500 => {
                let fault = RowFault::new(row.number, None, error.code);
                faults.push(RowFault { params: error.params, ..fault });
            }
            Err(error) => return Err(error),
        }
        judged.faults.extend(faults);
    }
    Ok(judged)
}

/// A fault of the content at the column it came from.
fn at_column(row: u32, fault: &Fault) -> RowFault {
    let pointer = fault.pointer.trim_start_matches('/');
    let code = |rest: &str| rest.replace("~1", "/").replace("~0", "~");
    let column = match pointer.split_once('/') {
        Some(("marks", rest)) => format!("{MARK}{}", code(rest)),
        Some(("mark_comments", rest)) => format!("{SAID}{}", code(rest)),
        _ => pointer.to_owned(),
    };
    RowFault { params: fault.params.clone(), ..RowFault::new(row, Some(&column), fault.code) }
}

/// One row as it was read.
struct ReadRow<'a> {
    own: Option<&'a OwnSheet>,
    version: Option<i32>,
    said: Said,
    faults: Vec<RowFault>,
}

/// What the cells that are filled in say; an empty one says nothing.
#[derive(Default)]
struct Said {
    marks: BTreeMap<String, Score>,
    comments: BTreeMap<String, String>,
    amount: Option<Money>,
    comment: Option<String>,
    staff_comment: Option<String>,
}

fn read<'a>(desk: &'a Desk, row: &Row, header: &[Option<&Column>]) -> ReadRow<'a> {
    let mut cells = Cells::new(row, header);
    let reference = cells.required("reference").map(str::to_owned);
    let stage = cells.required("stage").map(str::to_owned);
    let whole = |cells: &mut Cells<'_>, code: &str| {
        cells.required(code)?;
        cells.integer(code).and_then(|number| i32::try_from(number).ok())
    };
    let (reading, version) = (whole(&mut cells, "reading"), whole(&mut cells, "version"));
    let mut own = None;
    if let (Some(reference), Some(stage)) = (&reference, &stage) {
        own = desk.sheets.iter().find(|own| {
            own.application.reference.as_str() == reference.as_str()
                && *stage == own.review.stage.to_string()
                && reading == Some(own.review.reading)
        });
        // The same words for a sheet of somebody else as for one that is not there.
        if own.is_none() {
            let shown: String = reference.chars().take(40).collect();
            let fault = RowFault::new(row.number, Some("reference"), &codes::OFFLINE_SHEET_UNKNOWN);
            cells.faults.push(fault.with("reference", shown));
        }
    }
    let mut said = Said::default();
    for criterion in &desk.criteria {
        let column = format!("{MARK}{}", criterion.code);
        if let Some(text) = cells.text(&column) {
            match text.parse::<Score>() {
                Ok(mark) => {
                    said.marks.insert(criterion.code.clone(), mark);
                }
                Err(_) => cells.faults.push(
                    RowFault::new(row.number, Some(&column), &codes::R203)
                        .with("criterion", &criterion.name)
                        .with("max", criterion.max)
                        .with("step", desk.policy.mark_step),
                ),
            }
        }
        if let Some(text) = cells.text(&format!("{SAID}{}", criterion.code)) {
            said.comments.insert(criterion.code.clone(), text.to_owned());
        }
    }
    said.amount = cells.money("suggested_amount");
    said.comment = cells.text("comment").map(str::to_owned);
    said.staff_comment = cells.text("staff_comment").map(str::to_owned);
    ReadRow { own, version, said, faults: cells.faults }
}

/// What differs from what is stored: as content to write, and to be shown.
fn changed(
    stored: &Stored,
    said: Said,
    header: &[Option<String>],
    row: u32,
) -> (SheetContent, Vec<OfflineChange>) {
    let mut changes = Vec::new();
    let mut differs = |column: String, new: String| {
        let old = stored.value(&column);
        if old.as_deref() == Some(new.as_str()) {
            return false;
        }
        let place = header.iter().position(|known| known.as_deref() == Some(column.as_str()));
        let cell = place.map(|place| cell_name(place, row)).unwrap_or_default();
        changes.push(OfflineChange { cell, column, old, new });
        true
    };
    let mut content = SheetContent::default();
    for (code, mark) in said.marks {
        if differs(format!("{MARK}{code}"), mark.to_string()) {
            content.marks.insert(code, Some(mark));
        }
    }
    if let Some(amount) =
        said.amount.filter(|amount| differs("suggested_amount".to_owned(), amount.to_string()))
    {
        content.suggested_amount = Some(Some(amount));
    }
    if let Some(text) = said.comment.filter(|text| differs("comment".to_owned(), text.clone())) {
        content.comment = Some(Some(text));
    }
    for (code, text) in said.comments {
        if differs(format!("{SAID}{code}"), text.clone()) {
            content.mark_comments.insert(code, Some(text));
        }
    }
    if let Some(text) = said.staff_comment.filter(|text| differs("staff_comment".to_owned(), text.clone())) {
        content.staff_comment = Some(Some(text));
    }
    (content, changes)
}
