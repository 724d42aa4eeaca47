//! The conduct of a review: nobody is judge in their own cause, whatever posts they hold; what somebody has to do with
//! tells them nothing of who reviews it; what was decided is told to all at once.

use serde_json::{Value, json};

use crate::support::{
    DECISION_DAY, Expert, Kind, Office, Person, Project, REVIEW_DAY, Reply, Round, TestApp, changes_nothing,
    content, fresh_key, plan_path, schedule,
};

on_both!(
    who_may_see_scores_is_no_further_reviewer,
    whose_own_sheets_wait_gives_nobody_more_time,
    nobody_takes_back_a_sheet_of_their_own,
    after_a_complaint_an_officer_or_a_supervisor_orders_a_re_review,
    the_decision_waits_for_the_lock_where_the_policy_says_so,
    a_refusal_tells_nothing_of_what_somebody_has_to_do_with,
    a_plan_tells_nothing_of_what_somebody_has_to_do_with,
    a_list_of_requests_is_whole_without_what_is_hidden,
    a_load_is_counted_for_one_stage_and_reading,
    by_hand_an_expert_joins_the_reading_that_was_agreed_to,
    what_was_taken_back_is_given_again,
    a_postponed_pitch_keeps_its_slot_on_record,
    a_date_nobody_can_mean_is_refused,
    a_recusal_names_its_faults,
    who_is_outside_knows_of_no_re_review,
    the_log_names_the_role_that_allowed_a_deed,
    a_word_on_a_score_is_of_its_marks,
    a_result_is_withheld_until_the_notice,
);

const WHY: &str = "专家因病不能评审，改请他人。";

fn in_review(app: &TestApp, policy: Value) -> (Office<'_>, Round, Project) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", policy);
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.on_the(REVIEW_DAY);
    (office, round, project)
}

fn two_in_review(app: &TestApp) -> (Office<'_>, Round, [Project; 2]) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let projects =
        [(); 2].map(|()| office.eligible(&round, &office.a_group(Kind::Registered), content("30000.00")));
    office.on_the(REVIEW_DAY);
    (office, round, projects)
}

#[track_caller]
fn gives_role(office: &Office<'_>, person: &Person, role: &str) {
    let member = json!({"user_id": person.id, "role": role});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
}

#[track_caller]
fn gives_by_hand(office: &Office<'_>, project: &Project, expert: &Expert) -> Reply {
    let body = json!({"expert_id": expert.id});
    office.post(&office.officer, &format!("{}/reviews", project.path()), Some(body))
}

#[track_caller]
fn takes_back(office: &Office<'_>, sheet: &str) -> Reply {
    let version = office.version(&office.officer, sheet);
    office.step(&office.officer, &format!("{sheet}/release"), version, Some(json!({"reason": WHY})))
}

/// Somebody of the office who also acts for a group.
#[track_caller]
fn insider(office: &Office<'_>, role: &str, project: &Project) -> Person {
    let person = office.join("两处任职");
    gives_role(office, &person, role);
    let member = json!({"user_id": person.id, "role": "applicant"});
    office.post(&project.group.admin, &format!("{}/members", project.group.path()), Some(member));
    person
}

