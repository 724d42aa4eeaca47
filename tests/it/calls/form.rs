//! The form of a round is data of the round.

use serde_json::{Value, json};
use yichuang::programmes::Form;

use crate::support::{Office, TestApp, changes_nothing, form};

on_both!(a_round_has_the_form_that_was_defined_last, a_form_is_refused_with_all_its_faults);

fn a_round_has_the_form_that_was_defined_last(app: &TestApp) {
    let office = Office::found(app);
    let round = office.draft_round("50000.00", json!({}));
    let shown = office.see(&office.officer, &round.path());
    assert_eq!(shown.json["form_number"], 0);
    assert_eq!(shown.json["form"], serde_json::to_value(Form::default()).unwrap());

    let put = format!("{}/form", round.path());
    let first = office.act(&office.officer, "PUT", &put, Some(form()), Some(shown.version()));
    assert_eq!((first.json["form_number"].as_i64(), first.version()), (Some(1), shown.version() + 1));
    let mut changed = form();
    changed["sections"][1]["fields"][4]["max_chars"] = json!(800);
    office.act(&office.officer, "PUT", &put, Some(changed.clone()), Some(first.version()));
    let shown = office.see(&office.officer, &round.path());
    assert_eq!(
        (shown.json["form_number"].as_i64(), shown.json["policy_number"].as_i64()),
        (Some(2), Some(2))
    );
    let stored: Form = serde_json::from_value(shown.json["form"].clone()).unwrap();
    assert_eq!(stored, serde_json::from_value(changed).unwrap());

    office.publish(&round);
    let version = office.version(&office.officer, &round.path());
    changes_nothing(app.database(), || {
        office.officer.put(&put).if_match(version).json(&form()).refused(409, "illegal_transition");
    });
}

fn a_form_is_refused_with_all_its_faults(app: &TestApp) {
    let office = Office::found(app);
    let round = office.draft_round("50000.00", json!({}));
    let (put, version) = (format!("{}/form", round.path()), office.version(&office.officer, &round.path()));
    let elsewhere = Office::found(app);
    let mut wrong = form();
    wrong["sections"][0]["title"] = json!("");
    wrong["sections"][1]["fields"][4]["max_chars"] = Value::Null;
    changes_nothing(app.database(), || {
        let told = office.officer.put(&put).if_match(version).json(&wrong).refused(422, "invalid");
        let at = |pointer: &str| (pointer.to_owned(), "field.invalid".to_owned());
        assert_eq!(told.faults(), [at("/sections/0/title"), at("/sections/1/fields/4/max_chars")]);
        office.director.put(&put).if_match(version).json(&form()).refused(403, "forbidden");
        elsewhere.officer.put(&put).if_match(version).json(&form()).refused(404, "not_found");
    });
}
