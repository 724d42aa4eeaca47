//! Data scope by the level of a unit.

use serde_json::json;

use crate::support::{Group, Kind, Office, Person, TestApp, accepting, changes_nothing, content};

on_both!(
    an_officer_of_one_subdistrict_does_not_see_the_groups_of_another,
    a_community_worker_sees_the_groups_of_their_community,
    the_scope_holds_in_later_stages_too,
    the_tree_has_three_levels_in_their_order,
    a_unit_in_use_is_not_taken_out_of_use,
    only_who_works_in_the_streets_is_bound_to_a_unit,
    a_group_belongs_to_a_unit_of_its_own_programme,
);

struct Tree {
    district: String,
    moon_lake: String,
    white_cloud: String,
    flat_bridge: String,
}

#[track_caller]
fn unit(office: &Office<'_>, level: &str, name: &str, parent: Option<&str>) -> String {
    let path = format!("/api/v1/programmes/{}/admin-units", office.programme);
    let code = format!("U{}", crate::support::fresh_number());
    let body = json!({"level": level, "name": name, "code": code, "parent_id": parent});
    office.post(&office.officer, &path, Some(body)).id()
}

#[track_caller]
fn tree(office: &Office<'_>) -> Tree {
    let district = unit(office, "district", "海曙区", None);
    let moon_lake = unit(office, "subdistrict", "月湖街道", Some(&district));
    let white_cloud = unit(office, "subdistrict", "白云街道", Some(&district));
    let flat_bridge = unit(office, "community", "平桥社区", Some(&moon_lake));
    Tree { district, moon_lake, white_cloud, flat_bridge }
}

#[track_caller]
fn bound(office: &Office<'_>, role: &str, unit: &str) -> Person {
    let person = office.join("基层人员");
    let member = json!({"user_id": person.id, "role": role, "unit_id": unit});
    let path = format!("/api/v1/programmes/{}/members", office.programme);
    office.post(&office.admin, &path, Some(member));
    person
}

/// A verified group of a unit.
#[track_caller]
fn group_of(office: &Office<'_>, unit: &str) -> Group {
    let group = office.a_group(Kind::Registered);
    let version = office.version(&group.admin, &group.path());
    office.act(&group.admin, "PATCH", &group.path(), Some(json!({"unit_id": unit})), Some(version));
    office.verify_group(&group);
    group
}

