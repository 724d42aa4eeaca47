//! Numbers 1 to 14, 28, 69 to 71 and 77: authentication, sessions, and the browser. The settings are those of an installation:
//! second factors are owed, and the office's passwords follow `mlps2`.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use diesel::prelude::*;
use serde_json::{Value, json};
use yichuang::{
    commands::user,
    db::{
        Lane, blind,
        private::{Private, UserEmail},
        schema::{
            api_tokens, audit_entries, outbox, password_resets, recovery_codes, second_factors, sessions,
            setup_tokens, users,
        },
    },
    kernel::{digest::sha256_hex, ids::UserId, role::Role, time::Clock},
    people::{self, Registration},
};

use crate::support::{
    Client, Engine, Office, Person, Reply, TestApp, changes_nothing,
    drive_identity::{
        STRONG, STRONGER, begin_totp, confirm_totp, first_run, give_code, reset_token, totp_code,
    },
    fresh_phone, with_identity,
};

/// Each story on both databases, with the settings of an installation.
macro_rules! on_both_with_identity {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[test]
                fn $story() {
                    super::$story(&super::TestApp::spawn_with(super::Engine::Sqlite, super::with_identity));
                }
            )+
        }

        mod postgres {
            $(
                #[test]
                fn $story() {
                    super::$story(&super::TestApp::spawn_with(super::Engine::Postgres, super::with_identity));
                }
            )+
        }
    };
}

on_both_with_identity!(
    n01_an_unknown_login_looks_like_a_wrong_password,
    n02_five_failures_lock_an_account_for_fifteen_minutes,
    n02_a_login_nobody_has_is_locked_alike,
    n02_tries_at_once_are_no_more_than_tries_one_after_the_other,
    n03_one_password_for_many_accounts_ends_after_twenty,
    n04_long_and_odd_passwords,
    n05_a_cookie_set_before_the_sign_in_is_worth_nothing_after_it,
    n06_an_ended_session_is_ended_on_every_node,
    n06_a_role_taken_back_holds_no_more,
    n07_idle_and_absolute_ends,
    n08_broken_cookies_are_refused,
    n09_a_half_session_opens_no_door_but_its_own,
    n09_a_code_works_once_and_six_wrong_ones_lock,
    n09_recovery_codes_work_once_and_are_stored_nowhere,
    n09_a_role_that_owes_a_second_factor_halves_running_sessions,
    n10_a_reset_works_once_for_half_an_hour,
    n10_a_reset_keeps_the_second_factor_and_ends_everything_else,
    n11_a_forged_host_is_in_no_link,
    n12_api_tokens_reach_as_far_as_their_scope,
    n12_a_token_is_no_person,
    n13_token_and_cookie_of_two_people_are_refused,
    n14_the_first_start_happens_once,
    n28_the_last_administrator_stays,
    n69_writes_from_other_sites_are_refused,
    n71_nothing_of_a_session_stays_behind,
    n77_nobody_learns_who_has_an_account,
    passwords_of_the_office_expire_and_do_not_come_back,
    a_password_of_weaker_parameters_is_hashed_anew_at_sign_in,
    accounts_nobody_uses_are_disabled_but_for_the_last_administrator,
);

const SESSIONS: &str = "/api/v1/sessions";
const ME: &str = "/api/v1/me";

#[track_caller]
fn try_sign_in(app: &TestApp, login: &str, password: &str) -> Reply {
    app.client().post(SESSIONS).json(&json!({"login": login, "password": password})).send()
}

/// Somebody of the office, made on the command line; signed in with the password alone.
#[track_caller]
fn of_office(app: &TestApp, role: Role) -> (String, UserId, Client) {
    let login = fresh_phone();
    let registration = Registration {
        name: "某人".to_owned(),
        phone: Some(login.parse().unwrap()),
        email: None,
        password: Some(STRONG.to_owned()),
    };
    let id = user::add(app.database(), app.settings(), registration, Some(role), app.clock.now()).unwrap();
    (login.clone(), id, app.sign_in(&login, STRONG))
}

/// The same with a second factor given.
#[track_caller]
fn administrator(app: &TestApp, role: Role) -> (String, UserId, Client, String) {
    let (login, id, half) = of_office(app, role);
    let secret = begin_totp(&half);
    let (client, _) = confirm_totp(app, &half, &secret, -1);
    (login, id, client, secret)
}

/// The answer without what differs every time.
fn told(reply: &Reply) -> (u16, Value) {
    let mut body = reply.json.clone();
    body["request_id"] = json!("the only difference");
    (reply.status, body)
}

fn audited(app: &TestApp, action: &str) -> i64 {
    let action = action.to_owned();
    app.database()
        .read_now(|conn| {
            Ok(audit_entries::table.filter(audit_entries::action.eq(action)).count().get_result(conn)?)
        })
        .unwrap()
}

/// A browser that is signed in: its cookie and its token against forgery.
struct Browser {
    cookie: String,
    csrf: String,
}

#[track_caller]
fn browser(app: &TestApp, login: &str, password: &str) -> Browser {
    let body = json!({"login": login, "password": password, "cookie": true});
    let signed_in = app.client().post(SESSIONS).json(&body).expect(201);
    assert!(signed_in.json.get("token").is_none(), "{signed_in}");
    let set = signed_in.header("set-cookie").expect("a cookie").to_owned();
    let mut parts: Vec<&str> = set.split("; ").collect();
    let cookie = parts.remove(0).to_owned();
    parts.sort_unstable();
    assert_eq!(parts, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
    assert!(cookie.starts_with("__Host-yichuang="));
    Browser { cookie, csrf: signed_in.text("/csrf_token").to_owned() }
}

impl Browser {
    fn get<'a>(&self, app: &'a TestApp, path: &str) -> crate::support::Request<'a> {
        app.client().get(path).header("cookie", &self.cookie)
    }

    fn write<'a>(&self, app: &'a TestApp, method: &str, path: &str) -> crate::support::Request<'a> {
        app.client().request(method, path).header("cookie", &self.cookie)
    }
}

fn n01_an_unknown_login_looks_like_a_wrong_password(app: &TestApp) {
    let person = app.register_person_with_mail("王芳");
    let wrong = told(&try_sign_in(app, &person.login, "wrong horse battery"));
    assert_eq!((wrong.0, &wrong.1["code"]), (401, &json!("session.credentials_wrong")));
    for login in [fresh_phone(), "nobody@example.org".to_owned(), "王芳".to_owned(), String::new()] {
        assert_eq!(told(&try_sign_in(app, &login, &person.password)), wrong, "{login:?}");
    }
}

