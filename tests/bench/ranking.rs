//! The review at the sizes it must bear: `cargo bench --bench ranking`.
//!
//! The ranking is computed from an SQLite file through the function that the endpoint calls.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking at the place of the fault"
)]

use std::{fmt::Write, sync::OnceLock};

use diesel::connection::SimpleConnection;
use divan::{Bencher, black_box};
use yichuang::{
    approvals::rules::selection::{Candidate, Fate, GroupRules, OnShortfall, SelectionRules, Walk},
    db::{Database, Lane},
    kernel::{
        ids::{ApplicationId, ExpertId, OrganizationId, ProgrammeId, ReviewId, RoundId, UserId},
        money::Money,
        score::Score,
    },
    programmes::find_round,
    reviews::{
        self,
        rules::{
            bootstrap::{Drawn, SAMPLES, bootstrap},
            scores::{Divergence, ScoreRules},
        },
    },
};

fn main() {
    divan::main();
}

const APPLICATIONS: usize = 1_200;
const REVIEWS_EACH: usize = 6;
const EXPERTS: usize = 90;

/// A small linear congruential generator: the benchmarks need variety, not randomness.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

struct Filled {
    database: Database,
    round: RoundId,
    _folder: tempfile::TempDir,
}

const CRITERIA: [(&str, u64); 7] = [
    ("need", 20),
    ("goals", 15),
    ("plan", 20),
    ("innovation", 10),
    ("team", 15),
    ("budget", 15),
    ("impact", 5),
];

const NOW: &str = "'2011-04-01 02:00:00'";

/// A round whose experts have scored everything.
fn filled() -> &'static Filled {
    static FILLED: OnceLock<Filled> = OnceLock::new();
    FILLED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("ranking.db").display());
        let database = Database::open(&url, 4).expect("a database");
        database.unlock(yichuang::vault::Keyring::in_memory().expect("keys"));
        database.migrate().expect("the tables");
        let (programme, user, round) = (ProgrammeId::generate(), UserId::generate(), RoundId::generate());
        let organization = OrganizationId::generate();
        let mut sql = format!(
            r#"INSERT INTO users (id, name, phone, password_hash, created_at, version)
                 VALUES ('{user}', '王芳', '13800000001', '', {NOW}, 1);
             INSERT INTO programmes (id, name, prefix, created_by, created_at, version)
                 VALUES ('{programme}', '公益创投', 'HS', '{user}', {NOW}, 1);
             INSERT INTO organizations (id, programme_id, name, kind, members, subdistrict, state, created_by,
                 created_at, updated_at, version)
                 VALUES ('{organization}', '{programme}', '同行', 'association', 20, '', 'verified', '{user}',
                 {NOW}, {NOW}, 1);
             INSERT INTO rounds (id, programme_id, name, year, state, policy_number, rubric_number, budget,
                 awarded_total, opens_on, closes_on, references_given, last_number, created_by, created_at, version)
                 VALUES ('{round}', '{programme}', '第三届', 2011, 'reviewing', 1, 1, 900000000, 0, '2011-03-01',
                 '2011-03-31', FALSE, 1200, '{user}', {NOW}, 1);
             INSERT INTO policies (round_id, number, body, created_by, created_at)
                 VALUES ('{round}', 1, '{{"seed": "bench"}}', '{user}', {NOW});"#
        );
        let rubric: Vec<String> = CRITERIA
            .iter()
            .map(|(code, max)| format!(r#"{{"code":"{code}","name":"{code}","max":"{max}.00"}}"#))
            .collect();
        let insert = |sql: &mut String, statement: String| {
            writeln!(sql, "{statement};").expect("a String grows");
        };
        insert(
            &mut sql,
            format!(
                r#"INSERT INTO rubrics (round_id, number, body, created_by, created_at)
                 VALUES ('{round}', 1, '{{"criteria":[{}]}}', '{user}', {NOW})"#,
                rubric.join(",")
            ),
        );
        let experts: Vec<ExpertId> = (0..EXPERTS).map(|_| ExpertId::generate()).collect();
        for (number, expert) in experts.iter().enumerate() {
            let person = UserId::generate();
            insert(
                &mut sql,
                format!(
                    "INSERT INTO users (id, name, phone, password_hash, created_at, version)
                     VALUES ('{person}', '专家', '139{number:08}', '', {NOW}, 1);
                     INSERT INTO experts (id, programme_id, user_id, name, expertise, created_by, created_at, version)
                     VALUES ('{expert}', '{programme}', '{person}', '专家', '', '{user}', {NOW}, 1)"
                ),
            );
        }
        let mut numbers = Numbers(1);
        for number in 0..APPLICATIONS {
            let application = ApplicationId::generate();
            let requested = 2_000_000 + 100 * numbers.below(30_000);
            insert(
                &mut sql,
                format!(
                    "INSERT INTO applications (id, programme_id, round_id, organization_id, reference, state, title,
                     domain, requested, own_funds, summary, policy_number, rubric_number, created_by, created_at,
                     updated_at, version)
                     VALUES ('{application}', '{programme}', '{round}', '{organization}', 'HS-2011-{number:04}',
                     'scoring', '暖巷助老', 'elderly', {requested}, 0, '{}', 1, 1, '{user}', {NOW}, {NOW}, 1)",
                    "为独居老人提供每周两次的上门服务。".repeat(40)
                ),
            );
            for step in 0..REVIEWS_EACH {
                let expert = experts[(number + step * 13) % EXPERTS];
                let mut total = 0;
                let marks: Vec<String> = CRITERIA
                    .iter()
                    .map(|(code, max)| {
                        let halves = max + numbers.below(max + 1);
                        total += halves * 50;
                        format!(r#""{code}":"{}.{}0""#, halves / 2, halves % 2 * 5)
                    })
                    .collect();
                let review = ReviewId::generate();
                let amount = 1_000_000 + 10_000 * numbers.below(400);
                insert(
                    &mut sql,
                    format!(
                        "INSERT INTO reviews (id, programme_id, round_id, application_id, expert_id, state, marks,
                         suggested_amount, comment, total, declared_at, submitted_at, created_by, created_at,
                         updated_at, version)
                         VALUES ('{review}', '{programme}', '{round}', '{application}', '{expert}', 'submitted',
                         '{{{}}}', {amount}, '可行', {total}, {NOW}, {NOW}, '{user}', {NOW}, {NOW}, 3)",
                        marks.join(",")
                    ),
                );
            }
        }
        let fill = move |conn: &mut yichuang::db::Db| Ok(conn.batch_execute(&sql)?);
        database.write_now(Lane::Installation, fill).expect("the round");
        Filled { database, round, _folder: folder }
    })
}

