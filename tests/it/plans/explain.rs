//! Why her, why not him, what fairness costs, and who is missing.

use serde_json::{Value, json};
use yichuang::solve::{Kind, solve};

use super::{in_review, pair, pairs};
use crate::support::{Office, Reply, TestApp, plan_path};

on_both!(
    every_pair_says_why,
    a_plan_says_why_not,
    what_cannot_be_covered_says_who_is_missing,
    both_objectives_stand_side_by_side,
    the_same_input_gives_the_same_bytes_and_anybody_can_compute_it_again,
    locked_pairs_come_and_banned_ones_do_not,
);

fn every_pair_says_why(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly", "youth"]);
    let (elder, both) = (office.an_expert_in(&["elderly"]), office.an_expert_in(&["elderly", "youth"]));
    let plan = office.propose(&round, json!({"demand": 1}));
    let found = |project: &crate::support::Project| {
        let all = plan.at("/result/pairs").as_array().unwrap().clone();
        all.into_iter().find(|pair| pair["application_id"] == project.id).unwrap()
    };
    let first = found(&projects[0]);
    assert_eq!(first["expert_id"], json!(elder.id));
    assert_eq!(
        first["factors"],
        json!({"domain_bp": 10000, "specialty_bp": 10000, "area_bp": 0, "familiarity_bp": 0})
    );
    assert_eq!((&first["affinity"], &first["rank"], &first["allowed"]), (&json!(850), &json!(1), &json!(2)));
    assert_eq!((&first["change"], &first["locked"]), (&json!("new"), &json!(false)));
    let zh = first["why_zh"].as_str().unwrap();
    assert!(zh.contains("匹配度 850") && zh.contains("2 名专家中列第 1") && zh.ends_with('。'), "{zh}");
    let en = first["why_en"].as_str().unwrap();
    assert!(en.contains("place 1 of the 2") && en.ends_with('.'), "{en}");
    let second = found(&projects[1]);
    assert_eq!((&second["expert_id"], &second["affinity"]), (&json!(both.id), &json!(775)));
    let line = plan.at("/result/applications/0");
    assert_eq!(
        *line,
        json!({
            "application_id": projects[0].id, "reference": projects[0].reference, "sum": 850, "lowest": 850,
            "best_possible": 850, "assigned": 1, "demand": 1,
        })
    );
    let names: Vec<&Value> =
        plan.at("/names").as_array().unwrap().iter().map(|known| &known["name"]).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&&json!(elder.person.name)));
}

fn ask(office: &Office<'_>, plan: &Reply, application: &str, expert: &str) -> Reply {
    let path = format!("{}/why-not?application_id={application}&expert_id={expert}", plan_path(plan));
    office.see(&office.supervisor, &path)
}

