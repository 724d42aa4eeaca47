//! What is signed stays: the digest, the lock, notes and reopening, and several at once.

use std::sync::Barrier;

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};
use yichuang::{
    db::{Db, Lane},
    error::Error,
    kernel::digest::sha256_hex,
    verify::verify,
};

use super::{in_review, refused};
use crate::support::{Kind, Office, Person, Reply, TestApp, changes_nothing, content, fresh_key};

on_both!(
    anybody_who_sees_a_sheet_can_compute_its_digest,
    verify_finds_a_changed_mark,
    a_signed_sheet_is_opened_again_on_a_note_alone,
    lock_note_and_reopening_are_for_others,
    old_and_new_are_kept_and_compared,
    one_expert_submits_twice_and_signs_once,
    two_chairs_lock_and_reopen_at_once,
    nobody_who_has_to_do_with_the_application_sees_its_sheets,
);

fn anybody_who_sees_a_sheet_can_compute_its_digest(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let sheet = office.marked(&project, &expert, "85");
    let path = format!("{sheet}/signature");
    expert.person.get(&path).refused(404, "not_found");
    office.hand_in(&sheet, &expert);
    let own = office.see(&expert.person, &path);
    let seen = office.see(&office.auditor, &path);
    assert_eq!(own.json, seen.json);
    let text = own.text("/signed");
    assert_eq!(own.text("/digest"), sha256_hex(text));
    assert_eq!(office.see(&office.chair, &sheet).text("/digest"), sha256_hex(text));
    let signed: Value = serde_json::from_str(text).unwrap();
    assert_eq!(signed["application"], project.reference);
    assert_eq!(signed["marks"], json!([["need", "60.00"], ["plan", "25.00"]]));
    assert_eq!((&signed["expert"], &signed["comment"]), (&json!(expert.id), &json!("可行")));
    assert_eq!((own.at("/number"), own.at("/intact")), (&json!(1), &json!(true)));
}

fn verify_finds_a_changed_mark(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let sheet = office.scored_once(&project, &expert, "85");
    let id = sheet.rsplit('/').next().unwrap().to_owned();
    let found = |sql: String| -> Vec<&'static str> {
        let (send, receive) = std::sync::mpsc::channel();
        let taken_back: Result<(), Error> =
            app.database().write_now(Lane::Installation, move |conn: &mut Db| {
                conn.batch_execute(&sql)?;
                send.send(verify(conn)?).map_err(Error::internal)?;
                Err(Error::internal("taken back"))
            });
        taken_back.unwrap_err();
        receive.try_recv().unwrap().into_iter().map(|violation| violation.invariant).collect()
    };
    assert_eq!(found("SELECT 1".to_owned()), [""; 0]);
    // The total stays the sum of the marks, so that nothing but the signature tells.
    let moved = r#"{"need":"59.00","plan":"26.00"}"#;
    for set in [
        &format!("marks = '{moved}'"),
        "comment = 'x'",
        "staff_comment = 'x'",
        "mark_comments = '{}'",
        "suggested_amount = 1",
        "digest = NULL",
        "submitted_at = '2011-04-01 00:00:00'",
    ] {
        assert_eq!(found(format!("UPDATE reviews SET {set} WHERE id = '{id}'")), ["signed_sheet"], "{set}");
    }
    // It is opened behind everybody's back.
    let opened = found(format!("UPDATE reviews SET state = 'declared' WHERE id = '{id}'"));
    assert!(opened.contains(&"signed_sheet"), "{opened:?}");
}