fn n02_five_failures_lock_an_account_for_fifteen_minutes(app: &TestApp) {
    let person = app.register_person_with_mail("王芳");
    // By number and by address: it is one account.
    for login in [person.login.clone(), person.mail(), person.login.clone(), person.mail().to_uppercase()] {
        assert_eq!(try_sign_in(app, &login, "wrong horse battery").status, 401);
    }
    app.clock.advance(60);
    assert_eq!(try_sign_in(app, &person.login, "wrong horse battery").status, 401, "the fifth");
    assert_eq!((audited(app, "session.refuse"), audited(app, "session.lock")), (5, 1));
    for password in [person.password.as_str(), "wrong horse battery"] {
        let refused = changes_nothing(app.database(), || try_sign_in(app, &person.login, password));
        assert_eq!((refused.status, refused.text("/code")), (429, "rate_limited"), "{refused}");
        assert_eq!(refused.header("retry-after"), Some("900"));
    }
    // Who is in stays in, others come in, and the lock opens by itself.
    person.get(ME).expect(200);
    app.register_person("李四");
    app.clock.advance(15 * 60 - 1);
    assert_eq!(try_sign_in(app, &person.login, &person.password).status, 429);
    app.clock.advance(1);
    assert_eq!(try_sign_in(app, &person.login, &person.password).status, 201);
    // A right one forgets the wrong ones, and so does time.
    for _ in 0..4 {
        try_sign_in(app, &person.login, "wrong horse battery");
    }
    app.sign_in(&person.login, &person.password);
    for _ in 0..4 {
        try_sign_in(app, &person.login, "wrong horse battery");
    }
    app.clock.advance(15 * 60);
    try_sign_in(app, &person.login, "wrong horse battery");
    app.sign_in(&person.login, &person.password);
}

fn n02_a_login_nobody_has_is_locked_alike(app: &TestApp) {
    let known = app.register_person("王芳").login;
    let unknown = fresh_phone();
    let run = |login: &str| -> Vec<(u16, Value)> {
        (0..7).map(|_| told(&try_sign_in(app, login, "wrong horse battery"))).collect()
    };
    let (of_known, of_unknown) = (run(&known), run(&unknown));
    assert_eq!(of_known, of_unknown);
    assert_eq!(
        of_known.iter().map(|(status, _)| *status).collect::<Vec<_>>(),
        [401, 401, 401, 401, 401, 429, 429]
    );
    // However it is typed.
    assert_eq!(try_sign_in(app, &format!("+86 {unknown}"), "wrong horse battery").status, 429);
}

fn n02_tries_at_once_are_no_more_than_tries_one_after_the_other(app: &TestApp) {
    let person = app.register_person("王芳");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| try_sign_in(app, &person.login, "wrong horse battery").status))
            .collect();
        tries.into_iter().map(|attempt| attempt.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 11, "{statuses:?}");
}

fn n03_one_password_for_many_accounts_ends_after_twenty(app: &TestApp) {
    let person = app.register_person("王芳");
    for n in 0..20 {
        // What anybody can write into this header changes nothing.
        let body = json!({"login": fresh_phone(), "password": "Winter-2011-Ningbo"});
        let from = format!("203.0.113.{n}");
        let tried = app.client().post(SESSIONS).header("x-forwarded-for", &from).json(&body).send();
        assert_eq!(tried.status, 401);
    }
    let refused = changes_nothing(app.database(), || try_sign_in(app, &person.login, &person.password));
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("60")), "{refused}");
    app.clock.advance(60);
    app.sign_in(&person.login, &person.password);
}

fn n04_long_and_odd_passwords(app: &TestApp) {
    let long = "x".repeat(1_000_000);
    let person = app.register_person("王芳");
    changes_nothing(app.database(), || {
        let body = json!({"login": person.login, "password": long});
        app.client().post(SESSIONS).json(&body).refused(422, "registration.password_weak");
        let body = json!({"name": "李", "phone": fresh_phone(), "password": long});
        app.client().post("/api/v1/registrations").json(&body).refused(422, "registration.password_weak");
        for (field, path) in
            [("login", SESSIONS), ("password", SESSIONS), ("login", "/api/v1/password-resets")]
        {
            let mut body = json!({"login": person.login});
            if path == SESSIONS {
                body["password"] = json!(person.password);
            }
            body[field] = json!("a\u{0}b");
            app.client().post(path).json(&body).refused(422, "field.hidden_character");
        }
    });
    // 128 characters of any script are kept whole, and one keyboard is as good as another.
    let whole = "密🔑é".repeat(42) + "终了";
    let phone = fresh_phone();
    let body = json!({"name": "李", "phone": phone, "password": whole});
    app.client().post("/api/v1/registrations").json(&body).expect(201);
    app.sign_in(&phone, &whole.replace('é', "e\u{301}"));
    let cut: String = whole.chars().take(127).collect();
    assert_eq!(try_sign_in(app, &phone, &cut).status, 401);
    // Common ones and one's own words.
    for (password, code) in [
        ("password1234", "password.common"),
        ("P@ssw0rd2024", "password.common"),
        ("woaini5201314", "password.common"),
        ("王小芳王小芳王小芳王小芳", "password.personal"),
        ("益创益创益创益创益创益创", "password.personal"),
    ] {
        let body = json!({"name": "王小芳", "phone": fresh_phone(), "password": password});
        changes_nothing(app.database(), || {
            app.client().post("/api/v1/registrations").json(&body).refused(422, code);
        });
    }
}

fn n05_a_cookie_set_before_the_sign_in_is_worth_nothing_after_it(app: &TestApp) {
    let (victim, attacker) = (app.register_person("王芳"), app.register_person("张三"));
    // One that nobody handed out does not become a session.
    let invented = format!("__Host-yichuang={}", "a".repeat(64));
    let body = json!({"login": victim.login, "password": victim.password, "cookie": true});
    let signed_in = app.client().post(SESSIONS).header("cookie", &invented).json(&body).expect(201);
    assert!(!signed_in.header("set-cookie").unwrap().contains(&"a".repeat(64)));
    app.client().get(ME).header("cookie", &invented).refused(401, "session.expired");
    // One of the attacker's own ends with the sign-in.
    let planted = browser(app, &attacker.login, &attacker.password);
    planted.get(app, ME).expect(200);
    let signed_in = app.client().post(SESSIONS).header("cookie", &planted.cookie).json(&body).expect(201);
    let fresh = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_ne!(fresh, planted.cookie);
    planted.get(app, ME).refused(401, "session.expired");
    assert_eq!(app.client().get(ME).header("cookie", &fresh).expect(200).id(), victim.id);
}

