//! Number 30: somebody of the administration looks through another's eyes: with consent, for half an hour, reading only,
//! on record, and never at scores, money or accounts.

use serde_json::json;

use crate::support::{Client, Kind, Office, Person, TestApp, changes_nothing, content};

on_both!(nobody_looks_without_consent, a_look_only_reads_and_is_on_record, a_look_ends,);

#[track_caller]
fn asked(office: &Office<'_>, viewer: &Person, subject: &Person) -> String {
    let body = json!({"user_id": subject.id, "reason": "来电称看不到补正通知"});
    format!("/api/v1/view-as/{}", office.post(viewer, "/api/v1/view-as", Some(body)).id())
}

#[track_caller]
fn begun(office: &Office<'_>, viewer: &Person, subject: &Person) -> (String, Client) {
    let path = asked(office, viewer, subject);
    office.step(subject, &format!("{path}/agreement"), 1, None);
    let session = office.step(viewer, &format!("{path}/session"), 2, None);
    (path, office.app.client().with_token(session.text("/token")))
}

fn nobody_looks_without_consent(app: &TestApp) {
    let office = Office::found(app);
    let (security, second) =
        (office.appointed("安全", "security_admin"), office.appointed("安全二", "security_admin"));
    let audit = office.appointed("审计管理员", "audit_admin");
    let body = |subject: &Person| json!({"user_id": subject.id, "reason": "核实"});
    changes_nothing(app.database(), || {
        for person in [&audit, &office.director, &office.officer] {
            person.post("/api/v1/view-as").json(&body(&office.worker)).refused(403, "forbidden");
        }
        for subject in [&security, &office.admin] {
            security.post("/api/v1/view-as").json(&body(subject)).refused(422, "view_as.of_administrator");
        }
    });
    let path = asked(&office, &security, &office.officer);
    let told = changes_nothing(app.database(), || {
        security.post(&format!("{path}/agreement")).if_match(1).refused(403, "view_as.own_consent");
        security.post(&format!("{path}/session")).if_match(1).refused(409, "illegal_transition");
        second.post(&format!("{path}/session")).if_match(1).refused(404, "not_found");
        // Nobody else knows of it; who audits sees it and agrees to nothing.
        office.director.post(&format!("{path}/agreement")).if_match(1).refused(404, "not_found");
        audit.post(&format!("{path}/agreement")).if_match(1).refused(403, "view_as.own_consent");
        office.see(&office.officer, "/api/v1/view-as")
    });
    assert_eq!(told.text("/items/0/reason"), "来电称看不到补正通知");
    assert_eq!(told.at("/items/0/permitted_actions"), &json!(["agree", "end"]));
    assert!(office.see(&office.director, "/api/v1/view-as").items().is_empty());
    // A second administrator may agree in the person's stead.
    office.step(&second, &format!("{path}/agreement"), 1, None);
    let session = office.step(&security, &format!("{path}/session"), 2, None);
    assert!(session.text("/token").len() >= 32, "{session}");
    let told = app.mail_to(&office.officer.mail());
    assert!(told.iter().any(|mail| mail.subject.contains("以您的身份查看")), "the person is told");
}

fn a_look_only_reads_and_is_on_record(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, content("50000.00"));
    let security = office.appointed("安全", "security_admin");
    let (_, eyes) = begun(&office, &security, &group.admin);

    let me = eyes.get("/api/v1/me").expect(200);
    assert_eq!(me.id(), group.admin.id);
    assert_eq!(me.text("/viewed_by/user_id"), security.id);
    assert!(!me.text("/viewed_by/expires_at").is_empty());
    assert!(group.admin.get("/api/v1/me").expect(200).at("/viewed_by").is_null());
    // What the person sees, and nothing of money or accounts.
    eyes.get(&project.path()).expect(200);
    eyes.get(&group.path()).expect(200);
    eyes.get(&format!("{}/payee-account", group.path())).refused(403, "view_as.closed");
    // Nothing is done, whatever the person may.
    let before = app.audited("view_as.look");
    let version = office.version(&group.admin, &project.path());
    for (method, path) in [
        ("PATCH", project.path()),
        ("POST", format!("{}/submission", project.path())),
        ("POST", format!("{}/withdrawal", project.path())),
        ("PUT", format!("{}/payee-account", group.path())),
        ("DELETE", "/api/v1/sessions/current".to_owned()),
        ("POST", "/api/v1/view-as".to_owned()),
    ] {
        let request = eyes.request(method, &path).key(&crate::support::fresh_key()).if_match(version);
        let told = if method == "DELETE" { request.send() } else { request.json(&json!({})).send() };
        assert_eq!((told.status, told.text("/code")), (403, "view_as.read_only"), "{told}");
    }
    assert_eq!(app.audited("view_as.look"), before + 6, "every request is on record");
    assert_eq!(office.version(&group.admin, &project.path()), version);

    // The roles that move money or give scores are not among what is seen.
    let (_, eyes) = begun(&office, &security, &office.director);
    let me = eyes.get("/api/v1/me").expect(200);
    assert_eq!(me.at("/roles"), &json!([]), "{me}");
    for list in ["ledger", "ranking", "score-report", "reviews", "payment-requests"] {
        eyes.get(&format!("{}/{list}", round.path())).refused(403, "view_as.closed");
    }
}

fn a_look_ends(app: &TestApp) {
    let office = Office::found(app);
    let security = office.appointed("安全", "security_admin");
    let gone = |eyes: &Client| eyes.get("/api/v1/me").refused(401, "session.expired");
    // By the person.
    let (path, eyes) = begun(&office, &security, &office.officer);
    eyes.get("/api/v1/me").expect(200);
    office.step(&office.officer, &format!("{path}/ending"), 3, None);
    gone(&eyes);
    security.post(&format!("{path}/session")).if_match(4).refused(409, "illegal_transition");
    // By the clock, used or not.
    let (_, eyes) = begun(&office, &security, &office.officer);
    app.pass(29 * 60 + 59);
    eyes.get("/api/v1/me").expect(200);
    app.pass(1);
    gone(&eyes);
    office.sign_in_everybody();
    // With the post of whoever looks.
    let (_, eyes) = begun(&office, &security, &office.officer);
    eyes.get("/api/v1/me").expect(200);
    let posts = office.see(&office.admin, "/api/v1/administrators?limit=100");
    let post = crate::support::held(posts.items(), &security, "security_admin");
    office.act(&office.admin, "DELETE", &format!("/api/v1/administrators/{post}"), None, None);
    gone(&eyes);
}
