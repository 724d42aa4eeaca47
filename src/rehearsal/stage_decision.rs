//! From the ranking to the awards: plan, decision, public notice, the bureau's approval.

use chrono::Days;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    client::{Ask, StepError},
    run::{Created, Run},
    stage_accounts::Office,
};
use crate::{
    db::columns::Day,
    kernel::{money::Money, score::Score},
};

/// How many days after the window the director decides.
const DECIDED: u64 = 10;

/// A selected application, as the plan answers it.
#[derive(Clone, Debug, Deserialize)]
pub struct Selected {
    /// The office's number.
    pub reference: String,
    /// Its place.
    pub rank: usize,
    /// Its official score.
    pub score: Score,
    /// What it gets.
    pub amount: Money,
}

/// Any other application of a plan.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    /// The office's number.
    pub reference: String,
}

/// The plan, as the server answers it.
#[derive(Clone, Debug, Deserialize)]
pub struct Plan {
    id: String,
    version: i32,
    /// Σ of the selected.
    pub total: Money,
    /// What is left of the budget.
    pub left: Money,
    /// In rank order.
    pub selected: Vec<Selected>,
    /// In rank order.
    pub waitlisted: Vec<Named>,
    /// In rank order.
    pub below_line: Vec<Named>,
    /// Without an official score.
    pub unscored: Vec<Named>,
}

/// The officer makes the plan.
pub fn plan(run: &Run<'_>, office: &Office, round: &str) -> Result<Plan, StepError> {
    let closed = run.folder.call.closes_on.0;
    run.server.move_to(closed.checked_add_days(Days::new(DECIDED)).unwrap_or(closed));
    run.stage("决定 decision", 2);
    let ask = Ask::post("形成方案 plan", format!("/rounds/{round}/selection-plans"));
    run.client.ask(&office.officer, &ask)
}

/// The director decides by it.
pub fn decide(run: &Run<'_>, office: &Office, plan: &Plan) -> Result<(), StepError> {
    let ask = Ask::post("决定 decide", format!("/selection-plans/{}/decision", plan.id))
        .seen(plan.version)
        .with(json!({"minutes": "主任办公会审议通过。"}));
    run.client.ask::<Value>(&office.director, &ask).map(|_| ())
}

#[derive(Deserialize)]
struct Notice {
    id: String,
    version: i32,
    ends_on: Day,
}

/// The notice is shown for its days; on the day after, the bureau approves.
pub fn approve(run: &Run<'_>, office: &Office, round: &str) -> Result<(), StepError> {
    run.stage("公示 notice", 3);
    let ask = Ask::post("起草公示 notice", format!("/rounds/{round}/notices"));
    let notice: Created = run.client.ask(&office.officer, &ask)?;
    let ask = Ask::post("发布公示 publish the notice", format!("/notices/{}/publication", notice.id))
        .seen(notice.version);
    let notice: Notice = run.client.ask(&office.officer, &ask)?;
    let after = notice.ends_on.0.checked_add_days(Days::new(1)).unwrap_or(notice.ends_on.0);
    run.server.move_to(after);
    let document = format!("海民〔{}〕1号", run.folder.call.year);
    let ask = Ask::post("民政局批复 approval", format!("/notices/{}/bureau-approval", notice.id))
        .seen(notice.version)
        .with(json!({"document_number": document}));
    run.client.ask::<Value>(&office.bureau, &ask).map(|_| ())
}
