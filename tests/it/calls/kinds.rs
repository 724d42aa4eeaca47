//! Fixed, rolling and contest calls.

use serde_json::{Value, json};

use crate::support::{Kind, Office, TestApp, changes_nothing, content, draft_call};

on_both!(
    a_rolling_call_takes_submissions_while_a_batch_is_reviewed,
    only_an_open_rolling_call_has_batches_to_close,
);

fn a_rolling_call_takes_submissions_while_a_batch_is_reviewed(app: &TestApp) {
    let office = Office::found(app);
    let round = draft_call(&office, json!({"kind": "rolling"}), json!({"cap": "30000.00"}));
    let path = round.path();
    let published = office.publish(&round);
    assert_eq!((published.text("/kind"), published.json["batch_number"].as_i64()), ("rolling", Some(1)));
    let (first_group, second_group) = (office.a_group(Kind::Registered), office.a_group(Kind::Registered));
    let first = office.eligible(&round, &first_group, content("20000.00"));
    let expert = office.an_expert();
    let review = json!({"expert_id": expert.id});
    changes_nothing(app.database(), || {
        // Its batch may still fill.
        let request = office.officer.post(&format!("{}/reviews", first.path())).json(&review);
        request.refused(409, "illegal_transition");
    });

    office.on_the("2011-03-10");
    let version = office.version(&office.officer, &path);
    let closed = office.step(&office.officer, &format!("{path}/review-batches"), version, None);
    assert_eq!(closed.json["batch_number"], 2);
    let batches = office.see(&office.auditor, &format!("{path}/review-batches"));
    assert_eq!((batches.items().len(), batches.at("/items/0/number")), (1, &json!(1)));
    assert_eq!(batches.text("/items/0/closed_by"), office.officer.id);

    // The first batch is reviewed; the call stays open for the second.
    office.on_the("2011-03-11");
    office.marked(&first, &expert, "80");
    assert_eq!(office.see(&first_group.admin, &path).text("/state"), "open");
    let second = office.eligible(&round, &second_group, content("25000.00"));
    changes_nothing(app.database(), || {
        let request = office.officer.post(&format!("{}/reviews", second.path())).json(&review);
        request.refused(409, "illegal_transition");
    });

    // When the window is over, so is the last batch.
    office.on_the("2011-04-01");
    assert_eq!(office.see(&office.officer, &path).text("/state"), "reviewing");
    office.assign(&second, &expert);
    let late = office.a_group(Kind::Registered);
    let draft = json!({"organization_id": late.id, "content": content("10000.00")});
    changes_nothing(app.database(), || {
        late.admin.post(&format!("{path}/applications")).json(&draft).refused(409, "E101");
    });
}

fn only_an_open_rolling_call_has_batches_to_close(app: &TestApp) {
    let office = Office::found(app);
    let elsewhere = Office::found(app);
    let fixed = draft_call(&office, json!({}), json!({}));
    let rolling = draft_call(&office, json!({"kind": "rolling"}), json!({}));
    let version = office.publish(&fixed).version();
    let close = |path: &str| format!("{path}/review-batches");
    let offers =
        |reply: &Value| reply["permitted_actions"].as_array().unwrap().contains(&json!("close_batch"));
    assert!(!offers(&office.see(&office.officer, &fixed.path()).json));
    changes_nothing(app.database(), || {
        let request = office.officer.post(&close(&fixed.path())).key("fixed").if_match(version);
        request.refused(409, "review_batch.not_rolling");
        let draft = office.version(&office.officer, &rolling.path());
        let request = office.officer.post(&close(&rolling.path())).key("draft").if_match(draft);
        request.refused(409, "illegal_transition");
    });
    let version = office.publish(&rolling).version();
    assert!(offers(&office.see(&office.officer, &rolling.path()).json));
    changes_nothing(app.database(), || {
        let path = close(&rolling.path());
        office.director.post(&path).key("role").if_match(version).refused(403, "forbidden");
        elsewhere.officer.post(&path).key("else").if_match(version).refused(404, "not_found");
        office.officer.post(&path).key("stale").if_match(version - 1).refused(412, "stale");
        office.officer.post(&path).if_match(version).refused(400, "idempotency.key_required");
    });
    office.on_the("2011-04-01");
    changes_nothing(app.database(), || {
        let request = office.officer.post(&close(&rolling.path())).key("late").if_match(version);
        request.refused(409, "illegal_transition");
    });
}