fn n06_an_ended_session_is_ended_on_every_node(app: &TestApp) {
    let other = TestApp::spawn_with(app.engine(), |settings| {
        with_identity(settings);
        settings.database.url = app.database_url();
        settings.security.data_keys_file.clone_from(&app.settings().security.data_keys_file);
        settings.security.secret_key_file.clone_from(&app.settings().security.secret_key_file);
    });
    let (_, _, admin, _) = administrator(app, Role::SystemAdmin);
    let elsewhere = |client: &Client| other.client().with_token(&client.token());
    let ended = |client: &Client| {
        client.get(ME).refused(401, "session.expired");
        elsewhere(client).get(ME).refused(401, "session.expired");
    };
    // Signing out.
    let person = app.register_person("王芳");
    elsewhere(&person).get(ME).expect(200);
    person.delete("/api/v1/sessions/current").expect(204);
    ended(&person);
    // Everywhere.
    let (one, two) = (app.sign_in_again(&person), app.sign_in_again(&person));
    one.delete(SESSIONS).expect(204);
    ended(&one);
    ended(&two);
    // A change of the password ends all but the session that changed it.
    let (one, two) = (app.sign_in_again(&person), app.sign_in_again(&person));
    let change = json!({"current_password": person.password, "password": STRONG});
    one.post("/api/v1/me/password").json(&change).expect(204);
    one.get(ME).expect(200);
    ended(&two);
    // A disabled account, its tokens too.
    let token = json!({"name": "程序", "scope": "read", "days": 1});
    let token = one.post("/api/v1/api-tokens").json(&token).expect(201).text("/token").to_owned();
    let program = app.client().with_token(&token);
    program.get(ME).expect(200);
    let account = format!("/api/v1/users/{}", person.id);
    let version = admin.get(&account).expect(200).version();
    let why = json!({"reason": "测试:停用账号"});
    admin.post(&format!("{account}/disabling")).if_match(version).json(&why).expect(200);
    ended(&one);
    ended(&program);
    assert_eq!(try_sign_in(app, &person.login, STRONG).text("/code"), "session.credentials_wrong");
    admin.post(&format!("{account}/enabling")).if_match(version + 1).expect(200);
    app.sign_in(&person.login, STRONG);
    ended(&one);
}

fn n06_a_role_taken_back_holds_no_more(app: &TestApp) {
    let (_, _, admin, _) = administrator(app, Role::SystemAdmin);
    let (_, id, officer, _) = administrator(app, Role::SecurityAdmin);
    officer.get("/api/v1/users").expect(200);
    let account = format!("/api/v1/users/{id}");
    let role = admin.get(&account).expect(200).text("/roles/0/id").to_owned();
    admin.delete(&format!("{account}/roles/{role}")).expect(204);
    officer.get("/api/v1/users").refused(403, "forbidden");
    admin.delete(&format!("{account}/roles/{role}")).refused(404, "not_found");
    assert_eq!(audited(app, "role.take_back"), 1);
}

fn n07_idle_and_absolute_ends(app: &TestApp) {
    let applicant = app.register_person("王芳");
    let (login, _, officer) = of_office(app, Role::ProgramOfficer);
    app.clock.advance(15 * 60);
    officer.get(ME).expect(200);
    applicant.get(ME).expect(200);
    app.clock.advance(15 * 60 + 1);
    officer.get(ME).refused(401, "session.expired");
    applicant.get(ME).expect(200);
    app.clock.advance(31 * 60);
    applicant.get(ME).refused(401, "session.expired");
    // What pages ask by themselves keeps nobody signed in.
    let officer = app.sign_in(&login, STRONG);
    for path in ["/api/v1/sessions/current", "/api/v1/notifications"] {
        app.clock.advance(7 * 60);
        officer.get(path).expect(200);
    }
    app.clock.advance(60 + 1);
    officer.get(ME).refused(401, "session.expired");
    // Used all the time it ends after twelve hours.
    let officer = app.sign_in(&login, STRONG);
    for _ in 0..(12 * 60 / 15 - 1) {
        app.clock.advance(15 * 60);
        officer.get(ME).expect(200);
    }
    app.clock.advance(15 * 60 - 1);
    officer.get(ME).expect(200);
    app.clock.advance(1);
    officer.get(ME).refused(401, "session.expired");
}

