//! Files with scores: an outsider recomputes the ranking from them, and they name nobody.

use std::{collections::BTreeMap, process::Command};

use serde_json::{Value, json};
use yichuang::sheets::XLSX;

use crate::support::{
    DECISION_DAY, Expert, Kind, Office, Person, Project, REVIEW_DAY, Reply, Round, TestApp, content,
    schedule, texts_of,
};

on_both!(
    an_outsider_recomputes_the_ranking,
    a_file_is_live_until_the_decision_and_frozen_after_it,
    who_may_not_see_every_score_gets_no_file,
    a_track_is_cut_to_its_own_cap,
    the_stages_of_a_round_are_files_of_their_own,
    what_decides_in_a_round_with_a_defence_is_recomputed_too,
    the_summary_shows_what_was_computed,
    a_title_is_text_on_the_summary,
    names_are_for_few_and_on_record,
);

const SEED: &str = "haishu-2011-public-draw";

/// A round of eight projects and six experts: whole sheets, ties down to the draw, dropped marks, one with too few sheets
/// and one with none.
fn scored(app: &TestApp) -> (Office<'_>, Round, Vec<Project>, [Expert; 6]) {
    let office = Office::found(app);
    let round = office.published_round("200000.00", json!({"cap": "50000.00", "seed": SEED}));
    let group = office.a_group(Kind::Registered);
    let projects: Vec<Project> = (0..8)
        .map(|number| {
            let requested = if number < 3 { "30000.00" } else { "45000.00" };
            let mut content = content(requested);
            content["title"] = json!(format!("暖巷 {number}"));
            office.eligible(&round, &group, content)
        })
        .collect();
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<6>();
    // The first three are alike in every sheet: only the draw parts them.
    for project in &projects[..3] {
        for (expert, marks) in
            experts.iter().zip([("50", "30.5"), ("52", "31"), ("49.5", "30"), ("51", "33"), ("50", "30")])
        {
            office.scored_as(project, expert, marks, None);
        }
    }
    for (number, project) in projects[3..6].iter().enumerate() {
        for (place, expert) in experts.iter().enumerate() {
            let need = format!("{}.5", 40 + (number * 5 + place * 7) % 19);
            let plan = format!("{}", 20 + (number * 3 + place * 5) % 17);
            let amount = format!("{}.00", 20_000 + 1_350 * place);
            office.scored_as(project, expert, (&need, &plan), (place != 2).then_some(amount.as_str()));
        }
    }
    office.scored_as(&projects[6], &experts[0], ("45", "22"), None);
    office.scored_as(&projects[6], &experts[5], ("40", "25.5"), Some("12345.67"));
    (office, round, projects, experts)
}

#[track_caller]
fn file(by: &Person, round: &Round, path: &str) -> Reply {
    by.get(&format!("{}/{path}", round.path())).expect(200)
}

