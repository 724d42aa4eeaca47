//! The people whom a round does not need but a demonstration shows: one account for every role there is.

use serde_json::{Value, json};

use super::{
    client::{Account, Ask, StepError},
    run::{Range, Run},
    stage_accounts::Office,
    stage_organizations::Registered,
};
use crate::kernel::role::Role;

/// Where the staff's numbers of the round itself end.
const FIRST: usize = 50;

const OFFICE: [(Role, &str); 5] = [
    (Role::CommunityWorker, "社区工作者"),
    (Role::Evaluator, "评估员"),
    (Role::FoundationCashier, "基金会出纳"),
    (Role::SecurityAdmin, "安全管理员"),
    (Role::AuditAdmin, "审计管理员"),
];

/// Registers them and gives each their role; the applicant acts for this organisation.
pub fn run(
    run: &Run<'_>,
    office: &Office,
    applies: Option<&Registered>,
) -> Result<Vec<(Role, Account)>, StepError> {
    let mut accounts = Vec::new();
    for (index, (role, name)) in OFFICE.into_iter().enumerate() {
        let (account, user_id) = run.register(Range::Staff, FIRST + index, name)?;
        let ask = Ask::post("授予角色 add member", format!("/programmes/{}/members", office.programme))
            .about(name)
            .with(json!({"user_id": user_id, "role": role}));
        let _: Value = run.client.ask(&office.system_admin, &ask)?;
        accounts.push((role, account));
    }
    if let Some(organization) = applies {
        let (account, user_id) = run.register(Range::Staff, FIRST + OFFICE.len(), "申报人")?;
        let ask = Ask::post("添加机构人员 add member", format!("/organizations/{}/members", organization.id))
            .about("申报人")
            .with(json!({"user_id": user_id, "role": Role::Applicant}));
        let _: Value = run.client.ask(&organization.account, &ask)?;
        accounts.push((Role::Applicant, account));
    }
    Ok(accounts)
}
