//! What browsers are told (numbers 23, 24, 58, 70, 71, 75; trust.md S10): every route, every kind of answer.

use crate::support::{Client, Reply, TestApp, contract};

on_both!(
    every_answer_tells_browsers_what_they_may_do,
    pages_run_nothing_of_their_own,
    nobody_else_may_read_with_our_cookies_or_frame_us,
    another_spelling_of_an_address_opens_nothing,
    a_verb_cannot_be_disguised,
    what_should_not_lie_about_is_not_there,
);

/// Name, and what its value must contain.
const PROMISED: [(&str, &str); 9] = [
    ("content-security-policy", "frame-ancestors 'none'"),
    ("content-security-policy", "base-uri 'none'"),
    ("content-security-policy", "object-src 'none'"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

#[track_caller]
fn assert_promised(reply: &Reply) {
    for (name, part) in PROMISED {
        let value = reply.header(name).unwrap_or_default();
        assert!(value.contains(part), "{name}: {value:?} has no {part}: {reply}");
    }
    assert!(!reply.header("content-security-policy").unwrap_or_default().contains("unsafe"), "{reply}");
    for told in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert_eq!(reply.header(told), None, "{reply}");
    }
}

fn every_answer_tells_browsers_what_they_may_do(app: &TestApp) {
    let admin = app.system_admin();
    for operation in contract::operations() {
        let path = operation.path_with("01890000-0000-7000-8000-000000000000");
        for client in [app.client(), &admin] {
            let reply = client.request(&operation.method, &path).raw("application/json", "{").send();
            assert_promised(&reply);
            if !operation.is_public {
                assert_eq!(reply.header("cache-control"), Some("no-store"), "{reply}");
            }
        }
    }
    for path in ["/", "/docs/", "/docs/errors", "/healthz", "/nowhere", "/docs/swagger-ui.css"] {
        assert_promised(&app.client().get(path).send());
    }
}

fn pages_run_nothing_of_their_own(app: &TestApp) {
    for path in ["/", "/docs/errors"] {
        let page = app.client().get(path).expect(200);
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'; style-src 'sha256-"), "{policy}");
        let html = page.body();
        for inline in ["<script", "javascript:", " style=", " onclick=", " onload="] {
            assert!(!html.contains(inline), "{path} has {inline}");
        }
    }
    let description = app.client().get("/docs/").expect(200);
    let html = description.body();
    assert!(!html.contains("<style") && !html.contains("<script>"), "the policy of /docs/ would block it");
}

fn nobody_else_may_read_with_our_cookies_or_frame_us(app: &TestApp) {
    let officer = app.system_admin();
    for origin in ["https://evil.example", "null"] {
        let me = officer.get("/api/v1/me").header("Origin", origin).send();
        assert_eq!(me.header("access-control-allow-origin"), None, "{me}");
        assert_eq!(me.header("access-control-allow-credentials"), None, "{me}");
        let asked = officer
            .request("OPTIONS", "/api/v1/me")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "GET")
            .send();
        assert_eq!((asked.status, asked.header("access-control-allow-methods")), (405, None), "{asked}");
    }
}

fn another_spelling_of_an_address_opens_nothing(app: &TestApp) {
    let admin = app.system_admin();
    let spelled = [
        "/api/v1//me",
        "//api/v1/me",
        "/api/v1/me/",
        "/API/v1/me",
        "/api/v1/Me",
        "/api/v1/me;x=1",
        "/api/v1/x/../me",
        "/api/v1/x/%2e%2e/me",
        "/api/v1/me%00",
        "/api/v1/me%2f",
        "/api/v1/%6de%20",
    ];
    for path in spelled {
        for client in [app.client(), &admin] {
            let reply = client.get(path).send();
            assert!([400, 404].contains(&reply.status), "{path}: {reply}");
        }
    }
    // A percent-encoded letter is the letter: the same route with the same guard.
    app.client().get("/api/v1/%6de").refused(401, "session.missing");
    for query in ["?id=1&id=2", "?next=//evil.example", "?next=https:evil.example", "?fields=id_no"] {
        admin.get(&format!("/api/v1/me{query}")).refused(400, "unknown_filter");
    }
}

fn a_verb_cannot_be_disguised(app: &TestApp) {
    let admin = app.system_admin();
    for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        let reply = admin.get("/api/v1/me").header(name, "DELETE").expect(200);
        assert_eq!(reply.header("location"), None, "{reply}");
        let posted = admin.post("/api/v1/me").header(name, "GET").send();
        assert_eq!(posted.status, 405, "{posted}");
    }
    for verb in ["TRACE", "OPTIONS"] {
        refused_verb(app.client(), verb);
        refused_verb(&admin, verb);
    }
}

fn refused_verb(client: &Client, verb: &str) {
    let reply = client.request(verb, "/api/v1/me").send();
    assert!([400, 405].contains(&reply.status), "{verb}: {reply}");
    assert!(!reply.body().contains("Authorization"), "{reply}");
}

fn what_should_not_lie_about_is_not_there(app: &TestApp) {
    let admin = app.system_admin();
    let looked_for = [
        "/metrics",
        "/debug",
        "/debug/pprof/",
        "/.git/config",
        "/.env",
        "/yichuang.db",
        "/yichuang.db-wal",
        "/backup.sql",
        "/attachments/",
        "/admin",
        "/server-status",
        "/config/default.toml",
        "/api/v1/",
        "/api/v1/setup/../me",
        "/api/openapi.json",
        "/docs/../yichuang.db",
        "/docs/%2e%2e/Cargo.toml",
    ];
    for path in looked_for {
        for client in [app.client(), &admin] {
            let reply = client.get(path).send();
            assert!([400, 401, 404].contains(&reply.status), "{path}: {reply}");
        }
    }
}
