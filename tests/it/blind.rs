//! Blind review (盲评): whose application it is stands in nothing that experts read.

use serde_json::{Value, json};

use crate::support::{Group, Kind, Office, Project, REVIEW_DAY, Reply, Round, TestApp, content, files};

on_both!(
    a_blind_file_names_nobody,
    an_open_file_names_the_group_and_no_person,
    a_search_of_experts_finds_nobody,
    the_officer_sees_what_experts_will_read,
);

const NAME: &str = "宁波市海曙区暖巷里助老服务中心";

/// A group of that name, whose words name it in every way.
fn submitted(office: &Office<'_>, round: &Round) -> (Project, Group) {
    let mut group = office.an_unverified_group(Kind::Registered);
    let version = office.version(&group.admin, &group.path());
    let named = json!({"name": NAME, "head_name": "周凤英", "head_phone": "13912345678"});
    office.act(&group.admin, "PATCH", &group.path(), Some(named), Some(version));
    NAME.clone_into(&mut group.name);
    office.verify_group(&group);
    office.set_account(&group);
    let mut all = content("50000.00");
    all["title"] = json!("暖巷里·助老：上门服务");
    all["summary"] =
        json!("暖 巷 里 助 老服务中心（负责人周凤英，１３９１２３４５６７８）与王阿姨一起上门。");
    all["lead_name"] = json!("王阿姨");
    all["lead_phone"] = json!("13800000001");
    all["answers"] = json!({
        "need": "宁波市海曙区暖巷里助老服务中心走访了三百户，电话138 0000 0001，找李阿婆。",
        "introduction": "我们是一家助老机构。",
        "members": [{"name": "李阿婆", "role": "骨干"}],
    });
    all["budget_lines"][0]["item"] = json!("暖巷里助老上门服务");
    let project = office.drafted(round, &group, all);
    office.attached(&project, "photos", "暖巷里助老服务中心合影.jpg", &files::photo(40, 30, b""));
    office.attached(&project, "certificate", "登记证书.pdf", &files::pdf(NAME));
    office.attached(&project, "account_proof", "账户证明.pdf", &files::pdf("3320"));
    office.submit(&project);
    office.accept(&project);
    office.on_the(REVIEW_DAY);
    (project, group)
}

fn in_review(app: &TestApp, blind: bool) -> (Office<'_>, Round, Project, Group) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"review": {"blind": blind}}));
    let (project, group) = submitted(&office, &round);
    (office, round, project, group)
}

#[track_caller]
fn names_nobody(what: &str, reply: &Reply) {
    let told = format!("{:?}{}", reply.headers, reply.body());
    let plain: String = told.chars().filter(|c| !c.is_whitespace() && !"·：（），".contains(*c)).collect();
    for word in [
        "暖巷里",
        "周凤英",
        "王阿姨",
        "13912345678",
        "１３９１２３４５６７８",
        "13800000001",
        "%E6%9A%96%E5%B7%B7",
    ] {
        assert!(!plain.contains(word), "{what} tells {word}: {told}");
    }
}

fn a_blind_file_names_nobody(app: &TestApp) {
    let (office, _, project, group) = in_review(app, true);
    let expert = office.an_expert();
    let sheet = office.marked(&project, &expert, "85");
    let by = &expert.person;
    let file = office.see(by, &format!("{sheet}/application"));
    names_nobody("the file", &file);
    assert_eq!((file.at("/blind"), file.at("/organization")), (&json!(true), &Value::Null));
    for id in [&group.id, &group.admin.id, &project.id] {
        assert!(!file.body().contains(id.as_str()), "{file}");
    }
    assert!(file.text("/summary").contains("一起上门"), "the rest stays: {file}");
    assert!(file.body().contains("走访了三百户"), "{file}");
    let attachments = file.at("/attachments").as_array().unwrap();
    assert_eq!(attachments.len(), 1, "{file}");
    assert_eq!(attachments[0]["name"], "photos-1.jpg");
    let content = format!("{sheet}/attachments/{}/content", attachments[0]["id"].as_str().unwrap());
    let photo = by.get(&content).expect(200);
    assert_eq!(photo.header("content-disposition").map(|told| told.contains("photos-1.jpg")), Some(true));
    names_nobody("the photo", &photo);
    // The other files are there for the office, and as if they were not for experts.
    for other in office.see(&office.officer, &project.files()).items() {
        let id = other["id"].as_str().unwrap();
        let reply = by.get(&format!("{sheet}/attachments/{id}/content")).send();
        assert_eq!(reply.status == 200, other["field"] == "photos", "{reply}");
    }
    for path in [sheet.clone(), "/api/v1/notifications".to_owned()] {
        names_nobody(&path, &office.see(by, &path));
    }
    for mail in app.mail_to(&by.mail()) {
        assert!(!format!("{mail:?}").contains("暖巷"), "{mail:?}");
    }
    // Nobody else reads it this way, and it closes with the recusal.
    let stranger = office.an_expert();
    stranger.person.get(&content).refused(404, "not_found");
    group.admin.get(&format!("{sheet}/application")).refused(404, "not_found");
    let version = office.version(by, &sheet);
    office.step(by, &format!("{sheet}/recusal"), version, Some(json!({"kind": "kin", "evidence": ""})));
    by.get(&format!("{sheet}/application")).refused(404, "not_found");
    by.get(&content).refused(404, "not_found");
}

fn an_open_file_names_the_group_and_no_person(app: &TestApp) {
    let (office, _, project, _) = in_review(app, false);
    let expert = office.an_expert();
    let sheet = office.marked(&project, &expert, "85");
    let file = office.see(&expert.person, &format!("{sheet}/application"));
    assert_eq!(file.text("/organization/name"), NAME);
    assert_eq!(file.text("/title"), "暖巷里·助老：上门服务");
    let names: Vec<&str> =
        file.at("/attachments").as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["暖巷里助老服务中心合影.jpg", "登记证书.pdf"], "no account proof: {file}");
    assert!(!file.body().contains("13800000001\""), "{file}");
}

/// A search tells an expert nothing, whether the name is there or not.
fn a_search_of_experts_finds_nobody(app: &TestApp) {
    let (office, round, project, _) = in_review(app, true);
    let expert = office.an_expert();
    office.marked(&project, &expert, "85");
    for path in ["applications", "reviews"] {
        let asked = |word: &str| {
            let reply = expert.person.get(&format!("{}/{path}?q={word}", round.path())).send();
            (reply.status, reply.json["items"].as_array().map(Vec::len), reply.json["code"].clone())
        };
        assert_eq!(asked("%E6%9A%96%E5%B7%B7"), asked("nobody"), "{path}");
    }
    let programme = format!("/api/v1/programmes/{}/organizations", office.programme);
    expert.person.get(&programme).send().json["items"]
        .as_array()
        .into_iter()
        .flatten()
        .for_each(|group| assert_ne!(group["name"], NAME));
}

fn the_officer_sees_what_experts_will_read(app: &TestApp) {
    let (office, _, project, group) = in_review(app, true);
    let preview = format!("{}/expert-file", project.path());
    let expert = office.an_expert();
    let sheet = office.marked(&project, &expert, "85");
    let read = office.see(&expert.person, &format!("{sheet}/application"));
    assert_eq!(office.see(&office.officer, &preview).json, read.json);
    group.admin.get(&preview).refused(403, "forbidden");
    expert.person.get(&preview).refused(404, "not_found");
}
