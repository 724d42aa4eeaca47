//! Search: any substring of one character or more, the initials of the pinyin, every character of a query as itself.

use serde_json::{Value, json};

use crate::support::{Group, Kind, Office, Project, Round, TestApp, content};

on_both!(
    every_part_of_a_title_finds_it,
    initials_find_a_title_and_an_organisation,
    signs_mean_themselves,
    an_application_is_found_by_its_organisation_and_reference,
    what_changes_is_found_by_its_new_name_alone,
    nobody_finds_what_they_may_not_see,
    a_query_is_neither_empty_nor_endless,
    what_is_older_than_the_index_is_found_after_a_start,
);

fn titled(title: &str) -> Value {
    let mut content = content("30000.00");
    content["title"] = json!(title);
    content
}

fn opened(app: &TestApp) -> (Office<'_>, Round, Group) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"cap": "50000.00", "pass_line": "70.00"}));
    let mut group = office.an_unverified_group(Kind::Registered);
    // A name without a number: the queries below are to find titles.
    "月湖邻里社".clone_into(&mut group.name);
    let version = office.version(&group.admin, &group.path());
    office.act(&group.admin, "PATCH", &group.path(), Some(json!({"name": group.name})), Some(version));
    (office, round, group)
}

/// As it stands in a query.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
}

/// The titles that a query finds.
#[track_caller]
fn found(office: &Office<'_>, by: &crate::support::Person, round: &Round, query: &str) -> Vec<String> {
    let list = format!("{}/applications?limit=100&q={}", round.path(), encoded(query));
    let items = office.see(by, &list);
    items.items().iter().map(|item| item["title"].as_str().unwrap_or_default().to_owned()).collect()
}

fn every_part_of_a_title_finds_it(app: &TestApp) {
    let (office, round, group) = opened(app);
    office.submitted(&round, &group, titled("暖巷助老服务"));
    office.submitted(&round, &group, titled("绿色楼道"));
    let title: Vec<char> = "暖巷助老服务".chars().collect();
    for length in 1..=3 {
        for part in title.windows(length) {
            let part: String = part.iter().collect();
            assert_eq!(found(&office, &office.officer, &round, &part), ["暖巷助老服务"], "{part}");
        }
    }
    for typed in ["暖 巷", "暖巷助老服务", " 老服 "] {
        assert_eq!(found(&office, &office.officer, &round, typed), ["暖巷助老服务"], "{typed}");
    }
    for other in ["暖老", "务暖", "助老服务站"] {
        assert!(found(&office, &office.officer, &round, other).is_empty(), "{other}");
    }
}

fn initials_find_a_title_and_an_organisation(app: &TestApp) {
    let (office, round, group) = opened(app);
    office.submitted(&round, &group, titled("暖巷助老服务"));
    office.submitted(&round, &group, titled("宁波老人食堂"));
    for (query, title) in [
        ("nxzl", "暖巷助老服务"),
        ("NXZL", "暖巷助老服务"),
        ("zlfw", "暖巷助老服务"),
        ("nblr", "宁波老人食堂"),
    ] {
        assert_eq!(found(&office, &office.officer, &round, query), [title], "{query}");
    }
    assert!(found(&office, &office.officer, &round, "nxlz").is_empty());
    let list = |query: &str| {
        let path = format!("/api/v1/programmes/{}/organizations?q={query}", office.programme);
        office.see(&office.officer, &path).items().len()
    };
    assert_eq!((list("yhlls"), list("hll"), list("%E9%82%BB"), list("xyz")), (1, 1, 1, 0));
}

fn signs_mean_themselves(app: &TestApp) {
    let (office, round, group) = opened(app);
    let titles = ["100%满意", "100户", "a_b计划", "ab计划", "反\\斜", "反斜"];
    for title in titles {
        office.submitted(&round, &group, titled(title));
    }
    for (query, expected) in [
        ("100%", vec!["100%满意"]),
        ("%", vec!["100%满意"]),
        ("_", vec!["a_b计划"]),
        ("a_b", vec!["a_b计划"]),
        ("\\", vec!["反\\斜"]),
        ("100", vec!["100%满意", "100户"]),
        ("HS-2011-0003", vec!["a_b计划"]),
        ("11-00", titles.to_vec()),
        ("' OR 1=1 --", vec![]),
        ("\"; DROP TABLE applications", vec![]),
    ] {
        assert_eq!(found(&office, &office.officer, &round, query), expected, "{query}");
    }
}

