//! Who may not apply and what is not paid for: E105 to E117 and the warnings of the machine (domain.md §2.3), each
//! shown by a refusal that changes nothing, and each shown to let pass what is on the right side of its line.

use serde_json::{Value, json};

use crate::support::{
    APPROVAL_DAY, Group, Kind, Office, Project, Round, TestApp, changes_nothing, content, files, fresh_key,
};

on_both!(
    lists_and_annual_checks_count_for_their_years,
    a_ban_holds_for_the_organisation_and_for_its_lead,
    what_is_not_paid_for,
    who_and_what_the_call_is_for,
    the_place_is_in_the_units_the_call_is_for,
    an_unfinished_project_of_last_year_is_in_the_way,
    a_missing_attachment_is_named,
    the_machine_warns_of_copies_and_of_shared_people,
);

/// What a submission of this draft would be told, and that it is told so.
#[track_caller]
fn told(office: &Office<'_>, project: &Project, faults: &[(&str, &str)]) -> String {
    let admin = &project.group.admin;
    let version = office.version(admin, &project.path());
    let refused = changes_nothing(office.app.database(), || {
        admin.post(&format!("{}/submission", project.path())).if_match(version).key(&fresh_key()).send()
    });
    let expected: Vec<_> = faults.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect();
    assert_eq!((refused.status, refused.faults()), (422, expected), "{refused}");
    refused.body()
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a body is made for the call")]
fn drafted(office: &Office<'_>, round: &Round, group: &Group, changes: Value) -> Project {
    let mut all = content("50000.00");
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    office.drafted(round, group, all)
}

fn lists_and_annual_checks_count_for_their_years(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let by = &office.officer;
    let group = office.a_group(Kind::Registered);
    let project = drafted(&office, &round, &group, json!({}));
    // Removed from the list of abnormal activity less than a year ago: it still counts. A year and a day: it does not.
    let listings = format!("{}/listings", group.path());
    let listing = |list: &str, removed: Option<&str>| {
        let body =
            json!({"list": list, "listed_on": "2008-01-01", "removed_on": removed, "evidence": "甬民"});
        office.post(by, &listings, Some(body))
    };
    listing("abnormal", Some("2010-03-01"));
    listing("serious_violation", Some("2009-03-01"));
    let listed = listing("abnormal", None);
    assert!(told(&office, &project, &[("/organization", "E105")]).contains("2008-01-01"));
    let removal = format!("/api/v1/listings/{}/removal", listed.id());
    office.step(by, &removal, listed.version(), Some(json!({"removed_on": "2010-03-03"})));
    told(&office, &project, &[("/organization", "E105")]);
    listing("serious_violation", Some("2009-03-03"));
    told(&office, &project, &[("/organization", "E105"), ("/organization", "E105")]);

    // One of the last two annual checks was failed; 基本合格 is passed, an older failure is past.
    let group = office.a_group(Kind::Registered);
    let project = drafted(&office, &round, &group, json!({}));
    let checks = format!("{}/annual-checks", group.path());
    for (year, result) in [(2008, "failed"), (2009, "basically_passed")] {
        office.post(by, &checks, Some(json!({"year": year, "result": result})));
    }
    let check = office.post(by, &checks, Some(json!({"year": 2010, "result": "failed"})));
    assert!(told(&office, &project, &[("/organization/annual_checks", "E106")]).contains("2010"));
    let path = format!("/api/v1/annual-checks/{}", check.id());
    office.act(by, "PATCH", &path, Some(json!({"result": "passed"})), Some(check.version()));
    office.submit(&project);

    // A policy may ask that both are on record; filed groups have none.
    let strict = office.published_round("100000.00", json!({"annual_checks_obligatory": true}));
    let group = office.a_group(Kind::Registered);
    let project = drafted(&office, &strict, &group, json!({}));
    told(&office, &project, &[("/organization/annual_checks", "E106")]);
    office.submitted(&strict, &office.a_group(Kind::Filed), content("50000.00"));
}

fn a_ban_holds_for_the_organisation_and_for_its_lead(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let debarments = format!("/api/v1/programmes/{}/debarments", office.programme);
    let banned = office.a_group(Kind::Registered);
    let ban = |whom: Value, ends_on: &str| {
        let mut body = json!({"reason": "违反协议", "starts_on": "2010-03-02", "ends_on": ends_on});
        for (name, value) in whom.as_object().unwrap() {
            body[name] = value.clone();
        }
        office.post(&office.officer, &debarments, Some(body))
    };
    ban(json!({"organization_id": banned.id}), "2011-03-01");
    let over = drafted(&office, &round, &banned, json!({}));
    office.submit(&over);
    let entry = ban(json!({"organization_id": banned.id}), "2011-03-02");
    let project = drafted(&office, &round, &banned, json!({}));
    assert!(told(&office, &project, &[("/organization", "E115")]).contains("2011-03-02"));
    let lifting = json!({"ends_on": "2011-03-01", "reason": "申诉成立"});
    let path = format!("/api/v1/debarments/{}/lifting", entry.id());
    office.step(&office.officer, &path, entry.version(), Some(lifting));
    office.submit(&project);
    // The lead is somebody who is banned, for whatever organisation.
    ban(json!({"person_name": "赵某", "person_phone": "13700000009"}), "2013-03-01");
    let lead = json!({"lead_name": "赵某", "lead_phone": "13700000009"});
    let project = drafted(&office, &round, &office.a_group(Kind::Registered), lead);
    assert!(told(&office, &project, &[("/organization", "E115")]).contains("2013-03-01"));
    let other = json!({"lead_name": "赵某", "lead_phone": "13700000010"});
    let namesake = drafted(&office, &round, &office.a_group(Kind::Registered), other);
    office.submit(&namesake);
}

fn what_is_not_paid_for(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"forbidden_words": ["红包"]}));
    let group = office.a_group(Kind::Registered);
    let line = |category: &str, item: &str, amount: &str, from_fund: bool| json!({"category": category, "item": item, "amount": amount, "from_fund": from_fund});
    let elsewhere = drafted(&office, &round, &group, json!({"funded_elsewhere": true}));
    told(&office, &elsewhere, &[("/funded_elsewhere", "E109")]);
    let lines = json!({"budget_lines": [
        line("activity", "上门服务", "20000.00", true),
        line("fixed_assets", "电脑", "10000.00", true),
        line("infrastructure", "装修", "10000.00", true),
        line("cash_gifts", "慰问金", "9000.00", true),
        line("activity", "发 红 包", "1000.00", true),
        line("volunteer", "志愿者补贴", "1000.00", false),
    ]});
    let forbidden = drafted(&office, &round, &group, lines);
    let places = ["/budget_lines/1", "/budget_lines/2", "/budget_lines/3", "/budget_lines/4"];
    told(&office, &forbidden, &places.map(|place| (place, "E113")));
    // 2 % of 50,000 is 1,000: a fen less is too little.
    let round = office.published_round("100000.00", json!({"own_share_min_bp": 200}));
    let own = |amount: &str| {
        json!({"own_funds": amount, "budget_lines": [
            line("activity", "上门服务", "49000.00", true), line("activity", "场地", amount, false),
        ], "requested": "49000.00"})
    };
    let too_little = drafted(&office, &round, &group, own("999.99"));
    told(&office, &too_little, &[("/own_funds", "application.own_share")]);
    office.submit(&drafted(&office, &round, &group, own("1000.00")));
    // Together with that one it would be too much for one organisation.
    let capped = office.published_round("100000.00", json!({"cap_per_organization": "80000.00"}));
    office.submitted(&capped, &group, content("50000.00"));
    let second = office.drafted(&capped, &group, content("30000.01"));
    told(&office, &second, &[("/requested", "application.organization_cap")]);
    office.submitted(&capped, &group, content("30000.00"));
}