fn a_signed_sheet_is_opened_again_on_a_note_alone(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let [expert, other] = office.experts::<2>();
    let sheet = office.scored_once(&project, &expert, "85");
    let elsewhere = office.scored_once(&project, &other, "80");
    let (reopening, notes) = (format!("{sheet}/reopening"), format!("{sheet}/supervisor-notes"));
    let version = office.version(&office.chair, &sheet);
    let chair = &office.chair;
    let on = |note: &str| json!({"note_id": note});
    let nothing = on(&yichuang::kernel::ids::SupervisorNoteId::generate().to_string());
    let needed = (409, "review.note_needed");
    refused(&office, chair, ("POST", &reopening), Some(version), Some(&nothing), needed);
    for reason in ["", "太短了", "九个字的理由不够"] {
        let body = json!({"reason": reason});
        refused(
            &office,
            &office.supervisor,
            ("POST", &notes),
            None,
            Some(&body),
            (422, "review.reason_short"),
        );
    }
    let long = json!({"reason": "长".repeat(2_001)});
    refused(&office, &office.supervisor, ("POST", &notes), None, Some(&long), (422, "field.too_long"));
    // A note on another sheet opens this one as little as one that is not there.
    let foreign = office.noted(&elsewhere);
    refused(&office, chair, ("POST", &reopening), Some(version), Some(&on(&foreign)), needed);
    let note = office.noted(&sheet);
    refused(&office, chair, ("POST", &reopening), Some(version), Some(&on(&foreign)), needed);
    refused(&office, chair, ("POST", &reopening), None, Some(&on(&note)), (428, "precondition_required"));
    refused(&office, chair, ("POST", &reopening), Some(version - 1), Some(&on(&note)), (412, "stale"));
    let before = app.mail_to(&expert.person.mail()).len();
    office.reopened(&sheet, &note);
    assert_eq!(app.mail_to(&expert.person.mail()).len(), before + 1);
    let own = office.see(&expert.person, &sheet);
    assert_eq!((own.text("/state"), own.text("/marks/plan")), ("declared", "25.00"), "the marks stay");
    for gone in ["total", "digest", "submitted_at"] {
        assert_eq!(own.json[gone], Value::Null, "{own}");
    }
    assert_eq!(office.see(chair, &sheet).at("/marks"), &Value::Null, "sealed again");
    // A note opens a sheet once.
    office.hand_in(&sheet, &expert);
    let version = office.version(chair, &sheet);
    refused(&office, chair, ("POST", &reopening), Some(version), Some(&on(&note)), needed);
    // Nothing of it reaches the applicant, and after the decision nothing is opened any more.
    let note = office.noted(&sheet);
    office.move_application(&project.group.admin, &project, "withdrawal", None);
    let late = (409, "illegal_transition");
    refused(&office, chair, ("POST", &reopening), Some(version), Some(&on(&note)), late);
    refused(&office, chair, ("POST", &format!("{sheet}/lock")), Some(version), None, late);
    let reason = json!({"reason": "专家来电说明方案一项误填。"});
    refused(&office, &office.supervisor, ("POST", &notes), None, Some(&reason), late);
    for mail in app.mail_to(&project.group.admin.mail()) {
        assert!(!mail.subject.contains("评分"), "{mail:?}");
    }
}

/// Somebody who holds every role here is still not two people.
fn lock_note_and_reopening_are_for_others(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let jack = office.join("一身多职");
    for (person, roles) in
        [(&expert.person, ["panel_chair", "supervisor"]), (&jack, ["panel_chair", "supervisor"])]
    {
        for role in roles {
            let member = json!({"user_id": person.id, "role": role});
            let path = format!("/api/v1/programmes/{}/members", office.programme);
            office.post(&office.admin, &path, Some(member));
        }
    }
    let sheet = office.scored_once(&project, &expert, "85");
    let version = office.version(&office.chair, &sheet);
    let own = &expert.person;
    let same = (403, "forbidden.same_person");
    let reason = json!({"reason": "专家来电说明方案一项误填。"});
    let notes = format!("{sheet}/supervisor-notes");
    refused(&office, own, ("POST", &format!("{sheet}/lock")), Some(version), None, same);
    refused(&office, own, ("POST", &notes), None, Some(&reason), same);
    let by_jack = office.post(&jack, &notes, Some(reason)).id();
    let on = json!({"note_id": by_jack});
    let reopening = format!("{sheet}/reopening");
    refused(&office, own, ("POST", &reopening), Some(version), Some(&on), same);
    refused(&office, &jack, ("POST", &reopening), Some(version), Some(&on), same);
    // With a note by somebody else beside it, the own one still does not count.
    let other = office.noted(&sheet);
    refused(&office, &jack, ("POST", &reopening), Some(version), Some(&on), same);
    for by in [&office.officer, &office.director, &office.auditor] {
        refused(&office, by, ("POST", &format!("{sheet}/lock")), Some(version), None, (403, "forbidden"));
    }
    office.step(&jack, &reopening, version, Some(json!({"note_id": other})));
}