fn who_may_see_scores_is_no_further_reviewer(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({}));
    let experts = office.experts::<3>();
    office.scored_by(&project, &experts, &["95", "60", "80"]);
    let path = format!("{}/re-reviews", project.path());
    let named = |by: &Person, expert: &Expert| {
        let body = json!({"kind": "another_reviewer", "expert_id": expert.id, "reason": "再评"});
        by.post(&path).key(&fresh_key()).json(&body).send()
    };
    for role in ["program_officer", "panel_chair", "supervisor", "center_director", "auditor"] {
        let reader = office.an_expert();
        gives_role(&office, &reader.person, role);
        changes_nothing(app.database(), || {
            let told = named(&office.chair, &reader);
            assert_eq!(told.status, 422, "{told}");
            assert_eq!(told.faults(), [("/expert_id".to_owned(), "review.saw_scores".to_owned())], "{role}");
            let by_hand = json!({"expert_id": reader.id});
            let told = office.officer.post(&format!("{}/reviews", project.path())).json(&by_hand).expect(422);
            assert_eq!(told.faults()[0].1, "review.saw_scores", "{role}");
        });
    }
    // Nobody names herself.
    let chair = office.admitted(office.join("组长兼专家"), &json!({}));
    gives_role(&office, &chair.person, "panel_chair");
    changes_nothing(app.database(), || {
        let told = named(&chair.person, &chair);
        assert_eq!((told.status, told.text("/code")), (403, "forbidden.same_person"), "{told}");
    });
    // Nor where the post came between the order and the agreement.
    let fourth = office.an_expert();
    let order = office.ordered(&project, "another_reviewer", Some(&fourth));
    gives_role(&office, &fourth.person, "auditor");
    let agreement = format!("{order}/agreement");
    changes_nothing(app.database(), || {
        let body = json!({"agreed": true});
        let ask = office.supervisor.post(&agreement).key(&fresh_key()).if_match(1).json(&body);
        ask.refused(409, "review.re_review_too_few");
    });
    office.answered(&order, false);
    // A plan gives it to none of them either.
    let plan = office.propose(&round, json!({"demand": 9}));
    let held: Vec<&Value> =
        plan.at("/result/pairs").as_array().unwrap().iter().map(|pair| &pair["expert_id"]).collect();
    assert_eq!(held.len(), 3, "{plan}");
    assert!(!held.contains(&&json!(fourth.id)));
    // Of all three who score again none sees the others.
    gives_role(&office, &experts[0].person, "auditor");
    let again = office.ordered(&project, "second_scoring", None);
    let body = json!({"agreed": true});
    let ask = office.supervisor.post(&format!("{again}/agreement")).key(&fresh_key()).if_match(1).json(&body);
    ask.refused(409, "review.re_review_too_few");
}

fn whose_own_sheets_wait_gives_nobody_more_time(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    gives_role(&office, &expert.person, "program_officer");
    office.scheduled(&round, json!({"desk": schedule()["desk"]}));
    gives_by_hand(&office, &project, &expert);
    let path = format!("{}/review-extensions", round.path());
    let more = json!({"expert_id": expert.id, "closes_at": "2011-04-14T10:00:00Z", "reason": "出差"});
    let times = json!({"due_at": "2011-04-20T10:00:00Z", "closes_at": "2011-04-20T10:00:00Z"});
    let all = format!("{}/review-schedule", round.path());
    changes_nothing(app.database(), || {
        expert.person.post(&path).key(&fresh_key()).json(&more).refused(403, "forbidden.same_person");
        let set = expert.person.put(&all).if_match(2).json(&json!({"desk": times}));
        set.refused(403, "forbidden.same_person");
    });
    office.post(&office.officer, &path, Some(more));
}

fn nobody_takes_back_a_sheet_of_their_own(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let sheet = office.scored_once(&project, &expert, "80");
    office.locked(&sheet);
    let note = office.noted(&sheet);
    for role in ["program_officer", "panel_chair", "supervisor"] {
        gives_role(&office, &expert.person, role);
    }
    let acts = |version: i64| {
        changes_nothing(app.database(), || {
            let reasons = json!({"reason": "专家来电说明方案一项误填，申请更正。"});
            for (verb, body) in [
                ("release", Some(json!({"reason": WHY}))),
                ("reopening", Some(json!({"note_id": note}))),
                ("lock", None),
            ] {
                let mut ask =
                    expert.person.post(&format!("{sheet}/{verb}")).if_match(version).key(&fresh_key());
                if let Some(body) = &body {
                    ask = ask.json(body);
                }
                ask.refused(403, "forbidden.same_person");
            }
            let ask = expert.person.post(&format!("{sheet}/supervisor-notes")).json(&reasons);
            ask.key(&fresh_key()).refused(403, "forbidden.same_person");
        });
    };
    acts(office.version(&office.chair, &sheet));
    // Taken out of the pool, it is theirs all the same.
    office.move_expert(&expert, "removal");
    acts(office.version(&office.chair, &sheet));
}

