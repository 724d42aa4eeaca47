//! E101 to E114, alone and together (domain.md §2.3), and two people for the eligibility check.

use serde_json::{Value, json};

use crate::support::{
    Group, Kind, Office, Project, Reply, Round, TestApp, accepting, changes_nothing, content, fresh_key,
};

on_both!(
    every_rule_of_the_intake_refuses_alone_at_its_place,
    all_broken_rules_are_told_at_once,
    the_window_closes_at_midnight_of_ningbo,
    outside_the_window_alone_is_a_conflict,
    the_limit_counts_what_was_not_taken_back,
    a_draft_is_saved_with_anything_missing_but_not_handed_in,
    two_people_find_it_eligible_and_agree,
    a_group_that_is_not_verified_is_not_eligible,
    the_reference_is_the_offices_or_the_servers,
);

/// A policy with every limit there is.
fn strict() -> Value {
    json!({
        "cap": "50000.00", "min_members": 10, "max_per_organization": 1, "min_months": 6, "max_months": 12,
        "category_caps_bp": {"personnel": 3000, "overhead": 1000},
    })
}

/// Hands it in and expects exactly these faults.
#[track_caller]
fn told(office: &Office<'_>, project: &Project, status: u16, faults: &[(&str, &str)]) -> Reply {
    let admin = &project.group.admin;
    let version = office.version(admin, &project.path());
    let refused = changes_nothing(office.app.database(), || {
        admin.post(&format!("{}/submission", project.path())).if_match(version).key(&fresh_key()).send()
    });
    assert_eq!(refused.status, status, "{refused}");
    refused.assert_problem();
    let expected: Vec<_> = faults.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect();
    assert_eq!(refused.faults(), expected, "{refused}");
    refused
}