/// The status line's number for a request written by hand; none where the connection was closed on it.
#[track_caller]
fn raw(app: &TestApp, lines: &[&[u8]]) -> Option<u16> {
    let mut stream = TcpStream::connect(app.address()).unwrap();
    let mut request = b"GET /api/v1/me HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n".to_vec();
    for line in lines {
        request.extend_from_slice(line);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    let mut answer = Vec::new();
    stream.write_all(&request).and_then(|()| stream.read_to_end(&mut answer)).ok()?;
    Some(String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap().parse().unwrap())
}

/// What is broken, the head's lines, and the statuses that may be told.
type Broken<'a> = (&'a str, Vec<Vec<u8>>, &'a [u16]);

fn n08_broken_cookies_are_refused(app: &TestApp) {
    let person = app.register_person("王芳");
    let own = browser(app, &person.login, &person.password).cookie;
    let line = |value: &[u8]| [b"cookie: ".as_slice(), value].concat();
    let mut tampered = own.clone().into_bytes();
    let last = tampered.last_mut().unwrap();
    *last = if *last == b'0' { b'1' } else { b'0' };
    let long = format!("__Host-yichuang={}", "a".repeat(8192));
    let cases: [Broken<'_>; 9] = [
        ("whole", vec![line(own.as_bytes())], &[200]),
        ("tampered", vec![line(&tampered)], &[401]),
        ("cut", vec![line(&own.as_bytes()[..own.len() - 1])], &[401]),
        ("empty", vec![line(b"__Host-yichuang=")], &[401]),
        ("8 KiB", vec![line(long.as_bytes())], &[400, 401, 431]),
        ("twice", vec![line(format!("{own}; {own}").as_bytes())], &[400]),
        ("in two lines", vec![line(own.as_bytes()), line(own.as_bytes())], &[400]),
        ("not UTF-8", vec![line(b"__Host-yichuang=\xff\xfe")], &[400]),
        ("another name", vec![line(own.replace("__Host-", "").as_bytes())], &[401]),
    ];
    for (what, lines, expected) in cases {
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let status = raw(app, &lines).expect("an answer");
        assert!(expected.contains(&status), "{what}: {status}");
    }
    // More than any head may have: refused, or the connection is closed on it.
    let told = raw(app, &[line(&vec![b'a'; 200_000]).as_slice()]);
    assert!([None, Some(400), Some(431)].contains(&told), "{told:?}");
    assert_eq!(raw(app, &[line(own.as_bytes()).as_slice()]), Some(200));
}

fn n09_a_half_session_opens_no_door_but_its_own(app: &TestApp) {
    let roles = [
        Role::FinanceMaker,
        Role::FinanceChecker,
        Role::CenterDirector,
        Role::BureauApprover,
        Role::FoundationCashier,
        Role::Auditor,
        Role::SystemAdmin,
        Role::SecurityAdmin,
        Role::AuditAdmin,
    ];
    for role in roles {
        // Nothing is set up yet: it must be.
        let (login, _, half) = of_office(app, role);
        half.get(ME).refused(401, "session.second_factor_owed");
        half.post("/api/v1/programmes")
            .json(&json!({"name": "甲", "prefix": "A"}))
            .refused(401, "session.second_factor_owed");
        half.post("/api/v1/api-tokens").json(&json!({})).refused(401, "session.second_factor_owed");
        half.post("/api/v1/me/password").json(&json!({})).refused(401, "session.second_factor_owed");
        let session = half.get("/api/v1/sessions/current").expect(200);
        assert_eq!(session.text("/stage"), "enrolment");
        let secret = begin_totp(&half);
        let (full, _) = confirm_totp(app, &half, &secret, -1);
        assert_eq!(full.get(ME).expect(200).text("/roles/0/role"), <&str>::from(role));
        half.get(ME).refused(401, "session.expired");
        // From now on it is asked for.
        let half = app.sign_in(&login, STRONG);
        assert_eq!(half.get("/api/v1/sessions/current").expect(200).text("/stage"), "second_factor");
        for path in [ME, SESSIONS, "/api/v1/users", "/api/v1/api-tokens"] {
            half.get(path).refused(401, "session.second_factor");
        }
        half.post("/api/v1/me/totp").refused(401, "session.second_factor");
        let full = give_code(app, &half, &totp_code(&secret, app.clock.now(), 0));
        full.get(ME).expect(200);
        half.get(ME).refused(401, "session.expired");
        full.post("/api/v1/sessions/current/second-factor")
            .json(&json!({"code": "000000"}))
            .refused(409, "totp.not_asked");
        full.post("/api/v1/me/totp").refused(409, "totp.set_up");
        full.post("/api/v1/me/totp/removal").json(&json!({"code": "000000"})).refused(409, "totp.owed");
        // A half session may end itself.
        let half = app.sign_in(&login, STRONG);
        half.delete("/api/v1/sessions/current").expect(204);
        half.get("/api/v1/sessions/current").refused(401, "session.expired");
    }
    // Nobody else owes one.
    for role in [Role::ProgramOfficer, Role::SubdistrictOfficer, Role::Supervisor, Role::Evaluator] {
        of_office(app, role).2.get(ME).expect(200);
    }
    app.register_person("王芳").get(ME).expect(200);
}

fn n09_a_code_works_once_and_six_wrong_ones_lock(app: &TestApp) {
    let (login, _, _, secret) = administrator(app, Role::Auditor);
    let give = |code: &str| {
        let half = app.sign_in(&login, STRONG);
        half.post("/api/v1/sessions/current/second-factor").json(&json!({"code": code})).send()
    };
    let code = totp_code(&secret, app.clock.now(), 0);
    assert_eq!(give(&code).status, 201);
    let again = give(&code);
    assert_eq!((again.status, again.text("/code")), (401, "session.second_factor_wrong"));
    // Nor one of an earlier step.
    assert_eq!(give(&totp_code(&secret, app.clock.now(), -1)).status, 401);
    assert_eq!(give(&totp_code(&secret, app.clock.now(), 1)).status, 201, "one step ahead");
    app.clock.advance(60);
    let right = totp_code(&secret, app.clock.now(), 0);
    let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 1) % 1_000_000);
    for _ in 0..5 {
        assert_eq!(give(&wrong).status, 401);
    }
    for code in [&wrong, &right] {
        let refused = give(code);
        assert_eq!((refused.status, refused.text("/code")), (429, "rate_limited"), "{refused}");
    }
    app.clock.advance(15 * 60);
    assert_eq!(give(&totp_code(&secret, app.clock.now(), 0)).status, 201);
}

fn n09_recovery_codes_work_once_and_are_stored_nowhere(app: &TestApp) {
    let (login, _, half) = of_office(app, Role::FinanceMaker);
    let secret = begin_totp(&half);
    let (_, codes) = confirm_totp(app, &half, &secret, -1);
    assert_eq!(codes.len(), 10);
    let give = |code: &str| {
        let half = app.sign_in(&login, STRONG);
        half.post("/api/v1/sessions/current/second-factor").json(&json!({"code": code})).send().status
    };
    assert_eq!(give(&codes[0].to_uppercase().replace('-', " ")), 201);
    assert_eq!(give(&codes[0]), 401);
    assert_eq!(give(&codes[9]), 201);
    // Fresh ones make those of before worthless.
    let half = app.sign_in(&login, STRONG);
    let full = give_code(app, &half, &codes[1]);
    let code = json!({"code": totp_code(&secret, app.clock.now(), 0)});
    let fresh = full.post("/api/v1/me/totp/recovery-codes").json(&code).expect(201);
    assert_eq!(give(&codes[2]), 401);
    assert_eq!(give(fresh.text("/recovery_codes/0")), 201);
    let (digests, sealed): (Vec<String>, Vec<String>) = app
        .database()
        .read_now(|conn| {
            let digests = recovery_codes::table.select(recovery_codes::code_digest).load(conn)?;
            Ok((digests, second_factors::table.select(second_factors::sealed_secret).load(conn)?))
        })
        .unwrap();
    assert!(digests.len() == 10 && digests.iter().all(|digest| digest.len() == 64));
    let bytes = totp_rs::Secret::try_from_base32(&secret).unwrap();
    let hex = yichuang::kernel::digest::hex(bytes.as_bytes());
    assert!(sealed.iter().all(|text| !text.contains(&hex) && !text.contains(&secret)), "{sealed:?}");
}