fn after_a_complaint_an_officer_or_a_supervisor_orders_a_re_review(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({}));
    let experts = office.experts::<3>();
    office.scored_by(&project, &experts, &["80", "81", "82"]);
    let path = format!("{}/re-reviews", project.path());
    let complaint =
        json!({"kind": "second_scoring", "ground": "complaint", "reason": "投诉成立：专家误读预算"});
    let plain = json!({"kind": "second_scoring", "reason": "再评"});
    changes_nothing(app.database(), || {
        // Scores that agree are looked at again after a complaint alone, and not by anybody.
        office.chair.post(&path).key(&fresh_key()).json(&plain).refused(409, "review.not_flagged");
        for other in [&office.officer, &office.supervisor] {
            other.post(&path).key(&fresh_key()).json(&plain).refused(403, "forbidden");
        }
        for other in [&office.director, &office.auditor] {
            other.post(&path).key(&fresh_key()).json(&complaint).refused(403, "forbidden");
        }
        let silent = json!({"kind": "second_scoring", "ground": "complaint", "reason": " "});
        office.officer.post(&path).key(&fresh_key()).json(&silent).refused(422, "field.required");
    });
    // An officer orders, a supervisor answers.
    let order = office.post(&office.officer, &path, Some(complaint.clone()));
    assert_eq!(order.text("/ground"), "complaint");
    let address = format!("/api/v1/re-reviews/{}", order.id());
    let agreement = format!("{address}/agreement");
    let agreed = json!({"agreed": true});
    changes_nothing(app.database(), || {
        for other in [&office.chair, &office.officer] {
            other.post(&agreement).key(&fresh_key()).if_match(1).json(&agreed).refused(403, "forbidden");
        }
    });
    office.answered(&address, false);
    // A supervisor orders, the chair answers.
    let order = office.post(&office.supervisor, &path, Some(complaint));
    let address = format!("/api/v1/re-reviews/{}", order.id());
    let agreement = format!("{address}/agreement");
    changes_nothing(app.database(), || {
        let ask = office.supervisor.post(&agreement).key(&fresh_key()).if_match(1).json(&agreed).send();
        assert_eq!((ask.status, ask.text("/code")), (403, "forbidden.same_person"), "{ask}");
    });
    assert_eq!(office.see(&office.supervisor, &address).at("/permitted_actions"), &json!([]));
    assert_eq!(office.see(&office.chair, &address).at("/permitted_actions"), &json!(["answer"]));
    office.step(&office.chair, &agreement, 1, Some(agreed));
    for (expert, total) in experts.iter().zip(["90", "91", "92"]) {
        office.scored_again(&round, &project, expert, total);
    }
    let ranking = office.see(&office.chair, &format!("{}/ranking", round.path()));
    assert_eq!(ranking.text("/items/0/score"), "91.00");
    office.on_the(DECISION_DAY);
    office.decided(&round);
}

fn the_decision_waits_for_the_lock_where_the_policy_says_so(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({"review": {"lock_before_decision": true}}));
    let experts = office.experts::<3>();
    let sheets = [("80", &experts[0]), ("81", &experts[1]), ("82", &experts[2])]
        .map(|(total, expert)| office.scored_once(&project, expert, total));
    office.locked(&sheets[0]);
    office.on_the(DECISION_DAY);
    let plan = office.plan(&round);
    let decision = format!("/api/v1/selection-plans/{}/decision", plan.id());
    let told = changes_nothing(app.database(), || {
        let minutes = json!({"minutes": "会议一致同意。"});
        let ask = office.director.post(&decision).if_match(plan.version()).json(&minutes).key(&fresh_key());
        ask.refused(409, "review.sheets_unlocked")
    });
    assert!(told.text("/detail").contains("2 份"), "{told}");
    office.locked(&sheets[1]);
    office.locked(&sheets[2]);
    office.decided(&round);
}

