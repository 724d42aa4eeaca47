//! Export: exactly what is filtered and may be seen, safe against formulas, on record.

use serde_json::{Value, json};
use yichuang::sheets::{CSV, XLSX};

use crate::support::{Group, Kind, Office, Person, Reply, Round, TestApp, changes_nothing, content};

on_both!(
    an_export_is_exactly_what_is_filtered,
    an_export_of_organisations_is_what_may_be_seen,
    no_cell_can_be_a_formula,
    an_export_goes_on_record,
    what_is_not_exported_leaves_no_trace,
    a_long_list_is_exported_whole,
);

fn opened(app: &TestApp) -> (Office<'_>, Round, Group) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"cap": "50000.00", "pass_line": "70.00"}));
    let group = office.an_unverified_group(Kind::Registered);
    (office, round, group)
}

fn titled(title: &str, domain: &str) -> Value {
    let mut content = content("30000.00");
    content["title"] = json!(title);
    content["domain"] = json!(domain);
    content
}

#[track_caller]
fn exported(by: &Person, path: &str, media: &str) -> Reply {
    let reply = by.get(path).header("accept", media).expect(200);
    assert_eq!(reply.header("content-type"), Some(media), "{reply}");
    let disposition = reply.header("content-disposition").unwrap_or_default();
    assert!(disposition.starts_with("attachment;"), "{disposition}");
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    reply
}

/// The records of a CSV file, its header first.
#[track_caller]
fn records(reply: &Reply) -> Vec<Vec<String>> {
    let bytes = reply.bytes.strip_prefix(b"\xef\xbb\xbf").expect("the mark of UTF-8");
    let lines = bytes.split(|b| *b == b'\n').count() - 1;
    assert_eq!(bytes.windows(2).filter(|w| w == b"\r\n").count(), lines, "every line ends with CRLF");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    let text = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader.records().map(|record| text(record.expect("a record"))).collect()
}

fn column(records: &[Vec<String>], name: &str) -> Vec<String> {
    let place = records[0].iter().position(|head| head.contains(name)).expect("the column");
    records[1..].iter().map(|record| record[place].clone()).collect()
}

fn an_export_is_exactly_what_is_filtered(app: &TestApp) {
    let (office, round, group) = opened(app);
    let other = office.an_unverified_group(Kind::Registered);
    office.submitted(&round, &group, titled("暖巷", "elderly"));
    office.submitted(&round, &group, titled("绿荫", "environment"));
    office.submitted(&round, &other, titled("暖阳", "elderly"));
    office.drafted(&round, &other, titled("草稿", "elderly"));
    let list = format!("{}/applications", round.path());
    let titles =
        |by: &Person, query: &str| column(&records(&exported(by, &format!("{list}{query}"), CSV)), "title");
    assert_eq!(titles(&office.officer, ""), ["暖巷", "绿荫", "暖阳"]);
    assert_eq!(titles(&office.officer, "?domain=elderly"), ["暖巷", "暖阳"]);
    assert_eq!(titles(&office.officer, "?q=%E6%9A%96"), ["暖巷", "暖阳"]);
    assert_eq!(titles(&group.admin, ""), ["暖巷", "绿荫"]);
    assert_eq!(titles(&other.admin, ""), ["暖阳", "草稿"]);
    let whole = records(&exported(&office.officer, &list, CSV));
    assert_eq!(whole[0][0], "编号 (reference)");
    assert_eq!((whole[1][0].as_str(), whole[1][5].as_str()), ("HS-2011-0001", "30000.00"));
    assert_eq!(column(&whole, "organization"), [&*group.name, &*group.name, &*other.name]);
    // The same cells in the other format, money as numbers.
    let book = exported(&office.officer, &list, XLSX);
    let sheet = yichuang::sheets::read(&book.bytes, XLSX).expect("a sheet");
    assert_eq!(sheet.header, whole[0]);
    assert_eq!(sheet.rows.len(), 3);
    assert_eq!((sheet.rows[2].cells[3].as_str(), sheet.rows[2].cells[5].as_str()), ("暖阳", "30000"));
    // JSON is what comes where it is asked for first, and where anything will do.
    for accept in ["application/json, text/csv", "*/*", "text/html"] {
        let reply = office.officer.get(&list).header("accept", accept).expect(200);
        assert_eq!(reply.items().len(), 3, "{accept}");
    }
}