fn a_plan_says_why_not(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({"review": {"max_load": 1}}), &["elderly", "youth"]);
    let elder = office.an_expert_in(&["elderly"]);
    let young = office.an_expert_in(&["youth"]);
    let stranger = office.an_expert_in(&["culture"]);
    // The group's own person, admitted as an expert.
    let own = json!({
        "user_id": office.join("机构专家").id, "name": "机构专家", "expertise": ["elderly"],
        "organization_id": projects[0].group.id,
    });
    let experts = format!("/api/v1/programmes/{}/experts", office.programme);
    let tied = office.post(&office.officer, &experts, Some(own)).id();
    let ban =
        json!({"application_id": projects[1].id, "expert_id": stranger.id, "reason": "本人申请不评青年项目"});
    let plan = office.propose(&round, json!({"demand": 1, "banned": [ban]}));
    assert!(pairs(&plan).contains(&pair(&projects[0], &elder)));
    let late = office.an_expert_in(&["elderly"]);
    let cases = [
        (&projects[0].id, &elder.id, "assigned", Value::Null),
        (&projects[0].id, &tied, "conflict", json!("same_organization")),
        (&projects[1].id, &stranger.id, "banned", json!("本人申请不评青年项目")),
        (&projects[0].id, &stranger.id, "demand_met_by_better", Value::Null),
        (&projects[0].id, &young.id, "demand_met_by_better", Value::Null),
        (&projects[0].id, &late.id, "unavailable", Value::Null),
    ];
    for (application, expert, reason, detail) in cases {
        let told = ask(&office, &plan, application, expert);
        assert_eq!((told.text("/reason"), told.at("/detail")), (reason, &detail), "{told}");
        assert!(!told.text("/zh").is_ascii() && told.text("/en").is_ascii() || reason == "banned", "{told}");
    }
    // Demand above what the experts can take: somebody is full.
    let plan = office.propose(&round, json!({"demand": 2}));
    let taken = pairs(&plan);
    let elsewhere = [&elder, &young, &stranger]
        .into_iter()
        .find_map(|expert| {
            let free = projects.iter().find(|project| !taken.contains(&pair(project, expert)))?;
            taken.iter().any(|(_, who)| *who == expert.id).then_some((free, expert))
        })
        .unwrap();
    let told = ask(&office, &plan, &elsewhere.0.id, &elsewhere.1.id);
    assert!(
        ["full", "earlier_goal", "costs_elsewhere", "lost_draw"].contains(&told.text("/reason")),
        "{told}"
    );
    // What is not part of it is not there.
    let path = plan_path(&plan);
    for (application, expert) in [(&tied, &elder.id), (&projects[0].id, &projects[0].id)] {
        let question = format!("{path}/why-not?application_id={application}&expert_id={expert}");
        office.officer.get(&question).refused(404, "not_found");
    }
    for query in ["", "?application_id=1&expert_id=2", "?expert_id=x"] {
        office.officer.get(&format!("{path}/why-not{query}")).refused(400, "unknown_filter");
    }
}

fn what_cannot_be_covered_says_who_is_missing(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly", "youth"]);
    let expert = office.an_expert_in(&["elderly"]);
    let plan = office.propose(&round, json!({"demand": 3}));
    assert_eq!((plan.at("/result/complete"), plan.at("/result/assigned")), (&json!(false), &json!(2)));
    let groups = plan.at("/result/unmet").as_array().unwrap();
    let need: u64 = groups.iter().map(|group| group["need"].as_u64().unwrap()).sum();
    let can: u64 = groups.iter().map(|group| group["can"].as_u64().unwrap()).sum();
    assert_eq!((need, can), (6, 2), "{plan}");
    for group in groups {
        for advice in ["advice_zh", "advice_en"] {
            let sentences = group[advice].as_array().unwrap();
            assert!(!sentences.is_empty());
            // People are named, not numbered.
            assert!(sentences.iter().all(|text| !text.as_str().unwrap().contains(&expert.id)), "{group}");
        }
        let named = group["applications"].as_array().unwrap();
        assert!(
            named.iter().all(|name| projects.iter().any(|project| *name == project.reference)),
            "{group}"
        );
    }
    // As far as it goes it can be carried out.
    office.adopt(&plan);
}

/// With two who know the field and two who do not, the sum is the same however they are mixed; only `fair` sees to it
/// that no application is left with strangers alone.
fn both_objectives_stand_side_by_side(app: &TestApp) {
    let policy = json!({"review": {"reviews_per_application": 2, "max_load": 1}});
    let (office, round, _) = in_review(app, policy, &["elderly", "elderly"]);
    for domain in ["elderly", "elderly", "culture", "culture"] {
        office.an_expert_in(&[domain]);
    }
    // One draw of three leaves an application with strangers alone.
    let uneven = (0..40).any(|draw| {
        let seed = format!("签 {draw}");
        let total = office.propose(&round, json!({"compare": true, "seed": seed}));
        let fair = office.propose(&round, json!({"objective": "fair", "compare": true, "seed": seed}));
        assert_eq!(total.at("/result/comparison"), fair.at("/result/comparison"));
        assert_eq!(fair.at("/result/min_application_affinity"), &json!(850));
        assert_eq!(fair.at("/result/comparison/fairness_costs"), &json!(0));
        let least = total.at("/result/min_application_affinity").as_i64().unwrap();
        assert_eq!(total.at("/result/comparison/weakest_gains"), &json!(850 - least));
        least == 0
    });
    assert!(uneven, "no draw left an application with strangers alone");
    let plain = office.propose(&round, json!({}));
    assert_eq!(plain.at("/result/comparison"), &Value::Null);
}

