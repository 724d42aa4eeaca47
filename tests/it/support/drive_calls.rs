//! What is done to a call before and after it is published.

use serde_json::{Value, json};

use super::{Office, Round};

/// A form with a section of the round's own behind the cover, the project and the budget.
pub fn form() -> Value {
    json!({"sections": [
        {"code": "cover", "title": "封面", "fields": [
            {"code": "title", "label": "项目名称", "obligatory": true},
            {"code": "domain", "label": "服务领域", "obligatory": true},
        ]},
        {"code": "project", "title": "项目", "fields": [
            {"code": "starts_on", "label": "开始日期", "obligatory": true},
            {"code": "ends_on", "label": "结束日期", "obligatory": true},
            {"code": "beneficiaries", "label": "直接受益人数", "obligatory": true},
            {"code": "summary", "label": "项目摘要", "obligatory": true},
            {"code": "need", "label": "需求", "kind": "text", "max_chars": 500},
        ]},
        {"code": "budget", "title": "预算", "fields": [
            {"code": "requested", "label": "申请金额（元）", "obligatory": true},
            {"code": "budget_lines", "label": "预算明细", "obligatory": true},
        ]},
    ]})
}

/// Takes every step of a call; the round it leaves is published.
#[track_caller]
pub fn a_call(office: &Office<'_>) -> Round {
    let round = office.draft_round("60000.00", json!({"cap": "50000.00", "pass_line": "70.00"}));
    let path = round.path();
    let version = office.version(&office.officer, &path);
    office.act(&office.officer, "PUT", &format!("{path}/form"), Some(form()), Some(version));
    office.publish(&round);
    round
}
