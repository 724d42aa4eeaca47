//! Who sees what of the experts' work, and that `permitted_actions` says what the server then accepts.

use serde_json::{Value, json};

use crate::support::{
    APPROVAL_DAY, Expert, Kind, Office, Person, Project, REVIEW_DAY, Round, STEPS, TestApp, accepting,
    changes_nothing, content, fresh_key, looked_at, whole_round,
};

on_both!(
    nobody_sees_a_sheet_before_it_is_handed_in,
    an_expert_sees_no_other_sheet,
    an_applicant_never_learns_who_scored,
    what_belongs_to_others_is_as_if_it_were_not_there,
    permitted_actions_of_an_application_are_what_is_accepted,
    permitted_actions_of_a_sheet_are_what_is_accepted,
    permitted_actions_of_a_payment_are_what_is_accepted,
);

fn in_review(app: &TestApp) -> (Office<'_>, Round, Project) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.on_the(REVIEW_DAY);
    (office, round, project)
}

/// The office sees that a sheet exists and where it is, and nothing of what is in it.
#[track_caller]
fn is_sealed(sheet: &Value) {
    for field in ["marks", "mark_comments", "suggested_amount", "comment", "staff_comment", "total", "digest"]
    {
        assert_eq!(sheet[field], Value::Null, "{field} of a sheet that is open: {sheet:#}");
    }
}

fn nobody_sees_a_sheet_before_it_is_handed_in(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let expert = office.an_expert();
    let sheet = office.marked(&project, &expert, "85");
    let list = format!("{}/reviews", round.path());
    for reader in [&office.officer, &office.chair, &office.supervisor, &office.director, &office.auditor] {
        is_sealed(&office.see(reader, &sheet).json);
        is_sealed(&office.see(reader, &list).items()[0]);
        let ranking = office.see(reader, &format!("{}/ranking", round.path()));
        assert_eq!(ranking.at("/items/0/n"), &json!(0), "{ranking}");
    }
    for other in [&office.maker, &office.bureau, &office.worker, &office.admin, &project.group.admin] {
        other.get(&sheet).refused(404, "not_found");
        other.get(&list).refused(404, "not_found");
    }
    assert_eq!(office.see(&expert.person, &sheet).text("/comment"), "可行", "its own expert sees it");
    office.hand_in(&sheet, &expert);
    assert_eq!(office.see(&office.chair, &sheet).text("/total"), "85.00");
    project.group.admin.get(&sheet).refused(404, "not_found");
}