fn old_and_new_are_kept_and_compared(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let sheet = office.scored_once(&project, &expert, "85");
    let first = office.see(&office.chair, &sheet).text("/digest").to_owned();
    office.locked(&sheet);
    let note = office.noted(&sheet);
    office.reopened(&sheet, &note);
    let better = json!({"marks": {"plan": "30"}, "comment": "更正", "suggested_amount": null});
    let version = office.version(&expert.person, &sheet);
    office.act(&expert.person, "PATCH", &sheet, Some(better), Some(version));
    office.hand_in(&sheet, &expert);
    let waiting = office.noted(&sheet);

    let path = format!("{sheet}/versions");
    expert.person.get(&path).refused(403, "forbidden");
    let history = office.see(&office.auditor, &path);
    assert_eq!(history.at("/versions").as_array().unwrap().len(), 2);
    assert_eq!(history.text("/versions/0/digest"), first);
    assert_eq!(history.text("/versions/0/total"), "85.00");
    assert_eq!(history.text("/versions/0/opened_on/id"), note);
    assert_eq!(history.text("/versions/0/opened_on/used_by"), office.chair.id);
    assert_eq!(history.at("/versions/1/opened_on"), &Value::Null);
    assert_eq!(history.text("/notes/0/id"), waiting);
    let difference =
        |at: &str, before: Value, after: Value| json!({"pointer": at, "before": before, "after": after});
    let expected = json!([
        difference("/comment", json!("可行"), json!("更正")),
        difference("/marks/plan", json!("25.00"), json!("30.00")),
        difference("/suggested_amount", json!("40000.00"), Value::Null),
        difference("/total", json!("85.00"), json!("90.00")),
    ]);
    assert_eq!(history.at("/versions/1/differences"), &expected);
    let signature = office.see(&expert.person, &format!("{sheet}/signature"));
    assert_eq!((signature.at("/number"), signature.at("/intact")), (&json!(2), &json!(true)));
    assert_ne!(signature.text("/digest"), first);
    // An expert of the same application who chairs as well reads nothing of it while their own sheet is open.
    let chair = office.an_expert();
    let member = json!({"user_id": chair.person.id, "role": "panel_chair"});
    let own = office.marked(&project, &chair, "80");
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    for part in ["versions", "signature"] {
        chair.person.get(&format!("{sheet}/{part}")).refused(404, "not_found");
    }
    office.hand_in(&own, &chair);
    office.see(&chair.person, &path);
}

/// What all of them are told who ask at the same moment.
fn at_once(count: usize, ask: impl Fn(usize) -> Reply + Sync) -> Vec<Reply> {
    let start = Barrier::new(count);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..count)
            .map(|number| {
                let (ask, start) = (&ask, &start);
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..50 {
                        let reply = ask(number);
                        // Busy is an answer that asks to be asked again (api.md).
                        if reply.status != 503 {
                            return reply;
                        }
                        std::thread::sleep(std::time::Duration::from_millis(50));
                    }
                    panic!("busy for ever")
                })
            })
            .collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn one_expert_submits_twice_and_signs_once(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let by = &expert.person;
    // The same key: one effect and equal answers.
    let sheet = office.marked(&project, &expert, "85");
    let (hand_in, version) = (format!("{sheet}/submission"), office.version(by, &sheet));
    let replies = at_once(6, |_| by.post(&hand_in).key("once").if_match(version).send());
    assert!(replies.iter().all(|reply| reply.status == 200 && reply.bytes == replies[0].bytes));
    let originals = replies.iter().filter(|reply| reply.header("idempotent-replayed").is_none()).count();
    assert_eq!(originals, 1);
    // Another key, a stale version, no version: nothing more happens.
    changes_nothing(app.database(), || {
        by.post(&hand_in).key(&fresh_key()).if_match(version).refused(412, "stale");
        by.post(&hand_in).key(&fresh_key()).if_match(version + 1).refused(409, "illegal_transition");
        by.post(&hand_in).key(&fresh_key()).refused(428, "precondition_required");
    });
    // Other keys at the same moment.
    let note = office.noted(&sheet);
    office.reopened(&sheet, &note);
    let version = office.version(by, &sheet);
    let replies = at_once(6, |_| by.post(&hand_in).key(&fresh_key()).if_match(version).send());
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert!(replies.iter().all(|reply| [200, 412].contains(&reply.status)));
    let history = office.see(&office.auditor, &format!("{sheet}/versions"));
    assert_eq!(history.at("/versions").as_array().unwrap().len(), 2, "signed twice, by two submissions");
}