#[track_caller]
fn seen_in(person: &Person, list: &str) -> Vec<String> {
    let ids = person.get(list).expect(200).items().to_vec();
    ids.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn an_officer_of_one_subdistrict_does_not_see_the_groups_of_another(app: &TestApp) {
    let office = Office::found(app);
    let units = tree(&office);
    let officer = bound(&office, "subdistrict_officer", &units.moon_lake);
    let round = office.published_round("100000.00", json!({}));
    let [here, below, there] = [&units.moon_lake, &units.flat_bridge, &units.white_cloud]
        .map(|unit| office.submitted(&round, &group_of(&office, unit), content("50000.00")));
    let nowhere = office.submitted(&round, &office.a_group(Kind::Registered), content("50000.00"));

    let organizations = format!("/api/v1/programmes/{}/organizations", office.programme);
    assert_eq!(seen_in(&officer, &organizations), [here.group.id.clone(), below.group.id.clone()]);
    let applications = format!("{}/applications", round.path());
    assert_eq!(seen_in(&officer, &applications), [here.id.clone(), below.id.clone()]);
    for project in [&here, &below] {
        officer.get(&project.group.path()).expect(200);
        officer.get(&project.path()).expect(200);
    }
    let accept = json!({"outcome": "accept", "note": "材料齐全"});
    for project in [&there, &nowhere] {
        officer.get(&project.group.path()).refused(404, "not_found");
        officer.get(&format!("{}/grades", project.group.path())).refused(404, "not_found");
        officer.get(&project.path()).refused(404, "not_found");
        let version = office.version(&office.officer, &project.path());
        changes_nothing(app.database(), || {
            let check = format!("{}/form-check", project.path());
            officer.post(&check).json(&accept).if_match(version).refused(404, "not_found");
            let slip = json!({"user_id": project.group.admin.id});
            let slips = format!("{}/slips", project.group.path());
            officer.post(&slips).json(&slip).refused(404, "not_found");
        });
    }
    // Of the whole programme's lists somebody of one street sees none.
    officer.get(&format!("/api/v1/programmes/{}/debarments", office.programme)).refused(404, "not_found");

    // Hers she checks, to the end.
    office.move_application(&office.officer, &below, "form-check", Some(accepting()));
    office.move_application(&officer, &below, "eligibility", Some(accept.clone()));
    office.move_application(&office.officer, &there, "form-check", Some(accepting()));
    let version = office.version(&office.officer, &there.path());
    let path = format!("{}/eligibility", there.path());
    officer.post(&path).json(&accept).if_match(version).refused(404, "not_found");

    // Whoever is bound to the district sees all of its groups; who is bound to nothing sees everything, as before.
    let of_district = bound(&office, "subdistrict_officer", &units.district);
    assert_eq!(seen_in(&of_district, &applications).len(), 3);
    assert_eq!(seen_in(&office.street, &applications).len(), 4);
    let me = officer.get("/api/v1/me").expect(200);
    assert_eq!(me.text("/roles/0/unit_id"), units.moon_lake);
}

fn a_community_worker_sees_the_groups_of_their_community(app: &TestApp) {
    let office = Office::found(app);
    let units = tree(&office);
    let worker = bound(&office, "community_worker", &units.flat_bridge);
    let round = office.published_round("100000.00", json!({}));
    let [here, above] = [&units.flat_bridge, &units.moon_lake].map(|unit| group_of(&office, unit));
    worker.get(&here.path()).expect(200);
    worker.get(&above.path()).refused(404, "not_found");
    // Where a group is paid is none of a community's business, and a worker without a community sees none.
    worker.get(&format!("{}/payee-account", here.path())).refused(404, "not_found");
    office.worker.get(&here.path()).refused(404, "not_found");
    let list = format!("/api/v1/programmes/{}/organizations", office.programme);
    assert_eq!(seen_in(&worker, &list), std::slice::from_ref(&here.id));
    assert!(seen_in(&office.worker, &list).is_empty());
    // What the group hands in they see, a draft nobody but its authors.
    let [submitted, elsewhere] =
        [&here, &above].map(|group| office.submitted(&round, group, content("50000.00")));
    let draft = office.drafted(&round, &here, content("40000.00"));
    let list = format!("{}/applications", round.path());
    assert_eq!(seen_in(&worker, &list), std::slice::from_ref(&submitted.id));
    worker.get(&submitted.path()).expect(200);
    for hidden in [&elsewhere, &draft] {
        worker.get(&hidden.path()).refused(404, "not_found");
    }
    assert!(seen_in(&office.worker, &list).is_empty());
}

fn the_scope_holds_in_later_stages_too(app: &TestApp) {
    let office = Office::found(app);
    let units = tree(&office);
    let (round, award) = office.a_signed_award();
    let request = office.requested(&award);
    let group = &award.project.group;
    let version = office.version(&group.admin, &group.path());
    let belongs = json!({"unit_id": units.white_cloud});
    office.act(&group.admin, "PATCH", &group.path(), Some(belongs), Some(version));
    let [here, there] =
        [&units.white_cloud, &units.moon_lake].map(|unit| bound(&office, "subdistrict_officer", unit));
    let payee = format!("{}/payee-account", group.path());
    for path in [&award.path(), &format!("{}/agreement", award.path()), &request, &payee] {
        here.get(path).expect(200);
        there.get(path).refused(404, "not_found");
    }
    let awards = format!("{}/awards", round.path());
    assert_eq!(here.get(&awards).expect(200).items().len(), 1);
    assert!(there.get(&awards).expect(200).items().is_empty());
    // Nor is the list of a whole round's payments for one street.
    here.get(&format!("{}/payment-requests", round.path())).refused(404, "not_found");
}

fn the_tree_has_three_levels_in_their_order(app: &TestApp) {
    let office = Office::found(app);
    let units = tree(&office);
    let elsewhere = Office::found(app);
    let theirs = unit(&elsewhere, "district", "鄞州区", None);
    let path = format!("/api/v1/programmes/{}/admin-units", office.programme);
    let wrong = [
        ("district", Some(&units.district)),
        ("subdistrict", None),
        ("subdistrict", Some(&units.moon_lake)),
        ("subdistrict", Some(&theirs)),
        ("community", Some(&units.district)),
        ("community", Some(&units.flat_bridge)),
    ];
    for (level, parent) in wrong {
        let body = json!({"level": level, "name": "某地", "code": "X1", "parent_id": parent});
        changes_nothing(app.database(), || {
            let refused = office.officer.post(&path).json(&body).refused(422, "admin_unit.parent");
            assert_eq!(refused.text("/errors/0/pointer"), "/parent_id", "{level}");
        });
    }
    let bad = json!({"level": "district", "name": " ", "code": "海曙"});
    let refused = office.officer.post(&path).json(&bad).refused(422, "invalid");
    assert_eq!(refused.faults().len(), 2, "{refused}");
}

fn a_unit_in_use_is_not_taken_out_of_use(app: &TestApp) {
    let office = Office::found(app);
    let units = tree(&office);
    let close = |unit: &str| {
        let path = format!("/api/v1/admin-units/{unit}");
        let list = format!("/api/v1/programmes/{}/admin-units", office.programme);
        let all = office.see(&office.officer, &list);
        let version = all.items().iter().find(|item| item["id"] == unit).unwrap()["version"].as_i64();
        office.officer.patch(&path).json(&json!({"active": false})).if_match(version.unwrap()).send()
    };
    let refused = changes_nothing(app.database(), || close(&units.moon_lake));
    assert_eq!((refused.status, refused.text("/code")), (409, "admin_unit.in_use"), "{refused}");
    let group = group_of(&office, &units.flat_bridge);
    assert_eq!(close(&units.flat_bridge).status, 409);
    let version = office.version(&group.admin, &group.path());
    let moved = json!({"unit_id": units.white_cloud});
    office.act(&group.admin, "PATCH", &group.path(), Some(moved), Some(version));
    assert_eq!(close(&units.flat_bridge).status, 200);
    // Nothing new goes where nothing is any more.
    let back = json!({"unit_id": units.flat_bridge});
    changes_nothing(app.database(), || {
        let request = group.admin.patch(&group.path()).json(&back).if_match(version + 1);
        request.refused(422, "admin_unit.unsuitable");
    });
}

fn only_who_works_in_the_streets_is_bound_to_a_unit(app: &TestApp) {
    let office = Office::found(app);
    let units = tree(&office);
    let elsewhere = unit(&Office::found(app), "district", "鄞州区", None);
    let person = office.join("新人");
    let path = format!("/api/v1/programmes/{}/members", office.programme);
    for (role, unit, code) in [
        ("program_officer", &units.moon_lake, "membership.unit_unexpected"),
        ("finance_maker", &units.moon_lake, "membership.unit_unexpected"),
        ("subdistrict_officer", &elsewhere, "admin_unit.unsuitable"),
    ] {
        let member = json!({"user_id": person.id, "role": role, "unit_id": unit});
        changes_nothing(app.database(), || {
            let refused = office.admin.post(&path).json(&member).refused(422, code);
            assert_eq!(refused.text("/errors/0/pointer"), "/unit_id");
        });
    }
    // One person may be bound to two streets.
    for unit in [&units.moon_lake, &units.white_cloud] {
        let member = json!({"user_id": person.id, "role": "subdistrict_officer", "unit_id": unit});
        office.post(&office.admin, &path, Some(member));
    }
    let again = json!({"user_id": person.id, "role": "subdistrict_officer", "unit_id": units.moon_lake});
    office.admin.post(&path).json(&again).refused(409, "already_exists");
}

fn a_group_belongs_to_a_unit_of_its_own_programme(app: &TestApp) {
    let office = Office::found(app);
    let theirs = unit(&Office::found(app), "district", "鄞州区", None);
    let path = format!("/api/v1/programmes/{}/organizations", office.programme);
    let admin = office.join("登记人");
    let profile = json!({"name": "越界社", "kind": "association", "members": 3, "subdistrict": "月湖街道",
                         "unit_id": theirs});
    changes_nothing(app.database(), || {
        admin.post(&path).json(&profile).refused(422, "admin_unit.unsuitable");
    });
}
