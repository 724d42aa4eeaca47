//! What experts, the chair and the meeting must not do: R202 to R207, conflicts, open sheets, outdated plans.

use diesel::{connection::SimpleConnection, prelude::*};
use serde_json::{Value, json};
use yichuang::db::{Lane, schema::rounds};

use crate::support::{
    APPROVAL_DAY, Kind, LAST_NOTICE_DAY, Office, Person, REVIEW_DAY, Round, TestApp, changes_nothing,
    content, fresh_key, marks, refined_budget,
};

on_both!(
    an_expert_declares_before_marking,
    a_mark_keeps_to_its_range_and_its_step,
    a_sheet_is_handed_in_whole_and_then_locked,
    an_expert_with_a_tie_is_not_assigned_and_stops_where_one_is_found,
    a_plan_waits_for_the_intake_the_sheets_and_the_chair,
    a_late_sheet_makes_the_plan_outdated,
    sheets_of_what_was_taken_back_hold_nobody_up,
    a_round_is_decided_once_and_not_by_whom_it_planned,
    awards_never_exceed_the_budget,
    the_bureau_approves_after_the_last_day_of_the_notice,
    an_agreement_is_what_was_awarded_and_is_signed_once_by_each,
    after_the_deadline_nobody_signs,
);

/// Tries it and sees that nothing changed.
#[track_caller]
fn refused(
    office: &Office<'_>,
    by: &Person,
    (method, path): (&str, &str),
    version: Option<i64>,
    body: Option<&Value>,
    (status, code): (u16, &str),
) -> crate::support::Reply {
    changes_nothing(office.app.database(), || {
        let mut request = by.request(method, path).key(&fresh_key());
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(version) = version {
            request = request.if_match(version);
        }
        request.refused(status, code)
    })
}

fn a_project_in_review(app: &TestApp) -> (Office<'_>, Round, crate::support::Project) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.on_the(REVIEW_DAY);
    (office, round, project)
}

fn an_expert_declares_before_marking(app: &TestApp) {
    let (office, _, project) = a_project_in_review(app);
    let expert = office.an_expert();
    let sheet = office.assign(&project, &expert);
    let by = &expert.person;
    let version = office.version(by, &sheet);
    refused(
        &office,
        by,
        ("PATCH", &sheet),
        Some(version),
        Some(&json!({"marks": marks("80")})),
        (409, "R202"),
    );
    refused(&office, by, ("POST", &format!("{sheet}/submission")), Some(version), None, (409, "R202"));
    refused(&office, by, ("GET", &format!("{sheet}/application")), None, None, (404, "not_found"));
    office.step(by, &format!("{sheet}/declaration"), version, None);
    office.see(by, &format!("{sheet}/application"));
}

fn a_mark_keeps_to_its_range_and_its_step(app: &TestApp) {
    let (office, _, project) = a_project_in_review(app);
    let expert = office.an_expert();
    let sheet = office.assign(&project, &expert);
    let by = &expert.person;
    let version =
        office.step(by, &format!("{sheet}/declaration"), office.version(by, &sheet), None).version();
    for (mark, code) in [
        (json!("60.5"), "R203"),
        (json!("9.55"), "R203"),
        (json!("61"), "R203"),
        (json!("999999"), "R203"),
        (json!("-1"), "field.invalid"),
        (json!("9.555"), "field.invalid"),
        (json!(9), "field.invalid"),
        (json!("九"), "field.invalid"),
    ] {
        let body = json!({"marks": {"need": mark, "plan": "40"}});
        let told = refused(&office, by, ("PATCH", &sheet), Some(version), Some(&body), (422, code));
        assert_eq!(told.faults(), [("/marks/need".to_owned(), code.to_owned())], "{told}");
    }
    let all = json!({"marks": {"need": "60.5", "plan": "0.25", "zeal": "1"}});
    let told = refused(&office, by, ("PATCH", &sheet), Some(version), Some(&all), (422, "R203"));
    let places: Vec<String> = told.faults().into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["/marks/need", "/marks/plan", "/marks/zeal"]);
    let long = json!({"comment": "好".repeat(5_001)});
    refused(&office, by, ("PATCH", &sheet), Some(version), Some(&long), (422, "field.too_long"));
    // The ends of the range and the step itself are right.
    let ends = json!({"marks": {"need": "60", "plan": "0"}});
    let version = office.act(by, "PATCH", &sheet, Some(ends), Some(version)).version();
    office.act(by, "PATCH", &sheet, Some(json!({"marks": {"plan": "39.5"}})), Some(version));
}

