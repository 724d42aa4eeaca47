//! Everything of identity there is to do, at least once: the first start, sessions, passwords, second factors, tokens,
//! accounts.

use serde_json::{Value, json};
use yichuang::{
    kernel::time::{Clock, Timestamp},
    people,
};

use super::{Client, Office, Person, TestApp, fresh_phone};

/// A password that suits everybody.
pub const STRONG: &str = "Correct horse battery 7";
/// Another one.
pub const STRONGER: &str = "Staple-the-horse-99";

/// The code that a device with this secret shows at this moment, so many steps of 30 seconds away.
#[track_caller]
pub fn totp_code(secret: &str, now: Timestamp, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).expect("a secret in base 32");
    let totp = totp_rs::Builder::new().with_secret(secret).build().expect("a device");
    let seconds = now.plus_seconds(steps * 30).naive().and_utc().timestamp();
    totp.generate(u64::try_from(seconds).expect("after 1970")).to_string()
}

/// The first start: the token works once, then nothing is there.
#[track_caller]
pub fn first_run(app: &TestApp) -> String {
    let token = people::new_setup_token(app.database(), app.clock.now()).unwrap().expect("a set-up token");
    let login = fresh_phone();
    let body = json!({"token": token, "administrators": [
        {"name": "首任系统管理员", "phone": login, "password": STRONG, "role": "system_admin"},
        {"name": "首任审计管理员", "phone": fresh_phone(), "password": STRONG, "role": "audit_admin"},
    ]});
    app.client().post("/api/v1/setup").json(&body).expect(201);
    app.client().post("/api/v1/setup").json(&body).refused(404, "not_found");
    login
}

/// Begins to set up a second factor and gives its secret.
#[track_caller]
pub fn begin_totp(client: &Client) -> String {
    client.post("/api/v1/me/totp").expect(201).text("/secret").to_owned()
}

/// Confirms it with the code of so many steps away: the client that goes on, and the recovery codes.
#[track_caller]
pub fn confirm_totp(app: &TestApp, client: &Client, secret: &str, steps: i64) -> (Client, Vec<String>) {
    let code = json!({"code": totp_code(secret, app.clock.now(), steps)});
    let confirmed = client.post("/api/v1/me/totp/confirmation").json(&code).expect(201);
    let codes = confirmed.at("/recovery_codes").as_array().unwrap().iter();
    let codes = codes.map(|code| code.as_str().unwrap().to_owned()).collect();
    (app.client().with_token(confirmed.text("/token")), codes)
}

/// Completes a half session with a code.
#[track_caller]
pub fn give_code(app: &TestApp, half: &Client, code: &str) -> Client {
    let body = json!({"code": code});
    let full = half.post("/api/v1/sessions/current/second-factor").json(&body).expect(201);
    app.client().with_token(full.text("/token"))
}

/// What is done about one's own account and about those of others.
#[track_caller]
pub fn identity_of(office: &Office<'_>) {
    let app = office.app;
    // A second factor, given, renewed and taken away by its owner.
    let person = app.register_person_with_mail("有动态口令者");
    let secret = begin_totp(&person);
    let (client, _) = confirm_totp(app, &person, &secret, -1);
    let code = json!({"code": totp_code(&secret, app.clock.now(), 0)});
    let renewed = client.post("/api/v1/me/totp/recovery-codes").json(&code).expect(201);
    let codes: Vec<String> = serde_json::from_value(renewed.at("/recovery_codes").clone()).unwrap();
    let half = app.sign_in(&person.login, &person.password);
    let full = give_code(app, &half, &codes[0]);
    full.post("/api/v1/me/totp/removal").json(&json!({"code": codes[1]})).expect(204);
    // One that is lost is taken away by an administrator.
    let secret = begin_totp(&full);
    confirm_totp(app, &full, &secret, 1);
    let account = format!("/api/v1/users/{}", person.id);
    let why = json!({"reason": "手机遗失,本人到场核验。"});
    let version = office.version(&office.admin, &account);
    office.step(&office.admin, &format!("{account}/second-factor-reset"), version, Some(why));

    // Passwords.
    let person = app.register_person_with_mail("换密码者");
    let change = json!({"current_password": person.password, "password": STRONG});
    person.post("/api/v1/me/password").json(&change).expect(204);
    app.client().post("/api/v1/password-resets").json(&json!({"login": person.mail()})).expect(202);
    let body = json!({"token": reset_token(app, &person), "password": STRONGER});
    app.client().post("/api/v1/password-resets/redemption").json(&body).expect(204);

    // Sessions.
    let one = app.sign_in(&person.login, STRONGER);
    let other = app.sign_in(&person.login, STRONGER);
    let sessions = one.get("/api/v1/sessions").expect(200);
    let id = sessions.items().iter().find(|session| session["current"] == false).unwrap()["id"].clone();
    one.delete(&format!("/api/v1/sessions/{}", id.as_str().unwrap())).expect(204);
    other.get("/api/v1/me").refused(401, "session.expired");
    one.get("/api/v1/sessions/current").expect(200);
    one.delete("/api/v1/sessions").expect(204);

    // Tokens.
    let token = json!({"name": "对账程序", "scope": "read", "days": 30});
    let made = office.post(&office.officer, "/api/v1/api-tokens", Some(token));
    office.act(&office.officer, "DELETE", &format!("/api/v1/api-tokens/{}", made.id()), None, None);

    // Accounts.
    let leaver = app.register_person("离职者");
    let member = json!({"user_id": leaver.id, "role": "evaluator"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    let account = format!("/api/v1/users/{}", leaver.id);
    let role = office.see(&office.admin, &account).text("/roles/0/id").to_owned();
    office.act(&office.admin, "DELETE", &format!("{account}/roles/{role}"), None, None);
    let version = office.version(&office.admin, &account);
    let why = json!({"reason": "已离职,工作已交接。"});
    office.step(&office.admin, &format!("{account}/disabling"), version, Some(why));
    let version = office.version(&office.admin, &account);
    office.step(&office.admin, &format!("{account}/enabling"), version, None);
}

/// The token of the latest link to reset a password that was mailed to somebody.
#[track_caller]
pub fn reset_token(app: &TestApp, person: &Person) -> String {
    let mails = app.mail_to(&person.mail());
    let mail = mails.iter().rfind(|mail| mail.subject.contains("重设密码")).expect("a mail with a link");
    let link = mail.body.split_once("/password-reset#").expect("a link").1;
    link.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// What there is to read.
#[track_caller]
pub fn looked_at_identity(office: &Office<'_>) {
    office.see(&office.officer, "/api/v1/api-tokens");
    let unused: &Value = &office.see(&office.admin, "/api/v1/users?unused=true&disabled=false").json;
    assert!(unused["items"].is_array());
    office.see(&office.admin, &format!("/api/v1/users/{}", office.officer.id));
    office.see(&office.officer, "/api/v1/sessions");
    office.see(&office.officer, "/api/v1/sessions/current");
}
