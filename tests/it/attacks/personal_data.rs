//! Personal data (trust.md S9, C2, I23; §5, numbers 27, 29, 76): canaries that lie nowhere, masks that hold, one value
//! at a time for a reason, keys that change while the server runs.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use diesel::{connection::SimpleConnection, prelude::*};
use serde_json::{Value, json};
use yichuang::{
    app::Application,
    config::{DEFAULTS, RetentionSettings, Settings},
    db::{
        Lane,
        schema::{applications, idempotency_records, outbox, personal_data_accesses, users},
    },
    kernel::{role::Role, time::Clock},
    privacy::{reseal, retention},
    verify,
};

use crate::support::{Engine, Kind, Office, Sheet, TestApp, application_row, content, fresh_number, settle};

on_both!(
    no_canary_lies_anywhere,
    the_office_sees_masks_and_one_value_for_a_reason,
    who_saw_whose_data_is_one_request,
    a_person_takes_their_data_away_and_is_erased,
    keys_change_while_the_server_runs,
    what_was_stored_before_is_sealed_by_one_command,
    a_value_that_was_moved_is_not_opened,
    a_server_without_its_keys_does_not_start,
    what_is_old_is_not_kept,
    one_person_sees_sixty_values_an_hour,
);

/// What the program wrote to its log in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter("yichuang=trace,actix_web=debug,diesel=debug")
            .with_ansi(false)
            .with_writer(move || writer.clone());
        let _ = subscriber.try_init();
        log
    })
}

/// What must be found nowhere but in an answer to somebody who may see it.
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    fn hits(&self, place: &str, bytes: &[u8]) -> Vec<String> {
        let found = |canary: &&(&str, String)| {
            let needle = canary.1.as_bytes();
            bytes.windows(needle.len()).any(|window| window == needle)
        };
        self.0.iter().filter(found).map(|(name, _)| format!("{name} in {place}")).collect()
    }
}

fn sqlite_file(app: &TestApp) -> PathBuf {
    PathBuf::from(app.database_url().trim_start_matches("sqlite:"))
}

fn dumped(app: &TestApp) -> Vec<(String, Vec<u8>)> {
    match app.engine() {
        Engine::Sqlite => {
            let file = sqlite_file(app);
            let folder = file.parent().expect("a folder");
            let backup = folder.join("backup.db");
            let _ = std::fs::remove_file(&backup);
            app.database().write_now(Lane::Installation, |_| Ok(())).expect("the writer lives");
            let mut conn = SqliteConnection::establish(&file.display().to_string()).expect("a connection");
            conn.batch_execute(&format!("VACUUM INTO '{}'", backup.display())).expect("a backup");
            ["test.db", "test.db-wal", "backup.db"]
                .map(|name| (name.to_owned(), std::fs::read(folder.join(name)).expect("a file")))
                .into()
        }
        Engine::Postgres => {
            let dump = Command::new("pg_dump")
                .args(["--inserts", "--dbname", &app.database_url()])
                .output()
                .expect("pg_dump runs");
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            vec![("the dump".to_owned(), dump.stdout)]
        }
    }
}

fn reveal(office: &Office<'_>, kind: &str, id: &str, field: &str) -> Value {
    json!({"subject_kind": kind, "subject_id": id, "field": field, "reason": format!("核实材料 {} {field}", office.programme.len())})
}

fn revelations(office: &Office<'_>) -> String {
    format!("/api/v1/programmes/{}/revelations", office.programme)
}

const HEAD: &str = "13911122201";
const CONTACT: &str = "13911122202";
const LEAD: &str = "13911122203";
const MEMBER: &str = "13911122204";
const BARRED: &str = "13911122205";
const INVITED: &str = "13911122206";
const OWNER: &str = "13911122207";
const IMPORTED: &str = "13911122208";
const ACCOUNT: &str = "6217993300112233445";
const ADDRESS: &str = "海曙区灵桥路七十七弄五号";
const IDENTITY: &str = "11010519491231002X";

/// A group whose every personal value is a canary.
fn a_group_of_canaries(office: &Office<'_>) -> crate::support::Group {
    let group = office.a_group(Kind::Registered);
    let version = office.version(&group.admin, &group.path());
    let phones = json!({"head_name": "金丝雀", "head_phone": HEAD, "contact_phone": CONTACT});
    office.act(&group.admin, "PATCH", &group.path(), Some(phones), Some(version));
    office.verify_group(&group);
    let path = format!("{}/payee-account", group.path());
    let version = office.version(&group.admin, &path);
    let account = json!({
        "account_name": group.name, "bank_name": "宁波银行", "bank_code": "313332082914", "account_number": ACCOUNT,
    });
    office.act(&group.admin, "PUT", &path, Some(account), Some(version));
    group
}