fn a_refusal_tells_nothing_of_what_somebody_has_to_do_with(app: &TestApp) {
    let (office, _, [own, other]) = two_in_review(app);
    let expert = office.an_expert_who(&json!({"max_load": 1}));
    let insider = insider(&office, "program_officer", &own);
    gives_by_hand(&office, &own, &expert);
    // Everybody else is told that she has one and takes no more; that would say that she reviews the insider's.
    let body = json!({"expert_id": expert.id});
    let reviews = format!("{}/reviews", other.path());
    let told = office.officer.post(&reviews).json(&body).refused(409, "expert.full");
    assert!(told.text("/detail").contains("1 件"), "{told}");
    insider.post(&reviews).key(&fresh_key()).json(&body).expect(201);
}

fn a_plan_tells_nothing_of_what_somebody_has_to_do_with(app: &TestApp) {
    let office = Office::found(app);
    let policy = json!({"review": {"reviews_per_application": 2, "max_load": 1}});
    let round = office.published_round("100000.00", policy);
    let [own, other] =
        [(); 2].map(|()| office.eligible(&round, &office.a_group(Kind::Registered), content("30000.00")));
    office.on_the(REVIEW_DAY);
    let experts = [(); 3].map(|()| office.an_expert_in(&["elderly"]));
    // Three places for four reviews: something is short.
    let plan = office.propose(&round, json!({}));
    assert!(!plan.at("/result/unmet").as_array().unwrap().is_empty(), "{plan}");
    let insider = insider(&office, "auditor", &own);
    let seen = office.see(&insider, &plan_path(&plan));
    assert_eq!(seen.at("/result/unmet"), &json!([]));
    let question = |project: &Project, expert: &Expert| {
        format!("{}/why-not?application_id={}&expert_id={}", plan_path(&plan), project.id, expert.id)
    };
    let held = |expert: &Expert| {
        seen.at("/result/pairs")
            .as_array()
            .unwrap()
            .iter()
            .any(|pair| pair["expert_id"] == expert.id.as_str())
    };
    for expert in &experts {
        insider.get(&question(&own, expert)).refused(404, "not_found");
        let full = office.see(&office.auditor, &question(&other, expert));
        if held(expert) {
            assert_eq!(office.see(&insider, &question(&other, expert)).text("/reason"), "assigned");
        } else {
            assert_ne!(full.text("/reason"), "assigned");
            insider.get(&question(&other, expert)).refused(403, "assignment_plan.involved");
        }
    }
    assert!(experts.iter().any(|expert| !held(expert)));
}

fn a_list_of_requests_is_whole_without_what_is_hidden(app: &TestApp) {
    let (office, round, [own, other]) = two_in_review(app);
    let raise = |project: &Project, name: &str| {
        let body = json!({"person_name": name, "kind": "kin", "reasons": "系亲属", "evidence": "户口簿"});
        office.post(&project.group.admin, &format!("{}/conflict-requests", project.path()), Some(body)).id()
    };
    let hidden = raise(&own, "甲");
    let shown: Vec<String> = ["乙", "丙"].map(|name| raise(&other, name)).into();
    let last = raise(&own, "丁");
    let insider = insider(&office, "supervisor", &own);
    let requests = format!("{}/conflict-requests", round.path());
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = office.see(&insider, &format!("{requests}?limit=1{next}"));
        assert_eq!(page.items().len(), 1, "no page is shorter for it: {page}");
        assert!(!page.body().contains(&hidden) && !page.body().contains(&last), "{page}");
        seen.push(page.text("/items/0/id").to_owned());
        match page.at("/next_cursor").as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, shown);
    assert_eq!(office.see(&office.supervisor, &requests).items().len(), 4);
}

