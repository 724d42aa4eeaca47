//! Two rows that are one organisation.

use diesel::prelude::*;
use serde_json::{Value, json};
use yichuang::db::schema::audit_entries;

use crate::support::{Group, Kind, Office, Reply, TestApp, changes_nothing, content, fresh_key};

on_both!(
    everything_goes_to_the_one_that_stays,
    what_cannot_be_merged_is_refused,
    too_many_applications_in_a_running_round_are_refused,
    a_payment_under_way_is_not_disturbed,
    no_table_with_an_organisation_is_forgotten,
);

#[track_caller]
fn merged(office: &Office<'_>, from: &Group, into: &Group) -> Reply {
    let version = office.version(&office.officer, &from.path());
    let merger = json!({"into": into.id, "reason": "重复登记"});
    office.step(&office.officer, &format!("{}/merger", from.path()), version, Some(merger))
}

#[track_caller]
fn refused(office: &Office<'_>, from: &Group, body: &Value, status: u16, code: &str) -> Reply {
    let version = office.version(&office.officer, &from.path());
    changes_nothing(office.app.database(), || {
        let path = format!("{}/merger", from.path());
        office.officer.post(&path).json(body).if_match(version).key(&fresh_key()).refused(status, code)
    })
}

fn everything_goes_to_the_one_that_stays(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let (from, into) = (office.a_group(Kind::Registered), office.an_unverified_group(Kind::Registered));
    let project = office.submitted(&round, &from, content("50000.00"));
    for (group, year) in [(&from, 2009), (&from, 2010), (&into, 2010)] {
        let check = json!({"year": year, "result": "passed"});
        office.post(&office.officer, &format!("{}/annual-checks", group.path()), Some(check));
    }
    let hosted = office.a_group(Kind::Filed);
    let version = office.version(&hosted.admin, &hosted.path());
    let host = json!({"host_id": from.id});
    office.act(&hosted.admin, "PATCH", &hosted.path(), Some(host), Some(version));

    let shown = merged(&office, &from, &into);
    assert_eq!((shown.text("/state"), shown.text("/merged_into")), ("merged", into.id.as_str()));
    assert_eq!(shown.at("/permitted_actions"), &json!([]));
    // Its people act for the one that stays, and its address leads them there.
    let seen = office.see(&from.admin, &from.path());
    assert_eq!(seen.text("/merged_into"), into.id);
    office.see(&from.admin, &into.path());
    assert_eq!(office.see(&from.admin, &project.path()).text("/organization_id"), into.id);
    assert_eq!(office.see(&office.officer, &hosted.path()).text("/host_id"), into.id);
    let payee = office.see(&into.admin, &format!("{}/payee-account", into.path()));
    assert_eq!(payee.text("/organization_id"), into.id);
    let checks = office.see(&into.admin, &format!("{}/annual-checks", into.path()));
    let years: Vec<i64> = checks.items().iter().map(|check| check["year"].as_i64().unwrap()).collect();
    assert_eq!(years, [2010, 2009]);
    let list = office.see(&office.officer, &format!("/api/v1/programmes/{}/organizations", office.programme));
    assert!(list.items().iter().all(|item| item["id"] != from.id), "{list}");

    // The audit log names what went over.
    let detail: String = app
        .database()
        .read_now(|conn| {
            Ok(audit_entries::table
                .filter(audit_entries::action.eq("organization.merge"))
                .select(audit_entries::detail)
                .first(conn)?)
        })
        .unwrap();
    let detail: Value = serde_json::from_str(&detail).unwrap();
    assert_eq!(detail["into"], into.id);
    let moved = &detail["moved"];
    for (what, rows) in [
        ("memberships", 1),
        ("applications", 1),
        ("annual_checks", 1),
        ("hosted_organizations", 1),
        ("payee_accounts", 1),
        ("grades", 0),
    ] {
        assert_eq!(moved[what], rows, "{what}: {detail}");
    }

    // Nothing is done to it any more.
    let version = office.version(&office.officer, &from.path());
    for verb in ["verification", "merger"] {
        let body = if verb == "merger" { json!({"into": into.id, "reason": "x"}) } else { json!({}) };
        let path = format!("{}/{verb}", from.path());
        office.officer.post(&path).json(&body).if_match(version).refused(409, "illegal_transition");
    }
    let check = json!({"year": 2008, "result": "passed"});
    let path = format!("{}/annual-checks", from.path());
    office.officer.post(&path).json(&check).refused(409, "illegal_transition");
    // Who knew neither still knows neither.
    office.a_group(Kind::Registered).admin.get(&from.path()).refused(404, "not_found");
}

