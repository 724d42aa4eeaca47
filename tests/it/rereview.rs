//! What is done about scores that diverge (复评).

use serde_json::{Value, json};

use crate::support::{
    DECISION_DAY, Expert, Kind, Office, Project, REVIEW_DAY, Round, TestApp, changes_nothing, content,
    fresh_key,
};

on_both!(
    a_second_scoring_replaces_the_first_when_it_is_whole,
    a_second_scoring_that_is_not_whole_can_be_ordered_again,
    what_a_re_review_gives_out_is_writable,
    who_steps_back_from_a_second_scoring_keeps_the_first,
    another_reviewer_joins,
    the_order_takes_two_people_and_a_flag,
    a_sheet_more_asks_for_a_new_word,
    who_may_not_see_the_scores_knows_of_no_order,
);

fn diverging(app: &TestApp) -> (Office<'_>, Round, Project, [Expert; 3]) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    office.scored_by(&project, &experts, &["95", "60", "80"]);
    (office, round, project, experts)
}

#[track_caller]
fn line(office: &Office<'_>, round: &Round) -> Value {
    office.see(&office.chair, &format!("{}/ranking", round.path())).items()[0].clone()
}

/// The director's decision on a plan of today is refused.
#[track_caller]
fn cannot_decide(office: &Office<'_>, round: &Round, code: &str) {
    let plan = office.plan(round);
    let path = format!("/api/v1/selection-plans/{}/decision", plan.id());
    let told = changes_nothing(office.app.database(), || {
        let minutes = json!({"minutes": "同意"});
        office.director.post(&path).key(&fresh_key()).if_match(plan.version()).json(&minutes).send()
    });
    assert_eq!((told.status, told.text("/code")), (409, code), "{told}");
}

fn a_second_scoring_replaces_the_first_when_it_is_whole(app: &TestApp) {
    let (office, round, project, experts) = diverging(app);
    let applicant = || {
        let shown = office.see(&project.group.admin, &project.path());
        (shown.json.clone(), shown.header("etag").map(str::to_owned))
    };
    let seen_before = applicant();
    let before = line(&office, &round);
    assert_eq!((&before["score"], &before["flagged"]), (&json!("78.33"), &json!(true)));
    let kinds: Vec<&Value> = before["flags"].as_array().unwrap().iter().map(|flag| &flag["kind"]).collect();
    assert_eq!(kinds, ["range", "from_median"], "{before:#}");
    cannot_decide(&office, &round, "review.flagged");
    let order = office.ordered(&project, "second_scoring", None);
    cannot_decide(&office, &round, "review.re_review_open");
    office.answered(&order, true);
    cannot_decide(&office, &round, "review.sheets_open");
    office.scored_again(&round, &project, &experts[0], "84");
    office.scored_again(&round, &project, &experts[1], "80");
    assert_eq!(line(&office, &round)["score"], "78.33", "the first reading stands until the second is whole");
    let open = office.see(&office.auditor, &order);
    assert_eq!((open.at("/is_over"), open.at("/after")), (&json!(false), &Value::Null));
    office.scored_again(&round, &project, &experts[2], "82");
    let after = line(&office, &round);
    assert_eq!((&after["score"], &after["flagged"]), (&json!("82.00"), &json!(false)));
    assert_eq!(after["stages"][0]["reading"], 2);
    assert_eq!(after["earlier_readings"][0]["score"], "78.33", "the old one is kept and shown");
    let over = office.see(&office.auditor, &order);
    assert_eq!((over.text("/before/score"), over.text("/after/score")), ("78.33", "82.00"));
    assert_eq!((over.at("/before/flagged"), over.at("/after/flagged")), (&json!(true), &json!(false)));
    assert_eq!(applicant(), seen_before, "the applicant sees nothing of it");
    office.on_the(DECISION_DAY);
    office.decided(&round);
}

/// The sheet of an expert that was given out for a re-review.
#[track_caller]
fn open_sheet(office: &Office<'_>, round: &Round, project: &Project, expert: &Expert) -> String {
    let list = format!("{}/reviews?application_id={}", round.path(), project.id);
    let own = office.see(&expert.person, &list);
    let open = own.items().iter().find(|sheet| sheet["state"] == "assigned").expect("an open sheet");
    format!("/api/v1/reviews/{}", open["id"].as_str().unwrap())
}

