//! 补正 and more time: due days, locks, and what lapses.

use serde_json::{Value, json};

use crate::support::{
    Kind, Office, Person, Project, TestApp, accepting, changes_nothing, content, fresh_key,
};

on_both!(
    a_correction_lapses_and_is_then_judged_as_it_is,
    more_time_for_a_correction_and_for_a_draft,
    a_notice_names_fields_of_the_form_once_each,
    a_correction_can_be_asked_for_after_the_first_finding_too,
    the_versions_it_is_judged_by_stay,
);

#[track_caller]
fn submission_is_refused(office: &Office<'_>, project: &Project, status: u16, code: &str) {
    let admin = &project.group.admin;
    let version = office.version(admin, &project.path());
    changes_nothing(office.app.database(), || {
        let path = format!("{}/submission", project.path());
        admin.post(&path).if_match(version).key(&fresh_key()).refused(status, code);
    });
}

fn a_correction_lapses_and_is_then_judged_as_it_is(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"correction_working_days": 3}));
    let project = office.submitted(&round, &office.a_group(Kind::Registered), content("50000.00"));
    let notice = office.send_back(&office.officer, &project, &["title"]);
    assert_eq!(notice.text("/due_on"), "2011-03-07", "Thursday, Friday, Monday");
    let version = office.version(&office.officer, &project.path());
    let check = |version: i64, status: u16, code: &str| {
        changes_nothing(app.database(), || {
            let path = format!("{}/form-check", project.path());
            office.officer.post(&path).json(&accepting()).if_match(version).refused(status, code);
        });
    };
    check(version, 409, "illegal_transition");
    // The last moment of the last day is still in time; the next one is not.
    app.move_clock_to("2011-03-07T15:59:59Z");
    office.sign_in_everybody();
    office.save_section(&project.group.admin, &project, "cover", json!({"title": "暖巷助老二期"}));
    app.move_clock_to("2011-03-07T16:00:00Z");
    office.sign_in_everybody();
    submission_is_refused(&office, &project, 409, "E118");
    let path = project.section("cover");
    let version = office.version(&project.group.admin, &path);
    changes_nothing(app.database(), || {
        let body = json!({"fields": {"title": "太晚"}});
        project.group.admin.patch(&path).json(&body).if_match(version).refused(409, "E118");
    });
    let reject = json!({"outcome": "reject", "reason_code": "E118", "note": "逾期未补正"});
    office.move_application(&office.officer, &project, "form-check", Some(reject.clone()));
    office.move_application(&office.street, &project, "eligibility", Some(reject));
    assert_eq!(office.see(&project.group.admin, &project.path()).text("/state"), "rejected");
}

fn more_time_for_a_correction_and_for_a_draft(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let draft = office.drafted(&round, &group, content("50000.00"));
    let sent_back = office.submitted(&round, &group, content("40000.00"));
    office.send_back(&office.officer, &sent_back, &["title"]);
    let refused = |by: &Person, project: &Project, body: &Value, status: u16, code: &str| {
        changes_nothing(app.database(), || {
            by.post(&format!("{}/extensions", project.path())).json(body).refused(status, code);
        });
    };
    let until = |day: &str| json!({"until": day, "reason": "村里停电一天"});
    refused(&office.officer, &draft, &until("2011-03-31"), 422, "application.extension_earlier");
    refused(&office.officer, &draft, &json!({"until": "2011-04-02", "reason": " "}), 422, "field.invalid");
    refused(&office.director, &draft, &until("2011-04-02"), 403, "forbidden");
    refused(&group.admin, &draft, &until("2011-04-02"), 403, "forbidden");
    let stranger = office.join("路人");
    refused(&stranger, &draft, &until("2011-04-02"), 404, "not_found");
    let open = office.version(&group.admin, &draft.path());
    let given =
        office.post(&office.officer, &format!("{}/extensions", draft.path()), Some(until("2011-04-02")));
    assert!(given.json.get("title").is_none(), "a draft is its authors' alone: {given}");
    assert_eq!(office.version(&group.admin, &draft.path()), open, "whoever has it open may hand it in");
    office.post(&office.officer, &format!("{}/extensions", sent_back.path()), Some(until("2011-04-02")));
    // The window of everybody else is over.
    app.move_clock_to("2011-04-02T15:59:59Z");
    office.sign_in_everybody();
    office.submit(&draft);
    office.save_section(&group.admin, &sent_back, "cover", json!({"title": "改"}));
    office.submit(&sent_back);
    refused(&office.officer, &draft, &until("2011-04-09"), 409, "illegal_transition");
}

fn a_notice_names_fields_of_the_form_once_each(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.submitted(&round, &office.a_group(Kind::Registered), content("50000.00"));
    let version = office.version(&office.officer, &project.path());
    let path = format!("{}/correction-requests", project.path());
    let refused = |body: &Value, faults: &[(&str, &str)]| {
        let refused = changes_nothing(app.database(), || {
            office.officer.post(&path).json(body).if_match(version).send()
        });
        let expected: Vec<_> =
            faults.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect();
        assert_eq!((refused.status, refused.faults()), (422, expected), "{refused}");
    };
    refused(&json!({"defects": []}), &[("/defects", "field.invalid")]);
    let wrong = json!({"defects": [
        {"field": "nothing", "note": "x"}, {"field": "title", "note": ""}, {"field": "title", "note": "x"},
    ]});
    refused(
        &wrong,
        &[
            ("/defects/0/field", "unknown_field"),
            ("/defects/1/note", "field.invalid"),
            ("/defects/2/field", "unknown_field"),
        ],
    );
}

fn a_correction_can_be_asked_for_after_the_first_finding_too(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"correction_rounds": 2}));
    let project = office.submitted(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.move_application(&office.officer, &project, "form-check", Some(accepting()));
    office.send_back(&office.officer, &project, &["title"]);
    office.submit(&project);
    office.send_back(&office.officer, &project, &["summary"]);
    office.submit(&project);
    let notices = office.see(&project.group.admin, &format!("{}/correction-requests", project.path()));
    assert_eq!(notices.items().len(), 2);
    assert!(notices.items().iter().all(|notice| notice["answered_at"].is_string()), "{notices}");
    office.accept(&project);
}

/// A submission freezes policy and form; a draft follows the call.
fn the_versions_it_is_judged_by_stay(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.submitted(&round, &office.a_group(Kind::Registered), content("50000.00"));
    let seen = office.see(&office.officer, &project.path());
    let call = office.see(&office.officer, &round.path());
    assert_eq!(seen.at("/policy_number"), call.at("/policy_number"));
    assert_eq!((seen.text("/track"), seen.at("/batch_number")), ("registered", &json!(1)));
}
