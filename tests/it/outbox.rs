//! Queued mail goes out; what cannot is tried again, given up, and queued again by hand.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

use diesel::prelude::*;
use serde_json::json;
use yichuang::{
    config::{MailTransport, SmsTransport},
    db::{
        Lane,
        private::{MailBody, Private},
        schema::{audit_entries, outbox},
    },
    error::{Error, codes},
    kernel::time::Clock,
    outbox::{Letter, enqueue},
};

use crate::support::{Engine, Kind, Office, TestApp, fresh_phone};

on_both!(a_queued_mail_goes_out_once, a_mail_whose_cause_was_undone_does_not_exist);

fn letter(subject: &str) -> Letter {
    Letter { subject: subject.to_owned(), body: "正文".to_owned(), cause: "test.cause" }
}

fn a_queued_mail_goes_out_once(app: &TestApp) {
    let now = app.clock.now();
    app.database()
        .write_now(Lane::Installation, move |conn| {
            let to = "li@example.org".parse().map_err(Error::internal)?;
            enqueue(conn, &to, &letter("通知\r\nBcc: x@example.org"), now)?;
            Ok(())
        })
        .unwrap();
    let mails = app.mail_to("li@example.org");
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!((mails[0].subject.as_str(), mails[0].body.as_str()), ("通知  Bcc: x@example.org", "正文"));
    let attempts: Vec<i32> =
        app.database().read_now(|conn| Ok(outbox::table.select(outbox::attempts).load(conn)?)).unwrap();
    assert_eq!(attempts, [1]);
}

fn a_mail_whose_cause_was_undone_does_not_exist(app: &TestApp) {
    let now = app.clock.now();
    let undone: Result<(), Error> = app.database().write_now(Lane::Installation, move |conn| {
        let to = "li@example.org".parse().map_err(Error::internal)?;
        enqueue(conn, &to, &letter("通知"), now)?;
        Err(Error::new(&codes::STALE))
    });
    assert!(undone.is_err());
    assert!(app.delivered().is_empty());
}

/// A mail server that answers every recipient with the same code.
struct Postman {
    address: String,
    code: Arc<AtomicU16>,
}

impl Postman {
    fn start(code: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let code = Arc::new(AtomicU16::new(code));
        let says = Arc::clone(&code);
        std::thread::spawn(move || {
            // It lives until the test's process ends.
            for stream in listener.incoming().flatten() {
                let says = Arc::clone(&says);
                std::thread::spawn(move || talk(&stream, &says));
            }
        });
        Self { address, code }
    }

    fn says(&self, code: u16) {
        self.code.store(code, Ordering::SeqCst);
    }
}

