//! Conflicts of interest: each kind is found, bars the assignment and every read, and is decided by a person.

use serde_json::{Value, json};

use crate::support::{
    Expert, Group, Kind, Office, Person, Project, REVIEW_DAY, Reply, Round, TestApp, account,
    changes_nothing, content, fresh_phone,
};

on_both!(
    what_the_program_finds_bars_the_assignment,
    what_people_state_bars_the_assignment,
    an_earlier_project_and_a_sponsor_are_ties,
    a_tie_that_appears_closes_the_file_the_sheet_and_the_list,
    a_name_counts_until_somebody_has_looked,
    what_is_certain_nobody_dismisses,
    an_applicant_is_not_told_who_is_an_expert,
    staff_with_a_tie_see_nothing_of_the_sheets,
    a_sheet_that_counts_in_spite_is_flagged,
    ties_of_a_whole_round_are_quick,
);

struct Setting<'a> {
    office: Office<'a>,
    round: Round,
    group: Group,
    project: Project,
}

/// A round with one application, whose lead is known, on the day when experts are assigned.
fn setting(app: &TestApp) -> (Setting<'_>, String) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Filed);
    let lead_phone = fresh_phone();
    let mut whole = content("50000.00");
    whole["lead_name"] = json!("郑负责");
    whole["lead_phone"] = json!(lead_phone);
    let project = office.eligible(&round, &group, whole);
    office.on_the(REVIEW_DAY);
    (Setting { office, round, group, project }, lead_phone)
}