/// What the real command prints for a file.
#[track_caller]
fn recomputed(export: &Reply) -> Vec<u8> {
    let path = std::env::temp_dir().join(format!("score-export-{}.json", uuid()));
    std::fs::write(&path, &export.bytes).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_yichuang")).args(["solve", "scores"]).arg(&path).output();
    std::fs::remove_file(&path).expect("the file");
    let output = output.expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn uuid() -> String {
    yichuang::kernel::ids::ProgrammeId::generate().to_string()
}

/// No `ETag`, no name, no id: neither in the body nor beside it.
#[track_caller]
fn names_nobody(reply: &Reply, experts: &[Expert]) {
    assert_eq!(reply.header("etag"), None);
    let told = format!("{:?}{}", reply.headers, reply.body());
    for Expert { id, person } in experts {
        for trace in [id, &person.id, &person.name, &person.login] {
            assert!(!told.contains(trace.as_str()), "{trace} is in {reply}");
        }
    }
}

fn an_outsider_recomputes_the_ranking(app: &TestApp) {
    let (office, round, _, experts) = scored(app);
    let export = file(&office.auditor, &round, "score-export");
    let report = file(&office.auditor, &round, "score-report");
    assert_eq!(
        String::from_utf8_lossy(&recomputed(&export)),
        report.body(),
        "the server's answer is that of the command, byte for byte"
    );
    names_nobody(&export, &experts);
    names_nobody(&report, &experts);
    let known = ["rubric", "reviews", "applications", "seed", "min_reviews", "trim_from", "cap", "lambda"];
    assert!(export.json.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{export}");
    for review in export.at("/reviews").as_array().unwrap() {
        let fields: Vec<&str> = review.as_object().unwrap().keys().map(String::as_str).collect();
        let known = ["application", "reviewer", "marks", "suggested_amount"];
        assert!(fields.iter().all(|field| known.contains(field)), "{review}");
        assert!(review["reviewer"].as_str().unwrap().starts_with("R-"));
    }
    assert_eq!(export.at("/reviews").as_array().unwrap().len(), 3 * 5 + 3 * 6 + 2);

    // The ranking that is shown says the same of each.
    let ranking = file(&office.auditor, &round, "ranking");
    let lines: BTreeMap<&str, &Value> = report
        .at("/applications")
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["application"].as_str().unwrap(), line))
        .collect();
    assert_eq!(ranking.items().len(), lines.len());
    for item in ranking.items() {
        let line = lines[item["reference"].as_str().unwrap()];
        for field in ["rank", "score", "n", "mean", "tie_drawn", "rank_interval", "recommended", "flagged"] {
            assert_eq!(item[field], line[field], "{field} of {item:#}");
        }
    }
    // All that was meant to be there is there.
    let all = report.at("/applications").as_array().unwrap();
    assert_eq!(all.iter().filter(|line| line["tie_drawn"] == true).count(), 3);
    assert!(all.iter().filter(|line| line["tie_drawn"] == true).all(|line| line["draw"].is_string()));
    assert_eq!(all.iter().filter(|line| line["dropped"].is_object()).count(), 6);
    assert_eq!(all.iter().filter(|line| line["score"].is_null()).count(), 2);

    // Another seed would be another order of the three: the draw is in the file.
    let mut other = export.json.clone();
    other["seed"] = json!("another");
    assert_ne!(
        yichuang::solve::solve(yichuang::solve::Kind::Scores, &other.to_string()).unwrap() + "\n",
        report.body()
    );
}

fn a_file_is_live_until_the_decision_and_frozen_after_it(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"cap": "50000.00", "pass_line": "70.00"}));
    let group = office.a_group(Kind::Registered);
    let project = office.eligible(&round, &group, content("50000.00"));
    let taken_back = office.eligible(&round, &group, content("40000.00"));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    let nothing = file(&office.officer, &round, "score-export");
    assert_eq!(nothing.at("/reviews"), &json!([]));
    recomputed(&nothing);
    office.scored_once(&project, &experts[0], "85");
    office.scored_once(&taken_back, &experts[0], "75");
    let open = office.marked(&project, &experts[1], "88");
    let live = file(&office.officer, &round, "score-export");
    assert_eq!(live.at("/reviews").as_array().unwrap().len(), 2, "what is open is not in it: {live}");
    assert_eq!(live.header("yichuang-open-sheets"), Some("1"));
    office.move_application(&group.admin, &taken_back, "withdrawal", None);
    let live = file(&office.officer, &round, "score-export");
    assert_eq!(live.at("/reviews").as_array().unwrap().len(), 1, "nor what was taken back: {live}");
    assert_eq!(live.at("/applications").as_object().unwrap().len(), 1);
    office.hand_in(&open, &experts[1]);
    office.scored_once(&project, &experts[2], "82.5");
    let last = file(&office.officer, &round, "score-export");
    assert_eq!(last.header("yichuang-open-sheets"), Some("0"));
    assert_ne!(last.header("yichuang-score-digest"), live.header("yichuang-score-digest"));
    let digest = yichuang::kernel::digest::sha256_hex(&last.bytes);
    assert_eq!(last.header("yichuang-score-digest"), Some(digest.as_str()));
    office.on_the(DECISION_DAY);
    office.decided(&round);
    let frozen = file(&office.supervisor, &round, "score-export");
    assert_eq!(frozen.bytes, last.bytes);
    assert_eq!(recomputed(&frozen), file(&office.supervisor, &round, "score-report").bytes);
}