fn who_and_what_the_call_is_for(app: &TestApp) {
    let office = Office::found(app);
    let policy = json!({"domains": ["youth"], "eligible_kinds": ["filed_group"]});
    let round = office.published_round("100000.00", policy);
    let project = drafted(&office, &round, &office.a_group(Kind::Registered), json!({}));
    told(
        &office,
        &project,
        &[
            ("/domain", "application.domain_not_called"),
            ("/organization/kind", "application.kind_not_eligible"),
        ],
    );
    let right = drafted(&office, &round, &office.a_group(Kind::Filed), json!({"domain": "youth"}));
    office.submit(&right);
    // Each track has its own cap.
    let tracks = json!({"tracks": {"filed": {"cap": "10000.00"}, "registered": {}}});
    let round = office.published_round("100000.00", tracks);
    let filed = office.a_group(Kind::Filed);
    let too_much = office.drafted(&round, &filed, content("10000.01"));
    told(&office, &too_much, &[("/requested", "E107")]);
    let small = office.submitted(&round, &filed, content("10000.00"));
    assert_eq!(office.see(&filed.admin, &small.path()).text("/track"), "filed");
    office.submitted(&round, &office.a_group(Kind::Registered), content("50000.00"));
}

fn the_place_is_in_the_units_the_call_is_for(app: &TestApp) {
    let office = Office::found(app);
    let elsewhere = Office::found(app);
    let unit = |office: &Office<'_>, level: &str, name: &str, code: &str, parent: Option<&str>| {
        let mut body = json!({"level": level, "name": name, "code": code});
        if let Some(parent) = parent {
            body["parent_id"] = json!(parent);
        }
        let path = format!("/api/v1/programmes/{}/admin-units", office.programme);
        office.post(&office.officer, &path, Some(body)).id()
    };
    let district = unit(&office, "district", "海曙区", "330203", None);
    let lake = unit(&office, "subdistrict", "月湖街道", "330203004", Some(&district));
    let cloud = unit(&office, "subdistrict", "白云街道", "330203009", Some(&district));
    let community = unit(&office, "community", "天一社区", "330203004001", Some(&lake));
    let foreign = unit(&elsewhere, "district", "江北区", "330205", None);
    let round = office.published_round("100000.00", json!({"territory": [lake]}));
    let nowhere = yichuang::kernel::ids::RoundId::generate().to_string();
    for unit in [&cloud, &foreign, &nowhere] {
        let group = office.a_group(Kind::Registered);
        let project = drafted(&office, &round, &group, json!({"unit_id": unit}));
        told(&office, &project, &[("/unit_id", "E111")]);
    }
    let project = drafted(&office, &round, &office.a_group(Kind::Registered), json!({"unit_id": community}));
    office.submit(&project);
}

