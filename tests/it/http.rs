//! What api.md promises of every route: how requests are read, how refusals look, and that routes and document agree.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use yichuang::{error::codes, kernel::ids::ProgrammeId};

use crate::support::{Client, Reply, TestApp, contract, files};

on_both!(
    an_unknown_field_is_refused_at_its_place,
    a_key_given_twice_is_unreadable,
    what_is_no_json_document_is_unreadable,
    only_json_is_taken,
    a_body_over_one_mebibyte_is_too_large,
    a_deep_body_does_no_harm,
    a_nul_character_is_refused_on_both_databases,
    who_is_not_signed_in_is_told_first,
    every_operation_is_routed_and_guarded,
    an_id_that_is_none_names_nothing,
    a_wrong_method_is_told_the_right_ones,
    head_answers_as_get_without_a_body,
    what_is_not_there_is_not_found,
    refusals_speak_the_language_asked_for,
    every_answer_has_a_request_id_of_its_own,
    the_served_document_is_the_printed_one,
    the_documentation_is_readable_offline,
    the_health_checks_answer,
);

const REGISTRATIONS: &str = "/api/v1/registrations";
const PASSWORD: &str = "correct horse battery";

fn post_raw(client: &Client, body: impl Into<Vec<u8>>) -> Reply {
    client.post(REGISTRATIONS).raw("application/json", body).send()
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.status, status, "{reply}");
    reply.assert_problem();
    assert_eq!(reply.text("/code"), code, "{reply}");
}

fn an_unknown_field_is_refused_at_its_place(app: &TestApp) {
    let body = json!({"name": "王芳", "phone": "13800000001", "password": PASSWORD, "a~b/c": 1});
    let refused = app.client().post(REGISTRATIONS).json(&body).refused(422, "unknown_field");
    assert_eq!(refused.faults(), [("/a~0b~1c".to_owned(), "unknown_field".to_owned())], "{refused}");
}

fn a_key_given_twice_is_unreadable(app: &TestApp) {
    let body = r#"{"name":"王芳","phone":"13800000001","name":"李四","password":"correct horse battery"}"#;
    assert_refused(&post_raw(app.client(), body), 400, "request.malformed");
}

fn what_is_no_json_document_is_unreadable(app: &TestApp) {
    let good = json!({"name": "王芳", "phone": "13800000001", "password": PASSWORD}).to_string();
    let with_mark = [b"\xef\xbb\xbf".as_slice(), good.as_bytes()].concat();
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let in_order = br#"["x", "13800000001", null, "correct horse battery"]"#;
    let bodies: [&[u8]; 12] = [
        in_order,
        &with_mark,
        &utf16,
        b"{",
        b"[]",
        b"null",
        b"\"text\"",
        b"{} {}",
        b"{\"name\":\"x\",}",
        b"{\"name\":\"\xff\"}",
        b"{\"name\":\"\0\"}",
        b"   ",
    ];
    for body in bodies {
        let reply = post_raw(app.client(), body);
        assert_eq!(reply.status, 400, "{:?}: {reply}", String::from_utf8_lossy(body));
        assert_refused(&reply, 400, "request.malformed");
    }
    // The same bytes without the mark are a registration.
    assert_eq!(post_raw(app.client(), good).status, 201);
}

fn only_json_is_taken(app: &TestApp) {
    let body = json!({"name": "王芳", "phone": "13800000001", "password": PASSWORD}).to_string();
    for media in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "", "multipart/form-data"]
    {
        let refused = app.client().post(REGISTRATIONS).raw(media, body.clone()).send();
        assert_refused(&refused, 415, "unsupported_media");
    }
    app.client().post(REGISTRATIONS).raw("Application/JSON; charset=utf-8", body).expect(201);
}

fn a_body_over_one_mebibyte_is_too_large(app: &TestApp) {
    let mebibyte = 1024 * 1024;
    let padded = |length: usize| {
        let mut body = json!({"name": "王芳", "phone": "13800000001", "password": PASSWORD}).to_string();
        body.push_str(&" ".repeat(length - body.len()));
        body
    };
    let refused = post_raw(app.client(), padded(mebibyte + 1));
    assert_refused(&refused, 413, "too_large");
    assert_eq!(post_raw(app.client(), padded(mebibyte)).status, 201);
    // The connection is in order afterwards.
    app.client().get("/healthz").expect(200);
}