fn a_sheet_is_handed_in_whole_and_then_locked(app: &TestApp) {
    let (office, _, project) = a_project_in_review(app);
    let expert = office.an_expert();
    let sheet = office.assign(&project, &expert);
    let by = &expert.person;
    let version =
        office.step(by, &format!("{sheet}/declaration"), office.version(by, &sheet), None).version();
    let hand_in = format!("{sheet}/submission");
    let told = refused(&office, by, ("POST", &hand_in), Some(version), None, (422, "R204"));
    let places: Vec<String> = told.faults().into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["/marks/need", "/marks/plan"], "never a silent zero");
    let half = json!({"marks": {"need": "50"}});
    let version = office.act(by, "PATCH", &sheet, Some(half), Some(version)).version();
    refused(&office, by, ("POST", &hand_in), Some(version), None, (422, "R204"));
    let version =
        office.act(by, "PATCH", &sheet, Some(json!({"marks": {"plan": "30"}})), Some(version)).version();
    let version = office.step(by, &hand_in, version, None).version();
    let change = json!({"marks": {"plan": "40"}});
    refused(&office, by, ("PATCH", &sheet), Some(version), Some(&change), (409, "illegal_transition"));
    refused(&office, by, ("POST", &hand_in), Some(version), None, (409, "illegal_transition"));
    let tie = json!({"kind": "friend"});
    let recusal = format!("{sheet}/recusal");
    refused(&office, by, ("POST", &recusal), Some(version), Some(&tie), (409, "illegal_transition"));
}

fn an_expert_with_a_tie_is_not_assigned_and_stops_where_one_is_found(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let filed = office.a_group(Kind::Filed);
    let project = office.eligible(&round, &filed, content("50000.00"));
    office.on_the(REVIEW_DAY);
    let admit = |person: &Person, organization: Option<&str>| {
        let expert = json!({"user_id": person.id, "name": person.name, "organization_id": organization});
        office
            .post(&office.officer, &format!("/api/v1/programmes/{}/experts", office.programme), Some(expert))
            .id()
    };
    let assign = format!("{}/reviews", project.path());
    // The applicant's own administrator, one of the applicant, one of its host.
    let own = admit(&filed.admin, None);
    let colleague = admit(&office.join("同事"), Some(&filed.id));
    let of_the_host = admit(&office.join("依托单位的人"), Some(&filed.payee().id));
    for expert in [own, colleague, of_the_host] {
        let body = json!({"expert_id": expert});
        refused(&office, &office.officer, ("POST", &assign), None, Some(&body), (403, "review.conflict"));
    }
    // Whoever stepped back once is not asked again.
    let friend = office.an_expert();
    let sheet = office.assign(&project, &friend);
    let version = office.version(&friend.person, &sheet);
    office.step(&friend.person, &format!("{sheet}/recusal"), version, Some(json!({"kind": "friend"})));
    let body = json!({"expert_id": friend.id});
    refused(&office, &office.officer, ("POST", &assign), None, Some(&body), (403, "review.conflict"));
    // Nobody is asked twice.
    let expert = office.an_expert();
    office.assign(&project, &expert);
    let body = json!({"expert_id": expert.id});
    refused(&office, &office.officer, ("POST", &assign), None, Some(&body), (409, "already_exists"));
}

#[track_caller]
fn decision_is_refused(office: &Office<'_>, plan: &crate::support::Reply, status: u16, code: &str) {
    let path = format!("/api/v1/selection-plans/{}/decision", plan.id());
    let minutes = json!({"minutes": "同意"});
    refused(office, &office.director, ("POST", &path), Some(plan.version()), Some(&minutes), (status, code));
}

