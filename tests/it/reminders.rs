//! Reminders before the last day: each once, whatever happens in between.

use diesel::prelude::*;
use serde_json::json;
use yichuang::{
    applications::remind,
    db::{
        Database,
        schema::{audit_entries, reminders},
    },
    kernel::time::Clock,
};

use crate::support::{
    Kind, Office, Person, TestApp, changes_nothing, content, credit_code, drive_letters::texts,
};

on_both!(
    drafts_are_reminded_seven_three_and_one_days_before_the_window_closes,
    what_two_servers_and_a_restart_remind_of_comes_once,
    a_correction_is_reminded_of_before_it_lapses,
    more_time_is_reminded_of_anew,
    what_was_missed_comes_as_one_and_in_the_programmes_words,
);

/// One look of the loop that runs beside the server.
#[track_caller]
fn look(app: &TestApp) -> usize {
    let turn = remind::turn(app.database(), app.clock.now());
    actix_web::rt::System::new().block_on(turn).expect("a look")
}

/// The subjects of the reminders somebody got.
#[track_caller]
fn reminded(app: &TestApp, person: &Person) -> Vec<String> {
    let subjects = app.mail_to(&person.mail()).into_iter().map(|mail| mail.subject);
    subjects.filter(|subject| subject.contains("尚未提交")).collect()
}

fn drafts_are_reminded_seven_three_and_one_days_before_the_window_closes(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let head = &group.admin;
    // One volunteer more; the head may write applications too, and is one person all the same.
    let volunteer = office.join("志愿者");
    for id in [&volunteer.id, &head.id] {
        let member = json!({"user_id": id, "role": "applicant"});
        office.post(head, &format!("{}/members", group.path()), Some(member));
    }
    let slow = office.drafted(&round, &group, content("50000.00"));
    let quick = office.drafted(&round, &group, content("20000.00"));
    assert_eq!(look(app), 0);
    app.move_clock_to("2011-03-23T04:00:00Z");
    assert_eq!(look(app), 0, "eight days before");
    app.move_clock_to("2011-03-23T23:59:59Z");
    assert_eq!(look(app), 0, "one second before eight in the morning of the twenty-fourth");
    app.move_clock_to("2011-03-24T00:00:00Z");
    assert_eq!(look(app), 2);
    let expected: Vec<String> = [&slow, &quick]
        .iter()
        .map(|project| format!("【益创】申报尚未提交，2011-03-31 截止:{}", project.reference))
        .collect();
    for person in [head, &volunteer] {
        let mut got = reminded(app, person);
        got.sort();
        assert_eq!(got, expected, "{}", person.name);
    }
    let mail = app.mail_to(&volunteer.mail()).pop().unwrap();
    assert!(mail.body.contains("还剩 7 天") && mail.body.contains("days left: 7"), "{}", mail.body);
    assert!(!mail.body.contains('{'), "{}", mail.body);
    changes_nothing(app.database(), || assert_eq!(look(app), 0, "once is enough"));

    // One is handed in; the other is reminded once more, and then taken back.
    office.on_the("2011-03-28");
    let notice = volunteer.get("/api/v1/notifications").expect(200);
    assert_eq!(notice.text("/items/0/cause"), "application.remind");
    assert_eq!(notice.text("/items/0/programme_id"), office.programme);
    office.submit(&quick);
    assert_eq!(look(app), 1);
    assert_eq!(reminded(app, head).len(), 3);
    office.on_the("2011-03-30");
    office.move_application(head, &slow, "withdrawal", None);
    assert_eq!(look(app), 0);
    let deeds: i64 = app
        .database()
        .read_now(|conn| {
            let deeds = audit_entries::table.filter(audit_entries::action.eq("application.remind"));
            Ok(deeds.filter(audit_entries::actor.is_null()).count().get_result(conn)?)
        })
        .unwrap();
    assert_eq!(deeds, 3);
}

fn what_two_servers_and_a_restart_remind_of_comes_once(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    for _ in 0..5 {
        office.drafted(&round, &group, content("1000.00"));
    }
    app.move_clock_to("2011-03-24T02:00:00Z");
    let now = app.clock.now();
    let servers: Vec<_> = (0..3)
        .map(|_| {
            let (url, keys) = (app.database_url(), app.database().keys().expect("keys"));
            std::thread::spawn(move || {
                let database = Database::open(&url, 4).expect("another server");
                database.unlock(keys);
                actix_web::rt::System::new().block_on(remind::turn(&database, now)).expect("a look")
            })
        })
        .collect();
    let told: usize = servers.into_iter().map(|server| server.join().expect("it lives")).sum();
    assert_eq!(told, 5, "each by one of them");
    assert_eq!(look(app), 0, "and by none that is started later");
    let rows: i64 = app.database().read_now(|conn| Ok(reminders::table.count().get_result(conn)?)).unwrap();
    assert_eq!((rows, reminded(app, &group.admin).len()), (5, 5));
}

