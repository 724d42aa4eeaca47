//! Assignment plans: who reviews what, why, and what becomes of a plan when things move on.

mod adopt;
mod explain;
mod refuse;
mod seal;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Expert, Office, Project, REVIEW_DAY, Reply, Round, TestApp};

/// A round whose window is over, with eligible applications in these domains.
fn in_review<'a>(app: &'a TestApp, policy: Value, domains: &[&str]) -> (Office<'a>, Round, Vec<Project>) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", policy);
    let projects = office.eligible_in(&round, domains);
    office.on_the(REVIEW_DAY);
    (office, round, projects)
}

/// The pairs of a plan: application and expert.
fn pairs(plan: &Reply) -> BTreeSet<(String, String)> {
    let text = |pair: &Value, field: &str| pair[field].as_str().unwrap().to_owned();
    let all = plan.at("/result/pairs").as_array().unwrap();
    let set: BTreeSet<_> =
        all.iter().map(|pair| (text(pair, "application_id"), text(pair, "expert_id"))).collect();
    assert_eq!(set.len(), all.len(), "no pair twice: {plan}");
    set
}

/// The pairs that have a sheet somebody works at, as the office sees them.
fn sheets(office: &Office<'_>, round: &Round) -> BTreeSet<(String, String)> {
    let listed = office.see(&office.officer, &format!("{}/reviews?limit=100", round.path()));
    let text = |sheet: &Value, field: &str| sheet[field].as_str().unwrap().to_owned();
    let active: Vec<(String, String)> = listed
        .items()
        .iter()
        .filter(|sheet| !["recused", "released"].contains(&sheet["state"].as_str().unwrap()))
        .map(|sheet| (text(sheet, "application_id"), text(sheet, "expert_id")))
        .collect();
    let set: BTreeSet<_> = active.iter().cloned().collect();
    assert_eq!(set.len(), active.len(), "no pair has two sheets");
    set
}

fn pair(project: &Project, expert: &Expert) -> (String, String) {
    (project.id.clone(), expert.id.clone())
}

/// The states of the sheets of one pair.
fn state_of(office: &Office<'_>, round: &Round, project: &Project, expert: &Expert) -> Vec<String> {
    let listed = office.see(&office.officer, &format!("{}/reviews?limit=100", round.path()));
    listed
        .items()
        .iter()
        .filter(|sheet| sheet["application_id"] == project.id && sheet["expert_id"] == expert.id)
        .map(|sheet| sheet["state"].as_str().unwrap().to_owned())
        .collect()
}
