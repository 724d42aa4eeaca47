//! One-time codes by text message and on paper.

use diesel::prelude::*;
use serde_json::json;
use yichuang::{
    config::SmsTransport,
    db::schema::{audit_entries, outbox, sign_in_codes},
};

use crate::support::{Engine, Kind, Office, Person, Reply, TestApp, changes_nothing, fresh_phone};

on_both!(
    who_has_no_password_signs_in_with_a_code,
    a_code_works_once_and_for_five_minutes,
    after_five_wrong_tries_a_code_is_worth_nothing,
    a_newer_code_replaces_the_one_before,
    an_unknown_number_is_answered_like_a_known_one,
    a_number_gets_five_codes_an_hour,
    an_address_has_twenty_tries_a_minute,
    a_forged_forwarding_header_changes_nothing,
    a_disabled_account_gets_no_code,
    a_slip_holds_for_a_day_and_is_logged,
    a_slip_is_for_the_groups_people_alone,
    codes_are_stored_nowhere,
    without_a_password_one_needs_a_phone_number,
);

const CODES: &str = "/api/v1/sign-in-codes";
const BY_CODE: &str = "/api/v1/sessions/by-code";

#[track_caller]
fn ask(app: &TestApp, phone: &str) -> Reply {
    app.client().post(CODES).json(&json!({"phone": phone})).expect(202)
}

#[track_caller]
fn try_code(app: &TestApp, phone: &str, code: &str) -> Reply {
    app.client().post(BY_CODE).json(&json!({"phone": phone, "code": code})).send()
}

#[track_caller]
fn without_password(app: &TestApp) -> String {
    let phone = fresh_phone();
    let registration = json!({"name": "王芳", "phone": phone});
    app.client().post("/api/v1/registrations").json(&registration).expect(201);
    phone
}

