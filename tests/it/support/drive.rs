//! A round that takes every step there is, at least once, and looks at everything there is to see.

use serde_json::json;

use super::{
    APPROVAL_DAY, Award, DECISION_DAY, Expert, Kind, Office, Project, REVIEW_DAY, Round, Sponsor, account,
    content,
    drive_organizations::{Known, looked_at_organizations, organizations_and_people, outcome},
    fresh_number,
};

/// What a whole round leaves to look at.
pub struct Ended {
    pub round: Round,
    pub award: Award,
    pub sponsor: Sponsor,
    pub sheet: String,
    pub expert: Expert,
    pub plan: String,
    pub notice: String,
    pub payment: String,
    pub matching: String,
    pub run: String,
    pub known: Known,
}

/// Takes every write of the API at least once, each by whom it is meant for.
#[track_caller]
pub fn whole_round(office: &Office<'_>) -> Ended {
    super::take_calls(office);
    super::posts_of(office);
    let round = office.published_round("100000.00", json!({"cap": "50000.00", "pass_line": "70.00"}));
    let known = organizations_and_people(office);
    let filed = office.a_group(Kind::Filed);
    let group = office.a_group(Kind::Registered);
    let profile = json!({"members": 25});
    let version = office.version(&group.admin, &group.path());
    office.act(&group.admin, "PATCH", &group.path(), Some(profile), Some(version));
    office.verify_group(&group);
    // Another account, which is verified anew, and a second person who may write applications.
    let path = format!("{}/payee-account", group.path());
    let version = office.version(&group.admin, &path);
    let replaced = office.act(&group.admin, "PUT", &path, Some(account(&group.name)), Some(version));
    let verification = format!("/api/v1/payee-accounts/{}/verification", replaced.id());
    office.step(&office.maker, &verification, replaced.version(), None);
    let writer = office.join("代填人");
    let member = json!({"user_id": writer.id, "role": "applicant"});
    office.post(&group.admin, &format!("{}/members", group.path()), Some(member));
    let sponsor = office.an_enterprise(2);

    // Four applications: one is taken back, one rejected, two are found eligible.
    let taken_back = office.drafted(&round, &group, content("50000.00"));
    office.move_application(&group.admin, &taken_back, "withdrawal", None);
    let rejected = office.submitted(&round, &group, content("50000.00"));
    let reject = json!({"outcome": "reject", "reason_code": "E111", "note": "不在本区"});
    office.move_application(&office.officer, &rejected, "form-check", Some(reject.clone()));
    office.move_application(&office.second_officer, &rejected, "eligibility", Some(reject));
    let project = office.drafted(&round, &group, content("40000.00"));
    super::drive_files::files_of(office, &project);
    let version = office.version(&group.admin, &project.path());
    office.act(&group.admin, "PATCH", &project.path(), Some(content("50000.00")), Some(version));
    office.submit(&project);
    office.accept(&project);
    let disputed = office.eligible(&round, &filed, content("30000.00"));

    super::an_intake(office, &round, &filed);
    super::import_applications(office, &round);
    super::drive_letters::letters_of(office);
    let defended = super::a_round_with_defence(office);
    let diverging = super::drive_ranking::diverging(office);
    let elsewhere = super::a_project_to_score_elsewhere(office);

    // One expert steps back; the others disagree about the second, and the chair lets the score stand.
    office.on_the(REVIEW_DAY);
    super::sheets_of(office, &defended);
    super::score_files_of(office, &elsewhere);
    super::assignment_plans(office, &round, &project);
    let experts = office.experts::<3>();
    let friend = office.an_expert();
    let stepped_back = office.assign(&project, &friend);
    let version = office.version(&friend.person, &stepped_back);
    let tie = json!({"kind": "friend", "evidence": ""});
    office.step(&friend.person, &format!("{stepped_back}/recusal"), version, Some(tie));
    let silent = office.an_expert();
    let unread = office.assign(&project, &silent);
    let version = office.version(&office.officer, &unread);
    let why = json!({"reason": "专家因病不能评审,改请他人。"});
    office.step(&office.officer, &format!("{unread}/release"), version, Some(why));
    let sheet = office.scored_once(&project, &experts[0], "85");
    office.scored_by(&project, &experts[1..], &["88", "82.5"]);
    office.scored_by(&disputed, &experts, &["95", "60", "70"]);
    let stands = json!({"reason": "组长与专家逐一沟通,分歧有据。"});
    office.post(&office.chair, &format!("{}/score-confirmation", disputed.path()), Some(stands));
    super::drive_ranking::re_reviewed(office, &diverging);

    super::drive_experts::experts_of(office, &round, &project);

    // Decided, announced, approved, agreed, paid.
    office.on_the(DECISION_DAY);
    let decision = office.decided(&round);
    let plan = format!("/api/v1/selection-plans/{}", decision.text("/plan_id"));
    let notice = office.noticed(&round);
    office.on_the(APPROVAL_DAY);
    office.approved(&notice);
    outcome(office);
    let award = office.award_of(&round, &project);
    office.signed(&award);
    let payment = office.paid(&award);

    super::drive_identity::identity_of(office);

    // Matched.
    let matching = office.matching(&round);
    let list = office.enterprise_lists(&matching, &sponsor, &[]);
    let choices = json!({"choices": [project.id]});
    office.act(&sponsor.rep, "PUT", &list, Some(choices), Some(1));
    office.project_lists(&matching, &project, &[&sponsor]);
    let run = format!("/api/v1/matching-runs/{}", office.matched(&matching).id());
    super::drive_privacy::personal_data(office, &group);
    let [expert, ..] = experts;
    Ended { round, award, sponsor, sheet, expert, plan, notice, payment, matching, run, known }
}

