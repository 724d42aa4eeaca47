//! Until when sheets are written, and who is reminded of them.

use diesel::prelude::*;
use serde_json::{Value, json};
use yichuang::{
    db::{
        Database,
        schema::{audit_entries, sheet_reminders},
    },
    kernel::time::Clock,
    reviews::remind,
};

use super::{declared, in_review, places, refused};
use crate::support::{Kind, Office, Person, REVIEW_DAY, TestApp, changes_nothing, content, marks, schedule};

on_both!(
    nothing_is_written_a_millisecond_after_the_hard_deadline,
    a_sheet_is_overdue_after_the_soft_deadline,
    one_expert_gets_more_time,
    deadlines_are_sound_and_versioned,
    experts_are_reminded_before_and_after_and_the_office_hears_how_many,
    what_two_servers_remind_of_comes_once,
);

fn nothing_is_written_a_millisecond_after_the_hard_deadline(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({}));
    let [expert, other] = office.experts::<2>();
    let sheet = office.marked(&project, &expert, "85");
    let unopened = office.assign(&project, &other);
    office.scheduled(
        &round,
        json!({"desk": {"due_at": "2011-04-10T10:00:00Z", "closes_at": "2011-04-12T10:00:00Z"}}),
    );
    let by = &expert.person;
    let seen = office.see(by, &sheet);
    assert_eq!(seen.text("/due_at"), "2011-04-10T10:00:00Z");
    assert_eq!(seen.text("/closes_at"), "2011-04-12T10:00:00Z");
    assert_eq!(office.see(by, &format!("{sheet}/form")).text("/closes_at"), "2011-04-12T10:00:00Z");
    let at = |moment: &str| {
        app.move_clock_to(moment);
        office.sign_in_everybody();
    };
    at("2011-04-12T09:59:59.999Z");
    let change = json!({"comment": "最后一刻"});
    let version = office.act(by, "PATCH", &sheet, Some(change.clone()), Some(seen.version())).version();
    at("2011-04-12T10:00:00.001Z");
    let late = (409, "review.deadline_passed");
    let told = refused(&office, by, ("PATCH", &sheet), Some(version), Some(&change), late);
    assert!(told.text("/detail").contains("2011-04-12 18:00:00"), "{told}");
    refused(&office, by, ("POST", &format!("{sheet}/submission")), Some(version), None, late);
    assert_eq!(office.see(by, &sheet).at("/permitted_actions"), &json!(["recuse"]));
    // Who has a conflict may still say so, and who has none too.
    let version = office.version(&other.person, &unopened);
    office.step(&other.person, &format!("{unopened}/declaration"), version, None);
    // The last moment itself is in time.
    at("2011-04-12T10:00:00Z");
    office.hand_in(&sheet, &expert);
}

fn a_sheet_is_overdue_after_the_soft_deadline(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let sheet = office.marked(&project, &expert, "85");
    assert_eq!(office.see(&expert.person, &sheet).at("/due_at"), &Value::Null);
    office.scheduled(
        &round,
        json!({"desk": {"due_at": "2011-04-10T10:00:00Z", "closes_at": "2011-04-12T10:00:00Z"}}),
    );
    let overdue = |moment: &str| {
        app.move_clock_to(moment);
        office.sign_in_everybody();
        let all = [&expert.person, &office.officer, &office.chair]
            .map(|person| office.see(person, &sheet).at("/overdue").as_bool().unwrap());
        assert!(all.iter().all(|one| *one == all[0]));
        all[0]
    };
    assert!(!overdue("2011-04-10T10:00:00Z"));
    assert!(overdue("2011-04-10T10:00:00.001Z"));
    // It can still be handed in, and then it is not overdue.
    office.hand_in(&sheet, &expert);
    assert!(!overdue("2011-04-11T10:00:00Z"));
}