fn a_second_scoring_that_is_not_whole_can_be_ordered_again(app: &TestApp) {
    let (office, round, project, experts) = diverging(app);
    let order = office.ordered(&project, "second_scoring", None);
    office.answered(&order, true);
    // An officer takes one of three sheets back before it is opened: two are no reading.
    let ban = json!({"application_id": project.id, "expert_id": experts[0].id, "reason": "出差"});
    office.adopt(&office.propose(&round, json!({"reading": 2, "demand": 2, "banned": [ban]})));
    for expert in &experts[1..] {
        office.scored_again(&round, &project, expert, "80");
    }
    let first = line(&office, &round);
    assert_eq!((&first["stages"][0]["reading"], &first["flagged"]), (&json!(1), &json!(true)));
    let again = office.ordered(&project, "second_scoring", None);
    assert_eq!(office.answered(&again, true).at("/reading"), &json!(3));
    for expert in &experts {
        office.scored_again(&round, &project, expert, "82");
    }
    let after = line(&office, &round);
    assert_eq!((&after["stages"][0]["reading"], &after["score"]), (&json!(3), &json!("82.00")));
    let earlier: Vec<&Value> =
        after["earlier_readings"].as_array().unwrap().iter().map(|one| &one["reading"]).collect();
    assert_eq!(earlier, [1, 2], "both are kept and shown");
}

fn what_a_re_review_gives_out_is_writable(app: &TestApp) {
    let (office, round, project, experts) = diverging(app);
    let desk = |closes: &str| json!({"desk": {"due_at": closes, "closes_at": closes}});
    office.scheduled(&round, desk("2011-04-03T10:00:00Z"));
    office.on_the("2011-04-05");
    // One that an officer gives out by hand is as late as any other.
    let late = |expert: &Expert, sheet: &str| {
        let by = &expert.person;
        let version =
            office.step(by, &format!("{sheet}/declaration"), office.version(by, sheet), None).version();
        let comment = json!({"comment": "迟"});
        let told = changes_nothing(app.database(), || {
            by.request("PATCH", sheet).key(&fresh_key()).if_match(version).json(&comment).send()
        });
        assert_eq!((told.status, told.text("/code")), (409, "review.deadline_passed"), "{told}");
    };
    let fourth = office.an_expert();
    late(&fourth, &office.assign(&project, &fourth));
    // What the agreement gives out is not, nor what an officer adds to it.
    let order = office.ordered(&project, "second_scoring", None);
    office.answered(&order, true);
    office.scored_again(&round, &project, &experts[0], "84");
    let fifth = office.an_expert();
    office.assign(&project, &fifth);
    office.scored_again(&round, &project, &fifth, "82");
    // A new deadline holds for all.
    let path = format!("{}/review-schedule", round.path());
    office.act(&office.officer, "PUT", &path, Some(desk("2011-04-07T10:00:00Z")), Some(2));
    office.scored_again(&round, &project, &experts[1], "80");
    office.on_the("2011-04-08");
    late(&experts[2], &open_sheet(&office, &round, &project, &experts[2]));
}

/// A tie that was stated after a sheet was signed does not undo it; `verify`, which looks after every test, knows that.
fn who_steps_back_from_a_second_scoring_keeps_the_first(app: &TestApp) {
    let (office, round, project, experts) = diverging(app);
    let order = office.ordered(&project, "second_scoring", None);
    office.answered(&order, true);
    let by = &experts[0].person;
    let sheet = open_sheet(&office, &round, &project, &experts[0]);
    let tie = Some(json!({"kind": "kin", "evidence": "新任负责人是近亲属"}));
    office.step(by, &format!("{sheet}/recusal"), office.version(by, &sheet), tie);
    let first = line(&office, &round);
    assert_eq!((&first["score"], &first["stages"][0]["reading"]), (&json!("78.33"), &json!(1)));
    let tied = office.see(&office.officer, &format!("{}/conflicts", round.path()));
    let counts = tied.items().iter().filter(|pair| pair["counts_in_spite"] == true).count();
    assert_eq!(counts, 1, "the office sees it and decides: {tied}");
}

