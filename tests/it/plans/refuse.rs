//! What is refused, with its code, and that nothing changes then.

use serde_json::{Value, json};

use super::in_review;
use crate::support::{Kind, Office, REVIEW_DAY, Reply, TestApp, changes_nothing, content, plan_path};

on_both!(
    faults_of_a_plan_are_told_all_at_once,
    pairs_that_cannot_be_are_refused,
    a_second_reading_takes_an_agreed_order,
    there_is_nothing_to_plan_before_the_window_is_over,
    only_the_office_reads_and_only_the_officer_makes,
);

#[track_caller]
fn refused(office: &Office<'_>, path: &str, body: &Value, status: u16, code: &str) -> Reply {
    changes_nothing(office.app.database(), || office.officer.post(path).json(body).refused(status, code))
}

fn faults_of_a_plan_are_told_all_at_once(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly"]);
    office.an_expert_in(&["elderly"]);
    let twice = json!({"application_id": projects[0].id, "demand": 100});
    let body = json!({
        "stage": "defence", "reading": 0, "demand": 0, "demands": [twice, twice], "seed": "",
        "weights": {"domain_bp": 9999}, "applications": [projects[0].group.id],
    });
    let told = refused(&office, &round.plans(), &body, 422, "invalid");
    let pointers: Vec<String> = told.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(
        pointers,
        [
            "/reading",
            "/demand",
            "/weights",
            "/seed",
            "/applications/0",
            "/demands/0/demand",
            "/demands/1/application_id",
            "/demands/1/demand",
            "/stage",
        ]
    );
    for (body, pointer) in [
        (json!({"applications": []}), "/applications"),
        (json!({"track": "filed"}), "/applications"),
        (json!({"batch": 7}), "/applications"),
        // Nobody reads a second time what nobody has read.
        (json!({"reading": 2}), "/applications"),
        (json!({"seed": "长".repeat(201)}), "/seed"),
        (json!({"objective": "best"}), "/objective"),
        (json!({"stage": "oral"}), "/stage"),
        (json!({"weights": {"domain_bp": 4_294_967_295_u32, "area_bp": 10_001}}), "/weights"),
    ] {
        let told = changes_nothing(app.database(), || office.officer.post(&round.plans()).json(&body).send());
        assert_eq!(told.status, 422, "{told}");
        assert_eq!(told.faults()[0].0, pointer, "{told}");
    }
}

fn pairs_that_cannot_be_are_refused(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly", "youth"]);
    let [opener, friend, other] = std::array::from_fn(|_| office.an_expert_in(&["elderly"]));
    let pair =
        |project: usize, expert: &str| json!({"application_id": projects[project].id, "expert_id": expert});
    let ban = |project: usize, expert: &str| json!({"application_id": projects[project].id, "expert_id": expert, "reason": "出差"});
    let sheet = office.assign(&projects[0], &opener);
    let version = office.version(&opener.person, &sheet);
    office.step(&opener.person, &format!("{sheet}/declaration"), version, None);
    let sheet = office.assign(&projects[0], &friend);
    let version = office.version(&friend.person, &sheet);
    let tie = json!({"kind": "friend", "evidence": ""});
    office.step(&friend.person, &format!("{sheet}/recusal"), version, Some(tie));
    let cases = [
        (json!({"banned": [ban(0, &opener.id)]}), "/banned/0", "assignment_plan.pair_opened"),
        (json!({"locked": [pair(0, &friend.id)]}), "/locked/0", "assignment_plan.pair_barred"),
        (
            json!({"locked": [pair(0, &other.id)], "banned": [ban(0, &other.id)]}),
            "/locked/0",
            "assignment_plan.pair_twice",
        ),
        (
            json!({"locked": [pair(1, &other.id), pair(1, &other.id)]}),
            "/locked/1",
            "assignment_plan.pair_twice",
        ),
        (
            json!({"banned": [ban(1, &other.id), ban(1, &other.id)]}),
            "/banned/1",
            "assignment_plan.pair_twice",
        ),
        (json!({"locked": [pair(0, &projects[0].id)]}), "/locked/0/expert_id", "field.invalid"),
        (
            json!({"locked": [{"application_id": other.id, "expert_id": other.id}]}),
            "/locked/0/application_id",
            "field.invalid",
        ),
        (
            json!({"banned": [{"application_id": projects[0].id, "expert_id": other.id, "reason": " "}]}),
            "/banned/0/reason",
            "field.required",
        ),
    ];
    for (body, pointer, code) in cases {
        let told = changes_nothing(app.database(), || office.officer.post(&round.plans()).json(&body).send());
        assert_eq!(told.status, 422, "{told}");
        assert_eq!(told.faults(), [(pointer.to_owned(), code.to_owned())], "{told}");
    }
    // Locking what is there already is no fault.
    office.propose(&round, json!({"locked": [pair(0, &opener.id)]}));
}

