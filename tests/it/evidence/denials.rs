//! What was refused, and what was read of people, is on record a moment later (trust.md S8).

use std::time::{Duration, Instant};

use diesel::prelude::*;
use serde_json::Value;
use yichuang::{audit::AuditEntry, db::schema::audit_entries::dsl};

use crate::support::{Kind, Office, TestApp, changes_nothing};

on_both!(refusals_and_readings_are_on_record);

/// The rows of an action by a person, once there are so many.
#[track_caller]
fn rows(app: &TestApp, action: &str, actor: &str, count: usize) -> Vec<AuditEntry> {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let found: Vec<AuditEntry> = app
            .database()
            .read_now(|conn| {
                let rows = dsl::audit_entries.filter(dsl::action.eq(action)).filter(dsl::actor.eq(actor));
                Ok(rows.order(dsl::seq).load(conn)?)
            })
            .unwrap();
        if found.len() >= count {
            return found;
        }
        assert!(Instant::now() < patience, "{} of {count} rows: {found:?}", found.len());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn detail(row: &AuditEntry) -> Value {
    serde_json::from_str(&row.detail).unwrap()
}

fn refusals_and_readings_are_on_record(app: &TestApp) {
    let office = Office::found(app);
    let group = office.a_group(Kind::Registered);
    let stranger = office.join("过路人");
    let account = format!("{}/payee-account", group.path());
    // Another's account is unknown to a stranger, the audit log is not for them; both are on record.
    changes_nothing(app.database(), || {
        stranger.get(&account).refused(404, "not_found");
        stranger.get("/api/v1/audit/entries").refused(403, "forbidden");
        // Nobody is meant, nothing is asked for.
        stranger.get("/api/v1/nothing").expect(404);
        app.client().get(&account).refused(401, "session.missing");
    });
    let denied = rows(app, "access.denied", &stranger.id, 2);
    assert_eq!(denied.len(), 2, "{denied:?}");
    assert_eq!(denied[0].subject_id, "GET /api/v1/organizations/{organization_id}/payee-account");
    assert_eq!(detail(&denied[0]), serde_json::json!({"path": account, "status": 404, "code": "not_found"}));
    assert_eq!(detail(&denied[1])["code"], "forbidden");
    assert_eq!((denied[0].subject_kind.as_str(), denied[0].lane.as_str()), ("request", "installation"));

    office.see(&office.maker, &account);
    let read = rows(app, "payee_account.read", &office.maker.id, 1);
    assert_eq!(detail(&read[0])["path"], account.as_str());

    // Who scrapes is counted: ten rows a minute and one that says how many more.
    let scraper = office.join("爬虫");
    for _ in 0..30 {
        scraper.get(&account).refused(404, "not_found");
    }
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let told = rows(app, "access.denied", &scraper.id, 11);
        let more: u64 = told.iter().filter_map(|row| detail(row)["more"].as_u64()).sum();
        if more == 20 {
            assert_eq!(told.iter().filter(|row| detail(row)["path"].is_string()).count(), 10);
            break;
        }
        assert!(Instant::now() < patience, "{told:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
