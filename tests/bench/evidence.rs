//! A log of a million rows in five lanes, on SQLite: how long it takes to seal and to verify it.
//! `cargo bench --bench evidence`, with another number of rows `cargo bench --bench evidence -- 100000`.

#![allow(clippy::expect_used, reason = "a benchmark fails by panicking at the place of the fault")]

use std::time::Instant;

use serde_json::json;
use yichuang::{
    audit::{self, Deed},
    config::{DEFAULTS, Settings},
    db::{Database, Lane},
    evidence::{self, Sealer},
    kernel::{
        ids::{ProgrammeId, ReviewId, UserId},
        time::{Clock, SystemClock, Timestamp},
    },
    verify::verify,
};

/// How many rows one transaction writes.
const BATCH: usize = 10_000;

fn main() {
    let rows = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a folder");
    let mut settings: Settings = toml::from_str(DEFAULTS).expect("the defaults");
    settings.database.url = format!("sqlite:{}", folder.path().join("evidence.db").display());
    let database = Database::open(&settings.database.url, 4).expect("a database");
    database.migrate().expect("the tables");
    let now = SystemClock.now();

    timed("written", rows, || write(&database, rows, now));
    let sealer = Sealer::open(&settings).expect("a key");
    let mut at = now;
    timed("sealed", rows, || {
        loop {
            at = at.plus_seconds(600);
            let checkpoint = sealer.turn(&database, at).expect("the log is sealed").expect("a checkpoint");
            if usize::try_from(checkpoint.rows_size).is_ok_and(|sealed| sealed == rows) {
                break;
            }
        }
    });
    timed("evidence checked", rows, || {
        let found = database.read_now(evidence::check).expect("the log can be checked");
        assert!(found.is_empty(), "{found:?}");
    });
    timed("verified (every invariant)", rows, || {
        let found = database.read_now(verify).expect("everything can be verified");
        assert!(found.is_empty(), "{found:?}");
    });
}

fn timed(what: &str, rows: usize, work: impl FnOnce()) {
    let began = Instant::now();
    work();
    println!("{rows} rows {what} in {:.1} s", began.elapsed().as_secs_f64());
}

fn write(database: &Database, rows: usize, now: Timestamp) {
    let programmes: Vec<Lane> = (0..4).map(|_| Lane::Programme(ProgrammeId::generate())).collect();
    let lanes: Vec<Lane> = programmes.into_iter().chain([Lane::Installation]).collect();
    let (actor, mut written) = (UserId::generate(), 0);
    while written < rows {
        let (lanes, count) = (lanes.clone(), BATCH.min(rows - written));
        let fill = move |conn: &mut yichuang::db::Db| {
            for lane in lanes.iter().cycle().take(count) {
                let deed = Deed {
                    actor: Some(actor),
                    role: None,
                    action: "review.submit",
                    subject_kind: "review",
                    subject_id: ReviewId::generate().to_string(),
                    before: Some("declared"),
                    after: Some("submitted"),
                    detail: json!({"version": 7, "total": "85.50", "reason": "按评分标准逐项打分"}),
                };
                audit::record(conn, *lane, deed, now)?;
            }
            Ok(())
        };
        database.write_now(Lane::Installation, fill).expect("the rows");
        written += count;
    }
}
