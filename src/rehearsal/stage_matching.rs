//! 双百对接: both sides hand in their lists, the matching is run and confirmed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    client::{Account, Ask, StepError},
    run::{Created, Run},
    stage_accounts::Office,
    stage_agreement::Signed,
    stage_pool::Members,
};

#[derive(Deserialize)]
struct Outcome {
    id: String,
    #[serde(default)]
    version: Option<i32>,
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    enterprise_id: String,
    application_id: String,
}

/// A list to hand in.
struct List<'a> {
    by: &'a Account,
    subject: &'a str,
    body: Value,
}

/// The pairs by enterprise and reference; none where no selected project stands in a list.
pub fn run(
    run: &Run<'_>,
    office: &Office,
    round: &str,
    signed: &[Signed<'_>],
    enterprises: &Members,
) -> Result<Vec<(String, String)>, StepError> {
    let lists = lists(run, signed, enterprises);
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    run.stage("对接 matching", lists.len());
    let proposer = run.folder.call.policy.proposer;
    let name: String = run.folder.call.name.chars().take(90).chain("双百对接".chars()).collect();
    let ask = Ask::post("对接 matching round", format!("/rounds/{round}/matching-rounds"))
        .with(json!({"name": name, "proposer": proposer}));
    let matching: Created = run.client.ask(&office.officer, &ask)?;
    run.each(&lists, |list| {
        let ask = Ask::post("志愿 preferences", format!("/matching-rounds/{}/preferences", matching.id))
            .about(list.subject)
            .with(list.body.clone());
        run.client.ask::<Value>(list.by, &ask)
    });
    let ask = Ask::post("撮合 run", format!("/matching-rounds/{}/runs", matching.id));
    let outcome: Outcome = run.client.ask(&office.officer, &ask)?;
    let mut ask = Ask::post("确认 confirm the run", format!("/matching-runs/{}/confirmation", outcome.id));
    if let Some(version) = outcome.version {
        ask = ask.seen(version);
    }
    let _: Value = run.client.ask(&office.director, &ask)?;

    let names: BTreeMap<&str, &str> =
        enterprises.iter().map(|(key, member)| (member.id.as_str(), key.as_str())).collect();
    let references: BTreeMap<&str, &str> =
        signed.iter().map(|award| (award.application.as_str(), award.reference.as_str())).collect();
    let mut pairs = Vec::with_capacity(outcome.pairs.len());
    for pair in &outcome.pairs {
        match (names.get(pair.enterprise_id.as_str()), references.get(pair.application_id.as_str())) {
            (Some(enterprise), Some(reference)) => {
                pairs.push(((*enterprise).to_owned(), (*reference).to_owned()));
            }
            _ => return Err(StepError::unfit("撮合 run", "", "a pair of somebody who handed in no list")),
        }
    }
    pairs.sort();
    Ok(pairs)
}

/// The lists of both sides without those who do not take part; an empty list is not handed in.
fn lists<'a>(run: &'a Run<'_>, signed: &'a [Signed<'_>], enterprises: &'a Members) -> Vec<List<'a>> {
    let awards: BTreeMap<&str, &Signed<'_>> =
        signed.iter().map(|award| (award.reference.as_str(), award)).collect();
    let mut lists = Vec::new();
    for (enterprise, references) in &run.folder.of_enterprises {
        let choices: Vec<&str> = references
            .iter()
            .filter_map(|reference| awards.get(reference.as_str()))
            .map(|award| award.application.as_str())
            .collect();
        if let Some(member) = enterprises.get(enterprise).filter(|_| !choices.is_empty()) {
            let body = json!({"enterprise_id": member.id, "choices": choices});
            lists.push(List { by: &member.account, subject: enterprise, body });
        }
    }
    for (reference, wanted) in &run.folder.of_projects {
        let choices: Vec<&str> = wanted
            .iter()
            .filter_map(|enterprise| enterprises.get(enterprise))
            .map(|member| member.id.as_str())
            .collect();
        if let Some(award) = awards.get(reference.as_str()).filter(|_| !choices.is_empty()) {
            let body = json!({"application_id": award.application, "choices": choices});
            lists.push(List { by: &award.organization.account, subject: reference, body });
        }
    }
    lists
}