fn a_load_is_counted_for_one_stage_and_reading(app: &TestApp) {
    let office = Office::found(app);
    let round = office.round_with_defence(json!({}));
    let [project, second] =
        [(); 2].map(|()| office.eligible(&round, &office.a_group(Kind::Registered), content("10000.00")));
    office.on_the(REVIEW_DAY);
    let expert = office.an_expert_who(&json!({"max_load": 1}));
    let give = |project: &Project, stage: &str| {
        let body = json!({"expert_id": expert.id, "stage": stage});
        office.officer.post(&format!("{}/reviews", project.path())).key(&fresh_key()).json(&body).send()
    };
    assert_eq!(give(&project, "desk").status, 201);
    // The defence has its own place, and the desk review has none left: neither by hand nor by a plan.
    assert_eq!(give(&second, "desk").text("/code"), "expert.full");
    assert_eq!(give(&second, "defence").status, 201);
    assert_eq!(give(&project, "defence").text("/code"), "expert.full");
    let load = |stage: &str| {
        let asked = json!({"stage": stage, "demand": 1, "applications": [project.id, second.id]});
        office.propose(&round, asked).at("/result/experts/0/load").clone()
    };
    assert_eq!((load("desk"), load("defence")), (json!(1), json!(1)));
}

fn by_hand_an_expert_joins_the_reading_that_was_agreed_to(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({}));
    let experts = office.experts::<3>();
    office.scored_by(&project, &experts, &["95", "60", "80"]);
    let order = office.ordered(&project, "second_scoring", None);
    office.answered(&order, true);
    let fourth = office.an_expert();
    let given = gives_by_hand(&office, &project, &fourth);
    assert_eq!(given.at("/reading"), &json!(2), "what all others read again");
    for (expert, total) in experts.iter().chain([&fourth]).zip(["80", "80", "80", "84"]) {
        office.scored_again(&round, &project, expert, total);
    }
    let ranking = office.see(&office.chair, &format!("{}/ranking", round.path()));
    assert_eq!((ranking.at("/items/0/n"), ranking.text("/items/0/score")), (&json!(4), "81.00"));
}

fn what_was_taken_back_is_given_again(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    // A draft that was taken back begins anew.
    let sheet = office.marked(&project, &expert, "70");
    changes_nothing(app.database(), || {
        let body = json!({"expert_id": expert.id});
        let twice = office.officer.post(&format!("{}/reviews", project.path())).json(&body).key(&fresh_key());
        twice.refused(409, "already_exists");
    });
    takes_back(&office, &sheet);
    let again = gives_by_hand(&office, &project, &expert);
    assert_eq!(format!("/api/v1/reviews/{}", again.id()), sheet, "the pair has one sheet");
    let seen = office.see(&expert.person, &sheet);
    assert_eq!((seen.text("/state"), seen.at("/marks")), ("assigned", &json!({})));
    assert_eq!((seen.at("/suggested_amount"), seen.text("/comment")), (&Value::Null, ""));
    // What was signed stands again as it was signed, once there is no tie any more.
    let version =
        office.step(&expert.person, &format!("{sheet}/declaration"), seen.version(), None).version();
    let said = json!({"need": "真实", "plan": "可行"});
    let body = json!({"marks": crate::support::marks("85"), "mark_comments": said, "comment": "可行"});
    office.act(&expert.person, "PATCH", &sheet, Some(body), Some(version));
    office.hand_in(&sheet, &expert);
    let digest = office.see(&office.officer, &sheet).text("/digest").to_owned();
    let tie = json!({"expert_id": expert.id, "kind": "kin", "evidence": "来信反映"});
    office.post(&office.officer, &format!("{}/conflicts", project.path()), Some(tie));
    takes_back(&office, &sheet);
    let body = json!({"expert_id": expert.id});
    changes_nothing(app.database(), || {
        let tied = office.officer.post(&format!("{}/reviews", project.path())).json(&body).key(&fresh_key());
        tied.refused(403, "review.conflict");
    });
    let none = json!({"expert_id": expert.id, "kind": "kin", "reason": "已核实，仅为同姓"});
    office.post(&office.officer, &format!("{}/conflict-dismissals", project.path()), Some(none));
    let again = gives_by_hand(&office, &project, &expert);
    assert_eq!((again.text("/state"), again.text("/total")), ("submitted", "85.00"));
    assert_eq!(office.see(&office.officer, &sheet).text("/digest"), digest);
    let signature = office.see(&expert.person, &format!("{sheet}/signature"));
    assert_eq!(signature.at("/intact"), &json!(true));
    let ranking = office.see(&office.chair, &format!("{}/ranking", round.path()));
    assert_eq!(ranking.at("/items/0/n"), &json!(1));
}

