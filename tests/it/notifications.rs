//! Notices on the home page: who has neither e-mail nor text messages sees everything when they sign in.

use serde_json::json;
use yichuang::config::SmsTransport;

use crate::support::{Engine, Kind, Office, TestApp};

on_both!(
    every_letter_to_a_person_stands_on_their_home_page,
    a_notice_is_read_once_and_nobody_elses,
    who_has_a_phone_alone_gets_the_subject_as_a_text_message,
);

fn every_letter_to_a_person_stands_on_their_home_page(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    assert!(group.admin.get("/api/v1/notifications").expect(200).items().is_empty());
    office.verify_group(&group);
    let list = group.admin.get("/api/v1/notifications").expect(200);
    let notice = &list.items()[0];
    let mail = app.mail_to(&group.admin.mail()).pop().unwrap();
    assert_eq!(notice["subject"], mail.subject);
    assert_eq!(notice["body"], mail.body);
    assert_eq!(notice["cause"], "organization.verify");
    assert_eq!(notice["programme_id"], office.programme);
}

fn a_notice_is_read_once_and_nobody_elses(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    for members in [21, 22] {
        office.verify_group(&group);
        let version = office.version(&group.admin, &group.path());
        let profile = json!({"members": members});
        office.act(&group.admin, "PATCH", &group.path(), Some(profile), Some(version));
    }
    let unread = |wanted: bool| {
        let list = group.admin.get(&format!("/api/v1/notifications?unread={wanted}")).expect(200);
        let ids = list.items().iter().map(|item| item["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let ids = unread(true);
    assert_eq!(ids.len(), 2);
    assert!(ids[0] > ids[1], "the latest first");
    let path = format!("/api/v1/notifications/{}/reading", ids[0]);
    office.officer.post(&path).refused(404, "not_found");
    let read = office.post(&group.admin, &path, None).text("/read_at").to_owned();
    assert_eq!((unread(true), unread(false)), (vec![ids[1].clone()], vec![ids[0].clone()]));
    app.clock.advance(60);
    assert_eq!(office.post(&group.admin, &path, None).text("/read_at"), read, "once is enough");
    // Page by page.
    let first = group.admin.get("/api/v1/notifications?limit=1").expect(200);
    let next = format!("/api/v1/notifications?limit=1&cursor={}", first.text("/next_cursor"));
    assert_eq!(group.admin.get(&next).expect(200).items()[0]["id"], ids[1]);
    group.admin.get("/api/v1/notifications?user_id=x").refused(400, "unknown_filter");
}

fn who_has_a_phone_alone_gets_the_subject_as_a_text_message(app: &TestApp) {
    let office = Office::found(app);
    let admin = app.register_person("王芳");
    let path = format!("/api/v1/programmes/{}/organizations", office.programme);
    let profile = json!({"name": "短信社", "kind": "association", "members": 3, "subdistrict": "月湖街道",
                         "credit_code": crate::support::credit_code("51")});
    let organization = admin.post(&path).json(&profile).expect(201);
    let verification = format!("/api/v1/organizations/{}/verification", organization.id());
    office.step(&office.officer, &verification, 1, None);
    let texts = app.texts_to(&admin.login);
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("短信社"), "{texts:?}");
    let list = admin.get("/api/v1/notifications").expect(200);
    assert_eq!(list.items()[0]["subject"], texts[0]);
}

/// Where no text messages are sent nothing waits for ever, and the notice stands all the same.
#[test]
fn without_text_messages_the_notice_stands_all_the_same() {
    let app = TestApp::spawn_with(Engine::Sqlite, |settings| settings.sms.transport = SmsTransport::Off);
    let office = Office::found(&app);
    let group = office.a_group(Kind::Registered);
    assert!(app.texts_to(&group.admin.login).is_empty());
    assert_eq!(group.admin.get("/api/v1/notifications").expect(200).items().len(), 1);
}