fn talk(mut stream: &TcpStream, code: &AtomicU16) -> Option<()> {
    let mut lines = BufReader::new(stream).lines();
    stream.write_all(b"220 postman\r\n").ok()?;
    while let Some(Ok(line)) = lines.next() {
        let answer = match line.get(..4)? {
            "RCPT" => {
                let code = code.load(Ordering::SeqCst);
                format!("{code} {}", line.trim_start_matches("RCPT TO:"))
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").ok()?;
                while lines.next()?.ok()? != "." {}
                "250 taken".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "250 postman".to_owned(),
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
    }
    None
}

/// What the outbox says of the letters of a cause: tries, given up, sent, body.
fn letters(app: &TestApp, cause: &'static str) -> Vec<(i32, bool, bool, String)> {
    app.database()
        .read_now(move |conn| {
            let rows: Vec<(i32, bool, bool, Private<MailBody>)> = outbox::table
                .filter(outbox::cause.eq(cause))
                .order(outbox::id)
                .select((
                    outbox::attempts,
                    outbox::dead_at.is_not_null(),
                    outbox::sent_at.is_not_null(),
                    outbox::body,
                ))
                .load(conn)?;
            let plain = rows
                .into_iter()
                .map(|(tries, dead, sent, body)| (tries, dead, sent, body.as_str().to_owned()));
            Ok(plain.collect())
        })
        .unwrap()
}

/// Waits until the only letter of a cause was tried so often, given up, sent.
#[track_caller]
fn wait_for(app: &TestApp, cause: &'static str, expected: (i32, bool, bool)) {
    let mut found = Vec::new();
    for _ in 0..1000 {
        found = letters(app, cause);
        if let [(attempts, dead, sent, _)] = found.as_slice()
            && (*attempts, *dead, *sent) == expected
        {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("{expected:?} was expected: {found:?}");
}

/// trust.md §6, number 16: what is refused for good is a dead letter at once; what is not taken is tried for a day and
/// a half and is one then; staff see it and queue it again.
#[test]
fn a_letter_that_cannot_be_delivered_is_seen_and_queued_again() {
    const CAUSE: &str = "organization.verify";
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let postman = Postman::start(550);
        let app = TestApp::spawn_with(engine, |settings| {
            settings.mail.transport = MailTransport::Smtp;
            settings.mail.smtp_url = format!("smtp://{}", postman.address).into();
        });
        let office = Office::found(&app);
        let group = office.an_unverified_group(Kind::Registered);
        office.verify_group(&group);
        wait_for(&app, CAUSE, (1, true, false));
        let seen = office.see(&office.officer, &office.dead_letters());
        let letter = &seen.items()[0];
        assert_eq!((&letter["cause"], &letter["attempts"]), (&json!(CAUSE), &json!(1)));
        assert_eq!(letter["recipient"], "p***@example.org");
        assert!(letter["last_error"].as_str().unwrap().contains("550"), "{letter}");
        assert!(
            !seen.json.to_string().contains(&group.admin.mail()),
            "the error repeats the address: {seen}"
        );
        let retry = format!("/api/v1/dead-letters/{}/retry", letter["id"].as_str().unwrap());

        // The server is busy: it waits its turn, twice as long each time.
        postman.says(451);
        office.post(&office.officer, &retry, None);
        wait_for(&app, CAUSE, (1, false, false));
        assert!(office.see(&office.officer, &office.dead_letters()).items().is_empty());
        app.clock.advance(61);
        wait_for(&app, CAUSE, (2, false, false));
        app.database()
            .write_now(Lane::Installation, |conn| {
                diesel::update(outbox::table).set(outbox::attempts.eq(10)).execute(conn)?;
                Ok(())
            })
            .unwrap();
        for (attempts, dead) in [(11, false), (12, true)] {
            app.clock.advance(24 * 3600);
            wait_for(&app, CAUSE, (attempts, dead, false));
        }

        // It is there again, and the letter goes out.
        postman.says(250);
        office.sign_in_everybody();
        office.post(&office.director, &retry, None);
        wait_for(&app, CAUSE, (1, false, true));
        office.director.post(&retry).refused(409, "illegal_transition");
        let deeds: Vec<String> = app
            .database()
            .read_now(|conn| {
                let deeds = audit_entries::table.filter(audit_entries::action.eq("dead_letter.retry"));
                Ok(deeds.order(audit_entries::seq).select(audit_entries::lane).load(conn)?)
            })
            .unwrap();
        assert_eq!(deeds.len(), 2);
        assert!(deeds.iter().all(|lane| lane.contains(&office.programme)), "{deeds:?}");
    }
}

/// That the service may not speak to the server is no fault of the letter.
#[test]
fn a_wrong_password_for_the_server_gives_nothing_up() {
    let postman = Postman::start(535);
    let app = TestApp::spawn_with(Engine::Sqlite, |settings| {
        settings.mail.transport = MailTransport::Smtp;
        settings.mail.smtp_url = format!("smtp://{}", postman.address).into();
    });
    let now = app.clock.now();
    app.database()
        .write_now(Lane::Installation, move |conn| {
            enqueue(conn, &"li@example.org".parse().map_err(Error::internal)?, &letter("通知"), now)?;
            Ok(())
        })
        .unwrap();
    wait_for(&app, "test.cause", (1, false, false));
}

/// A code that is five minutes old is of no use: it is given up sooner, and kept nowhere.
#[test]
fn a_code_is_given_up_while_it_still_holds() {
    const CAUSE: &str = "sign_in.code";
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let app = TestApp::spawn_with(engine, |settings| {
            settings.sms.transport = SmsTransport::Webhook;
            // Nobody listens there.
            settings.sms.webhook_url = "http://127.0.0.1:9/".to_owned();
            settings.sms.webhook_secret = "a secret of sixteen characters".to_owned().into();
            settings.sms.allow_private = true;
        });
        let phone = fresh_phone();
        let registration = json!({"name": "王芳", "phone": phone});
        app.client().post("/api/v1/registrations").json(&registration).expect(201);
        app.client().post("/api/v1/sign-in-codes").json(&json!({"phone": phone})).expect(202);
        wait_for(&app, CAUSE, (1, false, false));
        app.clock.advance(60);
        wait_for(&app, CAUSE, (2, false, false));
        app.clock.advance(120);
        wait_for(&app, CAUSE, (3, true, false));
        assert_eq!(letters(&app, CAUSE)[0].3, "");
        let admin = app.system_admin();
        let seen = admin.get("/api/v1/dead-letters").expect(200);
        assert_eq!((seen.text("/items/0/cause"), seen.text("/items/0/subject")), (CAUSE, ""));
    }
}
