//! What is recorded of an organisation, and what a later stage is told of it.

use serde_json::{Value, json};
use yichuang::{
    kernel::ids::OrganizationId,
    organizations::{self, Organization, SharedThing, Standing},
};

use crate::support::{
    APPROVAL_DAY, Kind, Office, REVIEW_DAY, TestApp, account, changes_nothing, content, credit_code,
    fresh_phone,
};

on_both!(
    every_record_is_told_to_the_stage_that_asks,
    wrong_records_are_refused_with_all_their_faults,
    records_are_for_the_office_and_the_groups_own_people,
    a_person_is_debarred_by_phone_number_or_by_name,
    an_award_becomes_an_unfinished_project,
    organizations_that_share_a_person_an_account_or_a_phone_are_found,
);

#[track_caller]
fn found(app: &TestApp, id: &str) -> Organization {
    let id: OrganizationId = id.parse().unwrap();
    app.database().read_now(|conn| Ok(organizations::find(conn, id)?)).unwrap().unwrap()
}

#[track_caller]
fn standing(app: &TestApp, id: &str) -> Standing {
    let organization = found(app, id);
    app.database().read_now(|conn| organizations::standing(conn, &organization)).unwrap()
}

fn every_record_is_told_to_the_stage_that_asks(app: &TestApp) {
    let office = Office::found(app);
    let group = office.a_group(Kind::Registered);
    let by = &office.officer;
    for (year, result) in [(2009, "failed"), (2010, "passed")] {
        let check = json!({"year": year, "result": result});
        office.post(by, &format!("{}/annual-checks", group.path()), Some(check));
    }
    let listing = json!({"list": "serious_violation", "listed_on": "2010-05-01", "evidence": "公告"});
    office.post(by, &format!("{}/listings", group.path()), Some(listing));
    let grade = json!({"level": 5, "issued_on": "2008-02-29"});
    office.post(by, &format!("{}/grades", group.path()), Some(grade));
    let debarment = json!({
        "organization_id": group.id, "reason": "违约", "starts_on": "2011-01-01", "ends_on": "2014-01-01",
    });
    let debarments = format!("/api/v1/programmes/{}/debarments", office.programme);
    office.post(by, &debarments, Some(debarment));

    let known = standing(app, &group.id);
    let years: Vec<i32> = known.annual_checks.iter().map(|check| check.year).collect();
    assert_eq!(years, [2010, 2009]);
    assert!(known.listings[0].removed_on.is_none());
    assert_eq!(known.debarments[0].ends_on.to_string(), "2014-01-01");
    // A grade holds for five years; the last day of February is one where there is no 29th.
    assert_eq!((known.grades[0].level, known.grades[0].expires_on.to_string()), (5, "2013-02-28".to_owned()));
    assert!(known.track_record.is_empty());
    assert!(standing(app, &office.a_group(Kind::Registered).id).annual_checks.is_empty());
}

