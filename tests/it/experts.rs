//! The pool: what is known of an expert, who changes it, and who gets nothing new.

use serde_json::{Value, json};

use crate::support::{
    Expert, Kind, Office, Project, REVIEW_DAY, Round, TestApp, changes_nothing, content, fresh_key,
};

on_both!(
    the_office_keeps_the_pool_and_lists_narrow_it,
    an_expert_sees_and_corrects_what_is_theirs,
    who_is_suspended_away_or_full_gets_nothing_new,
    who_was_removed_opens_nothing_and_comes_back_by_readmission,
    an_identity_number_is_compared_and_never_kept,
);

const NUMBER: &str = "11010519491231002X";

fn in_review(app: &TestApp) -> (Office<'_>, Round, Project) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let mut whole = content("50000.00");
    whole["summary"] = json!("为独居老人提供服务。");
    let project = office.eligible(&round, &group, whole);
    office.on_the(REVIEW_DAY);
    (office, round, project)
}

fn the_office_keeps_the_pool_and_lists_narrow_it(app: &TestApp) {
    let office = Office::found(app);
    let known = json!({"kind": "finance", "expertise": ["youth", "culture"], "min_load": 2, "max_load": 9});
    let finance = office.an_expert_who(&known);
    let plain = office.an_expert();
    let entry = Office::entry(&finance);
    let seen = office.see(&office.chair, &entry);
    assert_eq!(seen.at("/kind"), "finance");
    assert_eq!((seen.at("/min_load"), seen.at("/max_load")), (&json!(2), &json!(9)));
    assert_eq!(seen.at("/permitted_actions"), &json!([]));
    let permitted = office.see(&office.officer, &entry);
    let expected = json!(["change", "suspend", "remove", "set_availability", "declare_tie"]);
    assert_eq!(permitted.at("/permitted_actions"), &expected);
    // What is absent stays, what is null is taken away.
    let change = json!({"name": " 章会计 ", "max_load": null, "expertise": ["elderly", "elderly"]});
    let changed = office.act(&office.officer, "PATCH", &entry, Some(change), Some(1));
    assert_eq!((changed.at("/max_load"), changed.at("/min_load")), (&Value::Null, &json!(2)));
    assert_eq!(changed.at("/name"), "章会计");
    assert_eq!(changed.at("/expertise"), &json!(["elderly"]));
    // All faults at once.
    let wrong = json!({
        "name": " ", "min_load": 5, "max_load": 4, "identity_number": "123",
        "absences": [{"from": "2011-04-02", "to": "2011-04-01"}],
    });
    let told =
        changes_nothing(app.database(), || office.officer.patch(&entry).if_match(2).json(&wrong).expect(422));
    let pointers: Vec<String> = told.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/name", "/max_load", "/absences/0/to", "/identity_number"]);
    // Narrowed by state and domain.
    office.move_expert(&plain, "suspension");
    let list = format!("/api/v1/programmes/{}/experts", office.programme);
    let ids = |query: &str| -> Vec<String> {
        let seen = office.see(&office.auditor, &format!("{list}{query}"));
        seen.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("?state=suspended"), std::slice::from_ref(&plain.id));
    assert_eq!(ids("?state=admitted"), std::slice::from_ref(&finance.id));
    assert_eq!(ids("?domain=elderly").len(), 2);
    assert!(ids("?domain=youth").is_empty());
    office.officer.get(&format!("{list}?name=x")).refused(400, "unknown_filter");
}

