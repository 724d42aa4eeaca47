//! 等级保护自查: it tells what it sees, to the administrative posts alone, and changes nothing.

use crate::support::{Engine, Office, TestApp, changes_nothing};

const PATH: &str = "/api/v1/security/self-check";

on_both!(the_office_is_not_told, the_page_is_for_paper);

fn outcome(reply: &crate::support::Reply, clause: &str) -> String {
    let findings = reply.at("/findings").as_array().expect("findings").iter();
    let found = findings.filter(|finding| finding["clause"] == clause).collect::<Vec<_>>();
    assert_eq!(found.len(), 1, "{clause}: {reply}");
    found[0]["outcome"].as_str().expect("an outcome").to_owned()
}

fn the_office_is_not_told(app: &TestApp) {
    let office = Office::found(app);
    app.client().get(PATH).refused(401, "session.missing");
    for person in [&office.officer, &office.auditor, &office.director] {
        person.get(PATH).refused(403, "forbidden");
    }
    let admin = app.system_admin();
    admin.get(&format!("{PATH}?format=pdf")).refused(400, "unknown_filter");
    changes_nothing(app.database(), || {
        admin.get(PATH).expect(200);
    });
}

fn the_page_is_for_paper(app: &TestApp) {
    let admin = app.system_admin();
    let page = admin.get(&format!("{PATH}?format=html")).expect(200);
    assert!(
        page.header("content-security-policy").unwrap_or_default().contains("style-src 'sha256-"),
        "{page}"
    );
    let html = page.body();
    for word in ["等级保护二级自查表", "7.1.4.1 a", "由运维落实", "网络安全法"] {
        assert!(html.contains(word), "{word}");
    }
    let same = admin.get(PATH).header("Accept", "text/html").expect(200);
    assert_eq!(same.body(), html);
}

/// What is weak is told, and is told no more once it is mended.
#[test]
fn what_is_mended_is_met() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let weak = TestApp::spawn(engine);
        let told = weak.system_admin().get(PATH).expect(200);
        for clause in ["7.1.4.1 a", "7.1.4.1 c", "7.1.4.2 d", "7.1.4.3 c", "7.1.4.5", "8.1.4.1 d"] {
            assert_eq!(outcome(&told, clause), "attention", "{clause}");
        }
        weak.seal();
        let sound = TestApp::spawn_with(engine, |settings| {
            "https://fund.example.org".clone_into(&mut settings.server.base_url);
            "127.0.0.1:3310".clone_into(&mut settings.attachments.clamd);
            settings.evidence.mail_to = vec!["witness@example.org".to_owned()];
        });
        let admin = sound.system_admin();
        sound.seal();
        let told = admin.get(PATH).expect(200);
        for clause in ["7.1.4.1 b", "7.1.4.1 c", "7.1.4.3 c", "7.1.4.5"] {
            assert_eq!(outcome(&told, clause), "met", "{clause}");
        }
        assert_eq!(outcome(&told, "7.1.1"), "operator");
    }
}
