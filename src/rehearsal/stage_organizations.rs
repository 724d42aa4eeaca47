//! Organisations: an account each, the profile, the payee account, the host's consent, the two verifications.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    client::{Account, Ask, StepError},
    folder::Organization,
    run::{Created, Range, Run},
    stage_accounts::Office,
};
use crate::organizations::OrganizationKind;

/// An organisation of the folder in the server.
pub struct Registered {
    /// Its id.
    pub id: String,
    /// Its administrator.
    pub account: Account,
    /// Why its profile or its payee account could not be verified. That is a failure once an application depends on it.
    pub unverified: Option<StepError>,
    version: i32,
    payee: Option<Created>,
}

/// Organisations by their key in the folder.
pub type Organizations = BTreeMap<String, Registered>;

/// Registers and verifies them all, hosts before those they host.
pub fn run(run: &Run<'_>, office: &Office) -> Organizations {
    let all: Vec<(usize, &Organization)> = run.folder.organizations.iter().enumerate().collect();
    let (groups, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(_, o)| o.kind == OrganizationKind::FiledGroup);
    run.stage("机构 organizations", run.folder.organizations.len() * 2);
    let register = |index: usize, organization: &Organization, hosts: &Organizations| {
        let registered = register(run, office, index, organization, hosts)?;
        Ok((organization.org.clone(), registered))
    };
    let nobody = Organizations::new();
    let hosts: Organizations =
        run.each(&others, |(index, o)| register(*index, o, &nobody)).into_iter().collect();
    let groups: Organizations =
        run.each(&groups, |(index, o)| register(*index, o, &hosts)).into_iter().collect();
    let all: Vec<(String, Registered)> = hosts.into_iter().chain(groups).collect();
    let refusals = run.each(&all, |(org, registered)| Ok(verify(run, office, org, registered).err()));
    let with_refusal = |((org, registered), unverified)| (org, Registered { unverified, ..registered });
    all.into_iter().zip(refusals).map(with_refusal).collect()
}

/// The key of the host that a filed group names, if that is a registered organisation.
#[must_use]
pub fn host_of<'a>(organization: &'a Organization, organizations: &Organizations) -> Option<&'a str> {
    let names_one = organization.kind == OrganizationKind::FiledGroup;
    organization.host.as_deref().filter(|host| names_one && organizations.contains_key(*host))
}

fn register(
    run: &Run<'_>,
    office: &Office,
    index: usize,
    organization: &Organization,
    hosts: &Organizations,
) -> Result<Registered, StepError> {
    let org = organization.org.as_str();
    let person: String = organization.name.chars().take(90).chain("管理员".chars()).collect();
    let (account, _) = run.register(Range::Organizations, index, &person)?;
    let host = host_of(organization, hosts).and_then(|host| hosts.get(host));
    let mut profile = json!({
        "name": organization.name,
        "kind": organization.kind,
        "credit_code": organization.credit_code,
        "filing_no": organization.filing_no,
        "host_id": host.map(|host| &host.id),
        "members": organization.members,
        "subdistrict": organization.subdistrict,
    });
    if organization.kind == OrganizationKind::FiledGroup {
        fill_in(&mut profile, &account.login);
    }
    let path = format!("/programmes/{}/organizations", office.programme);
    let ask = Ask::post("登记机构 register", path).about(org).with(profile);
    let mut created: Created = run.client.ask(&account, &ask)?;
    if let Some(host) = host {
        let path = format!("/organizations/{}/fiscal-host/consent", created.id);
        let ask = Ask::post("同意依托 consent", path).about(org).seen(created.version);
        created = run.client.ask(&host.account, &ask)?;
    }
    // A filed group has no account of its own: its host is paid.
    let payee = if organization.kind == OrganizationKind::FiledGroup {
        None
    } else {
        let account_number = format!("62{:014}", index + 1);
        let payee = json!({
            "account_name": organization.name,
            "bank_name": "示例银行",
            "bank_code": "313332000001",
            "account_number": account_number,
        });
        let path = format!("/organizations/{}/payee-account", created.id);
        let ask = Ask::post("收款账户 payee account", path).about(org).with(payee);
        Some(run.client.ask(&account, &ask)?)
    };
    Ok(Registered { id: created.id, account, unverified: None, version: created.version, payee })
}

/// What a filed group must say before it can be verified and no file of the folder has: stated as filled in.
fn fill_in(profile: &mut serde_json::Value, phone: &str) {
    let missing = [
        ("head_name", "演练负责人"),
        ("head_phone", phone),
        ("charter", "演练用章程,非真实资料。"),
        ("place", "演练用场所,非真实资料。"),
    ];
    for (field, text) in missing {
        if let Some(profile) = profile.as_object_mut() {
            profile.insert(field.to_owned(), json!(text));
        }
    }
}

fn verify(run: &Run<'_>, office: &Office, subject: &str, registered: &Registered) -> Result<(), StepError> {
    let path = format!("/organizations/{}/verification", registered.id);
    let ask = Ask::post("核验机构 verify", path).about(subject).seen(registered.version);
    let _: Created = run.client.ask(&office.officer, &ask)?;
    if let Some(payee) = &registered.payee {
        let path = format!("/payee-accounts/{}/verification", payee.id);
        let ask = Ask::post("核验账户 verify the account", path).about(subject).seen(payee.version);
        let _: Created = run.client.ask(&office.maker, &ask)?;
    }
    Ok(())
}