fn a_deep_body_does_no_harm(app: &TestApp) {
    let depth = 100_000;
    let person = app.register_person("王芳");
    let (open, shut) = ("[".repeat(depth), "]".repeat(depth));
    let maps = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    for operation in contract::api_operations() {
        let path = operation.path_with(&ProgrammeId::generate().to_string());
        for body in [open.clone(), format!("{open}{shut}")] {
            let reply = person
                .request(&operation.method, &path)
                .key("deep")
                .if_match(1)
                .raw("application/json", body)
                .send();
            if operation.takes_file() {
                assert_refused(&reply, 415, "attachment.not_multipart");
            } else if operation.takes_json() {
                assert_refused(&reply, 400, "request.malformed");
            } else {
                assert_refused(&reply, 415, "unsupported_media");
            }
        }
    }
    // Depth below a field that is known or not is a fault of that field, and just as harmless.
    for body in [maps, format!(r#"{{"name":{open}{shut}}}"#), format!(r#"{{"x":{open}{shut}}}"#)] {
        let status = post_raw(app.client(), body).status;
        assert!([400, 422].contains(&status), "{status}");
    }
    app.client().get("/healthz").expect(200);
}

fn a_nul_character_is_refused_on_both_databases(app: &TestApp) {
    let registration = json!({"name": "王\u{0}芳", "phone": "13800000001", "password": PASSWORD});
    app.client().post(REGISTRATIONS).json(&registration).refused(422, "field.hidden_character");
    let credentials = json!({"login": "13800000001\u{0}", "password": PASSWORD});
    app.client().post("/api/v1/sessions").json(&credentials).refused(422, "field.hidden_character");
    let key = json!({"na\u{0}me": "x"});
    app.client().post(REGISTRATIONS).json(&key).refused(422, "field.hidden_character");
}

fn who_is_not_signed_in_is_told_first(app: &TestApp) {
    for operation in contract::operations().iter().filter(|operation| !operation.is_public) {
        let path = operation.path_with("no-id");
        let refused = app
            .client()
            .request(&operation.method, &path)
            .raw("text/plain", "{")
            .refused(401, "session.missing");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{refused}");
    }
}

/// 404 from the routing looks like 404 from a handler, so the question is put another way: only a handler's extractor
/// can tell that nobody is signed in, or that a body is unreadable.
fn every_operation_is_routed_and_guarded(app: &TestApp) {
    assert!(!contract::operations().is_empty());
    for operation in contract::api_operations() {
        let path = operation.path_with(&ProgrammeId::generate().to_string());
        let anonymous = app.client().request(&operation.method, &path);
        if operation.is_public {
            let refused = anonymous.raw("application/json", "{").send();
            assert_refused(&refused, 400, "request.malformed");
        } else {
            anonymous.refused(401, "session.missing");
        }
    }
}

fn an_id_that_is_none_names_nothing(app: &TestApp) {
    let admin = app.system_admin();
    let fresh = ProgrammeId::generate().to_string();
    for operation in contract::operations().iter().filter(|operation| operation.path.contains('{')) {
        for id in ["no-id", "0", "%00", "%ff", "..%2f..", &fresh.to_uppercase().replace('-', ""), &fresh] {
            let request = admin
                .request(&operation.method, &operation.path_with(id))
                .key("an-id-that-is-none")
                .if_match(1);
            let reply = if operation.takes_file() {
                request.form(&files::upload("any", "any.pdf", &files::pdf("any"))).send()
            } else {
                request.raw(operation.media(), "{}").send()
            };
            // An installation's administrator may be told 403 by an action that looks at roles alone.
            assert!([403, 404].contains(&reply.status), "{id}: {reply}");
            reply.assert_problem();
        }
    }
}

fn a_wrong_method_is_told_the_right_ones(app: &TestApp) {
    let paths: BTreeSet<&str> =
        contract::operations().iter().map(|operation| operation.path.as_str()).collect();
    for path in paths {
        let here = || contract::operations().iter().filter(|operation| operation.path == path);
        let mut right: BTreeSet<&str> = here().map(|operation| operation.method.as_str()).collect();
        if right.contains("GET") {
            right.insert("HEAD");
        }
        let concrete = here().next().unwrap().path_with(&ProgrammeId::generate().to_string());
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"] {
            if right.contains(method) {
                continue;
            }
            let reply = app.client().request(method, &concrete).expect(405);
            let told: BTreeSet<&str> = reply.header("allow").unwrap_or_default().split(", ").collect();
            assert_eq!(told, right, "{reply}");
            if method != "HEAD" {
                assert_refused(&reply, 405, "method_not_allowed");
            }
        }
    }
}

fn head_answers_as_get_without_a_body(app: &TestApp) {
    let person = app.register_person("王芳");
    let paths: Vec<String> = contract::operations()
        .iter()
        .filter(|operation| operation.method == "GET")
        .map(|operation| operation.path_with(&ProgrammeId::generate().to_string()))
        .collect();
    for client in [app.client(), &person.client] {
        for path in &paths {
            let (get, head) = (client.get(path).send(), client.request("HEAD", path).send());
            assert_eq!(head.status, get.status, "HEAD {path}");
            assert_eq!(head.header("content-type"), get.header("content-type"), "HEAD {path}");
            assert_eq!(head.header("etag"), get.header("etag"), "HEAD {path}");
            assert!(head.bytes.is_empty(), "HEAD {path}");
        }
    }
}

fn what_is_not_there_is_not_found(app: &TestApp) {
    for path in
        ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/me", "/api/v1/me/", "/nothing", "/api/v1/%6De/x"]
    {
        let reply = app.client().get(path).send();
        assert_refused(&reply, 404, "not_found");
    }
}

