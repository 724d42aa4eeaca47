//! The columns of a sheet of earlier projects.

use chrono::NaiveDate;

use super::{Cells, Column, RowFault, applications::DOMAINS};
use crate::{
    kernel::{domain::ServiceDomain, money::Money},
    sheets::Row,
};

/// What became of an application.
const RESULTS: [(&str, &str, &str); 2] =
    [("awarded", "awarded", "立项"), ("not_awarded", "not_awarded", "未立项")];

/// How a project ended.
const OUTCOMES: [(&str, &str, &str); 7] = [
    ("unfinished", "unfinished", "未结项"),
    ("excellent", "excellent", "优秀"),
    ("passed", "passed", "合格"),
    ("basically_passed", "basically_passed", "基本合格"),
    ("failed", "failed", "不合格"),
    ("terminated", "terminated", "终止"),
    ("revoked", "revoked", "撤销"),
];

/// What a row says of an earlier project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackRow {
    /// Who applied: credit code, filing number or name.
    pub organization: String,
    /// In which year.
    pub year: i32,
    /// In which round.
    pub round_name: String,
    /// The project.
    pub title: String,
    /// The domain it served.
    pub domain: Option<ServiceDomain>,
    /// What was granted, or asked for where nothing was.
    pub amount: Money,
    /// `awarded` or `not_awarded`.
    pub result: &'static str,
    /// How it ended.
    pub outcome: Option<&'static str>,
    /// Until when the organisation may not apply.
    pub debarred_until: Option<NaiveDate>,
    /// The project in a few sentences, for W201.
    pub summary: String,
}

/// The columns.
#[must_use]
pub fn columns() -> Vec<Column> {
    vec![
        Column::new("organization", "机构", "示例（导入时略过本行）：统一社会信用代码、备案号或机构全称")
            .required(),
        Column::new("year", "年度", "2010").required(),
        Column::new("round_name", "届次", "第二届公益创投").required(),
        Column::new("title", "项目名称", "暖巷助老服务").required(),
        Column::new("domain", "服务领域", "为老").one_of(DOMAINS.iter().map(|(_, _, label)| *label)),
        Column::new("amount", "金额", "30000.00").required(),
        Column::new("result", "评审结果", "立项")
            .required()
            .one_of(RESULTS.iter().map(|(_, _, label)| *label)),
        Column::new("outcome", "结项情况", "合格").one_of(OUTCOMES.iter().map(|(_, _, label)| *label)),
        Column::new("debarred_until", "禁入至", ""),
        Column::new("summary", "项目摘要", "为独居老人提供上门服务。"),
    ]
}

/// Reads a row, or tells everything that is wrong with it. A closed round is not of a year to come.
pub fn read(row: &Row, header: &[Option<&Column>], this_year: i32) -> Result<TrackRow, Vec<RowFault>> {
    let mut cells = Cells::new(row, header);
    let required = ["organization", "year", "round_name", "title", "amount", "result"];
    for code in required {
        cells.required(code);
    }
    let year = cells.parsed("year", "1949–", |text| {
        text.strip_suffix('年').unwrap_or(text).parse().ok().filter(|year| (1949..=this_year).contains(year))
    });
    let organization = cells.bounded("organization", 100);
    let round_name = cells.bounded("round_name", 100);
    let title = cells.bounded("title", 100);
    let domain = cells.word("domain", &DOMAINS);
    let amount = cells.money("amount");
    let result = cells.word("result", &RESULTS);
    let outcome = cells.word("outcome", &OUTCOMES);
    let debarred_until = cells.day("debarred_until");
    let summary = cells.bounded("summary", 2_000).unwrap_or_default();
    if outcome.is_some() && result == Some("not_awarded") {
        cells.refuse("outcome", "未立项的项目没有结项情况 / only an awarded project has an outcome");
    }
    let whole = (organization, year, round_name, title, amount, result);
    let (Some(organization), Some(year), Some(round_name), Some(title), Some(amount), Some(result)) = whole
    else {
        return Err(cells.faults);
    };
    if !cells.faults.is_empty() {
        return Err(cells.faults);
    }
    Ok(TrackRow {
        organization,
        year,
        round_name,
        title,
        domain,
        amount,
        result,
        outcome,
        debarred_until,
        summary,
    })
}
