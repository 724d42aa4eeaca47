//! A sheet is taken from its expert; nothing is decided on a sheet of which a tie is known; who has a tie, or is the
//! person concerned, does not act.

use serde_json::{Value, json};

use crate::support::{
    DECISION_DAY, Kind, Office, Project, REVIEW_DAY, Round, TestApp, changes_nothing, content, marks,
};

on_both!(
    an_open_sheet_is_taken_back_and_the_decision_goes_on,
    a_sheet_that_was_handed_in_is_taken_out_only_for_a_tie,
    who_acts_for_a_group_gives_it_to_nobody,
    nobody_of_the_office_changes_what_they_are_as_an_expert,
    a_rubric_stands_once_experts_are_at_work,
    who_scored_is_for_those_who_assign_and_watch,
);

const WHY: &str = "专家因病不能评审，改请他人。";

fn in_review(app: &TestApp) -> (Office<'_>, Round, Project) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"cap": "50000.00"}));
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.on_the(REVIEW_DAY);
    (office, round, project)
}

fn take_back(office: &Office<'_>, sheet: &str) -> Value {
    let version = office.version(&office.officer, sheet);
    let why = json!({"reason": WHY});
    office.step(&office.officer, &format!("{sheet}/release"), version, Some(why)).json
}

fn an_open_sheet_is_taken_back_and_the_decision_goes_on(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let experts = office.experts::<3>();
    office.scored_by(&project, &experts, &["85", "88", "82"]);
    let silent = office.an_expert();
    let sheet = office.marked(&project, &silent, "10");
    office.on_the(DECISION_DAY);
    let plan = office.plan(&round);
    let decision = format!("/api/v1/selection-plans/{}/decision", plan.id());
    let minutes = json!({"minutes": "会议一致同意按方案立项。"});
    let version = plan.version();
    let early = office.director.post(&decision).json(&minutes).if_match(version).key("early");
    early.refused(409, "review.sheets_open");

    let version = office.version(&office.officer, &sheet);
    let path = format!("{sheet}/release");
    changes_nothing(app.database(), || {
        let short = office.officer.post(&path).json(&json!({"reason": "病"})).if_match(version).key("short");
        short.refused(422, "field.invalid");
        for other in [&office.chair, &office.supervisor, &office.director] {
            let other = other.post(&path).json(&json!({"reason": WHY})).if_match(version).key("other");
            other.refused(403, "forbidden");
        }
        silent.person.post(&path).json(&json!({"reason": WHY})).if_match(version).key("own").expect(403);
    });
    assert_eq!(take_back(&office, &sheet)["state"], "released");
    let by = &silent.person;
    let version = office.version(by, &sheet);
    by.patch(&sheet).json(&json!({"marks": marks("90")})).if_match(version).expect(409);
    by.post(&format!("{sheet}/submission")).if_match(version).key("late").expect(409);
    let told = app.mail_to(&by.mail());
    assert!(told.last().is_some_and(|mail| format!("{mail:?}").contains("收回")), "{told:?}");
    assert_eq!(office.decided(&round).text("/minutes"), "会议一致同意按方案立项。");
}

fn a_sheet_that_was_handed_in_is_taken_out_only_for_a_tie(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let experts = office.experts::<4>();
    let sheets: Vec<String> = experts
        .iter()
        .zip(["85", "88", "82", "97"])
        .map(|(e, t)| office.scored_once(&project, e, t))
        .collect();
    let last = &sheets[3];
    let version = office.version(&office.officer, last);
    changes_nothing(app.database(), || {
        let why = json!({"reason": WHY});
        let request =
            office.officer.post(&format!("{last}/release")).json(&why).if_match(version).key("no-tie");
        request.refused(409, "review.no_conflict");
    });
    let score = |office: &Office<'_>| {
        let ranking = office.see(&office.auditor, &format!("{}/ranking", round.path()));
        (ranking.at("/items/0/n").clone(), ranking.at("/items/0/score").clone())
    };
    assert_eq!(score(&office), (json!(4), json!("88.00")));
    let tie = json!({"expert_id": experts[3].id, "kind": "kin", "evidence": "与负责人为亲属"});
    office.post(&office.officer, &format!("{}/conflicts", project.path()), Some(tie));
    office.on_the(DECISION_DAY);
    let plan = office.plan(&round);
    let decision = format!("/api/v1/selection-plans/{}/decision", plan.id());
    let minutes = json!({"minutes": "会议一致同意按方案立项。"});
    let early = office.director.post(&decision).json(&minutes).if_match(plan.version()).key("early");
    early.refused(409, "review.conflicts_unsettled");
    assert_eq!(take_back(&office, last)["state"], "released");
    assert_eq!(score(&office), (json!(3), json!("85.00")));
    // What was signed stays to be seen.
    let versions = office.see(&office.auditor, &format!("{last}/versions"));
    assert!(versions.body().contains("97.00"), "{versions}");
    office.decided(&round);
}