fn refusals_speak_the_language_asked_for(app: &TestApp) {
    let me = || app.client().get("/api/v1/me");
    let (chinese, english) = (codes::UNAUTHENTICATED.zh, codes::UNAUTHENTICATED.en);
    let asked = [
        (me(), "zh-CN", chinese),
        (me().language("zh-CN,zh;q=0.9,en;q=0.8"), "zh-CN", chinese),
        (me().language("en-GB,en;q=0.9,zh;q=0.1"), "en", english),
        (me().language("en"), "en", english),
        (me().language("fr, *;q=0.1"), "zh-CN", chinese),
        (me().language(";q=;;,,=\"\"en"), "zh-CN", chinese),
    ];
    for (request, tag, sentence) in asked {
        let refused = request.refused(401, "session.missing");
        assert_eq!(refused.text("/detail"), sentence);
        assert_eq!(refused.header("content-language"), Some(tag));
        assert_eq!(refused.header("vary"), Some("Accept-Language"));
    }
    // Faults at places speak it too.
    let body = json!({"name": "王芳", "password": PASSWORD});
    let refused = app.client().post(REGISTRATIONS).language("en").json(&body).expect(422);
    assert_eq!(refused.text("/errors/0/detail"), codes::LOGIN_REQUIRED.en);
}

fn every_answer_has_a_request_id_of_its_own(app: &TestApp) {
    let mut seen = BTreeSet::new();
    for path in
        ["/", "/healthz", "/docs/", "/api/v1/openapi.json", "/api/v1/me", "/nothing", "/api/v1/sessions"]
    {
        let reply = app.client().get(path).send();
        let id = reply.header("x-request-id").unwrap_or_else(|| panic!("none: {reply}")).to_owned();
        assert!(!id.is_empty() && seen.insert(id), "{reply}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{reply}");
    }
}

fn the_served_document_is_the_printed_one(app: &TestApp) {
    let served = app.client().get("/api/v1/openapi.json").expect(200);
    assert_eq!(served.header("content-type"), Some("application/json"));
    assert_eq!(&served.json, contract::document());
}

fn the_documentation_is_readable_offline(app: &TestApp) {
    let moved = app.client().get("/docs").expect(303);
    assert_eq!(moved.header("location"), Some("/docs/"));
    let page = app.client().get("/docs/").expect(200);
    assert!(page.header("content-type").unwrap_or_default().starts_with("text/html"), "{page}");
    let loaded = loaded_by(&page.body());
    assert!(loaded.iter().any(|address| address.contains(".js")), "the page loads no script: {loaded:?}");
    for address in loaded {
        assert!(!address.contains("//") && !address.starts_with("data:"), "{address} is on another host");
        let path = if address.starts_with('/') {
            address
        } else {
            format!("/docs/{}", address.trim_start_matches("./"))
        };
        let file = app.client().get(&path).expect(200);
        assert!(!file.bytes.is_empty(), "{path}");
        if path.contains("initializer") {
            let script = file.body();
            assert!(script.contains("/api/v1/openapi.json"), "{script}");
            // Unless it is told not to, the page shows a badge of a validator on the internet.
            let quiet =
                script.contains(r#""validatorUrl": "none""#) || script.contains(r#""validatorUrl": null"#);
            assert!(quiet, "the page asks a validator on another host: {script}");
            assert!(!script.contains("://"), "{script}");
        }
    }
}

/// The addresses in `src` and `href` of a page.
fn loaded_by(html: &str) -> Vec<String> {
    ["src=\"", "href=\""]
        .into_iter()
        .flat_map(|attribute| html.split(attribute).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

fn the_health_checks_answer(app: &TestApp) {
    assert_eq!(app.client().get("/healthz").expect(200).body(), "ok");
    assert_eq!(app.client().get("/readyz").expect(200).body(), "ready");
    assert!(app.client().get("/").expect(200).body().contains("益创"));
}

#[test]
fn operations_have_names_of_their_own_and_say_who_may_call_them() {
    let mut names = BTreeSet::new();
    for operation in contract::operations() {
        let name = operation.json["operationId"].as_str().unwrap_or_default();
        assert!(!name.is_empty() && names.insert(name), "{}: operationId {name:?}", operation.name());
        let roles = operation.json["x-roles"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(!roles.is_empty(), "{} does not say who may call it", operation.name());
        assert!(!operation.json["summary"].as_str().unwrap_or_default().is_empty(), "{}", operation.name());
        let secured = operation.json.get("security").is_some();
        assert_eq!(secured, !operation.is_public, "{}: security and x-roles disagree", operation.name());
        assert!(operation.statuses.iter().any(|status| (200..300).contains(status)), "{}", operation.name());
        for name in operation.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            let parameters = operation.json["parameters"].as_array().expect("parameters");
            let declared = parameters.iter().any(|p| p["name"] == name && p["in"] == "path");
            assert!(declared, "{} does not declare {name}", operation.name());
        }
    }
}

#[test]
fn every_reference_in_the_document_leads_somewhere() {
    let mut references = Vec::new();
    collect_references(contract::document(), &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer =
            reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out of the document"));
        assert!(contract::document().pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                found.push(reference.to_owned());
            }
            map.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}
