//! What the money must not do: F301 to F304, the cooling of accounts, a payee that changed.

use serde_json::{Value, json};

use crate::support::{
    APPROVAL_DAY, Award, Kind, Office, Person, Reply, Round, STEPS, TestApp, account, changes_nothing,
    content, fresh_key,
};

on_both!(
    an_account_bears_the_registered_name,
    a_changed_account_cools_for_a_day_and_is_checked_anew,
    an_account_is_replaced_by_whoever_saw_it,
    a_payee_that_changed_after_the_approval_is_not_paid,
    three_people_pay_and_none_of_the_payee,
    only_the_first_tranche_is_free_and_only_once,
    the_steps_of_a_payment_are_taken_in_order,
);

#[track_caller]
fn step_refused(
    office: &Office<'_>,
    by: &Person,
    request: &str,
    step: &str,
    status: u16,
    code: &str,
) -> Reply {
    let version = office.version(&office.auditor, request);
    changes_nothing(office.app.database(), || {
        let mut sent = by.post(&format!("{request}/{step}")).key(&fresh_key()).if_match(version);
        if step == "payment" {
            sent = sent.json(&json!({"bank_reference": "NB-1"}));
        }
        sent.refused(status, code)
    })
}

fn an_account_bears_the_registered_name(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let path = format!("{}/payee-account", group.path());
    let fields = |change: Value| {
        let mut all = account(&group.name);
        for (name, value) in change.as_object().unwrap() {
            all[name] = value.clone();
        }
        all
    };
    for (change, pointer) in [
        (json!({"account_number": "1234567"}), "/account_number"),
        (json!({"account_number": "1".repeat(29)}), "/account_number"),
        (json!({"account_number": "１２３４５６７８"}), "/account_number"),
        (json!({"bank_code": "31333208291"}), "/bank_code"),
        (json!({"bank_name": " "}), "/bank_name"),
        (json!({"account_name": ""}), "/account_name"),
    ] {
        let body = fields(change);
        let told = changes_nothing(app.database(), || group.admin.post(&path).json(&body).expect(422));
        assert_eq!(told.faults().first().unwrap().0, pointer, "{told}");
    }
    let other = office.post(&group.admin, &path, Some(fields(json!({"account_name": "张三"}))));
    let verification = format!("/api/v1/payee-accounts/{}/verification", other.id());
    let refused = |version: i64, code: &str| {
        changes_nothing(app.database(), || {
            office.maker.post(&verification).if_match(version).refused(409, code);
        });
    };
    refused(1, "organization.unverified");
    office.verify_group(&group);
    refused(1, "F301");
    // Blanks and full-width forms aside it is the registered name.
    let replaced = fields(json!({"account_name": format!(" {} ", group.name)}));
    let version = office.act(&group.admin, "PUT", &path, Some(replaced), Some(1)).version();
    office.step(&office.maker, &verification, version, None);
    refused(version + 1, "illegal_transition");
}

#[track_caller]
fn replace_account(office: &Office<'_>, award: &Award) -> Reply {
    let payee = award.project.group.payee();
    let path = format!("{}/payee-account", payee.path());
    let version = office.version(&payee.admin, &path);
    office.act(&payee.admin, "PUT", &path, Some(account(&payee.name)), Some(version))
}

#[track_caller]
fn verify_account(office: &Office<'_>, account: &Reply) {
    let path = format!("/api/v1/payee-accounts/{}/verification", account.id());
    office.step(&office.maker, &path, account.version(), None);
}

fn a_changed_account_cools_for_a_day_and_is_checked_anew(app: &TestApp) {
    let office = Office::found(app);
    let (_, award) = office.a_signed_award();
    let request = office.requested(&award);
    office.pay_step(&request, "condition");
    let account = replace_account(&office, &award);
    step_refused(&office, &office.maker, &request, "preparation", 409, "payee_account.unverified");
    verify_account(&office, &account);
    step_refused(&office, &office.maker, &request, "preparation", 409, "payee_account.cooling");
    // A second before the day is over, and when it is.
    app.move_clock_to("2011-04-20T01:59:59Z");
    office.sign_in_everybody();
    step_refused(&office, &office.maker, &request, "preparation", 409, "payee_account.cooling");
    app.move_clock_to("2011-04-20T02:00:00Z");
    office.pay_step(&request, "preparation");
    office.pay_step(&request, "check");
    // It cools again before the approval when it is changed in between.
    let account = replace_account(&office, &award);
    verify_account(&office, &account);
    step_refused(&office, &office.director, &request, "approval", 409, "payee_account.cooling");
}

fn an_account_is_replaced_by_whoever_saw_it(app: &TestApp) {
    let office = Office::found(app);
    let group = office.a_group(Kind::Registered);
    let path = format!("{}/payee-account", group.path());
    let body = account(&group.name);
    changes_nothing(app.database(), || {
        group.admin.put(&path).json(&body).refused(428, "precondition_required");
        group.admin.put(&path).json(&body).if_match(1).refused(412, "stale");
        group.admin.post(&path).json(&body).refused(409, "already_exists");
    });
}