/// Valid content with this changed.
#[expect(clippy::needless_pass_by_value, reason = "the changes are made for the call")]
fn with(changes: Value) -> Value {
    let mut all = content("50000.00");
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

fn lines(of_the_fund: &[(&str, &str)]) -> Value {
    let mut all: Vec<Value> = of_the_fund
        .iter()
        .map(|(category, amount)| json!({"category": category, "item": "项", "amount": amount, "from_fund": true}))
        .collect();
    all.push(json!({"category": "volunteer", "item": "志愿", "amount": "1000.00", "from_fund": false}));
    json!(all)
}

/// Changes a group's profile so that it is what the test is about.
#[track_caller]
fn change(office: &Office<'_>, group: &Group, change: &Value) {
    let version = office.version(&group.admin, &group.path());
    office.act(&group.admin, "PATCH", &group.path(), Some(change.clone()), Some(version));
}

fn every_rule_of_the_intake_refuses_alone_at_its_place(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", strict());
    let fund = |amount: &str| lines(&[("activity", amount)]);
    // What is wrong with the draft of a group that is in order.
    let wrong_drafts = [
        (with(json!({"requested": "50000.01", "budget_lines": fund("50000.01")})), "/requested", "E107"),
        (with(json!({"ends_on": "2011-11-29"})), "/ends_on", "E110"),
        (with(json!({"ends_on": "2012-06-01"})), "/ends_on", "E110"),
        (with(json!({"ends_on": "2011-05-31"})), "/ends_on", "E110"),
        // 30 % of 51,000 is 15,300.
        (
            with(json!({"budget_lines": lines(&[("activity", "34699.99"), ("personnel", "15300.01")])})),
            "/budget_lines",
            "E112",
        ),
        (with(json!({"budget_lines": fund("49999.99")})), "/requested", "E114"),
        (with(json!({"own_funds": "1000.01"})), "/own_funds", "E114"),
    ];
    for (content, pointer, code) in wrong_drafts {
        let project = office.drafted(&round, &office.a_group(Kind::Registered), content);
        told(&office, &project, 422, &[(pointer, code)]);
    }
    // On the line it is right.
    let right = [
        with(json!({"ends_on": "2011-11-30"})),
        with(json!({"ends_on": "2012-05-31"})),
        with(json!({"budget_lines": lines(&[("activity", "34700.00"), ("personnel", "15300.00")])})),
    ];
    for content in right {
        office.submitted(&round, &office.a_group(Kind::Registered), content);
    }
    // What is wrong with the group.
    let group = office.a_group(Kind::Registered);
    change(&office, &group, &json!({"credit_code": "52330203MJ9X00014F"}));
    let project = office.drafted(&round, &group, content("50000.00"));
    let refused = told(&office, &project, 422, &[("/organization/credit_code", "E102")]);
    assert!(refused.text("/errors/0/detail").contains("18"), "it names the place: {refused}");

    let group = office.a_group(Kind::Filed);
    change(&office, &group, &json!({"members": 9}));
    let project = office.drafted(&round, &group, content("50000.00"));
    told(&office, &project, 422, &[("/organization/members", "E104")]);
    change(&office, &group, &json!({"members": 10}));
    office.submit(&project);

    // A host that has not consented, and one that has consented but has no account.
    let group = office.an_unverified_group(Kind::Filed);
    let host = group.host.clone().unwrap();
    let project = office.drafted(&round, &group, content("50000.00"));
    told(&office, &project, 422, &[("/organization/host_id", "E103")]);
    let version = office.version(&host.admin, &group.path());
    office.step(&host.admin, &format!("{}/fiscal-host/consent", group.path()), version, None);
    told(&office, &project, 422, &[("/organization/host_id", "E103")]);
    office.set_account(&host);
    office.submit(&project);
}

fn all_broken_rules_are_told_at_once(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", strict());
    let group = office.an_unverified_group(Kind::Filed);
    change(&office, &group, &json!({"members": 3, "credit_code": "52330203MJ9X0001"}));
    let wrong = with(json!({
        "title": "", "requested": "60000.00", "own_funds": "5.00", "ends_on": "2011-06-30",
        "budget_lines": lines(&[("overhead", "20000.00"), ("personnel", "30000.00")]),
    }));
    let project = office.drafted(&round, &group, wrong);
    let faults = [
        ("/title", "application.incomplete"),
        ("/organization/credit_code", "E102"),
        ("/organization/host_id", "E103"),
        ("/organization/members", "E104"),
        ("/requested", "E107"),
        ("/ends_on", "E110"),
        ("/budget_lines", "E112"),
        ("/budget_lines", "E112"),
        ("/requested", "E114"),
        ("/own_funds", "E114"),
    ];
    assert_eq!(told(&office, &project, 422, &faults).text("/code"), "invalid");
    // The window does not hide the others: E101 with others is 422 with all of them.
    office.on_the("2011-04-01");
    let late: Vec<_> = [("", "E101")].into_iter().chain(faults).collect();
    told(&office, &project, 422, &late);
}

/// One millisecond before and after the deadline, by the server's clock and the calendar of Ningbo.
fn the_window_closes_at_midnight_of_ningbo(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let [in_time, late] = std::array::from_fn(|_| {
        let group = office.a_group(Kind::Registered);
        office.drafted(&round, &group, content("50000.00"))
    });
    app.move_clock_to("2011-03-31T15:59:59.999Z");
    office.sign_in_everybody();
    office.submit(&in_time);
    app.move_clock_to("2011-03-31T16:00:00Z");
    office.sign_in_everybody();
    let refused = told(&office, &late, 409, &[("", "E101")]);
    assert_eq!(refused.text("/code"), "E101");
    assert!(refused.text("/detail").contains("2011-03-31"), "{refused}");
}

fn outside_the_window_alone_is_a_conflict(app: &TestApp) {
    let office = Office::found(app);
    let round = office.draft_round("100000.00", json!({}));
    app.move_clock_to("2011-02-28T15:59:59Z");
    office.sign_in_everybody();
    office.publish(&round);
    let group = office.a_group(Kind::Registered);
    // Before the window one may write, not hand in; after it not even begin.
    let project = office.drafted(&round, &group, content("50000.00"));
    assert_eq!(told(&office, &project, 409, &[("", "E101")]).text("/code"), "E101");
    office.on_the("2011-04-01");
    told(&office, &project, 409, &[("", "E101")]);
    let draft = json!({"organization_id": group.id});
    changes_nothing(app.database(), || {
        let path = format!("{}/applications", round.path());
        group.admin.post(&path).json(&draft).refused(409, "E101");
    });
}

fn the_limit_counts_what_was_not_taken_back(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"max_per_organization": 2}));
    let group = office.a_group(Kind::Registered);
    let first = office.submitted(&round, &group, content("50000.00"));
    office.submitted(&round, &group, content("40000.00"));
    let third = office.drafted(&round, &group, content("30000.00"));
    told(&office, &third, 422, &[("/organization_id", "E108")]);
    office.move_application(&group.admin, &first, "withdrawal", None);
    office.submit(&third);
    // Nobody else's limit is touched by that.
    office.submitted(&round, &office.a_group(Kind::Registered), content("30000.00"));
}