fn an_expert_sees_no_other_sheet(app: &TestApp) {
    let (office, round, project) = in_review(app);
    let [first, second, unassigned] = office.experts::<3>();
    let sheet = office.scored_once(&project, &first, "85");
    let own = office.marked(&project, &second, "80");
    for expert in [&second, &unassigned] {
        let by = &expert.person;
        by.get(&sheet).refused(404, "not_found");
        by.get(&format!("{sheet}/application")).refused(404, "not_found");
        by.get(&project.path()).refused(404, "not_found");
        by.get(&format!("{}/ranking", round.path())).refused(403, "forbidden");
    }
    let listed = office.see(&second.person, &format!("{}/reviews", round.path()));
    assert_eq!(listed.items().len(), 1, "{listed}");
    assert!(own.ends_with(listed.items()[0]["id"].as_str().unwrap()));
    // Not even one who chairs the panel reads the others before the own sheet is in.
    let member = json!({"user_id": second.person.id, "role": "panel_chair"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    is_sealed(&office.see(&second.person, &sheet).json);
    let listed = office.see(&second.person, &format!("{}/reviews", round.path()));
    let other = listed.items().iter().find(|item| sheet.ends_with(item["id"].as_str().unwrap())).unwrap();
    is_sealed(other);
    office.hand_in(&own, &second);
    assert_eq!(office.see(&second.person, &sheet).text("/total"), "85.00");
}

fn an_applicant_never_learns_who_scored(app: &TestApp) {
    let office = Office::found(app);
    let (round, project, experts) = office.a_scored_round();
    office.decided(&round);
    let notice = office.noticed(&round);
    office.on_the(APPROVAL_DAY);
    office.approved(&notice);
    let award = office.award_of(&round, &project);
    office.signed(&award);
    let payment = office.paid(&award);
    let admin = &project.group.admin;
    let mut everything = Vec::new();
    for path in [
        project.path(),
        round.path(),
        award.path(),
        payment,
        format!("{}/agreement", award.path()),
        format!("{}/tranches", award.path()),
        format!("{}/applications", round.path()),
        format!("{}/awards", round.path()),
        notice.replace("/notices/", "/public/notices/"),
    ] {
        let shown = office.see(admin, &path);
        everything.push(format!("{:?}{}", shown.headers, shown.body()));
    }
    everything.extend(app.mail_to(&admin.mail()).iter().map(|mail| format!("{mail:?}")));
    let everything = everything.join("\n");
    for Expert { id, person } in &experts {
        for trace in [id, &person.id, &person.name, &person.login] {
            assert!(!everything.contains(trace.as_str()), "{trace} is in what the applicant sees");
        }
    }
    for part in ["ranking", "payment-requests", "ledger"] {
        let told = admin.get(&format!("{}/{part}", round.path())).expect(403);
        told.assert_problem();
    }
    admin.get(&format!("{}/reviews", round.path())).refused(404, "not_found");
}

/// Every address with an id, asked for by staff of another programme and by another group of the same one.
fn what_belongs_to_others_is_as_if_it_were_not_there(app: &TestApp) {
    let elsewhere = Office::found(app);
    let office = Office::found(app);
    let ended = whole_round(&office);
    looked_at(&office, &ended);
    elsewhere.sign_in_everybody();
    let neighbour = office.a_group(Kind::Registered).admin;
    let group = ended.award.project.group.path();
    let own = [
        group.clone(),
        format!("{group}/payee-account"),
        ended.award.project.path(),
        ended.award.path(),
        format!("{}/agreement", ended.award.path()),
        format!("{}/tranches", ended.award.path()),
        ended.payment.clone(),
        ended.sheet.clone(),
        format!("{}/application", ended.sheet),
        ended.plan.clone(),
        ended.run.clone(),
        format!("/api/v1/enterprises/{}", ended.sponsor.id),
        format!("{}/reviews", ended.round.path()),
    ];
    let mut of_the_programme = vec![ended.matching.clone()];
    for list in ["applications", "ranking", "awards", "payment-requests", "ledger", "ledger/entries"] {
        of_the_programme.push(format!("{}/{list}", ended.round.path()));
    }
    for list in ["rounds", "organizations", "enterprises", "experts"] {
        of_the_programme.push(format!("/api/v1/programmes/{}/{list}", office.programme));
    }
    let unknown = |person: &Person, path: &str| {
        let told = person.get(path).refused(404, "not_found");
        let id = path.split('/').nth(4).unwrap();
        let fresh = yichuang::kernel::ids::RoundId::generate().to_string();
        let nothing = person.get(&path.replace(id, &fresh)).refused(404, "not_found");
        let body = |reply: &crate::support::Reply| {
            let mut body = reply.json.clone();
            body["request_id"] = json!("the only difference");
            (body, reply.header("content-type").map(str::to_owned))
        };
        assert_eq!(body(&told), body(&nothing));
    };
    for path in own.iter().chain(&of_the_programme) {
        for stranger in [&elsewhere.officer, &elsewhere.director, &elsewhere.auditor] {
            unknown(stranger, path);
        }
    }
    for path in &own {
        unknown(&neighbour, path);
    }
    // In lists what is another's is absent, and not counted either.
    for list in ["applications", "awards"] {
        let seen = office.see(&neighbour, &format!("{}/{list}", ended.round.path()));
        assert!(seen.items().is_empty(), "{seen}");
    }
}

/// For each of these people: an action is listed exactly where the call gets as far as its body. Every call carries a
/// field that does not exist, which is told last, so that nothing is done by trying.
#[track_caller]
fn agree(office: &Office<'_>, people: &[&Person], address: &str, verbs: &[(&str, &str, &str)]) {
    for person in people {
        let shown = person.get(address).send();
        let listed: Vec<&str> = shown.json["permitted_actions"]
            .as_array()
            .map(|all| all.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        // Each by the version they see themselves: from the decision to the notice an applicant sees an earlier one.
        let sees = |person: &&&Person| person.get(address).send().status == 200;
        let reader = if sees(&person) { person } else { people.iter().find(sees).unwrap() };
        let version = office.version(reader, address);
        for (action, method, verb) in verbs {
            let path = format!("{address}{verb}");
            let body = json!({"no such field": 1});
            let told = changes_nothing(office.app.database(), || {
                person.request(method, &path).key(&fresh_key()).if_match(version).json(&body).send()
            });
            let accepted = told.status == 422;
            // One address may take two actions, which the body tells apart.
            let is_listed = verbs.iter().any(|(other, .., there)| there == verb && listed.contains(other));
            assert_eq!(accepted, is_listed, "{}: {action}, listed {listed:?}: {told}", person.name);
            assert!(accepted || [403, 404, 409].contains(&told.status), "{told}");
        }
        let known = |action: &&&str| verbs.iter().any(|(known, ..)| known == *action);
        assert!(listed.iter().all(|action| known(&action)), "{listed:?} has no route");
    }
}

const OF_APPLICATIONS: [(&str, &str, &str); 8] = [
    ("edit", "PATCH", ""),
    ("submit", "POST", "/submission"),
    ("withdraw", "POST", "/withdrawal"),
    ("check_form", "POST", "/form-check"),
    ("request_correction", "POST", "/correction-requests"),
    ("accept", "POST", "/eligibility"),
    ("reject", "POST", "/eligibility"),
    ("assign", "POST", "/reviews"),
];

fn permitted_actions_of_an_application_are_what_is_accepted(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let neighbour = office.a_group(Kind::Registered).admin;
    let project = office.drafted(&round, &group, content("50000.00"));
    let staff = office.staff().map(|(person, _)| person);
    let mut people = vec![&group.admin, &neighbour];
    people.extend(staff);
    let check = || agree(&office, &people, &project.path(), &OF_APPLICATIONS);
    check();
    office.submit(&project);
    check();
    let accept = json!({"outcome": "accept"});
    office.move_application(&office.officer, &project, "form-check", Some(accepting()));
    check();
    // Of the two that the same address takes, the second person is offered the one that agrees with the first.
    let second = office.see(&office.street, &project.path());
    assert_eq!(second.at("/permitted_actions"), &json!(["accept"]));
    office.move_application(&office.street, &project, "eligibility", Some(accept));
    check();
    let late = office.drafted(&round, &group, content("50000.00"));
    office.on_the(REVIEW_DAY);
    check();
    agree(&office, &people, &late.path(), &OF_APPLICATIONS);
    let experts = office.experts::<3>();
    let sheet = office.marked(&project, &experts[0], "80");
    check();
    office.hand_in(&sheet, &experts[0]);
    check();
    office.scored_by(&project, &experts[1..], &["81", "82"]);
    office.decided(&round);
    check();
    let notice = office.noticed(&round);
    check();
    office.on_the(APPROVAL_DAY);
    office.approved(&notice);
    check();
    office.signed(&office.award_of(&round, &project));
    check();
}

const OF_SHEETS: [(&str, &str, &str); 8] = [
    ("declare", "POST", "/declaration"),
    ("recuse", "POST", "/recusal"),
    ("mark", "PATCH", ""),
    ("submit", "POST", "/submission"),
    ("lock", "POST", "/lock"),
    ("note", "POST", "/supervisor-notes"),
    ("reopen", "POST", "/reopening"),
    ("release", "POST", "/release"),
];

fn permitted_actions_of_a_sheet_are_what_is_accepted(app: &TestApp) {
    let (office, _, project) = in_review(app);
    let [expert, other, friend] = office.experts::<3>();
    let mut people = vec![&expert.person, &other.person, &friend.person, &project.group.admin];
    people.extend(office.staff().map(|(person, _)| person));
    let check = |sheet: &str| agree(&office, &people, sheet, &OF_SHEETS);
    let sheet = office.assign(&project, &expert);
    check(&sheet);
    let by = &expert.person;
    let version =
        office.step(by, &format!("{sheet}/declaration"), office.version(by, &sheet), None).version();
    let body = json!({"marks": crate::support::marks("80"), "mark_comments": {"plan": "偏弱"}});
    office.act(by, "PATCH", &sheet, Some(body), Some(version));
    check(&sheet);
    let stepped_back = office.assign(&project, &friend);
    let version = office.version(&friend.person, &stepped_back);
    let tie = json!({"kind": "friend"});
    office.step(&friend.person, &format!("{stepped_back}/recusal"), version, Some(tie));
    check(&stepped_back);
    let open = office.marked(&project, &other, "80");
    office.hand_in(&sheet, &expert);
    check(&sheet);
    let note = office.noted(&sheet);
    check(&sheet);
    office.locked(&sheet);
    check(&sheet);
    office.reopened(&sheet, &note);
    check(&sheet);
    office.hand_in(&sheet, &expert);
    office.noted(&sheet);
    check(&sheet);
    office.move_application(&project.group.admin, &project, "withdrawal", None);
    check(&open);
    check(&sheet);
}

const OF_PAYMENTS: [(&str, &str, &str); 5] = [
    ("confirm", "POST", "/condition"),
    ("prepare", "POST", "/preparation"),
    ("check", "POST", "/check"),
    ("approve", "POST", "/approval"),
    ("pay", "POST", "/payment"),
];

fn permitted_actions_of_a_payment_are_what_is_accepted(app: &TestApp) {
    let office = Office::found(app);
    let (_, award) = office.a_signed_award();
    let jack = office.join("一身多职");
    let payee = &award.project.group.admin;
    for person in [&jack, payee] {
        for role in ["program_officer", "finance_maker", "finance_checker", "center_director"] {
            let member = json!({"user_id": person.id, "role": role});
            office.post(
                &office.admin,
                &format!("/api/v1/programmes/{}/members", office.programme),
                Some(member),
            );
        }
    }
    let request = office.requested(&award);
    let mut people = vec![&jack, payee];
    people.extend(office.staff().map(|(person, _)| person));
    for step in STEPS {
        agree(&office, &people, &request, &OF_PAYMENTS);
        let by = if ["preparation", "payment"].contains(&step) { &jack } else { office.payer(step) };
        let body = (step == "payment").then(|| json!({"bank_reference": "NB-1"}));
        office.step(by, &format!("{request}/{step}"), office.version(by, &request), body);
    }
    agree(&office, &people, &request, &OF_PAYMENTS);
}