fn wrong_records_are_refused_with_all_their_faults(app: &TestApp) {
    let office = Office::found(app);
    let group = office.a_group(Kind::Registered);
    let refused = |path: &str, body: Value, pointers: &[&str]| {
        let told = changes_nothing(app.database(), || {
            office.officer.post(path).json(&body).refused(422, "field.invalid")
        });
        let told: Vec<String> = told.faults().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(told, pointers, "{body}");
    };
    let checks = format!("{}/annual-checks", group.path());
    refused(&checks, json!({"year": 2012, "result": "passed"}), &["/year"]);
    refused(&checks, json!({"year": 1800, "result": "passed"}), &["/year"]);
    refused(&checks, json!({"year": 2010, "result": "good"}), &["/result"]);
    let listings = format!("{}/listings", group.path());
    let listing = json!({
        "list": "abnormal", "listed_on": "2011-03-03", "removed_on": "2011-03-01", "evidence": "公告",
    });
    refused(&listings, listing, &["/listed_on", "/removed_on"]);
    let grades = format!("{}/grades", group.path());
    refused(
        &grades,
        json!({"level": 6, "issued_on": "2012-01-01", "expires_on": "2011-01-01"}),
        &["/level", "/issued_on", "/expires_on"],
    );
    let debarments = format!("/api/v1/programmes/{}/debarments", office.programme);
    let body = json!({
        "person_name": "赵某", "reason": "x", "starts_on": "2011-02-01", "ends_on": "2011-01-31",
    });
    refused(&debarments, body, &["/ends_on"]);
    let nobody = json!({"reason": "", "starts_on": "2011-02-01", "ends_on": "2011-03-31"});
    let told = office.officer.post(&debarments).json(&nobody).refused(422, "debarment.of_nobody");
    assert_eq!(told.faults().len(), 2, "{told}");
    let elsewhere = Office::found(app).a_group(Kind::Registered).id;
    let stranger = json!({
        "organization_id": elsewhere, "reason": "x", "starts_on": "2011-02-01", "ends_on": "2011-03-31",
    });
    office.officer.post(&debarments).json(&stranger).refused(422, "organization.unknown");

    // One check a year; what is over is not ended again.
    let check = json!({"year": 2010, "result": "passed"});
    office.post(&office.officer, &checks, Some(check.clone()));
    office.officer.post(&checks).json(&check).refused(409, "already_exists");
    let listing = json!({"list": "abnormal", "listed_on": "2010-03-03", "evidence": "公告"});
    let listing = office.post(&office.officer, &listings, Some(listing));
    let removal = format!("/api/v1/listings/{}/removal", listing.id());
    let early = json!({"removed_on": "2010-03-02"});
    office.officer.post(&removal).json(&early).if_match(1).refused(422, "field.invalid");
    let removed = json!({"removed_on": "2011-01-01", "evidence": "移出公告"});
    let shown = office.step(&office.officer, &removal, 1, Some(removed.clone()));
    assert_eq!(shown.text("/evidence"), "公告\n移出公告");
    office.officer.post(&removal).json(&removed).if_match(2).refused(409, "illegal_transition");
    let debarment = json!({
        "person_name": "赵某", "reason": "x", "starts_on": "2011-02-01", "ends_on": "2012-01-31",
    });
    let debarment = office.post(&office.officer, &debarments, Some(debarment));
    let early_end = format!("/api/v1/debarments/{}/lifting", debarment.id());
    let longer = json!({"ends_on": "2012-02-01", "reason": "x"});
    office.officer.post(&early_end).json(&longer).if_match(1).refused(422, "field.invalid");
    let shorter = json!({"ends_on": "2011-03-01", "reason": "申诉"});
    office.step(&office.officer, &early_end, 1, Some(shorter.clone()));
    office.officer.post(&early_end).json(&shorter).if_match(2).refused(409, "illegal_transition");
}

fn records_are_for_the_office_and_the_groups_own_people(app: &TestApp) {
    let office = Office::found(app);
    let group = office.a_group(Kind::Filed);
    let host = group.host.clone().unwrap();
    let neighbour = office.a_group(Kind::Registered);
    for noun in ["annual-checks", "listings", "grades", "invitations"] {
        let path = format!("{}/{noun}", group.path());
        for person in [&group.admin, &office.auditor] {
            person.get(&path).expect(200);
        }
        for person in [&neighbour.admin, &host.admin, &office.worker] {
            person.get(&path).refused(404, "not_found");
        }
    }
    let own = format!("/api/v1/programmes/{}/track-records?organization_id={}", office.programme, group.id);
    group.admin.get(&own).expect(200);
    neighbour.admin.get(&own).refused(404, "not_found");
    let all = format!("/api/v1/programmes/{}/track-records", office.programme);
    group.admin.get(&all).refused(404, "not_found");
}

