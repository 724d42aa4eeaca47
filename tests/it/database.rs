//! What `read` and `write` promise on both databases.

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use diesel::{connection::SimpleConnection, prelude::*};
use yichuang::{
    db::{
        Database, Db, Lane,
        schema::{sessions, users},
    },
    error::{Error, codes},
    kernel::{
        ids::{ProgrammeId, UserId},
        time::{Clock, Timestamp},
    },
};

use crate::support::{Engine, TestApp};

on_both!(
    a_lane_loses_nothing,
    lanes_that_meet_at_a_row_lose_nothing,
    a_panicking_closure_is_an_error_of_its_own,
    an_error_takes_back_its_own_closure_only,
    a_commit_that_fails_is_told_to_everybody_it_carried,
    reading_cannot_write,
    a_read_sees_one_moment,
    journal_and_audit_log_are_insert_only,
    the_audit_chain_finds_what_was_altered,
    migrating_again_changes_nothing,
);

/// A row to count on: the version of an account.
fn counter(app: &TestApp) -> UserId {
    app.register_person("计数").id.parse().unwrap()
}

fn value(database: &Database, id: UserId) -> i32 {
    database.read_now(|conn| Ok(users::table.find(id).select(users::version).first(conn)?)).unwrap()
}

/// Reads, waits a little, writes: lost if anybody comes between.
fn increment(conn: &mut Db, id: UserId) -> Result<i32, Error> {
    let seen: i32 = users::table.find(id).select(users::version).first(conn)?;
    std::thread::sleep(Duration::from_micros(200));
    diesel::update(users::table.find(id)).set(users::version.eq(seen + 1)).execute(conn)?;
    Ok(seen + 1)
}

fn write_increment(database: &Database, lane: Lane, id: UserId) -> Result<i32, Error> {
    database.write_now(lane, move |conn| increment(conn, id))
}

fn a_lane_loses_nothing(app: &TestApp) {
    let (id, database) = (counter(app), app.database());
    let before = value(database, id);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..10 {
                    write_increment(database, Lane::Installation, id).unwrap();
                }
            });
        }
    });
    assert_eq!(value(database, id), before + 160);
}

fn lanes_that_meet_at_a_row_lose_nothing(app: &TestApp) {
    let (id, database) = (counter(app), app.database());
    let before = value(database, id);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let lane = Lane::Programme(ProgrammeId::generate());
            scope.spawn(move || {
                for _ in 0..10 {
                    write_increment(database, lane, id).unwrap();
                }
            });
        }
    });
    assert_eq!(value(database, id), before + 30);
}

fn a_panicking_closure_is_an_error_of_its_own(app: &TestApp) {
    let (id, database) = (counter(app), app.database());
    let before = value(database, id);
    for _ in 0..20 {
        let outcome: Result<(), Error> = database.write_now(Lane::Installation, move |conn| {
            increment(conn, id)?;
            // Unwinds without the message that a `panic!` would print into the tests' output.
            std::panic::resume_unwind(Box::new("on purpose"));
        });
        let error = outcome.unwrap_err();
        assert_eq!((error.code.code, error.cause()), ("internal", Some("on purpose")));
    }
    assert_eq!(value(database, id), before, "a panic leaves nothing behind");
    write_increment(database, Lane::Installation, id).unwrap();
    assert_eq!(value(database, id), before + 1);

    let outcome: Result<(), Error> = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        database.read_now(|_| std::panic::resume_unwind(Box::new("on purpose")))
    }))
    .unwrap_or_else(|_| Err(Error::internal("the panic came through")));
    assert!(outcome.is_err());
    assert_eq!(value(database, id), before + 1, "a reader's panic harms no later reader");
}

