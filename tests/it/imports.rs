//! Imports: templates, uploads, faults by row, all rows or none.

use serde_json::{Value, json};
use yichuang::sheets::{CSV, XLSX};

use crate::support::{
    Group, Kind, Office, Reply, Round, Sheet, TestApp, application_row, changes_nothing, content, settle,
};

on_both!(
    a_template_comes_back_as_an_import,
    the_forms_own_questions_are_columns_too,
    a_thousand_applications_come_in_at_once,
    every_fault_is_told_at_its_row_and_column,
    a_sheet_with_a_fault_is_not_imported,
    all_rows_or_none_although_somebody_comes_between,
    a_row_is_judged_with_the_rows_before_it,
    what_is_no_sheet_is_refused_and_leaves_nothing,
    only_an_open_round_takes_a_sheet,
    only_an_officer_brings_sheets_in,
    an_import_is_seen_by_the_office_alone,
    earlier_rounds_come_in_as_track_records,
    an_interrupted_import_is_taken_up_again,
    faults_come_in_pages_and_in_the_readers_language,
);

fn policy() -> Value {
    json!({"cap": "50000.00", "pass_line": "70.00"})
}

/// An office with a round that takes applications, and so many groups.
fn opened(app: &TestApp, groups: usize) -> (Office<'_>, Round, Vec<Group>) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", policy());
    let groups = (0..groups).map(|_| office.plain_group()).collect();
    (office, round, groups)
}

fn applications(office: &Office<'_>, round: &Round) -> usize {
    office.see(&office.officer, &format!("{}/applications?limit=100", round.path())).items().len()
}

/// (row, column, code) of the faults that come with an import.
fn faults(import: &Reply) -> Vec<(i64, String, String)> {
    let faults = import.at("/faults").as_array().expect("a list");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    faults
        .iter()
        .map(|fault| (fault["row"].as_i64().expect("a row"), text(&fault["column"]), text(&fault["code"])))
        .collect()
}

fn a_template_comes_back_as_an_import(app: &TestApp) {
    let (office, round, groups) = opened(app, 1);
    let path = format!("{}/import-template", round.path());
    for (format, media) in [("csv", CSV), ("xlsx", XLSX)] {
        let template = office.officer.get(&format!("{path}?format={format}")).expect(200);
        assert_eq!(template.header("content-type"), Some(media));
        let disposition = template.header("content-disposition").unwrap_or_default();
        assert!(disposition.starts_with("attachment;"), "{disposition}");
        // As it is, it holds an example and nothing else.
        let upload = office.officer.post(&format!("{}/imports", round.path()));
        upload.raw(media, template.bytes.clone()).refused(422, "sheet.empty");
    }
    let template = office.officer.get(&format!("{path}?format=csv")).expect(200);
    let row = ",暖巷助老,elderly,50000,1000,2011-06-01,2011-12-31,120,摘要,王阿姨,13800000001,50000,,,,,1000,,,,\r\n";
    let filled = [template.body().as_str(), &groups[0].name, row].concat();
    let checked = office.checked_import(&round, CSV, filled.into_bytes());
    assert_eq!(faults(&checked), [], "{checked}");
    assert_eq!(checked.at("/row_count"), 1);
    assert_eq!(checked.text("/preview/rows/0/1"), "暖巷助老");
    assert_eq!(checked.at("/permitted_actions"), &json!(["confirm"]));
    let imported = office.confirmed_import(&checked);
    assert_eq!(imported.at("/references"), &json!(["HS-2011-0001"]), "{imported}");
    office.officer.get(&format!("{path}?format=pdf")).refused(400, "unknown_filter");
    office.officer.get(&format!("{path}?page=1")).refused(400, "unknown_filter");
}