fn n09_a_role_that_owes_a_second_factor_halves_running_sessions(app: &TestApp) {
    let (_, _, admin, _) = administrator(app, Role::SystemAdmin);
    let programme = json!({"name": "海曙", "prefix": "HS"});
    let programme = admin.post("/api/v1/programmes").json(&programme).expect(201).id();
    let person = app.register_person("李会计");
    let token = json!({"name": "程序", "scope": "write", "days": 1});
    let token = person.post("/api/v1/api-tokens").json(&token).expect(201).text("/token").to_owned();
    let program = app.client().with_token(&token);
    program.get(ME).expect(200);
    let member = json!({"user_id": person.id, "role": "finance_maker"});
    admin.post(&format!("/api/v1/programmes/{programme}/members")).json(&member).expect(201);
    person.get(ME).refused(401, "session.second_factor_owed");
    program.get(ME).refused(401, "session.expired");
}

#[track_caller]
fn ask_reset(app: &TestApp, login: &str) -> Reply {
    app.client().post("/api/v1/password-resets").json(&json!({"login": login})).expect(202)
}

#[track_caller]
fn redeem(app: &TestApp, token: &str, password: &str) -> Reply {
    let body = json!({"token": token, "password": password});
    app.client().post("/api/v1/password-resets/redemption").json(&body).send()
}

fn n10_a_reset_works_once_for_half_an_hour(app: &TestApp) {
    let person = app.register_person_with_mail("王芳");
    // Known or not, the answer is the same.
    let known = ask_reset(app, &person.mail());
    assert_eq!(known.bytes, ask_reset(app, "nobody@example.org").bytes);
    assert_eq!(known.bytes, ask_reset(app, "neither").bytes);
    assert_eq!(app.delivered().len(), 1);
    let token = reset_token(app, &person);
    let mails: Vec<String> =
        app.database().read_now(|conn| Ok(outbox::table.select(outbox::body).load(conn)?)).unwrap();
    assert_eq!(mails, [""], "what was sent is blanked");
    let digests: Vec<String> = app
        .database()
        .read_now(|conn| Ok(password_resets::table.select(password_resets::token_digest).load(conn)?))
        .unwrap();
    assert_eq!(digests, [sha256_hex(&token)]);
    // A weak password uses nothing up; a good one does.
    assert_eq!(redeem(app, &token, "password1234").text("/code"), "password.common");
    assert_eq!(redeem(app, &token, &person.password).text("/code"), "password.reused");
    assert_eq!(redeem(app, &token, STRONG).status, 204);
    app.sign_in(&person.login, STRONG);
    let used = told(&redeem(app, &token, STRONGER));
    assert_eq!((used.0, &used.1["code"]), (400, &json!("password_reset.void")));
    // Expired, replaced, made up, of somebody whose address is another one now, or who is disabled: one answer.
    let late = fresh_token(app, &person);
    app.clock.advance(30 * 60);
    let replaced = fresh_token(app, &person);
    let last = fresh_token(app, &person);
    for token in ["", "x", &"0".repeat(64), &late, &replaced] {
        assert_eq!(told(&redeem(app, token, STRONGER)), used, "{token}");
    }
    let change = |column: &'static str| {
        app.database()
            .write_now(Lane::Installation, move |conn| {
                let mine = users::table.filter(users::email.is_not_null());
                match column {
                    "email" => {
                        let new = "new@example.org";
                        let id: UserId = mine.select(users::id).first(conn)?;
                        let sealed = Private::<UserEmail>::of(id, new);
                        diesel::update(users::table.find(id)).set(users::email.eq(sealed)).execute(conn)?;
                        blind::put::<UserEmail>(conn, id, Some(new))?;
                        1
                    }
                    _ => diesel::update(mine)
                        .set(users::disabled_at.eq(users::created_at.nullable()))
                        .execute(conn)?,
                };
                Ok(())
            })
            .unwrap();
    };
    change("email");
    assert_eq!(told(&redeem(app, &last, STRONGER)), used);
    app.clock.advance(3600);
    ask_reset(app, "new@example.org");
    change("disabled");
    let mail = app.mail_to("new@example.org").pop().unwrap();
    let link = mail.body.split_once("/password-reset#").unwrap().1;
    let token: String = link.chars().take_while(char::is_ascii_alphanumeric).collect();
    assert_eq!(told(&redeem(app, &token, STRONGER)), used);
    app.clock.advance(3600);
    let before = app.delivered().len();
    ask_reset(app, "new@example.org");
    assert_eq!(app.delivered().len(), before, "nothing for a disabled account");
}

#[track_caller]
fn fresh_token(app: &TestApp, person: &Person) -> String {
    ask_reset(app, &person.mail());
    reset_token(app, person)
}

fn n10_a_reset_keeps_the_second_factor_and_ends_everything_else(app: &TestApp) {
    let person = app.register_person_with_mail("王芳");
    let secret = begin_totp(&person);
    let (client, _) = confirm_totp(app, &person, &secret, -1);
    let token = json!({"name": "程序", "scope": "read", "days": 1});
    let token = client.post("/api/v1/api-tokens").json(&token).expect(201).text("/token").to_owned();
    for _ in 0..5 {
        try_sign_in(app, &person.login, "wrong horse battery");
    }
    assert_eq!(try_sign_in(app, &person.login, &person.password).status, 429);
    assert_eq!(redeem(app, &fresh_token(app, &person), STRONG).status, 204);
    client.get(ME).refused(401, "session.expired");
    app.client().with_token(&token).get(ME).refused(401, "session.expired");
    // The lock is open again, and the second factor is still asked for.
    let half = app.sign_in(&person.login, STRONG);
    half.get(ME).refused(401, "session.second_factor");
    give_code(app, &half, &totp_code(&secret, app.clock.now(), 0)).get(ME).expect(200);
}

fn n11_a_forged_host_is_in_no_link(app: &TestApp) {
    let person = app.register_person_with_mail("王芳");
    let body = json!({"login": person.mail()});
    let request = app.client().post("/api/v1/password-resets").json(&body);
    request.header("host", "evil.example").header("x-forwarded-host", "evil.example").expect(202);
    let mail = app.mail_to(&person.mail()).pop().unwrap();
    assert!(mail.body.contains("http://localhost:8080/password-reset#"), "{}", mail.body);
    assert!(!mail.body.contains("evil"), "{}", mail.body);
}

