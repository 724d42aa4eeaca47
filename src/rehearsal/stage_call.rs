//! The round: drafted with its own numbers, its policy and rubric set, and published.

use chrono::Days;
use serde_json::json;

use super::{
    client::{Ask, StepError},
    run::{Created, Run},
    stage_accounts::Office,
};

/// How many days before the window the office begins, and publishes.
const PREPARED: u64 = 14;
const PUBLISHED: u64 = 7;

/// The day on which the office begins.
#[must_use]
pub fn first_day(run: &super::folder::Call) -> chrono::NaiveDate {
    before(run, PREPARED)
}

fn before(call: &super::folder::Call, days: u64) -> chrono::NaiveDate {
    call.opens_on.0.checked_sub_days(Days::new(days)).unwrap_or(call.opens_on.0)
}

/// Gives back the round's id.
pub fn run(run: &Run<'_>, office: &Office) -> Result<String, StepError> {
    run.stage("征集 call", 4);
    let call = &run.folder.call;
    let draft = json!({
        "name": call.name,
        "year": call.year,
        "budget": call.budget,
        "opens_on": call.opens_on.to_string(),
        "closes_on": call.closes_on.to_string(),
        "references_given": true,
    });
    let path = format!("/programmes/{}/rounds", office.programme);
    let ask = Ask::post("起草 draft the round", path).about(&call.name).with(draft);
    let round: Created = run.client.ask(&office.officer, &ask)?;

    let policy = serde_json::to_value(&call.policy)
        .map_err(|error| StepError::unfit("设定政策 set the policy", &call.name, error.to_string()))?;
    let ask = Ask::put("设定政策 set the policy", format!("/rounds/{}/policy", round.id))
        .about(&call.name)
        .seen(round.version)
        .with(policy);
    let round: Created = run.client.ask(&office.officer, &ask)?;
    let ask = Ask::put("设定评分标准 set the rubric", format!("/rounds/{}/rubric", round.id))
        .about(&call.name)
        .seen(round.version)
        .with(json!({"criteria": call.rubric}));
    let round: Created = run.client.ask(&office.officer, &ask)?;

    run.server.move_to(before(call, PUBLISHED));
    let ask = Ask::post("发布 publish the call", format!("/rounds/{}/publication", round.id))
        .about(&call.name)
        .seen(round.version);
    let round: Created = run.client.ask(&office.director, &ask)?;
    Ok(round.id)
}
