//! The first tranche of each award: requested, its condition confirmed, prepared, checked, approved, paid.

use chrono::{Days, NaiveDate};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    client::{Account, Ask, StepError},
    run::Run,
    stage_accounts::Office,
    stage_agreement::Signed,
    summary::Tranches,
};
use crate::kernel::{money::Money, time::Clock};

/// Days after the agreement on which payments are made: past the cooling of the payee accounts.
const COOLED: u64 = 2;

#[derive(Deserialize)]
struct Tranche {
    id: String,
    number: u32,
    amount: Money,
    state: String,
}

#[derive(Deserialize)]
struct Items {
    items: Vec<Tranche>,
}

#[derive(Deserialize)]
struct Request {
    id: String,
    version: i32,
    amount: Money,
    state: String,
}

/// What was split and what was paid.
pub struct Payments {
    /// In rank order.
    pub tranches: Vec<Tranches>,
    /// Σ of the requests that the server calls paid.
    pub paid: Money,
}

/// So many days after the server's present day.
fn later(run: &Run<'_>, days: u64) -> NaiveDate {
    let today = run.server.clock().now().day();
    today.checked_add_days(Days::new(days)).unwrap_or(today)
}

/// Pays the first tranche of each.
pub fn run(run: &Run<'_>, office: &Office, signed: &[Signed<'_>]) -> Payments {
    run.server.move_to(later(run, COOLED));
    run.stage("拨付 payments", signed.len());
    let split = run.each(signed, |award| {
        let ask = Ask::get("分期 tranches", format!("/awards/{}/tranches", award.award));
        let mut tranches: Items = run.client.ask(&office.officer, &ask.about(&award.reference))?;
        tranches.items.sort_by_key(|tranche| tranche.number);
        Ok((award, tranches.items))
    });
    run.stage("拨付 payments", split.len());
    let requested = run.each(&split, |(award, tranches)| match tranches.first() {
        // A tranche that comes out as nothing is cancelled from the start and never requested (trust.md I7).
        Some(first) if first.state != "cancelled" => confirm(run, office, award, first).map(Some),
        Some(_) | None => Ok(None),
    });
    // The bank answers on the next day.
    run.server.move_to(later(run, 1));
    let requested: Vec<_> = requested.into_iter().flatten().collect();
    run.stage("到账 payment", requested.len());
    let paid = run.each(&requested, |(reference, request)| {
        let body = json!({"bank_reference": format!("B-{reference}")});
        let paid = step(run, &office.maker, "到账 payment", "payment", reference, request, body)?;
        if paid.state == "paid" {
            Ok(paid.amount)
        } else {
            Err(StepError::unfit("到账 payment", reference, format!("it is {}, not paid", paid.state)))
        }
    });
    let tranches = split
        .iter()
        .map(|(award, tranches)| Tranches {
            reference: award.reference.clone(),
            amounts: tranches.iter().map(|tranche| tranche.amount).collect(),
        })
        .collect();
    Payments { tranches, paid: Money::checked_sum(paid).unwrap_or_default() }
}

/// Everything up to the approval, each by another person.
fn confirm(
    run: &Run<'_>,
    office: &Office,
    award: &Signed<'_>,
    tranche: &Tranche,
) -> Result<(String, Request), StepError> {
    let reference = award.reference.as_str();
    let ask = Ask::post("申请拨付 request", format!("/tranches/{}/payment-requests", tranche.id));
    let mut request: Request = run.client.ask(&award.organization.account, &ask.about(reference))?;
    let steps = [
        (&office.officer, "确认条件 condition", "condition"),
        (&office.maker, "经办 preparation", "preparation"),
        (&office.checker, "复核 check", "check"),
        (&office.director, "审批 approval", "approval"),
    ];
    for (by, name, noun) in steps {
        request = step(run, by, name, noun, reference, &request, json!({}))?;
    }
    Ok((reference.to_owned(), request))
}

fn step(
    run: &Run<'_>,
    by: &Account,
    name: &'static str,
    noun: &str,
    reference: &str,
    request: &Request,
    body: Value,
) -> Result<Request, StepError> {
    let ask = Ask::post(name, format!("/payment-requests/{}/{noun}", request.id));
    run.client.ask(by, &ask.about(reference).seen(request.version).with(body))
}
