//! Drafts: what they take, what they refuse, and what is kept of every save.

use serde_json::{Value, json};

use super::{answers, round_with_form};
use crate::support::{Kind, Office, TestApp, changes_nothing, content, fresh_key};

on_both!(
    every_kind_of_answer_is_refused_at_its_place_and_all_at_once,
    what_is_null_is_taken_away,
    a_hidden_question_is_not_asked_and_a_shown_one_is,
    every_save_is_kept_and_differences_add_up,
    a_section_is_its_peoples_alone,
    texts_are_counted_as_people_count,
    experts_do_not_get_what_says_something_of_a_person,
);

fn every_kind_of_answer_is_refused_at_its_place_and_all_at_once(app: &TestApp) {
    let office = Office::found(app);
    let round = round_with_form(&office, json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, json!({"answers": answers()}));
    let wrong = json!({
        "beneficiaries": -1, "need": "x".repeat(301), "target": "young", "channels": ["wall", "wall"],
        "indirect": 1.5, "kickoff": "2011-02-30", "matching": 0.5, "nobody_asked": 1,
        "team": [{"name": "王"}, {"age": "9"}, {"duty": 3}, {}],
    });
    let expected = |at: &str| -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = [
            ("channels", "field.invalid"),
            ("indirect", "field.invalid"),
            ("kickoff", "field.invalid"),
            ("matching", "field.invalid"),
            ("need", "field.too_long"),
            ("nobody_asked", "unknown_field"),
            ("target", "field.invalid"),
            ("team", "field.invalid"),
            ("team/1/age", "unknown_field"),
            ("team/2/duty", "field.invalid"),
        ]
        .iter()
        .map(|(field, code)| (format!("{at}/{field}"), (*code).to_owned()))
        .collect();
        all.sort();
        all
    };
    let path = project.section("project");
    let version = office.version(&group.admin, &path);
    let refused = changes_nothing(app.database(), || {
        let body = json!({"fields": wrong.clone()});
        group.admin.patch(&path).json(&body).if_match(version).refused(422, "invalid")
    });
    let mut told = refused.faults();
    told.sort();
    let mut all = expected("/fields");
    all.push(("/fields/beneficiaries".to_owned(), "field.invalid".to_owned()));
    all.sort();
    assert_eq!(told, all, "{refused}");

    // The whole application says the same of the same answers.
    let mut only_answers = wrong;
    only_answers.as_object_mut().unwrap().remove("beneficiaries");
    let version = office.version(&group.admin, &project.path());
    let refused = changes_nothing(app.database(), || {
        let body = json!({"answers": only_answers});
        group.admin.patch(&project.path()).json(&body).if_match(version).refused(422, "invalid")
    });
    let mut told = refused.faults();
    told.sort();
    assert_eq!(told, expected("/answers"), "{refused}");
}

fn what_is_null_is_taken_away(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, content("50000.00"));
    let nothing = json!({
        "title": null, "domain": null, "requested": null, "starts_on": null, "ends_on": null,
        "beneficiaries": null, "summary": null, "lead_phone": null, "unit_id": null, "funded_elsewhere": null,
        "budget_lines": null,
    });
    let version = office.version(&group.admin, &project.path());
    office.act(&group.admin, "PATCH", &project.path(), Some(nothing), Some(version));
    let seen = office.see(&group.admin, &project.path());
    for field in ["domain", "requested", "starts_on", "ends_on", "beneficiaries"] {
        assert_eq!(seen.at(&format!("/{field}")), &Value::Null, "{field}");
    }
    assert_eq!((seen.text("/title"), seen.at("/budget_lines")), ("", &json!([])));
}

fn a_hidden_question_is_not_asked_and_a_shown_one_is(app: &TestApp) {
    let office = Office::found(app);
    let round = round_with_form(&office, json!({}));
    let group = office.a_group(Kind::Registered);
    let mut all = content("50000.00");
    all["answers"] = answers();
    all["lead_name"] = json!("王阿姨");
    all["lead_phone"] = json!("13800000001");
    let project = office.drafted(&round, &group, all);
    let missing =
        || office.see(&group.admin, &format!("{}/validation", project.path())).at("/faults").clone();
    assert_eq!(missing(), json!([]));
    office.save_section(&group.admin, &project, "project", json!({"target": "other"}));
    assert_eq!(missing()[0]["pointer"], "/answers/target_other", "{}", missing());
    office.save_section(&group.admin, &project, "project", json!({"team": [{"duty": "上门"}]}));
    assert_eq!(missing()[1]["pointer"], "/answers/team/0/name", "{}", missing());
}