fn the_same_input_gives_the_same_bytes_and_anybody_can_compute_it_again(app: &TestApp) {
    let (office, round, _) =
        in_review(app, json!({"seed": "海曙"}), &["elderly", "youth", "youth", "culture"]);
    for domains in [&["elderly"][..], &["youth", "elderly"], &["culture"], &["youth"], &["culture", "youth"]]
    {
        office.an_expert_in(domains);
    }
    let asked = json!({"demand": 3, "seed": "公开的种子"});
    let (one, two) = (office.propose(&round, asked.clone()), office.propose(&round, asked));
    for part in ["/result", "/parameters", "/input_digest", "/seed", "/program_version", "/names"] {
        assert_eq!(one.at(part).to_string(), two.at(part).to_string(), "{part}");
    }
    assert_eq!(one.at("/program_version"), &json!(env!("CARGO_PKG_VERSION")));
    let input = |plan: &Reply| office.see(&office.auditor, &format!("{}/input", plan_path(plan))).body();
    assert_eq!(input(&one), input(&two));
    assert_eq!(one.text("/input_digest"), yichuang::kernel::digest::sha256_hex(input(&one)));
    let solved: Value = serde_json::from_str(&solve(Kind::Assignment, &input(&one)).unwrap()).unwrap();
    let reference = |pair: &Value| json!([pair["reference"], pair["expert_id"]]);
    let shown: Vec<Value> = one.at("/result/pairs").as_array().unwrap().iter().map(reference).collect();
    assert_eq!(solved["pairs"], json!(shown));
    assert_eq!(&solved["total_affinity"], one.at("/result/total_affinity"));
    // Without a seed of one's own it is the round's with the number of the plan.
    assert_eq!(office.propose(&round, json!({"demand": 3})).at("/seed"), &json!("海曙|3"));
}

fn locked_pairs_come_and_banned_ones_do_not(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly"]);
    let (better, worse) = (office.an_expert_in(&["elderly"]), office.an_expert_in(&["culture"]));
    let plan = office.propose(&round, json!({"demand": 1}));
    assert_eq!(pairs(&plan), [pair(&projects[0], &better)].into());
    let lock = json!({"application_id": projects[0].id, "expert_id": worse.id});
    let plan = office.propose(&round, json!({"demand": 1, "locked": [lock]}));
    assert_eq!(pairs(&plan), [pair(&projects[0], &worse)].into());
    assert_eq!(plan.at("/result/pairs/0/locked"), &json!(true));
    let ban = json!({"application_id": projects[0].id, "expert_id": better.id, "reason": "出国"});
    let plan = office.propose(&round, json!({"demand": 1, "banned": [ban]}));
    assert_eq!(pairs(&plan), [pair(&projects[0], &worse)].into());
    // An application may have another number of its own, none for instance.
    let own = json!([{"application_id": projects[0].id, "demand": 0}]);
    assert_eq!(pairs(&office.propose(&round, json!({"demands": own}))), [].into());
    let own = json!([{"application_id": projects[0].id, "demand": 2}]);
    assert_eq!(pairs(&office.propose(&round, json!({"demand": 1, "demands": own}))).len(), 2);
    // By the area alone nobody fits: nobody says where they are.
    let area = json!({"domain_bp": 0, "specialty_bp": 0, "area_bp": 10000, "familiarity_bp": 0});
    let plan = office.propose(&round, json!({"demand": 2, "weights": area}));
    assert_eq!(plan.at("/result/total_affinity"), &json!(0));
}