fn the_forms_own_questions_are_columns_too(app: &TestApp) {
    let (office, round, groups) = opened(app, 1);
    let template = office.officer.get(&format!("{}/import-template?format=csv", round.path())).expect(200);
    assert!(template.body().contains("需求分析与依据 (answers.need)"), "{}", template.body());
    let sheet = |indirect: &str, pledge: &str| {
        format!(
            "organization,title,domain,requested,own_funds,starts_on,ends_on,beneficiaries,summary,fund_activity,\
             own_volunteer,answers.need,answers.indirect_beneficiaries,answers.commitments\r\n{},暖巷,为老,50000,1000,\
             2011-06-01,2011-12-31,120,摘要,50000,1000,照护缺人,{indirect},{pledge}\r\n",
            groups[0].name
        )
    };
    let wrong = office.checked_import(&round, CSV, sheet("很多", "都同意").into_bytes());
    let columns: Vec<String> = faults(&wrong).into_iter().map(|(_, column, _)| column).collect();
    assert_eq!(columns, ["answers.indirect_beneficiaries", "answers.commitments"], "{wrong}");
    let checked = office.checked_import(&round, CSV, sheet("\"1,200\"", "truth、ring_fence").into_bytes());
    assert_eq!(faults(&checked), [], "{checked}");
    office.confirmed_import(&checked);
    let list = office.see(&office.officer, &format!("{}/applications", round.path()));
    // The list has no answers: they are in the whole application.
    let id = list.items()[0]["id"].as_str().unwrap().to_owned();
    let whole = office.see(&office.officer, &format!("/api/v1/applications/{id}"));
    let answers = whole.at("/answers");
    assert_eq!(answers["indirect_beneficiaries"], 1200);
    assert_eq!(answers["commitments"], json!(["truth", "ring_fence"]));
    assert_eq!(answers["need"], "照护缺人");
}

fn a_thousand_applications_come_in_at_once(app: &TestApp) {
    let (office, round, groups) = opened(app, 4);
    let rows = (0..1000).map(|number| application_row(&groups[number % 4].name, &format!("项目 {number}")));
    let sheet = Sheet::of_applications().rows(rows);
    let checked = office.checked_import(&round, XLSX, sheet.xlsx());
    assert_eq!(checked.text("/state"), "checked", "{checked}");
    assert_eq!((checked.at("/row_count"), checked.at("/fault_count")), (&json!(1000), &json!(0)));
    assert_eq!(checked.at("/progress"), &json!({"done": 1000, "total": 1000}));
    assert_eq!(checked.at("/preview/rows").as_array().map(Vec::len), Some(20));
    let imported = office.confirmed_import(&checked);
    assert_eq!(imported.text("/state"), "imported", "{imported}");
    let references = imported.at("/references").as_array().expect("a list");
    assert_eq!(references.len(), 1000);
    assert_eq!((&references[0], &references[999]), (&json!("HS-2011-0001"), &json!("HS-2011-1000")));
    let last = format!("{}/applications?reference=HS-2011-1000", round.path());
    let last = office.see(&groups[3].admin, &last);
    assert_eq!((last.text("/items/0/title"), last.text("/items/0/state")), ("项目 999", "submitted"));
    // One row more is one too many.
    let rows = (0..1001).map(|number| application_row(&groups[0].name, &format!("项目 {number}")));
    let too_many = Sheet::of_applications().rows(rows).csv();
    changes_nothing(app.database(), || {
        let upload = office.officer.post(&format!("{}/imports", round.path()));
        upload.raw(CSV, too_many).refused(422, "sheet.too_large")
    });
}

