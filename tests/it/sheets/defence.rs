//! The defence: the order of the pitches by lot, who sees what of it, and from when its sheets are marked.

use serde_json::{Value, json};
use yichuang::kernel::digest::sha256_hex;

use super::refused;
use crate::support::{Kind, Office, Project, REVIEW_DAY, Round, TestApp, content, fresh_key, schedule};

on_both!(
    the_order_is_by_lot_and_can_be_drawn_again,
    each_group_sees_its_own_slot_and_the_public_none,
    who_is_late_comes_last_and_the_lot_stays,
    a_session_is_sound,
    a_sheet_of_the_defence_has_criteria_and_a_day_of_its_own,
    a_round_without_a_defence_has_no_sessions,
);

fn defended<const N: usize>(app: &TestApp) -> (Office<'_>, Round, [Project; N]) {
    let office = Office::found(app);
    let round = office.round_with_defence(json!({"seed": "海曙2011"}));
    let projects = std::array::from_fn(|_| {
        office.eligible(&round, &office.a_group(Kind::Registered), content("10000.00"))
    });
    office.on_the(REVIEW_DAY);
    (office, round, projects)
}

fn session() -> Value {
    json!({"starts_at": "2011-04-15T01:00:00Z", "place": "中心三楼"})
}

fn sessions(round: &Round) -> String {
    format!("{}/defence-sessions", round.path())
}

fn references(session: &Value) -> Vec<&str> {
    session["slots"].as_array().unwrap().iter().map(|slot| slot["reference"].as_str().unwrap()).collect()
}

fn the_order_is_by_lot_and_can_be_drawn_again(app: &TestApp) {
    let (office, round, projects) = defended::<4>(app);
    // One pitches another day; the default is everybody else.
    let mut first = session();
    first["applications"] = json!([projects[2].id]);
    let first = office.post(&office.officer, &sessions(&round), Some(first));
    assert_eq!(
        (first.at("/number"), references(&first.json)),
        (&json!(1), vec![projects[2].reference.as_str()])
    );
    let second = office.post(&office.officer, &sessions(&round), Some(session()));
    let mut drawn: Vec<(String, &str)> = [0, 1, 3]
        .map(|index| {
            let reference = projects[index].reference.as_str();
            (sha256_hex(format!("海曙2011|defence|2|{reference}")), reference)
        })
        .into();
    drawn.sort();
    let by_hand: Vec<&str> = drawn.iter().map(|(_, reference)| *reference).collect();
    assert_eq!(references(&second.json), by_hand);
    assert_eq!(second.text("/seed"), "海曙2011");
    // Eight minutes of pitch and seven of questions.
    for (index, begins) in ["01:00", "01:15", "01:30"].iter().enumerate() {
        assert_eq!(second.text(&format!("/slots/{index}/begins_at")), format!("2011-04-15T{begins}:00Z"));
        assert_eq!(second.text(&format!("/slots/{index}/drawn")), drawn[index].0);
    }
    let listed = office.see(&office.supervisor, &sessions(&round));
    assert_eq!(listed.items().len(), 2);
    assert_eq!(references(&listed.items()[1]), by_hand);
}

fn each_group_sees_its_own_slot_and_the_public_none(app: &TestApp) {
    let (office, round, projects) = defended::<3>(app);
    let expert = office.an_expert();
    let assigned = json!({"expert_id": expert.id, "stage": "defence"});
    office.post(&office.officer, &format!("{}/reviews", projects[0].path()), Some(assigned));
    let id = office.post(&office.officer, &sessions(&round), Some(session())).id();
    let path = format!("/api/v1/defence-sessions/{id}");
    for project in &projects {
        let all = office.see(&project.group.admin, &sessions(&round));
        let one = office.see(&project.group.admin, &path);
        for seen in [&all.items()[0], &one.json] {
            assert_eq!(references(seen), [project.reference.as_str()]);
            assert_eq!(seen["place"], "中心三楼");
            assert!(seen["slots"][0]["begins_at"].is_string());
            // What tells how many there are, or what others drew, is the office's.
            for field in ["lot", "drawn", "position", "moved_because"] {
                assert_eq!(seen["slots"][0][field], Value::Null, "{field}");
            }
            assert_eq!((&seen["starts_at"], &seen["seed"]), (&Value::Null, &Value::Null));
            assert_eq!(seen["permitted_actions"], json!([]));
        }
    }
    assert_eq!(references(&office.see(&expert.person, &path).json), [projects[0].reference.as_str()]);
    let idle = office.an_expert();
    let neighbour = office.a_group(Kind::Registered).admin;
    for other in [&idle.person, &neighbour, &office.worker, &office.maker] {
        other.get(&path).refused(404, "not_found");
        assert_eq!(office.see(other, &sessions(&round)).items().len(), 0);
    }
    app.client().get(&path).refused(401, "session.missing");
    app.client().get(&sessions(&round)).refused(401, "session.missing");
    let elsewhere = Office::found(app);
    elsewhere.officer.get(&path).refused(404, "not_found");
    elsewhere.officer.get(&sessions(&round)).refused(404, "not_found");
}

