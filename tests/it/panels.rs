//! Panels: drawn by a published seed with a supervisor present, seated, substituted, and enforced.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{
    Expert, Kind, Office, Project, REVIEW_DAY, Reply, Round, TestApp, changes_nothing, content, draft_call,
    fresh_key,
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
    tracks_have_panels_of_their_own,
    batches_have_panels_of_their_own,
    a_supervisor_alone_gives_up_what_was_attested,
    nobody_draws_again_once_members_are_at_work,
    who_got_a_tie_since_is_not_attested,
    a_seat_by_hand_waits_for_a_supervisor,
    who_has_to_do_with_an_applicant_sees_no_exclusions,
    a_draw_is_unknown_to_those_outside,
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
    given_up.json(&json!({"reason": "重抽"})).refused(403, "panel.supervisor_cancels");
}

fn only_the_panel_is_given_applications(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let [member, other] = office.experts::<2>();
    let path = format!("{}/panel/seats", round.path());
    let seat = json!({"expert_id": member.id, "reason": "小额项目,不抽取"});
    let panel = office.post(&office.officer, &path, Some(seat.clone()));
    assert_eq!(panel.at("/in_force"), &json!(false), "nobody has agreed yet");
    let panel = office.agreed(&panel.items()[0]);
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
    let proposed = panel.items().iter().find(|seat| seat["state"] == "proposed").unwrap().clone();
    let panel = office.agreed(&proposed);
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

/// What a draw is drawn again from.
fn drawn_again(draw: &Reply) -> Value {
    let input = json!({
        "seed": draw.at("/seed"), "candidates": draw.at("/record/candidates"), "seats": draw.at("/seats"),
        "finance_min": draw.at("/finance_min"),
    });
    let again = yichuang::solve::solve("draw".parse().unwrap(), &input.to_string()).expect("a sound record");
    serde_json::from_str(&again).unwrap()
}

#[track_caller]
fn drawn_for(office: &Office<'_>, round: &Round, part: &Value) -> Reply {
    let mut body = json!({"seats": 1, "supervisor_id": office.supervisor.id});
    for (field, value) in part.as_object().unwrap() {
        body[field] = value.clone();
    }
    office.post(&office.officer, &format!("{}/panel-draws", round.path()), Some(body))
}

/// A round with two tracks and an application in each.
fn with_tracks(app: &TestApp) -> (Office<'_>, Round, [Project; 2]) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"tracks": {"registered": {}, "filed": {}}}));
    let projects = [Kind::Registered, Kind::Filed]
        .map(|kind| office.eligible(&round, &office.a_group(kind), content("10000.00")));
    office.on_the(REVIEW_DAY);
    (office, round, projects)
}

fn tracks_have_panels_of_their_own(app: &TestApp) {
    let (office, round, [registered, filed]) = with_tracks(app);
    let experts = pool(&office, 3);
    // A tie to a group of the one track keeps nobody out of the panel of the other.
    let tie = json!({"kind": "tutored", "organization_id": filed.group.id});
    office.post(&experts[1].person, &format!("{}/ties", Office::entry(&experts[1])), Some(tie));
    let one = drawn_for(&office, &round, &json!({"track": "registered"}));
    let other = drawn_for(&office, &round, &json!({"track": "filed"}));
    assert_eq!(one.at("/record/candidates").as_array().unwrap().len(), 3);
    assert_eq!(other.at("/record/candidates").as_array().unwrap().len(), 2);
    assert!(one.text("/seed").ends_with("|panel|1") && other.text("/seed").ends_with("|panel|2"));
    for draw in [&one, &other] {
        for part in ["drawn", "substitutes", "order"] {
            assert_eq!(drawn_again(draw)[part], draw.at("/record")[part], "{part}");
        }
    }
    // One draw of each stands, and none of the whole round beside them.
    let path = format!("{}/panel-draws", round.path());
    changes_nothing(app.database(), || {
        for part in [json!({}), json!({"track": "filed"})] {
            let mut body = json!({"seats": 1, "supervisor_id": office.supervisor.id});
            body["track"] = part["track"].clone();
            office.officer.post(&path).key(&fresh_key()).json(&body).refused(409, "panel.stands");
        }
    });
    office.attested(&one);
    // The attested panel is for its track alone: the other has none yet, and is open to the whole pool.
    let sits = names(&one.at("/record/drawn").clone());
    let outsider =
        experts.iter().find(|expert| !sits.contains(&expert.id) && expert.id != experts[1].id).unwrap();
    let body = json!({"expert_id": outsider.id});
    office
        .officer
        .post(&format!("{}/reviews", registered.path()))
        .json(&body)
        .refused(409, "panel.not_seated");
    office.assign(&filed, outsider);
    office.attested(&other);
    let panel = office.see(&office.chair, &format!("{}/panel", round.path()));
    let tracks: BTreeSet<&str> = panel.items().iter().filter_map(|seat| seat["track"].as_str()).collect();
    assert_eq!(tracks, BTreeSet::from(["filed", "registered"]));
    // A plan gives each application to its own panel.
    let plan = office.propose(&round, json!({"demand": 1}));
    for pair in plan.at("/result/pairs").as_array().unwrap() {
        let draw = if pair["application_id"] == registered.id.as_str() { &one } else { &other };
        let may = names(&draw.at("/record/drawn").clone());
        let expert = pair["expert_id"].as_str().unwrap().to_owned();
        let opened = expert == outsider.id && pair["application_id"] == filed.id.as_str();
        assert!(may.contains(&expert) || opened, "{pair:#}");
    }
}

fn batches_have_panels_of_their_own(app: &TestApp) {
    let office = Office::found(app);
    let fixed = office.published_round("100000.00", json!({}));
    office.eligible(&fixed, &office.a_group(Kind::Registered), content("20000.00"));
    let rolling = draft_call(&office, json!({"kind": "rolling"}), json!({"cap": "30000.00"}));
    office.publish(&rolling);
    let experts = pool(&office, 2);
    let [first, second] = [(); 2].map(|()| office.a_group(Kind::Registered));
    let first = office.eligible(&rolling, &first, content("20000.00"));
    let draws = |round: &Round| format!("{}/panel-draws", round.path());
    let of_batch = |batch: i32| json!({"seats": 1, "supervisor_id": office.supervisor.id, "batch": batch});
    changes_nothing(app.database(), || {
        for batch in [0, 1, 2] {
            let ask = office.officer.post(&draws(&rolling)).key(&fresh_key()).json(&of_batch(batch));
            assert_eq!(ask.expect(422).faults()[0].0, "/batch", "{batch}");
        }
    });
    // In a rolling call the panel of a batch is drawn as soon as the batch is closed.
    office.on_the("2011-03-10");
    let version = office.version(&office.officer, &rolling.path());
    office.step(&office.officer, &format!("{}/review-batches", rolling.path()), version, None);
    let draw = office.post(&office.officer, &draws(&rolling), Some(of_batch(1)));
    office.attested(&draw);
    let sits = names(&draw.at("/record/drawn").clone());
    let other = experts.iter().find(|expert| !sits.contains(&expert.id)).unwrap();
    let other = json!({"expert_id": other.id});
    let reviews = |project: &Project| format!("{}/reviews", project.path());
    office.officer.post(&reviews(&first)).json(&other).refused(409, "panel.not_seated");
    // What comes later is of another batch, and has no panel yet.
    let second = office.eligible(&rolling, &second, content("20000.00"));
    office.on_the(REVIEW_DAY);
    office.post(&office.officer, &reviews(&second), Some(other));
    // A round with one window has no batches, and a panel is for a track or a batch, not both.
    let mut body = of_batch(1);
    body["track"] = json!("filed");
    let told = changes_nothing(app.database(), || {
        office.officer.post(&draws(&fixed)).key(&fresh_key()).json(&body).expect(422)
    });
    let pointers: Vec<String> = told.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/track", "/batch"]);
}

fn a_supervisor_alone_gives_up_what_was_attested(app: &TestApp) {
    let (office, round, _) = in_review(app);
    pool(&office, 4);
    let first = office.drawn(&round, 1);
    let cancellation = format!("/api/v1/panel-draws/{}/cancellation", first.id());
    let because = json!({"reason": "公布的名单有误，须重新抽取。"});
    changes_nothing(app.database(), || {
        let early = office.supervisor.post(&cancellation).if_match(1).json(&because).key(&fresh_key());
        early.refused(403, "panel.officer_cancels");
    });
    let held = office.attested(&first);
    changes_nothing(app.database(), || {
        let alone = office.officer.post(&cancellation).if_match(held.version()).json(&because);
        alone.key(&fresh_key()).refused(403, "panel.supervisor_cancels");
        let silent =
            office.supervisor.post(&cancellation).if_match(held.version()).json(&json!({"reason": " "}));
        silent.key(&fresh_key()).refused(422, "field.required");
    });
    assert_eq!(
        office
            .see(&office.supervisor, &format!("/api/v1/panel-draws/{}", first.id()))
            .at("/permitted_actions"),
        &json!(["cancel"])
    );
    let given_up = office.step(&office.supervisor, &cancellation, held.version(), Some(because));
    assert_eq!((given_up.text("/state"), given_up.at("/attested_at").is_string()), ("cancelled", true));
    let panel = office.see(&office.chair, &format!("{}/panel", round.path()));
    assert_eq!((seated(&panel).len(), panel.at("/in_force")), (0, &json!(false)));
    let second = office.drawn(&round, 1);
    assert!(second.text("/seed").ends_with("|panel|2"), "{second}");
    office.attested(&second);
    let list = office.see(&office.auditor, &format!("{}/panel-draws", round.path()));
    let states: Vec<&Value> = list.items().iter().map(|draw| &draw["state"]).collect();
    assert_eq!(states, ["cancelled", "in_force"]);
    for draw in list.items() {
        let record = &draw["record"];
        let input =
            json!({"seed": draw["seed"], "candidates": record["candidates"], "seats": 1, "finance_min": 1});
        let again = yichuang::solve::solve("draw".parse().unwrap(), &input.to_string()).unwrap();
        let again: Value = serde_json::from_str(&again).unwrap();
        assert_eq!(again["drawn"], record["drawn"]);
    }
}

fn nobody_draws_again_once_members_are_at_work(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let experts = pool(&office, 4);
    let draw = office.attested(&office.drawn(&round, 1));
    let member = names(&draw.at("/record/drawn").clone()).remove(0);
    let member = experts.iter().find(|expert| expert.id == member).unwrap();
    let sheet = office.scored_once(&project, member, "60");
    let cancellation = format!("/api/v1/panel-draws/{}/cancellation", draw.id());
    let because = json!({"reason": "换一组专家"});
    let told = changes_nothing(app.database(), || {
        let ask = office.supervisor.post(&cancellation).if_match(draw.version()).json(&because);
        ask.key(&fresh_key()).refused(409, "panel.at_work")
    });
    assert!(told.text("/detail").contains('1'), "{told}");
    assert!(office.see(&office.officer, &sheet).text("/total").starts_with("60"));
}

fn who_got_a_tie_since_is_not_attested(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let experts = pool(&office, 6);
    let draw = office.drawn(&round, 3);
    let drawn = names(&draw.at("/record/drawn").clone());
    // Not the one for the money, of whom there is no other.
    let tied = experts[1..].iter().find(|expert| drawn.contains(&expert.id)).unwrap();
    let tie = json!({"kind": "tutored", "organization_id": project.group.id});
    office.post(&tied.person, &format!("{}/ties", Office::entry(tied)), Some(tie));
    let attestation = format!("/api/v1/panel-draws/{}/attestation", draw.id());
    let told = changes_nothing(app.database(), || {
        office.supervisor.post(&attestation).if_match(1).key(&fresh_key()).refused(409, "panel.member_unfit")
    });
    assert!(told.text("/detail").contains(&tied.person.name), "{told}");
    assert!(told.text("/detail").contains("重新抽取"), "it says what next: {told}");
    let cancellation = format!("/api/v1/panel-draws/{}/cancellation", draw.id());
    office.step(&office.officer, &cancellation, 1, Some(json!({"reason": "抽中专家已申报回避"})));
    // Five are left for one seat.
    office.attested(&office.drawn(&round, 1));
}

fn a_seat_by_hand_waits_for_a_supervisor(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let [first, second, third] = office.experts::<3>();
    let path = format!("{}/panel/seats", round.path());
    let by_hand = |expert: &Expert| json!({"expert_id": expert.id, "reason": "小额项目，不抽取"});
    let panel = office.post(&office.officer, &path, Some(by_hand(&first)));
    let seat = panel.items()[0].clone();
    assert_eq!((&seat["state"], panel.at("/in_force")), (&json!("proposed"), &json!(false)));
    // Not by the officer who gave it, even where they watch too, nor by who shall sit there.
    for (person, role) in [(&office.officer, "supervisor"), (&first.person, "supervisor")] {
        let member = json!({"user_id": person.id, "role": role});
        office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    }
    let attestation = format!("/api/v1/panel-seats/{}/attestation", seat["id"].as_str().unwrap());
    changes_nothing(app.database(), || {
        for person in [&office.officer, &first.person] {
            let ask = person.post(&attestation).if_match(1).key(&fresh_key());
            ask.refused(403, "forbidden.same_person");
        }
        office.chair.post(&attestation).if_match(1).key(&fresh_key()).refused(403, "forbidden");
        project.group.admin.post(&attestation).if_match(1).key(&fresh_key()).refused(404, "not_found");
    });
    // Until then the whole pool may be given applications.
    office.assign(&project, &second);
    let panel = office.agreed(&seat);
    assert_eq!(
        (seated(&panel), panel.at("/items/0/attested_by")),
        (vec![first.id.clone()], &json!(office.supervisor.id))
    );
    office.supervisor.post(&attestation).if_match(2).key(&fresh_key()).refused(409, "illegal_transition");
    let body = json!({"expert_id": third.id});
    office.officer.post(&format!("{}/reviews", project.path())).json(&body).refused(409, "panel.not_seated");
    // Who has a tie by then does not sit down; the seat is given up.
    let panel = office.post(&office.officer, &path, Some(by_hand(&third)));
    let seat = panel.items().iter().find(|seat| seat["state"] == "proposed").unwrap().clone();
    let tie = json!({"kind": "tutored", "organization_id": project.group.id});
    office.post(&third.person, &format!("{}/ties", Office::entry(&third)), Some(tie));
    let attestation = format!("/api/v1/panel-seats/{}/attestation", seat["id"].as_str().unwrap());
    changes_nothing(app.database(), || {
        office.supervisor.post(&attestation).if_match(1).key(&fresh_key()).refused(409, "panel.member_unfit")
    });
    assert_eq!(seated(&office.left(&seat)), std::slice::from_ref(&first.id));
}

fn who_has_to_do_with_an_applicant_sees_no_exclusions(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let experts = pool(&office, 4);
    let tie = json!({"kind": "tutored", "organization_id": project.group.id});
    office.post(&experts[3].person, &format!("{}/ties", Office::entry(&experts[3])), Some(tie));
    let draw = office.drawn(&round, 1);
    let path = format!("/api/v1/panel-draws/{}", draw.id());
    let insider = office.join("两处任职");
    let member = json!({"user_id": insider.id, "role": "auditor"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    assert!(office.see(&insider, &path).body().contains(&experts[3].id));
    let member = json!({"user_id": insider.id, "role": "applicant"});
    office.post(&project.group.admin, &format!("{}/members", project.group.path()), Some(member));
    let list = office.see(&insider, &format!("{}/panel-draws", round.path()));
    for seen in [office.see(&insider, &path).json, list.items()[0].clone()] {
        assert!(!seen.to_string().contains(&experts[3].id), "{seen:#}");
        for part in ["candidates", "excluded", "substitutes", "order"] {
            assert_eq!(seen["record"][part], json!([]), "{part}");
        }
        assert_eq!(&seen["record"]["drawn"], draw.at("/record/drawn"));
    }
    assert!(office.see(&office.auditor, &path).body().contains(&experts[3].id));
}

fn a_draw_is_unknown_to_those_outside(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let experts = pool(&office, 4);
    let draw = office.drawn(&round, 1);
    for outsider in [&project.group.admin, &experts[0].person, &office.worker] {
        outsider.get(&format!("/api/v1/panel-draws/{}", draw.id())).refused(404, "not_found");
        for verb in ["attestation", "cancellation"] {
            let path = format!("/api/v1/panel-draws/{}/{verb}", draw.id());
            let body = json!({"reason": "x"});
            let ask = outsider.post(&path).if_match(1).key(&fresh_key());
            let ask = if verb == "cancellation" { ask.json(&body) } else { ask };
            ask.refused(404, "not_found");
        }
    }
    office.maker.get(&format!("/api/v1/panel-draws/{}", draw.id())).refused(403, "forbidden");
}
