//! Many at once: one wins, the others are told why, and what is stored is as if they had come one after the other.

use std::{collections::BTreeMap, sync::Barrier};

use diesel::{connection::SimpleConnection, prelude::*};
use serde_json::{Value, json};
use yichuang::{
    db::{
        Database, Lane,
        schema::{decisions, rounds},
    },
    error::Error,
    kernel::{ids::ProgrammeId, money::Money},
};

use crate::support::{Kind, Office, Reply, TestApp, content, fresh_key};

on_both!(
    sixteen_who_decide_make_one_decision,
    sixteen_who_hand_in_the_same_application_hand_it_in_once,
    two_who_approve_a_payment_pay_once,
    sixteen_who_write_past_every_lane_never_exceed_the_budget,
    twenty_equal_requests_have_one_effect,
    the_limit_of_a_group_holds_when_it_hands_in_everything_at_once,
    numbers_are_given_once,
);

/// What `count` people are told who all ask at the same moment.
fn at_once(count: usize, ask: impl Fn(usize) -> Reply + Sync) -> Vec<Reply> {
    let start = Barrier::new(count);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..count)
            .map(|number| {
                let (ask, start) = (&ask, &start);
                scope.spawn(move || {
                    start.wait();
                    // Busy is an answer that asks to be asked again (api.md).
                    let mut patience = 50;
                    loop {
                        let reply = ask(number);
                        if reply.status != 503 || patience == 0 {
                            return reply;
                        }
                        patience -= 1;
                        std::thread::sleep(std::time::Duration::from_millis(50));
                    }
                })
            })
            .collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn tally(replies: &[Reply]) -> BTreeMap<(u16, String), usize> {
    let mut counts = BTreeMap::new();
    for reply in replies {
        let code = reply.json["code"].as_str().unwrap_or_default().to_owned();
        *counts.entry((reply.status, code)).or_insert(0) += 1;
    }
    counts
}

#[track_caller]
fn assert_one(replies: &[Reply], success: u16, refusals: &[(u16, &str)]) {
    let counts = tally(replies);
    assert_eq!(counts.get(&(success, String::new())), Some(&1), "{counts:?}");
    for ((status, code), _) in counts {
        let known = status == success || refusals.contains(&(status, code.as_str()));
        assert!(known, "{status} {code}");
    }
}

/// Each decides a plan of their own of the same round, eight directors in all.
fn sixteen_who_decide_make_one_decision(app: &TestApp) {
    let office = Office::found(app);
    let (round, ..) = office.a_scored_round();
    let directors: Vec<_> = (0..8).map(|number| office.join(&format!("主任 {number}"))).collect();
    for director in &directors {
        let member = json!({"user_id": director.id, "role": "center_director"});
        office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    }
    let plans: Vec<Reply> = (0..16).map(|_| office.plan(&round)).collect();
    let replies = at_once(16, |number| {
        let path = format!("/api/v1/selection-plans/{}/decision", plans[number].id());
        let minutes = json!({"minutes": "同意"});
        directors[number / 2].post(&path).key(&fresh_key()).if_match(1).json(&minutes).send()
    });
    assert_one(&replies, 201, &[(409, "illegal_transition")]);
    assert_eq!(replies.iter().filter(|reply| reply.status == 409).count(), 15);
    let (decided, awarded, budget): (i64, Money, Money) = app
        .database()
        .read_now(|conn| {
            let (awarded, budget) =
                rounds::table.select((rounds::awarded_total, rounds::budget)).first(conn)?;
            Ok((decisions::table.count().get_result(conn)?, awarded, budget))
        })
        .unwrap();
    assert_eq!((decided, awarded.fen()), (1, 4_000_000));
    assert!(awarded <= budget);
    assert_eq!(office.balance(&round, "reserved"), "40000.00");
}

fn sixteen_who_hand_in_the_same_application_hand_it_in_once(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.drafted(&round, &office.a_group(Kind::Registered), content("50000.00"));
    let submit = format!("{}/submission", project.path());
    let replies = at_once(16, |_| project.group.admin.post(&submit).if_match(1).send());
    assert_one(&replies, 200, &[(412, "stale"), (409, "illegal_transition")]);
    assert_eq!(office.version(&project.group.admin, &project.path()), 2);
}