fn a_postponed_pitch_keeps_its_slot_on_record(app: &TestApp) {
    let office = Office::found(app);
    let round = office.round_with_defence(json!({"seed": "海曙2011"}));
    let [project, other] =
        [(); 2].map(|()| office.eligible(&round, &office.a_group(Kind::Registered), content("10000.00")));
    office.on_the(REVIEW_DAY);
    let sessions = format!("{}/defence-sessions", round.path());
    let on = |day: u32| json!({"starts_at": format!("2011-04-{day}T01:00:00Z"), "place": "中心三楼"});
    let held = office.post(&office.officer, &sessions, Some(on(15)));
    let path = format!("/api/v1/defence-sessions/{}", held.id());
    let away = json!({"application_id": project.id, "reason": "负责人住院"});
    changes_nothing(app.database(), || {
        let silent = json!({"application_id": project.id, "reason": " "});
        let ask = office.officer.post(&format!("{path}/postponements")).if_match(1).json(&silent);
        ask.key(&fresh_key()).refused(422, "field.required");
        let ask = office.chair.post(&format!("{path}/postponements")).if_match(1).json(&away);
        ask.key(&fresh_key()).refused(403, "forbidden");
    });
    let postponed = office.step(&office.officer, &format!("{path}/postponements"), 1, Some(away.clone()));
    let slots = postponed.at("/slots").as_array().unwrap();
    let slot = slots.iter().find(|slot| slot["application_id"] == project.id.as_str()).unwrap();
    assert_eq!((slots.len(), &slot["postponed_because"]), (2, &json!("负责人住院")));
    project.group.admin.get(&path).refused(404, "not_found");
    office.see(&other.group.admin, &path);
    // Nothing is left of it to move or to postpone; another session takes it.
    for verb in ["postponements", "moves"] {
        let ask = office.officer.post(&format!("{path}/{verb}")).if_match(2).json(&away).key(&fresh_key());
        ask.refused(422, "defence.not_competing");
    }
    let later = office.post(&office.officer, &sessions, Some(on(18)));
    assert_eq!(later.at("/slots").as_array().unwrap().len(), 1);
    let expert = office.an_expert();
    let assigned = json!({"expert_id": expert.id, "stage": "defence"});
    let sheet = office.post(&office.officer, &format!("{}/reviews", project.path()), Some(assigned));
    let sheet = format!("/api/v1/reviews/{}", sheet.id());
    let version = office.step(&expert.person, &format!("{sheet}/declaration"), 1, None).version();
    let body = json!({"marks": {"clarity": "60", "answers": "25"}, "comment": "清晰"});
    office.on_the("2011-04-15");
    let told =
        expert.person.patch(&sheet).if_match(version).json(&body).refused(409, "review.defence_not_yet");
    assert!(told.text("/detail").contains("2011-04-18"), "{told}");
    office.on_the("2011-04-18");
    office.act(&expert.person, "PATCH", &sheet, Some(body), Some(version));
    office.hand_in(&sheet, &expert);
    // What was scored there is not postponed any more.
    let path = format!("/api/v1/defence-sessions/{}/postponements", later.id());
    office.officer.post(&path).if_match(1).json(&away).key(&fresh_key()).refused(409, "defence.scored");
}

fn a_date_nobody_can_mean_is_refused(app: &TestApp) {
    let office = Office::found(app);
    let round = office.round_with_defence(json!({}));
    office.eligible(&round, &office.a_group(Kind::Registered), content("10000.00"));
    office.on_the(REVIEW_DAY);
    let far = "9999-12-31T10:00:00Z";
    let path = format!("{}/review-schedule", round.path());
    let times = json!({"desk": {"due_at": "2011-04-10T10:00:00Z", "closes_at": far}});
    changes_nothing(app.database(), || {
        let told = office.officer.put(&path).if_match(1).json(&times).expect(422);
        assert_eq!(told.faults(), [("/desk/closes_at".to_owned(), "field.date_too_far".to_owned())]);
        let session = json!({"starts_at": far, "place": "中心三楼"});
        let told =
            office.officer.post(&format!("{}/defence-sessions", round.path())).json(&session).expect(422);
        assert_eq!(told.faults(), [("/starts_at".to_owned(), "field.date_too_far".to_owned())]);
    });
    office.scheduled(&round, schedule());
    let expert = office.an_expert();
    let more = json!({"expert_id": expert.id, "closes_at": far, "reason": "出差"});
    changes_nothing(app.database(), || {
        let ask = office.officer.post(&format!("{}/review-extensions", round.path())).json(&more);
        let told = ask.key(&fresh_key()).expect(422);
        assert_eq!(told.faults(), [("/closes_at".to_owned(), "field.date_too_far".to_owned())]);
    });
}

