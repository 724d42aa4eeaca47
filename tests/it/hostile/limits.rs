//! How much one person may ask (numbers 55, 56, 60, 78), over bare sockets where a client would not do it.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use diesel::prelude::*;
use serde_json::json;
use yichuang::db::schema::audit_entries;

use crate::support::{Engine, Office, TestApp};

/// What the server says to these bytes before it closes, within ten seconds.
fn told(app: &TestApp, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(app.address()).expect("the server listens");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    socket.write_all(bytes).expect("the server reads");
    let mut answer = Vec::new();
    // An answer is an answer, closed afterwards or not.
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Two ways of saying where a body ends: a proxy could see one request where we see two.
fn requests_that_end_in_two_places_are_refused(app: &TestApp) {
    let head = "POST /api/v1/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let smuggled = "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let cases = [
        format!("{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("{head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("{head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("{head}Content-Length: 4\r\nContent-Length: 60\r\n\r\n{{}}{smuggled}"),
        format!("{head}Content-Length: +2\r\n\r\n{{}}{smuggled}"),
        format!("{head}Content-Length: -1\r\n\r\n{smuggled}"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{{}}\r\n0\r\n\r\n{smuggled}"),
        format!("{head}X-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\n{{}}{smuggled}"),
    ];
    for case in cases {
        let answer = told(app, case.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400"), "{case:?} was answered {answer:?}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{case:?} was answered {answer:?}");
    }
}

/// A head that never ends.
fn who_is_slow_holds_up_nobody(app: &TestApp) {
    let slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut socket = TcpStream::connect(app.address()).expect("the server listens");
            socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: loc").expect("the server reads");
            socket
        })
        .collect();
    assert_eq!(app.client().get("/healthz").expect(200).body(), "ok");
    let begun = Instant::now();
    for mut socket in slow {
        socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("the server closes");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "a slow head was borne for {:?}", begun.elapsed());
}

/// A body that never comes.
fn a_body_that_does_not_come_is_given_up(engine: Engine) {
    let app = TestApp::spawn_with(engine, |settings| settings.limits.body_seconds = 1);
    let answer = told(
        &app,
        b"POST /api/v1/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{\"name\":",
    );
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("too slowly"), "{answer:?}");
}

/// Number 78: one script copies the register record by record.
fn who_copies_the_register_is_stopped_and_on_record(engine: Engine) {
    let app = TestApp::spawn_with(engine, |settings| settings.limits.records_in_five_minutes = 12);
    let office = Office::found(&app);
    let round = office.published_round("100000.00", json!({}));
    let path = round.path();
    for _ in 0..12 {
        office.auditor.get(&path).expect(200);
    }
    for _ in 0..3 {
        let stopped = office.auditor.get(&path).refused(429, "rate_limited");
        assert_eq!(stopped.header("retry-after"), Some("60"), "{stopped}");
    }
    // Others go on, lists go on, and one row tells of it.
    office.officer.get(&path).expect(200);
    office.auditor.get("/api/v1/me").expect(200);
    let told: i64 = app
        .database()
        .read_now(|conn| {
            let rows = audit_entries::table.filter(audit_entries::action.eq("person.read_too_much"));
            Ok(rows.count().get_result(conn)?)
        })
        .expect("the log can be read");
    assert_eq!(told, 1);
    app.pass(301);
    office.auditor.get(&path).expect(200);
}

/// Number 60: a hundred exports at once by one person.
fn a_hundred_exports_at_once_do_not_stop_the_others(engine: Engine) {
    let app = TestApp::spawn_with(engine, |settings| settings.limits.costly_at_once = 2);
    let office = Office::found(&app);
    let round = office.published_round("100000.00", json!({}));
    let path = format!("{}/applications", round.path());
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..100)
            .map(|_| scope.spawn(|| office.auditor.get(&path).header("Accept", "text/csv").send().status))
            .collect();
        office.officer.get("/api/v1/me").expect(200);
        asked.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    assert!(statuses.iter().all(|status| [200, 429, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
    office.auditor.get(&path).expect(200);
}

on_both!(requests_that_end_in_two_places_are_refused, who_is_slow_holds_up_nobody);

#[test]
fn limits_on_sqlite() {
    a_body_that_does_not_come_is_given_up(Engine::Sqlite);
    who_copies_the_register_is_stopped_and_on_record(Engine::Sqlite);
    a_hundred_exports_at_once_do_not_stop_the_others(Engine::Sqlite);
}

#[test]
fn limits_on_postgres() {
    a_body_that_does_not_come_is_given_up(Engine::Postgres);
    who_copies_the_register_is_stopped_and_on_record(Engine::Postgres);
    a_hundred_exports_at_once_do_not_stop_the_others(Engine::Postgres);
}