fn a_plan_waits_for_the_intake_the_sheets_and_the_chair(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let waiting = office.submitted(&round, &office.a_group(Kind::Registered), content("50000.00"));
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    let plans = format!("{}/selection-plans", round.path());
    refused(&office, &office.officer, ("POST", &plans), None, None, (409, "illegal_transition"));
    let experts = office.experts::<3>();
    let assign = json!({"expert_id": experts[0].id});
    let reviews = format!("{}/reviews", project.path());
    refused(&office, &office.officer, ("POST", &reviews), None, Some(&assign), (409, "illegal_transition"));

    office.on_the(REVIEW_DAY);
    let sheet = office.marked(&project, &experts[0], "95");
    office.scored_by(&project, &experts[1..], &["72", "74"]);
    decision_is_refused(&office, &office.plan(&round), 409, "review.intake_open");
    office.accept(&waiting);
    decision_is_refused(&office, &office.plan(&round), 409, "review.sheets_open");
    office.hand_in(&sheet, &experts[0]);
    decision_is_refused(&office, &office.plan(&round), 409, "review.flagged");
    // The chair looks at what is flagged and at nothing else, and says why.
    let (flagged, other) =
        (format!("{}/score-confirmation", project.path()), format!("{}/score-confirmation", waiting.path()));
    let why = json!({"reason": "分歧有据"});
    let chair = &office.chair;
    refused(&office, chair, ("POST", &other), None, Some(&why), (409, "review.not_flagged"));
    refused(&office, chair, ("POST", &flagged), None, Some(&json!({"reason": " "})), (422, "field.required"));
    let plan = office.plan(&round);
    office.post(chair, &flagged, Some(why.clone()));
    refused(&office, chair, ("POST", &flagged), None, Some(&why), (409, "review.not_flagged"));
    // One more sheet asks for a new confirmation, even where the score stays as flagged.
    let late = office.an_expert();
    office.scored_once(&project, &late, "80");
    decision_is_refused(&office, &plan, 409, "review.flagged");
}

fn a_late_sheet_makes_the_plan_outdated(app: &TestApp) {
    let office = Office::found(app);
    let (round, project, _) = office.a_scored_round();
    let plan = office.plan(&round);
    let late = office.an_expert();
    office.scored_once(&project, &late, "89");
    decision_is_refused(&office, &plan, 409, "plan.outdated");
    office.decided(&round);
}

/// An applicant may withdraw while experts are at work. Their open sheets can be neither handed in nor given back any
/// more, so the decision must not wait for them.
fn sheets_of_what_was_taken_back_hold_nobody_up(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let stays = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    let leaves = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    office.scored_by(&stays, &experts, &["80", "81", "82"]);
    let sheet = office.marked(&leaves, &experts[0], "99");
    office.move_application(&leaves.group.admin, &leaves, "withdrawal", None);
    let by = &experts[0].person;
    let (hand_in, version) = (format!("{sheet}/submission"), office.version(by, &sheet));
    refused(&office, by, ("POST", &hand_in), Some(version), None, (409, "illegal_transition"));
    let ranking = office.see(&office.chair, &format!("{}/ranking", round.path()));
    assert_eq!((ranking.items().len(), ranking.at("/open_sheets")), (1, &json!(0)), "{ranking}");
    office.decided(&round);
}