fn personal_content() -> Value {
    let mut content = content("30000.00");
    content["lead_name"] = json!("金丝雀");
    content["lead_phone"] = json!(LEAD);
    content["answers"] = json!({
        "introduction": format!("我们在{ADDRESS}"),
        "members": [{"name": "金丝雀", "phone": MEMBER, "role": format!("证件 {IDENTITY}")}],
    });
    content
}

fn no_canary_lies_anywhere(app: &TestApp) {
    log();
    let office = Office::found(app);
    let password = format!("canary horse {} staple", fresh_number());
    let mail = format!("canary{}@canary.example", fresh_number());
    let owner = app.register_person_by(OWNER, "金丝雀");
    let registration = json!({"name": "金丝雀乙", "email": mail, "password": password});
    app.client().post("/api/v1/registrations").json(&registration).expect(201);
    let session = app.sign_in(&mail, &password);

    let group = a_group_of_canaries(&office);
    let round = office.published_round("100000.00", json!({"cap": "50000.00", "pass_line": "70.00"}));
    let project = office.drafted(&round, &group, personal_content());
    let version = office.version(&group.admin, &project.path());
    let changed = json!({"title": "金丝雀之家", "lead_phone": LEAD});
    office.act(&group.admin, "PATCH", &project.path(), Some(changed), Some(version));
    office.submit(&project);
    office.accept(&project);
    let expert = json!({
        "user_id": owner.id, "name": "金丝雀", "expertise": ["elderly"], "identity_number": IDENTITY,
    });
    let programme = format!("/api/v1/programmes/{}", office.programme);
    office.post(&office.officer, &format!("{programme}/experts"), Some(expert));
    let barred = json!({
        "person_name": "金丝雀", "person_phone": BARRED, "reason": "失信", "starts_on": "2011-01-01",
        "ends_on": "2012-01-01",
    });
    office.post(&office.officer, &format!("{programme}/debarments"), Some(barred));
    let invited = json!({"name": "金丝雀", "phone": INVITED, "role": "applicant"});
    let invitation = office.post(&group.admin, &format!("{}/invitations", group.path()), Some(invited));
    let link = invitation.text("/link").split_once('#').expect("a token").1.to_owned();
    app.client().post("/api/v1/sign-in-codes").json(&json!({"phone": OWNER})).expect(202);
    let code = json!({"phone": OWNER, "code": app.code_sent_to(OWNER)});
    app.client().post("/api/v1/sessions/by-code").json(&code).expect(201);
    // A sheet with a good row and one whose fault quotes the cell.
    let mut sheet = Sheet::new(&[
        "organization",
        "项目名称",
        "服务领域 (domain)",
        "requested",
        "own_funds",
        "starts_on",
        "ends_on",
        "beneficiaries",
        "summary",
        "fund_activity",
        "own_volunteer",
        "lead_phone",
    ]);
    for (title, phone) in [("雀巢", IMPORTED.to_owned()), ("雀鸣", format!("{IMPORTED}9"))] {
        let mut row = application_row(&group.name, title);
        row.push(phone);
        sheet = sheet.row(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let path = format!("{}/imports", round.path());
    let import =
        office.officer.post(&path).raw(yichuang::sheets::CSV, sheet.csv()).key("canary-import").send();
    assert!((200..300).contains(&import.status), "{import}");
    settle(app.database());
    office.post(
        &office.officer,
        &revelations(&office),
        Some(reveal(&office, "organization", &group.id, "head_phone")),
    );
    office.post(&office.maker, &revelations(&office), {
        let account = office.see(&office.maker, &format!("{}/payee-account", group.path())).id();
        Some(reveal(&office, "payee_account", &account, "account_number"))
    });
    // Refusals and faults speak of values too.
    app.client().post("/api/v1/sessions").json(&json!({"login": OWNER, "password": password})).expect(401);
    // A login that is taken is answered like any other; its owner is told.
    app.client().post("/api/v1/registrations").json(&registration).expect(201);
    session.get("/api/v1/me/data-export").expect(200);
    let mails = app.delivered();

    let canaries = Canaries(vec![
        ("the head's phone", HEAD.to_owned()),
        ("the contact's phone", CONTACT.to_owned()),
        ("the lead's phone", LEAD.to_owned()),
        ("a member's phone", MEMBER.to_owned()),
        ("a debarred phone", BARRED.to_owned()),
        ("an invited phone", INVITED.to_owned()),
        ("an account's phone", OWNER.to_owned()),
        ("an imported phone", IMPORTED.to_owned()),
        ("an account number", ACCOUNT.to_owned()),
        ("an address", ADDRESS.to_owned()),
        ("an identity number", IDENTITY.to_owned()),
        ("a password", password.clone()),
        ("an e-mail address", mail.clone()),
        ("a session's token", session.token()),
        ("an invitation's token", link),
    ]);
    let mut hits = Vec::new();
    for (place, bytes) in dumped(app) {
        hits.extend(canaries.hits(&place, &bytes));
    }
    hits.extend(canaries.hits("the log", &log().0.lock().unwrap_or_else(PoisonError::into_inner)));
    for mail in mails {
        hits.extend(canaries.hits("a mail", format!("{}\n{}", mail.subject, mail.body).as_bytes()));
    }
    let keys = std::fs::read(app.database().keys().expect("keys").path()).expect("the keys");
    hits.extend(canaries.hits("the key file", &keys));
    assert!(hits.is_empty(), "{hits:#?}");
    // The search itself finds what is there.
    let probe = Canaries(vec![("a name", group.name.clone())]);
    assert!(dumped(app).iter().any(|(place, bytes)| !probe.hits(place, bytes).is_empty()));
}

fn the_office_sees_masks_and_one_value_for_a_reason(app: &TestApp) {
    let office = Office::found(app);
    let group = a_group_of_canaries(&office);
    let round = office.published_round("100000.00", json!({"cap": "50000.00", "pass_line": "70.00"}));
    let project = office.submitted(&round, &group, personal_content());

    // Its own people see what they wrote, the office sees it masked.
    let own = office.see(&group.admin, &group.path());
    assert_eq!((own.text("/head_phone"), own.text("/contact_phone")), (HEAD, CONTACT));
    let shown = office.see(&office.officer, &group.path());
    assert_eq!(shown.text("/head_phone"), "139****2201");
    let account = format!("{}/payee-account", group.path());
    assert_eq!(office.see(&group.admin, &account).text("/account_number"), ACCOUNT);
    assert_eq!(office.see(&office.maker, &account).text("/account_number"), "****3445");
    let paths = [
        project.path(),
        format!("{}/sections/team", project.path()),
        format!("{}/sections/cover", project.path()),
        format!("{}/revisions", project.path()),
        format!("{}/differences", project.path()),
        format!("{}/receipts", project.path()),
        format!("/api/v1/programmes/{}/organizations", office.programme),
        format!("{}/applications", round.path()),
    ];
    for path in paths {
        for person in [&office.officer, &office.auditor] {
            let body = office.see(person, &path).body();
            for value in [HEAD, CONTACT, LEAD, MEMBER, ACCOUNT] {
                assert!(!body.contains(value), "{value} at {path} for {}", person.name);
            }
        }
    }
    assert!(office.see(&group.admin, &project.path()).body().contains(LEAD));

    // One value, for a reason, by whom it is for.
    let path = revelations(&office);
    let wanted = reveal(&office, "application", &project.id, "lead_phone");
    let seen = office.officer.post(&path).json(&wanted).key("once").expect(201);
    assert_eq!(seen.text("/value"), LEAD);
    let again = office.officer.post(&path).json(&wanted).key("once").expect(201);
    assert_eq!(*again.at("/value"), Value::Null, "a secret is shown once");
    let answers = reveal(&office, "application", &project.id, "answers");
    let answers = office.post(&office.director, &path, Some(answers));
    assert_eq!(answers.text("/value/members/0/phone"), MEMBER);
    let number =
        reveal(&office, "payee_account", &office.see(&office.maker, &account).id(), "account_number");
    assert_eq!(office.post(&office.maker, &path, Some(number.clone())).text("/value"), ACCOUNT);
    office.officer.post(&path).json(&number).refused(403, "forbidden");
    let mut short = wanted.clone();
    short["reason"] = json!("看");
    office.officer.post(&path).json(&short).refused(422, "review.reason_short");
    let mut other = wanted.clone();
    other["field"] = json!("password_hash");
    office.officer.post(&path).json(&other).refused(422, "revelation.field");
    for person in [&office.chair, &office.auditor, &office.street] {
        person.post(&path).json(&wanted).refused(403, "forbidden");
    }
    for stranger in [&office.admin, &group.admin] {
        let reply = stranger.post(&path).json(&wanted).send();
        assert!([403, 404].contains(&reply.status), "{reply}");
    }
    // Another programme's is not there.
    let elsewhere = Office::found(app);
    elsewhere.officer.post(&revelations(&elsewhere)).json(&wanted).refused(422, "revelation.unknown_subject");
}

fn who_saw_whose_data_is_one_request(app: &TestApp) {
    let office = Office::found(app);
    let group = a_group_of_canaries(&office);
    let before = app.clock.now();
    let path = revelations(&office);
    let wanted = reveal(&office, "organization", &group.id, "head_phone");
    office.post(&office.officer, &path, Some(wanted.clone()));
    app.move_clock_to("2011-03-02T03:00:00Z");
    office.sign_in_everybody();
    office.post(&office.director, &path, Some(wanted));

    let log = "/api/v1/personal-data/access";
    let all = office.see(&office.auditor, &format!("{log}?subject={}", group.id));
    assert_eq!(all.items().len(), 2, "{all}");
    assert_eq!(all.items()[0]["actor_id"], json!(office.director.id));
    assert_eq!(all.items()[0]["field"], "head_phone");
    assert!(!all.body().contains(HEAD));
    let first = format!("{log}?from={before}&to=2011-03-02T02:30:00Z&actor={}", office.officer.id);
    assert_eq!(office.see(&office.auditor, &first).items().len(), 1);
    let page = office.see(&office.auditor, &format!("{log}?limit=1"));
    let cursor = page.text("/next_cursor").to_owned();
    assert_eq!(office.see(&office.auditor, &format!("{log}?limit=1&cursor={cursor}")).items().len(), 1);
    // The auditor of another programme sees nothing of it, an audit administrator everything, others nothing at all.
    let elsewhere = Office::found(app);
    assert!(elsewhere.see(&elsewhere.auditor, log).items().is_empty());
    let watcher = app.installed("审计管理员", Some(Role::AuditAdmin));
    assert_eq!(office.see(&watcher, log).items().len(), 2);
    for person in [&office.officer, &office.admin, &group.admin] {
        person.get(log).refused(403, "forbidden");
    }
    watcher.get(&format!("{log}?phone={HEAD}")).expect(400);
    // Nobody rewrites it.
    for sql in ["UPDATE personal_data_accesses SET reason = 'x'", "DELETE FROM personal_data_accesses"] {
        let tried = app.database().write_now(Lane::Installation, move |conn| Ok(conn.batch_execute(sql)?));
        assert!(tried.is_err(), "{sql}");
    }
}

fn a_person_takes_their_data_away_and_is_erased(app: &TestApp) {
    let office = Office::found(app);
    let person = app.register_person_with_mail("李离");
    office.post(&person, "/api/v1/me/consents", Some(json!({"kind": "bank_account", "notice_version": "1"})));
    let own = office.see(&person, "/api/v1/me/data-export");
    assert_eq!((own.text("/account/phone"), own.text("/account/name")), (person.login.as_str(), "李离"));
    assert_eq!(own.at("/consents").as_array().unwrap().len(), 1);

    let requests = "/api/v1/me/erasure-requests";
    let request = office.post(&person, requests, Some(json!({"reason": "不再参与"})));
    person.post(requests).json(&json!({})).refused(409, "erasure.already_requested");
    let security = app.installed("安全管理员", Some(Role::SecurityAdmin));
    let decision = format!("/api/v1/erasure-requests/{}/decision", request.id());
    let erase = json!({"erase": true, "note": "本人申请，账目无需保留"});
    office.officer.post(&decision).json(&erase).if_match(1).refused(404, "not_found");
    let done = office.step(&security, &decision, request.version(), Some(erase.clone()));
    assert_eq!(done.text("/state"), "erased");
    let certificate: Value = serde_json::from_str(done.text("/certificate")).unwrap();
    assert_eq!(certificate["user"], json!(person.id));
    assert_eq!(certificate["older_copies_sealed_with"], json!(app.database().keys().unwrap().current()));
    security.post(&decision).json(&erase).if_match(done.version()).refused(409, "illegal_transition");

    // They are nobody now, and their number is free again.
    person.get("/api/v1/me").expect(401);
    let credentials = json!({"login": person.login, "password": person.password});
    app.client().post("/api/v1/sessions").json(&credentials).expect(401);
    let row: (String, Option<String>, Option<String>, String) = app
        .database()
        .read_now(move |conn| {
            Ok(users::table
                .find(&person.id)
                .select((users::name, users::phone, users::email, users::password_hash))
                .first(conn)?)
        })
        .unwrap();
    assert_eq!((row.0.as_str(), row.1, row.3.as_str()), ("已注销", None, ""));
    assert!(row.2.is_some_and(|email| email.starts_with("erased:")));
    app.register_person_by(&person.login, "新人");

    // Somebody of the office hands over first; nobody decides on their own request.
    let request = office.post(&office.officer, requests, Some(json!({})));
    let decision = format!("/api/v1/erasure-requests/{}/decision", request.id());
    security.post(&decision).json(&erase).if_match(1).refused(409, "erasure.under_way");
    let refused = json!({"erase": false, "note": "仍在任，需先移交"});
    assert_eq!(office.step(&security, &decision, 1, Some(refused)).text("/state"), "refused");
    let own = office.post(&security, requests, Some(json!({})));
    let decision = format!("/api/v1/erasure-requests/{}/decision", own.id());
    security.post(&decision).json(&erase).if_match(1).refused(403, "erasure.own");
}

fn keys_change_while_the_server_runs(app: &TestApp) {
    let office = Office::found(app);
    let group = a_group_of_canaries(&office);
    let keys = app.database().keys().expect("keys");
    let old = keys.current();
    // Another process rotates: this one learns of it when it meets the first value under the new key.
    let beside = yichuang::vault::Keyring::read(keys.path()).expect("the same keys");
    let new = beside.rotate().expect("a new key");
    assert_eq!(keys.current(), old);
    let done = reseal::reseal(app.database()).expect("resealed");
    assert!(done.sealed > 20 && done.failed.is_empty(), "{done:?}");
    assert_eq!(keys.current(), new);
    let used = app.database().read_now(reseal::usage).expect("what is used");
    assert_eq!(used.keys().collect::<Vec<_>>(), [&new], "{used:?}");
    assert_eq!(reseal::reseal(app.database()).expect("again").sealed, 0, "nothing is left to do");
    // The old key is not needed any more.
    beside.remove(&old).expect("removed");
    keys.reload().expect("read again");
    assert_eq!(office.see(&group.admin, &group.path()).text("/head_phone"), HEAD);
    app.sign_in(&group.admin.login, &group.admin.password);
}

fn what_was_stored_before_is_sealed_by_one_command(app: &TestApp) {
    let office = Office::found(app);
    let person = app.register_person("老用户");
    let (id, phone) = (person.id.clone(), person.login.clone());
    app.database()
        .write_now(Lane::Installation, move |conn| {
            diesel::update(users::table.find(&id)).set(users::phone.eq(&phone)).execute(conn)?;
            conn.batch_execute(&format!("DELETE FROM blind_indexes WHERE row_id = '{id}'"))?;
            Ok(())
        })
        .expect("as it was stored before");
    let told = app.database().read_now(verify::verify).expect("verified");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].invariant, told[0].subject.as_str()), ("I23", "users.phone"));
    app.sign_in(&person.login, &person.password);
    office.see(&person, "/api/v1/me/data-export");
    assert_eq!(reseal::reseal(app.database()).expect("sealed").sealed, 1);
    app.sign_in(&person.login, &person.password);
    let stored: Option<String> = app
        .database()
        .read_now(move |conn| Ok(users::table.find(&person.id).select(users::phone).first(conn)?))
        .unwrap();
    assert!(stored.is_some_and(|stored| stored.starts_with("v1.A256GCM.")));
}