fn a_correction_is_reminded_of_before_it_lapses(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let answered = office.submitted(&round, &group, content("30000.00"));
    let forgotten = office.submitted(&round, &group, content("20000.00"));
    for project in [&answered, &forgotten] {
        // Wednesday 2 March + 5 working days: seven days, so that nobody is reminded seven days before.
        assert_eq!(office.send_back(&office.officer, project, &["summary"]).text("/due_on"), "2011-03-09");
    }
    assert_eq!(look(app), 0);
    office.on_the("2011-03-05");
    assert_eq!(look(app), 0);
    office.on_the("2011-03-06");
    assert_eq!((look(app), look(app)), (2, 0));
    office.save_section(&group.admin, &answered, "project", json!({"summary": "补正后的摘要。"}));
    office.submit(&answered);
    office.on_the("2011-03-08");
    assert_eq!((look(app), look(app)), (1, 0));
    let subject = format!("【益创】补正尚未提交，2011-03-09 截止:{}", forgotten.reference);
    assert_eq!(reminded(app, &group.admin).pop(), Some(subject));
    let mail = app.mail_to(&group.admin.mail()).pop().unwrap();
    assert!(mail.body.contains("《暖巷助老》") && !mail.body.contains('{'), "{}", mail.body);
    // It lapsed: no letter after the last day. With more time there is one again.
    office.on_the("2011-03-10");
    assert_eq!(look(app), 0);
    let more = json!({"until": "2011-03-20", "reason": "停电"});
    office.post(&office.officer, &format!("{}/extensions", forgotten.path()), Some(more));
    assert_eq!(look(app), 0);
    office.on_the("2011-03-13");
    assert_eq!((look(app), look(app)), (1, 0));
}

fn more_time_is_reminded_of_anew(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"reminder_days": [5]}));
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, content("50000.00"));
    let other = office.drafted(&round, &group, content("20000.00"));
    office.on_the("2011-03-26");
    assert_eq!(look(app), 2);
    // All get more time.
    let version = office.version(&office.director, &round.path());
    let later = json!({"closes_on": "2011-04-10", "reason": "雨季"});
    office.step(&office.director, &format!("{}/extensions", round.path()), version, Some(later));
    office.on_the("2011-04-04");
    assert_eq!(look(app), 0);
    office.on_the("2011-04-05");
    assert_eq!((look(app), look(app)), (2, 0));
    // One gets more beyond the window, which is reminded of although the window is over.
    office.on_the("2011-04-10");
    let more = json!({"until": "2011-04-20", "reason": "停电"});
    office.post(&office.officer, &format!("{}/extensions", project.path()), Some(more));
    office.on_the("2011-04-15");
    assert_eq!((look(app), look(app)), (1, 0));
    let subject = format!("【益创】申报尚未提交，2011-04-20 截止:{}", project.reference);
    assert_eq!(reminded(app, &group.admin).pop(), Some(subject));
    assert!(
        !reminded(app, &group.admin)
            .iter()
            .any(|subject| { subject.contains("2011-04-20") && subject.contains(&other.reference) })
    );
}

fn what_was_missed_comes_as_one_and_in_the_programmes_words(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    // Somebody with a phone alone: the subject is the text message.
    let admin = app.register_person("王芳");
    office.keep_signed_in(&admin);
    let profile = json!({"name": "短信社", "kind": "association", "members": 3, "subdistrict": "月湖街道",
                         "credit_code": credit_code("51")});
    let path = format!("/api/v1/programmes/{}/organizations", office.programme);
    let organization = office.post(&admin, &path, Some(profile)).id();
    let draft = json!({"organization_id": organization, "content": content("1000.00")});
    let draft = office.post(&admin, &format!("{}/applications", round.path()), Some(draft));
    let own = texts("请尽快提交 {reference}，还剩{days}天", "{round} {until}");
    office.act(&office.officer, "PUT", &office.template("draft_reminder"), Some(own), Some(1));
    // The server was down on the twenty-fourth and the twenty-eighth.
    app.move_clock_to("2011-03-29T02:00:00Z");
    assert_eq!((look(app), look(app)), (1, 0));
    let expected = format!("请尽快提交 {}，还剩2天", draft.text("/reference"));
    assert_eq!(app.texts_to(&admin.login), [expected]);
    app.move_clock_to("2011-04-01T02:00:00Z");
    assert_eq!(look(app), 0, "nothing after the window");
}
