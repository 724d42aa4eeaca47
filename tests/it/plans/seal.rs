//! Who is involved sees nothing of it, and decides nothing.

use serde_json::{Value, json};

use super::in_review;
use crate::support::{Kind, Office, Person, TestApp, changes_nothing, content, fresh_key, plan_path};

on_both!(
    who_acts_for_an_applicant_sees_the_plan_without_it,
    who_is_involved_neither_makes_nor_adopts,
    what_was_withdrawn_keeps_nobody_from_planning,
    a_plan_leaves_no_trace_the_applicant_could_see,
);

/// Somebody with a role of the office who also acts for a group.
#[track_caller]
fn both(office: &Office<'_>, role: &str, group: &crate::support::Group) -> Person {
    let person = office.join("两处任职");
    let member = json!({"user_id": person.id, "role": role});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    let member = json!({"user_id": person.id, "role": "applicant"});
    office.post(&group.admin, &format!("{}/members", group.path()), Some(member));
    person
}

fn who_acts_for_an_applicant_sees_the_plan_without_it(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let (own, other) = (office.a_group(Kind::Filed), office.a_group(Kind::Registered));
    let hidden = office.eligible(&round, &own, content("20000.00"));
    let shown = office.eligible(&round, &other, content("20000.00"));
    office.on_the(crate::support::REVIEW_DAY);
    for _ in 0..2 {
        office.an_expert_in(&["elderly"]);
    }
    let ban = |id: &str, expert: &str| json!({"application_id": id, "expert_id": expert, "reason": "出差"});
    let away = office.an_expert_in(&["elderly"]);
    let plan = office.propose(
        &round,
        json!({
            "demand": 3, "compare": true,
            "banned": [ban(&hidden.id, &away.id), ban(&shown.id, &away.id)],
            "demands": [{"application_id": hidden.id, "demand": 4}],
        }),
    );
    let path = plan_path(&plan);
    // Of the group itself, and of the host of a filed group.
    let host = own.host.as_deref().unwrap();
    for person in [both(&office, "supervisor", &own), both(&office, "auditor", host)] {
        let view = office.see(&person, &path);
        let text = view.body();
        assert!(text.contains(&shown.id) && text.contains(&shown.reference));
        assert!(!text.contains(&hidden.id) && !text.contains(&hidden.reference), "{text}");
        assert_eq!((view.at("/result/demand"), view.at("/result/assigned")), (&json!(3), &json!(2)));
        assert_eq!(view.at("/result/total_affinity"), view.at("/result/applications/0/sum"));
        for absent in ["/input_digest", "/result/comparison"] {
            assert_eq!(view.at(absent), &Value::Null, "{absent}");
        }
        assert_eq!(view.at("/result/experts"), &json!([]), "a load would tell of the hidden one");
        assert_eq!(view.at("/parameters/demands"), &json!([]));
        assert_eq!(view.at("/parameters/banned").as_array().unwrap().len(), 1);
        person.get(&format!("{path}/input")).refused(403, "assignment_plan.involved");
        let question = |id: &str| format!("{path}/why-not?application_id={id}&expert_id={}", away.id);
        person.get(&question(&hidden.id)).refused(404, "not_found");
        office.see(&person, &question(&shown.id));
    }
    // Everybody else sees both.
    assert!(office.see(&office.auditor, &path).body().contains(&hidden.id));
}

fn who_is_involved_neither_makes_nor_adopts(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly"]);
    let expert = office.an_expert_in(&["elderly"]);
    let plan = office.propose(&round, json!({"demand": 1}));
    let adoption = format!("{}/adoption", plan_path(&plan));
    let insider = both(&office, "program_officer", &projects[0].group);
    let refused = |person: &Person| {
        changes_nothing(app.database(), || {
            person.post(&round.plans()).json(&json!({})).refused(403, "assignment_plan.involved");
            person.post(&adoption).key(&fresh_key()).if_match(1).refused(403, "assignment_plan.involved");
        });
        assert_eq!(office.see(person, &plan_path(&plan)).at("/permitted_actions"), &json!([]));
    };
    refused(&insider);
    // An officer who is an expert too, with a sheet that is open.
    let member = json!({"user_id": expert.person.id, "role": "program_officer"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    office.see(&expert.person, &plan_path(&plan));
    office.adopt(&plan);
    let view = office.see(&expert.person, &plan_path(&plan));
    assert!(
        !view.body().contains(&projects[0].id),
        "who else scores it stays sealed until it is scored: {view}"
    );
    changes_nothing(app.database(), || {
        expert.person.post(&round.plans()).json(&json!({})).refused(403, "assignment_plan.involved")
    });
}

fn what_was_withdrawn_keeps_nobody_from_planning(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let [own, _] =
        [(); 2].map(|()| office.eligible(&round, &office.a_group(Kind::Registered), content("20000.00")));
    office.on_the(crate::support::REVIEW_DAY);
    office.an_expert_in(&["elderly"]);
    let insider = both(&office, "program_officer", &own.group);
    changes_nothing(app.database(), || {
        insider.post(&round.plans()).json(&json!({})).refused(403, "assignment_plan.involved")
    });
    office.move_application(&own.group.admin, &own, "withdrawal", None);
    let plan = office.post(&insider, &round.plans(), Some(json!({"demand": 1})));
    let adoption = format!("{}/adoption", plan_path(&plan));
    office.step(&insider, &adoption, plan.version(), None);
}

fn a_plan_leaves_no_trace_the_applicant_could_see(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly", "youth"]);
    for domains in [["elderly"], ["youth"], ["youth"]] {
        office.an_expert_in(&domains);
    }
    let admin = &projects[0].group.admin;
    let seen = || {
        let paths =
            [projects[0].path(), projects[1].path(), round.path(), format!("{}/applications", round.path())];
        paths.map(|path| {
            let shown = office.see(admin, &path);
            (shown.header("etag").map(str::to_owned), shown.body())
        })
    };
    office.adopt(&office.propose(&round, json!({"demand": 1, "applications": [projects[0].id]})));
    // The whole batch is in scoring now: whoever is assigned later, and how often, tells nothing.
    let (before, letters) = (seen(), app.mail_to(&admin.mail()).len());
    assert!(before[1].1.contains("\"scoring\""));
    office.adopt(&office.propose(&round, json!({"demand": 2})));
    office.adopt(&office.propose(&round, json!({"demand": 1, "keep": false})));
    assert_eq!(before, seen());
    assert_eq!(app.mail_to(&admin.mail()).len(), letters);
}