fn a_draft_is_saved_with_anything_missing_but_not_handed_in(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let empty = office.drafted(&round, &office.a_group(Kind::Registered), json!({}));
    let fields =
        ["title", "domain", "starts_on", "ends_on", "beneficiaries", "summary", "requested", "budget_lines"];
    let pointers: Vec<String> = fields.iter().map(|field| format!("/{field}")).collect();
    let faults: Vec<_> = pointers.iter().map(|at| (at.as_str(), "application.incomplete")).collect();
    told(&office, &empty, 422, &faults);
}

fn two_people_find_it_eligible_and_agree(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.submitted(&round, &office.a_group(Kind::Registered), content("50000.00"));
    let accept = json!({"outcome": "accept"});
    let reject = json!({"outcome": "reject", "reason_code": "E111"});
    let attempt = |by: &crate::support::Person, verb: &str, body: &Value, status: u16, code: &str| {
        let version = office.version(&office.officer, &project.path());
        changes_nothing(app.database(), || {
            let path = format!("{}/{verb}", project.path());
            by.post(&path).json(body).if_match(version).refused(status, code);
        });
    };
    attempt(&office.officer, "form-check", &json!({"outcome": "reject"}), 422, "eligibility.reason_required");
    // Every point of the checklist that is open is told.
    let open = changes_nothing(app.database(), || {
        let version = office.version(&office.officer, &project.path());
        let path = format!("{}/form-check", project.path());
        let some = json!({"outcome": "accept", "checklist": ["materials", "identity", "scope"]});
        office.officer.post(&path).json(&some).if_match(version).send()
    });
    assert_eq!(open.status, 422, "{open}");
    let points = [("/checklist".to_owned(), "eligibility.checklist_open".to_owned())];
    assert_eq!(open.faults(), [points.clone(), points].concat(), "{open}");
    office.move_application(&office.officer, &project, "form-check", Some(accepting()));
    attempt(&office.officer, "eligibility", &accept, 403, "forbidden.same_person");
    attempt(&office.street, "eligibility", &reject, 409, "eligibility.opinions_differ");
    // Agreed: the first changes the finding, the second confirms it. The first may not do both now either.
    office.move_application(&office.officer, &project, "form-check", Some(reject.clone()));
    attempt(&office.officer, "eligibility", &reject, 403, "forbidden.same_person");
    office.move_application(&office.second_officer, &project, "eligibility", Some(reject));
    assert_eq!(office.see(&office.auditor, &project.path()).text("/state"), "rejected");
}

fn a_group_that_is_not_verified_is_not_eligible(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.an_unverified_group(Kind::Registered);
    let project = office.submitted(&round, &group, content("50000.00"));
    let accept = json!({"outcome": "accept"});
    let version =
        office.move_application(&office.officer, &project, "form-check", Some(accepting())).version();
    let path = format!("{}/eligibility", project.path());
    changes_nothing(app.database(), || {
        office.street.post(&path).json(&accept).if_match(version).refused(409, "organization.unverified");
    });
    office.verify_group(&group);
    office.step(&office.street, &path, version, Some(accept));
}

fn the_reference_is_the_offices_or_the_servers(app: &TestApp) {
    let office = Office::found(app);
    let numbered = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let given = json!({"organization_id": group.id, "reference": "HS-7"});
    let without = json!({"organization_id": group.id});
    let refused = |round: &Round, body: &Value, status: u16, code: &str| {
        changes_nothing(app.database(), || {
            let path = format!("{}/applications", round.path());
            group.admin.post(&path).json(body).refused(status, code);
        });
    };
    refused(&numbered, &given, 422, "application.reference_unexpected");

    let round = json!({
        "name": "重演", "year": 2011, "budget": "1.00", "opens_on": "2011-03-01", "closes_on": "2011-03-31",
        "references_given": true,
    });
    let draft =
        office.post(&office.officer, &format!("/api/v1/programmes/{}/rounds", office.programme), Some(round));
    let round = Round { id: draft.id() };
    let rubric = format!("{}/rubric", round.path());
    office.act(&office.officer, "PUT", &rubric, Some(crate::support::rubric()), Some(draft.version()));
    office.publish(&round);
    refused(&round, &without, 422, "field.required");
    let path = format!("{}/applications", round.path());
    assert_eq!(office.post(&group.admin, &path, Some(given.clone())).text("/reference"), "HS-7");
    refused(&round, &given, 409, "already_exists");
}
