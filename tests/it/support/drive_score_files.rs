//! Files with scores, and sheets that are filled in elsewhere.

use serde_json::json;
use yichuang::sheets::{self, XLSX};

use super::{Expert, Kind, Office, Person, Project, Reply, Round, Sheet, content};

/// A workbook as it was downloaded: what stands in it can be changed, and it can be sent back.
#[derive(Clone)]
pub struct Workbook {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Workbook {
    /// The expert's own sheets.
    #[track_caller]
    pub fn of(by: &Person, round: &Round, query: &str) -> Self {
        let reply = by.get(&format!("{}/my-sheets{query}", round.path())).expect(200);
        assert_eq!(reply.header("content-type"), Some(XLSX), "{reply}");
        Self::read(&reply)
    }

    #[track_caller]
    pub fn read(reply: &Reply) -> Self {
        match sheets::read(&reply.bytes, XLSX) {
            Ok(sheet) => {
                assert!(sheet.rows.iter().all(|row| row.flaws.is_empty()), "{sheet:?}");
                Self { header: sheet.header, rows: sheet.rows.into_iter().map(|row| row.cells).collect() }
            }
            Err(fault) => panic!("{fault}"),
        }
    }

    /// The place of the column with this code.
    #[track_caller]
    pub fn place(&self, code: &str) -> usize {
        let ending = format!("({code})");
        self.header.iter().position(|name| name.ends_with(&ending)).unwrap_or_else(|| {
            panic!("no column {code} in {:?}", self.header);
        })
    }

    #[track_caller]
    pub fn cell(&self, row: usize, code: &str) -> &str {
        &self.rows[row][self.place(code)]
    }

    #[track_caller]
    pub fn set(&mut self, row: usize, code: &str, text: &str) -> &mut Self {
        let place = self.place(code);
        text.clone_into(&mut self.rows[row][place]);
        self
    }

    /// With a formula in a cell, as somebody's program leaves it.
    pub fn xlsx_with_formula(&self, row: usize, code: &str, formula: &str) -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        let place = |index: usize| u16::try_from(index).expect("a column");
        for (number, cells) in (0u32..).zip(std::iter::once(&self.header).chain(&self.rows)) {
            for (column, text) in cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                sheet.write_string(number, place(column), text).expect("a cell");
            }
        }
        let number = u32::try_from(row + 1).expect("a row");
        sheet.write_formula(number, place(self.place(code)), formula).expect("a formula");
        book.save_to_buffer().expect("a file")
    }

    pub fn xlsx(&self) -> Vec<u8> {
        let header: Vec<&str> = self.header.iter().map(String::as_str).collect();
        Sheet::new(&header).rows(self.rows.iter().cloned()).xlsx()
    }
}

/// Every text of the first sheet of a workbook, wherever it stands.
#[track_caller]
pub fn texts_of(reply: &Reply) -> Vec<String> {
    use calamine::{Data, Reader, Xlsx};

    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(reply.bytes.clone())).expect("a workbook");
    let name = book.sheet_names()[0].clone();
    assert!(book.worksheet_formula(&name).expect("formulas").is_empty(), "there is a formula");
    let range = book.worksheet_range(&name).expect("a sheet");
    let text = |cell: &Data| match cell {
        Data::String(text) => Some(text.clone()),
        Data::Float(number) => Some(format!("{number:.2}")),
        _ => None,
    };
    range.rows().flatten().filter_map(text).collect()
}

/// Before the window closes: a project of a round of its own that will be scored elsewhere.
#[track_caller]
pub fn a_project_to_score_elsewhere(office: &Office<'_>) -> (Round, Project) {
    let round = office.published_round("100000.00", json!({}));
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("20000.00"));
    (round, project)
}

/// While experts are at work: sheets that are downloaded, previewed and uploaded, and every file with scores.
#[track_caller]
pub fn score_files_of(office: &Office<'_>, (round, project): &(Round, Project)) {
    let expert = office.an_expert();
    let sheet = office.assign(project, &expert);
    declared(office, &expert, &sheet);
    let mut book = Workbook::of(&expert.person, round, "");
    book.set(0, "mark:need", "50").set(0, "mark:plan", "30.5").set(0, "comment", "可行");
    let path = format!("{}/my-sheets", round.path());
    office.send_file(&expert.person, &format!("{path}/preview"), XLSX, book.xlsx());
    office.send_file(&expert.person, &path, XLSX, book.xlsx());
    office.hand_in(&sheet, &expert);
    for file in ["score-export", "score-report", "score-summary"] {
        office.see(&office.supervisor, &format!("{}/{file}", round.path()));
    }
    let named = format!("{}/score-summary?format=html&names=true&reason=%E5%BD%92%E6%A1%A3", round.path());
    office.see(&office.director, &named);
}

/// Says that there is no conflict.
#[track_caller]
pub fn declared(office: &Office<'_>, expert: &Expert, sheet: &str) {
    let version = office.version(&expert.person, sheet);
    office.step(&expert.person, &format!("{sheet}/declaration"), version, None);
}

impl Office<'_> {
    /// A sheet with these marks and this suggestion, handed in.
    #[track_caller]
    pub fn scored_as(
        &self,
        project: &Project,
        expert: &Expert,
        (need, plan): (&str, &str),
        amount: Option<&str>,
    ) {
        let sheet = self.assign(project, expert);
        declared(self, expert, &sheet);
        let mut body = json!({
            "marks": {"need": need, "plan": plan}, "comment": "可行",
            "mark_comments": {"need": "需求真实", "plan": "方案可行"},
        });
        if let Some(amount) = amount {
            body["suggested_amount"] = json!(amount);
        }
        let version = self.version(&expert.person, &sheet);
        self.act(&expert.person, "PATCH", &sheet, Some(body), Some(version));
        self.hand_in(&sheet, expert);
    }
}
