//! Score sheets that are filled in elsewhere.

use serde_json::{Value, json};
use yichuang::sheets::XLSX;

use crate::support::{
    Expert, Kind, Office, Project, REVIEW_DAY, Reply, Round, TestApp, Workbook, changes_nothing, content,
    declared, files, fresh_key,
};

on_both!(
    a_workbook_goes_out_and_comes_back,
    everything_wrong_with_a_workbook_is_told_at_its_cell,
    nobody_writes_the_sheets_of_others,
    a_hostile_workbook_writes_nothing,
);

struct Desk<'a> {
    office: Office<'a>,
    round: Round,
    projects: Vec<Project>,
    expert: Expert,
    /// The first two are declared, the third is not.
    sheets: Vec<String>,
}

fn at_the_desk(app: &TestApp) -> Desk<'_> {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let projects: Vec<Project> =
        (0..3).map(|_| office.eligible(&round, &group, content("20000.00"))).collect();
    office.on_the(REVIEW_DAY);
    let expert = office.an_expert();
    let sheets: Vec<String> = projects.iter().map(|project| office.assign(project, &expert)).collect();
    for sheet in &sheets[..2] {
        declared(&office, &expert, sheet);
    }
    Desk { office, round, projects, expert, sheets }
}

impl Desk<'_> {
    fn path(&self) -> String {
        format!("{}/my-sheets", self.round.path())
    }

    fn book(&self) -> Workbook {
        Workbook::of(&self.expert.person, &self.round, "")
    }

    #[track_caller]
    fn previewed(&self, book: &Workbook) -> Reply {
        let path = format!("{}/preview", self.path());
        changes_nothing(self.office.app.database(), || {
            self.expert.person.post(&path).raw(XLSX, book.xlsx()).expect(200);
        });
        self.office.send_file(&self.expert.person, &path, XLSX, book.xlsx())
    }

    #[track_caller]
    fn refused(&self, bytes: &[u8], code: &str) -> Reply {
        let mut reply = None;
        changes_nothing(self.office.app.database(), || {
            let request = self.expert.person.post(&self.path()).key(&fresh_key()).raw(XLSX, bytes.to_vec());
            reply = Some(request.refused(422, code));
        });
        reply.expect("a reply")
    }
}

fn a_workbook_goes_out_and_comes_back(app: &TestApp) {
    let desk = at_the_desk(app);
    let mut book = desk.book();
    assert_eq!(book.rows.len(), 3);
    assert_eq!(book.cell(0, "reference"), desk.projects[0].reference);
    assert_eq!(book.cell(0, "title"), "暖巷助老");
    assert_eq!(book.cell(2, "title"), "", "what is not declared says nothing of its application");
    assert!(book.cell(2, "state").contains("回避声明"));
    // As it was downloaded it changes nothing.
    let same = desk.previewed(&book);
    assert_eq!(
        (same.at("/unchanged"), same.at("/rows"), same.at("/faults")),
        (&json!(3), &json!([]), &json!([]))
    );

    book.set(0, "mark:need", "50.5").set(0, "mark:plan", "30").set(0, "suggested_amount", "15000");
    book.set(0, "comment", "可行").set(0, "said:need", "需求真实").set(0, "staff_comment", "需核实场地");
    book.set(1, "mark:need", "40");
    let preview = desk.previewed(&book);
    assert_eq!(preview.at("/written"), &json!(false));
    assert_eq!(preview.at("/unchanged"), &json!(1));
    assert_eq!(
        preview.at("/rows/1/changes"),
        &json!([{"cell": "D3", "column": "mark:need", "old": null, "new": "40.00"}])
    );
    let key = fresh_key();
    let send = || desk.expert.person.post(&desk.path()).key(&key).raw(XLSX, book.xlsx()).expect(200);
    let written = send();
    assert_eq!(written.at("/written"), &json!(true));
    assert_eq!(written.at("/rows"), preview.at("/rows"));
    assert_eq!(send().bytes, written.bytes, "the same request again is answered as before");
    let sheet = desk.office.see(&desk.expert.person, &desk.sheets[0]);
    assert_eq!(sheet.at("/marks"), &json!({"need": "50.50", "plan": "30.00"}));
    assert_eq!(sheet.at("/mark_comments"), &json!({"need": "需求真实"}));
    assert_eq!(sheet.text("/suggested_amount"), "15000.00");
    assert_eq!((sheet.text("/comment"), sheet.text("/staff_comment")), ("可行", "需核实场地"));
    assert_eq!(sheet.text("/state"), "declared", "handing in stays an act of its own");
    assert_eq!(desk.office.see(&desk.expert.person, &desk.sheets[1]).at("/marks"), &json!({"need": "40.00"}));

    // What was written stands in the next download; an empty cell changes nothing.
    let mut again = desk.book();
    assert_eq!(again.cell(0, "mark:need"), "50.5");
    again.set(0, "mark:need", "").set(0, "comment", "");
    assert_eq!(desk.previewed(&again).at("/unchanged"), &json!(3));
    desk.office.hand_in(&desk.sheets[0], &desk.expert);
    assert_eq!(desk.book().rows.len(), 2, "what is handed in is not there to be filled in");
}

