//! The policy as a whole, and E001: what a call lacks is told at once.

use serde_json::{Value, json};

use crate::support::{Office, Reply, TestApp, changes_nothing, draft_call};

on_both!(
    a_policy_that_is_left_out_has_the_numbers_of_the_domain,
    a_policy_is_refused_with_all_its_faults,
    a_call_is_refused_with_everything_it_lacks,
    the_tracks_of_a_call_have_their_own_money,
);

fn a_policy_that_is_left_out_has_the_numbers_of_the_domain(app: &TestApp) {
    let office = Office::found(app);
    let round = draft_call(&office, json!({}), json!({"cap": "30000.00"}));
    let policy = &office.see(&office.officer, &round.path()).json["policy"];
    for (pointer, value) in [
        ("/cap", json!("30000.00")),
        ("/forbidden_categories", json!(["fixed_assets", "infrastructure", "cash_gifts"])),
        ("/category_caps_bp/personnel", json!(3000)),
        ("/category_caps_bp/overhead", json!(1000)),
        ("/correction_rounds", json!(1)),
        ("/reminder_days", json!([7, 3, 1])),
        ("/eligible_kinds", json!(["association", "social_service", "foundation", "filed_group"])),
        ("/notice_rule", json!("inclusive")),
        ("/notice_unit", json!("working")),
        ("/tracks", Value::Null),
        ("/spending/quotes_from", json!("1000.00")),
        ("/changes/approval_above_share_bp", json!(1000)),
        ("/sponsorship/naming_right_share_bp", json!(5000)),
        ("/evaluation/pass_line", json!("60.00")),
    ] {
        assert_eq!(policy.pointer(pointer), Some(&value), "{pointer}");
    }
    assert_eq!(policy["domains"].as_array().unwrap().len(), 9);
}

fn a_policy_is_refused_with_all_its_faults(app: &TestApp) {
    let office = Office::found(app);
    let round = draft_call(&office, json!({}), json!({}));
    let put = format!("{}/policy", round.path());
    let version = office.version(&office.officer, &round.path());
    let wrong = json!({
        "cap": "0.00", "domains": ["elderly", "elderly"], "eligible_kinds": ["firm"], "reminder_days": [0],
        "attachments": {"files": 0}, "tracks": {"filed": {"pass_line": "100.01"}}, "review": {"panel_seats": 4},
        "sponsorship": {"intent_days": 0},
    });
    changes_nothing(app.database(), || {
        let told = office.officer.put(&put).if_match(version).json(&wrong).refused(422, "invalid");
        let places: Vec<String> = told.faults().into_iter().map(|(place, _)| place).collect();
        let expected = [
            "/cap",
            "/reminder_days",
            "/attachments",
            "/domains",
            "/eligible_kinds",
            "/review/panel_seats",
            "/sponsorship/intent_days",
            "/tracks/filed/pass_line",
        ];
        assert_eq!(places, expected, "{told}");
        let unknown = json!({"review": {"panel_seats": 5, "sofas": 2}});
        let told = office.officer.put(&put).if_match(version).json(&unknown).refused(422, "unknown_field");
        assert_eq!(told.faults(), [("/review/sofas".to_owned(), "unknown_field".to_owned())]);
    });
}

fn places(reply: &Reply) -> Vec<String> {
    reply.faults().into_iter().map(|(place, code)| format!("{place} {code}")).collect()
}

fn a_call_is_refused_with_everything_it_lacks(app: &TestApp) {
    let office = Office::found(app);
    let policy = json!({
        "domains": [], "tracks": {"filed": {"budget": "40000.00"}, "registered": {"budget": "20000.01"}},
    });
    let round = draft_call(&office, json!({"kind": "contest"}), policy);
    let publication = format!("{}/publication", round.path());
    let version = office.version(&office.director, &round.path());
    changes_nothing(app.database(), || {
        let told = office.director.post(&publication).key("e001").if_match(version).refused(422, "E001");
        assert_eq!(told.json["code"], "E001");
        assert_eq!(places(&told), ["/policy/domains E001", "/policy/tracks E001", "/policy/prizes E001"]);
        office.officer.post(&publication).key("role").if_match(version).refused(403, "forbidden");
        office.director.post(&publication).if_match(version).refused(400, "idempotency.key_required");
    });
    let prizes = json!([
        {"name": "一等奖", "count": 1, "amount": "30000.00"}, {"name": "优秀奖", "count": 10, "amount": "0.00"},
    ]);
    let put = format!("{}/policy", round.path());
    office.act(&office.officer, "PUT", &put, Some(json!({"prizes": prizes})), Some(version));
    assert_eq!(office.publish(&round).json["kind"], "contest");
}

fn the_tracks_of_a_call_have_their_own_money(app: &TestApp) {
    let office = Office::found(app);
    let tracks = json!({
        "filed": {"budget": "20000.00", "cap": "10000.00", "max_count": 4, "pass_line": "60.00"},
        "registered": {"budget": "40000.00"},
    });
    let round = draft_call(&office, json!({}), json!({"tracks": tracks}));
    let shown = office.publish(&round);
    assert_eq!(shown.text("/policy/tracks/filed/cap"), "10000.00");
    assert_eq!(shown.at("/policy/tracks/registered/cap"), &Value::Null);
}
