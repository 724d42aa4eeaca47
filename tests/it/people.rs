//! Register, sign in, stay signed in, sign out.

use diesel::prelude::*;
use serde_json::json;
use yichuang::{db::schema::users, kernel::time::Clock};

use crate::support::TestApp;

on_both!(
    registers_by_phone_as_people_type_it,
    registers_by_email_in_any_case,
    tells_all_faults_of_a_registration_at_once,
    tells_a_wrong_phone_number_at_its_place,
    one_login_belongs_to_one_account,
    two_who_register_the_same_login_at_once_make_one_account,
    a_wrong_password_and_an_unknown_login_look_alike,
    a_disabled_account_looks_like_a_wrong_password,
    signing_out_ends_the_session_and_no_other,
    a_session_ends_after_thirty_idle_minutes,
    a_session_that_is_used_lives_on_until_twelve_hours_are_over,
    a_made_up_token_is_refused,
    a_long_password_of_any_script_is_kept_whole,
    the_command_line_makes_the_first_administrator,
);

const PASSWORD: &str = "correct horse battery";

fn registers_by_phone_as_people_type_it(app: &TestApp) {
    let registration = json!({"name": " 王芳 ", "phone": "+86 138-0000-0001", "password": PASSWORD});
    let person = app.client().post("/api/v1/registrations").json(&registration).expect(201);
    assert_eq!(person.text("/name"), "王芳");
    assert_eq!(person.at("/roles"), &json!([]));

    let client = app.sign_in("13800000001", PASSWORD);
    assert_eq!(client.get("/api/v1/me").expect(200).id(), person.id());
    app.sign_in("+86 13800000001", PASSWORD);
}

fn registers_by_email_in_any_case(app: &TestApp) {
    let registration = json!({"name": "Li", "email": "Li@Example.org", "password": PASSWORD});
    let person = app.client().post("/api/v1/registrations").json(&registration).expect(201);
    let client = app.sign_in("li@example.ORG", PASSWORD);
    assert_eq!(client.get("/api/v1/me").expect(200).id(), person.id());
}

fn tells_all_faults_of_a_registration_at_once(app: &TestApp) {
    let registration = json!({"name": "  ", "password": "short"});
    let refused = app.client().post("/api/v1/registrations").json(&registration).refused(422, "invalid");
    let expected = [
        ("/name", "field.required"),
        ("/phone", "registration.login_required"),
        ("/password", "registration.password_weak"),
    ];
    assert_eq!(
        refused.faults(),
        expected.map(|(place, code)| (place.to_owned(), code.to_owned())),
        "{refused}"
    );
}

fn tells_a_wrong_phone_number_at_its_place(app: &TestApp) {
    for (field, value) in [("phone", "12345"), ("phone", "23800000001"), ("email", "nobody"), ("email", "")] {
        let registration = json!({"name": "王芳", field: value, "password": PASSWORD});
        let refused =
            app.client().post("/api/v1/registrations").json(&registration).refused(422, "field.invalid");
        assert_eq!(refused.text("/errors/0/pointer"), format!("/{field}"), "{value}: {refused}");
    }
}

fn one_login_belongs_to_one_account(app: &TestApp) {
    let both = json!({"name": "甲", "phone": "13800000001", "email": "a@example.org", "password": PASSWORD});
    app.client().post("/api/v1/registrations").json(&both).expect(201);
    let same_phone = json!({"name": "乙", "phone": "138 0000 0001", "password": PASSWORD});
    let same_email = json!({"name": "乙", "email": "A@example.org", "password": PASSWORD});
    for mut taken in [same_phone, same_email] {
        taken["password"] = json!("another horse battery");
        // Nobody learns that there is an account; its owner is told, once an hour.
        app.client().post("/api/v1/registrations").json(&taken).expect(201);
        let login = taken["phone"].as_str().or(taken["email"].as_str()).unwrap();
        let credentials = json!({"login": login, "password": "another horse battery"});
        app.client().post("/api/v1/sessions").json(&credentials).refused(401, "session.credentials_wrong");
        app.sign_in(login, PASSWORD);
    }
    assert_eq!(app.mail_to("a@example.org").len(), 1);
}

fn two_who_register_the_same_login_at_once_make_one_account(app: &TestApp) {
    let registration = json!({"name": "甲", "phone": "13800000001", "password": PASSWORD});
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| app.client().post("/api/v1/registrations").json(&registration).send().status)
            })
            .collect();
        tries.into_iter().map(|attempt| attempt.join().unwrap()).collect()
    });
    assert_eq!(statuses, [201; 6]);
    let accounts: i64 =
        app.database().read_now(|conn| Ok(users::table.count().get_result(conn)?)).expect("the accounts");
    assert_eq!(accounts, 1);
}

