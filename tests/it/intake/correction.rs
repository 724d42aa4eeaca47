//! 补正 and more time: due days, locks, and what lapses.

use serde_json::{Value, json};

use crate::support::{
    Kind, Office, Person, Project, TestApp, accepting, changes_nothing, content, fresh_key,
};

on_both!(
    a_correction_lapses_and_is_then_judged_as_it_is,
    more_time_for_a_correction_and_for_a_draft,
    what_was_not_handed_in_cannot_be_accepted,
    what_hangs_on_a_corrected_answer_is_open_too,
    a_notice_names_fields_of_the_form_once_each,
    a_correction_can_be_asked_for_after_the_first_finding_too,
    the_versions_it_is_judged_by_stay,
    a_corrected_form_is_held_against_the_answers_of_a_draft,
    more_time_opens_no_window_and_no_decided_round,
    nobody_judges_their_own_group,
    a_rejected_group_reads_why,
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
    submission_is_refused(&office, &project, 409, "E120");
    let path = project.section("cover");
    let version = office.version(&project.group.admin, &path);
    changes_nothing(app.database(), || {
        let body = json!({"fields": {"title": "太晚"}});
        project.group.admin.patch(&path).json(&body).if_match(version).refused(409, "E120");
    });
    let reject = json!({"outcome": "reject", "reason_code": "E120", "note": "逾期未补正"});
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

/// What was written after a notice but never handed in is nobody's application: it can only be rejected.
fn what_was_not_handed_in_cannot_be_accepted(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.submitted(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.send_back(&office.officer, &project, &["title", "budget_lines"]);
    office.save_section(&project.group.admin, &project, "cover", json!({"title": "没有交过"}));
    // Files too have the time of the correction.
    office.on_the("2011-03-10");
    let validation = office.see(&project.group.admin, &format!("{}/validation", project.path()));
    assert_eq!(validation.text("/faults/0/code"), "E120", "{validation}");
    let seen = office.see(&project.group.admin, &project.path());
    assert_eq!(seen.at("/permitted_actions"), &json!(["withdraw"]));
    let offered = office.see(&office.officer, &project.path());
    assert_eq!(offered.at("/permitted_actions"), &json!(["check_form"]));
    submission_is_refused(&office, &project, 409, "E120");
    let version = offered.version();
    changes_nothing(app.database(), || {
        let path = format!("{}/form-check", project.path());
        office.officer.post(&path).json(&accepting()).if_match(version).refused(409, "E120");
    });
    // With more time it is handed in after all.
    let more = json!({"until": "2011-03-15", "reason": "负责人住院"});
    office.post(&office.officer, &format!("{}/extensions", project.path()), Some(more));
    office.submit(&project);
    office.accept(&project);
}

fn what_hangs_on_a_corrected_answer_is_open_too(app: &TestApp) {
    let office = Office::found(app);
    let round = super::round_with_form(&office, json!({}));
    let group = office.a_group(Kind::Registered);
    let mut all = content("50000.00");
    all["answers"] = super::answers();
    all["lead_name"] = json!("王阿姨");
    all["lead_phone"] = json!("13800000001");
    let project = office.submitted(&round, &group, all);
    office.send_back(&office.officer, &project, &["target", "requested"]);
    let open = office.see(&group.admin, &project.section("project"));
    assert_eq!(open.at("/writable"), &json!(["target", "target_other"]));
    let other = json!({"target": "other", "target_other": "外来务工者"});
    office.save_section(&group.admin, &project, "project", other);
    let less = json!({"requested": "40000.00", "budget_lines": [
        {"category": "activity", "item": "上门服务", "amount": "40000.00", "from_fund": true},
        {"category": "volunteer", "item": "补贴", "amount": "1000.00", "from_fund": false},
    ]});
    office.save_section(&group.admin, &project, "budget", less);
    office.submit(&project);
}

fn a_corrected_form_is_held_against_the_answers_of_a_draft(app: &TestApp) {
    let office = Office::found(app);
    let round = super::round_with_form(&office, json!({}));
    let group = office.a_group(Kind::Registered);
    let mut all = content("50000.00");
    all["answers"] = super::answers();
    all["lead_name"] = json!("王阿姨");
    all["lead_phone"] = json!("13800000001");
    let (draft, early) = (office.drafted(&round, &group, all.clone()), office.drafted(&round, &group, all));
    office.submit(&early);
    let mut form = super::form();
    let fields = form["sections"][1]["fields"].as_array_mut().unwrap();
    fields.retain(|field| field["code"] != "indirect");
    for field in fields.iter_mut().filter(|field| field["code"] == "need") {
        field["max_chars"] = json!(5);
    }
    let correction = json!({"reason": "更正申报表", "form": form});
    let version = office.version(&office.director, &round.path());
    office.step(&office.director, &format!("{}/corrections", round.path()), version, Some(correction));
    // The draft follows the call and is told; what was handed in keeps its form.
    let told = office.see(&group.admin, &format!("{}/validation", draft.path()));
    assert_eq!(told.at("/faults/0/pointer"), "/answers/need", "{told}");
    submission_is_refused(&office, &draft, 422, "field.too_long");
    let machine = office.see(&office.officer, &format!("{}/machine-check", early.path()));
    assert_eq!(machine.at("/faults"), &json!([]));
    // What is no longer asked can still be taken away.
    let version = office.version(&group.admin, &draft.path());
    let fit = json!({"answers": {"indirect": null, "need": "缺人照护"}});
    office.act(&group.admin, "PATCH", &draft.path(), Some(fit), Some(version));
    office.submit(&draft);
}

fn more_time_opens_no_window_and_no_decided_round(app: &TestApp) {
    let office = Office::found(app);
    let round = office.draft_round("100000.00", json!({}));
    app.move_clock_to("2011-02-20T02:00:00Z");
    office.sign_in_everybody();
    office.publish(&round);
    let group = office.a_group(Kind::Registered);
    let draft = office.drafted(&round, &group, content("50000.00"));
    let more = json!({"until": "2011-04-09", "reason": "停电"});
    office.post(&office.officer, &format!("{}/extensions", draft.path()), Some(more));
    submission_is_refused(&office, &draft, 409, "E101");
}

/// trust.md §5, number 25: somebody of the group, or of its host, decides nothing about it.
fn nobody_judges_their_own_group(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Filed);
    let project = office.submitted(&round, &group, content("20000.00"));
    let host = group.host.clone().unwrap();
    let member = json!({"user_id": office.officer.id, "role": "applicant"});
    office.post(&host.admin, &format!("{}/members", host.path()), Some(member));
    let version = office.version(&office.second_officer, &project.path());
    let notice = json!({"defects": [{"field": "title", "note": "改"}]});
    for (verb, body) in [("form-check", accepting()), ("correction-requests", notice)] {
        changes_nothing(app.database(), || {
            let path = format!("{}/{verb}", project.path());
            office.officer.post(&path).json(&body).if_match(version).refused(403, "forbidden.own_group");
        });
    }
    office.move_application(&office.second_officer, &project, "form-check", Some(accepting()));
    office.move_application(&office.street, &project, "eligibility", Some(json!({"outcome": "accept"})));
}

fn a_rejected_group_reads_why(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.submitted(&round, &office.a_group(Kind::Registered), content("50000.00"));
    let first = json!({"outcome": "reject", "reason_code": "E111", "note": "实施地点在邻区"});
    office.move_application(&office.officer, &project, "form-check", Some(first));
    // The second person reads what the first one found; the group does not yet.
    let seen = office.see(&office.street, &project.path());
    assert_eq!(seen.text("/checks/0/note"), "实施地点在邻区");
    assert_eq!(office.see(&project.group.admin, &project.path()).at("/checks"), &json!([]));
    let second = json!({"outcome": "reject", "reason_code": "E111"});
    office.move_application(&office.street, &project, "eligibility", Some(second));
    let told = office.see(&project.group.admin, &project.path());
    assert_eq!((told.text("/refusal/reason_code"), told.text("/refusal/note")), ("E111", "实施地点在邻区"));
    let letters = app.mail_to(&project.group.admin.mail());
    assert!(letters.last().unwrap().body.contains("实施地点在邻区"), "{letters:?}");
}
