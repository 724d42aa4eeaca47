//! The sample rounds with their expected answers, computed by an independent program.
use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};
use yichuang::solve::{Kind, solve};

fn read(path: &str) -> String {
    let folder = if path.starts_with("haishu") { "config/samples" } else { "tests/data" };
    fs::read_to_string(format!("{}/{folder}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn run(kind: Kind, input: &Value) -> Value {
    serde_json::from_str(&solve(kind, &input.to_string()).unwrap()).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

#[test]
fn haishu_2011() {
    let expected: Value = serde_json::from_str(&read("haishu-2011/expected.json")).unwrap();
    let codes = [
        ("need", 20),
        ("goals", 15),
        ("plan", 20),
        ("innovation", 10),
        ("team", 15),
        ("budget", 15),
        ("impact", 5),
    ];
    let rubric: Vec<Value> = codes.iter().map(|(c, m)| json!({"code": c, "max": m.to_string()})).collect();
    let mut reviews = vec![];
    for line in read("haishu-2011/reviews.csv").lines().skip(1) {
        let f: Vec<&str> = line.splitn(11, ',').collect();
        let marks: BTreeMap<&str, &str> =
            codes.iter().map(|(c, _)| *c).zip(f[2..9].iter().copied()).collect();
        let mut review = json!({"application": f[0], "reviewer": f[1], "marks": marks});
        if !f[9].is_empty() {
            review["suggested_amount"] = json!(f[9]);
        }
        reviews.push(review);
    }
    let reviewed: std::collections::BTreeSet<&str> =
        reviews.iter().map(|r| r["application"].as_str().unwrap()).collect();
    let mut applications = serde_json::Map::new();
    let mut domains = BTreeMap::new();
    for line in read("haishu-2011/applications.csv").lines().skip(1) {
        let f: Vec<&str> = line.split(',').collect();
        if reviewed.contains(f[0]) {
            applications.insert(f[0].into(), json!({"requested": f[4]}));
        }
        domains.insert(f[0].to_owned(), f[3].to_owned());
    }
    let input = json!({"rubric": rubric, "reviews": reviews, "applications": applications,
        "seed": "haishu-2011-public-draw", "cap": "50000.00"});
    let scores = run(Kind::Scores, &input);
    let lines = scores["applications"].as_array().unwrap();
    assert_eq!(lines.len(), 82);
    let candidates: Vec<Value> = lines
        .iter()
        .map(|l| {
            let id = l["application"].as_str().unwrap();
            json!({"application": id, "score": l["score"], "amount": l["recommended"], "domain": domains[id]})
        })
        .collect();
    let selection = run(
        Kind::Selection,
        &json!({"budget": "2000000.00", "pass_line": "70.00", "on_shortfall": "stop", "partial_min_share_bp": 7000,
            "candidates": candidates}),
    );
    let ranks: BTreeMap<&str, &Value> =
        lines.iter().map(|l| (l["application"].as_str().unwrap(), l)).collect();
    let selected: Vec<Value> = selection["selected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| {
            let line = ranks[s["application"].as_str().unwrap()];
            json!({"reference": s["application"], "rank": line["rank"], "score": line["score"], "amount": s["amount"]})
        })
        .collect();
    assert_eq!(json!(selected), expected["selected"]);
    assert_eq!(selected.len(), 61);
    for list in ["waitlisted", "below_line", "unscored"] {
        assert_eq!(texts(&selection[list]), texts(&expected[list]), "{list}");
    }
    assert_eq!(selection["total"], expected["total_awarded"]);
    assert_eq!(selection["left"], expected["budget_left"]);
    let tranches: Vec<Value> = selected
        .iter()
        .map(|s| {
            let t = run(Kind::Tranches, &json!({"award": s["amount"], "shares_bp": [5000, 4000, 1000]}));
            json!({"reference": s["reference"], "amounts": t["tranches"]})
        })
        .collect();
    assert_eq!(json!(tranches), expected["tranches"]);
}

#[test]
fn shuangbai_2012() {
    let expected: Value = serde_json::from_str(&read("shuangbai-2012/expected.json")).unwrap();
    let mut input: Value = serde_json::from_str(&read("shuangbai-2012/matching.json")).unwrap();
    for proposer in ["enterprises", "projects"] {
        input["proposer"] = json!(proposer);
        assert_eq!(run(Kind::Matching, &input), expected["matching"][proposer], "{proposer}");
    }
    let input: Value = serde_json::from_str(&read("shuangbai-2012/sponsorship.json")).unwrap();
    let plan = run(Kind::Sponsorship, &input);
    for field in ["total_funded", "total_weight"] {
        assert_eq!(plan[field], expected["sponsorship"][field], "{field}");
    }
}