impl Setting<'_> {
    /// Nobody gives the application to this expert, for this kind of tie.
    #[track_caller]
    fn is_barred(&self, expert: &Expert, kind: &str) {
        let path = format!("{}/reviews", self.project.path());
        let told = changes_nothing(self.office.app.database(), || {
            let body = json!({"expert_id": expert.id});
            self.office.officer.post(&path).json(&body).refused(403, "review.conflict")
        });
        assert!(told.text("/detail").contains(kind), "{kind}: {told}");
        let line = self.line(expert);
        let kinds: Vec<&str> =
            line["ties"].as_array().unwrap().iter().map(|tie| tie["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&kind), "{line:#}");
    }

    /// What the office sees of the pair.
    #[track_caller]
    fn line(&self, expert: &Expert) -> Value {
        let seen = self.office.see(&self.office.supervisor, &format!("{}/conflicts", self.project.path()));
        let found = seen.items().iter().find(|line| line["expert_id"] == expert.id.as_str());
        found.unwrap_or_else(|| panic!("no tie of {}: {seen}", expert.person.name)).clone()
    }

    #[track_caller]
    fn dismiss(&self, expert: &Expert, kind: &str) -> Reply {
        let body = json!({"expert_id": expert.id, "kind": kind, "reason": "查验证件,并非同一人"});
        let path = format!("{}/conflict-dismissals", self.project.path());
        self.office.post(&self.office.officer, &path, Some(body))
    }

    #[track_caller]
    fn tie(&self, expert: &Expert, tie: Value) {
        self.office.post(&expert.person, &format!("{}/ties", Office::entry(expert)), Some(tie));
    }
}

fn registered(app: &TestApp, office: &Office<'_>, name: &str) -> Person {
    let person = app.register_person_with_mail(name);
    office.keep_signed_in(&person);
    person
}

fn what_the_program_finds_bars_the_assignment(app: &TestApp) {
    let (setting, lead_phone) = setting(app);
    let office = &setting.office;
    let of_the_group = office.an_expert_who(&json!({"organization_id": setting.group.id}));
    setting.is_barred(&of_the_group, "same_organization");
    let of_the_host = office.an_expert_who(&json!({"organization_id": setting.group.payee().id}));
    setting.is_barred(&of_the_host, "host_organization");
    let agent = office.admitted(setting.group.admin.clone(), &json!({}));
    setting.is_barred(&agent, "acts_for_applicant");
    let of_the_hosts_people = office.admitted(setting.group.payee().admin.clone(), &json!({}));
    setting.is_barred(&of_the_hosts_people, "acts_for_applicant");

    // The lead's number, under a name of one's own.
    let lead = app.register_person_by(&lead_phone, "另一个名字");
    office.keep_signed_in(&lead);
    let lead = office.admitted(lead, &json!({}));
    setting.is_barred(&lead, "same_phone");
    let shown = setting.line(&lead).to_string();
    assert!(!shown.contains(&lead_phone), "no number is shown: {shown}");

    // The account of the expert's own organisation is the one the group's host is paid on.
    let other = office.a_group(Kind::Registered);
    let host = setting.group.payee();
    let number = office.see(&host.admin, &format!("{}/payee-account", host.path()));
    let mut same = account(&other.name);
    same["account_number"] = number.at("/account_number").clone();
    let path = format!("{}/payee-account", other.path());
    let plain = same["account_number"].as_str().is_some_and(|text| !text.contains('*'));
    let version = office.version(&other.admin, &path);
    office.act(&other.admin, "PUT", &path, Some(same), Some(version));
    let colleague = office.an_expert_who(&json!({"organization_id": other.id}));
    if plain {
        setting.is_barred(&colleague, "same_account");
    }
    // Who has nothing of all that is assigned.
    let nobody = office.an_expert();
    office.assign(&setting.project, &nobody);
}

fn what_people_state_bars_the_assignment(app: &TestApp) {
    let (setting, _) = setting(app);
    let office = &setting.office;
    let group = &setting.group;
    for kind in ["board_member", "donor_or_sponsor", "tutored", "declared_other"] {
        let expert = office.an_expert();
        setting.tie(&expert, json!({"kind": kind, "organization_id": group.id, "evidence": "本人申明"}));
        setting.is_barred(&expert, kind);
    }
    // By name, however it is typed; to the host; to the lead.
    let by_name = office.an_expert();
    setting.tie(&by_name, json!({"kind": "board_member", "organization_name": format!(" {} ", group.name)}));
    setting.is_barred(&by_name, "board_member");
    let of_the_host = office.an_expert();
    setting.tie(&of_the_host, json!({"kind": "board_member", "organization_name": group.payee().name}));
    setting.is_barred(&of_the_host, "board_member");
    let kin = office.an_expert();
    setting.tie(&kin, json!({"kind": "kin", "person_name": "郑 负责"}));
    setting.is_barred(&kin, "kin");
    // An employment counts for three years.
    let (lately, long_ago) = (office.an_expert(), office.an_expert());
    let former =
        |year: i32| json!({"kind": "former_employer", "organization_id": group.id, "until_year": year});
    setting.tie(&lately, former(2008));
    setting.is_barred(&lately, "former_employer");
    setting.tie(&long_ago, former(2007));
    office.assign(&setting.project, &long_ago);
    // The office knows of one; so does an expert who steps back, in a word of their own.
    let known = office.an_expert();
    let record = json!({"expert_id": known.id, "kind": "kin", "evidence": "来信反映"});
    let path = format!("{}/conflicts", setting.project.path());
    office.post(&office.officer, &path, Some(record));
    setting.is_barred(&known, "kin");
    let friend = office.an_expert();
    let sheet = office.assign(&setting.project, &friend);
    let version = office.version(&friend.person, &sheet);
    office.step(&friend.person, &format!("{sheet}/recusal"), version, Some(json!({"kind": "friend"})));
    setting.is_barred(&friend, "declared_other");
    // Only what a person can know is stated, and of somebody.
    let expert = office.an_expert();
    for (tie, pointer, code) in [
        (json!({"kind": "same_phone", "organization_id": group.id}), "/kind", "conflict.kind_not_stated"),
        (json!({"kind": "kin"}), "/organization_name", "expert.tie_names_nobody"),
        (json!({"kind": "x", "organization_id": group.id}), "/kind", "field.invalid"),
    ] {
        let told = expert.person.post(&format!("{}/ties", Office::entry(&expert))).json(&tie).expect(422);
        assert_eq!(told.faults(), [(pointer.to_owned(), code.to_owned())], "{told}");
    }
}

fn an_earlier_project_and_a_sponsor_are_ties(app: &TestApp) {
    let office = Office::found(app);
    let before = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let lead_phone = fresh_phone();
    let mut earlier = content("50000.00");
    earlier["lead_name"] = json!("旧负责人");
    earlier["lead_phone"] = json!(lead_phone);
    let earlier = office.eligible(&before, &group, earlier);
    let round = office.published_round("100000.00", json!({}));
    let project = office.eligible(&round, &group, content("40000.00"));
    office.on_the(REVIEW_DAY);
    let setting = Setting { office, round, group, project };
    let office = &setting.office;
    let lead = app.register_person_by(&lead_phone, "早已离开的人");
    office.keep_signed_in(&lead);
    let lead = office.admitted(lead, &json!({}));
    setting.is_barred(&lead, "earlier_grant_tie");

    // A company that asked to sponsor a project of the group, and its representative among the experts.
    let sponsor = office.an_enterprise(2);
    let represents = office.admitted(sponsor.rep.clone(), &json!({}));
    let programme = office.programme.clone();
    let (owner, choice) = (sponsor.id.clone(), earlier.id.clone());
    prefers(app, &programme, &before.id, &owner, &choice, &office.officer.id);
    setting.is_barred(&represents, "donor_or_sponsor");
}

/// A list of an enterprise, as a matching round keeps it: the round need not be decided for the tie to be there.
fn prefers(app: &TestApp, programme: &str, round: &str, owner: &str, choice: &str, by: &str) {
    use diesel::prelude::*;
    use yichuang::{
        db::{
            Lane,
            schema::{matching_preferences, matching_rounds},
        },
        kernel::{
            ids::{MatchingRoundId, PreferenceId},
            time::Clock,
        },
    };
    let [programme, round, owner, by] = [programme, round, owner, by].map(str::to_owned);
    let choices = json!([choice]).to_string();
    let now = app.clock.now();
    let (matching, preference) = (MatchingRoundId::generate(), PreferenceId::generate());
    app.database()
        .write_now(Lane::Installation, move |conn| {
            diesel::insert_into(matching_rounds::table)
                .values((
                    matching_rounds::id.eq(matching.to_string()),
                    matching_rounds::programme_id.eq(&programme),
                    matching_rounds::round_id.eq(&round),
                    matching_rounds::name.eq("双百对接"),
                    matching_rounds::proposer.eq("enterprises"),
                    matching_rounds::state.eq("open"),
                    matching_rounds::created_by.eq(&by),
                    matching_rounds::created_at.eq(now),
                    matching_rounds::version.eq(1),
                ))
                .execute(conn)?;
            diesel::insert_into(matching_preferences::table)
                .values((
                    matching_preferences::id.eq(preference.to_string()),
                    matching_preferences::programme_id.eq(&programme),
                    matching_preferences::matching_round_id.eq(matching.to_string()),
                    matching_preferences::side.eq("enterprise"),
                    matching_preferences::owner_id.eq(&owner),
                    matching_preferences::choices.eq(&choices),
                    matching_preferences::quota.eq(1),
                    matching_preferences::created_by.eq(&by),
                    matching_preferences::updated_at.eq(now),
                    matching_preferences::version.eq(1),
                ))
                .execute(conn)?;
            Ok(())
        })
        .expect("the rows of a list");
}

fn a_tie_that_appears_closes_the_file_the_sheet_and_the_list(app: &TestApp) {
    let (setting, _) = setting(app);
    let office = &setting.office;
    let expert = office.an_expert();
    let sheet = office.marked(&setting.project, &expert, "85");
    let (by, file) = (&expert.person, format!("{sheet}/application"));
    office.see(by, &file);
    assert_eq!(office.see(by, &sheet).text("/comment"), "可行");
    setting.tie(&expert, json!({"kind": "donor_or_sponsor", "organization_id": setting.group.id}));

    by.get(&file).refused(404, "not_found");
    let listed = office.see(by, &format!("{}/reviews", setting.round.path()));
    for seen in [&office.see(by, &sheet).json, &listed.items()[0]] {
        for field in ["marks", "suggested_amount", "comment", "total"] {
            assert_eq!(seen[field], Value::Null, "{field}: {seen:#}");
        }
        assert_eq!(seen["permitted_actions"], json!(["recuse"]));
    }
    let version = office.version(by, &sheet);
    let mark = json!({"comment": "改"});
    changes_nothing(app.database(), || {
        by.patch(&sheet).if_match(version).json(&mark).refused(403, "review.conflict");
        by.post(&format!("{sheet}/submission")).if_match(version).refused(403, "review.conflict");
    });
    // What remains is to step back.
    office.step(by, &format!("{sheet}/recusal"), version, Some(json!({"kind": "donor_or_sponsor"})));
}

fn a_name_counts_until_somebody_has_looked(app: &TestApp) {
    let (setting, _) = setting(app);
    let office = &setting.office;
    let namesake = office.admitted(registered(app, office, "郑负责"), &json!({}));
    setting.is_barred(&namesake, "name_match");
    let tie = |line: &Value| line["ties"][0].clone();
    assert_eq!(tie(&setting.line(&namesake))["standing"], "unresolved");
    assert_eq!(tie(&setting.line(&namesake))["source"], "program");
    setting.dismiss(&namesake, "name_match");
    assert_eq!(tie(&setting.line(&namesake))["standing"], "dismissed");
    office.assign(&setting.project, &namesake);
    // A second look at the same is no more needed, and nobody dismisses what is not there.
    let again = json!({"expert_id": namesake.id, "kind": "name_match", "reason": "再看一次"});
    let path = format!("{}/conflict-dismissals", setting.project.path());
    office.officer.post(&path).json(&again).refused(409, "conflict.none");
}

fn what_is_certain_nobody_dismisses(app: &TestApp) {
    let (setting, _) = setting(app);
    let office = &setting.office;
    let colleague = office.an_expert_who(&json!({"organization_id": setting.group.id}));
    let path = format!("{}/conflict-dismissals", setting.project.path());
    let body = json!({"expert_id": colleague.id, "kind": "same_organization", "reason": "没有关系"});
    changes_nothing(app.database(), || {
        office.officer.post(&path).json(&body).refused(409, "conflict.certain");
        for other in [&office.chair, &office.supervisor, &office.director] {
            other.post(&path).json(&body).refused(403, "forbidden");
        }
    });
    // Nobody judges on a tie of their own: neither the expert nor who acts for the group.
    let jack = office.an_expert();
    let member = json!({"user_id": jack.person.id, "role": "program_officer"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    let known = json!({"expert_id": jack.id, "kind": "kin", "evidence": "来信反映"});
    office.post(&office.officer, &format!("{}/conflicts", setting.project.path()), Some(known));
    let own = json!({"expert_id": jack.id, "kind": "kin", "reason": "没有这回事"});
    jack.person.post(&path).json(&own).refused(403, "forbidden.own_group");
    // What was dismissed and is stated again stands again.
    setting.dismiss(&jack, "kin");
    office.app.move_clock_to("2011-05-11T02:00:00Z");
    office.sign_in_everybody();
    let again = json!({"expert_id": jack.id, "kind": "kin", "evidence": "来信反映"});
    office.post(&office.officer, &format!("{}/conflicts", setting.project.path()), Some(again));
    setting.is_barred(&jack, "kin");
}

fn an_applicant_is_not_told_who_is_an_expert(app: &TestApp) {
    let (setting, _) = setting(app);
    let office = &setting.office;
    let named = office.an_expert();
    let path = format!("{}/conflict-requests", setting.project.path());
    let admin = &setting.group.admin;
    let raise = |name: &str| {
        let body = json!({"person_name": name, "kind": "kin", "reasons": "系亲属", "evidence": "户口簿"});
        office.post(admin, &path, Some(body))
    };
    let (one, other) = (raise(&named.person.name), raise("谁也不是"));
    let shape = |reply: &Reply| {
        let mut json = reply.json.clone();
        (json["id"], json["person_name"]) = (Value::Null, Value::Null);
        (reply.status, json, reply.header("etag").map(str::to_owned))
    };
    assert_eq!(shape(&one), shape(&other));
    assert!(!one.body().contains(&named.id));
    // Until somebody has looked it counts as a conflict.
    setting.is_barred(&named, "kin");
    let list = format!("{}/conflict-requests", setting.round.path());
    admin.get(&list).refused(403, "forbidden");
    let requests = office.see(&office.supervisor, &list);
    assert_eq!(requests.items()[0]["namesakes"], json!([named.id]), "{requests}");
    assert_eq!(requests.items()[1]["namesakes"], json!([]), "{requests}");
    let resolve = |request: &Reply, body: Value| {
        office.step(
            &office.officer,
            &format!("/api/v1/conflict-requests/{}/resolution", request.id()),
            1,
            Some(body),
        )
    };
    assert_eq!(resolve(&other, json!({"reason": "库中无此人"})).text("/state"), "dismissed");
    let upheld = resolve(&one, json!({"reason": "属实", "expert_id": named.id}));
    assert_eq!(upheld.text("/state"), "upheld");
    setting.is_barred(&named, "kin");
    assert_eq!(office.see(&office.supervisor, &format!("{list}?state=open")).items().len(), 0);
    // Not by others, not of others, and not without end.
    let body = json!({"person_name": "甲", "kind": "kin", "reasons": "系亲属", "evidence": "户口簿"});
    let neighbour = office.a_group(Kind::Registered).admin;
    neighbour.post(&path).json(&body).refused(404, "not_found");
    named.person.post(&path).json(&body).refused(404, "not_found");
    for _ in 2..10 {
        raise("甲");
    }
    admin.post(&path).json(&body).refused(409, "conflict.requests_many");
}

fn staff_with_a_tie_see_nothing_of_the_sheets(app: &TestApp) {
    let (setting, _) = setting(app);
    let office = &setting.office;
    let expert = office.an_expert();
    let sheet = office.scored_once(&setting.project, &expert, "85");
    let list = format!("{}/reviews", setting.round.path());
    let insiders = [&setting.group.admin, &setting.group.payee().admin];
    for insider in insiders {
        let member = json!({"user_id": insider.id, "role": "supervisor"});
        office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
        insider.get(&sheet).refused(404, "not_found");
        let seen = office.see(insider, &format!("{list}?limit=1"));
        assert!(seen.items().is_empty() && seen.json["next_cursor"].is_null(), "{seen}");
        let pairs = office.see(insider, &format!("{}/conflicts", setting.round.path()));
        assert!(pairs.items().is_empty(), "{pairs}");
        insider.get(&format!("{}/conflicts", setting.project.path())).refused(404, "not_found");
    }
    assert_eq!(office.see(&office.supervisor, &list).items().len(), 1);
}

fn a_sheet_that_counts_in_spite_is_flagged(app: &TestApp) {
    let (setting, _) = setting(app);
    let office = &setting.office;
    let [expert, other] = office.experts::<2>();
    let sheet = office.scored_once(&setting.project, &expert, "85");
    office.scored_once(&setting.project, &other, "80");
    let list = format!("{}/conflicts", setting.round.path());
    assert!(office.see(&office.supervisor, &list).items().is_empty());
    app.move_clock_to("2011-05-11T02:00:00Z");
    office.sign_in_everybody();
    setting.tie(&expert, json!({"kind": "tutored", "organization_id": setting.group.id}));
    let seen = office.see(&office.supervisor, &list);
    let [line] = seen.items() else { panic!("{seen}") };
    assert!(sheet.ends_with(line["review_id"].as_str().unwrap()), "{seen}");
    assert_eq!(line["counts_in_spite"], json!(true));
    assert_eq!(line["ties"][0]["source"], "expert");
    expert.person.get(&list).refused(403, "forbidden");
    setting.group.admin.get(&list).refused(403, "forbidden");
}

/// 1,200 applications and 100 experts, of whom some have ties; a debug build of the service.
fn ties_of_a_whole_round_are_quick(app: &TestApp) {
    let (setting, _) = setting(app);
    let office = &setting.office;
    let expert = office.admitted(registered(app, office, "郑负责"), &json!({}));
    setting.is_barred(&expert, "name_match");
    let (project, round) = (setting.project.id.clone(), setting.round.id.clone());
    copies(app, &project, &round, 1_200);
    experts(app, &expert.id, 100);
    let began = std::time::Instant::now();
    let seen = office.see(&office.supervisor, &format!("{}/conflicts", setting.round.path()));
    let took = began.elapsed();
    assert!(seen.items().is_empty(), "nobody has a sheet: {seen}");
    assert!(took.as_millis() < 4_000, "{took:?}");
    // Nobody handed these in: they go before the invariants are checked.
    let gone = [
        "DELETE FROM applications WHERE reference LIKE 'ZZ-%'",
        "DELETE FROM experts WHERE user_id IN (SELECT id FROM users WHERE phone LIKE '199%')",
        "DELETE FROM users WHERE phone LIKE '199%'",
    ];
    run(app, yichuang::db::Lane::Installation, gone.map(str::to_owned).to_vec());
}

/// The same application under many references.
fn copies(app: &TestApp, project: &str, round: &str, count: usize) {
    use yichuang::{db::Lane, kernel::ids::ApplicationId};
    let columns = "programme_id, round_id, organization_id, state, title, domain, requested, own_funds, \
                   starts_on, ends_on, beneficiaries, summary, policy_number, rubric_number, created_by, \
                   created_at, updated_at, submitted_at, version, lead_name, lead_phone, answers, form_number";
    let rows: Vec<String> = (0..count)
        .map(|n| {
            format!(
                "INSERT INTO applications (id, reference, {columns}) SELECT '{}', 'ZZ-{n:05}', {columns} \
                 FROM applications WHERE id = '{project}' AND round_id = '{round}'",
                ApplicationId::generate()
            )
        })
        .collect();
    run(app, Lane::Installation, rows);
}

/// The same expert under other accounts.
fn experts(app: &TestApp, expert: &str, count: usize) {
    use yichuang::{
        db::Lane,
        kernel::ids::{ExpertId, UserId},
    };
    let mut rows = Vec::new();
    for n in 0..count {
        let user = UserId::generate();
        rows.push(format!(
            "INSERT INTO users (id, name, phone, password_hash, created_at, version) SELECT '{user}', \
             '专家 {n}', '199{n:08}', password_hash, created_at, 1 FROM users LIMIT 1"
        ));
        rows.push(format!(
            "INSERT INTO experts (id, programme_id, user_id, name, expertise, created_by, created_at, version) \
             SELECT '{}', programme_id, '{user}', '专家 {n}', '', created_by, created_at, 1 FROM experts \
             WHERE id = '{expert}'",
            ExpertId::generate()
        ));
    }
    run(app, Lane::Installation, rows);
}

fn run(app: &TestApp, lane: yichuang::db::Lane, rows: Vec<String>) {
    use diesel::prelude::*;
    app.database()
        .write_now(lane, move |conn| {
            for row in &rows {
                diesel::sql_query(row).execute(conn)?;
            }
            Ok(())
        })
        .expect("rows of a large round");
}