fn a_payee_that_changed_after_the_approval_is_not_paid(app: &TestApp) {
    let office = Office::found(app);
    let (_, award) = office.a_signed_award();
    let request = office.requested(&award);
    office.paid_up_to(&request, "approval");
    let account = replace_account(&office, &award);
    step_refused(&office, &office.maker, &request, "payment", 409, "payee_account.changed");
    verify_account(&office, &account);
    office.on_the("2011-04-26");
    step_refused(&office, &office.maker, &request, "payment", 409, "payee_account.changed");
}

fn three_people_pay_and_none_of_the_payee(app: &TestApp) {
    let office = Office::found(app);
    let (_, award) = office.a_signed_award();
    let request = office.requested(&award);
    let give = |person: &Person, roles: &[&str]| {
        for role in roles {
            let member = json!({"user_id": person.id, "role": role});
            office.post(
                &office.admin,
                &format!("/api/v1/programmes/{}/members", office.programme),
                Some(member),
            );
        }
    };
    let all_roles = ["program_officer", "finance_maker", "finance_checker", "center_director"];
    // Somebody with every role of the chain can take one of its three duties, whichever comes first.
    let jack = office.join("一身多职");
    give(&jack, &all_roles);
    // The payee's own administrator holds them too, and may take no step at all.
    let payee = &award.project.group.admin;
    give(payee, &all_roles);
    let take = |by: &Person, step: &str| {
        let version = office.version(&office.auditor, &request);
        let body = (step == "payment").then(|| json!({"bank_reference": "NB-1"}));
        office.step(by, &format!("{request}/{step}"), version, body);
    };
    step_refused(&office, payee, &request, "condition", 403, "F304");
    take(&office.officer, "condition");
    step_refused(&office, payee, &request, "preparation", 403, "F304");
    take(&jack, "preparation");
    step_refused(&office, &jack, &request, "check", 403, "F304");
    step_refused(&office, payee, &request, "check", 403, "F304");
    take(&office.checker, "check");
    step_refused(&office, &jack, &request, "approval", 403, "F304");
    step_refused(&office, payee, &request, "approval", 403, "F304");
    take(&office.director, "approval");
    step_refused(&office, payee, &request, "payment", 403, "F304");
    take(&office.maker, "payment");
}

/// The people of a host are the payee's people too.
#[test]
fn the_people_of_the_host_do_not_pay_either() {
    let app = TestApp::spawn(crate::support::Engine::Sqlite);
    let office = Office::found(&app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Filed);
    let project = office.eligible(&round, &group, content("50000.00"));
    let award = signed(&office, &round, &project);
    let host = &group.payee().admin;
    let member = json!({"user_id": host.id, "role": "program_officer"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    let request = office.requested(&award);
    step_refused(&office, host, &request, "condition", 403, "F304");
}

fn signed(office: &Office<'_>, round: &Round, project: &crate::support::Project) -> Award {
    office.on_the(crate::support::REVIEW_DAY);
    office.scored_by(project, &office.experts::<3>(), &["85", "88", "82"]);
    office.on_the(crate::support::DECISION_DAY);
    office.decided(round);
    let notice = office.noticed(round);
    office.on_the(APPROVAL_DAY);
    office.approved(&notice);
    let award = office.award_of(round, project);
    office.signed(&award);
    award
}

fn only_the_first_tranche_is_free_and_only_once(app: &TestApp) {
    let office = Office::found(app);
    let (_, award) = office.a_signed_award();
    let admin = &award.project.group.admin;
    let ask = |number: i64, code: &str| {
        let id = office.tranche(&award, number)["id"].as_str().unwrap().to_owned();
        changes_nothing(app.database(), || {
            let path = format!("/api/v1/tranches/{id}/payment-requests");
            admin.post(&path).key(&fresh_key()).refused(409, code);
        });
    };
    ask(2, "F302");
    ask(3, "F302");
    let request = office.requested(&award);
    ask(1, "illegal_transition");
    office.paid_up_to(&request, "payment");
    ask(1, "illegal_transition");
    ask(2, "F302");
    for step in STEPS {
        step_refused(&office, office.payer(step), &request, step, 409, "illegal_transition");
    }
}

fn the_steps_of_a_payment_are_taken_in_order(app: &TestApp) {
    let office = Office::found(app);
    let (_, award) = office.a_signed_award();
    let request = office.requested(&award);
    for (done, next) in STEPS.iter().enumerate() {
        for (place, other) in STEPS.iter().enumerate().filter(|(place, _)| *place != done) {
            let by = office.payer(other);
            let told = step_refused(&office, by, &request, other, 409, "illegal_transition");
            assert!(place != done, "{told}");
        }
        office.pay_step(&request, next);
    }
}