const FILES: [&str; 4] = ["score-export", "score-report", "score-summary", "score-summary?format=html"];

fn who_may_not_see_every_score_gets_no_file(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let group = office.a_group(Kind::Registered);
    let project = office.eligible(&round, &group, content("50000.00"));
    office.on_the(REVIEW_DAY);
    let [chairing, stepping_back, other] = office.experts::<3>();
    let members = format!("/api/v1/programmes/{}/members", office.programme);
    for expert in [&chairing, &stepping_back] {
        let member = json!({"user_id": expert.person.id, "role": "panel_chair"});
        office.post(&office.admin, &members, Some(member));
    }
    let sheet = office.marked(&project, &chairing, "85");
    let tied = office.assign(&project, &stepping_back);
    let version = office.version(&stepping_back.person, &tied);
    let tie = json!({"kind": "friend", "evidence": ""});
    office.step(&stepping_back.person, &format!("{tied}/recusal"), version, Some(tie));
    office.scored_once(&project, &other, "80");
    for name in FILES {
        let path = format!("{}/{name}", round.path());
        chairing.person.get(&path).refused(409, "score_file.sealed");
        stepping_back.person.get(&path).refused(403, "score_file.tied");
        other.person.get(&path).refused(403, "forbidden");
        group.admin.get(&path).refused(403, "forbidden");
        office.maker.get(&path).refused(403, "forbidden");
        app.client().get(&path).refused(401, "session.missing");
    }
    let elsewhere = Office::found(app);
    office.on_the(REVIEW_DAY);
    elsewhere.sign_in_everybody();
    for name in FILES {
        elsewhere.auditor.get(&format!("{}/{name}", round.path())).refused(404, "not_found");
    }
    office.hand_in(&sheet, &chairing);
    for name in FILES {
        for reader in
            [&chairing.person, &office.officer, &office.supervisor, &office.director, &office.auditor]
        {
            file(reader, &round, name);
        }
    }
    for wrong in ["reviewer=R-1", "names=yes", "stage=defence", "stage=final", "track=filed", "reason=x"] {
        let path = format!("{}/score-summary?{wrong}", round.path());
        office.director.get(&path).refused(400, "unknown_filter");
    }
}

fn a_track_is_cut_to_its_own_cap(app: &TestApp) {
    let office = Office::found(app);
    let tracks = json!({"filed": {"cap": "10000.00"}, "registered": {}});
    let round = office.published_round(
        "100000.00",
        json!({"cap": "50000.00", "tracks": tracks, "mark_step": "0.10",
        "divergence_range": "30.00"}),
    );
    let registered = office.eligible(&round, &office.a_group(Kind::Registered), content("45000.00"));
    let filed = office.eligible(&round, &office.a_group(Kind::Filed), content("9000.00"));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    for (place, expert) in experts.iter().enumerate() {
        let need = format!("{}.{}0", 45 + place, 1 + place);
        for project in [&registered, &filed] {
            office.scored_as(project, expert, (&need, "30.30"), None);
        }
    }
    for (query, references) in [
        ("", vec![&registered.reference, &filed.reference]),
        ("?track=filed", vec![&filed.reference]),
        ("?track=registered", vec![&registered.reference]),
    ] {
        let export = file(&office.auditor, &round, &format!("score-export{query}"));
        let report = file(&office.auditor, &round, &format!("score-report{query}"));
        let mut told: Vec<&String> = export.at("/applications").as_object().unwrap().keys().collect();
        let mut meant = references.clone();
        told.sort();
        meant.sort();
        assert_eq!(told, meant, "{query}");
        assert_eq!(export.text("/mark_step"), "0.10");
        assert_eq!(String::from_utf8_lossy(&recomputed(&export)), report.body(), "{query}");
    }
    let export = file(&office.auditor, &round, "score-export");
    assert_eq!(
        export.at(&format!("/applications/{}", filed.reference)),
        &json!({"requested": "9000.00", "cap": "10000.00"})
    );
    assert_eq!(
        export.at(&format!("/applications/{}", registered.reference)),
        &json!({"requested": "45000.00"})
    );
}

