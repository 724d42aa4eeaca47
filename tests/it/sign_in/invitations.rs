//! Invitations by link, QR code, e-mail and phone.

use diesel::prelude::*;
use serde_json::{Value, json};
use yichuang::{
    db::{
        private::{MailBody, Private, RememberedBody},
        schema::{idempotency_records, invitations, outbox},
    },
    kernel::digest::sha256_hex,
};

use crate::support::{
    Group, Kind, Office, Reply, TestApp, changes_nothing, fresh_key, fresh_phone, token_of,
};

on_both!(
    an_invited_person_joins_once,
    an_invitation_is_void_after_a_week_or_when_it_was_taken_back,
    the_token_is_stored_nowhere,
    the_link_begins_with_the_configured_address,
    who_is_invited_by_phone_signs_in_without_having_registered,
    all_faults_of_an_invitation_are_told_at_once,
    only_the_administrator_invites,
);

const ACCEPTANCE: &str = "/api/v1/invitations/acceptance";

#[track_caller]
fn invited(office: &Office<'_>, group: &Group, invitation: Value) -> Reply {
    office.post(&group.admin, &format!("{}/invitations", group.path()), Some(invitation))
}

fn by_mail() -> Value {
    json!({"name": "吴四", "email": "wu4@example.org", "role": "applicant"})
}

fn an_invited_person_joins_once(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let invitation = invited(&office, &group, by_mail());
    assert_eq!(invitation.text("/state"), "open");
    assert!(invitation.text("/qr_svg").contains("<svg"), "{invitation}");
    let mail = app.mail_to("wu4@example.org").pop().unwrap();
    assert!(mail.body.contains(invitation.text("/link")), "{}", mail.body);

    let person = app.register_person("吴四");
    person.get(&group.path()).refused(404, "not_found");
    let token = json!({"token": token_of(invitation.text("/link"))});
    let joined = person.post(ACCEPTANCE).json(&token).expect(201);
    assert_eq!((joined.text("/state"), joined.text("/accepted_by")), ("accepted", person.id.as_str()));
    person.get(&group.path()).expect(200);
    let roles = person.get("/api/v1/me").expect(200);
    assert_eq!(roles.text("/roles/0/role"), "applicant");
    // It works once, and nobody holds a role twice.
    let other = app.register_person("郑王");
    changes_nothing(app.database(), || {
        other.post(ACCEPTANCE).json(&token).refused(422, "invitation.void");
    });
    let again = invited(&office, &group, by_mail());
    let token = json!({"token": token_of(again.text("/link"))});
    changes_nothing(app.database(), || {
        person.post(ACCEPTANCE).json(&token).refused(409, "invitation.already_member");
    });
    app.client().post(ACCEPTANCE).json(&token).refused(401, "session.missing");
}

fn an_invitation_is_void_after_a_week_or_when_it_was_taken_back(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let [late, withdrawn] = std::array::from_fn(|_| invited(&office, &group, by_mail()));
    let path = format!("/api/v1/invitations/{}/withdrawal", withdrawn.id());
    office.step(&group.admin, &path, 1, None);
    group.admin.post(&path).if_match(2).refused(409, "illegal_transition");
    let person = office.join("吴四");
    let refused = |link: &str| {
        let token = json!({"token": token_of(link)});
        let told = changes_nothing(app.database(), || {
            person.post(ACCEPTANCE).json(&token).refused(422, "invitation.void")
        });
        told.json["detail"].clone()
    };
    let told = refused(withdrawn.text("/link"));
    assert_eq!(refused("x#made-up"), told, "nobody learns which it is");
    app.clock.advance(7 * 24 * 3600);
    office.sign_in_everybody();
    assert_eq!(refused(late.text("/link")), told);
    let list = group.admin.get(&format!("{}/invitations", group.path())).expect(200);
    assert_eq!(list.items().len(), 2);
    assert!(list.items().iter().all(|item| item["permitted_actions"] == json!([])), "{list}");
}

