//! The steps of a whole round that are about organisations and their people.

use serde_json::{Value, json};

use super::{Ended, Group, Kind, Office, Person, credit_code, people::fresh_phone};

/// What is left to look at.
pub struct Known {
    /// A registered organisation of which everything is recorded.
    pub group: Group,
    /// Somebody with notices on their home page.
    pub reader: Person,
}

/// Units, records, an upgrade, a merger, invitations, codes and slips.
#[track_caller]
pub fn organizations_and_people(office: &Office<'_>) -> Known {
    let group = office.a_group(Kind::Registered);
    units(office, &group);
    records(office, &group);
    registry(office, &group);
    let reader = invitations(office, &group);
    codes(office, &group);
    notices(office, &group.admin);
    Known { group, reader }
}

/// How the award of the round ended.
#[track_caller]
pub fn outcome(office: &Office<'_>) {
    let list = format!("/api/v1/programmes/{}/track-records", office.programme);
    let record = office.see(&office.officer, &list).items()[0].clone();
    let path = format!("/api/v1/track-records/{}/outcome", record["id"].as_str().unwrap());
    let body = json!({"outcome": "excellent"});
    office.act(&office.officer, "PUT", &path, Some(body), record["version"].as_i64());
}

fn units(office: &Office<'_>, group: &Group) {
    let path = format!("/api/v1/programmes/{}/admin-units", office.programme);
    let district = json!({"level": "district", "name": "海曙区", "code": "330203"});
    let district = office.post(&office.officer, &path, Some(district)).id();
    let street = json!({
        "level": "subdistrict", "name": "月湖街道", "code": "330203004", "parent_id": district,
    });
    let street = office.post(&office.officer, &path, Some(street));
    let renamed = json!({"name": "月湖街道办事处"});
    let unit = format!("/api/v1/admin-units/{}", street.id());
    office.act(&office.officer, "PATCH", &unit, Some(renamed), Some(street.version()));
    let profile = json!({"unit_id": street.id()});
    let version = office.version(&group.admin, &group.path());
    office.act(&group.admin, "PATCH", &group.path(), Some(profile), Some(version));
    office.verify_group(group);
}

fn records(office: &Office<'_>, group: &Group) {
    let by = &office.officer;
    let check = json!({"year": 2010, "result": "not_checked"});
    let check = office.post(by, &format!("{}/annual-checks", group.path()), Some(check));
    let path = format!("/api/v1/annual-checks/{}", check.id());
    office.act(by, "PATCH", &path, Some(json!({"result": "passed"})), Some(check.version()));
    let listing = json!({"list": "abnormal", "listed_on": "2009-03-01", "evidence": "甬民〔2009〕3 号"});
    let listing = office.post(by, &format!("{}/listings", group.path()), Some(listing));
    let path = format!("/api/v1/listings/{}/removal", listing.id());
    office.step(by, &path, listing.version(), Some(json!({"removed_on": "2010-01-01"})));
    let grade = json!({"level": 3, "issued_on": "2009-06-01"});
    let grade = office.post(by, &format!("{}/grades", group.path()), Some(grade));
    let path = format!("/api/v1/grades/{}", grade.id());
    office.act(by, "PATCH", &path, Some(json!({"level": 4})), Some(grade.version()));
    let debarment = json!({
        "person_name": "赵某", "reason": "违反协议", "starts_on": "2010-01-01", "ends_on": "2013-01-01",
    });
    let path = format!("/api/v1/programmes/{}/debarments", office.programme);
    let debarment = office.post(by, &path, Some(debarment));
    let path = format!("/api/v1/debarments/{}/lifting", debarment.id());
    let earlier = json!({"ends_on": "2011-03-31", "reason": "申诉成立"});
    office.step(by, &path, debarment.version(), Some(earlier));
}

fn registry(office: &Office<'_>, group: &Group) {
    let filed = office.an_unverified_group(Kind::Filed);
    let version = office.version(&filed.admin, &filed.path());
    let registered = json!({"kind": "association", "credit_code": credit_code("51")});
    office.step(&filed.admin, &format!("{}/registration", filed.path()), version, Some(registered));
    let twin = office.an_unverified_group(Kind::Registered);
    let version = office.version(&office.officer, &twin.path());
    let merger = json!({"into": group.id, "reason": "重复登记"});
    office.step(&office.officer, &format!("{}/merger", twin.path()), version, Some(merger));
}

fn invitations(office: &Office<'_>, group: &Group) -> Person {
    let path = format!("{}/invitations", group.path());
    let invitation = |name: &str| json!({"name": name, "phone": fresh_phone(), "role": "applicant"});
    let withdrawn = office.post(&group.admin, &path, Some(invitation("周三")));
    let withdrawal = format!("/api/v1/invitations/{}/withdrawal", withdrawn.id());
    office.step(&group.admin, &withdrawal, withdrawn.version(), None);
    let accepted = office.post(&group.admin, &path, Some(invitation("吴四")));
    let person = office.join("吴四");
    let token = token_of(accepted.text("/link"));
    office.post(&person, "/api/v1/invitations/acceptance", Some(json!({"token": token})));
    person
}

/// What stands behind `#`.
#[track_caller]
pub fn token_of(link: &str) -> &str {
    link.split_once('#').expect("a token behind #").1
}

fn codes(office: &Office<'_>, group: &Group) {
    let slip = json!({"user_id": group.admin.id});
    office.post(&office.officer, &format!("{}/slips", group.path()), Some(slip));
    let phone = json!({"phone": group.admin.login});
    office.app.client().post("/api/v1/sign-in-codes").json(&phone).expect(202);
    let code = office.app.code_sent_to(&group.admin.login);
    let credentials = json!({"phone": group.admin.login, "code": code});
    office.app.client().post("/api/v1/sessions/by-code").json(&credentials).expect(201);
}

fn notices(office: &Office<'_>, person: &Person) {
    let list = office.see(person, "/api/v1/notifications?unread=true");
    let id = list.items()[0]["id"].as_str().unwrap().to_owned();
    office.post(person, &format!("/api/v1/notifications/{id}/reading"), None);
}

/// Reads what there is to read of it.
#[track_caller]
pub fn looked_at_organizations(office: &Office<'_>, ended: &Ended) {
    let Known { group, reader } = &ended.known;
    let programme = format!("/api/v1/programmes/{}", office.programme);
    for (path, person) in [
        (format!("{programme}/admin-units"), &group.admin),
        (format!("{programme}/debarments"), &office.auditor),
        (format!("{programme}/track-records"), &office.auditor),
        (format!("{}/annual-checks", group.path()), &group.admin),
        (format!("{}/listings", group.path()), &group.admin),
        (format!("{}/grades", group.path()), &office.auditor),
        (format!("{}/invitations", group.path()), &group.admin),
        ("/api/v1/notifications".to_owned(), reader),
    ] {
        office.see(person, &path);
    }
}

/// What a filed group says of itself so that it can be verified.
pub fn filed_details() -> Value {
    json!({
        "head_name": "陈一", "head_phone": fresh_phone(), "charter": "本社为社区居民自愿组成的互助组织。",
        "place": "月湖街道平桥社区活动室", "filing_unit": "月湖街道办事处",
    })
}