fn the_stages_of_a_round_are_files_of_their_own(app: &TestApp) {
    let office = Office::found(app);
    let round = office.round_with_defence(json!({}));
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("20000.00"));
    office.on_the(REVIEW_DAY);
    office.scored_once(&project, &office.an_expert(), "85");
    let desk = file(&office.auditor, &round, "score-export?stage=desk");
    assert_eq!(desk.at("/rubric/0/code"), "need");
    assert_eq!(desk.at("/reviews").as_array().unwrap().len(), 1);
    let defence = file(&office.auditor, &round, "score-export?stage=defence");
    assert_eq!(defence.at("/rubric/0/code"), "clarity");
    assert_eq!(defence.at("/reviews"), &json!([]));
    for stage in ["desk", "defence"] {
        let export = file(&office.auditor, &round, &format!("score-export?stage={stage}"));
        assert_eq!(
            recomputed(&export),
            file(&office.auditor, &round, &format!("score-report?stage={stage}")).bytes
        );
    }
}

/// Sheets of a defence, on its day.
#[track_caller]
fn defended(office: &Office<'_>, project: &Project, experts: &[Expert], marks: &[(&str, &str)]) {
    for (expert, (clarity, answers)) in experts.iter().zip(marks) {
        let assigned = json!({"expert_id": expert.id, "stage": "defence"});
        let sheet = office.post(&office.officer, &format!("{}/reviews", project.path()), Some(assigned));
        let sheet = format!("/api/v1/reviews/{}", sheet.id());
        let version = office.step(&expert.person, &format!("{sheet}/declaration"), 1, None).version();
        let said = json!({"clarity": "讲得清楚", "answers": "答得实在"});
        let body = json!({
            "marks": {"clarity": clarity, "answers": answers}, "mark_comments": said, "comment": "清晰",
        });
        office.act(&expert.person, "PATCH", &sheet, Some(body), Some(version));
        office.hand_in(&sheet, expert);
    }
}

