//! Who seals, when, and where checkpoints go.

use std::{
    io::{Read, Write},
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::Value;
use yichuang::{
    db::Lane,
    evidence::{Sealer, note},
    jobs::lease,
    kernel::{digest::hmac_sha256_hex, time::Clock},
};

use super::tools;
use crate::support::{Engine, TestApp};

on_both!(
    one_server_seals_at_a_time,
    it_seals_by_the_clock_alone,
    many_rows_are_sealed_in_the_order_of_their_lanes
);

fn one_server_seals_at_a_time(app: &TestApp) {
    tools::deeds(app, 1);
    let (database, now) = (app.database(), app.clock.now());
    let sealer = Sealer::open(app.settings()).unwrap();
    let take = |owner: &'static str, now, until| {
        database
            .write_now(Lane::Installation, move |conn| {
                Ok(lease::take(conn, "evidence.seal", owner, now, until)?)
            })
            .unwrap()
    };
    let other = take("another server", now, now.plus_seconds(60)).expect("nobody had it");
    assert_eq!(take("a third", now, now.plus_seconds(60)), None);
    assert!(sealer.turn(database, now).unwrap().is_none(), "another server seals");
    // It died, or slept, over it.
    let later = now.plus_seconds(61);
    assert!(sealer.turn(database, later).unwrap().is_some());
    let held =
        |lease: lease::Lease| database.write_now(Lane::Installation, move |conn| lease::hold(conn, &lease));
    held(other).unwrap_err();
    // The lease was given back, and its token has grown.
    let next = take("another server", later, later.plus_seconds(60)).expect("it is free");
    assert_eq!(next.token, 3);
    held(next).unwrap();
}

fn it_seals_by_the_clock_alone(app: &TestApp) {
    let sealer = Sealer::open(app.settings()).unwrap();
    let (database, now) = (app.database(), app.clock.now());
    let first = sealer.turn(database, now).unwrap().expect("the first");
    assert_eq!((first.size, first.rows_size), (1, 0), "nothing has happened, which nobody can tell");
    tools::deeds(app, 3);
    assert!(sealer.turn(database, now.plus_seconds(599)).unwrap().is_none(), "however much happens");
    let second = sealer.turn(database, now.plus_seconds(600)).unwrap().expect("the second");
    assert_eq!(second.size, 2);
    assert_eq!(second.sealed_at, now.plus_seconds(600));
    assert_eq!(second.rows_size, 3);
    let third = sealer.turn(database, now.plus_seconds(1_900)).unwrap().expect("the third");
    assert_eq!((third.size, third.rows_size), (3, second.rows_size));
    assert_eq!(third.sealed_at, now.plus_seconds(1_800));
}

fn many_rows_are_sealed_in_the_order_of_their_lanes(app: &TestApp) {
    use diesel::prelude::*;
    use yichuang::{audit, db::schema::audit_leaves::dsl, kernel::ids::ProgrammeId};
    let (now, lanes) = (app.clock.now(), [Lane::Programme(ProgrammeId::generate()), Lane::Installation]);
    let write = |count: usize| {
        app.database()
            .write_now(Lane::Installation, move |conn| {
                for _ in 0..count {
                    for lane in lanes {
                        audit::record(conn, lane, tools::deed(), now)?;
                    }
                }
                Ok(())
            })
            .unwrap();
    };
    write(700);
    assert_eq!(app.seal().rows_size, 1_400);
    write(300);
    let sealed = app.seal();
    assert_eq!((sealed.size, sealed.rows_size), (2, 2_000));
    let leaves: Vec<(String, i64)> = app
        .database()
        .read_now(|conn| {
            Ok(dsl::audit_leaves.order(dsl::position).select((dsl::lane, dsl::seq)).load(conn)?)
        })
        .unwrap();
    for lane in lanes {
        let seqs: Vec<i64> =
            leaves.iter().filter(|(of, _)| *of == lane.name()).map(|(_, seq)| *seq).collect();
        assert_eq!(seqs, (1..=1_000).collect::<Vec<i64>>());
    }
    assert_eq!(tools::after_sql(app.database(), "SELECT 1"), Vec::<String>::new());
}

#[test]
fn checkpoints_leave_the_house() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/evidence", listener.local_addr().unwrap());
    let posts = std::thread::spawn(move || {
        let mut all = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut got, mut part) = (String::new(), [0u8; 4096]);
            while !got.split_once("\r\n\r\n").is_some_and(|(_, body)| body.ends_with('}')) {
                let read = stream.read(&mut part).unwrap();
                assert!(read > 0, "{got}");
                got.push_str(&String::from_utf8_lossy(&part[..read]));
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
            all.push(got);
        }
        all
    });
    let secret = "a secret of sixteen characters and more";
    let file = folder.path().join("checkpoints");
    let app = TestApp::spawn_with(Engine::Sqlite, |settings| {
        settings.evidence.checkpoint_file = file.clone();
        settings.evidence.mail_to = vec!["audit@example.org".to_owned()];
        settings.evidence.webhook_url = url;
        settings.evidence.webhook_secret = secret.to_owned().into();
        settings.evidence.allow_private = true;
    });
    let (first, second) = (app.seal(), app.seal());
    let kept = note::read(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(kept, [tools::note(&first), tools::note(&second)]);
    let posted = posts.join().unwrap();
    let mails = app.mail_to("audit@example.org");
    assert_eq!(mails.len(), 1, "one a day: {mails:?}");
    assert!(mails[0].body.contains(&first.note));
    // What could not be written in time is written the next time.
    std::fs::write(&file, format!("{}\n", first.note)).unwrap();
    let third = app.seal();
    let kept = note::read(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(kept, [tools::note(&first), tools::note(&second), tools::note(&third)]);
    for (post, checkpoint) in posted.iter().zip([&first, &second]) {
        let (head, body) = post.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            head.lines()
                .find_map(|line| line.to_lowercase().strip_prefix(name).map(|v| v.trim().to_owned()))
                .unwrap()
        };
        let signed = format!("{}.{body}", header("x-yichuang-timestamp:"));
        let expected = format!("sha256={}", hmac_sha256_hex(secret.as_bytes(), signed.as_bytes()));
        assert_eq!(header("x-yichuang-signature:"), expected);
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&body["kind"], &body["text"]),
            (&"evidence.checkpoint".into(), &checkpoint.note.clone().into())
        );
    }
}

/// The server does it by itself.
#[test]
fn a_server_seals() {
    let app = TestApp::spawn_with(Engine::Sqlite, |settings| settings.evidence.sealer = true);
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let items = app.client().get("/api/v1/public/audit-checkpoints").expect(200);
        if items.items().len() == 1 {
            assert_eq!(items.at("/items/0/size"), 1);
            break;
        }
        assert!(Instant::now() < patience, "nothing was sealed: {items}");
        std::thread::sleep(Duration::from_millis(50));
    }
    // A second sealer on the same key and database has nothing to do.
    let second = Sealer::open(app.settings()).unwrap();
    assert!(second.turn(app.database(), app.clock.now()).unwrap().is_none());
}