fn an_unfinished_project_of_last_year_is_in_the_way(app: &TestApp) {
    let office = Office::found(app);
    let (round, project, _) = office.a_scored_round();
    office.decided(&round);
    let notice = office.noticed(&round);
    office.on_the(APPROVAL_DAY);
    office.approved(&notice);
    // A year later the same group applies for the same project and for another one.
    office.on_the("2012-03-02");
    let next = json!({
        "name": "第四届", "year": 2012, "budget": "100000.00", "opens_on": "2012-03-01",
        "closes_on": "2012-03-31", "copy_of": round.id,
    });
    let path = format!("/api/v1/programmes/{}/rounds", office.programme);
    let next = Round { id: office.post(&office.officer, &path, Some(next)).id() };
    office.publish(&next);
    let dates = json!({"starts_on": "2012-06-01", "ends_on": "2012-12-31"});
    let again = drafted(&office, &next, &project.group, dates.clone());
    told(&office, &again, &[("/title", "E109"), ("/organization", "E116")]);
    let mut other = dates;
    other["title"] = json!("萤火少年");
    let other = drafted(&office, &next, &project.group, other);
    told(&office, &other, &[("/organization", "E116")]);
    // Failed is in the way as well, finished is not.
    let records = format!("/api/v1/programmes/{}/track-records", office.programme);
    let outcome = |outcome: &str| {
        let record = office.see(&office.officer, &records).items()[0].clone();
        let path = format!("/api/v1/track-records/{}/outcome", record["id"].as_str().unwrap());
        let body = json!({"outcome": outcome});
        office.act(&office.officer, "PUT", &path, Some(body), record["version"].as_i64());
    };
    outcome("failed");
    told(&office, &again, &[("/organization", "E116")]);
    outcome("passed");
    office.submit(&again);
}