fn a_value_that_was_moved_is_not_opened(app: &TestApp) {
    let [one, other] = ["甲", "乙"].map(|name| app.register_person(name));
    let (from, to) = (one.id.clone(), other.id.clone());
    let swap = move |conn: &mut yichuang::db::Db| {
        let of = |id: &str| users::table.find(id.to_owned()).select(users::phone);
        let first: Option<String> = of(&from).first(conn)?;
        let second: Option<String> = of(&to).first(conn)?;
        diesel::update(users::table.find(&from)).set(users::phone.eq(None::<String>)).execute(conn)?;
        // A row needs a phone number or an address: the first keeps none for a moment only.
        diesel::update(users::table.find(&to)).set(users::phone.eq(first)).execute(conn)?;
        diesel::update(users::table.find(&from)).set(users::phone.eq(second)).execute(conn)?;
        Ok(())
    };
    // With an address each, so that the check of the table lets the number go.
    app.database()
        .write_now(Lane::Installation, |conn| {
            Ok(conn.batch_execute("UPDATE users SET email = 'erased:' || id")?)
        })
        .expect("addresses");
    app.database().write_now(Lane::Installation, swap.clone()).expect("swapped");
    let told = app.database().read_now(verify::verify).expect("verified");
    let moved: Vec<_> = told.iter().filter(|found| found.subject.starts_with("users.phone")).collect();
    assert_eq!(moved.len(), 2, "{told:?}");
    assert!(
        moved.iter().all(|found| found.invariant == "I23" && found.reason.contains("was sealed for row"))
    );
    app.database().write_now(Lane::Installation, swap).expect("swapped back");
}