fn one_expert_gets_more_time(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({}));
    let [expert, other] = office.experts::<2>();
    let sheet = office.marked(&project, &expert, "85");
    let others = office.marked(&project, &other, "80");
    let path = format!("{}/review-extensions", round.path());
    let more = |until: &str| json!({"expert_id": expert.id, "closes_at": until, "reason": "出差在外"});
    let body = more("2011-04-14T10:00:00Z");
    let by = &office.officer;
    refused(&office, by, ("POST", &path), None, Some(&body), (409, "review_extension.no_schedule"));
    office.scheduled(
        &round,
        json!({"desk": {"due_at": "2011-04-10T10:00:00Z", "closes_at": "2011-04-12T10:00:00Z"}}),
    );
    let earlier = json!({"expert_id": expert.id, "closes_at": "2011-04-12T10:00:00Z", "reason": " "});
    let told = refused(&office, by, ("POST", &path), None, Some(&earlier), (422, "invalid"));
    assert_eq!(places(&told), ["review_extension.not_later /closes_at", "field.required /reason"]);
    let nobody = json!({"expert_id": office.programme, "closes_at": "2011-04-14T10:00:00Z", "reason": "x"});
    refused(&office, by, ("POST", &path), None, Some(&nobody), (404, "not_found"));
    office.post(by, &path, Some(body));
    office.on_the("2011-04-13");
    assert_eq!(office.see(&expert.person, &sheet).text("/closes_at"), "2011-04-14T10:00:00Z");
    assert_eq!(office.see(&expert.person, &sheet).at("/overdue"), &json!(false));
    let late = (409, "review.deadline_passed");
    let version = office.version(&other.person, &others);
    refused(&office, &other.person, ("POST", &format!("{others}/submission")), Some(version), None, late);
    office.hand_in(&sheet, &expert);
    let seen = office.see(&office.auditor, &format!("{}/review-schedule", round.path()));
    assert_eq!(seen.text("/extensions/0/expert_id"), expert.id);
    assert_eq!(seen.text("/extensions/0/reason"), "出差在外");
    // One whose time has passed gets it from now on.
    let body = json!({"expert_id": other.id, "closes_at": "2011-04-12T11:00:00Z", "reason": "住院"});
    refused(&office, by, ("POST", &path), None, Some(&body), (422, "review_schedule.past"));
    let deeds: i64 = app
        .database()
        .read_now(|conn| {
            let given = audit_entries::table.filter(audit_entries::action.eq("review.extend"));
            Ok(given.count().get_result(conn)?)
        })
        .unwrap();
    assert_eq!(deeds, 1);
}

fn deadlines_are_sound_and_versioned(app: &TestApp) {
    let (office, round, _) = in_review(app, json!({}));
    let path = format!("{}/review-schedule", round.path());
    let by = &office.officer;
    assert_eq!(office.see(by, &path).version(), 1);
    let desk = |due: &str, closes: &str| json!({"desk": {"due_at": due, "closes_at": closes}});
    // It is the first of April, ten in the morning in Ningbo.
    let told = refused(
        &office,
        by,
        ("PUT", &path),
        Some(1),
        Some(&desk("2011-04-01T02:00:00Z", "2011-03-31T02:00:00Z")),
        (422, "invalid"),
    );
    let expected = [
        "review_schedule.past /desk/due_at",
        "review_schedule.past /desk/closes_at",
        "review_schedule.order /desk/closes_at",
    ];
    assert_eq!(places(&told), expected);
    refused(&office, by, ("PUT", &path), Some(1), Some(&schedule()), (409, "review.no_defence"));
    let wrong = json!({"desk": {"due_at": "2011-04-31T02:00:00Z", "closes_at": "2011-05-31T02:00:00Z"}});
    refused(&office, by, ("PUT", &path), Some(1), Some(&wrong), (422, "field.invalid"));
    let sound = desk("2011-04-10T10:00:00Z", "2011-04-10T10:00:00Z");
    refused(&office, by, ("PUT", &path), None, Some(&sound), (428, "precondition_required"));
    assert_eq!(office.act(by, "PUT", &path, Some(sound.clone()), Some(1)).version(), 2);
    refused(&office, by, ("PUT", &path), Some(1), Some(&sound), (412, "stale"));
    // What has passed may be said again, but not said anew.
    office.on_the("2011-04-11");
    assert_eq!(office.act(by, "PUT", &path, Some(sound), Some(2)).version(), 3);
    let past = desk("2011-04-10T10:00:01Z", "2011-04-10T10:00:01Z");
    refused(&office, by, ("PUT", &path), Some(3), Some(&past), (422, "review_schedule.past"));
    assert_eq!(office.act(by, "PUT", &path, Some(json!({})), Some(3)).at("/desk"), &Value::Null);
    for other in [&office.chair, &office.director, &office.auditor] {
        refused(&office, other, ("PUT", &path), Some(4), Some(&json!({})), (403, "forbidden"));
    }
}

/// One look of the loop that runs beside the server.
#[track_caller]
fn look(app: &TestApp) -> usize {
    let turn = remind::turn(app.database(), app.clock.now());
    actix_web::rt::System::new().block_on(turn).expect("a look")
}

/// The subjects of what somebody was told of open sheets.
#[track_caller]
fn reminded(app: &TestApp, person: &Person) -> Vec<String> {
    let subjects = app.mail_to(&person.mail()).into_iter().map(|mail| mail.subject);
    subjects.filter(|subject| subject.contains("评分表") && !subject.contains("退回")).collect()
}

