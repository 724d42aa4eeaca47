//! A filed group with a host drafts on two phones, is sent back once, and is accepted.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{answers, round_with_form};
use crate::support::{Kind, Office, TestApp, changes_nothing, fresh_key};

on_both!(a_filed_group_with_a_host_drafts_on_two_phones_is_sent_back_once_and_is_accepted);

#[expect(clippy::too_many_lines, reason = "a story is told in one go")]
fn a_filed_group_with_a_host_drafts_on_two_phones_is_sent_back_once_and_is_accepted(app: &TestApp) {
    let office = Office::found(app);
    let round = round_with_form(&office, json!({"category_caps_bp": {"personnel": 3000}}));
    let group = office.a_group(Kind::Filed);

    // The head writes on her phone, a volunteer of the same group on his.
    let head = &group.admin;
    let volunteer = office.join("志愿者");
    let member = json!({"user_id": volunteer.id, "role": "applicant"});
    office.post(head, &format!("{}/members", group.path()), Some(member));
    let project = office.drafted(&round, &group, json!({}));
    let told = office.see(&volunteer, &format!("{}/validation", project.path()));
    assert_eq!(told.at("/can_be_submitted"), &json!(false));
    assert!(
        told.at("/faults").as_array().unwrap().len() >= 12,
        "everything that is missing, at once: {told}"
    );

    // Two sections at the same time disturb nobody; one section does: the second to save is told, looks, saves.
    let (cover, project_section) = (project.section("cover"), project.section("project"));
    let mine = office.see(head, &cover);
    let his = office.see(&volunteer, &project_section);
    let title = json!({"fields": {"title": "暖巷助老", "domain": "elderly"}});
    office.act(head, "PATCH", &cover, Some(title), Some(mine.version()));
    let period = json!({"fields": {
        "starts_on": "2011-06-01", "ends_on": "2011-12-31", "beneficiaries": 120,
        "summary": "为独居老人提供每周两次的上门服务。",
    }});
    let saved = office.act(&volunteer, "PATCH", &project_section, Some(period), Some(his.version()));
    let also_his = json!({"fields": {"answers": "x"}});
    let lead = json!({"fields": {"lead_name": "王阿姨", "lead_phone": "138-0000-0001"}});
    changes_nothing(app.database(), || {
        volunteer.patch(&cover).json(&lead).if_match(mine.version()).refused(412, "stale");
        let unknown = volunteer.patch(&project_section).json(&also_his).if_match(saved.version());
        unknown.refused(422, "unknown_field");
    });
    let seen = office.see(&volunteer, &cover);
    assert_eq!(seen.text("/fields/title"), "暖巷助老");
    office.act(&volunteer, "PATCH", &cover, Some(lead), Some(seen.version()));

    // The budget is checked while it is written: too much for personnel, and a sum that does not fit.
    let lines = |personnel: &str| {
        json!({"requested": "20000.00", "budget_lines": [
            {"category": "activity", "item": "上门服务", "amount": "14000.00", "from_fund": true},
            {"category": "personnel", "item": "劳务", "amount": personnel, "from_fund": true},
        ]})
    };
    let wrong = office.save_section(head, &project, "budget", lines("7000.00"));
    let codes = |reply: &crate::support::Reply| -> Vec<String> {
        let faults = reply.at("/faults").as_array().unwrap();
        faults.iter().map(|fault| fault["code"].as_str().unwrap().to_owned()).collect()
    };
    assert!(
        codes(&wrong).contains(&"E112".to_owned()) && codes(&wrong).contains(&"E114".to_owned()),
        "{wrong}"
    );
    office.save_section(head, &project, "budget", lines("6000.00"));

    // What the preview says is what the submission says, word for word.
    let preview = office.see(head, &format!("{}/validation", project.path()));
    let version = office.version(head, &project.path());
    let refused = changes_nothing(app.database(), || {
        head.post(&format!("{}/submission", project.path())).if_match(version).key(&fresh_key()).send()
    });
    assert_eq!(refused.status, 422);
    assert_eq!(refused.at("/errors"), preview.at("/faults"), "one list, told twice");
    let missing = ["/answers/need", "/answers/target", "/answers/team"];
    let pointers: Vec<String> = refused.faults().into_iter().map(|(at, _)| at).collect();
    assert_eq!(pointers, missing);
    office.save_section(&volunteer, &project, "project", answers());

    // Handed in: a receipt with number, time and the digest of what was received.
    let handed_in = office.submit(&project);
    assert_eq!(handed_in.text("/state"), "submitted");
    let receipt = office.see(head, &format!("{}/receipts", project.path()));
    let receipt = &receipt.items()[0];
    let content = receipt["content"].as_str().unwrap();
    let digest = yichuang::kernel::digest::hex(&Sha256::digest(content));
    assert_eq!(receipt["digest"], digest, "anybody can compute it");
    assert_eq!(handed_in.text("/receipt/digest"), digest);
    assert_eq!(handed_in.text("/receipt/received_at"), "2011-03-02T02:00:00Z");
    assert!(content.contains("王阿姨") && content.contains(&project.reference), "{content}");

    // The machine finds nothing; the officer finds two things and says both in one notice.
    let machine = office.see(&office.officer, &format!("{}/machine-check", project.path()));
    assert_eq!((machine.at("/faults"), machine.at("/warnings")), (&json!([]), &json!([])), "{machine}");
    assert_eq!(machine.text("/checklist/0/code"), "seal");
    let notice = office.send_back(&office.officer, &project, &["summary", "budget_lines"]);
    // Wednesday 2 March + 5 working days.
    assert_eq!(notice.text("/due_on"), "2011-03-09");
    let state = office.see(head, &project.path());
    assert_eq!(state.text("/state"), "correction_requested");
    assert_eq!(state.text("/correction/defects/1/field"), "budget_lines");

    // What was not asked for is locked.
    let opened = office.see(head, &project_section);
    assert_eq!(opened.at("/writable"), &json!(["summary"]));
    let more = json!({"fields": {"summary": "改写后的摘要。", "need": "另一种说法"}});
    let locked = changes_nothing(app.database(), || {
        head.patch(&project_section).json(&more).if_match(opened.version()).refused(422, "application.locked")
    });
    assert_eq!(locked.faults(), [("/fields/need".to_owned(), "application.locked".to_owned())]);
    office.save_section(head, &project, "project", json!({"summary": "每周两次上门，配对结伴，紧急呼叫。"}));
    office.save_section(&volunteer, &project, "budget", lines("6000.00"));

    // The window may be over by now: a correction has its own time.
    let before = office.version(head, &project.path());
    let changed = office.submit(&project);
    assert_eq!(changed.text("/state"), "resubmitted");
    assert_eq!(changed.at("/receipt/number"), &json!(2));
    assert_eq!(changed.text("/submitted_at"), "2011-03-02T02:00:00Z", "it was in time once");

    // The office reads what changed since it sent it back, field by field.
    let compared = format!("{}/differences?from={}", project.path(), handed_in.version());
    let compared = office.see(&office.officer, &compared);
    let listed = compared.at("/changes").as_array().unwrap();
    assert_eq!(listed.len(), 1, "{compared}");
    assert_eq!(listed[0]["field"], "summary");
    assert_eq!(listed[0]["before"], "为独居老人提供每周两次的上门服务。");
    assert!(before > handed_in.version());

    // A second notice is one too many; two people accept.
    let version = office.version(&office.officer, &project.path());
    let again = json!({"defects": [{"field": "title", "note": "再改"}]});
    changes_nothing(app.database(), || {
        let path = format!("{}/correction-requests", project.path());
        let request = office.officer.post(&path).json(&again).if_match(version);
        request.refused(409, "application.correction_used");
    });
    let accept = json!({"outcome": "accept", "checklist": ["seal"]});
    office.move_application(&office.officer, &project, "form-check", Some(accept.clone()));
    office.move_application(&office.street, &project, "eligibility", Some(accept));
    assert_eq!(office.see(head, &project.path()).text("/state"), "eligible");

    let told: Vec<String> = app.mail_to(&head.mail()).into_iter().map(|mail| mail.subject).collect();
    let expected = ["申报已收到", "补正通知", "补正材料已收到"];
    for heading in expected {
        assert!(told.contains(&format!("【益创】{heading}:{}", project.reference)), "{heading}: {told:?}");
    }
}