fn two_chairs_lock_and_reopen_at_once(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let deputy = office.join("副组长");
    let member = json!({"user_id": deputy.id, "role": "panel_chair"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    let sheet = office.scored_once(&project, &expert, "85");
    let note = office.noted(&sheet);
    let version = office.version(&office.chair, &sheet);
    let chairs: [&Person; 2] = [&office.chair, &deputy];
    let on = json!({"note_id": note});
    let (lock, reopening) = (format!("{sheet}/lock"), format!("{sheet}/reopening"));
    let replies = at_once(8, |number| {
        let request = chairs[number % 2].post(if number < 4 { &lock } else { &reopening });
        let request = request.key(&fresh_key()).if_match(version);
        if number < 4 { request.send() } else { request.json(&on).send() }
    });
    let winners: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(winners.len(), 1, "{replies:?}");
    assert!(replies.iter().all(|reply| [200, 412].contains(&reply.status)));
    let now = office.see(&office.auditor, &sheet);
    assert_eq!(now.text("/state"), winners[0].text("/state"));
    assert_eq!(now.version(), version + 1);
    // Whatever came first, nothing is lost: the version is kept, and the note is used exactly where it opened it.
    let history = office.see(&office.auditor, &format!("{sheet}/versions"));
    assert_eq!(history.text("/versions/0/total"), "85.00");
    let opened = now.text("/state") == "declared";
    assert_eq!(history.at("/versions/0/opened_on").is_object(), opened);
    assert_eq!(history.at("/notes").as_array().unwrap().len(), usize::from(!opened));
    // The same note at once by both, on what is signed again.
    if opened {
        office.hand_in(&sheet, &expert);
    }
    let note = if opened { office.noted(&sheet) } else { note };
    let version = office.version(&office.chair, &sheet);
    let on = json!({"note_id": note});
    let replies = at_once(8, |number| {
        chairs[number % 2].post(&reopening).key(&fresh_key()).if_match(version).json(&on).send()
    });
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert_eq!(office.see(&office.auditor, &sheet).text("/state"), "declared");
}

fn nobody_who_has_to_do_with_the_application_sees_its_sheets(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let filed = office.a_group(Kind::Filed);
    let own = office.eligible(&round, &filed, content("20000.00"));
    let other = office.eligible(&round, &office.a_group(Kind::Registered), content("20000.00"));
    office.on_the(crate::support::REVIEW_DAY);
    // People of the group and of its host chair the panel: of their own application there is nothing for them.
    for person in [&filed.admin, &filed.payee().admin] {
        let member = json!({"user_id": person.id, "role": "panel_chair"});
        office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    }
    let expert = office.an_expert();
    let theirs = office.scored_once(&own, &expert, "85");
    let seen = office.scored_once(&other, &expert, "80");
    let list = format!("{}/reviews", round.path());
    for person in [&filed.admin, &filed.payee().admin] {
        for path in ["", "/signature", "/versions"] {
            person.get(&format!("{theirs}{path}")).refused(404, "not_found");
        }
        let version = office.version(&office.chair, &theirs);
        refused(
            &office,
            person,
            ("POST", &format!("{theirs}/lock")),
            Some(version),
            None,
            (404, "not_found"),
        );
        let listed = office.see(person, &list);
        assert_eq!(listed.items().len(), 1, "{listed}");
        assert!(seen.ends_with(listed.items()[0]["id"].as_str().unwrap()));
        let filtered = office.see(person, &format!("{list}?application_id={}", own.id));
        assert_eq!(filtered.items().len(), 0, "{filtered}");
    }
    assert_eq!(office.see(&office.chair, &list).items().len(), 2);
}