/// Six digits that are not these.
fn other_than(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

fn who_has_no_password_signs_in_with_a_code(app: &TestApp) {
    let phone = without_password(app);
    // No password fits, not even none.
    for password in ["", "correct horse battery"] {
        let credentials = json!({"login": phone, "password": password});
        app.client().post("/api/v1/sessions").json(&credentials).refused(401, "session.credentials_wrong");
    }
    ask(app, &phone);
    let code = app.code_sent_to(&phone);
    let session = try_code(app, &format!("+86 {phone}"), &code);
    assert_eq!(session.status, 201, "{session}");
    let client = app.client().with_token(session.text("/token"));
    assert_eq!(client.get("/api/v1/me").expect(200).text("/name"), "王芳");
}

fn a_code_works_once_and_for_five_minutes(app: &TestApp) {
    let phone = without_password(app);
    ask(app, &phone);
    let code = app.code_sent_to(&phone);
    app.clock.advance(299);
    assert_eq!(try_code(app, &phone, &code).status, 201);
    try_code(app, &phone, &code).assert_problem();
    assert_eq!(try_code(app, &phone, &code).text("/code"), "session.code_wrong");
    ask(app, &phone);
    let code = app.code_sent_to(&phone);
    app.clock.advance(300);
    assert_eq!(try_code(app, &phone, &code).status, 401);
}

fn after_five_wrong_tries_a_code_is_worth_nothing(app: &TestApp) {
    let phone = without_password(app);
    ask(app, &phone);
    let code = app.code_sent_to(&phone);
    for _ in 0..4 {
        assert_eq!(try_code(app, &phone, &other_than(&code)).status, 401);
    }
    // Another number's code is no code of this one.
    let other = without_password(app);
    assert_eq!(try_code(app, &other, &code).status, 401);
    assert_eq!(try_code(app, &phone, &other_than(&code)).status, 401);
    assert_eq!(try_code(app, &phone, &code).status, 401, "the sixth try, with the right code");
}

fn a_newer_code_replaces_the_one_before(app: &TestApp) {
    let phone = without_password(app);
    ask(app, &phone);
    let first = app.code_sent_to(&phone);
    ask(app, &phone);
    let second = app.code_sent_to(&phone);
    if first != second {
        assert_eq!(try_code(app, &phone, &first).status, 401);
    }
    assert_eq!(try_code(app, &phone, &second).status, 201);
}

fn an_unknown_number_is_answered_like_a_known_one(app: &TestApp) {
    let known = without_password(app);
    let unknown = fresh_phone();
    assert_eq!(ask(app, &known).bytes, ask(app, &unknown).bytes);
    assert!(app.texts_to(&unknown).is_empty());
    let told = |phone: &str| {
        let mut body = try_code(app, phone, "000000x").json;
        body["request_id"] = json!("the only difference");
        body
    };
    assert_eq!(told(&known), told(&unknown));
    for _ in 0..4 {
        ask(app, &unknown);
    }
    app.client().post(CODES).json(&json!({"phone": unknown})).refused(429, "rate_limited");
}

fn a_number_gets_five_codes_an_hour(app: &TestApp) {
    let phone = without_password(app);
    for _ in 0..5 {
        ask(app, &phone);
        app.clock.advance(60);
    }
    let refused = changes_nothing_but_places(app, || {
        app.client().post(CODES).json(&json!({"phone": phone})).refused(429, "rate_limited")
    });
    assert_eq!(refused.header("retry-after"), Some("3300"), "{refused}");
    assert_eq!(app.texts_to(&phone).len(), 5);
    // Others are not touched by that; an hour after the first there are places again.
    ask(app, &without_password(app));
    app.clock.advance(3300);
    ask(app, &phone);
}

/// The place of the address is taken even where the number's are all gone.
fn changes_nothing_but_places<T>(app: &TestApp, what: impl FnOnce() -> T) -> T {
    let codes = || -> i64 {
        app.database().read_now(|conn| Ok(sign_in_codes::table.count().get_result(conn)?)).unwrap()
    };
    let before = codes();
    let outcome = what();
    assert_eq!(codes(), before);
    outcome
}

fn an_address_has_twenty_tries_a_minute(app: &TestApp) {
    let phone = without_password(app);
    ask(app, &phone);
    let code = app.code_sent_to(&phone);
    for _ in 0..19 {
        assert_eq!(try_code(app, &fresh_phone(), "123456").status, 401);
    }
    let refused = changes_nothing(app.database(), || try_code(app, &phone, &code));
    assert_eq!((refused.status, refused.text("/code")), (429, "rate_limited"), "{refused}");
    assert_eq!(refused.header("retry-after"), Some("60"));
    // Asking and trying share the places.
    changes_nothing(app.database(), || {
        app.client().post(CODES).json(&json!({"phone": phone})).refused(429, "rate_limited");
    });
    app.clock.advance(60);
    assert_eq!(try_code(app, &phone, &code).status, 201);
}

fn a_forged_forwarding_header_changes_nothing(app: &TestApp) {
    let tried = |from: &str| {
        let body = json!({"phone": fresh_phone(), "code": "123456"});
        app.client().post(BY_CODE).json(&body).header("x-forwarded-for", from).send().status
    };
    for n in 0..20 {
        assert_eq!(tried(&format!("203.0.113.{n}")), 401);
    }
    assert_eq!(tried("198.51.100.7"), 429);
}

/// What a proxy of ours says of its peer counts, and nothing that the peer has written before it.
#[test]
fn behind_a_trusted_proxy_clients_are_told_apart() {
    let app = TestApp::spawn_with(Engine::Sqlite, |settings| {
        settings.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    });
    let tried = |from: &str| {
        let body = json!({"phone": fresh_phone(), "code": "123456"});
        app.client().post(BY_CODE).json(&body).header("x-forwarded-for", from).send().status
    };
    for n in 0..20 {
        assert_eq!(tried(&format!("203.0.113.{n}, 198.51.100.7")), 401);
    }
    assert_eq!(tried("198.51.100.7"), 429);
    assert_eq!(tried("198.51.100.8"), 401);
}

fn a_disabled_account_gets_no_code(app: &TestApp) {
    use yichuang::{
        db::{Lane, blind, private::UserPhone, schema::users},
        kernel::time::Clock,
    };
    let phone = without_password(app);
    ask(app, &phone);
    let code = app.code_sent_to(&phone);
    let (now, number) = (app.clock.now(), phone.clone());
    app.database()
        .write_now(Lane::Installation, move |conn| {
            let known = blind::rows::<UserPhone>(conn, &number)?;
            diesel::update(users::table.filter(users::id.eq_any(known)))
                .set(users::disabled_at.eq(now))
                .execute(conn)?;
            Ok(())
        })
        .unwrap();
    assert_eq!(try_code(app, &phone, &code).status, 401);
    ask(app, &phone);
    assert_eq!(app.texts_to(&phone).len(), 1);
}

#[track_caller]
fn slip(office: &Office<'_>, group: &str, person: &Person) -> Reply {
    let body = json!({"user_id": person.id});
    office.post(&office.officer, &format!("{group}/slips"), Some(body))
}

fn a_slip_holds_for_a_day_and_is_logged(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let version = office.version(&group.admin, &group.path());
    let named = json!({"name": "<b>甲&乙\"社</b>"});
    office.act(&group.admin, "PATCH", &group.path(), Some(named), Some(version));
    let printed = slip(&office, &group.path(), &group.admin);
    let code = printed.text("/code").to_owned();
    let page = printed.text("/html");
    assert!(page.contains(&code) && page.contains("http://localhost:8080"), "{page}");
    assert!(page.contains("&lt;b&gt;甲&amp;乙&quot;社&lt;/b&gt;") && !page.contains("<b>甲"), "{page}");
    assert!(page.contains("2011-03-03 10:00"), "a day later by the clock of Ningbo: {page}");
    app.clock.advance(24 * 3600 - 1);
    assert_eq!(try_code(app, &group.admin.login, &code).status, 201);
    assert_eq!(try_code(app, &group.admin.login, &code).status, 401);
    let logged: i64 = app
        .database()
        .read_now(|conn| {
            let slips = audit_entries::table.filter(audit_entries::action.eq("slip.print"));
            Ok(slips.count().get_result(conn)?)
        })
        .unwrap();
    assert_eq!(logged, 1);
    // The person learns that somebody has printed one.
    assert_eq!(app.mail_to(&group.admin.mail()).len(), 1);
}

fn a_slip_is_for_the_groups_people_alone(app: &TestApp) {
    let office = Office::found(app);
    let group = office.an_unverified_group(Kind::Registered);
    let path = format!("{}/slips", group.path());
    let refused = |by: &Person, person: &str, status: u16, code: &str| {
        changes_nothing(app.database(), || {
            by.post(&path).json(&json!({"user_id": person})).refused(status, code);
        });
    };
    let stranger = office.a_group(Kind::Registered).admin;
    refused(&office.officer, &stranger.id, 404, "not_found");
    refused(&group.admin, &group.admin.id, 403, "forbidden");
    // A role of the office is not lent on paper.
    let member = json!({"user_id": office.checker.id, "role": "applicant"});
    office.post(&group.admin, &format!("{}/members", group.path()), Some(member));
    refused(&office.officer, &office.checker.id, 409, "slip.for_office");
    // Nor is there one for somebody without a phone number.
    let registration =
        json!({"name": "李", "email": "li-slip@example.org", "password": "correct horse battery"});
    let person = app.client().post("/api/v1/registrations").json(&registration).expect(201).id();
    let member = json!({"user_id": person, "role": "applicant"});
    office.post(&group.admin, &format!("{}/members", group.path()), Some(member));
    refused(&office.officer, &person, 409, "slip.no_phone");
}

fn codes_are_stored_nowhere(app: &TestApp) {
    let phone = without_password(app);
    ask(app, &phone);
    let code = app.code_sent_to(&phone);
    let (digests, bodies): (Vec<String>, Vec<String>) = app
        .database()
        .read_now(|conn| {
            let digests = sign_in_codes::table.select(sign_in_codes::code_digest).load(conn)?;
            let bodies = outbox::table.filter(outbox::channel.eq("sms")).select(outbox::body).load(conn)?;
            Ok((digests, bodies))
        })
        .unwrap();
    assert_eq!(bodies, [""], "what was sent is blanked");
    assert!(digests.iter().all(|digest| digest.len() == 64 && *digest != code));
}

fn without_a_password_one_needs_a_phone_number(app: &TestApp) {
    let registration = json!({"name": "李", "email": "li@example.org"});
    let refused = changes_nothing(app.database(), || {
        app.client().post("/api/v1/registrations").json(&registration).refused(422, "field.required")
    });
    assert_eq!(refused.text("/errors/0/pointer"), "/password");
}

/// Without text messages the office hands out codes on paper.
#[test]
fn without_text_messages_the_answer_says_to_ask_the_office() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let app = TestApp::spawn_with(engine, |settings| settings.sms.transport = SmsTransport::Off);
        let office = Office::found(&app);
        let group = office.an_unverified_group(Kind::Registered);
        changes_nothing(app.database(), || {
            app.client().post(CODES).json(&json!({"phone": group.admin.login})).refused(409, "sms.off");
        });
        let code = slip(&office, &group.path(), &group.admin).text("/code").to_owned();
        assert_eq!(try_code(&app, &group.admin.login, &code).status, 201);
    }
}
