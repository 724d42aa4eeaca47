//! The texts of letters: a programme puts its own in the place of the program's, looks at them first, takes them back.

use serde_json::{Value, json};

use crate::support::{
    Kind, Office, TestApp, changes_nothing, content,
    drive_letters::{a_dead_letter, texts},
};

on_both!(
    a_programme_writes_in_its_own_words_and_takes_them_back,
    a_text_is_refused_with_everything_that_is_wrong_in_it,
    a_preview_shows_both_languages_and_stores_nothing,
    the_texts_are_the_keepers_alone,
    staff_see_masked_what_was_given_up,
);

fn a_programme_writes_in_its_own_words_and_takes_them_back(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let list = format!("/api/v1/programmes/{}/letter-templates", office.programme);
    let all = office.see(&office.officer, &list);
    assert_eq!(all.items().len(), 9, "{all}");
    assert!(all.items().iter().all(|item| item["is_own"] == false && item["version"] == 1), "{all}");
    assert_eq!(all.text("/items/0/cause"), "received");
    assert_eq!(all.text("/items/0/placeholders/1/placeholder"), "{reference}");

    // A title that looks like a placeholder stays what it is.
    let mut braces = content("30000.00");
    braces["title"] = json!("暖巷 {digest} {");
    let path = office.template("received");
    let own = texts(" 收到了:{title} ", "《{title}》\r\n编号 {reference}，{received_at}。");
    let changed = office.act(&office.officer, "PUT", &path, Some(own), Some(1));
    assert_eq!((changed.version(), changed.at("/is_own")), (2, &json!(true)));
    assert_eq!(changed.text("/zh/subject"), "收到了:{title}");
    let project = office.submitted(&round, &group, braces);
    let mail = app.mail_to(&group.admin.mail()).pop().unwrap();
    assert_eq!(mail.subject, "收到了:暖巷 {digest} {");
    let expected = format!(
        "《暖巷 {{digest}} {{》\n编号 {0}，2011-03-02 10:00:00。\n\nA letter\nYours: {0}\n",
        project.reference
    );
    assert_eq!(mail.body, expected);

    // Taken back, the program's own words go out again; the version still counts.
    changes_nothing(app.database(), || {
        office.officer.delete(&path).refused(428, "precondition_required");
        office.officer.delete(&path).if_match(1).refused(412, "stale");
    });
    office.officer.delete(&path).if_match(2).expect(204);
    changes_nothing(app.database(), || office.officer.delete(&path).if_match(3).expect(204));
    let first = office.see(&office.officer, &list).at("/items/0").clone();
    assert_eq!((&first["version"], &first["is_own"]), (&json!(3), &json!(false)));
    let again = office.submitted(&round, &group, content("20000.00"));
    let mail = app.mail_to(&group.admin.mail()).pop().unwrap();
    assert_eq!(mail.subject, format!("【益创】申报已收到:{}", again.reference));
    assert!(mail.body.contains("[Yichuang] Application received") && !mail.body.contains('{'), "{mail:?}");
    // Somebody who saw the first text of their own does not overwrite the third by accident.
    changes_nothing(app.database(), || {
        let late = office.director.put(&path).json(&texts("晚了", "晚了")).if_match(2);
        late.refused(412, "stale");
    });
}

