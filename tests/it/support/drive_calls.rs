//! What is done to a call before and after it is published.

use serde_json::{Value, json};

use super::{
    Office, Round,
    round::{CLOSES, OPENS, rubric},
};

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

/// A round that is being prepared, with `more` beside what every round has.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a body is made for the call")]
pub fn draft_call(office: &Office<'_>, more: Value, policy: Value) -> Round {
    let mut body = json!({
        "name": "第四届公益创投", "year": 2011, "budget": "60000.00", "opens_on": OPENS, "closes_on": CLOSES,
    });
    let fields = body.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    let path = format!("/api/v1/programmes/{}/rounds", office.programme);
    let draft = office.post(&office.officer, &path, Some(body));
    let round = Round { id: draft.id() };
    let path = round.path();
    let put = |part: &str, body: Value, version: i64| {
        office.act(&office.officer, "PUT", &format!("{path}/{part}"), Some(body), Some(version)).version()
    };
    let version = put("policy", policy, draft.version());
    put("rubric", rubric(), version);
    round
}

/// The table of 2027 as somebody may enter it before it is announced.
pub fn year_2027(published: bool) -> Value {
    json!({
        "off": [{"first": "2027-01-01", "last": "2027-01-03"}, {"first": "2027-02-05", "last": "2027-02-11"}],
        "work": ["2027-01-09", "2027-02-20"],
        "published": published,
    })
}

/// Takes every step of a call, and enters a calendar.
#[track_caller]
pub fn take_calls(office: &Office<'_>) {
    let policy = json!({"cap": "50000.00", "pass_line": "70.00"});
    let round = draft_call(office, json!({}), policy.clone());
    let path = round.path();
    let version = office.version(&office.officer, &path);
    office.act(&office.officer, "PUT", &format!("{path}/form"), Some(form()), Some(version));
    office.publish(&round);
    let version = office.version(&office.director, &path);
    let correction = json!({"reason": "总额追加", "budget": "70000.00", "policy": policy.clone()});
    let corrected = office.step(&office.director, &format!("{path}/corrections"), version, Some(correction));
    let extension = json!({"reason": "应街道要求", "closes_on": "2011-04-08"});
    office.step(&office.officer, &format!("{path}/extensions"), corrected.version(), Some(extension));
    let copy = json!({"kind": "rolling", "copy_of": round.id});
    let rolling = draft_call(office, copy, policy);
    let version = office.publish(&rolling).version();
    office.step(&office.officer, &format!("{}/review-batches", rolling.path()), version, None);

    for part in ["versions", "differences", "differences?to=version:1"] {
        office.see(&office.auditor, &format!("{path}/{part}"));
    }
    office.see(&office.auditor, &format!("{}/review-batches", rolling.path()));
    let year = "/api/v1/calendar/2027";
    let version = office.version(&office.worker, year);
    office.act(&office.admin, "PUT", year, Some(year_2027(false)), Some(version));
    office.see(&office.worker, "/api/v1/calendar/period?first=2026-12-28&count=5");
}