fn a_round_is_decided_once_and_not_by_whom_it_planned(app: &TestApp) {
    let office = Office::found(app);
    let (round, ..) = office.a_scored_round();
    let [first, second] = std::array::from_fn(|_| office.plan(&round));
    // Somebody who is officer and director at once cannot do both.
    let both = office.join("兼任");
    for role in ["program_officer", "center_director"] {
        let member = json!({"user_id": both.id, "role": role});
        office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    }
    let own = office.post(&both, &format!("{}/selection-plans", round.path()), None);
    let minutes = json!({"minutes": "同意"});
    let path = format!("/api/v1/selection-plans/{}/decision", own.id());
    refused(&office, &both, ("POST", &path), Some(1), Some(&minutes), (403, "forbidden.same_person"));
    for minutes in [json!({"minutes": "  "}), json!({"minutes": "长".repeat(5_001)}), json!({})] {
        let path = format!("/api/v1/selection-plans/{}/decision", first.id());
        let by = &office.director;
        let told = changes_nothing(app.database(), || {
            by.post(&path).key(&fresh_key()).if_match(1).json(&minutes).expect(422)
        });
        assert_eq!(told.faults().first().unwrap().0, "/minutes", "{told}");
    }
    let path = format!("/api/v1/selection-plans/{}/decision", first.id());
    office.step(&office.director, &path, 1, Some(minutes));
    decision_is_refused(&office, &second, 409, "illegal_transition");
    let again = office.see(&office.director, &format!("/api/v1/selection-plans/{}", first.id()));
    decision_is_refused(&office, &again, 409, "illegal_transition");
    let plans = format!("{}/selection-plans", round.path());
    refused(&office, &office.officer, ("POST", &plans), None, None, (409, "illegal_transition"));
}

/// A plan keeps to the budget by itself, so R205 needs money that went another way: here somebody's hand in the
/// database. The constraint of the row tells, not a comparison in the program.
fn awards_never_exceed_the_budget(app: &TestApp) {
    let office = Office::found(app);
    let (round, ..) = office.a_scored_round();
    let plan = office.plan(&round);
    let awarded = |fen: i64| {
        let id = round.id.clone();
        let set = move |conn: &mut yichuang::db::Db| {
            Ok(conn.batch_execute(&format!("UPDATE rounds SET awarded_total = {fen} WHERE id = '{id}'"))?)
        };
        app.database().write_now(Lane::Installation, set).unwrap();
    };
    // The plan takes 40,000 of 100,000 yuan: with one fen more gone than 60,000 it no longer fits.
    awarded(6_000_001);
    decision_is_refused(&office, &plan, 409, "R205");
    awarded(0);
    let path = format!("/api/v1/selection-plans/{}/decision", plan.id());
    office.step(&office.director, &path, plan.version(), Some(json!({"minutes": "同意"})));
    let total: i64 = app
        .database()
        .read_now(|conn| {
            Ok(rounds::table
                .select(rounds::awarded_total)
                .first::<yichuang::kernel::money::Money>(conn)?
                .fen())
        })
        .unwrap();
    assert_eq!(total, 4_000_000);
}

fn the_bureau_approves_after_the_last_day_of_the_notice(app: &TestApp) {
    let office = Office::found(app);
    let (round, ..) = office.a_scored_round();
    office.decided(&round);
    let draft = office.post(&office.officer, &format!("{}/notices", round.path()), None);
    let notice = format!("/api/v1/notices/{}", draft.id());
    let (approval, paper) =
        (format!("{notice}/bureau-approval"), json!({"document_number": "海民〔2011〕12号"}));
    let bureau = &office.bureau;
    refused(&office, bureau, ("POST", &approval), Some(1), Some(&paper), (409, "R206"));
    let second = format!("{}/notices", round.path());
    refused(&office, &office.officer, ("POST", &second), None, None, (409, "already_exists"));
    office.step(&office.officer, &format!("{notice}/publication"), 1, None);
    refused(&office, bureau, ("POST", &approval), Some(2), Some(&paper), (409, "R206"));
    // The last second of the last day in Ningbo, and the first of the next.
    app.move_clock_to(&format!("{LAST_NOTICE_DAY}T15:59:59.999Z"));
    office.sign_in_everybody();
    refused(&office, bureau, ("POST", &approval), Some(2), Some(&paper), (409, "R206"));
    app.move_clock_to(&format!("{LAST_NOTICE_DAY}T16:00:00Z"));
    office.sign_in_everybody();
    let blank = json!({"document_number": " "});
    refused(&office, bureau, ("POST", &approval), Some(2), Some(&blank), (422, "field.required"));
    office.step(bureau, &approval, 2, Some(paper.clone()));
    refused(&office, bureau, ("POST", &approval), Some(2), Some(&paper), (409, "already_exists"));
}