fn n12_api_tokens_reach_as_far_as_their_scope(app: &TestApp) {
    let person = app.register_person("王芳");
    let make = |scope: &str, days: i64| {
        let body = json!({"name": "对账程序", "scope": scope, "days": days});
        person.post("/api/v1/api-tokens").json(&body).expect(201)
    };
    let (of_reader, of_writer) = (make("read", 2), make("write", 2));
    let token = of_reader.text("/token").to_owned();
    let (reader, writer) =
        (app.client().with_token(&token), app.client().with_token(of_writer.text("/token")));
    assert!(token.starts_with("yct_") && token.len() >= 4 + 32, "{token}");
    let stored: Vec<String> = app
        .database()
        .read_now(|conn| {
            Ok(api_tokens::table.order(api_tokens::id).select(api_tokens::token_digest).load(conn)?)
        })
        .unwrap();
    assert_eq!(stored[0], sha256_hex(&token));
    // It is shown once.
    let list = person.get("/api/v1/api-tokens").expect(200);
    assert!(!list.body().contains(&token) && !list.body().contains("token_digest"), "{list}");
    assert_eq!(list.items()[0]["last_used_at"], Value::Null);
    reader.get(ME).expect(200);
    let used = person.get("/api/v1/api-tokens").expect(200);
    assert_eq!(used.items()[0]["last_used_at"], json!(app.clock.now()));
    let nothing = json!({"token": "x"});
    reader.post("/api/v1/invitations/acceptance").json(&nothing).refused(403, "token.read_only");
    writer.post("/api/v1/invitations/acceptance").json(&nothing).refused(422, "invitation.void");
    // In an address it is nothing.
    for query in ["access_token", "token", "api_key"] {
        app.client().get(&format!("{ME}?{query}={token}")).refused(401, "session.missing");
    }
    app.client()
        .get(ME)
        .header("cookie", &format!("__Host-yichuang={token}"))
        .refused(401, "session.missing");
    // Revoked, expired, made up.
    let path = format!("/api/v1/api-tokens/{}", of_reader.id());
    app.register_person("张三").delete(&path).refused(404, "not_found");
    person.delete(&path).expect(204);
    person.delete(&path).expect(204);
    reader.get(ME).refused(401, "session.expired");
    app.clock.advance(2 * 24 * 3600 - 1);
    writer.get(ME).expect(200);
    app.clock.advance(1);
    writer.get(ME).refused(401, "session.expired");
    app.client().with_token(&format!("yct_{}", "0".repeat(64))).get(ME).refused(401, "session.expired");
    let again = app.sign_in_again(&person);
    for (body, pointer) in [
        (json!({"name": " ", "scope": "read", "days": 1}), "/name"),
        (json!({"name": "甲", "scope": "read", "days": 0}), "/days"),
        (json!({"name": "甲", "scope": "read", "days": 366}), "/days"),
        (json!({"name": "甲", "scope": "money", "days": 1}), "/scope"),
    ] {
        let refused =
            changes_nothing(app.database(), || again.post("/api/v1/api-tokens").json(&body).expect(422));
        assert_eq!(refused.faults()[0].0, pointer, "{refused}");
    }
}

fn n12_a_token_is_no_person(app: &TestApp) {
    let person = app.register_person("王芳");
    let body = json!({"name": "程序", "scope": "write", "days": 1});
    let token = person.post("/api/v1/api-tokens").json(&body).expect(201).text("/token").to_owned();
    let program = app.client().with_token(&token);
    let code = json!({"code": "000000"});
    program.get(ME).expect(200);
    changes_nothing(app.database(), || {
        for (method, path, body) in [
            ("POST", "/api/v1/api-tokens", body.clone()),
            ("POST", "/api/v1/me/password", json!({"current_password": person.password, "password": STRONG})),
            ("POST", "/api/v1/me/totp", json!({})),
            ("POST", "/api/v1/me/totp/confirmation", code.clone()),
            ("POST", "/api/v1/me/totp/recovery-codes", code.clone()),
            ("POST", "/api/v1/me/totp/removal", code.clone()),
            ("POST", "/api/v1/sessions/current/second-factor", code.clone()),
            ("DELETE", "/api/v1/sessions", json!({})),
            ("DELETE", "/api/v1/sessions/current", json!({})),
        ] {
            program.request(method, path).json(&body).refused(403, "token.not_enough");
        }
        program.get("/api/v1/api-tokens").refused(403, "token.not_enough");
        program.get(SESSIONS).refused(403, "token.not_enough");
    });
}

fn n13_token_and_cookie_of_two_people_are_refused(app: &TestApp) {
    let (one, other) = (app.register_person("王芳"), app.register_person("张三"));
    let cookie = browser(app, &other.login, &other.password).cookie;
    one.get(ME).header("cookie", &cookie).refused(400, "session.two_people");
    let own = browser(app, &one.login, &one.password).cookie;
    assert_eq!(one.get(ME).header("cookie", &own).expect(200).id(), one.id);
}

fn n14_the_first_start_happens_once(app: &TestApp) {
    let body = |token: &str, role: &str, password: &str| {
        let person = json!({"name": "首任", "phone": fresh_phone(), "password": password, "role": role});
        json!({"token": token, "administrators": [person]})
    };
    let setup = |body: &Value| app.client().post("/api/v1/setup").json(body).send();
    // Without a token there is nothing to guess, and no account to sign in to.
    assert_eq!(setup(&body("x", "system_admin", STRONG)).text("/code"), "setup.token_wrong");
    for login in ["admin", "root", "admin@localhost", "13800000000"] {
        assert_eq!(try_sign_in(app, login, "admin").status, 401);
    }
    let first = people::first_setup_token(app.database(), app.clock.now()).unwrap().unwrap();
    assert_eq!(
        people::first_setup_token(app.database(), app.clock.now()).unwrap(),
        None,
        "it is printed once"
    );
    let stored: Vec<String> = app
        .database()
        .read_now(|conn| Ok(setup_tokens::table.select(setup_tokens::token_digest).load(conn)?))
        .unwrap();
    assert_eq!(stored, [sha256_hex(&first)]);
    let token = people::new_setup_token(app.database(), app.clock.now()).unwrap().unwrap();
    assert_eq!(setup(&body(&first, "system_admin", STRONG)).status, 401, "replaced");
    for (refused, code) in [
        (body(&token, "finance_maker", STRONG), "setup.posts"),
        (body(&token, "audit_admin", STRONG), "setup.posts"),
        (body(&token, "system_admin", "correct horse battery"), "password.classes"),
        (json!({"token": token, "administrators": []}), "setup.posts"),
    ] {
        let told = setup(&refused);
        assert!(told.status == 422 && told.faults().iter().any(|(_, told)| told == code), "{told}");
    }
    // It is the last token that counts; `first_run` takes another.
    let login = first_run(app);
    assert_eq!(setup(&body(&token, "system_admin", STRONG)).status, 404);
    assert_eq!(people::new_setup_token(app.database(), app.clock.now()).unwrap(), None);
    let half = app.sign_in(&login, STRONG);
    half.get(ME).refused(401, "session.second_factor_owed");
    let secret = begin_totp(&half);
    let (admin, _) = confirm_totp(app, &half, &secret, 0);
    admin.post("/api/v1/programmes").json(&json!({"name": "海曙", "prefix": "HS"})).expect(201);
}