fn a_recusal_names_its_faults(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let sheet = office.assign(&project, &expert);
    let recuse = |kind: &str, evidence: &str| {
        changes_nothing(app.database(), || {
            let body = json!({"kind": kind, "evidence": evidence});
            let ask = expert.person.post(&format!("{sheet}/recusal")).if_match(1).json(&body);
            ask.key(&fresh_key()).expect(422).faults()
        })
    };
    let long = "证".repeat(2_001);
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    assert_eq!(recuse("kin", &long), [fault("/evidence", "field.too_long")]);
    let both = [fault("/kind", "field.required"), fault("/evidence", "field.too_long")];
    assert_eq!(recuse(" ", &long), both);
    assert_eq!(recuse(&"亲".repeat(41), ""), [fault("/kind", "field.too_long")]);
}

fn who_is_outside_knows_of_no_re_review(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let experts = office.experts::<3>();
    office.scored_by(&project, &experts, &["95", "60", "80"]);
    let order = office.ordered(&project, "second_scoring", None);
    for outsider in [&project.group.admin, &experts[0].person, &office.worker] {
        outsider.get(&order).refused(404, "not_found");
        let ask = outsider.post(&format!("{order}/agreement")).if_match(1).json(&json!({"agreed": true}));
        ask.key(&fresh_key()).refused(404, "not_found");
    }
    office.maker.get(&order).refused(403, "forbidden");
}

fn the_log_names_the_role_that_allowed_a_deed(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    // Whatever somebody was first.
    let person = office.join("多职");
    for role in ["auditor", "panel_chair", "supervisor"] {
        gives_role(&office, &person, role);
    }
    let sheet = office.scored_once(&project, &expert, "80");
    let version = office.version(&person, &sheet);
    office.step(&person, &format!("{sheet}/lock"), version, None);
    let reason = json!({"reason": "专家来电说明方案一项误填，申请更正。"});
    office.post(&person, &format!("{sheet}/supervisor-notes"), Some(reason));
    let id = sheet.rsplit('/').next().unwrap().to_owned();
    let logged: Vec<(String, Option<String>)> = app
        .database()
        .read_now(move |conn| {
            use diesel::prelude::*;
            use yichuang::db::schema::audit_entries as log;
            Ok(log::table
                .filter(log::subject_id.eq(&id))
                .filter(
                    log::action
                        .eq("review.lock")
                        .or(log::action.eq("review.note"))
                        .or(log::action.eq("review.mark")),
                )
                .order(log::seq)
                .select((log::action, log::role))
                .load(conn)?)
        })
        .unwrap_or_else(|error: yichuang::error::Error| panic!("{error}"));
    let said: Vec<(&str, Option<&str>)> =
        logged.iter().map(|(action, role)| (action.as_str(), role.as_deref())).collect();
    let expected = [
        ("review.mark", Some("reviewer")),
        ("review.lock", Some("panel_chair")),
        ("review.note", Some("supervisor")),
    ];
    assert_eq!(said, expected);
}