fn a_missing_attachment_is_named(app: &TestApp) {
    let office = Office::found(app);
    let round = office.draft_round("100000.00", json!({}));
    let mut form = crate::support::form();
    form["sections"][1]["fields"].as_array_mut().unwrap().push(json!(
        {"code": "certificate", "label": "登记证书", "kind": "file", "max_items": 2, "obligatory": true}
    ));
    let version = office.version(&office.officer, &round.path());
    office.act(&office.officer, "PUT", &format!("{}/form", round.path()), Some(form), Some(version));
    office.publish(&round);
    let project = drafted(&office, &round, &office.a_group(Kind::Registered), json!({}));
    assert!(told(&office, &project, &[("/answers/certificate", "E117")]).contains("登记证书"));
    office.attached(&project, "certificate", "登记证书.pdf", &files::pdf("登记证书"));
    let handed_in = office.submit(&project);
    let receipts = office.see(&project.group.admin, &format!("{}/receipts", project.path()));
    assert!(receipts.text("/items/0/content").contains("登记证书.pdf"), "{handed_in}");
}

fn the_machine_warns_of_copies_and_of_shared_people(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let text = "社区独居老人超过三成，日常照护缺人，我们组织志愿者每周两次上门，陪聊、送餐、检查用电用气，\
                并建立紧急呼叫名单，每月汇总一次需求反馈给社区居委会。";
    let original = json!({"summary": text, "lead_name": "王阿姨", "lead_phone": "13800000077"});
    let original = drafted(&office, &round, &office.a_group(Kind::Registered), original);
    office.submit(&original);
    let copy = json!({
        "title": "暖巷助老 二", "summary": text.replace("每周两次", "每周三次"), "lead_name": "王大姐",
        "lead_phone": "13800000077",
    });
    let copier = office.a_group(Kind::Registered);
    let copy = drafted(&office, &round, &copier, copy);
    let member = json!({"user_id": original.group.admin.id, "role": "applicant"});
    office.post(&copier.admin, &format!("{}/members", copier.path()), Some(member));
    // Both are paid on one account number.
    let paid_on = |group: &Group| format!("{}/payee-account", group.path());
    let theirs = office.see(&original.group.admin, &paid_on(&original.group));
    let own = office.see(&copier.admin, &paid_on(&copier));
    let shared = json!({
        "account_name": copier.name, "bank_name": "宁波银行月湖支行", "bank_code": "313332082914",
        "account_number": theirs.text("/account_number"),
    });
    office.act(&copier.admin, "PUT", &paid_on(&copier), Some(shared), Some(own.version()));
    office.submit(&copy);
    let own = json!({"title": "萤火少年", "summary": "为双职工家庭的孩子开设暑期阅读班，邀请退休教师授课。"});
    let different = drafted(&office, &round, &office.a_group(Kind::Registered), own);
    office.submit(&different);
    let warnings = |project: &Project| -> Vec<(String, String)> {
        let seen = office.see(&office.officer, &format!("{}/machine-check", project.path()));
        let warnings = seen.at("/warnings").as_array().unwrap().clone();
        let text = |warning: &Value, name: &str| warning[name].as_str().unwrap().to_owned();
        warnings.iter().map(|warning| (text(warning, "code"), text(warning, "detail"))).collect()
    };
    let codes =
        |project: &Project| -> Vec<String> { warnings(project).into_iter().map(|(code, _)| code).collect() };
    let mut told = codes(&copy);
    told.sort();
    assert_eq!(told, ["W201", "W202", "W202", "W203"], "{:?}", warnings(&copy));
    assert!(warnings(&copy)[0].1.contains(&original.reference), "it names what it is like");
    assert_eq!(codes(&different), Vec::<String>::new());
    // What the machine had found is kept with the finding.
    office.move_application(&office.officer, &copy, "form-check", Some(crate::support::accepting()));
    let kept: Vec<String> = app
        .database()
        .read_now(|conn| {
            use diesel::prelude::*;
            use yichuang::db::schema::eligibility_checks;
            Ok(eligibility_checks::table.select(eligibility_checks::machine).load(conn)?)
        })
        .unwrap();
    assert!(kept[0].contains("W201") && kept[0].contains("W202"), "{kept:?}");
}