fn what_decides_in_a_round_with_a_defence_is_recomputed_too(app: &TestApp) {
    let office = Office::found(app);
    let round = office.round_with_defence(json!({"seed": SEED, "cap": "50000.00"}));
    let group = office.a_group(Kind::Registered);
    let [first, second, third] =
        std::array::from_fn(|_| office.eligible(&round, &group, content("45000.00")));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<5>();
    office.scored_by(&first, &experts[..3], &["85", "86", "84"]);
    office.scored_by(&second, &experts, &["80", "81", "79.5", "95", "50"]);
    office.scored_by(&third, &experts[..3], &["90", "91", "92"]);
    let session = json!({"starts_at": "2011-04-15T01:00:00Z", "place": "中心三楼"});
    office.post(&office.officer, &format!("{}/defence-sessions", round.path()), Some(session));
    office.scheduled(&round, schedule());
    office.on_the("2011-04-15");
    // Some experts sit in both stages, some in one.
    defended(&office, &first, &experts[1..4], &[("58", "25"), ("57.5", "25.5"), ("58", "25")]);
    let of_second = [("65", "28"), ("66", "28.5"), ("64", "27"), ("70", "30"), ("30", "10")];
    defended(&office, &second, &experts, &of_second);
    // The best on paper does not come with enough of a panel: no score.
    defended(&office, &third, &experts[..2], &[("70", "30"), ("70", "30")]);

    let export = file(&office.auditor, &round, "score-export");
    let report = file(&office.auditor, &round, "score-report");
    assert_eq!(String::from_utf8_lossy(&recomputed(&export)), report.body());
    names_nobody(&export, &experts);
    names_nobody(&report, &experts);
    assert_eq!(export.at("/defence/desk_share_bp"), &json!(4_000));
    assert_eq!(export.at("/defence/rubric/0"), &json!({"code": "clarity", "max": "70.00"}));
    assert_eq!(export.at("/reviews").as_array().unwrap().len(), 3 + 5 + 3);
    assert_eq!(export.at("/defence/reviews").as_array().unwrap().len(), 3 + 5 + 2);

    // By hand: 0.4 × 80.17 + 0.6 × 92.83 = 87.766 (of five sheets the ends are dropped); 0.4 × 85 + 0.6 × 83 = 83.8.
    let told: Vec<[&Value; 5]> = report
        .at("/applications")
        .as_array()
        .unwrap()
        .iter()
        .map(|line| ["application", "rank", "score", "desk", "defence"].map(|field| &line[field]))
        .collect();
    let expected = [
        [json!(second.reference), json!(1), json!("87.77"), json!("80.17"), json!("92.83")],
        [json!(first.reference), json!(2), json!("83.80"), json!("85.00"), json!("83.00")],
        [json!(third.reference), Value::Null, Value::Null, json!("91.00"), Value::Null],
    ];
    assert_eq!(told, expected.each_ref().map(<[serde_json::Value; 5]>::each_ref));

    // The ranking that is shown says the same of each, and so do the stages and the statistics.
    let ranking = file(&office.auditor, &round, "ranking");
    let statistics = file(&office.auditor, &round, "calibration");
    assert_eq!(ranking.items().len(), 3);
    for line in report.at("/applications").as_array().unwrap() {
        let item = ranking.items().iter().find(|item| item["reference"] == line["application"]).unwrap();
        for field in ["rank", "score", "n", "mean", "tie_drawn", "rank_interval", "recommended", "flagged"] {
            assert_eq!(item[field], line[field], "{field} of {item:#}");
        }
        let outlook = statistics.at("/applications").as_array().unwrap();
        let outlook = outlook.iter().find(|outlook| outlook["reference"] == line["application"]).unwrap();
        assert_eq!(outlook["calibrated"], line["calibrated"], "{outlook:#}");
        for (index, stage) in ["desk", "defence"].into_iter().enumerate() {
            assert_eq!(item["stages"][index]["score"], line[stage]);
            let alone = file(&office.auditor, &round, &format!("score-report?stage={stage}"));
            let alone = alone.at("/applications").as_array().unwrap().clone();
            let alone = alone.iter().find(|alone| alone["application"] == line["application"]).unwrap();
            assert_eq!((&alone["score"], alone.get("desk")), (&line[stage], None));
        }
    }
    // Another weight would be another score: it is in the file.
    let mut other = export.json.clone();
    other["defence"]["desk_share_bp"] = json!(10_000);
    let other = yichuang::solve::solve(yichuang::solve::Kind::Scores, &other.to_string()).unwrap();
    let other: Value = serde_json::from_str(&other).unwrap();
    assert_eq!(other["applications"][0]["application"], json!(first.reference));

    // The sheet on the table has the totals of both stages, their scores and the combined one.
    let page = file(&office.chair, &round, "score-summary?format=html");
    let book = file(&office.chair, &round, "score-summary");
    assert_eq!(page.header("yichuang-score-digest"), export.header("yichuang-score-digest"));
    names_nobody(&page, &experts);
    names_nobody(&book, &experts);
    let (page, texts) = (page.body(), texts_of(&book));
    for shown in ["87.77", "80.17", "92.83", "83.80", "85.00", "83.00", "91.00", "94.50"] {
        assert!(
            page.contains(&format!(">{shown}<")) || page.contains(&format!(" {shown}<")),
            "{shown}: {page}"
        );
        assert!(texts.iter().any(|text| text == shown), "{shown}: {texts:?}");
    }
    assert!(page.contains("（综合）") && page.contains("答辩 defence 评分不足 2/3"), "{page}");
    assert_eq!(page.matches("<s>").count(), 4, "two dropped totals in each stage of one project");
    let named = format!("{}/score-summary?format=html&names=true&reason=archive", round.path());
    let named = office.supervisor.get(&named).expect(200).body();
    assert!(experts.iter().all(|expert| named.contains(&expert.person.name)), "{named}");
}