fn a_server_without_its_keys_does_not_start(app: &TestApp) {
    let path = app.settings().security.data_keys_file.clone();
    let started = |path: &Path| {
        let mut settings = app.settings().clone();
        path.clone_into(&mut settings.security.data_keys_file);
        Application::build(settings, Arc::new(app.clock.clone()))
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let missing = started(&path.with_file_name("nowhere.keys")).expect_err("there are no keys");
    assert!(missing.contains("put it back from its backup"), "{missing}");
    assert!(!path.with_file_name("nowhere.keys").exists(), "no new keys for an old database");
    let others = path.with_file_name("others.keys");
    yichuang::vault::Keyring::create(&others).expect("keys of another database");
    let wrong = started(&others).expect_err("other keys");
    assert!(wrong.contains("data key"), "{wrong}");
    started(&path).expect("its own keys");
}

fn what_is_old_is_not_kept(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"cap": "50000.00", "pass_line": "70.00"}));
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, personal_content());
    app.delivered();
    let defaults: Settings = toml::from_str(DEFAULTS).expect("the defaults");
    let settings: RetentionSettings = defaults.retention;
    let sweep = |days: i64| {
        let now = app.clock.now().plus_seconds(days * 24 * 3600);
        app.database()
            .write_now(Lane::Installation, move |conn| retention::sweep(conn, settings, now))
            .expect("swept")
    };
    let count = || {
        app.database()
            .read_now(|conn| {
                let letters: i64 = outbox::table.count().get_result(conn)?;
                let answers: i64 = idempotency_records::table.count().get_result(conn)?;
                Ok((letters, answers))
            })
            .unwrap()
    };
    assert_eq!(sweep(0), 0);
    let (letters, answers) = count();
    assert!(letters > 0 && answers > 0);
    sweep(8);
    assert_eq!(count(), (letters, 0));
    sweep(91);
    assert_eq!(count(), (0, 0));
    sweep(1100);
    let id = project.id.clone();
    let left: (String, Option<String>) = app
        .database()
        .read_now(move |conn| {
            Ok(applications::table
                .find(id)
                .select((applications::lead_name, applications::lead_phone))
                .first(conn)?)
        })
        .unwrap();
    assert_eq!(left, (String::new(), None));
    office.sign_in_everybody();
    let shown = office.see(&group.admin, &project.path()).body();
    assert!(!shown.contains(LEAD) && !shown.contains(MEMBER));
    let saves = office.see(&group.admin, &format!("{}/revisions", project.path())).body();
    assert!(!saves.contains(LEAD));
}

fn one_person_sees_sixty_values_an_hour(app: &TestApp) {
    let office = Office::found(app);
    let group = office.a_group(Kind::Registered);
    let path = revelations(&office);
    let wanted = reveal(&office, "organization", &group.id, "head_phone");
    for _ in 0..60 {
        office.officer.post(&path).json(&wanted).expect(201);
    }
    let refused = office.officer.post(&path).json(&wanted).expect(429);
    assert!(refused.header("retry-after").is_some());
    office.second_officer.post(&path).json(&wanted).expect(201);
    let rows: i64 =
        app.database().read_now(|conn| Ok(personal_data_accesses::table.count().get_result(conn)?)).unwrap();
    assert_eq!(rows, 61);
    app.move_clock_to("2011-03-02T03:01:00Z");
    office.sign_in_everybody();
    office.officer.post(&path).json(&wanted).expect(201);
}
