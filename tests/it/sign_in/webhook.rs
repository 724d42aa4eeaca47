//! The webhook that hands text messages on: what it gets, and where it may not stand (trust.md §5, number 59).

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc,
    time::Duration,
};

use diesel::prelude::*;
use serde_json::{Value, json};
use yichuang::{config::SmsTransport, db::schema::outbox, kernel::digest::hmac_sha256_hex};

use crate::support::{Engine, TestApp, fresh_phone};

const SECRET: &str = "a secret of sixteen characters and more";

/// A server that takes one request after the other, answers each with the next of `answers`, and hands on what it got.
fn webhook(answers: &'static [&'static str]) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/sms?tenant=1", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut got = Vec::new();
            let mut part = [0u8; 4096];
            while !is_whole(&got) {
                let read = stream.read(&mut part).unwrap();
                if read == 0 {
                    break;
                }
                got.extend_from_slice(&part[..read]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            sender.send(String::from_utf8(got).unwrap()).unwrap();
        }
    });
    (url, receiver)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    body.len() >= length.unwrap_or(0)
}

fn app_with(engine: Engine, url: String, allow_private: bool) -> TestApp {
    TestApp::spawn_with(engine, |settings| {
        settings.sms.transport = SmsTransport::Webhook;
        settings.sms.webhook_url = url;
        settings.sms.webhook_secret = SECRET.to_owned().into();
        settings.sms.allow_private = allow_private;
    })
}

#[track_caller]
fn ask_for_a_code(app: &TestApp) -> String {
    let phone = fresh_phone();
    let registration = json!({"name": "王芳", "phone": phone});
    app.client().post("/api/v1/registrations").json(&registration).expect(201);
    app.client().post("/api/v1/sign-in-codes").json(&json!({"phone": phone})).expect(202);
    phone
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let line = request
        .lines()
        .find(|line| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name)));
    line.expect("the header").split_once(':').unwrap().1.trim()
}

const OK: &str = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
const BROKEN: &str = "HTTP/1.1 500 Oops\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

#[test]
fn the_webhook_gets_a_signed_message_and_is_asked_again_when_it_fails() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (url, got) = webhook(&[BROKEN, OK]);
        let app = app_with(engine, url, true);
        let phone = ask_for_a_code(&app);
        let first = got.recv_timeout(Duration::from_secs(20)).expect("a request");
        assert!(first.starts_with("POST /sms?tenant=1 HTTP/1.1"), "{first}");
        let (_, body) = first.split_once("\r\n\r\n").unwrap();
        let message: Value = serde_json::from_str(body).unwrap();
        assert_eq!(message["phone"], phone);
        let timestamp = header(&first, "x-yichuang-timestamp");
        let expected = hmac_sha256_hex(SECRET.as_bytes(), format!("{timestamp}.{body}").as_bytes());
        assert_eq!(header(&first, "x-yichuang-signature"), format!("sha256={expected}"));
        // It answered 500: the same message comes again a minute later.
        wait_until_tried(&app);
        app.clock.advance(61);
        let second = got.recv_timeout(Duration::from_secs(20)).expect("a second request");
        let again: Value = serde_json::from_str(second.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(again, message);
        app.delivered();
        // The code that was sent works.
        let code = message["text"].as_str().unwrap();
        let code = code.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6).unwrap();
        let credentials = json!({"phone": phone, "code": code});
        app.client().post("/api/v1/sessions/by-code").json(&credentials).expect(201);
    }
}

/// Waits for the first try to be written down, and gives back what went wrong.
#[track_caller]
fn wait_until_tried(app: &TestApp) -> String {
    for _ in 0..1000 {
        let error: Option<String> = app
            .database()
            .read_now(|conn| {
                let tried = outbox::table.filter(outbox::attempts.gt(0)).filter(outbox::channel.eq("sms"));
                let found: Option<Option<String>> =
                    tried.select(outbox::last_error).first(conn).optional()?;
                Ok(found.flatten())
            })
            .unwrap();
        if let Some(error) = error {
            return error;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it was not tried");
}

#[test]
fn no_connection_is_made_to_a_private_address() {
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{host}:{}/", listener.local_addr().unwrap().port());
        let app = app_with(Engine::Sqlite, url, false);
        ask_for_a_code(&app);
        let error = wait_until_tried(&app);
        assert!(error.contains("is not a public address"), "{host}: {error}");
        assert!(listener.accept().is_err(), "{host}: a connection was made");
    }
}

/// A redirect would lead past the check of the address.
#[test]
fn a_redirect_is_not_followed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let answer = format!(
        "HTTP/1.1 307 Elsewhere\r\nlocation: http://{}/\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        listener.local_addr().unwrap()
    );
    let answers: &'static [&'static str] =
        Box::leak(vec![&*Box::leak(answer.into_boxed_str())].into_boxed_slice());
    let (url, got) = webhook(answers);
    let app = app_with(Engine::Sqlite, url, true);
    ask_for_a_code(&app);
    got.recv_timeout(Duration::from_secs(20)).expect("a request");
    assert!(wait_until_tried(&app).contains("307"));
    assert!(listener.accept().is_err(), "the redirect was followed");
}
