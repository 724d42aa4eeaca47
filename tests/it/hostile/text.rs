//! Text that means something elsewhere: to a database, a browser, a mail reader (numbers 46 and 47).

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Kind, Office, TestApp, content, contract};

on_both!(what_means_something_elsewhere_is_only_text_here, filters_compare_and_do_not_run);

const NASTY: [&str; 14] = [
    "'; DROP TABLE applications; --",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "a%b_c\\d",
    "%",
    "_",
    "$1 ?1 :a @b {0} %s",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "=HYPERLINK(\"http://x\")",
    "]]><!--",
    "\\u0027 \\x27 &#39;",
];

fn what_means_something_elsewhere_is_only_text_here(app: &TestApp) {
    let office = Office::found(app);
    let group = office.a_group(Kind::Registered);
    let round = office.published_round("1000000.00", json!({}));
    for nasty in NASTY {
        let registered = app.register_person(nasty);
        let me = registered.get("/api/v1/me").expect(200);
        assert_eq!(me.text("/name"), nasty);
        let mut draft = content("40000.00");
        draft["title"] = json!(nasty);
        draft["summary"] = json!(nasty);
        draft["budget_lines"][0]["item"] = json!(nasty);
        let project = office.drafted(&round, &group, draft);
        let shown = office.see(&group.admin, &project.path());
        for at in ["/title", "/summary", "/budget_lines/0/item"] {
            assert_eq!(shown.text(at), nasty, "{at}");
        }
        assert_eq!(shown.header("content-type"), Some("application/json"));
        assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
        // What goes out by mail is the same text and nothing that a mail reader would run.
        office.submit(&project);
        let mails = app.mail_to(&group.admin.mail());
        let receipt = mails.iter().find(|mail| mail.subject.contains(&project.reference)).expect("a receipt");
        assert!(receipt.body.contains(nasty), "{receipt:?}");
        assert!(!receipt.subject.contains(['\r', '\n']));
        let programme = json!({"name": nasty, "prefix": "HS"});
        let founded = office.admin.post("/api/v1/programmes").json(&programme).expect(201);
        assert_eq!(founded.text("/name"), nasty);
    }
    let listed = office.see(&office.officer, &format!("{}/applications", round.path()));
    assert_eq!(listed.items().len(), NASTY.len());
}

fn encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "%{byte:02X}");
        out
    })
}

fn filters_compare_and_do_not_run(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    office.submitted(&round, &office.a_group(Kind::Registered), content("40000.00"));
    let long = "长".repeat(3_400);
    // A brace in an answer reads as a value that was not filled in.
    let nasty_filters = NASTY.into_iter().filter(|nasty| !nasty.contains(['{', '}']));
    let nasty_filters: Vec<&str> = nasty_filters.chain([long.as_str(), "\u{202E}", ""]).collect();
    let mut tried = 0;
    for operation in contract::api_operations().filter(|operation| operation.method == "GET") {
        let parameters = operation.json["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let filters = parameters.iter().filter(|p| p["in"] == "query").filter_map(|p| p["name"].as_str());
        let id = if operation.path.starts_with("/api/v1/rounds") { &round.id } else { &office.programme };
        for filter in filters {
            for nasty in &nasty_filters {
                let path = format!("{}?{filter}={}", operation.path_with(id), encoded(nasty));
                let begun = Instant::now();
                let reply = office.auditor.get(&path).send();
                let mut took = begun.elapsed();
                if took > Duration::from_millis(500) {
                    // The machine may have been busy with something else: what is slow is slow twice.
                    let begun = Instant::now();
                    office.auditor.get(&path).send();
                    took = begun.elapsed();
                }
                assert!(took < Duration::from_millis(500), "{filter}={nasty:.40}: {took:?}");
                match reply.status {
                    200 => assert!(reply.items().is_empty(), "{filter}={nasty:.40} found something: {reply}"),
                    403 => reply.assert_problem(),
                    _ => {
                        reply.assert_problem();
                        assert_eq!((reply.status, reply.text("/code")), (400, "unknown_filter"), "{reply}");
                    }
                }
                tried += 1;
            }
        }
        // A filter that nobody knows is refused, wherever it is.
        let reply = office.auditor.get(&format!("{}?order_by=1;--", operation.path_with(id))).send();
        assert!([400, 403, 404].contains(&reply.status), "{reply}");
    }
    assert!(tried > 100, "only {tried} tries");
}
