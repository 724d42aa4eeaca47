//! Number 25 and M5: whoever proposes does not decide, whoever makes does not check, also where one person holds both roles.
//! Each pair of steps of the fund is tried by somebody who holds every role there is.

use serde_json::{Value, json};

use crate::support::{
    APPROVAL_DAY, Kind, Office, Person, TestApp, accepting, account, changes_nothing, content, fresh_key,
};

on_both!(
    whoever_makes_a_payment_does_not_check_or_approve_it,
    whoever_proposes_does_not_decide,
    whoever_checks_does_not_confirm,
    nobody_verifies_their_own,
    whoever_admits_an_expert_is_not_one,
);

/// Somebody who holds every role of the office.
#[track_caller]
fn jack(office: &Office<'_>) -> Person {
    let jack = office.join("一身多职");
    give_all(office, &jack);
    jack
}

#[track_caller]
fn give_all(office: &Office<'_>, person: &Person) {
    for role in [
        "program_officer",
        "panel_chair",
        "supervisor",
        "finance_maker",
        "finance_checker",
        "center_director",
        "bureau_approver",
        "subdistrict_officer",
    ] {
        let member = json!({"user_id": person.id, "role": role});
        office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    }
}

#[track_caller]
fn refused(office: &Office<'_>, by: &Person, path: &str, version: i64, body: Option<&Value>, code: &str) {
    changes_nothing(office.app.database(), || {
        let request = by.post(path).key(&fresh_key()).if_match(version);
        match body {
            Some(body) => request.json(body).refused(403, code),
            None => request.refused(403, code),
        };
    });
}

fn whoever_makes_a_payment_does_not_check_or_approve_it(app: &TestApp) {
    let office = Office::found(app);
    let (_, award) = office.a_signed_award();
    let jack = jack(&office);
    let request = office.requested(&award);
    office.pay_step(&request, "condition");
    let version = || office.version(&office.auditor, &request);
    let take = |by: &Person, step: &str| office.step(by, &format!("{request}/{step}"), version(), None);
    // Jack makes: he neither checks nor approves. A second session of his is still his.
    take(&jack, "preparation");
    let again = app.sign_in_again(&jack);
    for person in [&jack, &again] {
        refused(&office, person, &format!("{request}/check"), version(), None, "F304");
    }
    take(&office.checker, "check");
    refused(&office, &jack, &format!("{request}/approval"), version(), None, "F304");
    refused(&office, &office.checker, &format!("{request}/approval"), version(), None, "forbidden");
    take(&office.director, "approval");
}

fn whoever_proposes_does_not_decide(app: &TestApp) {
    let office = Office::found(app);
    let (round, _, _) = office.a_scored_round();
    let jack = jack(&office);
    // The plan.
    let minutes = json!({"minutes": "会议一致同意按方案立项。"});
    let plan = office.post(&jack, &format!("{}/selection-plans", round.path()), None);
    let decision = format!("/api/v1/selection-plans/{}/decision", plan.id());
    refused(&office, &jack, &decision, plan.version(), Some(&minutes), "forbidden.same_person");
    office.step(&office.director, &decision, plan.version(), Some(minutes));
    // The notice: neither who decided nor who announced approves it in writing.
    let draft = office.post(&office.officer, &format!("{}/notices", round.path()), None);
    let notice = format!("/api/v1/notices/{}", draft.id());
    office.step(&jack, &format!("{notice}/publication"), draft.version(), None);
    give_all_that_is_missing(&office, &office.director, "bureau_approver");
    give_all_that_is_missing(&office, &office.officer, "bureau_approver");
    office.on_the(APPROVAL_DAY);
    let paper = json!({"document_number": "海民〔2011〕12号"});
    for person in [&jack, &office.director, &office.officer] {
        let path = format!("{notice}/bureau-approval");
        refused(&office, person, &path, draft.version() + 1, Some(&paper), "forbidden.same_person");
    }
    office.approved(&notice);
}

#[track_caller]
fn give_all_that_is_missing(office: &Office<'_>, person: &Person, role: &str) {
    let member = json!({"user_id": person.id, "role": role});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
}

fn whoever_checks_does_not_confirm(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.submitted(&round, &group, content("50000.00"));
    let jack = jack(&office);
    office.move_application(&jack, &project, "form-check", Some(accepting()));
    let version = office.version(&office.officer, &project.path());
    let accepted = json!({"outcome": "accept", "note": "材料齐全"});
    let path = format!("{}/eligibility", project.path());
    refused(&office, &jack, &path, version, Some(&accepted), "forbidden.same_person");
    // Of the group nobody of the office judges it, with whatever role.
    give_all(&office, &group.admin);
    refused(&office, &group.admin, &path, version, Some(&accepted), "forbidden.own_group");
}

fn nobody_verifies_their_own(app: &TestApp) {
    let office = Office::found(app);
    // The profile.
    let group = office.an_unverified_group(Kind::Registered);
    give_all(&office, &group.admin);
    refused(&office, &group.admin, &format!("{}/verification", group.path()), 1, None, "forbidden.own_group");
    office.verify_group(&group);
    // The account it is paid on.
    let path = format!("{}/payee-account", group.path());
    let stored = group.admin.get(&path).send();
    let account = if stored.status == 200 {
        stored
    } else {
        office.post(&group.admin, &path, Some(account(&group.name)))
    };
    if account.json["state"] != "verified" {
        let verification = format!("/api/v1/payee-accounts/{}/verification", account.id());
        refused(&office, &group.admin, &verification, account.version(), None, "forbidden.own_group");
    }
    // The company.
    let rep = office.join("企业代表");
    let company = json!({
        "name": "自证实业", "credit_code": crate::support::credit_code("91"), "budget": "80000.00", "quota": 1,
    });
    let path = format!("/api/v1/programmes/{}/enterprises", office.programme);
    let company = office.post(&rep, &path, Some(company));
    give_all(&office, &rep);
    let verification = format!("/api/v1/enterprises/{}/verification", company.id());
    refused(&office, &rep, &verification, company.version(), None, "forbidden.same_person");
    office.step(&office.officer, &verification, company.version(), None);
}

fn whoever_admits_an_expert_is_not_one(app: &TestApp) {
    let office = Office::found(app);
    let jack = jack(&office);
    let expert = json!({"user_id": jack.id, "name": jack.name, "expertise": ["elderly"]});
    let pool = format!("/api/v1/programmes/{}/experts", office.programme);
    changes_nothing(app.database(), || {
        jack.post(&pool).json(&expert).refused(403, "forbidden.same_person");
    });
}
