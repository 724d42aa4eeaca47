//! From the draft to the eligible application, as the people in it live it.

mod correction;
mod drafts;
mod story;

use serde_json::{Value, json};

use crate::support::{Office, Round};

/// A form with every kind of field behind the application's own.
fn form() -> Value {
    let own = |codes: &[&str]| -> Vec<Value> {
        codes.iter().map(|code| json!({"code": code, "label": code, "obligatory": true})).collect()
    };
    let mut project = own(&["starts_on", "ends_on", "beneficiaries", "summary"]);
    let questions = [
        json!({"code": "need", "label": "需求分析", "kind": "text", "max_chars": 300, "obligatory": true}),
        json!({"code": "target", "label": "服务对象", "kind": "choice", "obligatory": true, "options": [
            {"code": "old", "label": "老人"}, {"code": "other", "label": "其他"},
        ]}),
        json!({"code": "target_other", "label": "其他对象", "kind": "text", "max_chars": 20, "obligatory": true,
            "shown_if": {"field": "target", "equals": "other"}}),
        json!({"code": "channels", "label": "宣传渠道", "kind": "choices", "options": [
            {"code": "wall", "label": "公告栏"}, {"code": "net", "label": "网络"},
        ]}),
        json!({"code": "indirect", "label": "间接受益人数", "kind": "number", "min": 0}),
        json!({"code": "kickoff", "label": "启动仪式", "kind": "date"}),
        json!({"code": "matching", "label": "配套资金", "kind": "money"}),
        json!({"code": "team", "label": "团队", "kind": "table", "max_items": 3, "obligatory": true, "columns": [
            {"code": "name", "label": "姓名", "obligatory": true, "max_chars": 10},
            {"code": "duty", "label": "分工", "max_chars": 20},
        ]}),
    ];
    project.extend(questions);
    let mut budget = own(&["requested", "budget_lines"]);
    budget.push(json!({"code": "own_funds", "label": "自筹资金"}));
    json!({
        "sections": [
            {"code": "cover", "title": "封面", "fields": own(&["title", "domain", "lead_name", "lead_phone"])},
            {"code": "project", "title": "项目", "fields": project},
            {"code": "budget", "title": "预算", "fields": budget},
        ],
        "checklist": [{"code": "seal", "label": "签字盖章"}],
    })
}

/// Answers to all of it that break no rule.
fn answers() -> Value {
    json!({
        "need": "社区独居老人超过三成，日常照护缺人。", "target": "old", "channels": ["wall"], "indirect": 400,
        "kickoff": "2011-06-01", "matching": "0.50", "team": [{"name": "王阿姨", "duty": "上门"}],
    })
}

/// A published round with that form.
#[track_caller]
fn round_with_form(office: &Office<'_>, policy: Value) -> Round {
    let round = office.draft_round("100000.00", policy);
    let version = office.version(&office.officer, &round.path());
    office.act(&office.officer, "PUT", &format!("{}/form", round.path()), Some(form()), Some(version));
    office.publish(&round);
    round
}
