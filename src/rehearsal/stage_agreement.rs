//! Agreements: the budget fitted to the award, then the three signatures.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    client::{Account, Ask, StepError},
    run::Run,
    stage_accounts::Office,
    stage_intake::Accepted,
    stage_organizations::{Organizations, Registered},
};
use crate::kernel::money::Money;

#[derive(Clone, Debug, Deserialize)]
struct Award {
    id: String,
    application_id: String,
    reference: String,
    amount: Money,
    version: i32,
}

/// An award under a signed agreement.
pub struct Signed<'a> {
    /// The award's id.
    pub award: String,
    /// The application's id.
    pub application: String,
    /// The office's number.
    pub reference: String,
    /// Whose it is.
    pub organization: &'a Registered,
}

#[derive(Deserialize)]
struct Budget {
    budget_lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    position: i32,
    amount: Money,
    from_fund: bool,
}

#[derive(Deserialize)]
struct Agreement {
    digest: String,
}

/// Concludes an agreement for each award; gives them back in rank order.
pub fn run<'a>(
    run: &Run<'_>,
    office: &Office,
    round: &str,
    accepted: &[Accepted],
    organizations: &'a Organizations,
) -> Result<Vec<Signed<'a>>, StepError> {
    let awards: Vec<Award> =
        run.client.list(&office.officer, "立项 awards", &format!("/rounds/{round}/awards"))?;
    let applicants: BTreeMap<&str, &Registered> = accepted
        .iter()
        .filter_map(|application| {
            organizations.get(&application.org).map(|org| (application.id.as_str(), org))
        })
        .collect();
    run.stage("签约 agreements", awards.len());
    Ok(run.each(&awards, |award| {
        let nobody = || StepError::unfit("签约 agreement", &award.reference, "nobody applied for it");
        let organization = applicants.get(award.application_id.as_str()).copied().ok_or_else(nobody)?;
        conclude(run, office, award, &organization.account)?;
        Ok(Signed {
            award: award.id.clone(),
            application: award.application_id.clone(),
            reference: award.reference.clone(),
            organization,
        })
    }))
}

fn conclude(run: &Run<'_>, office: &Office, award: &Award, applicant: &Account) -> Result<(), StepError> {
    let reference = award.reference.as_str();
    let ask = Ask::get("申报书 application", format!("/applications/{}", award.application_id));
    let budget: Budget = run.client.ask(applicant, &ask.about(reference))?;
    let lines = fitted(&budget.budget_lines, award.amount).ok_or_else(|| {
        StepError::unfit("签约 agreement", reference, "its budget has no lines from the fund")
    })?;
    let ask = Ask::post("签约 agreement", format!("/awards/{}/agreement", award.id))
        .about(reference)
        .seen(award.version)
        .with(json!({"budget_lines": lines}));
    let agreement: Agreement = run.client.ask(applicant, &ask)?;
    for party in [applicant, &office.director, &office.subdistrict] {
        let ask = Ask::post("签署 signature", format!("/awards/{}/signatures", award.id))
            .about(reference)
            .with(json!({"digest": agreement.digest}));
        let _: Value = run.client.ask(party, &ask)?;
    }
    Ok(())
}

/// The lines from the fund reduced pro rata to the award, the others as they are.
fn fitted(lines: &[Line], award: Money) -> Option<Vec<Value>> {
    let asked: Vec<Money> = lines.iter().filter(|line| line.from_fund).map(|line| line.amount).collect();
    let mut awarded = award.split_by_largest_remainder(&asked)?.into_iter();
    lines
        .iter()
        .map(|line| {
            let amount = if line.from_fund { awarded.next()? } else { line.amount };
            Some(json!({"position": line.position, "amount": amount}))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_from_the_fund_add_up_to_the_award() {
        let line =
            |position, amount: &str, from_fund| Line { position, amount: amount.parse().unwrap(), from_fund };
        let lines = [line(0, "100", true), line(1, "55.50", false), line(2, "200", true)];
        let fitted = fitted(&lines, "100".parse().unwrap()).unwrap();
        let amounts: Vec<&str> = fitted.iter().filter_map(|line| line["amount"].as_str()).collect();
        assert_eq!(amounts, ["33.33", "55.50", "66.67"]);
    }
}
