//! The working days as data (domain.md §6.1).

use serde_json::{Value, json};

use crate::support::{Kind, Office, Round, TestApp, changes_nothing, content, year_2027};

on_both!(
    everybody_counts_the_same_days,
    the_administrator_enters_a_year,
    a_table_is_refused_with_all_its_faults,
    a_published_notice_keeps_its_end,
    a_notice_is_counted_by_the_rule_of_its_policy,
);

fn everybody_counts_the_same_days(app: &TestApp) {
    let person = app.register_person("王芳");
    for (year, source, days, provisional) in
        [(2025, "embedded", 248, false), (2026, "embedded", 248, false), (2027, "weekdays", 261, true)]
    {
        let told = person.get(&format!("/api/v1/calendar/{year}")).expect(200);
        assert_eq!((told.text("/source"), told.version()), (source, 1));
        assert_eq!(
            (told.json["working_days"].as_i64(), &told.json["provisional"]),
            (Some(days), &json!(provisional))
        );
    }
    // The vectors of domain.md §6.1, both rules and both units.
    for (query, last, provisional) in [
        ("first=2026-02-13&count=5&rule=next_day", "2026-02-27", false),
        ("first=2025-09-26&count=7&rule=next_day&unit=working", "2025-10-13", false),
        ("first=2026-09-29&count=5", "2026-10-10", false),
        ("first=2026-11-23&count=7&rule=inclusive", "2026-12-01", false),
        ("first=2022-06-02&count=5&rule=next_day&unit=calendar", "2022-06-07", true),
        ("first=2026-03-02&count=7&unit=calendar", "2026-03-08", false),
        ("first=2026-12-28&count=5", "2027-01-01", true),
    ] {
        let told = person.get(&format!("/api/v1/calendar/period?{query}")).expect(200);
        assert_eq!((told.text("/last"), &told.json["provisional"]), (last, &json!(provisional)), "{query}");
    }
    for query in [
        "",
        "first=2026-01-01",
        "first=2026-01-01&count=0",
        "first=2026-01-01&count=1001",
        "first=2026-13-01&count=1",
        "first=2026-01-01&count=1&rule=roman",
        "first=0001-01-01&count=1",
        "first=2026-01-01&count=1&x=1",
    ] {
        person.get(&format!("/api/v1/calendar/period?{query}")).refused(400, "unknown_filter");
    }
    for year in ["1948", "3000", "next"] {
        person.get(&format!("/api/v1/calendar/{year}")).refused(404, "not_found");
    }
    app.client().get("/api/v1/calendar/2026").refused(401, "session.missing");
}

fn the_administrator_enters_a_year(app: &TestApp) {
    let office = Office::found(app);
    let path = "/api/v1/calendar/2027";
    let draft = office.act(&office.admin, "PUT", path, Some(year_2027(false)), Some(1));
    assert_eq!((draft.text("/source"), draft.version()), ("entered", 2));
    assert_eq!(draft.json["provisional"], true);
    let counted = |count: u32| {
        let told =
            office.see(&office.worker, &format!("/api/v1/calendar/period?first=2026-12-28&count={count}"));
        (told.text("/last").to_owned(), told.json["provisional"] == true)
    };
    assert_eq!(counted(5), ("2027-01-04".to_owned(), true));
    office.act(&office.admin, "PUT", path, Some(year_2027(true)), Some(2));
    assert_eq!(counted(5), ("2027-01-04".to_owned(), false));
    assert_eq!(counted(9), ("2027-01-08".to_owned(), false));
    assert_eq!(counted(10), ("2027-01-09".to_owned(), false), "a Saturday that is worked");

    // A table that replaces an embedded one.
    let none = json!({"off": [], "work": [], "published": true});
    let shown = office.act(&office.admin, "PUT", "/api/v1/calendar/2026", Some(none), Some(1));
    assert_eq!((shown.text("/source"), shown.json["working_days"].as_i64()), ("entered", Some(261)));
    changes_nothing(app.database(), || {
        let put =
            |person: &crate::support::Person| person.put(path).if_match(3).json(&year_2027(true)).send();
        assert_eq!((put(&office.director).status, put(&office.officer).status), (403, 403));
        office.admin.put(path).json(&year_2027(true)).refused(428, "precondition_required");
        office.admin.put(path).if_match(2).json(&year_2027(true)).refused(412, "stale");
        office
            .admin
            .put("/api/v1/calendar/3000")
            .if_match(1)
            .json(&year_2027(true))
            .refused(404, "not_found");
    });
}