/// Holds the lane until `release` is dropped, so that what comes after it waits together and is batched.
fn hold_lane(database: &Database) -> (mpsc::Sender<()>, std::thread::JoinHandle<()>) {
    let (release, released) = mpsc::channel::<()>();
    let (started, begun) = mpsc::channel();
    let database = database.clone();
    let thread = std::thread::spawn(move || {
        // Its own answer does not matter: it shares the commit of those who wait.
        let _ = database.write_now(Lane::Installation, move |_| {
            let _ = started.send(());
            let _ = released.recv_timeout(Duration::from_secs(5));
            Ok(())
        });
    });
    begun.recv().unwrap();
    (release, thread)
}

fn an_error_takes_back_its_own_closure_only(app: &TestApp) {
    let (id, database) = (counter(app), app.database());
    let before = value(database, id);
    let (release, held) = hold_lane(database);
    let kept: usize = std::thread::scope(|scope| {
        // No more than the pool has connections: on PostgreSQL each waits with one in hand.
        let writers: Vec<_> = (0..6)
            .map(|number| {
                scope.spawn(move || {
                    database.write_now(Lane::Installation, move |conn| {
                        increment(conn, id)?;
                        if number % 2 == 0 { Err(Error::new(&codes::STALE)) } else { Ok(()) }
                    })
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(100));
        drop(release);
        writers.into_iter().map(|writer| usize::from(writer.join().unwrap().is_ok())).sum()
    });
    held.join().unwrap();
    assert_eq!(kept, 3);
    assert_eq!(value(database, id), before + 3);
}

fn session(user_id: UserId, token: &str, now: Timestamp) -> impl Fn(&mut Db) -> Result<(), Error> + use<> {
    let token = token.to_owned();
    move |conn| {
        let columns = (
            sessions::token_digest.eq(&token),
            sessions::user_id.eq(user_id),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::expires_at.eq(now),
        );
        diesel::insert_into(sessions::table).values(columns).execute(conn)?;
        Ok(())
    }
}

/// A foreign key that is checked only at the commit makes the commit itself fail.
fn a_commit_that_fails_is_told_to_everybody_it_carried(app: &TestApp) {
    let (id, database, now) = (counter(app), app.database(), app.clock.now());
    if app.engine() == Engine::Postgres {
        let mut beside = PgConnection::establish(&app.database_url()).unwrap();
        beside
            .batch_execute(
                "ALTER TABLE sessions ALTER CONSTRAINT sessions_user_id_fkey DEFERRABLE INITIALLY DEFERRED",
            )
            .unwrap();
    }
    let before = value(database, id);
    let (release, held) = hold_lane(database);
    let kept: i32 = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..5)
            .map(|number| {
                scope.spawn(move || {
                    if number == 2 {
                        let dangle = session(UserId::generate(), "dangling", now);
                        let outcome = database.write_now(Lane::Installation, move |conn| {
                            if let Db::Sqlite(_) = conn {
                                conn.batch_execute("PRAGMA defer_foreign_keys = ON")?;
                            }
                            dangle(conn)
                        });
                        assert!(outcome.is_err(), "a session of nobody was kept");
                        return 0;
                    }
                    i32::from(write_increment(database, Lane::Installation, id).is_ok())
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(100));
        drop(release);
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    held.join().unwrap();
    assert_eq!(value(database, id), before + kept, "what was answered Ok is there, and nothing else");
    write_increment(database, Lane::Installation, id).expect("later writes work");
    let dangling: i64 = database
        .read_now(|conn| {
            Ok(sessions::table.filter(sessions::token_digest.eq("dangling")).count().get_result(conn)?)
        })
        .unwrap();
    assert_eq!(dangling, 0);
}

fn reading_cannot_write(app: &TestApp) {
    let (id, database, now) = (counter(app), app.database(), app.clock.now());
    let before = value(database, id);
    assert!(database.read_now(|conn| increment(conn, id)).is_err());
    assert!(database.read_now(session(id, "written by a reader", now)).is_err());
    assert!(
        database.read_now(|conn| Ok(conn.batch_execute("CREATE TABLE by_a_reader (n INTEGER)")?)).is_err()
    );
    assert_eq!(value(database, id), before);
    write_increment(database, Lane::Installation, id).unwrap();
}

fn a_read_sees_one_moment(app: &TestApp) {
    let (id, database) = (counter(app), app.database());
    let (first, second) = database
        .read_now(|conn| {
            let read = |conn: &mut Db| users::table.find(id).select(users::version).first::<i32>(conn);
            let first = read(conn)?;
            std::thread::scope(|scope| {
                scope.spawn(|| write_increment(database, Lane::Installation, id)).join().unwrap()
            })?;
            Ok((first, read(conn)?))
        })
        .unwrap();
    assert_eq!(first, second);
    assert_eq!(value(database, id), first + 1);
}

/// Tries `sql` beside the application, after `setup`, in a transaction that is taken back in any case.
fn attempt(app: &TestApp, setup: &str, sql: &str) -> Result<(), diesel::result::Error> {
    let url = app.database_url();
    match app.engine() {
        Engine::Sqlite => {
            let mut conn = SqliteConnection::establish(url.trim_start_matches("sqlite:")).unwrap();
            conn.batch_execute("PRAGMA foreign_keys = OFF; PRAGMA busy_timeout = 5000; BEGIN")?;
            conn.batch_execute(setup)?;
            let outcome = conn.batch_execute(sql);
            conn.batch_execute("ROLLBACK")?;
            outcome
        }
        Engine::Postgres => {
            let mut conn = PgConnection::establish(&url).unwrap();
            // A replica checks no foreign keys: the row needs no round of its own.
            conn.batch_execute(&format!(
                "BEGIN; SET LOCAL session_replication_role = replica; {setup}; \
                 SET LOCAL session_replication_role = origin"
            ))?;
            let outcome = conn.batch_execute(sql);
            conn.batch_execute("ROLLBACK")?;
            outcome
        }
    }
}

fn journal_and_audit_log_are_insert_only(app: &TestApp) {
    app.register_person("王芳");
    let entry = "INSERT INTO ledger_entries (id, programme_id, round_id, kind, subject_kind, subject_id, made_by, \
         effective_on, recorded_at) VALUES ('e', 'p', 'r', 'commit', 'award', 'a', 'u', '2011-03-02', \
         '2011-03-02 02:00:00')";
    let posting =
        "INSERT INTO ledger_postings (id, entry_id, round_id, code, amount) VALUES ('x', 'e', 'r', 'c', 1)";
    let version = "INSERT INTO call_versions (round_id, number, kind, reason, body, digest, published_by, published_at) \
         VALUES ('r', 1, 'publication', '', '{}', 'd', 'u', '2011-03-02 02:00:00')";
    let signed = "INSERT INTO review_versions (review_id, number, programme_id, marks, mark_comments, comment, \
         staff_comment, total, signed, digest, signed_at) VALUES ('r', 1, 'p', '{}', '{}', '', '', 0, '', 'd', \
         '2011-03-02 02:00:00')";
    let both = format!("{entry}; {posting}; {version}; {signed}");
    attempt(app, &both, "SELECT 1").expect("the rows themselves are sound");
    for (table, column) in [
        ("audit_entries", "action"),
        ("ledger_entries", "subject_id"),
        ("ledger_postings", "code"),
        ("call_versions", "reason"),
        ("review_versions", "comment"),
    ] {
        let mut attempts = vec![format!("UPDATE {table} SET {column} = 'x'"), format!("DELETE FROM {table}")];
        if app.engine() == Engine::Postgres {
            attempts.push(format!("TRUNCATE {table} CASCADE"));
        }
        for sql in attempts {
            let refused = attempt(app, &both, &sql).expect_err(&sql);
            assert!(refused.to_string().contains("is insert-only"), "{sql}: {refused}");
        }
    }
}

/// Whoever owns the file can drop a trigger; the chain tells of it all the same.
fn the_audit_chain_finds_what_was_altered(app: &TestApp) {
    use yichuang::evidence;

    app.register_person("王芳");
    let database = app.database();
    let rows = |sql: &'static str| {
        // Altered and checked in one transaction that is taken back: the checks after the test must find it whole.
        let outcome: Result<(), Error> = database.write_now(Lane::Installation, move |conn| {
            let unlock = match conn {
                Db::Sqlite(_) => "DROP TRIGGER audit_entries_no_update; DROP TRIGGER audit_entries_no_delete",
                Db::Postgres(_) => "DROP TRIGGER audit_entries_insert_only ON audit_entries",
            };
            conn.batch_execute(unlock)?;
            conn.batch_execute(sql)?;
            let broken = evidence::check(conn)?;
            Err(Error::internal(
                broken.first().map(|row| format!("{} {}", row.subject, row.reason)).unwrap_or_default(),
            ))
        });
        outcome.unwrap_err().cause().unwrap_or_default().to_owned()
    };
    assert_eq!(
        rows("UPDATE audit_entries SET action = 'x' WHERE seq = 2"),
        "audit installation#2 it was altered"
    );
    assert_eq!(
        rows("UPDATE audit_entries SET actor = NULL WHERE seq = 1"),
        "audit installation#1 it was altered"
    );
    assert_eq!(rows("DELETE FROM audit_entries WHERE seq = 1"), "audit installation#1 it is missing");
    assert_eq!(rows("SELECT 1"), "");
}

fn migrating_again_changes_nothing(app: &TestApp) {
    assert_eq!(app.database().migrate().unwrap(), Vec::<String>::new());
}

/// A disk that fills up takes the whole commit with it: SQLite rolls back by itself. Everybody it carried is told, and
/// later writes work once there is room.
#[test]
fn a_full_disk_is_told_and_passes() {
    let app = TestApp::spawn(Engine::Sqlite);
    let (id, database, now) = (counter(&app), app.database(), app.clock.now());
    let before = value(database, id);
    let limit = |pages: &'static str| {
        database.write_now(Lane::Installation, move |conn| Ok(conn.batch_execute(pages)?))
    };
    // SQLite takes the present size where the limit is below it.
    limit("PRAGMA max_page_count = 1").unwrap();
    let (release, held) = hold_lane(database);
    let outcomes: Vec<Result<i32, Error>> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..5)
            .map(|number| {
                let writer = scope.spawn(move || {
                    database.write_now(Lane::Installation, move |conn| {
                        if number == 2 {
                            session(id, &"x".repeat(1_000_000), now)(conn)?;
                        }
                        increment(conn, id)
                    })
                });
                // One after the other, so that some come before the one that finds no room and some after it.
                std::thread::sleep(Duration::from_millis(30));
                writer
            })
            .collect();
        drop(release);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    held.join().unwrap();
    let kept: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    let expected = before + i32::try_from(kept.iter().filter(|kept| **kept).count()).unwrap();
    assert_eq!(value(database, id), expected, "what was answered Ok is there, and nothing else: {kept:?}");
    limit("PRAGMA max_page_count = 1000000").expect("the writer still works");
    write_increment(database, Lane::Installation, id).expect("there is room again");
    let full = outcomes.into_iter().nth(2).unwrap().expect_err("there was no room");
    assert_eq!(full.code.code, "storage_full", "{full}");
}

/// Waiting for a lane ends: the one who holds it must not take the service with it.
#[test]
fn a_lane_that_is_held_too_long_answers_busy() {
    let app = TestApp::spawn(Engine::Postgres);
    let (id, database) = (counter(&app), app.database().clone());
    let holder = std::thread::spawn({
        let database = database.clone();
        move || {
            database.write_now(Lane::Installation, |_| {
                std::thread::sleep(Duration::from_millis(5_700));
                Ok(())
            })
        }
    });
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    let refused = write_increment(&database, Lane::Installation, id).expect_err("the lane was held");
    assert_eq!(refused.code.code, "busy", "{refused}");
    assert!(began.elapsed() < Duration::from_millis(5_600), "{:?}", began.elapsed());
    holder.join().unwrap().unwrap();
    write_increment(&database, Lane::Installation, id).unwrap();
}