fn two_who_approve_a_payment_pay_once(app: &TestApp) {
    let office = Office::found(app);
    let (round, award) = office.a_signed_award();
    let deputy = office.join("副主任");
    let member = json!({"user_id": deputy.id, "role": "center_director"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    let request = office.requested(&award);
    office.paid_up_to(&request, "check");
    let version = office.version(&deputy, &request);
    let replies = at_once(8, |number| {
        let by = if number % 2 == 0 { &office.director } else { &deputy };
        by.post(&format!("{request}/approval")).key(&fresh_key()).if_match(version).send()
    });
    assert_one(&replies, 200, &[(412, "stale"), (409, "illegal_transition")]);
    assert_eq!(office.balance(&round, "in_payment"), "20000.00");
}

/// The database itself refuses: every writer has a lane of its own, so nothing but the CHECK of the row is between
/// them and the budget.
fn sixteen_who_write_past_every_lane_never_exceed_the_budget(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("1000.00", json!({}));
    let sql = format!("UPDATE rounds SET awarded_total = awarded_total + 3000 WHERE id = '{}'", round.id);
    let written: usize = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..16)
            .map(|_| {
                let lane = Lane::Programme(ProgrammeId::generate());
                let sql = &sql;
                scope.spawn(move || write_until_refused(app.database(), lane, sql))
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    // 33 times 30 yuan fit into 1,000.
    assert_eq!(written, 33);
    let awarded: Money =
        app.database().read_now(|conn| Ok(rounds::table.select(rounds::awarded_total).first(conn)?)).unwrap();
    assert_eq!(awarded.fen(), 99_000);
    let back = format!("UPDATE rounds SET awarded_total = 0 WHERE id = '{}'", round.id);
    app.database().write_now(Lane::Installation, move |conn| Ok(conn.batch_execute(&back)?)).unwrap();
}

/// How often it could be written before the CHECK said no. That a row is busy is no refusal.
fn write_until_refused(database: &Database, lane: Lane, sql: &str) -> usize {
    let mut written = 0;
    loop {
        let sql = sql.to_owned();
        let outcome: Result<(), Error> = database.write_now(lane, move |conn| Ok(conn.batch_execute(&sql)?));
        match outcome {
            Ok(()) => written += 1,
            Err(error) if error.status() == 503 => {}
            Err(error) => {
                let cause = error.cause().unwrap_or_default().to_lowercase();
                assert!(cause.contains("check constraint"), "{error}");
                return written;
            }
        }
    }
}

/// The same request twenty times at once under one key: one effect, twenty equal answers.
fn twenty_equal_requests_have_one_effect(app: &TestApp) {
    let office = Office::found(app);
    let (round, ..) = office.a_scored_round();
    let plan = office.plan(&round);
    let decision = format!("/api/v1/selection-plans/{}/decision", plan.id());
    let minutes = json!({"minutes": "同意"});
    let replies =
        at_once(20, |_| office.director.post(&decision).key("once").if_match(1).json(&minutes).send());
    equal_but_for_one_original(&replies, 201);

    let notice = office.noticed(&round);
    office.on_the(crate::support::APPROVAL_DAY);
    office.approved(&notice);
    let awards = office.see(&office.officer, &format!("{}/awards", round.path()));
    assert_eq!(awards.items().len(), 1);
}

#[track_caller]
fn equal_but_for_one_original(replies: &[Reply], status: u16) {
    let first = &replies[0];
    assert_eq!(tally(replies), BTreeMap::from([((status, String::new()), replies.len())]));
    assert!(replies.iter().all(|reply| reply.bytes == first.bytes), "different answers to one request");
    let originals = replies.iter().filter(|reply| reply.header("idempotent-replayed").is_none()).count();
    assert_eq!(originals, 1);
}

fn the_limit_of_a_group_holds_when_it_hands_in_everything_at_once(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"max_per_organization": 2}));
    let group = office.a_group(Kind::Registered);
    let drafts: Vec<_> = (0..8).map(|_| office.drafted(&round, &group, content("50000.00"))).collect();
    let replies = at_once(8, |number| {
        group.admin.post(&format!("{}/submission", drafts[number].path())).if_match(1).send()
    });
    let expected = BTreeMap::from([((200, String::new()), 2), ((422, "E108".to_owned()), 6)]);
    assert_eq!(tally(&replies), expected);
}

fn numbers_are_given_once(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let draft: Value = json!({"organization_id": group.id});
    let path = format!("{}/applications", round.path());
    let replies = at_once(16, |_| group.admin.post(&path).json(&draft).send());
    let mut numbers: Vec<String> = replies.iter().map(|reply| reply.text("/reference").to_owned()).collect();
    numbers.sort_unstable();
    let expected: Vec<String> = (1..=16).map(|number| format!("HS-2011-{number:04}")).collect();
    assert_eq!(numbers, expected);
}
