//! The columns of an application's sheet.

use serde_json::Value;

use super::{Cells, Column, RowFault, answer_column};
use crate::{
    applications::imports::DraftContent,
    db::columns::Day,
    kernel::{
        domain::{BudgetCategory, ServiceDomain},
        money::Money,
        reference::Reference,
    },
    programmes::{Field, FieldKind, Form},
    sheets::Row,
};

/// The domains with their codes and their names in a sheet.
pub(super) const DOMAINS: [(ServiceDomain, &str, &str); 9] = [
    (ServiceDomain::Elderly, "elderly", "为老"),
    (ServiceDomain::PovertyRelief, "poverty_relief", "济困"),
    (ServiceDomain::Disability, "disability", "助残"),
    (ServiceDomain::Rehabilitation, "rehabilitation", "康复"),
    (ServiceDomain::Youth, "youth", "青少年"),
    (ServiceDomain::Stability, "stability", "维稳"),
    (ServiceDomain::Education, "education", "教育"),
    (ServiceDomain::Environment, "environment", "环保"),
    (ServiceDomain::Culture, "culture", "文化"),
];

/// A category, its name, and code and label of the two columns.
type BudgetColumns =
    (BudgetCategory, &'static str, (&'static str, &'static str), (&'static str, &'static str));

/// The budget: a category, and the columns of what the fund and what the group pays for it.
const BUDGET: [BudgetColumns; 7] = [
    (
        BudgetCategory::Activity,
        "业务活动费",
        ("fund_activity", "业务活动费·资助"),
        ("own_activity", "业务活动费·自筹"),
    ),
    (
        BudgetCategory::Personnel,
        "人员补贴/劳务费",
        ("fund_personnel", "人员劳务费·资助"),
        ("own_personnel", "人员劳务费·自筹"),
    ),
    (
        BudgetCategory::Volunteer,
        "志愿者补贴",
        ("fund_volunteer", "志愿者补贴·资助"),
        ("own_volunteer", "志愿者补贴·自筹"),
    ),
    (
        BudgetCategory::Overhead,
        "管理费用",
        ("fund_overhead", "管理费用·资助"),
        ("own_overhead", "管理费用·自筹"),
    ),
    (BudgetCategory::Tax, "税费", ("fund_tax", "税费·资助"), ("own_tax", "税费·自筹")),
    (
        BudgetCategory::Publicity,
        "宣传费",
        ("fund_publicity", "宣传费·资助"),
        ("own_publicity", "宣传费·自筹"),
    ),
    (
        BudgetCategory::ExpertFee,
        "专家费",
        ("fund_expert_fee", "专家费·资助"),
        ("own_expert_fee", "专家费·自筹"),
    ),
];

/// What a row says of an application, its organisation not looked up yet.
#[derive(Clone, Debug, Default)]
pub struct ApplicationRow {
    /// Credit code, filing number or name.
    pub organization: Option<String>,
    /// The office's own number.
    pub reference: Option<Reference>,
    /// The form.
    pub content: DraftContent,
}

/// The columns, with the reference where the office gives its own numbers, and with the form's own questions as far as
/// they fit into a cell: tables and files do not.
#[must_use]
pub fn columns(references_given: bool, form: &Form) -> Vec<Column> {
    let mut columns = vec![
        Column::new("organization", "申报机构", "示例（导入时略过本行）：统一社会信用代码、备案号或机构全称")
            .required(),
    ];
    if references_given {
        columns.push(Column::new("reference", "编号", "HS-2011-0042").required());
    }
    columns.extend([
        Column::new("title", "项目名称", "暖巷助老服务").required(),
        Column::new("domain", "服务领域", "为老")
            .required()
            .one_of(DOMAINS.iter().map(|(_, _, label)| *label)),
        Column::new("requested", "申请金额", "50000.00").required(),
        Column::new("own_funds", "自筹资金", "1000.00"),
        Column::new("starts_on", "开始日期", "2011-06-01").required(),
        Column::new("ends_on", "结束日期", "2011-12-31").required(),
        Column::new("beneficiaries", "直接受益人数", "120").required(),
        Column::new("summary", "项目摘要", "为独居老人提供每周两次的上门服务。").required(),
        Column::new("lead_name", "项目负责人", "王阿姨"),
        Column::new("lead_phone", "负责人手机", "13800000001"),
    ]);
    for (category, _, fund, own) in BUDGET {
        let is_activity = category == BudgetCategory::Activity;
        let is_volunteer = category == BudgetCategory::Volunteer;
        columns.push(Column::new(fund.0, fund.1, if is_activity { "50000.00" } else { "" }));
        columns.push(Column::new(own.0, own.1, if is_volunteer { "1000.00" } else { "" }));
    }
    columns.push(Column::new("funded_elsewhere", "是否已获其他财政资金支持", "否").one_of(["是", "否"]));
    for field in questions(form) {
        let example = match field.kind {
            FieldKind::Number => "120",
            FieldKind::Date => "2011-06-01",
            FieldKind::Money => "50000.00",
            _ => "",
        };
        let labels = field.options.iter().map(|option| option.label.clone());
        columns.push(Column::new(answer_column(&field.code), &field.label, example).one_of(labels));
    }
    columns
}

/// The form's own questions that fit into a cell.
fn questions(form: &Form) -> impl Iterator<Item = &Field> {
    form.fields().map(|(_, field)| field).filter(|field| match field.kind {
        FieldKind::Text
        | FieldKind::Choice
        | FieldKind::Choices
        | FieldKind::Number
        | FieldKind::Date
        | FieldKind::Money => true,
        FieldKind::Core | FieldKind::Table | FieldKind::File => false,
    })
}

/// An answer as a form takes it; whether it is a good one is judged with the rest of the application.
fn answer(cells: &mut Cells<'_>, field: &Field) -> Option<Value> {
    let code = answer_column(&field.code);
    match field.kind {
        FieldKind::Number => cells.integer(&code).map(Value::from),
        FieldKind::Date => cells.day(&code).map(|day| Value::from(day.to_string())),
        FieldKind::Money => cells.money(&code).map(|money| Value::from(money.to_string())),
        FieldKind::Choice => cells.options(&code, &field.options).map(|mut chosen| {
            // More than one is told by the form.
            if chosen.len() == 1 {
                chosen.pop().map(Value::from).unwrap_or_default()
            } else {
                Value::from(chosen)
            }
        }),
        FieldKind::Choices => cells.options(&code, &field.options).map(Value::from),
        _ => cells.text(&code).map(Value::from),
    }
}

/// Reads a row; what is missing is told by the rules of a submission, what cannot be read is told here.
#[must_use]
pub fn read(row: &Row, header: &[Option<&Column>], form: &Form) -> (ApplicationRow, Vec<RowFault>) {
    let mut cells = Cells::new(row, header);
    let organization = cells.required("organization").map(str::to_owned);
    let reference = cells.parsed("reference", "A–Z a–z 0–9 - _ . /", |text| text.parse().ok());
    let mut content = DraftContent {
        title: cells.text("title").map(|text| Some(text.to_owned())),
        domain: cells.word("domain", &DOMAINS).map(Some),
        requested: cells.money("requested").map(Some),
        own_funds: cells.money("own_funds").map(Some),
        starts_on: cells.day("starts_on").map(|day| Some(Day(day))),
        ends_on: cells.day("ends_on").map(|day| Some(Day(day))),
        beneficiaries: cells.count("beneficiaries").map(Some),
        summary: cells.text("summary").map(|text| Some(text.to_owned())),
        lead_name: cells.text("lead_name").map(|text| Some(text.to_owned())),
        lead_phone: cells
            .parsed("lead_phone", "手机号 / a mobile number", |text| text.parse().ok())
            .map(Some),
        ..DraftContent::default()
    };
    let mut lines = Vec::new();
    for (category, item, fund, own) in BUDGET {
        for (code, from_fund) in [(fund.0, true), (own.0, false)] {
            if let Some(amount) = cells.money(code).filter(|amount| *amount > Money::ZERO) {
                lines.push(crate::applications::imports::NewBudgetLine {
                    category,
                    item: item.to_owned(),
                    amount,
                    from_fund,
                });
            }
        }
    }
    content.budget_lines = Some(Some(lines));
    content.funded_elsewhere =
        cells.word("funded_elsewhere", &[(true, "yes", "是"), (false, "no", "否")]).map(Some);
    for field in questions(form) {
        if let Some(value) = answer(&mut cells, field) {
            content.answers.insert(field.code.clone(), value);
        }
    }
    (ApplicationRow { organization, reference, content }, cells.faults)
}
