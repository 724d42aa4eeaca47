//! Search among 10,000 entries, on SQLite: `cargo bench --bench search`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking at the place of the fault"
)]

use std::sync::OnceLock;

use diesel::prelude::*;
use divan::{Bencher, black_box};
use yichuang::{
    db::{
        Database, Lane,
        schema::{programmes, users},
    },
    kernel::{
        ids::{ApplicationId, ProgrammeId, UserId},
        time::{Clock, SystemClock},
    },
    search::{self, Entry, Kind, Query},
};

fn main() {
    divan::main();
}

const ENTRIES: usize = 10_000;

struct Filled {
    database: Database,
    programme: ProgrammeId,
    _folder: tempfile::TempDir,
}

/// A programme with 10,000 applications whose titles are made of twenty words.
fn filled() -> &'static Filled {
    static FILLED: OnceLock<Filled> = OnceLock::new();
    FILLED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("search.db").display());
        let database = Database::open(&url, 4).expect("a database");
        database.unlock(yichuang::vault::Keyring::in_memory().expect("keys"));
        database.migrate().expect("the tables");
        let (programme, user, now) = (ProgrammeId::generate(), UserId::generate(), SystemClock.now());
        let fill = move |conn: &mut yichuang::db::Db| {
            diesel::insert_into(users::table)
                .values((
                    users::id.eq(user),
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
                    programmes::created_by.eq(user),
                    programmes::created_at.eq(now),
                    programmes::version.eq(1),
                ))
                .execute(conn)?;
            let words = [
                "暖巷",
                "助老",
                "服务",
                "宁波",
                "老人",
                "食堂",
                "邻里",
                "互助",
                "青少年",
                "成长",
                "环保",
                "课堂",
                "社区",
                "文化",
                "康复",
                "陪伴",
                "就业",
                "帮扶",
                "志愿",
                "行动",
            ];
            for number in 0..ENTRIES {
                let word = |step: usize| words[(number * step + number / 20) % words.len()];
                let title = format!("{}{}{}{}{number}", word(1), word(3), word(7), word(11));
                let reference = format!("HS-2011-{number:05}");
                let entry = Entry {
                    kind: Kind::Application,
                    subject: &ApplicationId::generate().to_string(),
                    programme,
                    round: None,
                    texts: &[&title],
                    codes: &[&reference],
                };
                search::put(conn, entry)?;
            }
            Ok(())
        };
        database.write_now(Lane::Installation, fill).expect("the entries");
        Filled { database, programme, _folder: folder }
    })
}

/// One character, a word, a word that is nowhere, initials, and a sign.
#[divan::bench(args = ["老", "助老服务", "没有的词", "nxzl", "100%"])]
fn among_10_000(bencher: Bencher, text: &str) {
    let filled = filled();
    let query: Query = text.parse().expect("a query");
    bencher.bench(|| {
        let found: Vec<String> = filled
            .database
            .read_now(|conn| {
                Ok(search::subjects(Kind::Application, filled.programme, black_box(&query)).load(conn)?)
            })
            .expect("an answer");
        found.len()
    });
}