fn n28_the_last_administrator_stays(app: &TestApp) {
    let (_, id, admin, _) = administrator(app, Role::SystemAdmin);
    let (_, _, security, _) = administrator(app, Role::SecurityAdmin);
    let account = format!("/api/v1/users/{id}");
    let seen = security.get(&account).expect(200);
    let role = format!("{account}/roles/{}", seen.text("/roles/0/id"));
    assert!(!seen.at("/permitted_actions").as_array().unwrap().contains(&json!("disable")));
    let why = json!({"reason": "我不想再做管理员了"});
    let disable = |by: &Client| {
        let version = by.get(&account).expect(200).version();
        by.post(&format!("{account}/disabling")).if_match(version).json(&why).send()
    };
    for by in [&admin, &security] {
        assert_eq!(told(&disable(by)).1["code"], "user.last_admin");
        by.delete(&role).refused(409, "user.last_admin");
    }
    // With another one beside they may go, and then that one stays.
    let (_, other, second, _) = administrator(app, Role::SystemAdmin);
    assert_eq!(disable(&admin).status, 200);
    let account = format!("/api/v1/users/{other}");
    let role = second.get(&account).expect(200).text("/roles/0/id").to_owned();
    second.delete(&format!("{account}/roles/{role}")).refused(409, "user.last_admin");
}

fn n69_writes_from_other_sites_are_refused(app: &TestApp) {
    let person = app.register_person("王芳");
    let (own, elsewhere) =
        (browser(app, &person.login, &person.password), browser(app, &person.login, &person.password));
    let token = json!({"name": "程序", "scope": "read", "days": 1});
    let write = || own.write(app, "POST", "/api/v1/api-tokens").json(&token);
    changes_nothing(app.database(), || {
        write().refused(403, "session.csrf");
        write().header("x-csrf-token", "").refused(403, "session.csrf");
        write().header("x-csrf-token", &elsewhere.csrf).refused(403, "session.csrf");
        own.write(app, "DELETE", "/api/v1/sessions/current").refused(403, "session.csrf");
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "null"),
            ("origin", "https://evil.example"),
            ("origin", "http://localhost:8080.evil.example"),
        ] {
            let refused = write().header("x-csrf-token", &own.csrf).header(name, value);
            refused.refused(403, "session.cross_site");
            // Nor is anybody signed in from elsewhere.
            let body = json!({"login": person.login, "password": person.password, "cookie": true});
            app.client().post(SESSIONS).header(name, value).json(&body).refused(403, "session.cross_site");
        }
        // A form of another site says what it is.
        let form = own.write(app, "POST", "/api/v1/api-tokens").header("x-csrf-token", &own.csrf);
        form.raw("application/x-www-form-urlencoded", "name=a").refused(415, "unsupported_media");
    });
    write().header("x-csrf-token", &own.csrf).header("sec-fetch-site", "same-origin").expect(201);
    write().header("x-csrf-token", &own.csrf).header("origin", "http://localhost:8080").expect(201);
    // The page gets its token with the session.
    let session = own.get(app, "/api/v1/sessions/current").expect(200);
    assert_eq!(session.text("/csrf_token"), own.csrf);
    assert!(person.get("/api/v1/sessions/current").expect(200).json.get("csrf_token").is_none());
    // Number 70: nobody elsewhere may read an answer.
    let answer = own.get(app, ME).header("origin", "https://evil.example").expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

fn n71_nothing_of_a_session_stays_behind(app: &TestApp) {
    let person = app.register_person("王芳");
    let own = browser(app, &person.login, &person.password);
    for path in [ME, "/api/v1/sessions/current", SESSIONS, "/api/v1/notifications"] {
        assert_eq!(own.get(app, path).expect(200).header("cache-control"), Some("no-store"), "{path}");
    }
    let left =
        own.write(app, "DELETE", "/api/v1/sessions/current").header("x-csrf-token", &own.csrf).expect(204);
    assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"), "{left}");
    own.get(app, ME).refused(401, "session.expired");
    // Nothing changes by looking at it.
    let (kept, stored) = (app.sign_in_again(&person), sessions_stored(app));
    for path in
        ["/api/v1/sessions/current/second-factor", "/api/v1/me/password", "/api/v1/me/totp", "/api/v1/setup"]
    {
        assert_eq!(kept.get(path).send().status, 405, "{path}");
    }
    assert_eq!(sessions_stored(app), stored);
}

fn sessions_stored(app: &TestApp) -> i64 {
    app.database().read_now(|conn| Ok(sessions::table.count().get_result(conn)?)).unwrap()
}

fn n77_nobody_learns_who_has_an_account(app: &TestApp) {
    let person = app.register_person_with_mail("王芳");
    let shape = |reply: Reply| {
        let mut body = reply.json.clone();
        for field in ["id", "request_id"] {
            if body.get(field).is_some() {
                body[field] = json!("differs");
            }
        }
        (reply.status, body)
    };
    let register = |phone: &str| {
        let body = json!({"name": "李四", "phone": phone, "password": STRONG});
        shape(app.client().post("/api/v1/registrations").json(&body).send())
    };
    assert_eq!(register(&person.login), register(&fresh_phone()));
    assert_eq!(register(&person.login).0, 201);
    let reset = |login: &str| {
        shape(app.client().post("/api/v1/password-resets").json(&json!({"login": login})).send())
    };
    assert_eq!(reset(&person.login), reset(&fresh_phone()));
    let code =
        |phone: &str| shape(app.client().post("/api/v1/sign-in-codes").json(&json!({"phone": phone})).send());
    assert_eq!(code(&person.login), code(&fresh_phone()));
    // The owner learns of it, once.
    let told: Vec<String> = app.mail_to(&person.mail()).into_iter().map(|mail| mail.subject).collect();
    assert_eq!(told.iter().filter(|subject| subject.contains("注册")).count(), 1, "{told:?}");
    app.sign_in(&person.login, &person.password);
    assert_eq!(try_sign_in(app, &person.login, STRONG).status, 401);
}