fn who_is_late_comes_last_and_the_lot_stays(app: &TestApp) {
    let (office, round, _) = defended::<3>(app);
    let held = office.post(&office.officer, &sessions(&round), Some(session()));
    let path = format!("/api/v1/defence-sessions/{}/moves", held.id());
    let before = references(&held.json);
    let slot = |reply: &crate::support::Reply, index: usize| reply.at(&format!("/slots/{index}")).clone();
    let late = slot(&held, 0);
    let body = json!({"application_id": late["application_id"], "reason": "堵车"});
    let by = &office.officer;
    refused(&office, by, ("POST", &path), None, Some(&body), (428, "precondition_required"));
    refused(&office, by, ("POST", &path), Some(2), Some(&body), (412, "stale"));
    let empty = json!({"application_id": late["application_id"], "reason": " "});
    refused(&office, by, ("POST", &path), Some(1), Some(&empty), (422, "field.required"));
    let unknown = json!({"application_id": office.programme, "reason": "堵车"});
    refused(&office, by, ("POST", &path), Some(1), Some(&unknown), (422, "defence.not_competing"));
    refused(&office, &office.chair, ("POST", &path), Some(1), Some(&body), (403, "forbidden"));
    let moved = office.step(by, &path, 1, Some(body));
    assert_eq!(references(&moved.json), [before[1], before[2], before[0]]);
    // The others keep the times they were told.
    assert_eq!(slot(&moved, 0), slot(&held, 1));
    assert_eq!(slot(&moved, 1), slot(&held, 2));
    let last = slot(&moved, 2);
    assert_eq!((&last["lot"], &last["position"]), (&json!(1), &json!(4)));
    assert_eq!((&last["drawn"], &last["moved_because"]), (&late["drawn"], &json!("堵车")));
    assert_eq!(last["begins_at"], "2011-04-15T01:45:00Z");
}

fn a_session_is_sound(app: &TestApp) {
    let (office, round, projects) = defended::<2>(app);
    let path = sessions(&round);
    let by = &office.officer;
    let wrong = json!({"starts_at": "2011-04-01T02:00:00Z", "place": " ", "applications": [round.id]});
    let told = refused(&office, by, ("POST", &path), None, Some(&wrong), (422, "invalid"));
    let expected =
        ["field.required /place", "review_schedule.past /starts_at", "defence.not_competing /applications/0"];
    assert_eq!(super::places(&told), expected);
    let mut one = session();
    one["applications"] = json!([projects[0].id, projects[0].id]);
    let held = office.post(by, &path, Some(one.clone()));
    assert_eq!(references(&held.json).len(), 1, "named twice, pitches once");
    refused(&office, by, ("POST", &path), None, Some(&one), (422, "defence.already_scheduled"));
    office.post(by, &path, Some(session()));
    refused(&office, by, ("POST", &path), None, Some(&session()), (409, "defence.nobody"));
    refused(&office, &office.chair, ("POST", &path), None, Some(&session()), (403, "forbidden"));
}

fn a_sheet_of_the_defence_has_criteria_and_a_day_of_its_own(app: &TestApp) {
    let (office, round, projects) = defended::<1>(app);
    let [project] = projects;
    let expert = office.an_expert();
    let by = &expert.person;
    // The same expert may have a sheet of each stage.
    let desk = office.assign(&project, &expert);
    let assigned = json!({"expert_id": expert.id, "stage": "defence"});
    let reviews = format!("{}/reviews", project.path());
    let sheet = office.post(&office.officer, &reviews, Some(assigned.clone()));
    assert_eq!(sheet.text("/stage"), "defence");
    let twice = office.officer.post(&reviews).key(&fresh_key()).json(&assigned).send();
    assert_eq!((twice.status, twice.text("/code")), (409, "already_exists"));
    let sheet = format!("/api/v1/reviews/{}", sheet.id());
    let version = office.step(by, &format!("{sheet}/declaration"), 1, None).version();
    let body = json!({"marks": {"clarity": "60", "answers": "25"}, "comment": "清晰"});
    let early = (409, "review.defence_not_yet");
    refused(&office, by, ("PATCH", &sheet), Some(version), Some(&body), early);
    office.post(&office.officer, &sessions(&round), Some(session()));
    office.scheduled(&round, schedule());
    assert_eq!(office.see(by, &sheet).text("/due_at"), "2011-04-20T10:00:00Z");
    assert_eq!(office.see(by, &desk).text("/due_at"), "2011-04-10T10:00:00Z");
    // The day begins at midnight in Ningbo, not with the first pitch.
    app.move_clock_to("2011-04-14T15:59:59.999Z");
    office.sign_in_everybody();
    assert_eq!(office.see(by, &sheet).at("/permitted_actions"), &json!(["recuse"]));
    let told = refused(&office, by, ("PATCH", &sheet), Some(version), Some(&body), early);
    assert!(told.text("/detail").contains("2011-04-15"), "{told}");
    refused(&office, by, ("POST", &format!("{sheet}/submission")), Some(version), None, early);
    app.move_clock_to("2011-04-14T16:00:00Z");
    office.sign_in_everybody();
    let form = office.see(by, &format!("{sheet}/form"));
    assert_eq!(form.text("/criteria/0/code"), "clarity");
    let of_the_desk = json!({"marks": {"need": "50"}});
    refused(&office, by, ("PATCH", &sheet), Some(version), Some(&of_the_desk), (422, "unknown_field"));
    office.act(by, "PATCH", &sheet, Some(body), Some(version));
    office.hand_in(&sheet, &expert);
    assert_eq!(office.see(by, &sheet).text("/total"), "85.00");
    let anchors = office.see(by, &format!("{desk}/form"));
    assert_eq!(anchors.text("/criteria/0/anchors/0/text"), "数据充分");
}

fn a_round_without_a_defence_has_no_sessions(app: &TestApp) {
    let (office, round, _) = super::in_review(app, json!({}));
    let path = sessions(&round);
    refused(&office, &office.officer, ("POST", &path), None, Some(&session()), (409, "review.no_defence"));
    assert_eq!(office.see(&office.officer, &path).items().len(), 0);
}