fn an_expert_sees_and_corrects_what_is_theirs(app: &TestApp) {
    let office = Office::found(app);
    let [expert, other] = office.experts::<2>();
    let (by, entry) = (&expert.person, Office::entry(&expert));
    let own = office.see(by, "/api/v1/me/experts");
    assert_eq!(own.items().len(), 1);
    assert_eq!(own.items()[0]["id"], expert.id.as_str());
    assert_eq!(own.items()[0]["permitted_actions"], json!(["set_availability", "declare_tie"]));
    assert!(office.see(&office.officer, "/api/v1/me/experts").items().is_empty());
    let away = json!({"absences": [{"from": "2011-04-01", "to": "2011-04-03"}]});
    let path = format!("{entry}/availability");
    office.act(by, "PUT", &path, Some(away.clone()), Some(1));
    office.post(by, &format!("{entry}/ties"), Some(json!({"kind": "kin", "person_name": "郑负责"})));
    assert_eq!(office.see(by, &format!("{entry}/ties")).items().len(), 1);
    changes_nothing(app.database(), || {
        // Not another's, and not what the office keeps.
        other.person.get(&entry).refused(404, "not_found");
        other.person.get(&format!("{entry}/ties")).refused(404, "not_found");
        other.person.put(&path).if_match(2).json(&away).refused(404, "not_found");
        let tie = json!({"kind": "kin", "person_name": "郑负责"});
        other.person.post(&format!("{entry}/ties")).json(&tie).refused(404, "not_found");
        by.patch(&entry).if_match(2).json(&json!({"max_load": 1})).refused(403, "forbidden");
        by.post(&format!("{entry}/readmission"))
            .if_match(2)
            .json(&json!({"reason": "x"}))
            .refused(403, "forbidden");
        by.get(&format!("/api/v1/programmes/{}/experts", office.programme)).refused(403, "forbidden");
    });
}

fn refused_now(office: &Office<'_>, project: &Project, expert: &Expert, code: &str) {
    let path = format!("{}/reviews", project.path());
    changes_nothing(office.app.database(), || {
        office
            .officer
            .post(&path)
            .key(&fresh_key())
            .json(&json!({"expert_id": expert.id}))
            .refused(409, code);
    });
}

fn who_is_suspended_away_or_full_gets_nothing_new(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let expert = office.an_expert();
    office.move_expert(&expert, "suspension");
    refused_now(&office, &project, &expert, "expert.unavailable");
    office.move_expert(&expert, "readmission");
    let path = format!("{}/availability", Office::entry(&expert));
    let set = |absences: Value| {
        let version = office.version(&expert.person, &Office::entry(&expert));
        office.act(&expert.person, "PUT", &path, Some(json!({"absences": absences})), Some(version));
    };
    // Both days count; the day after is free.
    for (from, to, away) in [
        ("2011-03-30", "2011-04-01", true),
        ("2011-04-01", "2011-04-05", true),
        ("2011-04-02", "2011-04-05", false),
    ] {
        set(json!([{"from": from, "to": to}]));
        if away {
            refused_now(&office, &project, &expert, "expert.unavailable");
        }
    }
    let sheet = office.assign(&project, &expert);
    // What they have they keep while they are suspended.
    office.move_expert(&expert, "suspension");
    let version = office.version(&expert.person, &sheet);
    office.step(&expert.person, &format!("{sheet}/declaration"), version, None);
    office.see(&expert.person, &format!("{sheet}/application"));
    // As many as the pool says, and no more.
    let busy = office.an_expert_who(&json!({"max_load": 0}));
    refused_now(&office, &project, &busy, "expert.full");
    let list = office.see(&office.officer, &format!("{}/reviews", round.path()));
    assert_eq!(list.items().len(), 1);
}

fn who_was_removed_opens_nothing_and_comes_back_by_readmission(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let [expert, other] = office.experts::<2>();
    let done = office.scored_once(&project, &expert, "85");
    let open = office.marked(&project, &other, "80");
    office.move_expert(&expert, "removal");
    office.move_expert(&other, "removal");
    refused_now(&office, &project, &expert, "expert.unavailable");
    let list = format!("{}/reviews", round.path());
    changes_nothing(app.database(), || {
        for (who, sheet) in [(&expert, &done), (&other, &open)] {
            who.person.get(sheet).refused(404, "not_found");
            who.person.get(&format!("{sheet}/application")).refused(404, "not_found");
            who.person.get(&list).refused(404, "not_found");
            who.person.post(&format!("{sheet}/submission")).if_match(3).refused(404, "not_found");
            let tie = json!({"kind": "kin", "person_name": "郑负责"});
            let ties = format!("{}/ties", Office::entry(who));
            who.person.post(&ties).json(&tie).refused(409, "illegal_transition");
        }
    });
    // What they did stays.
    assert_eq!(office.see(&office.chair, &done).text("/total"), "85.00");
    office.move_expert(&other, "readmission");
    office.hand_in(&open, &other);
}

