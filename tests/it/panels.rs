//! Panels: drawn by a published seed with a supervisor present, seated, substituted, and enforced.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{
    Expert, Kind, Office, Project, REVIEW_DAY, Reply, Round, TestApp, changes_nothing, content, fresh_key,
};

on_both!(
    a_draw_is_recomputed_from_its_record,
    who_has_a_tie_or_is_away_is_not_drawn,
    too_few_experts_are_told_with_numbers,
    only_the_supervisor_who_was_there_attests,
    a_draw_is_given_up_with_a_reason_and_stays_in_the_list,
    only_the_panel_is_given_applications,
    who_leaves_is_followed_by_the_next_of_the_record,
    two_officers_draw_once,
);

fn in_review(app: &TestApp) -> (Office<'_>, Round, Project) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.on_the(REVIEW_DAY);
    (office, round, project)
}

/// So many experts, the first of them for the money.
fn pool(office: &Office<'_>, count: usize) -> Vec<Expert> {
    let kind = |place| if place == 0 { json!({"kind": "finance"}) } else { json!({}) };
    (0..count).map(|place| office.an_expert_who(&kind(place))).collect()
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn seated(panel: &Reply) -> Vec<String> {
    let sits = panel.items().iter().filter(|seat| seat["state"] == "seated");
    sits.map(|seat| seat["expert_id"].as_str().unwrap().to_owned()).collect()
}

fn a_draw_is_recomputed_from_its_record(app: &TestApp) {
    let (office, round, _) = in_review(app);
    let experts = pool(&office, 6);
    let draw = office.drawn(&round, 3);
    let record = draw.at("/record");
    let input = json!({
        "seed": draw.at("/seed"), "candidates": record["candidates"], "seats": draw.at("/seats"),
        "finance_min": draw.at("/finance_min"),
    });
    let again = yichuang::solve::solve("draw".parse().unwrap(), &input.to_string()).expect("a sound record");
    let again: Value = serde_json::from_str(&again).unwrap();
    for part in ["drawn", "substitutes", "order"] {
        assert_eq!(again[part], record[part], "{part}");
    }
    let drawn = names(&record["drawn"]);
    assert_eq!(drawn.len(), 3);
    assert!(drawn.contains(&experts[0].id), "the only finance expert sits there");
    let seed = draw.text("/seed");
    assert!(seed.ends_with("|panel|1"), "{seed}");
    // By the round's own seed, which everybody has read in the call.
    let policy = office.see(&office.officer, &round.path());
    assert_eq!(seed.strip_suffix("|panel|1"), policy.at("/policy/seed").as_str());
    let first = names(&record["order"][0]);
    let (id, digest) = (&first[0], &first[1]);
    assert_eq!(*digest, yichuang::kernel::digest::sha256_hex(format!("{seed}|{id}")));
    office.attested(&draw);
    let panel = office.see(&office.chair, &format!("{}/panel", round.path()));
    assert_eq!(seated(&panel).into_iter().collect::<BTreeSet<_>>(), drawn.into_iter().collect());
}

fn who_has_a_tie_or_is_away_is_not_drawn(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let mut experts = pool(&office, 7);
    let group = &project.group;
    let applying = office.an_expert_who(&json!({"organization_id": group.id}));
    let kin = experts.pop().unwrap();
    let tie = json!({"kind": "board_member", "organization_id": group.id, "evidence": "不为外人所知的缘由"});
    office.post(&kin.person, &format!("{}/ties", Office::entry(&kin)), Some(tie));
    let away = experts.pop().unwrap();
    let absent = json!({"absences": [{"from": "2011-03-01", "to": "2011-04-30"}]});
    let path = format!("{}/availability", Office::entry(&away));
    office.act(&away.person, "PUT", &path, Some(absent), Some(1));
    let resting = experts.pop().unwrap();
    office.move_expert(&resting, "suspension");
    let gone = office.an_expert();
    office.move_expert(&gone, "removal");
    let draw = office.drawn(&round, 1);
    let excluded = |who: &Expert| {
        let all = draw.at("/record/excluded").as_array().unwrap();
        all.iter().find(|one| one["id"] == who.id.as_str()).map(|one| one["reasons"].clone())
    };
    assert_eq!(excluded(&kin), Some(json!(["board_member"])));
    assert_eq!(excluded(&away), Some(json!(["absent"])));
    assert_eq!(excluded(&resting), Some(json!(["suspended"])));
    assert_eq!(excluded(&applying), Some(json!(["co_applicant", "same_account", "same_organization"])));
    assert_eq!(excluded(&gone), None, "who was removed is not in the pool");
    assert!(!draw.body().contains(&gone.id) && !draw.body().contains("不为外人所知"), "{draw}");
    assert_eq!(draw.at("/record/candidates").as_array().unwrap().len(), 4);
}

fn too_few_experts_are_told_with_numbers(app: &TestApp) {
    let (office, round, _) = in_review(app);
    let path = format!("{}/panel-draws", round.path());
    let refused = |seats: Value, status: u16, code: &str| {
        let body = json!({"seats": seats, "supervisor_id": office.supervisor.id});
        changes_nothing(app.database(), || {
            office.officer.post(&path).key(&fresh_key()).json(&body).refused(status, code)
        })
    };
    office.an_expert();
    office.an_expert();
    // Enough people, nobody for the money.
    assert!(refused(json!(1), 409, "R201").text("/detail").contains("财务 1 人"));
    office.an_expert_who(&json!({"kind": "finance"}));
    // Three of six; the policy's five seats take ten.
    for (seats, needed) in [(json!(3), "6"), (Value::Null, "10")] {
        let told = refused(seats, 409, "R201");
        let detail = told.text("/detail");
        assert!(detail.contains(needed) && detail.contains('3'), "{detail}");
    }
    for even in [0, 2, 100, 101] {
        assert_eq!(refused(json!(even), 422, "panel.seats_even").faults().len(), 1);
    }
    office.drawn(&round, 1);
}

fn only_the_supervisor_who_was_there_attests(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let experts = pool(&office, 4);
    let path = format!("{}/panel-draws", round.path());
    // Not somebody without the role, not the one who draws.
    let both = json!({"user_id": office.officer.id, "role": "supervisor"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(both));
    for nobody in [&office.chair.id, &office.officer.id, &project.group.admin.id] {
        let body = json!({"seats": 1, "supervisor_id": nobody});
        let told = office.officer.post(&path).key(&fresh_key()).json(&body).expect(422);
        let expected = ("/supervisor_id".to_owned(), "panel.not_a_supervisor".to_owned());
        assert_eq!(told.faults(), [expected], "{told}");
    }
    let draw = office.drawn(&round, 1);
    let attestation = format!("/api/v1/panel-draws/{}/attestation", draw.id());
    let other = office.join("另一位监督员");
    let member = json!({"user_id": other.id, "role": "supervisor"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    changes_nothing(app.database(), || {
        for person in [&other, &office.officer] {
            let ask = person.post(&attestation).if_match(1).key(&fresh_key());
            ask.refused(403, "panel.other_supervisor");
        }
        office.director.post(&attestation).if_match(1).key(&fresh_key()).refused(403, "forbidden");
    });
    // Until then nobody sits there, and the whole pool may be given applications.
    assert!(seated(&office.see(&office.chair, &format!("{}/panel", round.path()))).is_empty());
    office.assign(&project, &experts[1]);
    office.attested(&draw);
    let again = office.supervisor.post(&attestation).if_match(2).key(&fresh_key());
    again.refused(409, "illegal_transition");
}

fn a_draw_is_given_up_with_a_reason_and_stays_in_the_list(app: &TestApp) {
    let (office, round, _) = in_review(app);
    pool(&office, 8);
    let first = office.drawn(&round, 1);
    let body = json!({"seats": 1, "supervisor_id": office.supervisor.id});
    let again = || {
        let path = format!("{}/panel-draws", round.path());
        office.officer.post(&path).key(&fresh_key()).json(&body).refused(409, "panel.stands")
    };
    changes_nothing(app.database(), again);
    let cancellation = format!("/api/v1/panel-draws/{}/cancellation", first.id());
    let silent = json!({"reason": " "});
    office.officer.post(&cancellation).if_match(1).json(&silent).refused(422, "field.required");
    let cancelled = office.step(&office.officer, &cancellation, 1, Some(json!({"reason": "监督员未到场"})));
    assert_eq!(cancelled.text("/state"), "cancelled");
    let second = office.drawn(&round, 1);
    assert!(second.text("/seed").ends_with("|panel|2"));
    assert_ne!(first.at("/record/order"), second.at("/record/order"), "another number is another draw");
    let list = office.see(&office.auditor, &format!("{}/panel-draws", round.path()));
    let numbers: Vec<&Value> = list.items().iter().map(|draw| &draw["number"]).collect();
    assert_eq!(numbers, [&json!(1), &json!(2)]);
    assert_eq!(list.items()[0]["cancel_reason"], "监督员未到场");
    office.attested(&second);
    changes_nothing(app.database(), again);
    let given_up = office.officer.post(&cancellation.replace(&first.id(), &second.id())).if_match(2);
    given_up.json(&json!({"reason": "重抽"})).refused(409, "illegal_transition");
}

fn only_the_panel_is_given_applications(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let [member, other] = office.experts::<2>();
    let path = format!("{}/panel/seats", round.path());
    let seat = json!({"expert_id": member.id, "reason": "小额项目,不抽取"});
    let panel = office.post(&office.officer, &path, Some(seat.clone()));
    assert_eq!(panel.at("/in_force"), &json!(true));
    office.officer.post(&path).json(&seat).refused(409, "already_exists");
    let assign = format!("{}/reviews", project.path());
    let body = json!({"expert_id": other.id});
    office.officer.post(&assign).json(&body).refused(409, "panel.not_seated");
    office.assign(&project, &member);
    // Somebody takes the seat, then it is left to nobody: the whole pool again.
    let seats = |panel: &Reply| panel.items().iter().find(|s| s["state"] == "seated").unwrap().clone();
    let leave = |seat: &Value, body: Value| {
        let path = format!("/api/v1/panel-seats/{}/substitution", seat["id"].as_str().unwrap());
        office.step(&office.officer, &path, seat["version"].as_i64().unwrap(), Some(body))
    };
    let panel = leave(&seats(&panel), json!({"reason": "出差", "expert_id": other.id}));
    assert_eq!(seated(&panel), std::slice::from_ref(&other.id));
    assert_eq!(seats(&panel)["substitute_for"], member.id.as_str());
    let panel = leave(&seats(&panel), json!({"reason": "出差"}));
    assert_eq!((seated(&panel).len(), panel.at("/in_force")), (0, &json!(false)));
    office.assign(&project, &other);
    for outsider in [&project.group.admin, &member.person] {
        outsider.get(&format!("{}/panel", round.path())).refused(403, "forbidden");
        outsider.get(&format!("{}/panel-draws", round.path())).refused(403, "forbidden");
    }
}

fn who_leaves_is_followed_by_the_next_of_the_record(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let mut experts = pool(&office, 6);
    experts.push(office.an_expert_who(&json!({"kind": "finance"})));
    let draw = office.drawn(&round, 3);
    office.attested(&draw);
    let substitutes = names(&draw.at("/record/substitutes").clone());
    let is_finance = |id: &String| *id == experts[0].id || *id == experts[6].id;
    let panel = office.see(&office.chair, &format!("{}/panel", round.path()));
    let leaver = panel
        .items()
        .iter()
        .find(|seat| !is_finance(&seat["expert_id"].as_str().unwrap().to_owned()))
        .unwrap()
        .clone();
    // The first of the list has a tie by now: the second is next.
    let tied = experts.iter().find(|expert| expert.id == substitutes[0]).unwrap();
    let tie = json!({"kind": "tutored", "organization_id": project.group.id});
    office.post(&tied.person, &format!("{}/ties", Office::entry(tied)), Some(tie));
    let named = json!({"reason": "因病", "expert_id": substitutes[1]});
    let path = format!("/api/v1/panel-seats/{}/substitution", leaver["id"].as_str().unwrap());
    let told = office.officer.post(&path).if_match(1).json(&named).expect(422);
    assert_eq!(told.faults()[0].1, "panel.substitute_by_record");
    let panel = office.left(&leaver);
    assert_eq!(seated(&panel).len(), 3);
    assert!(seated(&panel).contains(&substitutes[1]), "{panel}");
    assert!(!seated(&panel).contains(&substitutes[0]), "{panel}");
    office.officer.post(&path).if_match(2).json(&json!({"reason": "x"})).refused(409, "illegal_transition");
    // While the record has somebody left nobody is seated by hand.
    let by_hand = json!({"expert_id": substitutes[0], "reason": "指定"});
    let seats = format!("{}/panel/seats", round.path());
    office.officer.post(&seats).json(&by_hand).refused(409, "panel.stands");
}

fn two_officers_draw_once(app: &TestApp) {
    let (office, round, _) = in_review(app);
    pool(&office, 4);
    let path = format!("{}/panel-draws", round.path());
    let body = json!({"seats": 1, "supervisor_id": office.supervisor.id});
    let officers = [&office.officer, &office.second_officer];
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> = officers
            .iter()
            .map(|officer| scope.spawn(|| officer.post(&path).key(&fresh_key()).json(&body).send().status))
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let drawn = statuses.iter().filter(|status| **status == 201).count();
    assert_eq!(drawn, 1, "{statuses:?}");
    assert_eq!(office.see(&office.chair, &path).items().len(), 1);
}