fn a_text_is_refused_with_everything_that_is_wrong_in_it(app: &TestApp) {
    let office = Office::found(app);
    let path = office.template("accepted");
    let wrong = json!({
        "zh": {"subject": "受理{digest}", "body": "《{title}》{reference"},
        "en": {"subject": "a\r\nBcc: x@example.org", "body": " "},
    });
    let refused = changes_nothing(app.database(), || {
        office.officer.put(&path).json(&wrong).if_match(1).refused(422, "invalid")
    });
    let expected = [
        ("/zh/subject", "letter.placeholder_unknown"),
        ("/zh/body", "letter.placeholder_unknown"),
        ("/en/body", "field.required"),
        ("/en/subject", "field.hidden_character"),
    ];
    assert_eq!(refused.faults(), expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
    let told = refused.text("/errors/0/detail");
    assert!(
        told.contains("第 3 个字") && told.contains("“digest”") && told.contains("title reference note"),
        "{told}"
    );
    // A preview says the same.
    let preview = office.officer.post(&format!("{path}/preview")).json(&wrong).refused(422, "invalid");
    assert_eq!(preview.at("/errors"), refused.at("/errors"));
    for (body, at) in [(json!({"zh": {"subject": "a", "body": "b"}}), "/en"), (json!({}), "/zh")] {
        let refused = office.officer.put(&path).json(&body).if_match(1).refused(422, "field.required");
        assert_eq!(refused.faults()[0].0, at);
    }
}

fn a_preview_shows_both_languages_and_stores_nothing(app: &TestApp) {
    let office = Office::found(app);
    let path = format!("{}/preview", office.template("draft_reminder"));
    let own = json!({
        "zh": {"subject": "还剩 {days} 天:{reference}", "body": "{round}将于 {until} 截止。"},
        "en": {"subject": "{days} days left", "body": "{reference} closes on {until}."},
    });
    let shown = changes_nothing(app.database(), || office.director.post(&path).json(&own).expect(200));
    assert_eq!(shown.text("/subject"), "还剩 3 天:HS-2026-0042");
    assert_eq!(shown.text("/zh/body"), "第三届公益创投将于 2026-03-31 截止。");
    assert_eq!(
        shown.text("/body"),
        "第三届公益创投将于 2026-03-31 截止。\n\n3 days left\nHS-2026-0042 closes on 2026-03-31.\n"
    );
    // A draft's title is its authors' alone: neither letter about a draft can say it.
    for cause in ["draft_reminder", "extended"] {
        let title = texts("{title}", "{reference}");
        let path = format!("{}/preview", office.template(cause));
        office.director.post(&path).json(&title).refused(422, "letter.placeholder_unknown");
    }
}

fn the_texts_are_the_keepers_alone(app: &TestApp) {
    let (office, elsewhere) = (Office::found(app), Office::found(app));
    let path = office.template("received");
    let list = path.trim_end_matches("/received").to_owned();
    let own = texts("收到", "收到");
    changes_nothing(app.database(), || {
        for (person, status, code) in
            [(&office.street, 403, "forbidden"), (&elsewhere.officer, 404, "not_found")]
        {
            person.get(&list).refused(status, code);
            person.put(&path).json(&own).if_match(1).refused(status, code);
            person.delete(&path).if_match(1).refused(status, code);
            person.post(&format!("{path}/preview")).json(&own).refused(status, code);
        }
        let nowhere = office.template("nothing");
        office.officer.put(&nowhere).json(&own).if_match(1).refused(404, "not_found");
    });
}

fn staff_see_masked_what_was_given_up(app: &TestApp) {
    let (office, elsewhere) = (Office::found(app), Office::found(app));
    let of_ours = a_dead_letter(app, Some(&office.programme), "organization.verify", "mail");
    let text = a_dead_letter(app, Some(&office.programme), "application.remind", "sms");
    let invitation = a_dead_letter(app, Some(&office.programme), "invitation.send", "sms");
    let of_nobody = a_dead_letter(app, None, "any", "mail");
    let code = a_dead_letter(app, None, "sign_in.code", "sms");

    let seen = office.see(&office.officer, &office.dead_letters());
    let shown = |field: &str| -> Vec<Value> { seen.items().iter().map(|item| item[field].clone()).collect() };
    assert_eq!(shown("recipient"), ["138****0001", "138****0001", "l***@example.org"], "the latest first");
    assert_eq!(shown("subject"), ["", "正文", "【益创】通知"], "a link is shown to nobody");
    assert_eq!(shown("last_error")[2], "450 <l***@example.org> is greylisted");
    assert!(!seen.json.to_string().contains("13800000001"), "{seen}");
    let first = office.see(&office.officer, &format!("{}?limit=1", office.dead_letters()));
    let rest = format!("{}?cursor={}", office.dead_letters(), first.text("/next_cursor"));
    assert_eq!(office.see(&office.director, &rest).items().len(), 2);

    // Each sees their own, and knows of no other.
    assert!(elsewhere.see(&elsewhere.officer, &elsewhere.dead_letters()).items().is_empty());
    let everywhere = office.see(&office.admin, "/api/v1/dead-letters");
    assert_eq!(everywhere.items().len(), 2, "{everywhere}");
    assert_eq!(everywhere.at("/items/0/permitted_actions"), &json!([]), "a code that has expired");
    changes_nothing(app.database(), || {
        elsewhere.officer.get(&office.dead_letters()).refused(404, "not_found");
        elsewhere.officer.post(&of_ours).refused(404, "not_found");
        office.street.get(&office.dead_letters()).refused(403, "forbidden");
        office.street.post(&of_ours).refused(403, "forbidden");
        office.officer.get("/api/v1/dead-letters").refused(403, "forbidden");
        office.officer.post(&of_nobody).refused(404, "not_found");
        office.admin.post(&of_ours).refused(404, "not_found");
        office.admin.post(&code).refused(409, "dead_letter.expired");
        let nothing = of_ours.replace("/dead-letters/", "/dead-letters/0");
        office.officer.post(&nothing).refused(404, "not_found");
    });
    for (person, retry) in
        [(&office.director, &text), (&office.officer, &invitation), (&office.admin, &of_nobody)]
    {
        let queued = office.post(person, retry, None);
        assert_eq!((queued.text("/state"), queued.at("/attempts")), ("queued", &json!(0)));
        person.post(retry).refused(409, "illegal_transition");
    }
    assert_eq!(app.texts_to("13800000001").len(), 2);
    assert_eq!(app.mail_to("li@example.org").len(), 1);
    assert_eq!(office.see(&office.officer, &office.dead_letters()).items().len(), 1);
    assert_eq!(office.see(&office.admin, "/api/v1/dead-letters").items().len(), 1);
}
