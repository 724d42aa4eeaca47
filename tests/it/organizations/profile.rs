//! Verification names everything that is missing; names that only look different are the same; upgrades.

use serde_json::{Value, json};

use crate::support::{
    Group, Kind, Office, Person, TestApp, changes_nothing, content, credit_code, filed_details, fresh_phone,
};

on_both!(
    a_filed_group_is_verified_with_everything_that_is_missing_named_at_once,
    the_place_of_a_wrong_credit_code_is_named,
    a_credit_code_is_normalised_as_people_type_it,
    two_verified_names_do_not_look_the_same,
    hidden_characters_are_refused_in_names,
    an_introduction_is_counted_as_people_count,
    an_optional_text_can_be_taken_away_again,
    a_filed_group_is_registered_and_keeps_its_history,
    only_a_filed_group_is_upgraded_and_only_to_a_right_code,
);

#[track_caller]
fn registered(office: &Office<'_>, profile: &Value) -> (Person, String) {
    let admin = office.join("登记人");
    let path = format!("/api/v1/programmes/{}/organizations", office.programme);
    let id = office.post(&admin, &path, Some(profile.clone())).id();
    (admin, format!("/api/v1/organizations/{id}"))
}

#[track_caller]
fn not_verified(office: &Office<'_>, path: &str, status: u16, faults: &[(&str, &str)]) {
    let version = office.version(&office.officer, path);
    let refused = changes_nothing(office.app.database(), || {
        office.officer.post(&format!("{path}/verification")).if_match(version).send()
    });
    assert_eq!(refused.status, status, "{refused}");
    refused.assert_problem();
    let expected: Vec<_> = faults.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect();
    assert_eq!(refused.faults(), expected, "{refused}");
}

#[track_caller]
fn verified(office: &Office<'_>, path: &str) {
    let version = office.version(&office.officer, path);
    office.step(&office.officer, &format!("{path}/verification"), version, None);
}

fn a_filed_group_is_verified_with_everything_that_is_missing_named_at_once(app: &TestApp) {
    let office = Office::found(app);
    let bare = json!({"name": "晨光互助社", "kind": "filed_group", "members": 3, "subdistrict": "月湖街道",
                      "credit_code": "52330203MJ9X00014F"});
    let (admin, path) = registered(&office, &bare);
    let missing = |pointer| (pointer, "organization.incomplete");
    let faults = [
        missing("/filing_no"),
        missing("/head_name"),
        missing("/head_phone"),
        missing("/charter"),
        missing("/place"),
        ("/credit_code", "credit_code.invalid"),
    ];
    not_verified(&office, &path, 422, &faults);

    let mut details = filed_details();
    details["filing_no"] = json!("海民备 12 号");
    details["credit_code"] = json!("");
    details["place"] = json!("  ");
    let version = office.version(&admin, &path);
    office.act(&admin, "PATCH", &path, Some(details), Some(version));
    not_verified(&office, &path, 422, &[missing("/place")]);
    let version = office.version(&admin, &path);
    let shown = office.act(&admin, "PATCH", &path, Some(json!({"place": "平桥社区"})), Some(version));
    assert_eq!(shown.text("/head_name"), "陈一");
    // How many members it takes is a rule of each round: three are enough to be verified.
    verified(&office, &path);
}

fn the_place_of_a_wrong_credit_code_is_named(app: &TestApp) {
    let office = Office::found(app);
    let profile = |code: &str| json!({"name": code, "kind": "association", "members": 3, "subdistrict": "月湖街道", "credit_code": code});
    for (code, place) in [("52330203MJ9X00014F", "18"), ("5233O203MJ9X00014E", "5"), ("52330203", "9")] {
        let (_, path) = registered(&office, &profile(code));
        let version = office.version(&office.officer, &path);
        let refused = office
            .officer
            .post(&format!("{path}/verification"))
            .if_match(version)
            .refused(422, "credit_code.invalid");
        assert!(refused.text("/errors/0/detail").contains(place), "{refused}");
    }
}

fn a_credit_code_is_normalised_as_people_type_it(app: &TestApp) {
    let office = Office::found(app);
    let code = credit_code("52");
    let wide = |text: &str| -> String {
        text.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect()
    };
    let typed = format!("  {} ", wide(&code.to_lowercase()));
    let profile = json!({"name": "宽码社", "kind": "association", "members": 3, "subdistrict": "月湖街道",
                         "credit_code": typed});
    let (admin, path) = registered(&office, &profile);
    assert_eq!(office.see(&admin, &path).text("/credit_code"), typed, "a draft keeps what was typed");
    verified(&office, &path);
    assert_eq!(office.see(&admin, &path).text("/credit_code"), code);
    // The same code typed otherwise is the same code.
    let other = json!({"name": "同码社", "kind": "association", "members": 3, "subdistrict": "月湖街道",
                       "credit_code": code.to_lowercase()});
    let (_, path) = registered(&office, &other);
    not_verified(&office, &path, 409, &[]);
}

