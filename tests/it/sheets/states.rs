//! Every state of a sheet with every step there is: what the table of moves does not allow is refused and changes
//! nothing, whoever asks.

use serde_json::{Value, json};

use super::{in_review, refused};
use crate::support::{Expert, Office, TestApp};

on_both!(every_step_that_a_state_does_not_allow_is_refused);

/// The steps, each with the code that refuses it where the declaration is missing.
const STEPS: [(&str, &str, &str); 7] = [
    ("declare", "POST", "/declaration"),
    ("recuse", "POST", "/recusal"),
    ("mark", "PATCH", ""),
    ("submit", "POST", "/submission"),
    ("lock", "POST", "/lock"),
    ("note", "POST", "/supervisor-notes"),
    ("reopen", "POST", "/reopening"),
];

/// Tries every step that is not `allowed` with a body that is sound.
#[track_caller]
fn nothing_but(office: &Office<'_>, expert: &Expert, sheet: &str, state: &str, allowed: &[&str]) {
    let version = office.version(&expert.person, sheet);
    assert_eq!(office.see(&expert.person, sheet).text("/state"), state);
    for (step, method, verb) in STEPS.iter().filter(|(step, ..)| !allowed.contains(step)) {
        let by = match *step {
            "lock" | "reopen" => &office.chair,
            "note" => &office.supervisor,
            _ => &expert.person,
        };
        let body: Option<Value> = match *step {
            "recuse" => Some(json!({"kind": "friend"})),
            "mark" => Some(json!({"comment": "x"})),
            "note" => Some(json!({"reason": "专家来电说明方案一项误填。"})),
            "reopen" => Some(json!({"note_id": office.programme})),
            _ => None,
        };
        // Who has stepped back has a conflict, which is told before the state.
        let expected = match (state, *step) {
            ("assigned", "mark" | "submit") => (409, "R202"),
            ("recused", "declare" | "mark" | "submit") => (403, "review.conflict"),
            _ => (409, "illegal_transition"),
        };
        let version = (*step != "note").then_some(version);
        refused(office, by, (method, &format!("{sheet}{verb}")), version, body.as_ref(), expected);
    }
}

fn every_step_that_a_state_does_not_allow_is_refused(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let [expert, friend] = office.experts::<2>();
    let sheet = office.assign(&project, &expert);
    nothing_but(&office, &expert, &sheet, "assigned", &["declare", "recuse"]);
    let version = office.version(&expert.person, &sheet);
    let version = office.step(&expert.person, &format!("{sheet}/declaration"), version, None).version();
    nothing_but(&office, &expert, &sheet, "declared", &["mark", "submit", "recuse"]);
    let body = json!({"marks": {"need": "50", "plan": "30"}});
    office.act(&expert.person, "PATCH", &sheet, Some(body), Some(version));
    office.hand_in(&sheet, &expert);
    nothing_but(&office, &expert, &sheet, "submitted", &["lock", "note", "reopen"]);
    office.locked(&sheet);
    nothing_but(&office, &expert, &sheet, "locked", &["note", "reopen"]);
    let stepped_back = office.assign(&project, &friend);
    let version = office.version(&friend.person, &stepped_back);
    let tie = json!({"kind": "friend"});
    office.step(&friend.person, &format!("{stepped_back}/recusal"), version, Some(tie));
    nothing_but(&office, &friend, &stepped_back, "recused", &[]);
}