fn every_save_is_kept_and_differences_add_up(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, json!({"title": "一"}));
    for title in ["二", "三", "一"] {
        office.save_section(&group.admin, &project, "cover", json!({"title": title}));
    }
    office.save_section(&group.admin, &project, "project", json!({"beneficiaries": 9}));
    let saves = office.see(&group.admin, &format!("{}/revisions", project.path()));
    let numbers: Vec<i64> = saves.items().iter().map(|save| save["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert_eq!(saves.at("/items/1/changes"), &json!([{"field": "title", "before": "一", "after": "二"}]));
    let between = |from: i32, to: i32| {
        let path = format!("{}/differences?from={from}&to={to}", project.path());
        office.see(&group.admin, &path).at("/changes").clone()
    };
    assert_eq!(between(1, 4), json!([]), "it came back to where it was");
    assert_eq!(between(1, 3), json!([{"field": "title", "before": "一", "after": "三"}]));
    assert_eq!(between(2, 5)[0], json!({"field": "beneficiaries", "before": null, "after": 9}));
    let page = office.see(&group.admin, &format!("{}/revisions?limit=2", project.path()));
    let next = page.text("/next_cursor").to_owned();
    let page = office.see(&group.admin, &format!("{}/revisions?limit=2&cursor={next}", project.path()));
    assert_eq!(page.at("/items/0/number"), &json!(3));
    for wrong in ["from=-1", "from=3&to=2", "to=x", "since=1"] {
        let path = format!("{}/differences?{wrong}", project.path());
        group.admin.get(&path).refused(400, "unknown_filter");
    }
}

fn a_section_is_its_peoples_alone(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let neighbour = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, content("50000.00"));
    let path = project.section("cover");
    for part in ["", "/sections/cover", "/validation", "/revisions", "/differences", "/receipts"] {
        let path = format!("{}{part}", project.path());
        neighbour.admin.get(&path).refused(404, "not_found");
        office.officer.get(&path).refused(404, "not_found");
        group.admin.get(&path).expect(200);
    }
    let body = json!({"fields": {"title": "别人的"}});
    changes_nothing(app.database(), || {
        neighbour.admin.patch(&path).json(&body).if_match(1).refused(404, "not_found");
        group.admin.patch(&path).json(&body).refused(428, "precondition_required");
        let nowhere = project.section("nowhere");
        group.admin.patch(&nowhere).json(&body).if_match(1).refused(404, "not_found");
    });
    // Handed in, the office reads it; nobody writes at it, and it cannot be handed in twice.
    office.submit(&project);
    office.officer.get(&path).expect(200);
    office.officer.get(&format!("{}/machine-check", project.path())).expect(200);
    group.admin.get(&format!("{}/machine-check", project.path())).refused(403, "forbidden");
    let (whole, version) =
        (office.version(&group.admin, &project.path()), office.version(&group.admin, &path));
    changes_nothing(app.database(), || {
        group.admin.patch(&path).json(&body).if_match(version).refused(409, "illegal_transition");
        let submission = format!("{}/submission", project.path());
        let again = group.admin.post(&submission).if_match(whole).key(&fresh_key());
        again.refused(409, "illegal_transition");
    });
}

fn texts_are_counted_as_people_count(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, json!({}));
    // 500 characters, one of them a family of seven code points, and a line break that nobody counts.
    let summary = format!("👨‍👩‍👧\n{}", "暖".repeat(499));
    office.save_section(&group.admin, &project, "project", json!({"summary": summary}));
    let path = project.section("project");
    let version = office.version(&group.admin, &path);
    changes_nothing(app.database(), || {
        let body = json!({"fields": {"summary": format!("{summary}巷")}});
        group.admin.patch(&path).json(&body).if_match(version).refused(422, "field.too_long");
    });
}

fn experts_do_not_get_what_says_something_of_a_person(app: &TestApp) {
    let office = Office::found(app);
    let round = office.draft_round("100000.00", json!({}));
    let mut form = super::form();
    let fields = form["sections"][1]["fields"].as_array_mut().unwrap();
    fields.push(
        json!({"code": "id_no", "label": "身份证号", "kind": "text", "max_chars": 18, "personal": true}),
    );
    for field in fields.iter_mut().filter(|field| field["code"] == "team") {
        field["columns"][0]["personal"] = json!(true);
    }
    let version = office.version(&office.officer, &round.path());
    office.act(&office.officer, "PUT", &format!("{}/form", round.path()), Some(form), Some(version));
    office.publish(&round);
    let mut all = content("50000.00");
    all["answers"] = answers();
    all["answers"]["id_no"] = json!("330203190001010013");
    all["lead_name"] = json!("王阿姨");
    all["lead_phone"] = json!("13800000001");
    let project = office.submitted(&round, &office.a_group(Kind::Registered), all);
    let accept = json!({"outcome": "accept", "checklist": ["seal"]});
    office.move_application(&office.officer, &project, "form-check", Some(accept.clone()));
    office.move_application(&office.street, &project, "eligibility", Some(accept));
    office.on_the(crate::support::REVIEW_DAY);
    let expert = office.an_expert();
    let sheet = office.marked(&project, &expert, "80");
    let file = office.see(&expert.person, &format!("{sheet}/application")).body();
    assert!(file.contains("日常照护缺人") && file.contains("上门"), "{file}");
    for secret in ["330203190001010013", "王阿姨", "13800000001"] {
        assert!(!file.contains(secret), "{secret}: {file}");
    }
}