fn two_verified_names_do_not_look_the_same(app: &TestApp) {
    let office = Office::found(app);
    let profile = |name: &str| {
        json!({"name": name, "kind": "association", "members": 3, "subdistrict": "月湖街道",
               "credit_code": credit_code("51")})
    };
    let (_, first) = registered(&office, &profile("阳光ABC助老社12"));
    verified(&office, &first);
    // Full-width letters, a joiner nobody sees, blanks.
    for twin in ["阳光ＡＢＣ助老社１２", "阳光\u{200D}abc助老社12", "阳光 ABC 助老社 12"]
    {
        let (_, path) = registered(&office, &profile(twin));
        let version = office.version(&office.officer, &path);
        let refused = changes_nothing(app.database(), || {
            office
                .officer
                .post(&format!("{path}/verification"))
                .if_match(version)
                .refused(409, "organization.looks_like")
        });
        assert!(refused.text("/detail").contains("阳光ABC助老社12"), "{refused}");
    }
    let (_, other) = registered(&office, &profile("阳光ABC助老社13"));
    verified(&office, &other);
    // In another programme nobody is in the way.
    let elsewhere = Office::found(app);
    let (_, path) = registered(&elsewhere, &profile("阳光ABC助老社12"));
    verified(&elsewhere, &path);
}

fn hidden_characters_are_refused_in_names(app: &TestApp) {
    let office = Office::found(app);
    let admin = office.join("登记人");
    let path = format!("/api/v1/programmes/{}/organizations", office.programme);
    for name in ["阳光\u{200B}社", "\u{202E}社光阳", "阳光\n社", "阳光\u{7}社"] {
        let profile = json!({"name": name, "kind": "association", "members": 3, "subdistrict": "月湖街道"});
        changes_nothing(app.database(), || {
            let refused = admin.post(&path).json(&profile).refused(422, "field.hidden_character");
            assert_eq!(refused.text("/errors/0/pointer"), "/name");
        });
    }
    let person = json!({"name": "王\u{202E}芳", "phone": fresh_phone(), "password": "correct horse battery"});
    app.client().post("/api/v1/registrations").json(&person).refused(422, "field.hidden_character");
}

fn an_introduction_is_counted_as_people_count(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let change = |text: &str| json!({"introduction": text});
    let version = office.version(&group.admin, &group.path());
    let family = "👨‍👩‍👧".repeat(500);
    office.act(&group.admin, "PATCH", &group.path(), Some(change(&family)), Some(version));
    let longer = "字".repeat(501);
    changes_nothing(app.database(), || {
        let refused = group
            .admin
            .patch(&group.path())
            .json(&change(&longer))
            .if_match(version + 1)
            .refused(422, "field.too_long");
        assert_eq!(refused.text("/errors/0/pointer"), "/introduction");
    });
}

fn an_optional_text_can_be_taken_away_again(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Filed);
    let version = office.version(&group.admin, &group.path());
    let shown =
        office.act(&group.admin, "PATCH", &group.path(), Some(json!({"head_name": ""})), Some(version));
    assert!(shown.at("/head_name").is_null(), "{shown}");
    assert!(office.see(&group.admin, &group.path()).at("/head_name").is_null());
}

fn a_filed_group_is_registered_and_keeps_its_history(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Filed);
    let project = office.submitted(&round, &group, content("50000.00"));
    let version = office.version(&group.admin, &group.path());
    let code = credit_code("51");
    let body = json!({"kind": "association", "credit_code": format!(" {} ", code.to_lowercase())});
    let shown = office.step(&group.admin, &format!("{}/registration", group.path()), version, Some(body));
    assert_eq!(
        (shown.text("/kind"), shown.text("/state"), shown.text("/credit_code")),
        ("association", "draft", code.as_str())
    );
    assert_eq!(shown.id(), group.id);
    let seen = office.see(&group.admin, &group.path());
    assert!(seen.at("/host_id").is_null() && seen.at("/host_consented_at").is_null(), "{seen}");
    assert!(seen.at("/filing_no").is_string(), "what was filed stays known: {seen}");
    assert_eq!(office.see(&group.admin, &project.path()).text("/organization_id"), group.id);
    verified(&office, &group.path());

    // Whoever wants to go on being paid through the host says so.
    let other = office.a_group(Kind::Filed);
    let host = other.host.clone().unwrap().id;
    let version = office.version(&other.admin, &other.path());
    let body = json!({"kind": "association", "credit_code": credit_code("51"), "keeps_host": true});
    office.step(&other.admin, &format!("{}/registration", other.path()), version, Some(body));
    assert_eq!(office.see(&other.admin, &other.path()).text("/host_id"), host);
}

fn only_a_filed_group_is_upgraded_and_only_to_a_right_code(app: &TestApp) {
    let office = Office::found(app);
    let tried = |group: &Group, body: Value, status: u16, code: &str| {
        let version = office.version(&group.admin, &group.path());
        changes_nothing(app.database(), || {
            let path = format!("{}/registration", group.path());
            group.admin.post(&path).json(&body).if_match(version).refused(status, code)
        })
    };
    let registered = office.an_unverified_group(Kind::Registered);
    let right = json!({"kind": "association", "credit_code": credit_code("51")});
    tried(&registered, right, 409, "illegal_transition");
    let filed = office.an_unverified_group(Kind::Filed);
    let wrong = json!({"kind": "filed_group", "credit_code": "52330203MJ9X00014F"});
    let refused = tried(&filed, wrong, 422, "credit_code.invalid");
    let pointers: Vec<String> = refused.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/kind", "/credit_code"], "{refused}");
}