fn an_application_is_found_by_its_organisation_and_reference(app: &TestApp) {
    let (office, round, group) = opened(app);
    let other = office.an_unverified_group(Kind::Registered);
    let project = office.submitted(&round, &group, titled("甲"));
    office.submitted(&round, &other, titled("乙"));
    for query in [&group.name, &project.reference, &project.reference.to_lowercase(), "0001"] {
        assert_eq!(found(&office, &office.officer, &round, query), ["甲"], "{query}");
    }
    // Together with another filter.
    let list = format!("{}/applications?state=draft&q={}", round.path(), encoded("甲"));
    assert!(office.see(&office.officer, &list).items().is_empty());
}

fn what_changes_is_found_by_its_new_name_alone(app: &TestApp) {
    let (office, round, group) = opened(app);
    let Project { id, .. } = office.drafted(&round, &group, titled("旧名"));
    let path = format!("/api/v1/applications/{id}");
    let version = office.version(&group.admin, &path);
    office.act(&group.admin, "PATCH", &path, Some(json!({"title": "新名"})), Some(version));
    assert!(found(&office, &group.admin, &round, "旧名").is_empty());
    assert_eq!(found(&office, &group.admin, &round, "新名"), ["新名"]);
    let version = office.version(&group.admin, &group.path());
    office.act(&group.admin, "PATCH", &group.path(), Some(json!({"name": "改了名的互助社"})), Some(version));
    assert_eq!(found(&office, &group.admin, &round, "改了名"), ["新名"]);
    assert!(found(&office, &group.admin, &round, "月湖").is_empty());
}

fn nobody_finds_what_they_may_not_see(app: &TestApp) {
    let (office, round, group) = opened(app);
    let other = office.an_unverified_group(Kind::Registered);
    office.submitted(&round, &group, titled("暖巷助老服务"));
    office.drafted(&round, &group, titled("暖巷的草稿"));
    // The office sees no drafts, another group sees neither.
    assert_eq!(found(&office, &office.officer, &round, "暖巷"), ["暖巷助老服务"]);
    assert!(found(&office, &other.admin, &round, "暖巷").is_empty());
    assert_eq!(found(&office, &group.admin, &round, "暖巷").len(), 2);
    let organizations = format!("/api/v1/programmes/{}/organizations?q=yhlls", office.programme);
    assert_eq!(office.see(&group.admin, &organizations).items().len(), 1);
    let elsewhere = Office::found(app);
    elsewhere.officer.get(&organizations).refused(404, "not_found");
    let list = format!("{}/applications?q=nxzl", round.path());
    elsewhere.officer.get(&list).refused(404, "not_found");
}

fn a_query_is_neither_empty_nor_endless(app: &TestApp) {
    let (office, round, _) = opened(app);
    for query in
        [String::new(), "%20".to_owned(), "%00".to_owned(), encoded(&"暖".repeat(101)), "x".repeat(10_000)]
    {
        let list = format!("{}/applications?q={query}", round.path());
        office.officer.get(&list).refused(400, "unknown_filter");
        let list = format!("/api/v1/programmes/{}/organizations?q={query}", office.programme);
        office.officer.get(&list).refused(400, "unknown_filter");
    }
}

fn what_is_older_than_the_index_is_found_after_a_start(app: &TestApp) {
    use diesel::prelude::*;
    use std::sync::Arc;
    use yichuang::{
        app::Application,
        db::{Lane, schema::search_entries},
    };

    let (office, round, group) = opened(app);
    office.submitted(&round, &group, titled("暖巷助老服务"));
    let forget = |conn: &mut yichuang::db::Db| Ok(diesel::delete(search_entries::table).execute(conn)?);
    app.database().write_now(Lane::Installation, forget).expect("the index is forgotten");
    assert!(found(&office, &office.officer, &round, "暖").is_empty());
    drop(Application::build(app.settings().clone(), Arc::new(app.clock.clone())).expect("a second start"));
    assert_eq!(found(&office, &office.officer, &round, "暖"), ["暖巷助老服务"]);
    assert_eq!(found(&office, &office.officer, &round, "月湖"), ["暖巷助老服务"]);
}