fn an_export_of_organisations_is_what_may_be_seen(app: &TestApp) {
    let (office, _, group) = opened(app);
    let other = office.an_unverified_group(Kind::Registered);
    let list = format!("/api/v1/programmes/{}/organizations", office.programme);
    let names =
        |by: &Person, query: &str| column(&records(&exported(by, &format!("{list}{query}"), CSV)), "name");
    assert_eq!(names(&office.officer, ""), [&*group.name, &*other.name]);
    assert_eq!(names(&group.admin, ""), [&*group.name]);
    let number = group.name.rsplit(' ').next().unwrap();
    assert_eq!(names(&office.officer, &format!("?q={number}")), [&*group.name]);
    assert_eq!(
        yichuang::sheets::read(&exported(&office.officer, &list, XLSX).bytes, XLSX).unwrap().rows.len(),
        2
    );
}

/// trust.md §5, number 48.
fn no_cell_can_be_a_formula(app: &TestApp) {
    let (office, round, group) = opened(app);
    let titles = ["=HYPERLINK(\"http://evil\")", "+1", "-1+1", "@SUM(A1)", "＝1+1", " =1", "'=1"];
    for title in titles {
        office.submitted(&round, &group, titled(title, "elderly"));
    }
    let list = format!("{}/applications", round.path());
    let csv = records(&exported(&office.officer, &list, CSV));
    let book = yichuang::sheets::read(&exported(&office.officer, &list, XLSX).bytes, XLSX);
    let told = column(&csv, "title");
    assert_eq!(told[0], "'=HYPERLINK(\"http://evil\")");
    for cell in csv.iter().flatten() {
        assert!(
            !cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\0']),
            "{cell:?}"
        );
    }
    // Read back by ourselves the mark is gone and a formula would be a flaw: they are texts.
    let book = book.expect("a sheet");
    assert_eq!(book.rows.len(), titles.len());
    assert!(book.rows.iter().all(|row| row.flaws.is_empty()), "{book:?}");
}

fn an_export_goes_on_record(app: &TestApp) {
    use diesel::prelude::*;
    use yichuang::db::schema::audit_entries;

    let (office, round, group) = opened(app);
    office.submitted(&round, &group, titled("暖巷", "elderly"));
    exported(&office.auditor, &format!("{}/applications?domain=elderly", round.path()), CSV);
    exported(&office.auditor, &format!("/api/v1/programmes/{}/organizations", office.programme), XLSX);
    let entries: Vec<(Option<String>, String, String)> = app
        .database()
        .read_now(|conn| {
            Ok(audit_entries::table
                .filter(audit_entries::action.like("%.export"))
                .order(audit_entries::seq)
                .select((audit_entries::actor, audit_entries::action, audit_entries::detail))
                .load(conn)?)
        })
        .expect("the log");
    let actions: Vec<&str> = entries.iter().map(|(_, action, _)| action.as_str()).collect();
    assert_eq!(actions, ["application.export", "organization.export"]);
    let detail: Value = serde_json::from_str(&entries[0].2).expect("JSON");
    assert_eq!((&detail["rows"], &detail["filters"]["domain"]), (&json!(1), &json!("elderly")));
    assert_eq!(entries[0].0.as_deref(), Some(office.auditor.id.as_str()));
}

fn what_is_not_exported_leaves_no_trace(app: &TestApp) {
    let (office, round, _) = opened(app);
    let elsewhere = Office::found(app);
    let list = format!("{}/applications", round.path());
    let organizations = format!("/api/v1/programmes/{}/organizations", office.programme);
    changes_nothing(app.database(), || {
        for path in [&list, &organizations] {
            elsewhere.officer.get(path).header("accept", CSV).refused(404, "not_found");
            office
                .officer
                .get(&format!("{path}?fields=phone"))
                .header("accept", CSV)
                .refused(400, "unknown_filter");
            office
                .officer
                .get(&format!("{path}?limit=5"))
                .header("accept", CSV)
                .refused(400, "unknown_filter");
            app.client().get(path).header("accept", CSV).refused(401, "session.missing");
        }
    });
}

/// More than one page of any size: nothing is left out and nothing comes twice.
fn a_long_list_is_exported_whole(app: &TestApp) {
    let (office, round, group) = opened(app);
    let rows =
        (0..1000).map(|number| crate::support::application_row(&group.name, &format!("项目 {number}")));
    let sheet = crate::support::Sheet::of_applications().rows(rows);
    let checked = office.checked_import(&round, CSV, sheet.csv());
    office.confirmed_import(&checked);
    for title in ["其一", "其二", "其三"] {
        office.submitted(&round, &group, titled(title, "elderly"));
    }
    let whole = records(&exported(&office.officer, &format!("{}/applications", round.path()), CSV));
    let references = column(&whole, "reference");
    let expected: Vec<String> = (1..=1003).map(|number| format!("HS-2011-{number:04}")).collect();
    assert_eq!(references, expected);
}
