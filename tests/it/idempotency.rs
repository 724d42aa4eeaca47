//! The same key and the same request: the first answer again, and nothing else (api.md).

use serde_json::json;

use crate::support::{Kind, Office, TestApp, changes_nothing, content, fresh_key};

on_both!(
    a_repeated_payment_is_paid_once,
    a_key_belongs_to_one_person,
    a_key_belongs_to_one_address_and_one_body,
    a_refusal_is_not_remembered,
    twenty_equal_approvals_move_the_money_once,
    a_key_is_forgotten_after_seven_days,
    a_replay_is_told_before_a_stale_version,
);

fn a_repeated_payment_is_paid_once(app: &TestApp) {
    let office = Office::found(app);
    let (round, award) = office.a_signed_award();
    let request = office.requested(&award);
    office.paid_up_to(&request, "approval");
    let version = office.version(&office.maker, &request);
    let pay = || {
        let body = json!({"bank_reference": "NB-1"});
        office.maker.post(&format!("{request}/payment")).key("pay").if_match(version).json(&body)
    };
    let first = pay().expect(200);
    let again = changes_nothing(app.database(), || pay().expect(200));
    assert_eq!((first.bytes, first.headers.get("etag")), (again.bytes.clone(), again.headers.get("etag")));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(office.balance(&round, "expended"), "20000.00");
}

fn a_key_belongs_to_one_person(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let groups = [office.a_group(Kind::Registered), office.a_group(Kind::Registered)];
    let path = format!("{}/applications", round.path());
    let [first, second] = groups.map(|group| {
        let draft = json!({"organization_id": group.id});
        group.admin.post(&path).key("mine").json(&draft).expect(201)
    });
    assert_ne!(first.id(), second.id());
    assert_eq!(second.header("idempotent-replayed"), None);
}

fn a_key_belongs_to_one_address_and_one_body(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, content("50000.00"));
    let other = office.drafted(&round, &group, content("50000.00"));
    let submit = |path: &str| group.admin.post(&format!("{path}/submission")).key("k").if_match(1);
    submit(&project.path()).expect(200);
    changes_nothing(app.database(), || {
        submit(&other.path()).refused(422, "idempotency.key_reused");
        let withdraw = group.admin.post(&format!("{}/withdrawal", project.path())).key("k").if_match(2);
        withdraw.refused(422, "idempotency.key_reused");
        // The bytes count, not what they mean.
        submit(&project.path()).raw("application/json", "{ }").refused(422, "idempotency.key_reused");
    });
}

fn a_refusal_is_not_remembered(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.drafted(&round, &group, json!({}));
    let submit =
        |version: i64| group.admin.post(&format!("{}/submission", project.path())).key("k").if_match(version);
    submit(1).expect(422);
    let version =
        office.act(&group.admin, "PATCH", &project.path(), Some(content("50000.00")), Some(1)).version();
    let reply = submit(version).expect(200);
    assert_eq!(reply.header("idempotent-replayed"), None);
}

fn twenty_equal_approvals_move_the_money_once(app: &TestApp) {
    let office = Office::found(app);
    let (round, award) = office.a_signed_award();
    let request = office.requested(&award);
    office.paid_up_to(&request, "check");
    let version = office.version(&office.director, &request);
    let bodies: Vec<(u16, Vec<u8>)> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..20)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let sent =
                            office.director.post(&format!("{request}/approval")).key("k").if_match(version);
                        let reply = sent.send();
                        if reply.status != 503 {
                            return (reply.status, reply.bytes);
                        }
                    }
                })
            })
            .collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(bodies.iter().all(|(status, body)| (*status, body) == (200, &bodies[0].1)), "{bodies:?}");
    assert_eq!(office.balance(&round, "in_payment"), "20000.00");
}

fn a_key_is_forgotten_after_seven_days(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let draft = json!({"organization_id": group.id});
    let path = format!("{}/applications", round.path());
    let send = || group.admin.post(&path).key("week").json(&draft).expect(201);
    let first = send();
    app.move_clock_to("2011-03-09T01:59:59Z");
    office.sign_in_everybody();
    assert_eq!(send().id(), first.id());
    app.move_clock_to("2011-03-09T02:00:00Z");
    assert_ne!(send().id(), first.id());
}

/// Who repeats a request still holds the version from before its own effect.
fn a_replay_is_told_before_a_stale_version(app: &TestApp) {
    let office = Office::found(app);
    let round = office.draft_round("100000.00", json!({}));
    let path = format!("{}/publication", round.path());
    let publish = |key: &str| office.director.post(&path).key(key).if_match(3);
    publish("p").expect(200);
    changes_nothing(app.database(), || {
        publish("p").expect(200);
        publish(&fresh_key()).refused(412, "stale");
    });
}