fn a_wrong_password_and_an_unknown_login_look_alike(app: &TestApp) {
    let person = app.register_person("王芳");
    let attempt = |login: &str, password: &str| {
        let credentials = json!({"login": login, "password": password});
        let refused = app
            .client()
            .post("/api/v1/sessions")
            .json(&credentials)
            .refused(401, "session.credentials_wrong");
        let mut body = refused.json.clone();
        body["request_id"] = json!("the only difference");
        body
    };
    let wrong = attempt(&person.login, "wrong horse battery");
    for (login, password) in
        [("13899999999", PASSWORD), ("nobody@example.org", PASSWORD), ("", PASSWORD), ("x", "")]
    {
        assert_eq!(attempt(login, password), wrong, "{login:?}");
    }
}

fn a_disabled_account_looks_like_a_wrong_password(app: &TestApp) {
    use yichuang::db::Lane;

    let person = app.register_person("王芳");
    let now = app.clock.now();
    let disable = move |conn: &mut yichuang::db::Db| {
        diesel::update(users::table).set(users::disabled_at.eq(now)).execute(conn)?;
        Ok(())
    };
    app.database().write_now(Lane::Installation, disable).unwrap();
    let credentials = json!({"login": person.login, "password": person.password});
    app.client().post("/api/v1/sessions").json(&credentials).refused(401, "session.credentials_wrong");
    person.get("/api/v1/me").refused(401, "session.expired");
}

fn signing_out_ends_the_session_and_no_other(app: &TestApp) {
    let person = app.register_person("王芳");
    let elsewhere = app.sign_in_again(&person);
    person.get("/api/v1/me").expect(200);
    let gone = person.delete("/api/v1/sessions/current").expect(204);
    assert!(gone.bytes.is_empty());
    person.get("/api/v1/me").refused(401, "session.expired");
    person.delete("/api/v1/sessions/current").refused(401, "session.expired");
    elsewhere.get("/api/v1/me").expect(200);
}

fn a_session_ends_after_thirty_idle_minutes(app: &TestApp) {
    let person = app.register_person("王芳");
    app.clock.advance(30 * 60);
    person.get("/api/v1/me").expect(200);
    app.clock.advance(31 * 60);
    person.get("/api/v1/me").refused(401, "session.expired");
}

fn a_session_that_is_used_lives_on_until_twelve_hours_are_over(app: &TestApp) {
    let person = app.register_person("王芳");
    for _ in 0..(12 * 60 / 20 - 1) {
        app.clock.advance(20 * 60);
        person.get("/api/v1/me").expect(200);
    }
    app.clock.advance(20 * 60 - 1);
    person.get("/api/v1/me").expect(200);
    app.clock.advance(1);
    person.get("/api/v1/me").refused(401, "session.expired");
    app.sign_in_again(&person).get("/api/v1/me").expect(200);
}

fn a_made_up_token_is_refused(app: &TestApp) {
    let client = app.client();
    for token in ["", "x", &"0".repeat(64), &"x".repeat(5000)] {
        let refused =
            client.get("/api/v1/me").header("authorization", &format!("Bearer {token}")).expect(401);
        refused.assert_problem();
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{refused}");
    }
    client.get("/api/v1/me").header("authorization", "Basic eDp5").refused(401, "session.missing");
    client.get("/api/v1/me").refused(401, "session.missing");
}

fn a_long_password_of_any_script_is_kept_whole(app: &TestApp) {
    let password: String = "密🔑".repeat(64);
    let registration = json!({"name": "王芳", "phone": "13800000001", "password": password});
    app.client().post("/api/v1/registrations").json(&registration).expect(201);
    app.sign_in("13800000001", &password);

    let one_less: String = password.chars().take(127).collect();
    let credentials = json!({"login": "13800000001", "password": one_less});
    app.client().post("/api/v1/sessions").json(&credentials).refused(401, "session.credentials_wrong");
    // A longer one is refused before it is hashed.
    let credentials = json!({"login": "13800000001", "password": "x".repeat(900_000)});
    app.client().post("/api/v1/sessions").json(&credentials).refused(422, "registration.password_weak");
}

fn the_command_line_makes_the_first_administrator(app: &TestApp) {
    let admin = app.system_admin();
    let me = admin.get("/api/v1/me").expect(200);
    assert_eq!(me.id(), admin.id);
    let role = json!({
        "programme_id": null, "role": "system_admin", "organization_id": null, "enterprise_id": null,
        "unit_id": null,
    });
    assert_eq!(me.at("/roles"), &json!([role]));
}
