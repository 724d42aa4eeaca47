//! A round that begins with what last year's said, and shows what it says otherwise.

use serde_json::{Value, json};

use crate::support::{Office, Round, TestApp, changes_nothing, draft_call, form};

on_both!(a_round_begins_with_what_another_says, only_a_round_of_the_programme_is_copied);

fn new_round(more: &Value) -> Value {
    let mut body = json!({
        "name": "第五届公益创投", "year": 2012, "budget": "90000.00", "opens_on": "2012-03-01",
        "closes_on": "2012-03-31",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn a_round_begins_with_what_another_says(app: &TestApp) {
    let office = Office::found(app);
    let policy = json!({"cap": "30000.00", "shares_bp": [6000, 4000], "review": {"panel_seats": 7}});
    let last = draft_call(&office, json!({"kind": "rolling"}), policy);
    let version = office.version(&office.officer, &last.path());
    office.act(&office.officer, "PUT", &format!("{}/form", last.path()), Some(form()), Some(version));
    office.publish(&last);
    let rounds = format!("/api/v1/programmes/{}/rounds", office.programme);
    let copied = office.post(&office.officer, &rounds, Some(new_round(&json!({"copy_of": last.id}))));
    let source = office.see(&office.officer, &last.path());
    for part in ["policy", "rubric", "form", "kind"] {
        assert_eq!(copied.json[part], source.json[part], "{part}");
    }
    assert_eq!(copied.text("/copied_from"), last.id);
    for (number, value) in
        [("policy_number", 1), ("rubric_number", 1), ("form_number", 1), ("call_number", 0)]
    {
        assert_eq!(copied.json[number], value, "{number}");
    }
    assert_eq!((copied.text("/state"), copied.text("/budget")), ("draft", "90000.00"));

    // Nothing of its parts differs until something is changed.
    let path = format!("/api/v1/rounds/{}", copied.id());
    let differences = |of: &str| office.see(&office.officer, &format!("{path}/differences{of}"));
    let parts = |items: &[Value]| -> Vec<Value> {
        items.iter().filter(|item| item["part"] != "call").cloned().collect()
    };
    assert!(parts(differences("").items()).is_empty());
    let mut changed = copied.json["policy"].clone();
    changed["cap"] = json!("35000.00");
    changed["review"]["panel_seats"] = json!(9);
    let put = |part: &str, body: Value| {
        let version = office.version(&office.officer, &path);
        office.act(&office.officer, "PUT", &format!("{path}/{part}"), Some(body), Some(version));
    };
    put("policy", changed);
    let mut shorter = form();
    shorter["sections"][1]["fields"].as_array_mut().unwrap().pop();
    put("form", shorter);
    let told = parts(differences("").items());
    let expected = json!([
        {"part": "policy", "pointer": "/cap", "before": "30000.00", "after": "35000.00"},
        {"part": "policy", "pointer": "/review/panel_seats", "before": 7, "after": 9},
    ]);
    assert_eq!(told[..2], expected.as_array().unwrap()[..]);
    assert_eq!(
        (told.len(), &told[2]["pointer"], &told[2]["after"]),
        (3, &json!("/sections/1/fields/4"), &Value::Null)
    );
    assert_eq!(told[2]["before"]["code"], "need");
    let own = differences("");
    let year = json!({"part": "call", "pointer": "/year", "before": 2011, "after": 2012});
    assert!(own.items().contains(&year), "{own}");
    assert_eq!(differences(&format!("?to={}", last.id)).json, own.json);
    // A draft's comparison is the office's alone.
    let stranger = office.join("申请人");
    stranger.get(&format!("{path}/differences")).refused(404, "not_found");
    stranger.get(&format!("{path}/versions")).refused(404, "not_found");
}

fn only_a_round_of_the_programme_is_copied(app: &TestApp) {
    let office = Office::found(app);
    let elsewhere = Office::found(app);
    let foreign = draft_call(&elsewhere, json!({}), json!({}));
    let own = draft_call(&office, json!({}), json!({}));
    elsewhere.publish(&foreign);
    let rounds = format!("/api/v1/programmes/{}/rounds", office.programme);
    let nobody = Round { id: yichuang::kernel::ids::RoundId::generate().to_string() };
    changes_nothing(app.database(), || {
        for source in [&foreign, &nobody] {
            let body = new_round(&json!({"copy_of": source.id}));
            office.officer.post(&rounds).json(&body).refused(404, "not_found");
            let path = format!("{}/differences?to={}", own.path(), source.id);
            office.officer.get(&path).refused(404, "not_found");
        }
        let body = new_round(&json!({"copy_of": "last"}));
        office.officer.post(&rounds).json(&body).refused(422, "field.invalid");
        let body = new_round(&json!({"kind": "lottery"}));
        office.officer.post(&rounds).json(&body).refused(422, "field.invalid");
    });
}
