//! Long work: begun again after a failure, given up after the last, and never of effect twice.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use diesel::prelude::*;
use yichuang::{
    db::{
        Database, Db, Lane,
        schema::{jobs as rows, programmes, users},
    },
    error::Error,
    jobs::{self, Job, Ticket, Work},
    kernel::{
        ids::{JobId, ProgrammeId, UserId},
        time::{Clock, ManualClock, Timestamp},
    },
};

use crate::support::{Engine, PrivateDatabase};

/// Fails so many times, the first time by a panic.
struct Stubborn {
    failures: usize,
    begun: AtomicUsize,
    given_up: AtomicUsize,
}

impl Stubborn {
    fn failing(failures: usize) -> Arc<Self> {
        Arc::new(Self { failures, begun: AtomicUsize::new(0), given_up: AtomicUsize::new(0) })
    }

    fn counts(&self) -> (usize, usize) {
        (self.begun.load(Ordering::Relaxed), self.given_up.load(Ordering::Relaxed))
    }
}

impl Work for Stubborn {
    fn kind(&self) -> &'static str {
        "test.stubborn"
    }

    fn run(&self, ticket: &Ticket) -> Result<(), Error> {
        let before = self.begun.fetch_add(1, Ordering::Relaxed);
        ticket.progress(0, 10)?;
        if before < self.failures {
            assert!(before > 0, "the first attempt falls over");
            return Err(Error::busy());
        }
        let (job, now) = (ticket.job.clone(), ticket.now());
        ticket.database.write_now(Lane::Installation, move |conn| jobs::finish(conn, &job, now))
    }

    fn give_up(&self, _: &mut Db, _: &Job, _: Timestamp) -> Result<(), Error> {
        self.given_up.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A database that no server works on, with one job in it.
struct Quiet {
    database: Database,
    clock: Arc<dyn Clock>,
    job: JobId,
    _home: PrivateDatabase,
}

fn quiet(engine: Engine) -> Quiet {
    let home = PrivateDatabase::create(engine);
    let database = Database::open(&home.url(), 4).expect("a database");
    database.migrate().expect("the tables");
    let clock = ManualClock::at("2011-03-02T02:00:00Z".parse().expect("a moment"));
    let (job, now) = (JobId::generate(), clock.now());
    let (programme, person) = (ProgrammeId::generate(), UserId::generate());
    let fill = move |conn: &mut Db| {
        diesel::insert_into(users::table)
            .values((
                users::id.eq(person),
                users::name.eq("王芳"),
                users::phone.eq("13800000001"),
                users::password_hash.eq(""),
                users::created_at.eq(now),
                users::version.eq(1),
            ))
            .execute(conn)?;
        diesel::insert_into(programmes::table)
            .values((
                programmes::id.eq(programme),
                programmes::name.eq("公益创投"),
                programmes::prefix.eq("HS"),
                programmes::created_by.eq(person),
                programmes::created_at.eq(now),
                programmes::version.eq(1),
            ))
            .execute(conn)?;
        Ok(jobs::enqueue(conn, job, programme, "test.stubborn", "something", now)?)
    };
    database.write_now(Lane::Installation, fill).expect("a job");
    Quiet { database, clock: Arc::new(clock), job, _home: home }
}

impl Quiet {
    fn turn(&self, work: &Arc<Stubborn>) -> bool {
        let work: Arc<dyn Work> = work.clone();
        let works = [work];
        let stop = Arc::new(AtomicBool::new(false));
        jobs::work_off(&self.database, &self.clock, &works, &stop).expect("a turn")
    }

    fn state(&self) -> (String, i32, Option<String>) {
        let id = self.job;
        let row = |conn: &mut Db| {
            Ok(rows::table.find(id).select((rows::state, rows::attempts, rows::owner)).first(conn)?)
        };
        self.database.read_now(row).expect("the job")
    }
}

fn work_that_fails_is_begun_again(engine: Engine) {
    let (quiet, work) = (quiet(engine), Stubborn::failing(2));
    assert!(!quiet.turn(&work) && quiet.state().0 == "queued", "{:?}", quiet.state());
    assert!(!quiet.turn(&work) && quiet.state().0 == "queued", "{:?}", quiet.state());
    assert!(quiet.turn(&work));
    assert_eq!((quiet.state().0.as_str(), quiet.state().1, work.counts()), ("done", 3, (3, 0)));
    assert!(!quiet.turn(&work), "nothing is left to do");
}

fn work_that_cannot_be_done_is_given_up(engine: Engine) {
    let (quiet, work) = (quiet(engine), Stubborn::failing(9));
    for _ in 0..5 {
        quiet.turn(&work);
    }
    assert_eq!((quiet.state().0.as_str(), quiet.state().1, work.counts()), ("failed", 3, (3, 1)));
}

/// Somebody else has taken the work over in the meantime: the effect is theirs.
fn who_lost_the_lease_ends_nothing(engine: Engine) {
    let quiet = quiet(engine);
    let (id, now) = (quiet.job, quiet.clock.now());
    let held = move |conn: &mut Db, owner: &str| -> Result<Job, Error> {
        diesel::update(rows::table.find(id))
            .set((
                rows::state.eq("running"),
                rows::owner.eq(owner),
                rows::attempts.eq(1),
                rows::lease_until.eq(now.plus_seconds(60).naive()),
            ))
            .execute(conn)?;
        Ok(rows::table.find(id).first(conn)?)
    };
    let first = quiet.database.write_now(Lane::Installation, move |conn| held(conn, "first")).expect("held");
    let second =
        quiet.database.write_now(Lane::Installation, move |conn| held(conn, "second")).expect("held");
    let finish =
        |job: Job| quiet.database.write_now(Lane::Installation, move |conn| jobs::finish(conn, &job, now));
    assert!(finish(first).is_err());
    assert_eq!(quiet.state().0, "running");
    // Under a lease that has not run out nobody begins it either.
    let work = Stubborn::failing(0);
    assert!(!quiet.turn(&work));
    assert_eq!(work.counts(), (0, 0));
    finish(second.clone()).expect("the holder ends it");
    assert_eq!(quiet.state().0, "done");
    assert!(finish(second).is_err(), "once");
}

mod sqlite {
    use super::Engine::Sqlite;

    #[test]
    fn work_that_fails_is_begun_again() {
        super::work_that_fails_is_begun_again(Sqlite);
    }

    #[test]
    fn work_that_cannot_be_done_is_given_up() {
        super::work_that_cannot_be_done_is_given_up(Sqlite);
    }

    #[test]
    fn who_lost_the_lease_ends_nothing() {
        super::who_lost_the_lease_ends_nothing(Sqlite);
    }
}

mod postgres {
    use super::Engine::Postgres;

    #[test]
    fn work_that_fails_is_begun_again() {
        super::work_that_fails_is_begun_again(Postgres);
    }

    #[test]
    fn work_that_cannot_be_done_is_given_up() {
        super::work_that_cannot_be_done_is_given_up(Postgres);
    }

    #[test]
    fn who_lost_the_lease_ends_nothing() {
        super::who_lost_the_lease_ends_nothing(Postgres);
    }
}