/// 1,200 applications × 6 reviews, from the database to the lines of the answer and their JSON.
#[divan::bench(sample_count = 20)]
fn ranking_of_1_200_by_6(bencher: Bencher) {
    let Filled { database, round, .. } = filled();
    let answer = || {
        database
            .read_now(|conn| {
                let round = find_round(conn, *round)?.expect("the round");
                reviews::standings(conn, &round)
            })
            .map(|standings| serde_json::to_string(&standings).expect("JSON"))
            .expect("a ranking")
    };
    assert!(answer().contains(r#""rank":1200"#), "all are ranked");
    bencher.bench(|| black_box(answer()).len());
}

/// 2,000 samples of 90 applications × 5 reviews, each with the whole selection.
#[divan::bench(sample_count = 20)]
fn bootstrap_2_000_by_90_by_5(bencher: Bencher) {
    let mut numbers = Numbers(2);
    let applications: Vec<Drawn> = (0..90)
        .map(|order| {
            let sheet = |total: i64| (total, total / 5);
            let total = |numbers: &mut Numbers| i64::try_from(6_000 + 50 * numbers.below(80)).expect("small");
            Drawn { desk: (0..5).map(|_| sheet(total(&mut numbers))).collect(), defence: Vec::new(), order }
        })
        .collect();
    let candidates: Vec<Candidate> = (0..90)
        .map(|number| Candidate {
            application: format!("A{number:02}"),
            score: Some(Score::FULL),
            amount: Money::from_fen(3_000_000 + 10_000 * i64::from(number)),
            domain: Some(
                ["elderly", "youth", "culture"][usize::try_from(number % 3).expect("small")].to_owned(),
            ),
        })
        .collect();
    let list: Vec<(usize, &Candidate)> = candidates.iter().map(|candidate| (0, candidate)).collect();
    let limits = SelectionRules {
        budget: Money::from_fen(150_000_000),
        pass_line: Score::from_hundredths(7_000),
        on_shortfall: OnShortfall::Skip,
        partial_min_share_bp: 7_000,
        max_count: Some(60),
        domain_max: [("elderly".to_owned(), 20)].into(),
    };
    let groups = [GroupRules { budget: None, pass_line: limits.pass_line, max_count: None }];
    let rules = ScoreRules {
        min_reviews: 3,
        trim_from: 5,
        cap: Money::from_fen(5_000_000),
        seed: "bench".to_owned(),
        rubric: Vec::new(),
        divergence: Divergence::default(),
    };
    let mut walk = Walk::new(&limits, &groups, &list);
    bencher.bench_local(|| {
        bootstrap(&rules, None, SAMPLES, black_box(&applications), |order, scores, fund| {
            walk.down(order, scores, |place, fate| {
                if matches!(fate, Fate::Selected(_)) {
                    fund(place);
                }
            });
        })
    });
}
