//! Numbers 15, 16, 17 and 27: what is another's is not there, and the administrative posts open nothing. Number 22 (mass
//! assignment) is tried on every write of a whole round by `probes.rs`, number 26 by `conflicts.rs`, and the whole table
//! by `matrix.rs`.

use serde_json::{Value, json};
use strum::IntoEnumIterator;
use yichuang::{
    app,
    http::{Reach, Whose},
    kernel::{ids::ProgrammeId, role::Role},
};

use crate::support::{Kind, Office, Reply, TestApp, contract, looked_at, whole_round};

on_both!(what_is_anothers_is_not_there);

fn without_request_id(reply: &Reply) -> Value {
    let mut body = reply.json.clone();
    body["request_id"] = json!("the only difference");
    body
}

/// The names of the headers, and how long the body is.
fn outline(reply: &Reply) -> (Vec<String>, usize) {
    let mut names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (names, reply.bytes.len())
}

/// Another group of the same programme looks at everything of a group that was awarded: by id, in every list, with every
/// filter and sort it can think of.
fn what_is_anothers_is_not_there(app: &TestApp) {
    let office = Office::found(app);
    let ended = whole_round(&office);
    looked_at(&office, &ended);
    let victim = &ended.award.project;
    let addresses = app.client().addresses();
    let neighbour = office.a_group(Kind::Registered).admin;

    let (mut by_id, mut lists) = (0, 0);
    for (name, answered) in addresses {
        let (method, template) = name.split_once(' ').expect("a method and a path");
        let owned =
            ["applications", "organizations", "awards", "payment-requests", "payee-accounts", "tranches"];
        let of_a_group = owned.iter().any(|kind| template.starts_with(&format!("/api/v1/{kind}/{{")));
        if of_a_group {
            // By id (15): GET, PATCH, PUT, DELETE and every verb.
            let real = answered.path.clone();
            let id = real.split('/').nth(4).expect("an id").to_owned();
            let nobodys = real.replace(&id, &ProgrammeId::generate().to_string());
            if contract::find(method, &real).expect("an operation").takes_file() {
                continue;
            }
            let ask = |path: &str| {
                let request = neighbour.request(method, path).key(&crate::support::fresh_key()).if_match(1);
                if method == "GET" || method == "DELETE" {
                    request.send()
                } else {
                    request.json(&json!({})).send()
                }
            };
            let (told, of_nothing) = (ask(&real), ask(&nobodys));
            assert_eq!(told.status, 404, "{name}: {told}");
            assert_eq!(without_request_id(&told), without_request_id(&of_nothing), "{name}");
            assert_eq!(outline(&told), outline(&of_nothing), "{name}");
            by_id += 1;
            continue;
        }
        let operation = contract::find(method, &answered.path).expect("an operation");
        let has_filters = operation.json["parameters"].to_string().contains("\"limit\"");
        if method != "GET" || operation.is_public || !has_filters {
            continue;
        }
        // In a list (16): neither plainly nor searched for, filtered or exported.
        let path = answered.path.split('?').next().expect("a path");
        let reference = &victim.reference;
        for query in [
            "",
            "?limit=100",
            &format!("?q={reference}"),
            &format!("?reference={reference}"),
            "?state=eligible",
        ] {
            for accept in ["application/json", "text/csv"] {
                let told = neighbour.get(&format!("{path}{query}")).header("accept", accept).send();
                let body = told.body();
                for hidden in [&victim.id, &victim.group.id, reference, &ended.award.id] {
                    // What was asked for is repeated in the refusal of an unknown filter.
                    let said = told.status == 400 || !body.contains(hidden.as_str());
                    assert!(said, "{hidden} in {path}{query} as {accept}: {told}");
                }
                if told.status == 200 && query.contains(reference.as_str()) {
                    let items = told.json["items"].as_array().map_or(0, Vec::len);
                    assert_eq!(items, 0, "{path}{query}: {told}");
                }
            }
        }
        // By who reviewed (17).
        for query in [
            "reviewer_id=1",
            "group=1",
            "commenter=1",
            "sort=reviewer_id",
            "order=score",
            "include=reviews",
            "fields=id_no",
        ] {
            let told = neighbour.get(&format!("{path}?{query}")).send();
            assert!(matches!(told.status, 400 | 403 | 404), "{path}?{query}: {told}");
            if told.status == 400 {
                assert_eq!(told.text("/code"), "unknown_filter", "{told}");
            }
        }
        lists += 1;
    }
    assert!(by_id > 40 && lists > 10, "{by_id} by id, {lists} lists");
}

/// Number 27, in the table itself: what the posts reach is the installation, their own account, what everybody reaches,
/// and who holds which role.
#[test]
fn the_administrative_posts_reach_nothing_but_administration() {
    let theirs =
        ["programmes_add_member", "programmes_list_members", "programmes_remove_member", "outbox_retry"];
    let mut installation = 0;
    for row in app::endpoints() {
        for post in Role::iter().filter(|role| role.is_administrative()) {
            let reach = row.reach(post);
            installation += usize::from(reach == Reach::Installation);
            let harmless = matches!(
                reach,
                Reach::Never | Reach::Anyone | Reach::Own | Reach::Listed | Reach::Installation
            );
            assert!(
                harmless || theirs.contains(&row.name().as_str()),
                "{post} reaches {reach} at {}",
                row.name()
            );
        }
    }
    assert!(installation > 10, "{installation}");
}

/// Number 27: an auditor and a supervisor's reading hands edit nothing; who audits the installation changes nothing of it.
#[test]
fn who_audits_changes_nothing() {
    for row in app::endpoints().iter().filter(|row| row.method_name() != "GET") {
        for role in [Role::Auditor, Role::AuditAdmin] {
            let reach = row.reach(role);
            let own = matches!(reach, Reach::Never | Reach::Own) || row.about() == Whose::SignedIn;
            assert!(own || reach == Reach::Anyone, "{role} may {} ({reach})", row.name());
        }
    }
}

/// The words fit the roles: nobody but an organisation's people reaches an organisation, and so on.
#[test]
fn every_row_is_about_objects_that_its_roles_can_own() {
    for row in app::endpoints() {
        let reaches = |role: Role| row.reach(role);
        for role in [Role::Applicant, Role::OrgAdmin, Role::SponsorRep, Role::Reviewer] {
            let reach = reaches(role);
            assert!(
                !matches!(reach, Reach::Programme | Reach::Unit | Reach::Installation),
                "{role} reaches {reach} at {}",
                row.name()
            );
        }
    }
}