fn the_summary_shows_what_was_computed(app: &TestApp) {
    let (office, round, projects, experts) = scored(app);
    let report = file(&office.chair, &round, "score-report");
    let page = file(&office.chair, &round, "score-summary?format=html");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    names_nobody(&page, &experts);
    let book =
        office.chair.get(&format!("{}/score-summary", round.path())).header("accept", XLSX).expect(200);
    assert!(book.header("content-disposition").unwrap().starts_with("attachment;"));
    names_nobody(&book, &experts);
    let by_accept = office
        .chair
        .get(&format!("{}/score-summary", round.path()))
        .header("accept", "text/html")
        .expect(200);
    let (told, html) = (page.body(), by_accept.body());
    assert!(html.starts_with("<!doctype html>"));
    assert!(told.contains(SEED) && told.contains(page.header("yichuang-score-digest").unwrap()));
    for line in report.at("/applications").as_array().unwrap() {
        for field in ["application", "score", "median", "recommended"] {
            let shown = line[field].as_str().unwrap_or("—");
            assert!(told.contains(shown), "{field} of {line:#}");
        }
        if let Some(draw) = line["draw"].as_str() {
            assert!(told.contains(&format!("draw {}", &draw[..8])));
        }
    }
    assert_eq!(told.matches("<s>").count(), 2 * 6, "two dropped totals of six projects");
    assert!(told.contains(&projects[0].reference) && told.contains("组长 Chair"));
    let texts = texts_of(&book);
    for line in report.at("/applications").as_array().unwrap() {
        for field in ["application", "score", "median", "recommended"] {
            let shown = line[field].as_str();
            assert!(shown.is_none_or(|shown| texts.iter().any(|text| text == shown)), "{field} of {line:#}");
        }
    }
}

/// What people wrote is text (trust.md §5, 47 and 48).
fn a_title_is_text_on_the_summary(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let mut hostile = content("20000.00");
    hostile["title"] = json!("=1+1<script>alert('x')</script>\"");
    office.eligible(&round, &office.a_group(Kind::Registered), hostile);
    office.on_the(REVIEW_DAY);
    let page = file(&office.chair, &round, "score-summary?format=html").body();
    assert!(
        page.contains("=1+1&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;")
            && !page.contains("<script")
    );
    let texts = texts_of(&file(&office.chair, &round, "score-summary"));
    assert!(texts.iter().any(|text| text.starts_with("'=1+1<script>")), "as text, not computed");
}

fn names_are_for_few_and_on_record(app: &TestApp) {
    use diesel::prelude::*;
    use yichuang::db::schema::audit_entries;

    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("20000.00"));
    office.on_the(REVIEW_DAY);
    let expert = office.an_expert();
    office.scored_once(&project, &expert, "85");
    let named = format!("{}/score-summary?format=html&names=true", round.path());
    for (reader, code) in [(&office.officer, 403), (&office.chair, 403), (&office.auditor, 403)] {
        reader.get(&format!("{named}&reason=x")).refused(code, "forbidden");
    }
    office.director.get(&named).refused(422, "score_file.reason_required");
    office.director.get(&format!("{named}&reason=%20")).refused(422, "score_file.reason_required");
    let page = office.supervisor.get(&format!("{named}&reason=archive")).expect(200);
    assert!(page.body().contains(&expert.person.name));
    assert!(!format!("{:?}", page.headers).contains(&expert.person.name));
    file(&office.director, &round, "score-summary?names=false");
    file(&office.director, &round, "score-export");
    let entries: Vec<(String, String)> = app
        .database()
        .read_now(|conn| {
            Ok(audit_entries::table
                .filter(audit_entries::action.like("score_%.export"))
                .order(audit_entries::seq)
                .select((audit_entries::action, audit_entries::detail))
                .load(conn)?)
        })
        .expect("the log");
    let told: Vec<(&str, Value, Value)> = entries
        .iter()
        .map(|(action, detail)| {
            let detail: Value = serde_json::from_str(detail).expect("JSON");
            (action.as_str(), detail["names"].clone(), detail["reason"].clone())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("score_summary.export", json!(true), json!("archive")),
            ("score_summary.export", json!(false), Value::Null),
            ("score_file.export", json!(false), Value::Null),
        ]
    );
}