/// Reads everything there is to read, each by somebody who may.
#[track_caller]
pub fn looked_at(office: &Office<'_>, ended: &Ended) {
    let Ended { round, award, sponsor, sheet, expert, plan, notice, payment, matching, run, .. } = ended;
    let Project { group, .. } = &award.project;
    let programme = format!("/api/v1/programmes/{}", office.programme);
    let mut seen = vec![
        ("/api/v1/programmes".to_owned(), &office.officer),
        (format!("{programme}/rounds"), &office.auditor),
        (format!("{programme}/organizations"), &office.auditor),
        (format!("{programme}/enterprises"), &office.auditor),
        (format!("{programme}/experts"), &office.chair),
        (round.path(), &group.admin),
        (group.path(), &group.admin),
        (format!("{}/payee-account", group.path()), &office.maker),
        (format!("/api/v1/enterprises/{}", sponsor.id), &sponsor.rep),
        (award.project.path(), &office.street),
        (sheet.clone(), &office.chair),
        (format!("{}/expert-file", award.project.path()), &office.officer),
        (plan.clone(), &office.auditor),
        (award.path(), &group.admin),
        (payment.clone(), &group.admin),
        (matching.clone(), &sponsor.rep),
        (run.clone(), &office.auditor),
        (notice.replace("/notices/", "/public/notices/"), &office.worker),
        ("/api/v1/public/notices".to_owned(), &office.worker),
        ("/api/v1/public/rounds".to_owned(), &office.worker),
        ("/api/v1/me".to_owned(), &office.worker),
    ];
    for list in
        ["applications", "reviews", "ranking", "awards", "payment-requests", "ledger", "ledger/entries"]
    {
        seen.push((format!("{}/{list}", round.path()), &office.supervisor));
    }
    for part in ["agreement", "tranches"] {
        seen.push((format!("{}/{part}", award.path()), &group.admin));
    }
    for (path, person) in seen {
        office.see(person, &path);
    }
    let file = office.see(&expert.person, &format!("{sheet}/application"));
    let attachment = file.text("/attachments/0/id");
    office.see(&expert.person, &format!("{sheet}/attachments/{attachment}/content"));
    looked_at_organizations(office, ended);
    for path in ["/", "/healthz", "/readyz", "/docs/errors", "/api/v1/openapi.json"] {
        office.app.client().get(path).expect(200);
    }
    super::drive_privacy::looked_at_personal_data(office);
    super::looked_at_imports(office, round);
    super::drive_identity::looked_at_identity(office);
    super::drive_ranking::looked_at_ranking(office, ended);
    super::looked_at_evidence(office, notice);
    let leaving = office.join(&format!("过客 {}", fresh_number()));
    leaving.delete("/api/v1/sessions/current").expect(204);
    office.sign_in_everybody();
}