fn every_fault_is_told_at_its_row_and_column(app: &TestApp) {
    let (office, round, groups) = opened(app, 1);
    let good = application_row(&groups[0].name, "好");
    let with = |column: usize, cell: &str| {
        let mut row = good.clone();
        cell.clone_into(&mut row[column]);
        row
    };
    let sheet = Sheet::of_applications().rows([
        good.clone(),
        with(0, "没有这家机构"),
        with(1, ""),
        with(2, "太空"),
        with(3, "五万"),
        with(3, "60000"),
        with(5, "2011-13-01"),
        with(6, "2011-06-30"),
        with(7, "-5"),
        with(8, &"字".repeat(501)),
        with(9, "=SUM(A1:A9)"),
        with(9, "39999"),
        with(1, "见不得\u{202E}人"),
    ]);
    let checked = office.checked_import(&round, CSV, sheet.csv());
    let told = faults(&checked);
    let expected = [
        (3, "organization", "import.organization_unknown"),
        (4, "title", "application.incomplete"),
        (5, "domain", "field.invalid"),
        (6, "requested", "field.invalid"),
        (7, "requested", "E107"),
        (8, "starts_on", "field.invalid"),
        (9, "ends_on", "E110"),
        (10, "beneficiaries", "field.invalid"),
        (11, "summary", "field.too_long"),
        (12, "fund_activity", "sheet.formula"),
        (13, "requested", "E114"),
        (14, "title", "sheet.cell"),
    ];
    for (row, column, code) in expected {
        let found = told.iter().any(|fault| *fault == (row, column.to_owned(), code.to_owned()));
        assert!(found, "row {row} {column} {code}: {told:?}");
    }
    assert!(told.iter().all(|(row, ..)| *row != 2), "{told:?}");
    // What cannot be read is told once, not again as missing.
    assert_eq!(told.iter().filter(|(row, ..)| *row == 5).count(), 1, "{told:?}");
}

fn a_sheet_with_a_fault_is_not_imported(app: &TestApp) {
    let (office, round, groups) = opened(app, 1);
    let rows = [application_row(&groups[0].name, "好"), application_row("没有这家机构", "坏")];
    let checked = office.checked_import(&round, CSV, Sheet::of_applications().rows(rows).csv());
    assert_eq!((checked.text("/state"), checked.at("/fault_count")), ("checked", &json!(1)));
    assert_eq!(checked.at("/permitted_actions"), &json!([]));
    let path = format!("/api/v1/imports/{}/confirmation", checked.id());
    changes_nothing(app.database(), || {
        let confirm = || office.officer.post(&path).if_match(checked.version());
        confirm().key("k1").refused(409, "import.has_faults");
        confirm().refused(400, "idempotency.key_required");
        office.officer.post(&path).key("k2").refused(428, "precondition_required");
        office.officer.post(&path).key("k3").if_match(1).refused(412, "stale");
    });
    assert_eq!(applications(&office, &round), 0);
}

fn all_rows_or_none_although_somebody_comes_between(app: &TestApp) {
    let office = Office::found(app);
    let mut policy = policy();
    policy["max_per_organization"] = json!(2);
    let round = office.published_round("100000.00", policy);
    let (first, second) = (office.a_group(Kind::Registered), office.plain_group());
    let rows = [
        application_row(&second.name, "一"),
        application_row(&first.name, "二"),
        application_row(&first.name, "三"),
    ];
    let checked = office.checked_import(&round, CSV, Sheet::of_applications().rows(rows).csv());
    assert_eq!(faults(&checked), [], "{checked}");
    // While the office looks at the preview, the group hands one in itself: with it there are three.
    office.submitted(&round, &first, content("30000.00"));
    let refused = office.confirmed_import(&checked);
    assert_eq!(refused.text("/state"), "checked", "{refused}");
    let expected: Vec<(i64, String, String)> = vec![(4, String::new(), "E108".to_owned())];
    let told: Vec<_> =
        faults(&refused).into_iter().map(|(row, _, code)| (row, String::new(), code)).collect();
    assert_eq!(told, expected, "{refused}");
    assert_eq!(applications(&office, &round), 1, "only the group's own");
    assert_eq!(refused.at("/references"), &json!([]));
    // The numbers that the rows would have taken are still free.
    let next = office.drafted(&round, &second, content("30000.00"));
    assert_eq!(next.reference, "HS-2011-0002");
}

fn a_row_is_judged_with_the_rows_before_it(app: &TestApp) {
    let office = Office::found(app);
    let mut policy = policy();
    policy["max_per_organization"] = json!(2);
    let round = office.published_round("100000.00", policy);
    let group = office.plain_group();
    let rows = ["一", "二", "三"].map(|title| application_row(&group.name, title));
    let checked = office.checked_import(&round, CSV, Sheet::of_applications().rows(rows).csv());
    let told = faults(&checked);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0, told[0].2.as_str()), (4, "E108"));
}

