//! Pages, cursors, days and ids that are none (numbers 53 and 54).

use serde_json::{Value, json};
use yichuang::kernel::ids::ApplicationId;

use crate::support::{Kind, Office, TestApp, changes_nothing, content, contract};

on_both!(
    a_page_has_one_to_a_hundred_items,
    a_cursor_opens_nothing,
    a_day_that_is_none_is_refused_at_its_place,
    an_id_of_something_else_names_nothing,
);

fn lists(office: &Office<'_>, round: &str) -> Vec<String> {
    let paged = |operation: &&contract::Operation| {
        let parameters = operation.json["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        operation.method == "GET" && parameters.iter().any(|parameter| parameter["name"] == "limit")
    };
    contract::api_operations()
        .filter(paged)
        .map(|operation| {
            let id = if operation.path.starts_with("/api/v1/rounds") { round } else { &office.programme };
            operation.path_with(id)
        })
        .collect()
}

fn a_page_has_one_to_a_hundred_items(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let all = lists(&office, &round.id);
    assert!(all.len() > 8, "{all:?}");
    for path in all {
        for limit in
            ["-1", "0", "101", "1000000000", "9223372036854775808", "x", "1e3", "1.5", "+5x", "", "0x10"]
        {
            let reply = office.auditor.get(&format!("{path}?limit={limit}")).send();
            assert!([400, 403].contains(&reply.status), "limit={limit}: {reply}");
            reply.assert_problem();
        }
        for query in
            ["limit=1&limit=2", "limit=5&offset=3", "page=2", "%00=1", "limit[]=1", "cursor=1&cursor=2"]
        {
            let reply = office.auditor.get(&format!("{path}?{query}")).send();
            assert!([400, 403].contains(&reply.status), "{query}: {reply}");
        }
        let reply = office.auditor.get(&format!("{path}?limit=100")).send();
        assert!([200, 403, 404].contains(&reply.status), "{reply}");
    }
}

fn a_cursor_opens_nothing(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("1000000.00", json!({}));
    let (mine, theirs) = (office.a_group(Kind::Registered), office.a_group(Kind::Registered));
    for group in [&mine, &theirs, &mine, &theirs] {
        office.submitted(&round, group, content("40000.00"));
    }
    let path = format!("{}/applications", round.path());
    let page = office.officer.get(&format!("{path}?limit=1")).expect(200);
    let cursor = page.text("/next_cursor").to_owned();
    // The officer's cursor in somebody else's hands is a place in their own list.
    let seen = mine.admin.get(&format!("{path}?limit=100&cursor={cursor}")).expect(200);
    for item in seen.items() {
        assert_eq!(item["organization_id"], json!(mine.id), "{seen}");
    }
    let forged = [
        "%00",
        "..%2F..%2Fetc",
        "'%20OR%201=1--",
        "eyJhIjoxfQ==",
        "%FF%FE",
        "-1",
        "zzzz",
        &"x".repeat(10_000),
        &ApplicationId::generate().to_string(),
    ];
    for path in lists(&office, &round.id) {
        for cursor in forged {
            let reply = office.auditor.get(&format!("{path}?cursor={cursor}")).send();
            assert!([200, 400, 403, 404].contains(&reply.status), "{path} cursor={cursor:.40}: {reply}");
            if reply.status == 200 {
                assert!(reply.items().len() <= 50, "{reply}");
            } else {
                reply.assert_problem();
            }
        }
    }
}

const NO_DAYS: [&str; 16] = [
    "0000-00-00",
    "9999-12-31",
    "1899-12-31",
    "2200-01-01",
    "2011-02-29",
    "2011-13-01",
    "2011-6-1",
    "20110601",
    "2011-06-01T00:00:00Z",
    "2011-06-01T00:00:00+25:00",
    " 2011-06-01",
    "2011-06-01 ",
    "+2011-6-01",
    "-2011-06-1",
    "２０１１-06-01",
    "",
];

fn a_day_that_is_none_is_refused_at_its_place(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, content("40000.00"));
    let version = office.version(&group.admin, &project.path());
    let rounds = format!("/api/v1/programmes/{}/rounds", office.programme);
    let days = NO_DAYS.iter().map(|day| json!(day)).chain([json!(20_110_601), json!(0), json!([2011, 6, 1])]);
    changes_nothing(app.database(), || {
        for day in days {
            let edit = json!({"starts_on": day});
            let refused = group
                .admin
                .patch(&project.path())
                .if_match(version)
                .json(&edit)
                .refused(422, "field.invalid");
            assert_eq!(
                refused.faults(),
                [("/starts_on".to_owned(), "field.invalid".to_owned())],
                "{refused}"
            );
            let new = json!({
                "name": "第四届", "year": 2012, "budget": "1000.00", "opens_on": "2012-03-01", "closes_on": day,
            });
            let refused = office.officer.post(&rounds).json(&new).refused(422, "field.invalid");
            assert_eq!(refused.faults()[0].0, "/closes_on", "{refused}");
        }
    });
}

fn an_id_of_something_else_names_nothing(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let path = format!("{}/applications", round.path());
    changes_nothing(app.database(), || {
        let none: [Value; 8] = [
            json!(0),
            json!(-1),
            json!(9_223_372_036_854_775_808_u64),
            json!("0"),
            json!(""),
            json!(group.id.to_uppercase()),
            json!(group.id.replace('-', "")),
            json!(format!("urn:uuid:{}", group.id)),
        ];
        for id in none {
            let refused =
                group.admin.post(&path).json(&json!({"organization_id": id})).refused(422, "field.invalid");
            assert_eq!(refused.faults()[0].0, "/organization_id", "{refused}");
        }
        for other in [&round.id, &office.programme, &group.admin.id, &ApplicationId::generate().to_string()] {
            group.admin.post(&path).json(&json!({"organization_id": other})).refused(404, "not_found");
            for kind in ["applications", "organizations", "awards", "reviews", "payment-requests"] {
                let address = format!("/api/v1/{kind}/{other}");
                if contract::find("GET", &address).is_some() {
                    group.admin.get(&address).refused(404, "not_found");
                }
            }
        }
    });
}