fn an_agreement_is_what_was_awarded_and_is_signed_once_by_each(app: &TestApp) {
    let office = Office::found(app);
    let (round, project, _) = office.a_scored_round();
    office.decided(&round);
    let notice = office.noticed(&round);
    office.on_the(APPROVAL_DAY);
    office.approved(&notice);
    let award = office.award_of(&round, &project);
    let (agreement, signatures) =
        (format!("{}/agreement", award.path()), format!("{}/signatures", award.path()));
    let admin = &project.group.admin;
    let guess = json!({"digest": "0".repeat(64)});
    refused(&office, admin, ("POST", &signatures), None, Some(&guess), (409, "illegal_transition"));
    // The award is 40,000: neither more nor less, every line once, and not less of one's own.
    let line = |position: i32, amount: &str| json!({"position": position, "amount": amount});
    for (lines, status, code) in [
        (json!([line(0, "40000.01"), line(1, "1000.00")]), 409, "agreement.budget"),
        (json!([line(0, "39999.99"), line(1, "1000.00")]), 409, "agreement.budget"),
        (json!([line(0, "40000.00"), line(1, "999.99")]), 409, "agreement.budget"),
        (json!([line(0, "40000.00")]), 422, "field.required"),
        (json!([line(0, "40000.00"), line(0, "0.00"), line(1, "1000.00")]), 422, "field.invalid"),
        (json!([line(0, "40000.00"), line(1, "1000.00"), line(2, "0.00")]), 422, "field.invalid"),
    ] {
        let body = json!({"budget_lines": lines});
        refused(&office, admin, ("POST", &agreement), Some(1), Some(&body), (status, code));
    }
    office.refined(&award);
    let body = refined_budget("40000.00");
    refused(&office, admin, ("POST", &agreement), Some(2), Some(&body), (409, "illegal_transition"));

    refused(&office, admin, ("POST", &signatures), None, Some(&guess), (422, "field.invalid"));
    office.sign(admin, &award);
    let digest = json!({"digest": office.see(admin, &agreement).text("/digest")});
    refused(&office, admin, ("POST", &signatures), None, Some(&digest), (409, "agreement.already_signed"));
    // One person with two roles signs for one party only.
    let member = json!({"user_id": office.director.id, "role": "subdistrict_officer"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    office.sign(&office.director, &award);
    let director = &office.director;
    let told =
        changes_nothing(app.database(), || director.post(&signatures).key(&fresh_key()).json(&digest).send());
    assert!([403, 409].contains(&told.status), "{told}");
    let tranche = office.tranche(&award, 1);
    let payment = format!("/api/v1/tranches/{}/payment-requests", tranche["id"].as_str().unwrap());
    refused(&office, admin, ("POST", &payment), None, None, (409, "F302"));
    office.sign(&office.street, &award);
    refused(&office, &office.street, ("POST", &signatures), None, Some(&digest), (409, "illegal_transition"));
}

fn after_the_deadline_nobody_signs(app: &TestApp) {
    let office = Office::found(app);
    let (round, project, _) = office.a_scored_round();
    office.decided(&round);
    let notice = office.noticed(&round);
    office.on_the(APPROVAL_DAY);
    office.approved(&notice);
    let award = office.award_of(&round, &project);
    let shown = office.see(&office.officer, &award.path());
    // Fifteen working days from Tuesday, 19 April.
    assert_eq!(shown.text("/sign_by"), "2011-05-10");
    app.move_clock_to("2011-05-10T15:59:59Z");
    office.sign_in_everybody();
    office.refined(&award);
    office.sign(&project.group.admin, &award);
    app.move_clock_to("2011-05-10T16:00:00Z");
    office.sign_in_everybody();
    let digest =
        office.see(&office.director, &format!("{}/agreement", award.path())).text("/digest").to_owned();
    let body = json!({"digest": digest});
    let signatures = format!("{}/signatures", award.path());
    refused(&office, &office.director, ("POST", &signatures), None, Some(&body), (409, "R207"));
}