fn what_is_no_sheet_is_refused_and_leaves_nothing(app: &TestApp) {
    let (office, round, groups) = opened(app, 1);
    let rows = [application_row(&groups[0].name, "好")];
    let sheet = Sheet::of_applications().rows(rows);
    let (xlsx, csv) = (sheet.xlsx(), sheet.csv());
    let half = xlsx[..xlsx.len() / 2].to_vec();
    let quoted = csv[..csv.len() - 4].to_vec();
    let zeros = vec![0u8; 64 * 1024 * 1024];
    let bomb = archive(&[("xl/worksheets/sheet1.xml", &zeros)]);
    let dtd =
        archive(&[("xl/workbook.xml", b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>")]);
    let nested = archive(&[("inner.bin", &xlsx)]);
    let slip = archive(&[("../../x", b"x")]);
    let gb = [b"organization\r\n".as_slice(), b"\xff\xff\r\n"].concat();
    let many = "organization\r\n".to_owned() + &"x\r\n".repeat(10_001);
    let wide = format!("{}\r\nx\r\n", vec!["a"; 101].join(","));
    let cases: [(&str, Vec<u8>, &str); 14] = [
        (XLSX, half, "sheet.unreadable"),
        (XLSX, csv.clone(), "sheet.unreadable"),
        (XLSX, Vec::new(), "sheet.unreadable"),
        (XLSX, bomb, "sheet.unsafe"),
        (XLSX, dtd, "sheet.unsafe"),
        (XLSX, nested, "sheet.unsafe"),
        (XLSX, slip, "sheet.unsafe"),
        (CSV, quoted, "sheet.unreadable"),
        (CSV, xlsx, "sheet.encoding"),
        (CSV, gb, "sheet.encoding"),
        (CSV, many.into_bytes(), "sheet.too_large"),
        (CSV, wide.into_bytes(), "sheet.too_large"),
        (CSV, b"organization\r\n".to_vec(), "sheet.empty"),
        (CSV, b"organization,nonsense\r\nx,y\r\n".to_vec(), "sheet.column_unknown"),
    ];
    let path = format!("{}/imports", round.path());
    changes_nothing(app.database(), || {
        for (media, bytes, code) in cases {
            let length = bytes.len();
            let refused = office.officer.post(&path).raw(media, bytes).send();
            assert_eq!(refused.status, 422, "{code}, {length} bytes: {refused}");
            let told = refused.text("/code") == code || refused.faults().iter().any(|(_, told)| told == code);
            assert!(told, "{code}: {refused}");
        }
        let large = vec![b'x'; 10 * 1024 * 1024 + 1];
        office.officer.post(&path).raw(CSV, large).refused(413, "too_large");
        office.officer.post(&path).json(&json!({})).refused(415, "unsupported_media");
    });
}

/// An archive with these members.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;

    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
        writer.write_all(bytes).expect("its bytes");
    }
    writer.finish().expect("an archive").into_inner()
}

fn only_an_open_round_takes_a_sheet(app: &TestApp) {
    let (office, round, groups) = opened(app, 1);
    let sheet = Sheet::of_applications().rows([application_row(&groups[0].name, "好")]).csv();
    let checked = office.checked_import(&round, CSV, sheet.clone());
    office.on_the("2011-04-01");
    let path = format!("/api/v1/imports/{}/confirmation", checked.id());
    changes_nothing(app.database(), || {
        office.officer.post(&path).key("late").if_match(checked.version()).refused(409, "E101");
        // The state is told before what is wrong with the file.
        let upload = format!("{}/imports", round.path());
        office.officer.post(&upload).raw(CSV, sheet).refused(409, "E101");
        office.officer.post(&upload).raw(CSV, b"rubbish".to_vec()).refused(409, "E101");
    });
    assert_eq!(applications(&office, &round), 0);
}

fn only_an_officer_brings_sheets_in(app: &TestApp) {
    let (office, round, groups) = opened(app, 1);
    let sheet = Sheet::of_applications().rows([application_row(&groups[0].name, "好")]).csv();
    let elsewhere = Office::found(app);
    let paths = [
        format!("{}/imports", round.path()),
        format!("/api/v1/programmes/{}/track-record-imports", office.programme),
    ];
    changes_nothing(app.database(), || {
        for path in &paths {
            office.director.post(path).raw(CSV, sheet.clone()).refused(403, "forbidden");
            groups[0].admin.post(path).raw(CSV, sheet.clone()).refused(403, "forbidden");
            elsewhere.officer.post(path).raw(CSV, sheet.clone()).refused(404, "not_found");
            app.client().post(path).raw(CSV, sheet.clone()).refused(401, "session.missing");
        }
    });
}

fn an_import_is_seen_by_the_office_alone(app: &TestApp) {
    let (office, round, groups) = opened(app, 1);
    let sheet = Sheet::of_applications().rows([application_row(&groups[0].name, "好")]).csv();
    let checked = office.checked_import(&round, CSV, sheet);
    let path = format!("/api/v1/imports/{}", checked.id());
    let elsewhere = Office::found(app);
    for person in [&groups[0].admin, &elsewhere.officer, &office.worker] {
        for path in [path.clone(), format!("{path}/faults")] {
            person.get(&path).refused(404, "not_found");
        }
        let confirm = person.post(&format!("{path}/confirmation")).key("k").if_match(checked.version());
        confirm.refused(404, "not_found");
    }
    office.see(&office.auditor, &path);
}

/// Organisation and its name, year, amount, result, outcome, end of the ban.
type Kept = (Option<String>, String, i32, i64, String, Option<String>, Option<String>);

fn earlier_rounds_come_in_as_track_records(app: &TestApp) {
    use diesel::prelude::*;
    use yichuang::db::schema::track_records;

    let (office, _, groups) = opened(app, 1);
    let path = format!("/api/v1/programmes/{}/track-record-imports", office.programme);
    let good = Sheet::of_track_records()
        .row(&[
            &groups[0].name,
            "2009",
            "第一届",
            "暖巷",
            "为老",
            "30,000",
            "立项",
            "不合格",
            "2012/12/31",
            "摘要",
        ])
        .row(&["没有登记的互助社", "2010", "第二届", "邻里", "", "20000", "未立项", "", "", ""]);
    let bad = Sheet::of_track_records()
        .row(&["甲", "2012", "第四届", "未来", "", "1", "立项", "", "", ""])
        .row(&["甲", "2010", "第二届", "无结果", "", "1", "未立项", "合格", "", ""])
        .row(&["甲", "2010", "第二届", "两次", "", "1", "立项", "", "", ""])
        .row(&["甲", "2010", "第二届", "两次", "", "1", "立项", "", "", ""])
        .row(&["", "2010", "第二届", "", "", "", "也许", "", "", ""]);
    let upload = |sheet: &Sheet| {
        let upload = office.send_file(&office.officer, &path, CSV, sheet.csv());
        settle(app.database());
        office.see(&office.officer, &format!("/api/v1/imports/{}", upload.id()))
    };
    let checked = upload(&bad);
    let told = faults(&checked);
    let expected = [
        (2, "year", "field.invalid"),
        (3, "outcome", "field.invalid"),
        (5, "", "import.row_twice"),
        (6, "organization", "field.required"),
        (6, "title", "field.required"),
        (6, "amount", "field.required"),
        (6, "result", "field.invalid"),
    ];
    let expected: Vec<_> =
        expected.into_iter().map(|(row, column, code)| (row, column.to_owned(), code.to_owned())).collect();
    assert_eq!(told, expected, "{checked}");

    let imported = office.confirmed_import(&upload(&good));
    assert_eq!(imported.text("/state"), "imported", "{imported}");
    let rows: Vec<Kept> = app
        .database()
        .read_now(|conn| {
            Ok(track_records::table
                .order(track_records::year)
                .select((
                    track_records::organization_id,
                    track_records::organization_name,
                    track_records::year,
                    track_records::amount,
                    track_records::result,
                    track_records::outcome,
                    track_records::debarred_until,
                ))
                .load(conn)?)
        })
        .expect("the records");
    let text = |value: &str| Some(value.to_owned());
    assert_eq!(
        rows,
        [
            (
                text(&groups[0].id),
                groups[0].name.clone(),
                2009,
                3_000_000,
                "awarded".to_owned(),
                text("failed"),
                text("2012-12-31")
            ),
            (None, "没有登记的互助社".to_owned(), 2010, 2_000_000, "not_awarded".to_owned(), None, None),
        ]
    );
    // The same sheet again has nothing new.
    let again = faults(&upload(&good));
    assert_eq!(again.iter().filter(|(_, _, code)| code == "import.record_exists").count(), 2, "{again:?}");
}

/// A node that died over its work leaves a lease behind; once it has run out, another does the work — once.
fn an_interrupted_import_is_taken_up_again(app: &TestApp) {
    use diesel::prelude::*;
    use yichuang::{
        db::{Lane, schema::jobs},
        kernel::time::Clock,
    };

    let (office, round, groups) = opened(app, 1);
    let sheet = Sheet::of_applications().rows([application_row(&groups[0].name, "好")]).csv();
    let checked = office.checked_import(&round, CSV, sheet);
    // The job that waits for the other node is taken in the same moment in which it is queued.
    let now = app.clock.now();
    let path = format!("/api/v1/imports/{}/confirmation", checked.id());
    let database = app.database();
    let dead = {
        let held = database.clone();
        let id = checked.id();
        // Keeps the worker of this application from taking it: the lease of a node that is not there any more.
        std::thread::spawn(move || {
            for _ in 0..2_000 {
                let id = id.clone();
                let taken = held
                    .write_now(Lane::Installation, move |conn| {
                        let row =
                            jobs::table.filter(jobs::subject_id.eq(&id)).filter(jobs::state.eq("queued"));
                        Ok(diesel::update(row)
                            .set((
                                jobs::state.eq("running"),
                                jobs::owner.eq("another node"),
                                jobs::attempts.eq(1),
                                jobs::lease_until.eq(now.plus_seconds(60).naive()),
                            ))
                            .execute(conn)?)
                    })
                    .expect("the job is held");
                if taken == 1 {
                    return true;
                }
            }
            false
        })
    };
    office.step(&office.officer, &path, checked.version(), None);
    if dead.join().expect("the holder") {
        std::thread::sleep(std::time::Duration::from_millis(600));
        let held = office.see(&office.officer, &format!("/api/v1/imports/{}", checked.id()));
        assert_eq!(held.text("/state"), "importing", "nobody takes what is another's: {held}");
        app.clock.advance(61);
    }
    settle(database);
    let imported = office.see(&office.officer, &format!("/api/v1/imports/{}", checked.id()));
    assert_eq!(imported.text("/state"), "imported", "{imported}");
    assert_eq!(applications(&office, &round), 1);
}

fn faults_come_in_pages_and_in_the_readers_language(app: &TestApp) {
    let (office, round, _) = opened(app, 0);
    let rows = (0..25).map(|number| application_row(&format!("无此机构 {number}"), "坏"));
    let checked = office.checked_import(&round, CSV, Sheet::of_applications().rows(rows).csv());
    assert_eq!((checked.at("/fault_count"), faults(&checked).len()), (&json!(25), 20));
    let path = format!("/api/v1/imports/{}/faults", checked.id());
    let first = office.see(&office.auditor, &format!("{path}?limit=20"));
    let next = format!("{path}?limit=20&cursor={}", first.text("/next_cursor"));
    let second = office.see(&office.auditor, &next);
    assert_eq!((first.items().len(), second.items().len()), (20, 5));
    assert_eq!(second.at("/items/4/row"), 26);
    assert!(second.text("/items/4/detail").contains("没有找到机构“无此机构 24”"), "{second}");
    let english = office.auditor.get(&next).language("en").expect(200);
    assert!(
        english.text("/items/4/detail").starts_with("There is no organisation “无此机构 24”"),
        "{english}"
    );
    office.auditor.get(&format!("{path}?limit=101")).refused(400, "unknown_filter");
}