fn cells_of(reply: &Reply, codes: &str) -> Vec<(String, String)> {
    let list = reply.at(codes).as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("row").to_owned();
    list.iter().map(|fault| (text(&fault["cell"]), text(&fault["code"]))).collect()
}

fn everything_wrong_with_a_workbook_is_told_at_its_cell(app: &TestApp) {
    let desk = at_the_desk(app);
    let mut book = desk.book();
    book.set(0, "mark:need", "60.5").set(0, "mark:plan", "9.3").set(0, "suggested_amount", "many");
    book.set(1, "mark:need", "-1").set(1, "mark:plan", "十");
    book.set(2, "mark:need", "30");
    let told = cells_of(&desk.previewed(&book), "/faults");
    let meant = [
        ("F2", "field.invalid"),
        ("D2", "R203"),
        ("E2", "R203"),
        ("D3", "R203"),
        ("E3", "R203"),
        ("row", "R202"),
    ];
    let meant: Vec<(String, String)> = meant.map(|(cell, code)| (cell.to_owned(), code.to_owned())).to_vec();
    assert_eq!(told, meant);
    let refused = desk.refused(&book.xlsx(), "R203");
    let pointers: Vec<(String, String)> = refused.faults();
    assert!(pointers.contains(&("/D2".to_owned(), "R203".to_owned())), "{refused}");
    assert!(pointers.contains(&("/4".to_owned(), "R202".to_owned())), "{refused}");

    // Somebody was faster: nothing of the file is written, not even the row that is right.
    let mut book = desk.book();
    let version = desk.office.version(&desk.expert.person, &desk.sheets[0]);
    let body = json!({"marks": {"need": "20.00"}});
    desk.office.act(&desk.expert.person, "PATCH", &desk.sheets[0], Some(body), Some(version));
    book.set(0, "mark:need", "50").set(1, "mark:need", "40");
    desk.refused(&book.xlsx(), "offline_sheet.stale");
    // A row that stands there twice, a sheet that was handed in, a head that is not known.
    let mut book = desk.book();
    book.set(1, "mark:need", "40");
    book.rows.push(book.rows[1].clone());
    desk.refused(&book.xlsx(), "import.row_twice");
    let handed_in = desk.book();
    desk.office.scored_rest(&desk.sheets[0], &desk.expert);
    let mut late = handed_in;
    late.set(0, "mark:need", "1");
    desk.refused(&late.xlsx(), "illegal_transition");
    let mut book = desk.book();
    "需求 (mark:wish)".clone_into(&mut book.header[3]);
    desk.refused(&book.xlsx(), "sheet.column_unknown");
}