fn a_word_on_a_score_is_of_its_marks(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({}));
    let experts = office.experts::<3>();
    let sheets = [("95", &experts[0]), ("60", &experts[1]), ("80", &experts[2])]
        .map(|(total, expert)| office.scored_once(&project, expert, total));
    let stands = json!({"reason": "分歧有据，维持。"});
    let confirmation = format!("{}/score-confirmation", project.path());
    office.post(&office.chair, &confirmation, Some(stands.clone()));
    let confirmed = || {
        let ranking = office.see(&office.chair, &format!("{}/ranking", round.path()));
        ranking.at("/items/0/confirmed").clone()
    };
    assert_eq!(confirmed(), json!(true));
    // Opened again, and handed in with the same total from other marks: another sheet than the one that was looked at.
    let note = office.noted(&sheets[2]);
    office.reopened(&sheets[2], &note);
    let by = &experts[2].person;
    let seen = office.see(by, &sheets[2]);
    let marks = |code: &str| seen.text(&format!("/marks/{code}")).parse::<f64>().unwrap();
    let body = json!({"marks": {
        "need": format!("{:.2}", marks("need") - 1.0), "plan": format!("{:.2}", marks("plan") + 1.0),
    }});
    office.act(by, "PATCH", &sheets[2], Some(body), Some(seen.version()));
    office.hand_in(&sheets[2], &experts[2]);
    assert_eq!(office.see(by, &sheets[2]).text("/total"), "80.00");
    assert_eq!(confirmed(), json!(false));
    office.post(&office.chair, &confirmation, Some(stands));
    assert_eq!(confirmed(), json!(true));
}

fn a_result_is_withheld_until_the_notice(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("50000.00", json!({"pass_line": "70.00"}));
    let projects =
        [(); 4].map(|()| office.eligible(&round, &office.a_group(Kind::Registered), content("40000.00")));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    // One is chosen, one waits, one is below the line, one has too few sheets.
    for (project, totals) in projects.iter().zip([["90", "91", "92"], ["80", "81", "82"], ["65", "66", "67"]])
    {
        office.scored_by(project, &experts, &totals);
    }
    office.scored_by(&projects[3], &experts[..1], &["90"]);
    office.on_the(DECISION_DAY);
    let seen = |project: &Project| {
        let admin = &project.group.admin;
        let one = office.see(admin, &project.path());
        let mut object = one.json.clone();
        // That a decision was taken everybody sees from the round.
        object["permitted_actions"] = Value::Null;
        let list = |query: &str| {
            let mut list = office.see(admin, &format!("{}/applications{query}", round.path())).json;
            for item in list["items"].as_array_mut().unwrap() {
                item["permitted_actions"] = Value::Null;
            }
            list
        };
        let states = ["scoring", "proposed", "waitlisted", "not_awarded", "public_notice"];
        let lists = states.map(|state| list(&format!("?state={state}")));
        (object, one.header("etag").map(str::to_owned), list(""), lists)
    };
    let before: Vec<_> = projects.iter().map(&seen).collect();
    assert_eq!(before[0].0["state"], "scoring");
    office.decided(&round);
    let draft = office.post(&office.officer, &format!("{}/notices", round.path()), None);
    let after: Vec<_> = projects.iter().map(&seen).collect();
    assert_eq!(before, after, "nobody learns anything before the notice");
    // What is refused tells as little.
    for (project, before) in projects.iter().zip(&before) {
        let admin = &project.group.admin;
        let version = before.0["version"].as_i64().unwrap();
        for verb in ["withdrawal", "submission"] {
            let ask = admin.post(&format!("{}/{verb}", project.path())).if_match(version).key(&fresh_key());
            let told = changes_nothing(app.database(), || ask.refused(409, "illegal_transition")).body();
            for state in ["proposed", "waitlisted", "not_awarded"] {
                assert!(!told.contains(state), "{told}");
            }
        }
    }
    // The office sees what was decided.
    let list = office.see(&office.auditor, &format!("{}/applications?state=proposed", round.path()));
    assert_eq!(list.items().len(), 1);
    let publication = format!("/api/v1/notices/{}/publication", draft.id());
    office.step(&office.officer, &publication, draft.version(), None);
    let states: Vec<Value> = projects.iter().map(|project| seen(project).0["state"].clone()).collect();
    assert_eq!(states, ["public_notice", "waitlisted", "not_awarded", "not_awarded"]);
}