fn what_cannot_be_merged_is_refused(app: &TestApp) {
    let office = Office::found(app);
    let [from, into, third] = std::array::from_fn(|_| office.an_unverified_group(Kind::Registered));
    let elsewhere = Office::found(app).an_unverified_group(Kind::Registered);
    for target in [&from.id, &elsewhere.id] {
        let told = refused(&office, &from, &json!({"into": target, "reason": "x"}), 422, "merger.unsuitable");
        assert_eq!(told.text("/errors/0/pointer"), "/into");
    }
    refused(&office, &from, &json!({"into": into.id, "reason": " "}), 422, "field.required");
    merged(&office, &from, &into);
    refused(&office, &third, &json!({"into": from.id, "reason": "x"}), 422, "merger.unsuitable");
    let path = format!("{}/merger", third.path());
    let body = json!({"into": into.id, "reason": "x"});
    third.admin.post(&path).json(&body).if_match(1).refused(403, "forbidden");
}

fn too_many_applications_in_a_running_round_are_refused(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"max_per_organization": 1}));
    let [one, two, three] = std::array::from_fn(|_| office.a_group(Kind::Registered));
    let first = office.submitted(&round, &one, content("50000.00"));
    office.submitted(&round, &two, content("40000.00"));
    let body = json!({"into": two.id, "reason": "重复登记"});
    let told = refused(&office, &one, &body, 409, "merger.over_limit");
    assert!(told.text("/detail").contains("第三届公益创投"), "{told}");
    // A draft does not count, nor what was taken back.
    office.drafted(&round, &three, content("30000.00"));
    merged(&office, &three, &two);
    office.move_application(&one.admin, &first, "withdrawal", None);
    merged(&office, &one, &two);
}

fn a_payment_under_way_is_not_disturbed(app: &TestApp) {
    let office = Office::found(app);
    let (_, award) = office.a_signed_award();
    let request = office.requested(&award);
    let payee = award.project.group.clone();
    let other = office.a_group(Kind::Registered);
    let body = json!({"into": other.id, "reason": "重复登记"});
    refused(&office, &payee, &body, 409, "merger.paying");
    // Into the one that is being paid another may go: its account and its award stay what they are.
    merged(&office, &other, &payee);
    office.paid_up_to(&request, "payment");
}

/// A merger reaches into other rooms' tables by name: each that refers to an organisation is either moved or named here.
fn no_table_with_an_organisation_is_forgotten(_: &TestApp) {
    let schema = include_str!("../../../src/db/schema.rs");
    let merger = include_str!("../../../src/organizations/store/merger.rs");
    let (_, merger) = merger.split_once("pub type Moved").expect("what stands below the imports");
    for table in schema.split("diesel::table! {").skip(1) {
        let table = table.split("\n}").next().unwrap();
        let name = table.trim().split(' ').next().unwrap();
        if table.contains("organization_id ->") {
            let names = [format!(" {name},"), format!(" {name}\n"), format!("{name}::table")];
            let is_moved = names.iter().any(|written| merger.contains(written.as_str()));
            assert!(is_moved, "{name} refers to an organisation; add it to organizations/store/merger.rs");
        }
    }
}