fn who_acts_for_a_group_gives_it_to_nobody(app: &TestApp) {
    let (office, _, project) = in_review(app);
    let expert = office.an_expert();
    let member = json!({"user_id": office.second_officer.id, "role": "applicant"});
    office.post(&project.group.admin, &format!("{}/members", project.group.path()), Some(member));
    changes_nothing(app.database(), || {
        for id in [&expert.id, &office.programme] {
            let body = json!({"expert_id": id});
            let request = office.second_officer.post(&format!("{}/reviews", project.path())).json(&body);
            request.key("own-group").refused(403, "review.scores_sealed");
        }
    });
    office.assign(&project, &expert);
}

fn nobody_of_the_office_changes_what_they_are_as_an_expert(app: &TestApp) {
    let (office, _, project) = in_review(app);
    let pool = format!("/api/v1/programmes/{}/experts", office.programme);
    let own = json!({"user_id": office.officer.id, "name": "专员", "expertise": ["elderly"]});
    changes_nothing(app.database(), || {
        office.officer.post(&pool).json(&own).key("self").refused(403, "forbidden.same_person");
    });
    let entry = office.post(&office.second_officer, &pool, Some(own));
    let path = format!("/api/v1/experts/{}", entry.id());
    changes_nothing(app.database(), || {
        let change = office.officer.patch(&path).json(&json!({"name": "别名"})).if_match(1);
        change.refused(403, "forbidden.same_person");
        let removal =
            office.officer.post(&format!("{path}/removal")).json(&json!({"reason": "不再担任专家职务"}));
        removal.if_match(1).key("away").refused(403, "forbidden.same_person");
        let body = json!({"expert_id": entry.id()});
        let assign = office.officer.post(&format!("{}/reviews", project.path())).json(&body).key("to-me");
        assign.refused(403, "forbidden.same_person");
    });
    // A tie of theirs seals the group from them, also after somebody else removed them from the pool.
    let tie = json!({"expert_id": entry.id(), "kind": "kin", "evidence": "与负责人为亲属"});
    office.post(&office.second_officer, &format!("{}/conflicts", project.path()), Some(tie));
    let scorer = office.an_expert();
    let sheet = {
        let body = json!({"expert_id": scorer.id});
        let made = office.post(&office.second_officer, &format!("{}/reviews", project.path()), Some(body));
        format!("/api/v1/reviews/{}", made.id())
    };
    office.officer.get(&sheet).refused(404, "not_found");
    let version = office.version(&office.second_officer, &path);
    let why = json!({"reason": "不再担任专家职务，移出专家库"});
    office.step(&office.second_officer, &format!("{path}/removal"), version, Some(why));
    office.officer.get(&sheet).refused(404, "not_found");
}

fn a_rubric_stands_once_experts_are_at_work(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"cap": "50000.00"}));
    let group = office.a_group(Kind::Registered);
    let early = office.eligible(&round, &group, content("50000.00"));
    // Corrected while the call is open: everybody is scored by what stands at its end.
    let rubric = json!({"criteria": [
        {"code": "need", "name": "需求", "max": "60.00"}, {"code": "plan", "name": "方案", "max": "30.00"},
        {"code": "team", "name": "团队", "max": "10.00"},
    ]});
    let version = office.version(&office.director, &round.path());
    let correction = json!({"reason": "补充团队一项评分标准", "rubric": rubric});
    office.step(&office.director, &format!("{}/corrections", round.path()), version, Some(correction));
    let late = office.eligible(&round, &office.a_group(Kind::Registered), content("40000.00"));
    office.on_the(REVIEW_DAY);
    for project in [&early, &late] {
        for expert in office.experts::<3>() {
            let sheet = office.assign(project, &expert);
            let by = &expert.person;
            let version = office.step(by, &format!("{sheet}/declaration"), 1, None).version();
            let body = json!({"marks": {"need": "50", "plan": "20", "team": "8"}});
            let version = office.act(by, "PATCH", &sheet, Some(body), Some(version)).version();
            office.step(by, &format!("{sheet}/submission"), version, None);
        }
    }
    let ranking = office.see(&office.auditor, &format!("{}/ranking", round.path()));
    for line in ranking.items() {
        assert_eq!(line["score"], "78.00", "{line}");
    }
    // A rolling call is still open while its batches are reviewed; then the rubric stands.
    assert!(office.see(&office.auditor, &format!("{}/score-report", round.path())).body().contains("78.00"));
}

fn who_scored_is_for_those_who_assign_and_watch(app: &TestApp) {
    let (office, _, project) = in_review(app);
    let expert = office.an_expert();
    let sheet = office.scored_once(&project, &expert, "85");
    for reader in [&office.officer, &office.supervisor, &office.auditor, &expert.person] {
        assert_eq!(office.see(reader, &sheet).text("/expert_id"), expert.id);
    }
    for reader in [&office.chair, &office.director] {
        let seen = office.see(reader, &sheet);
        assert_eq!((seen.at("/expert_id"), seen.text("/total")), (&Value::Null, "85.00"));
        assert!(!seen.body().contains(&expert.id) && !seen.body().contains(&expert.person.id), "{seen}");
    }
}
