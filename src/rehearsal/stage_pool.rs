//! Experts and enterprises: an account each, admitted or verified by the office.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    client::{Account, Ask, StepError},
    folder::{Enterprise, Reviewer},
    run::{Created, Range, Run},
    stage_accounts::Office,
    stage_organizations::Organizations,
};

/// An expert or an enterprise of the folder in the server.
pub struct Member {
    /// The expert's or the enterprise's id.
    pub id: String,
    /// Who acts.
    pub account: Account,
}

/// By their key in the folder.
pub type Members = BTreeMap<String, Member>;

/// Admits all experts.
pub fn reviewers(run: &Run<'_>, office: &Office, organizations: &Organizations) -> Members {
    let all: Vec<(usize, &Reviewer)> = run.folder.reviewers.iter().enumerate().collect();
    run.stage("专家 reviewers", all.len());
    let admit = |(index, reviewer): &(usize, &Reviewer)| {
        let (account, user_id) = run.register(Range::Reviewers, *index, &reviewer.name)?;
        let organization = reviewer.org.as_ref().and_then(|org| organizations.get(org));
        let body = json!({
            "user_id": user_id,
            "name": reviewer.name,
            "expertise": reviewer.expertise,
            "organization_id": organization.map(|organization| &organization.id),
        });
        let path = format!("/programmes/{}/experts", office.programme);
        let ask = Ask::post("专家入库 admit", path).about(&reviewer.key).with(body);
        let expert: Created = run.client.ask(&office.officer, &ask)?;
        Ok((reviewer.key.clone(), Member { id: expert.id, account }))
    };
    run.each(&all, admit).into_iter().collect()
}

/// Registers and verifies all enterprises.
pub fn enterprises(run: &Run<'_>, office: &Office) -> Members {
    let all: Vec<(usize, &Enterprise)> = run.folder.enterprises.iter().enumerate().collect();
    run.stage("企业 enterprises", all.len());
    let register = |(index, enterprise): &(usize, &Enterprise)| -> Result<_, StepError> {
        let person: String = enterprise.name.chars().take(90).chain("代表".chars()).collect();
        let (account, _) = run.register(Range::Enterprises, *index, &person)?;
        let body = json!({
            "name": enterprise.name,
            "credit_code": enterprise.credit_code,
            "budget": enterprise.budget,
            "quota": enterprise.quota,
        });
        let path = format!("/programmes/{}/enterprises", office.programme);
        let ask = Ask::post("登记企业 register", path).about(&enterprise.key).with(body);
        let created: Created = run.client.ask(&account, &ask)?;
        let path = format!("/enterprises/{}/verification", created.id);
        let ask = Ask::post("核验企业 verify", path).about(&enterprise.key).seen(created.version);
        let verified: Created = run.client.ask(&office.officer, &ask)?;
        Ok((enterprise.key.clone(), Member { id: verified.id, account }))
    };
    run.each(&all, register).into_iter().collect()
}