impl Office<'_> {
    /// Fills in what is missing and hands in.
    #[track_caller]
    fn scored_rest(&self, sheet: &str, expert: &Expert) {
        let version = self.version(&expert.person, sheet);
        let body = json!({
            "marks": {"need": "50.00", "plan": "30.00"}, "comment": "可行",
            "mark_comments": {"need": "需求真实", "plan": "方案可行"},
        });
        self.act(&expert.person, "PATCH", sheet, Some(body), Some(version));
        self.hand_in(sheet, expert);
    }
}

fn nobody_writes_the_sheets_of_others(app: &TestApp) {
    let desk = at_the_desk(app);
    let other = desk.office.an_expert();
    let theirs = desk.office.marked(&desk.projects[0], &other, "85");
    let before = desk.office.see(&other.person, &theirs).json.clone();
    let mut book = Workbook::of(&other.person, &desk.round, "");
    assert_eq!(book.rows.len(), 1, "only one's own");
    // Somebody else's sheet and one that is not there are told in the same words.
    let mut told = Vec::new();
    for reference in [desk.projects[1].reference.clone(), "HS-2011-9999".to_owned()] {
        book.set(0, "reference", &reference).set(0, "mark:need", "1");
        let reply = other.person.post(&format!("{}/preview", desk.path())).raw(XLSX, book.xlsx()).expect(200);
        assert_eq!(reply.text("/faults/0/code"), "offline_sheet.unknown");
        told.push(reply.body().replace(&reference, "X"));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(desk.office.see(&other.person, &theirs).json, before);
    // Nobody but experts has sheets.
    for person in [&desk.office.officer, &desk.office.chair] {
        person.get(&desk.path()).refused(403, "forbidden");
        person.post(&desk.path()).key(&fresh_key()).raw(XLSX, book.xlsx()).refused(403, "forbidden");
    }
    desk.projects[0].group.admin.get(&desk.path()).refused(403, "forbidden");
    let stranger = Office::found(app);
    let elsewhere = stranger.an_expert();
    elsewhere.person.get(&desk.path()).refused(404, "not_found");
    elsewhere.person.post(&desk.path()).key(&fresh_key()).raw(XLSX, book.xlsx()).refused(404, "not_found");
    other.person.get(&format!("{}?stage=defence", desk.path())).refused(400, "unknown_filter");
    other.person.get(&format!("{}?expert={}", desk.path(), other.id)).refused(400, "unknown_filter");
}

fn a_hostile_workbook_writes_nothing(app: &TestApp) {
    let desk = at_the_desk(app);
    let by = &desk.expert.person;
    desk.refused(b"PK\x03\x04 cut", "sheet.unreadable");
    let zeros = vec![0u8; 20 * 1024 * 1024];
    let bomb = files::archive(&[("xl/worksheets/sheet1.xml", &zeros)]);
    desk.refused(&bomb, "sheet.unsafe");
    by.post(&desk.path())
        .key(&fresh_key())
        .raw("text/csv", "a,b\r\n1,2\r\n")
        .refused(415, "unsupported_media");
    by.post(&desk.path()).raw(XLSX, desk.book().xlsx()).refused(400, "idempotency.key_required");
    let large = vec![0u8; 5 * 1024 * 1024 + 1];
    by.post(&desk.path()).key(&fresh_key()).raw(XLSX, large).refused(413, "too_large");
    // A formula is never taken for what it shows, and a text that looks like one does not become one.
    let mut book = desk.book();
    desk.refused(&book.xlsx_with_formula(0, "mark:need", "=30+20"), "sheet.formula");
    desk.refused(&book.xlsx_with_formula(1, "reference", "=A2"), "sheet.formula");
    book.set(0, "said:need", "e\u{202e}vil");
    let told = cells_of(&desk.previewed(&book), "/faults");
    assert_eq!(told, [("H2".to_owned(), "sheet.cell".to_owned())]);
    let mut book = desk.book();
    book.set(0, "said:need", "-1+1").set(0, "comment", "@SUM(A1)");
    desk.office.send_file(by, &desk.path(), XLSX, book.xlsx());
    let again = desk.book();
    assert_eq!((again.cell(0, "said:need"), again.cell(0, "comment")), ("-1+1", "@SUM(A1)"));
}