fn another_reviewer_joins(app: &TestApp) {
    let (office, round, project, experts) = diverging(app);
    let path = format!("{}/re-reviews", project.path());
    // Nobody, somebody who has scored, somebody with a tie.
    let tied = office.an_expert();
    let sheet = office.assign(&project, &tied);
    let recusal = Some(json!({"kind": "friend"}));
    let version = office.version(&tied.person, &sheet);
    office.step(&tied.person, &format!("{sheet}/recusal"), version, recusal);
    for expert in [Value::Null, json!(experts[0].id), json!(tied.id)] {
        let body = json!({"kind": "another_reviewer", "expert_id": expert, "reason": "再评"});
        let told =
            office.chair.post(&path).key(&fresh_key()).json(&body).refused(422, "review.re_review_expert");
        assert_eq!(told.faults()[0].0, "/expert_id");
    }
    let fourth = office.an_expert();
    // Somebody who is away is not asked, neither with the order nor with the agreement.
    let away = |absences: Value| {
        let entry = Office::entry(&fourth);
        let version = office.version(&fourth.person, &entry);
        let body = json!({"absences": absences});
        office.act(&fourth.person, "PUT", &format!("{entry}/availability"), Some(body), Some(version));
    };
    away(json!([{"from": REVIEW_DAY, "to": REVIEW_DAY}]));
    let body = json!({"kind": "another_reviewer", "expert_id": fourth.id, "reason": "再评"});
    office.chair.post(&path).key(&fresh_key()).json(&body).refused(409, "expert.unavailable");
    away(json!([]));
    let order = office.ordered(&project, "another_reviewer", Some(&fourth));
    office.answered(&order, true);
    assert_eq!(line(&office, &round)["score"], "78.33");
    office.scored_again(&round, &project, &fourth, "81");
    let after = line(&office, &round);
    assert_eq!((&after["score"], &after["n"]), (&json!("79.00"), &json!(4)));
    assert_eq!((&after["earlier_readings"], &after["re_review_open"]), (&json!([]), &json!(false)));
    let shown = office.see(&office.auditor, &order);
    assert!(shown.text("/reviewer").starts_with("R-"), "{shown}");
    assert!(!shown.body().contains(&fourth.id));
}

fn the_order_takes_two_people_and_a_flag(app: &TestApp) {
    let (office, round, project, _) = diverging(app);
    let order = office.ordered(&project, "second_scoring", None);
    let both = json!({"user_id": office.chair.id, "role": "supervisor"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(both));
    let agreed = json!({"agreed": true});
    let agreement = format!("{order}/agreement");
    let told = office.chair.post(&agreement).key(&fresh_key()).if_match(1).json(&agreed).send();
    assert_eq!((told.status, told.text("/code")), (403, "forbidden.same_person"), "{told}");
    // One at a time; and nobody confirms what is being looked at again.
    let again = json!({"kind": "second_scoring", "reason": "再评"});
    let path = format!("{}/re-reviews", project.path());
    office.chair.post(&path).key(&fresh_key()).json(&again).refused(409, "review.re_review_open");
    let confirmation = format!("{}/score-confirmation", project.path());
    let stands = json!({"reason": "维持"});
    office.chair.post(&confirmation).key(&fresh_key()).json(&stands).refused(409, "review.re_review_open");
    // Without a reason no refusal.
    let silent = json!({"agreed": false});
    office
        .supervisor
        .post(&agreement)
        .key(&fresh_key())
        .if_match(1)
        .json(&silent)
        .refused(422, "field.required");
    office.answered(&order, false);
    assert_eq!(line(&office, &round)["re_review_open"], false);
    office.post(&office.chair, &confirmation, Some(stands));
    office.chair.post(&path).key(&fresh_key()).json(&again).refused(409, "review.not_flagged");
}

fn a_sheet_more_asks_for_a_new_word(app: &TestApp) {
    let (office, round, project, _) = diverging(app);
    let confirmation = format!("{}/score-confirmation", project.path());
    office.post(&office.chair, &confirmation, Some(json!({"reason": "维持"})));
    assert_eq!(line(&office, &round)["confirmed"], true);
    office.scored_once(&project, &office.an_expert(), "80");
    assert_eq!(line(&office, &round)["confirmed"], false, "it was another set of sheets");
    office.post(&office.chair, &confirmation, Some(json!({"reason": "维持"})));
    office.on_the(DECISION_DAY);
    office.decided(&round);
}

fn who_may_not_see_the_scores_knows_of_no_order(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let [project, other] =
        [(); 2].map(|()| office.eligible(&round, &office.a_group(Kind::Registered), content("30000.00")));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    for project in [&project, &other] {
        office.scored_by(project, &experts, &["95", "60", "80"]);
    }
    // A supervisor who reviews the first, and has not handed in.
    let fourth = office.an_expert();
    office.marked(&project, &fourth, "80");
    let member = json!({"user_id": fourth.person.id, "role": "supervisor"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    let hidden = office.ordered(&project, "second_scoring", None);
    let shown = office.ordered(&other, "second_scoring", None);
    let list = format!("{}/re-reviews", round.path());
    assert_eq!(office.see(&office.supervisor, &list).items().len(), 2);
    let page = office.see(&fourth.person, &format!("{list}?limit=1"));
    assert_eq!(page.items().len(), 1, "no page is shorter for it");
    assert_eq!(page.items()[0]["application_id"], other.id.as_str());
    office.see(&fourth.person, &shown);
    fourth.person.get(&hidden).refused(404, "not_found");
    let agreement = format!("{hidden}/agreement");
    let told = changes_nothing(app.database(), || {
        let agreed = json!({"agreed": true});
        fourth.person.post(&agreement).key(&fresh_key()).if_match(1).json(&agreed).send()
    });
    assert_eq!((told.status, told.text("/code")), (404, "not_found"), "{told}");
}