fn experts_are_reminded_before_and_after_and_the_office_hears_how_many(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"reminder_days": [3]}));
    let groups: [_; 2] = std::array::from_fn(|_| office.a_group(Kind::Registered));
    let projects = groups.each_ref().map(|group| office.eligible(&round, group, content("20000.00")));
    office.on_the(REVIEW_DAY);
    let [slow, quick, done] = office.experts::<3>();
    office.assign(&projects[0], &slow);
    let (open, _) = declared(&office, &projects[1], &slow);
    let late = office.marked(&projects[0], &quick, "80");
    office.scored_once(&projects[0], &done, "80");
    let stepped_back = office.assign(&projects[1], &done);
    let version = office.version(&done.person, &stepped_back);
    office.step(&done.person, &format!("{stepped_back}/recusal"), version, Some(json!({"kind": "friend"})));
    assert_eq!(look(app), 0, "no deadline, no reminder");
    office.scheduled(
        &round,
        json!({"desk": {"due_at": "2011-04-10T10:00:00Z", "closes_at": "2011-04-12T10:00:00Z"}}),
    );
    let everybody_else: Vec<&Person> = groups
        .iter()
        .map(|group| &group.admin)
        .chain([&done.person, &office.chair, &office.worker])
        .collect();
    let before: Vec<usize> = everybody_else.iter().map(|person| app.mail_to(&person.mail()).len()).collect();
    let applications =
        projects.each_ref().map(|project| office.see(&project.group.admin, &project.path()).json);

    office.on_the("2011-04-06");
    assert_eq!(look(app), 0);
    app.move_clock_to("2011-04-06T23:59:59Z");
    assert_eq!(look(app), 0, "one second before eight in the morning of the seventh");
    app.move_clock_to("2011-04-07T00:00:00Z");
    assert_eq!((look(app), look(app)), (2, 0));
    assert_eq!(reminded(app, &slow.person), ["【益创】您有 2 份评分表待提交"]);
    assert_eq!(reminded(app, &quick.person), ["【益创】您有 1 份评分表待提交"]);
    for officer in [&office.officer, &office.second_officer] {
        assert_eq!(reminded(app, officer), ["【益创】有评分表待提交"]);
    }
    let mail = app.mail_to(&slow.person.mail()).pop().unwrap();
    for told in ["2011-04-10 18:00:00", "2011-04-12 18:00:00", "第三届公益创投"] {
        assert!(mail.body.contains(told), "{}", mail.body);
    }
    for (project, group) in projects.iter().zip(&groups) {
        for trace in [&project.reference, &group.name, &"暖巷助老".to_owned()] {
            assert!(!mail.body.contains(trace.as_str()), "{trace}: {}", mail.body);
        }
    }

    office.on_the("2011-04-10");
    office.hand_in(&late, &quick);
    assert_eq!(look(app), 0);
    app.move_clock_to("2011-04-10T10:00:00.001Z");
    assert_eq!((look(app), look(app)), (1, 0), "overdue, once");
    assert_eq!(reminded(app, &slow.person).last().unwrap(), "【益创】您有 2 份评分表已逾期");
    assert_eq!(reminded(app, &quick.person).len(), 1);
    assert_eq!(reminded(app, &office.officer).last().unwrap(), "【益创】有评分表已逾期");
    // More time is reminded of anew.
    office.on_the("2011-04-11");
    let more = json!({"expert_id": slow.id, "closes_at": "2011-04-20T10:00:00Z", "reason": "住院"});
    office.post(&office.officer, &format!("{}/review-extensions", round.path()), Some(more));
    assert_eq!(look(app), 0);
    office.on_the("2011-04-17");
    assert_eq!((look(app), look(app)), (1, 0));
    assert!(app.mail_to(&slow.person.mail()).pop().unwrap().body.contains("2011-04-20 18:00:00"));

    // Applicants and the others heard nothing, and nothing of their applications moved.
    let after: Vec<usize> = everybody_else.iter().map(|person| app.mail_to(&person.mail()).len()).collect();
    assert_eq!(before, after);
    for (project, before) in projects.iter().zip(applications) {
        assert_eq!(office.see(&project.group.admin, &project.path()).json, before);
    }
    let body = json!({"marks": marks("80"), "mark_comments": {"plan": "偏弱"}});
    let version = office.version(&slow.person, &open);
    office.act(&slow.person, "PATCH", &open, Some(body), Some(version));
}

fn what_two_servers_remind_of_comes_once(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({"reminder_days": [3]}));
    let experts = office.experts::<4>();
    for expert in &experts {
        office.assign(&project, expert);
    }
    office.scheduled(
        &round,
        json!({"desk": {"due_at": "2011-04-10T10:00:00Z", "closes_at": "2011-04-12T10:00:00Z"}}),
    );
    app.move_clock_to("2011-04-07T02:00:00Z");
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
    assert_eq!(told, 4, "each by one of them");
    changes_nothing(app.database(), || assert_eq!(look(app), 0, "and by none that is started later"));
    let rows: i64 =
        app.database().read_now(|conn| Ok(sheet_reminders::table.count().get_result(conn)?)).unwrap();
    assert_eq!(rows, 5, "four experts and the office");
}
