//! Applications: drafted and handed in by their organisations, then checked by two people of the office.

use std::collections::BTreeMap;

use chrono::Days;
use serde_json::{Value, json};

use super::{
    client::{Ask, StepError},
    folder::{Application, Organization},
    run::{Created, Run},
    stage_accounts::Office,
    stage_organizations::{Organizations, host_of},
    summary::RefusedApplication,
};
use crate::programmes::Form;

/// An application that was handed in.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Its id.
    pub id: String,
    /// The office's number.
    pub reference: String,
    /// Who applies, by the key in the folder.
    pub org: String,
    version: i32,
}

/// What became of the applications.
pub struct Intake {
    /// Handed in, by reference.
    pub accepted: Vec<Accepted>,
    /// Refused by the server, by reference.
    pub refused: Vec<RefusedApplication>,
}

enum Outcome {
    Accepted(Accepted),
    Refused(RefusedApplication),
}

/// Of several faults the first of these is told (rules.md §8).
const TOLD_FIRST: &[&str] = &["E102", "E103", "E104", "E107", "E110", "E114"];

/// Hands all applications in on the first day of the window.
pub fn run(run: &Run<'_>, round: &str, organizations: &Organizations) -> Intake {
    run.server.move_to(run.folder.call.opens_on.0);
    run.stage("申报 applications", run.folder.applications.len());
    let profiles: BTreeMap<&str, &Organization> =
        run.folder.organizations.iter().map(|o| (o.org.as_str(), o)).collect();
    let outcomes = run.each(&run.folder.applications, |application| {
        let profile = profiles.get(application.org.as_str()).copied();
        hand_in(run, round, organizations, application, profile)
    });
    let mut intake = Intake { accepted: Vec::new(), refused: Vec::new() };
    for outcome in outcomes {
        match outcome {
            Outcome::Accepted(accepted) => intake.accepted.push(accepted),
            Outcome::Refused(refused) => intake.refused.push(refused),
        }
    }
    intake
}

fn hand_in(
    run: &Run<'_>,
    round: &str,
    organizations: &Organizations,
    application: &Application,
    profile: Option<&Organization>,
) -> Result<Outcome, StepError> {
    let reference = application.reference.as_str();
    let missing = || StepError::unfit("提交申报 submit", reference, "its organisation is not registered");
    let organization = organizations.get(&application.org).ok_or_else(missing)?;
    let body = json!({
        "organization_id": organization.id,
        "reference": reference,
        "content": content(application),
    });
    let ask = Ask::post("起草申报 draft", format!("/rounds/{round}/applications"));
    let draft = run.client.ask::<Created>(&organization.account, &ask.about(reference).with(body));
    let submitted = draft.and_then(|draft| {
        let path = format!("/applications/{}/submission", draft.id);
        let ask = Ask::post("提交申报 submit", path).about(reference).seen(draft.version);
        run.client.ask::<Created>(&organization.account, &ask)
    });
    match submitted {
        Ok(submitted) => {
            // What could not be verified matters now: the file stands for money.
            let host = profile.and_then(|o| host_of(o, organizations)).and_then(|h| organizations.get(h));
            let unverified =
                [Some(organization), host].into_iter().flatten().find_map(|o| o.unverified.clone());
            if let Some(unverified) = unverified {
                run.fail(unverified);
            }
            Ok(Outcome::Accepted(Accepted {
                id: submitted.id,
                reference: reference.to_owned(),
                org: application.org.clone(),
                version: submitted.version,
            }))
        }
        Err(StepError::Refused { status, codes, .. })
            if status == 422 || codes.iter().any(|code| is_intake(code)) =>
        {
            let code = told(&codes);
            Ok(Outcome::Refused(RefusedApplication { reference: reference.to_owned(), code }))
        }
        Err(other) => Err(other),
    }
}

fn content(application: &Application) -> Value {
    let lines: Vec<Value> = application
        .lines
        .iter()
        .map(|line| {
            json!({
                "category": line.category,
                "item": line.item,
                "amount": line.amount,
                "from_fund": line.from_fund,
            })
        })
        .collect();
    json!({
        "title": application.title,
        "domain": application.domain,
        "requested": application.requested,
        "own_funds": application.own_funds,
        "starts_on": application.starts_on.map(|day| day.to_string()),
        "ends_on": application.ends_on.map(|day| day.to_string()),
        "beneficiaries": application.beneficiaries,
        "summary": application.summary,
        "budget_lines": lines,
    })
}

/// The code to tell of a refusal: by rules.md §8, else the first of the intake, else the first.
fn told(codes: &[String]) -> String {
    TOLD_FIRST
        .iter()
        .find_map(|first| codes.iter().find(|code| code.as_str() == *first))
        .or_else(|| codes.iter().find(|code| is_intake(code)))
        .or_else(|| codes.first())
        .cloned()
        .unwrap_or_default()
}

/// True for a code of the intake's own rules, such as E107.
fn is_intake(code: &str) -> bool {
    code.strip_prefix('E').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Two people find each application eligible on the day after the window; gives back those for which it went well.
pub fn check(run: &Run<'_>, office: &Office, accepted: &[Accepted]) -> Vec<Accepted> {
    let closed = run.folder.call.closes_on.0;
    run.server.move_to(closed.checked_add_days(Days::new(1)).unwrap_or(closed));
    run.stage("资格审查 eligibility", accepted.len());
    let finding = json!({"outcome": "accept"});
    // The folder says that the office found them eligible; the points it ticked off are those of the default form.
    let points: Vec<String> = Form::default().checklist.into_iter().map(|point| point.code).collect();
    let first = json!({"outcome": "accept", "checklist": points});
    run.each(accepted, |application| {
        let reference = application.reference.as_str();
        let ask = Ask::post("形式审查 form check", format!("/applications/{}/form-check", application.id))
            .about(reference)
            .seen(application.version)
            .with(first.clone());
        let checked: Created = run.client.ask(&office.officer, &ask)?;
        let ask = Ask::post("资格审查 eligibility", format!("/applications/{}/eligibility", application.id))
            .about(reference)
            .seen(checked.version)
            .with(finding.clone());
        let eligible: Created = run.client.ask(&office.second_officer, &ask)?;
        Ok(Accepted { version: eligible.version, ..application.clone() })
    })
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn the_code_of_the_rule_is_told_first() {
        for (codes, code) in [
            (&["E107", "E104"][..], "E104"),
            (&["application.incomplete", "E108", "E114"], "E114"),
            (&["application.incomplete", "E108"], "E108"),
            (&["field.too_long"], "field.too_long"),
        ] {
            let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
            assert_eq!(told(&codes), code);
        }
    }
}