fn passwords_of_the_office_expire_and_do_not_come_back(app: &TestApp) {
    let (login, _, officer) = of_office(app, Role::ProgramOfficer);
    let change = |by: &Client, current: &str, password: &str| {
        let body = json!({"current_password": current, "password": password});
        by.post("/api/v1/me/password").json(&body).send()
    };
    assert_eq!(change(&officer, "wrong horse battery", STRONGER).text("/code"), "password.wrong");
    assert_eq!(change(&officer, STRONG, STRONG).text("/code"), "password.reused");
    assert_eq!(change(&officer, STRONG, "correct horse battery").text("/code"), "password.classes");
    let passwords: Vec<String> = (1..=5).map(|n| format!("Staple-the-horse-{n}")).collect();
    let mut current = STRONG.to_owned();
    for next in &passwords[..4] {
        assert_eq!(change(&officer, &current, next).status, 204);
        current.clone_from(next);
    }
    // None of the last five, the present one among them; the sixth may come back.
    for barred in [STRONG, &passwords[0], &passwords[3]] {
        assert_eq!(change(&officer, &current, barred).text("/code"), "password.reused", "{barred}");
    }
    assert_eq!(change(&officer, &current, &passwords[4]).status, 204);
    assert_eq!(change(&officer, &passwords[4], STRONG).status, 204);
    // Ninety days later it can only be changed.
    app.clock.advance(90 * 24 * 3600);
    let due = app.sign_in(&login, STRONG);
    due.get(ME).refused(401, "session.password_expired");
    due.get("/api/v1/notifications").refused(401, "session.password_expired");
    assert_eq!(due.get("/api/v1/sessions/current").expect(200).text("/stage"), "new_password");
    assert_eq!(change(&due, STRONG, STRONGER).status, 204);
    due.get(ME).expect(200);
    // An applicant's does not expire, but it is looked at once they belong to the office.
    let person = app.register_person("王芳");
    app.clock.advance(90 * 24 * 3600);
    let person = app.sign_in_again(&person);
    person.get(ME).expect(200);
    let (_, _, admin, _) = administrator(app, Role::SystemAdmin);
    let programme =
        admin.post("/api/v1/programmes").json(&json!({"name": "海曙", "prefix": "HS"})).expect(201).id();
    let member = json!({"user_id": person.id, "role": "evaluator"});
    admin.post(&format!("/api/v1/programmes/{programme}/members")).json(&member).expect(201);
    app.sign_in_again(&person).get(ME).refused(401, "session.password_expired");
    // Five wrong present passwords lock what guesses them, not the sign-in.
    let officer = app.sign_in_again(&person);
    for _ in 0..5 {
        assert_eq!(change(&officer, "wrong horse battery", STRONGER).status, 422);
    }
    assert_eq!(change(&officer, &person.password, STRONGER).status, 429);
    app.sign_in_again(&person);
}

fn a_password_of_weaker_parameters_is_hashed_anew_at_sign_in(app: &TestApp) {
    let person = app.register_person("王芳");
    let stored = || -> String {
        let id: UserId = person.id.parse().unwrap();
        app.database()
            .read_now(|conn| Ok(users::table.find(id).select(users::password_hash).first(conn)?))
            .unwrap()
    };
    let before = stored();
    assert!(before.contains("m=8,t=1,p=1"), "{before}");
    let raised = TestApp::spawn_with(app.engine(), |settings| {
        with_identity(settings);
        settings.database.url = app.database_url();
        settings.security.data_keys_file.clone_from(&app.settings().security.data_keys_file);
        settings.security.argon2_memory_kib = 16;
    });
    assert_eq!(try_sign_in(&raised, &person.login, "wrong horse battery").status, 401);
    assert_eq!(stored(), before);
    raised.sign_in(&person.login, &person.password);
    let after = stored();
    assert!(after.contains("m=16,t=1,p=1"), "{after}");
    raised.sign_in(&person.login, &person.password);
    assert_eq!(stored(), after);
}

fn accounts_nobody_uses_are_disabled_but_for_the_last_administrator(app: &TestApp) {
    let (login, _, _, _) = administrator(app, Role::SystemAdmin);
    let (idle, used) = (app.register_person("久未登录"), app.register_person("常用"));
    app.clock.advance(89 * 24 * 3600);
    let active = app.sign_in_again(&used);
    app.clock.advance(24 * 3600);
    let now = app.clock.now();
    let disabled =
        app.database().write_now(Lane::Installation, move |conn| people::unused::disable(conn, now)).unwrap();
    assert_eq!(disabled, 1);
    assert_eq!(try_sign_in(app, &idle.login, &idle.password).status, 401);
    app.sign_in_again(&active);
    app.sign_in(&login, STRONG);
    assert_eq!(audited(app, "account.disable"), 1);
}

/// Number 3, the other half: behind a proxy of ours clients are told apart, and a forged hop before it changes nothing.
#[test]
fn n03_behind_a_trusted_proxy_each_client_has_a_bucket() {
    let app = TestApp::spawn_with(Engine::Sqlite, |settings| {
        with_identity(settings);
        settings.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    });
    let tried = |from: &str| {
        let body = json!({"login": fresh_phone(), "password": "Winter-2011-Ningbo"});
        app.client().post(SESSIONS).header("x-forwarded-for", from).json(&body).send().status
    };
    for n in 0..20 {
        assert_eq!(tried(&format!("203.0.113.{n}, 198.51.100.7")), 401);
    }
    assert_eq!(tried("198.51.100.7"), 429);
    assert_eq!(tried("198.51.100.8"), 401);
}

/// An office with its programme, so that administrators of one programme are seen not to keep accounts of all.
#[test]
fn accounts_are_kept_by_the_installations_administrators_alone() {
    let app = TestApp::spawn(Engine::Sqlite);
    let office = Office::found(&app);
    let person = app.register_person("王芳");
    for by in [&office.officer, &office.director, &office.auditor, &person] {
        by.get("/api/v1/users").refused(403, "forbidden");
        by.get(&format!("/api/v1/users/{}", person.id)).refused(403, "forbidden");
    }
    let shown = office.see(&office.admin, &format!("/api/v1/users/{}", person.id));
    assert!(!shown.body().contains(&person.login) && shown.text("/phone").contains("****"), "{shown}");
    let nobody = UserId::generate();
    office.admin.get(&format!("/api/v1/users/{nobody}")).refused(404, "not_found");
}
