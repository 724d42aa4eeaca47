//! What is no JSON document, more than one, too large, packed, or not seen (numbers 49 to 52).

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};
use yichuang::kernel::ids::ProgrammeId;

use super::{reads_a_body, sent};
use crate::support::{
    Client, Inspector, Kind, Office, Reply, Step, TestApp, changes_nothing, content, contract, whole_round,
};

on_both!(
    what_is_no_document_is_refused_on_every_route,
    what_is_not_json_is_refused_on_every_route,
    what_is_packed_is_refused_on_every_route,
    what_is_too_large_is_refused_on_every_route,
    what_is_not_seen_is_refused_in_every_string,
    what_people_type_is_taken_as_it_is,
);

/// Every operation that takes JSON, at an address where nothing is.
fn everywhere(app: &TestApp, what: impl Fn(&Client, &contract::Operation, &str)) {
    let person = app.register_person("王芳");
    let mut count = 0;
    for operation in contract::api_operations().filter(|operation| reads_a_body(operation)) {
        let client = if operation.is_public { app.client() } else { &person.client };
        changes_nothing(app.database(), || {
            what(client, operation, &operation.path_with(&ProgrammeId::generate().to_string()));
        });
        count += 1;
    }
    assert!(count > 20, "only {count} operations");
}

fn what_is_no_document_is_refused_on_every_route(app: &TestApp) {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let bodies: [&[u8]; 18] = [
        br#"{"a":1,"a":2}"#,
        br#"{"a":{"b":[{"c":1,"c":1}]}}"#,
        br#"{"name":"x","\u006eame":"y"}"#,
        br#"{"a":1,}"#,
        br#"{"a":1}{"b":2}"#,
        br#"{"a":1}garbage"#,
        b"{'a':1}",
        br#"{"a":NaN}"#,
        br#"{"a":01}"#,
        br#"{"a":"\ud800"}"#,
        br#"{"a":"\udc00\ud800"}"#,
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\xc0\xaf\"}",
        b"{\"a\":\"\xed\xa0\x80\"}",
        b"{\"a\":\"line\nbreak\"}",
        b"\xef\xbb\xbf{}",
        b"[]",
        deep.as_bytes(),
    ];
    everywhere(app, |client, operation, path| {
        if !operation.takes_json() {
            return;
        }
        for body in bodies {
            let refused = sent(client.request(&operation.method, path), "application/json", body).send();
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            assert_eq!(refused.status, 400, "{shown}: {refused}");
            refused.assert_problem();
            assert_eq!(refused.text("/code"), "request.malformed", "{shown}: {refused}");
        }
    });
    app.client().get("/healthz").expect(200);
}

fn what_is_not_json_is_refused_on_every_route(app: &TestApp) {
    everywhere(app, |client, operation, path| {
        for media in ["text/plain", "application/x-www-form-urlencoded", "text/json", "application/xml"] {
            let refused = sent(client.request(&operation.method, path), media, "{}").send();
            let code = if operation.takes_file() { "attachment.not_multipart" } else { "unsupported_media" };
            assert_eq!((refused.status, refused.text("/code")), (415, code), "{media}: {refused}");
        }
    });
}

/// A gzip member of a megabyte of blanks, deflated by hand: one stored block would do no harm, this is the head of a
/// bomb. Nothing may unpack it, so its content does not matter beyond its length.
fn packed() -> Vec<u8> {
    [b"\x1f\x8b\x08\0\0\0\0\0\0\xff".as_slice(), &[0x63; 4096]].concat()
}

fn what_is_packed_is_refused_on_every_route(app: &TestApp) {
    everywhere(app, |client, operation, path| {
        for encoding in ["gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip", "x"] {
            let media =
                if operation.takes_file() { "multipart/form-data; boundary=x" } else { "application/json" };
            let request = sent(client.request(&operation.method, path), media, packed());
            request.header("content-encoding", encoding).refused(415, "request.encoded");
        }
    });
    // A body that says that it is not packed is read.
    let body = json!({"name": "王芳", "phone": "13900000001", "password": "correct horse battery"});
    app.client().post("/api/v1/registrations").json(&body).header("content-encoding", "identity").expect(201);
}

fn what_is_too_large_is_refused_on_every_route(app: &TestApp) {
    let body = format!("{{\"a\":\"{}\"}}", "a".repeat(1024 * 1024 + 1 - 8));
    assert_eq!(body.len(), 1024 * 1024 + 1);
    everywhere(app, |client, operation, path| {
        if operation.takes_json() {
            sent(client.request(&operation.method, path), "application/json", body.as_str())
                .refused(413, "too_large");
        }
    });
}

/// Puts a character that is not seen into every string of every body of a round, and one into every name.
struct Hider {
    done: Mutex<BTreeSet<String>>,
}

/// Overrides, isolates, zero width, the byte order mark, controls.
const HIDDEN: [char; 8] =
    ['\u{202E}', '\u{202A}', '\u{2066}', '\u{2069}', '\u{200B}', '\u{FEFF}', '\u{7}', '\u{0}'];

fn strings(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| strings(item, &format!("{at}/{index}"), found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, item)| strings(item, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

impl Inspector for Hider {
    fn before(&self, office: &Office<'_>, step: &Step<'_>) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(body) = step.body.as_ref().filter(|_| done.insert(step.operation().name())) else { return };
        let mut places = Vec::new();
        strings(body, "", &mut places);
        changes_nothing(office.app.database(), || {
            for (number, place) in places.iter().enumerate() {
                let mut body = body.clone();
                let text = body.pointer_mut(place).expect("a string");
                let plain = text.as_str().unwrap_or_default();
                *text = json!(format!("{plain}{}x", HIDDEN[number % HIDDEN.len()]));
                let refused = step.with_body(body).request().refused(422, "field.hidden_character");
                assert_eq!(
                    refused.faults(),
                    [(place.clone(), "field.hidden_character".to_owned())],
                    "{refused}"
                );
            }
            let mut body = body.clone();
            body.as_object_mut().expect("an object").insert("ti\u{200B}tle".to_owned(), json!(1));
            step.with_body(body).request().refused(422, "field.hidden_character");
        });
    }

    fn after(&self, _: &Office<'_>, _: &Step<'_>, _: &Reply) {}
}

fn what_is_not_seen_is_refused_in_every_string(app: &TestApp) {
    let hider = Hider { done: Mutex::default() };
    whole_round(&Office::watched(app, Some(&hider)));
    let done = hider.done.lock().unwrap().len();
    assert!(done > 15, "only {done} operations with a body");
    // All places are told at once, and the character by its number.
    let body = json!({"name": "a\u{202E}b", "phone": "138\u{200B}", "password": "correct horse battery"});
    let refused = app.client().post("/api/v1/registrations").json(&body).refused(422, "invalid");
    let places: Vec<String> = refused.faults().into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["/name", "/phone"]);
    assert!(refused.text("/errors/0/detail").contains("U+202E"), "{refused}");
}

fn what_people_type_is_taken_as_it_is(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    for title in ["👨\u{200D}👩\u{200D}👧一家亲", "می\u{200C}خواهم", "é vs e\u{301}", "“引号”—·…", "𠮷野家"]
    {
        let mut draft = content("40000.00");
        draft["title"] = json!(title);
        draft["summary"] = json!("第一段。\r\n\t第二段。");
        let project = office.drafted(&round, &group, draft);
        let shown = office.see(&group.admin, &project.path());
        assert_eq!((shown.text("/title"), shown.text("/summary")), (title, "第一段。\r\n\t第二段。"));
    }
}
