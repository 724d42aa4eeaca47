//! The office's people and the programme they work for.

use serde_json::json;

use super::{
    client::{Account, Ask, StepError},
    run::{Created, Range, Run},
};
use crate::{
    commands::user,
    kernel::{contact::ContactError, role::Role, time::Clock},
    people::Registration,
};

/// The office: maker, checker and approver are three people, and so are the two who check the form.
pub struct Office {
    /// The programme's id.
    pub programme: String,
    /// 系统管理员.
    pub system_admin: Account,
    /// 项目专员, the first person.
    pub officer: Account,
    /// 项目专员, the second person.
    pub second_officer: Account,
    /// 经办.
    pub maker: Account,
    /// 复核.
    pub checker: Account,
    /// 中心主任, who approves.
    pub director: Account,
    /// 区民政局.
    pub bureau: Account,
    /// 街道, the third party of an agreement.
    pub subdistrict: Account,
    /// 评审组长.
    pub chair: Account,
    /// 监督员.
    pub supervisor: Account,
    /// 审计.
    pub auditor: Account,
}

/// Makes the first account as the command line does, the programme and everybody of the office.
pub fn run(run: &Run<'_>) -> Result<Office, StepError> {
    run.stage("账号 accounts", 12);
    let system_admin = first_account(run)?;
    let name: String = run.folder.call.name.chars().take(100).collect();
    let founding = Ask::post("设立项目 found", "/programmes".to_owned())
        .about(&name)
        .with(json!({"name": name, "prefix": prefix(run)}));
    let programme: Created = run.client.ask(&system_admin, &founding)?;
    let hire = |index: usize, role: Role, name: &str| -> Result<Account, StepError> {
        let (account, user_id) = run.register(Range::Staff, index, name)?;
        let ask = Ask::post("授予角色 add member", format!("/programmes/{}/members", programme.id))
            .about(name)
            .with(json!({"user_id": user_id, "role": role}));
        let _: serde_json::Value = run.client.ask(&system_admin, &ask)?;
        Ok(account)
    };
    Ok(Office {
        officer: hire(1, Role::ProgramOfficer, "项目专员甲")?,
        second_officer: hire(2, Role::ProgramOfficer, "项目专员乙")?,
        maker: hire(3, Role::FinanceMaker, "财务经办")?,
        checker: hire(4, Role::FinanceChecker, "财务复核")?,
        director: hire(5, Role::CenterDirector, "中心主任")?,
        bureau: hire(6, Role::BureauApprover, "民政局审批")?,
        subdistrict: hire(7, Role::SubdistrictOfficer, "街道专员")?,
        chair: hire(8, Role::PanelChair, "评审组长")?,
        supervisor: hire(9, Role::Supervisor, "监督员")?,
        auditor: hire(10, Role::Auditor, "审计员")?,
        programme: programme.id,
        system_admin,
    })
}

/// `yichuang user add … --role system_admin`.
fn first_account(run: &Run<'_>) -> Result<Account, StepError> {
    const STEP: &str = "首个账号 user add";
    let account = Account::new("13800000001".to_owned(), run.password().to_owned());
    let registration = Registration {
        name: "系统管理员".to_owned(),
        phone: Some(
            account
                .login
                .parse()
                .map_err(|error: ContactError| StepError::unfit(STEP, &account.login, error.to_string()))?,
        ),
        email: None,
        password: Some(account.password.clone()),
    };
    let (server, role) = (run.server, Some(Role::SystemAdmin));
    user::add(server.database(), server.settings(), registration, role, server.clock().now())
        .map_err(|error| StepError::unfit(STEP, &account.login, error.to_string()))?;
    Ok(account)
}

/// What the office's own numbers begin with, as far as it fits.
fn prefix(run: &Run<'_>) -> String {
    let first = run.folder.applications.first().map(|a| a.reference.to_ascii_uppercase()).unwrap_or_default();
    let prefix: String = first.chars().take_while(char::is_ascii_alphanumeric).take(8).collect();
    if prefix.is_empty() { "YC".to_owned() } else { prefix }
}