fn the_token_is_stored_nowhere(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let path = format!("{}/invitations", group.path());
    let key = fresh_key();
    let first = group.admin.post(&path).json(&by_mail()).key(&key).expect(201);
    let token = token_of(first.text("/link")).to_owned();
    assert_eq!(token.len(), 64);
    app.delivered();
    let (digest, remembered, letters): (String, Vec<String>, Vec<String>) = app
        .database()
        .read_now(|conn| {
            let digest = invitations::table.select(invitations::token_digest).first(conn)?;
            let remembered: Vec<Private<RememberedBody>> =
                idempotency_records::table.select(idempotency_records::body).load(conn)?;
            let letters: Vec<Private<MailBody>> = outbox::table.select(outbox::body).load(conn)?;
            let remembered = remembered.iter().map(|body| body.as_str().to_owned()).collect();
            Ok((digest, remembered, letters.iter().map(|body| body.as_str().to_owned()).collect()))
        })
        .unwrap();
    assert_eq!(digest, sha256_hex(&token));
    assert!(remembered.iter().chain(&letters).all(|text| !text.contains(&token)));
    let again = group.admin.post(&path).json(&by_mail()).key(&key).expect(201);
    assert_eq!(again.id(), first.id());
    assert!(again.at("/link").is_null() && again.at("/qr_svg").is_null(), "{again}");
    // Nor does a list show it, or the digest.
    let list = group.admin.get(&path).expect(200).body();
    assert!(!list.contains(&token) && !list.contains(&digest));
}

fn the_link_begins_with_the_configured_address(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let path = format!("{}/invitations", group.path());
    let request = group.admin.post(&path).json(&by_mail()).header("x-forwarded-host", "evil.example");
    let invitation = request.header("forwarded", "host=evil.example").expect(201);
    assert!(invitation.text("/link").starts_with("http://localhost:8080/invitation#"), "{invitation}");
}

fn who_is_invited_by_phone_signs_in_without_having_registered(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let phone = fresh_phone();
    let invitation = invited(&office, &group, json!({"name": "吴四", "phone": phone, "role": "applicant"}));
    assert!(app.texts_to(&phone)[0].contains(invitation.text("/link")), "the link goes by text message");
    app.client().post("/api/v1/sign-in-codes").json(&json!({"phone": phone})).expect(202);
    let credentials = json!({"phone": phone, "code": app.code_sent_to(&phone)});
    let session = app.client().post("/api/v1/sessions/by-code").json(&credentials).expect(201);
    let person = app.client().with_token(session.text("/token"));
    let me = person.get("/api/v1/me").expect(200);
    assert_eq!((me.text("/name"), me.at("/roles")), ("吴四", &json!([])));
    let token = json!({"token": token_of(invitation.text("/link"))});
    person.post(ACCEPTANCE).json(&token).expect(201);
    person.get(&group.path()).expect(200);
}

fn all_faults_of_an_invitation_are_told_at_once(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let path = format!("{}/invitations", group.path());
    let body = json!({"name": " ", "role": "program_officer"});
    let refused =
        changes_nothing(app.database(), || group.admin.post(&path).json(&body).refused(422, "invalid"));
    let expected = [
        ("/name", "field.required"),
        ("/phone", "registration.login_required"),
        ("/role", "membership.role_not_given_here"),
    ];
    assert_eq!(refused.faults(), expected.map(|(at, code)| (at.to_owned(), code.to_owned())), "{refused}");
    let hidden = json!({"name": "吴\u{202E}四\nBcc: x", "phone": fresh_phone(), "role": "applicant"});
    group.admin.post(&path).json(&hidden).refused(422, "field.hidden_character");
}

fn only_the_administrator_invites(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let writer = office.join("代填人");
    let member = json!({"user_id": writer.id, "role": "applicant"});
    office.post(&group.admin, &format!("{}/members", group.path()), Some(member));
    let path = format!("{}/invitations", group.path());
    writer.post(&path).json(&by_mail()).refused(403, "forbidden");
    office.officer.post(&path).json(&by_mail()).refused(403, "forbidden");
    let invitation = invited(&office, &group, by_mail());
    let withdrawal = format!("/api/v1/invitations/{}/withdrawal", invitation.id());
    writer.post(&withdrawal).if_match(1).refused(403, "forbidden");
    let neighbour = office.a_group(Kind::Registered).admin;
    neighbour.post(&withdrawal).if_match(1).refused(404, "not_found");
}