fn a_second_reading_takes_an_agreed_order(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly", "youth"]);
    let experts = office.experts::<3>();
    for project in &projects {
        office.scored_by(project, &experts, &["95", "60", "80"]);
    }
    let none_left = || {
        let body = json!({"reading": 2, "demand": 1});
        let told = refused(&office, &round.plans(), &body, 422, "field.invalid");
        assert_eq!(told.faults()[0].0, "/applications", "{told}");
    };
    none_left();
    let order = office.ordered(&projects[0], "second_scoring", None);
    none_left();
    office.answered(&order, true);
    let plan = office.propose(&round, json!({"reading": 2, "demand": 3}));
    let planned = plan.at("/result/applications").as_array().unwrap();
    let planned: Vec<&Value> = planned.iter().map(|line| &line["application_id"]).collect();
    assert_eq!(planned, [&json!(projects[0].id)], "nobody ordered the other");
    let told = refused(&office, &round.plans(), &json!({"reading": 3}), 422, "field.invalid");
    assert_eq!(told.faults()[0].0, "/applications", "{told}");
}

fn there_is_nothing_to_plan_before_the_window_is_over(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.submitted(&round, &group, content("20000.00"));
    refused(&office, &round.plans(), &json!({}), 409, "illegal_transition");
    office.on_the(REVIEW_DAY);
    refused(&office, &round.plans(), &json!({}), 409, "assignment_plan.nothing_to_assign");
    // The state is told before what is wrong with the body.
    refused(&office, &round.plans(), &json!({"reading": 0}), 409, "assignment_plan.nothing_to_assign");
    office.accept(&project);
    refused(&office, &round.plans(), &json!({"reading": 0}), 422, "field.invalid");
    office.propose(&round, json!({}));
}

fn only_the_office_reads_and_only_the_officer_makes(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly"]);
    let expert = office.an_expert_in(&["elderly"]);
    let plan = office.propose(&round, json!({"demand": 1}));
    let path = plan_path(&plan);
    let question = format!("{path}/why-not?application_id={}&expert_id={}", projects[0].id, expert.id);
    let reads = [round.plans(), path.clone(), format!("{path}/input"), question];
    for read in &reads {
        for reader in [&office.officer, &office.supervisor, &office.auditor] {
            office.see(reader, read);
        }
        for other in [&office.chair, &office.director, &office.maker, &office.bureau, &office.street] {
            other.get(read).refused(403, "forbidden");
        }
    }
    // Who is not of the office does not even learn that there is a plan.
    for outside in [&projects[0].group.admin, &expert.person, &office.worker] {
        for read in &reads[1..] {
            outside.get(read).refused(404, "not_found");
        }
        outside.get(&reads[0]).refused(403, "forbidden");
    }
    let elsewhere = Office::found(app);
    for read in &reads {
        elsewhere.officer.get(read).refused(404, "not_found");
    }
    for other in [&office.supervisor, &office.auditor, &office.director, &office.chair] {
        changes_nothing(app.database(), || {
            other.post(&round.plans()).json(&json!({})).refused(403, "forbidden");
        });
    }
}
