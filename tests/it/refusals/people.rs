//! Roles that exclude each other, and roles that are not given by hand.

use serde_json::json;

use crate::support::{Kind, Office, TestApp, changes_nothing};

on_both!(
    administrative_posts_stay_apart_from_money_and_scores,
    roles_of_organisations_are_not_given_by_hand,
    a_round_cannot_be_published_while_it_is_incomplete,
    a_profile_cannot_be_verified_with_a_wrong_code,
);

fn administrative_posts_stay_apart_from_money_and_scores(app: &TestApp) {
    let office = Office::found(app);
    let path = format!("/api/v1/programmes/{}/members", office.programme);
    let money = [
        "finance_maker",
        "finance_checker",
        "center_director",
        "bureau_approver",
        "foundation_cashier",
        "panel_chair",
    ];
    let conflict = |person: &str, role: &str| {
        changes_nothing(app.database(), || {
            let member = json!({"user_id": person, "role": role});
            office.admin.post(&path).json(&member).refused(409, "membership.role_conflict");
        });
    };
    for post in ["system_admin", "security_admin", "audit_admin"] {
        let officer = office.join("管理员");
        office.post(&office.admin, &path, Some(json!({"user_id": officer.id, "role": post})));
        for role in money {
            conflict(&officer.id, role);
        }
        // Nor by way of the pool of experts.
        let expert = json!({"user_id": officer.id, "name": "专家"});
        changes_nothing(app.database(), || {
            let pool = format!("/api/v1/programmes/{}/experts", office.programme);
            office.officer.post(&pool).json(&expert).refused(409, "membership.role_conflict");
        });
        for (person, role) in office.staff() {
            if money.contains(&role) {
                conflict(&person.id, post);
            }
        }
        conflict(&office.an_expert().person.id, post);
        conflict(&office.admin.id, "finance_maker");
    }
}

fn roles_of_organisations_are_not_given_by_hand(app: &TestApp) {
    let office = Office::found(app);
    let path = format!("/api/v1/programmes/{}/members", office.programme);
    let person = office.join("某人");
    for role in ["applicant", "org_admin", "reviewer", "sponsor_rep"] {
        let member = json!({"user_id": person.id, "role": role});
        changes_nothing(app.database(), || {
            office.admin.post(&path).json(&member).refused(422, "membership.role_not_given_here");
        });
    }
    let twice = json!({"user_id": office.auditor.id, "role": "auditor"});
    let nobody = json!({"user_id": yichuang::kernel::ids::UserId::generate().to_string(), "role": "auditor"});
    changes_nothing(app.database(), || {
        office.admin.post(&path).json(&twice).refused(409, "already_exists");
        office.admin.post(&path).json(&nobody).refused(404, "not_found");
        let king = json!({"user_id": person.id, "role": "king"});
        office.admin.post(&path).json(&king).refused(422, "field.invalid");
    });
}

fn a_round_cannot_be_published_while_it_is_incomplete(app: &TestApp) {
    let office = Office::found(app);
    let rounds = format!("/api/v1/programmes/{}/rounds", office.programme);
    let round = |budget: &str| json!({"name": "届", "year": 2011, "budget": budget, "opens_on": "2011-03-01", "closes_on": "2011-03-31"});
    let draft = office.post(&office.officer, &rounds, Some(round("0.00")));
    let path = format!("/api/v1/rounds/{}", draft.id());
    let publish = format!("{path}/publication");
    changes_nothing(app.database(), || {
        let told = office.director.post(&publish).key("k").if_match(1).refused(422, "E001");
        assert!(told.text("/detail").contains("budget, rubric"), "{told}");
    });
    let wrong_window = json!({
        "name": "届", "year": 2011, "budget": "1.00", "opens_on": "2011-04-01", "closes_on": "2011-03-31",
    });
    let rubric = json!({"criteria": [{"code": "a", "name": "项", "max": "99.50"}]});
    let policy = json!({"trim_from": 2, "shares_bp": [5000, 4000], "pass_line": "100.01"});
    changes_nothing(app.database(), || {
        office.officer.post(&rounds).json(&wrong_window).refused(422, "field.invalid");
        office.officer.put(&format!("{path}/rubric")).if_match(1).json(&rubric).refused(422, "rubric.sum");
        let told = office.officer.put(&format!("{path}/policy")).if_match(1).json(&policy).expect(422);
        let places: Vec<String> = told.faults().into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, ["/pass_line", "/trim_from", "/shares_bp"], "{told}");
    });
}

fn a_profile_cannot_be_verified_with_a_wrong_code(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let wrong = json!({"credit_code": "91350100M000100Y4Z"});
    let version = office.act(&group.admin, "PATCH", &group.path(), Some(wrong), Some(1)).version();
    changes_nothing(app.database(), || {
        let path = format!("{}/verification", group.path());
        office.officer.post(&path).if_match(version).refused(422, "credit_code.invalid");
    });
    let other = office.a_group(Kind::Registered);
    let code = office.see(&other.admin, &other.path()).text("/credit_code").to_owned();
    let version = office
        .act(&group.admin, "PATCH", &group.path(), Some(json!({"credit_code": code})), Some(version))
        .version();
    changes_nothing(app.database(), || {
        let path = format!("{}/verification", group.path());
        office.officer.post(&path).if_match(version).refused(409, "already_exists");
    });
}