fn a_person_is_debarred_by_phone_number_or_by_name(app: &TestApp) {
    let office = Office::found(app);
    let phone = fresh_phone();
    let debarments = format!("/api/v1/programmes/{}/debarments", office.programme);
    for person in [json!({"person_name": "赵某", "person_phone": phone}), json!({"person_name": "钱 某"})]
    {
        let mut body = json!({"reason": "违约", "starts_on": "2011-01-01", "ends_on": "2014-01-01"});
        for (field, value) in person.as_object().unwrap() {
            body[field] = value.clone();
        }
        office.post(&office.officer, &debarments, Some(body));
    }
    let programme = office.programme.parse().unwrap();
    let meant = |name: Option<&str>, phone: Option<&str>| {
        let found =
            app.database().read_now(|conn| organizations::debarments_of_person(conn, programme, name, phone));
        found.unwrap().len()
    };
    let other = fresh_phone();
    assert_eq!(meant(Some("赵某"), Some(&phone)), 1);
    assert_eq!(meant(Some("改了名"), Some(&phone)), 1, "the number decides");
    assert_eq!(meant(Some("赵某"), Some(&other)), 0, "somebody of the same name");
    assert_eq!(meant(Some("赵某"), None), 1);
    assert_eq!(meant(Some("钱某"), Some(&other)), 1, "no number is known of the debarred one");
    assert_eq!(meant(None, None) + meant(Some("孙某"), None), 0);
}

fn an_award_becomes_an_unfinished_project(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"pass_line": "60.00"}));
    let group = office.a_group(Kind::Registered);
    let project = office.eligible(&round, &group, content("50000.00"));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    office.scored_by(&project, &experts, &["85", "86", "87"]);
    office.on_the(crate::support::DECISION_DAY);
    office.decided(&round);
    let notice = office.noticed(&round);
    assert!(standing(app, &group.id).track_record.is_empty());
    office.on_the(APPROVAL_DAY);
    office.approved(&notice);
    let list = format!("/api/v1/programmes/{}/track-records", office.programme);
    let shown = office.see(&office.auditor, &list);
    let record = &shown.items()[0];
    assert_eq!(record["organization_id"], group.id);
    assert_eq!(record["outcome"], "unfinished");
    assert_eq!((&record["amount"], &record["title"]), (&json!("40000.00"), &json!("暖巷助老")));
    assert_eq!(record["permitted_actions"], json!([]));
    let path = format!("/api/v1/track-records/{}/outcome", record["id"].as_str().unwrap());
    let failed = json!({"outcome": "failed", "debarred_until": "2013-12-31"});
    office.act(&office.officer, "PUT", &path, Some(failed), Some(1));
    let known = standing(app, &group.id).track_record;
    assert_eq!(known[0].debarred_until.unwrap().to_string(), "2013-12-31");
    let passed = json!({"outcome": "passed"});
    office.act(&office.officer, "PUT", &path, Some(passed), Some(2));
    assert!(standing(app, &group.id).track_record[0].debarred_until.is_none());
}

fn organizations_that_share_a_person_an_account_or_a_phone_are_found(app: &TestApp) {
    let office = Office::found(app);
    let [one, same_person, same_account, same_phone, _other] =
        std::array::from_fn(|_| office.an_unverified_group(Kind::Registered));
    let member = json!({"user_id": one.admin.id, "role": "applicant"});
    office.post(&same_person.admin, &format!("{}/members", same_person.path()), Some(member));
    let payee = account(&one.name);
    for group in [&one, &same_account] {
        office.post(&group.admin, &format!("{}/payee-account", group.path()), Some(payee.clone()));
    }
    let phone = fresh_phone();
    for (group, field) in [(&one, "head_phone"), (&same_phone, "contact_phone")] {
        let version = office.version(&group.admin, &group.path());
        office.act(&group.admin, "PATCH", &group.path(), Some(json!({field: phone})), Some(version));
    }
    // Another programme's organisations are nobody's neighbours.
    let elsewhere = Office::found(app);
    let profile = json!({"name": "他处社", "kind": "association", "members": 3, "subdistrict": "月湖街道",
                         "credit_code": credit_code("51"), "head_phone": phone});
    let path = format!("/api/v1/programmes/{}/organizations", elsewhere.programme);
    elsewhere.post(&one.admin, &path, Some(profile));

    let organization = found(app, &one.id);
    let programme = organization.programme_id;
    let shared =
        app.database().read_now(|conn| organizations::sharing(conn, programme, &organization)).unwrap();
    let told: Vec<(String, SharedThing)> =
        shared.into_iter().map(|shared| (shared.organization_id.to_string(), shared.thing)).collect();
    let expected = [
        (same_person.id, SharedThing::Person),
        (same_account.id, SharedThing::PayeeAccount),
        (same_phone.id, SharedThing::Phone),
    ];
    assert_eq!(told, expected);
}
