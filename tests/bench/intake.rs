//! W201: one application against 10,000 earlier ones, as the officer's machine check does it on SQLite: read the
//! sketches, estimate, compare the nearest exactly. `cargo bench --bench intake`.

#![allow(clippy::unwrap_used, reason = "a measurement stops at the first surprise")]

use diesel::RunQueryDsl;
use divan::{Bencher, black_box};
use yichuang::{
    applications::{SketchRow, alike, put_sketch},
    db::{Database, Lane},
    kernel::{
        ids::{ApplicationId, ProgrammeId},
        sketch::{Sketch, likeness},
    },
};

fn main() {
    divan::main();
}

/// Words of a small language, so that texts share some runs as real ones do.
struct Words(u64);

impl Words {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// A text of so many characters: words of two to four out of five thousand.
    fn text(&mut self, characters: usize) -> String {
        let mut text = String::new();
        while text.chars().count() < characters {
            let mut word = Words(self.below(5_000) + 1);
            for _ in 0..word.below(3) + 2 {
                let letter = u32::try_from(0x4e00 + word.below(3_000)).unwrap();
                text.push(char::from_u32(letter).unwrap());
            }
        }
        text
    }
}

/// A database with `count` texts of 1,500 characters of which ten are near to the text that is given back.
fn texts(home: &std::path::Path, count: usize) -> (Database, ProgrammeId, String) {
    let database = Database::open(&format!("sqlite:{}", home.join("texts.db").display()), 4).unwrap();
    database.unlock(yichuang::vault::Keyring::in_memory().unwrap());
    database.migrate().unwrap();
    let programme = ProgrammeId::generate();
    let mut words = Words(7);
    let own = words.text(1_500);
    let rows: Vec<SketchRow> = (0..count)
        .map(|number| {
            let text = if number % (count / 10) == 0 {
                let kept: String = own.chars().skip(100).collect();
                format!("{kept}{}", words.text(100))
            } else {
                words.text(1_500)
            };
            SketchRow {
                subject_id: ApplicationId::generate().to_string(),
                programme_id: programme,
                subject_kind: "application".to_owned(),
                label: format!("HS-{number}"),
                sketch: Sketch::of(&text).unwrap().to_string(),
            }
        })
        .collect();
    database
        .write_now(Lane::Programme(programme), move |conn| {
            let moment = "2026-01-01 00:00:00";
            let user = format!(
                "INSERT INTO users (id, name, phone, password_hash, created_at, version) VALUES ('u', 'u', \
                 '13800000001', 'x', '{moment}', 1)"
            );
            diesel::sql_query(user).execute(conn)?;
            let founded = format!(
                "INSERT INTO programmes (id, name, prefix, created_by, created_at, version) VALUES \
                 ('{programme}', 'p', 'HS', 'u', '{moment}', 1)"
            );
            diesel::sql_query(founded).execute(conn)?;
            for row in &rows {
                put_sketch(conn, row)?;
            }
            Ok(())
        })
        .unwrap();
    (database, programme, own)
}

/// Against how many earlier texts.
#[divan::bench(args = [1_000, 10_000], sample_count = 30)]
fn near_duplicates(bencher: Bencher, count: usize) {
    let home = tempfile::tempdir().unwrap();
    let (database, programme, own) = texts(home.path(), count);
    bencher.bench(|| {
        let sketch = Sketch::of(black_box(&own)).unwrap();
        let near = database.read_now(|conn| Ok(alike(conn, programme, "self", &sketch, 4_500, 10)?)).unwrap();
        assert_eq!(near.len(), 10, "the ten that are near");
        // Each of them is then compared exactly.
        near.iter().map(|_| likeness(&own, black_box(&own))).max()
    });
}

/// The part of it that is computing: one sketch of a text, one exact comparison of two.
#[divan::bench]
fn one_sketch(bencher: Bencher) {
    let text = Words(7).text(1_500);
    bencher.bench(|| Sketch::of(black_box(&text)));
}