fn an_identity_number_is_compared_and_never_kept(app: &TestApp) {
    let (office, _, project) = in_review(app);
    // The same number stands in the applicant's text, among other words.
    let expert = office.an_expert_who(&json!({"identity_number": " 11010519491231002x"}));
    let entry = Office::entry(&expert);
    let seen = office.see(&office.officer, &entry);
    assert_eq!(seen.at("/identity_known"), &json!(true));
    assert!(!seen.body().contains("digest") && !seen.body().contains("1101051949"), "{seen}");
    answers(app, &project.id, &format!("{{\"team\":[[\"郑负责\",\"{NUMBER}\"]]}}"));
    let path = format!("{}/reviews", project.path());
    let told =
        office.officer.post(&path).json(&json!({"expert_id": expert.id})).refused(403, "review.conflict");
    assert!(told.text("/detail").contains("same_identity_number"), "{told}");
    let shown = office.see(&office.supervisor, &format!("{}/conflicts", project.path()));
    assert!(!shown.body().contains("1101051949"), "{shown}");
    // Somebody else's number is somebody else's.
    let other = office.an_expert_who(&json!({"identity_number": "110105194912310054"}));
    office.assign(&project, &other);
    // Nowhere but in the applicant's own words.
    for text in kept(app) {
        assert!(!text.contains("1101051949"), "an identity number is stored: {text}");
    }
}

/// What the applicant wrote under the office's own questions.
fn answers(app: &TestApp, project: &str, text: &str) {
    use diesel::prelude::*;
    use yichuang::db::{
        Lane,
        private::{ApplicationAnswers, SealedJson},
        schema::applications,
    };
    let project = project.to_owned();
    let answers: serde_json::Value = serde_json::from_str(text).expect("answers");
    let answers = SealedJson::<ApplicationAnswers, _>::of(&project, answers);
    app.database()
        .write_now(Lane::Installation, move |conn| {
            diesel::update(applications::table.find(&project))
                .set(applications::answers.eq(&answers))
                .execute(conn)?;
            Ok(())
        })
        .expect("the answers of an application");
}

/// Everything that a call with an identity number leaves behind.
fn kept(app: &TestApp) -> Vec<String> {
    use diesel::prelude::*;
    use yichuang::db::{
        Lane,
        private::{MailBody, Private, RememberedBody},
        schema::{audit_entries, experts, idempotency_records as answers, outbox},
    };
    let read = move |conn: &mut yichuang::db::Db| -> Result<Vec<String>, yichuang::error::Error> {
        let digests: Vec<Option<String>> = experts::table.select(experts::identity_digest).load(conn)?;
        let digests: Vec<String> = digests.into_iter().flatten().collect();
        assert!(digests.len() == 2 && digests.iter().all(|digest| digest.len() == 64), "{digests:?}");
        let mut all = digests;
        all.extend(audit_entries::table.select(audit_entries::detail).load::<String>(conn)?);
        let bodies: Vec<Private<RememberedBody>> = answers::table.select(answers::body).load(conn)?;
        all.extend(bodies.iter().map(|body| body.as_str().to_owned()));
        let bodies: Vec<Private<MailBody>> = outbox::table.select(outbox::body).load(conn)?;
        all.extend(bodies.iter().map(|body| body.as_str().to_owned()));
        Ok(all)
    };
    app.database().write_now(Lane::Installation, read).expect("what is stored")
}