fn a_table_is_refused_with_all_its_faults(app: &TestApp) {
    let office = Office::found(app);
    let span = |first: &str, last: &str| json!({"first": first, "last": last});
    let wrong = json!({
        "off": [span("2027-01-01", "2027-01-03"), span("2027-05-05", "2027-05-01"), span("2026-12-31", "2027-01-01")],
        "work": ["2027-01-02", "2027-01-04", "2028-01-01"],
        "published": true,
    });
    changes_nothing(app.database(), || {
        let told = office.admin.put("/api/v1/calendar/2027").if_match(1).json(&wrong).refused(422, "invalid");
        let places: Vec<String> = told.faults().into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, ["/off/1/last", "/off/2", "/work/0", "/work/1", "/work/2"], "{told}");
        let unread = json!({"off": [span("2027-02-30", "2027-03-01")], "work": [], "published": true});
        let told =
            office.admin.put("/api/v1/calendar/2027").if_match(1).json(&unread).refused(422, "field.invalid");
        assert_eq!(told.faults()[0].0, "/off/0/first");
    });
}

/// A decided round whose notice is drafted on 2011-05-06, a Friday.
fn drafted_notice(office: &Office<'_>, policy: Value) -> (Round, String, i64) {
    let round = office.published_round("100000.00", policy);
    let group = office.a_group(Kind::Registered);
    let project = office.eligible(&round, &group, content("50000.00"));
    office.on_the(crate::support::REVIEW_DAY);
    let experts = office.experts::<3>();
    office.scored_by(&project, &experts, &["85", "88", "82.5"]);
    office.on_the("2011-05-06");
    office.decided(&round);
    let draft = office.post(&office.officer, &format!("{}/notices", round.path()), None);
    (round, format!("/api/v1/notices/{}", draft.id()), draft.version())
}

fn a_published_notice_keeps_its_end(app: &TestApp) {
    let office = Office::found(app);
    let (round, path, version) = drafted_notice(&office, json!({}));
    // The Monday after is off and the Saturday after is worked.
    let table = json!({"off": [{"first": "2011-05-09", "last": "2011-05-09"}], "work": ["2011-05-14"], "published": true});
    office.act(&office.admin, "PUT", "/api/v1/calendar/2011", Some(table), Some(1));
    let published = office.step(&office.officer, &format!("{path}/publication"), version, None);
    let end = |reply: &crate::support::Reply| {
        (
            reply.text("/starts_on").to_owned(),
            reply.text("/ends_on").to_owned(),
            reply.json["provisional"] == true,
        )
    };
    let frozen = ("2011-05-10".to_owned(), "2011-05-14".to_owned(), false);
    assert_eq!(end(&published), frozen);
    let span = |first: &str, last: &str| json!({"first": first, "last": last});
    let off = [span("2011-05-10", "2011-05-13"), span("2011-05-23", "2011-05-27")];
    let other = json!({"off": off, "work": [], "published": false});
    office.act(&office.admin, "PUT", "/api/v1/calendar/2011", Some(other), Some(2));
    let public = path.replace("/notices/", "/public/notices/");
    assert_eq!(end(&app.client().get(&public).expect(200)), frozen);
    // What is counted later is counted by the new table: 15 working days to sign, a week of them off.
    office.on_the("2011-05-16");
    office.approved(&path);
    let awards = office.see(&office.officer, &format!("{}/awards", round.path()));
    assert_eq!(awards.text("/items/0/sign_by"), "2011-06-13");
}

fn a_notice_is_counted_by_the_rule_of_its_policy(app: &TestApp) {
    let office = Office::found(app);
    let rule = json!({"notice_rule": "next_day", "notice_unit": "calendar", "notice_working_days": 7});
    let (_, path, version) = drafted_notice(&office, rule);
    let published = office.step(&office.officer, &format!("{path}/publication"), version, None);
    assert_eq!((published.text("/starts_on"), published.text("/ends_on")), ("2011-05-09", "2011-05-16"));
    assert_eq!(published.json["provisional"], true);
}
