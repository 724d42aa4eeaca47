//! A published call is never edited: a correction and an extension are versions of it.

use serde_json::{Value, json};

use crate::support::{Kind, Office, TestApp, changes_nothing, content, draft_call, form};

on_both!(
    a_correction_is_a_new_version_of_everything,
    a_correction_is_refused_with_all_its_faults,
    an_extension_is_told_and_logged,
    what_is_closed_is_not_corrected,
);

const NEEDS: [&str; 2] = ["corrections", "extensions"];

fn a_correction_is_a_new_version_of_everything(app: &TestApp) {
    let office = Office::found(app);
    let round = draft_call(&office, json!({}), json!({"cap": "30000.00"}));
    let path = round.path();
    office.publish(&round);
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, content("20000.00"));
    let before = office.see(&office.director, &path);
    assert_eq!(
        (before.json["call_number"].as_i64(), before.json["policy_number"].as_i64()),
        (Some(1), Some(2))
    );
    let offered: Vec<&str> =
        before.json["permitted_actions"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(offered, ["correct", "extend"]);

    let correction = json!({
        "reason": "总额追加，上限调整", "name": "第四届公益创投（更正）", "budget": "80000.00",
        "closes_on": "2011-04-15", "policy": {"cap": "40000.00"}, "form": form(),
    });
    let corrections = format!("{path}/corrections");
    let after = office.step(&office.director, &corrections, before.version(), Some(correction));
    for (pointer, value) in [
        ("/call_number", json!(2)),
        ("/policy_number", json!(3)),
        ("/rubric_number", json!(1)),
        ("/form_number", json!(1)),
        ("/policy/cap", json!("40000.00")),
        ("/budget", json!("80000.00")),
        ("/closes_on", json!("2011-04-15")),
        ("/opens_on", json!("2011-03-01")),
        ("/state", json!("open")),
    ] {
        assert_eq!(after.at(pointer), &value, "{pointer}");
    }
    // The application keeps the version it was begun under; the books have what was added.
    let kept = office.see(&group.admin, &project.path());
    assert_eq!(kept.json["policy_number"], 2);
    let ledger = office.see(&office.auditor, &format!("{path}/ledger"));
    let available = ledger.at("/accounts/1");
    assert_eq!(available, &json!({"account": "available", "balance": "80000.00"}), "{ledger}");

    // Both versions stand whole; everybody sees that the call was corrected.
    let versions = office.see(&group.admin, &format!("{path}/versions"));
    let told: Vec<(i64, &str, &str)> = versions
        .items()
        .iter()
        .map(|v| {
            (
                v["number"].as_i64().unwrap(),
                v["kind"].as_str().unwrap(),
                v["call"]["budget"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [(1, "publication", "60000.00"), (2, "correction", "80000.00")]);
    assert_eq!(versions.at("/items/0/call/policy/cap"), "30000.00");
    assert_eq!(versions.at("/items/1/call/form/sections/1/fields/4/code"), "need");
    assert_eq!(versions.text("/items/1/digest").len(), 64);
    let public = app.client().get("/api/v1/public/rounds").expect(200);
    let call = public.items().iter().find(|call| call["id"] == round.id.as_str()).unwrap();
    assert_eq!(call["call_number"], 2);
    assert_eq!(call["corrections"][0]["reason"], "总额追加，上限调整");
    assert_eq!(call["corrections"].as_array().unwrap().len(), 1);
    let page = office.see(&office.officer, &format!("{path}/versions?limit=1"));
    assert_eq!((page.items().len(), page.json["next_cursor"].as_str()), (1, Some("1")));

    // What differs from the version before, and from the first.
    let items = office.see(&office.officer, &format!("{path}/differences"));
    let cap = json!({"part": "policy", "pointer": "/cap", "before": "30000.00", "after": "40000.00"});
    assert!(items.items().contains(&cap), "{items}");
    let budget = json!({"part": "call", "pointer": "/budget", "before": "60000.00", "after": "80000.00"});
    assert!(items.items().contains(&budget), "{items}");
    assert!(items.items().iter().all(|item| item["part"] != "rubric"), "{items}");
    let same = office.see(&office.officer, &format!("{path}/differences?to=version:2"));
    assert!(same.items().is_empty(), "{same}");
    office.officer.get(&format!("{path}/differences?to=version:3")).refused(404, "not_found");
    office.officer.get(&format!("{path}/differences?to=last")).refused(400, "unknown_filter");
    office.officer.get(&format!("{path}/differences?from=1")).refused(400, "unknown_filter");
}

fn a_correction_is_refused_with_all_its_faults(app: &TestApp) {
    let office = Office::found(app);
    let round = draft_call(&office, json!({}), json!({}));
    let corrections = format!("{}/corrections", round.path());
    let elsewhere = Office::found(app);
    let version = office.version(&office.director, &round.path());
    changes_nothing(app.database(), || {
        // A draft is edited, not corrected.
        let told =
            office.director.post(&corrections).key("draft").if_match(version).json(&json!({"reason": "x"}));
        told.refused(409, "illegal_transition");
    });
    let version = office.publish(&round).version();
    let correct = |body: &Value| office.director.post(&corrections).key("k").if_match(version).json(body);
    changes_nothing(app.database(), || {
        let wrong = json!({
            "reason": " ", "name": "", "opens_on": "2011-03-05", "closes_on": "2011-03-01", "budget": "59999.99",
        });
        let told = correct(&wrong).refused(422, "correction.budget_lowered");
        let expected = [
            ("/reason", "field.required"),
            ("/name", "field.invalid"),
            ("/opens_on", "field.invalid"),
            ("/closes_on", "field.invalid"),
            ("/budget", "correction.budget_lowered"),
        ];
        assert_eq!(told.faults(), expected.map(|(place, code)| (place.to_owned(), code.to_owned())));
        correct(&json!({"reason": "无"})).refused(422, "correction.empty");
        // E001 holds for the whole: a fault of the rubric and one of the policy.
        let policy = json!({"domains": [], "trim_from": 1});
        let rubric = json!({"criteria": [{"code": "a", "name": "项", "max": "99.00"}]});
        let told = correct(&json!({"reason": "改", "policy": policy, "rubric": rubric})).refused(422, "E001");
        let expected = [
            ("/policy/domains", "E001"),
            ("/policy/trim_from", "policy.invalid"),
            ("/rubric/criteria", "rubric.sum"),
        ];
        assert_eq!(told.faults(), expected.map(|(place, code)| (place.to_owned(), code.to_owned())));
        let fine = json!({"reason": "改", "budget": "60000.01"});
        for (person, status, code) in
            [(&office.officer, 403, "forbidden"), (&elsewhere.director, 404, "not_found")]
        {
            person.post(&corrections).key("k").if_match(version).json(&fine).refused(status, code);
        }
        office.director.post(&corrections).key("k").if_match(version - 1).json(&fine).refused(412, "stale");
        office
            .director
            .post(&corrections)
            .if_match(version)
            .json(&fine)
            .refused(400, "idempotency.key_required");
    });
}

fn an_extension_is_told_and_logged(app: &TestApp) {
    let office = Office::found(app);
    let round = draft_call(&office, json!({}), json!({}));
    let path = round.path();
    let version = office.publish(&round).version();
    let extensions = format!("{path}/extensions");
    let extend = |closes_on: &str| json!({"reason": "应街道要求", "closes_on": closes_on});
    changes_nothing(app.database(), || {
        for day in ["2011-03-31", "2011-03-30"] {
            let told = office.officer.post(&extensions).key(day).if_match(version).json(&extend(day));
            let told = told.refused(422, "extension.not_later");
            assert_eq!(told.faults(), [("/closes_on".to_owned(), "extension.not_later".to_owned())]);
        }
        let silent = json!({"reason": "", "closes_on": "2011-04-01"});
        office
            .officer
            .post(&extensions)
            .key("s")
            .if_match(version)
            .json(&silent)
            .refused(422, "field.required");
        office
            .maker
            .post(&extensions)
            .key("m")
            .if_match(version)
            .json(&extend("2011-04-08"))
            .refused(403, "forbidden");
    });
    let once = office.step(&office.officer, &extensions, version, Some(extend("2011-04-08")));
    let twice = office.step(&office.director, &extensions, once.version(), Some(extend("2011-04-15")));
    assert_eq!((twice.text("/closes_on"), twice.json["call_number"].as_i64()), ("2011-04-15", Some(3)));
    let versions = office.see(&office.auditor, &format!("{path}/versions"));
    assert_eq!(versions.at("/items/2/kind"), "extension");
    assert_eq!(versions.at("/items/2/reason"), "应街道要求");

    // The old last day is over, the new one is not.
    office.on_the("2011-04-14");
    assert_eq!(office.see(&office.officer, &path).text("/state"), "open");
    let group = office.a_group(Kind::Registered);
    office.submitted(&round, &group, content("20000.00"));
    office.on_the("2011-04-16");
    assert_eq!(office.see(&office.officer, &path).text("/state"), "closed");
}

fn what_is_closed_is_not_corrected(app: &TestApp) {
    let office = Office::found(app);
    let round = draft_call(&office, json!({}), json!({}));
    let version = office.publish(&round).version();
    office.on_the("2011-04-01");
    changes_nothing(app.database(), || {
        for verb in NEEDS {
            let body = json!({"reason": "晚了", "closes_on": "2011-04-30"});
            let request = office.director.post(&format!("{}/{verb}", round.path()));
            request.key(verb).if_match(version).json(&body).refused(409, "illegal_transition");
        }
    });
}
