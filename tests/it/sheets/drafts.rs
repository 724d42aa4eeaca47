//! What may stand on a sheet, and what is owed before it is handed in.

use serde_json::{Value, json};

use super::{declared, in_review, places, refused};
use crate::support::TestApp;

on_both!(
    what_is_written_stays_until_it_is_taken_away,
    what_cannot_be_written_is_told_at_once,
    the_form_tells_what_is_missing_and_submission_refuses_the_same,
    comments_are_owed_for_low_marks_and_very_high_totals,
    a_round_may_ask_for_no_comments,
    the_comment_for_the_office_stays_there,
);

fn what_is_written_stays_until_it_is_taken_away(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let (sheet, mut version) = declared(&office, &project, &expert);
    let mut write = |body: Value| {
        let told = office.act(&expert.person, "PATCH", &sheet, Some(body), Some(version));
        version = told.version();
        told
    };
    let all = json!({
        "marks": {"need": "50", "plan": "10"}, "mark_comments": {"plan": " 进度偏紧 "},
        "suggested_amount": "40000.00", "comment": "可行", "staff_comment": "请核对报价",
    });
    let told = write(all);
    assert_eq!(told.at("/marks"), &json!({"need": "50.00", "plan": "10.00"}));
    assert_eq!(told.at("/mark_comments"), &json!({"plan": "进度偏紧"}));
    let told = write(json!({"marks": {"need": null}}));
    assert_eq!(told.at("/marks"), &json!({"plan": "10.00"}), "and the other stays");
    assert_eq!((told.text("/suggested_amount"), told.text("/comment")), ("40000.00", "可行"));
    let told = write(json!({"mark_comments": {"plan": null}, "suggested_amount": null, "comment": null}));
    assert_eq!(told.at("/mark_comments"), &json!({}));
    assert_eq!((told.at("/suggested_amount"), told.text("/comment")), (&Value::Null, ""));
    assert_eq!(told.text("/staff_comment"), "请核对报价");
    // A blank comment is none, and what is stored is what was told.
    write(json!({"mark_comments": {"need": "  "}, "staff_comment": null}));
    let seen = office.see(&expert.person, &sheet);
    assert_eq!(seen.at("/mark_comments"), &json!({}));
    assert_eq!((seen.at("/suggested_amount"), seen.text("/staff_comment")), (&Value::Null, ""));
}

fn what_cannot_be_written_is_told_at_once(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let (sheet, version) = declared(&office, &project, &expert);
    let by = &expert.person;
    let patch = ("PATCH", sheet.as_str());
    let all = json!({
        "marks": {"need": "61", "plan": "9.55", "zeal": null},
        "mark_comments": {"need": "长".repeat(2_001), "a/b~c": "x"},
        "comment": "长".repeat(5_001), "staff_comment": "长".repeat(5_001),
    });
    let told = refused(&office, by, patch, Some(version), Some(&all), (422, "invalid"));
    let expected = [
        "R203 /marks/need",
        "R203 /marks/plan",
        "unknown_field /marks/zeal",
        "unknown_field /mark_comments/a~1b~0c",
        "field.too_long /mark_comments/need",
        "field.too_long /comment",
        "field.too_long /staff_comment",
    ];
    assert_eq!(places(&told), expected);
    // A megabyte of it, and what nobody can see.
    for field in ["comment", "staff_comment"] {
        let huge = json!({field: "x".repeat(1_000_000)});
        let told = refused(&office, by, patch, Some(version), Some(&huge), (422, "field.too_long"));
        assert_eq!(places(&told), [format!("field.too_long /{field}")]);
    }
    let more = json!({"comment": "x".repeat(1024 * 1024)});
    refused(&office, by, patch, Some(version), Some(&more), (413, "too_large"));
    for hidden in ["a\u{0}b", "a\u{202e}b", "a\u{8}"] {
        let body = json!({"mark_comments": {"need": hidden}});
        refused(&office, by, patch, Some(version), Some(&body), (422, "field.hidden_character"));
    }
    for (field, wrong) in [
        ("comment", json!(1)),
        ("marks", json!([])),
        ("mark_comments", json!({"need": 1})),
        ("suggested_amount", json!("-1")),
    ] {
        let body = json!({field: wrong});
        refused(&office, by, patch, Some(version), Some(&body), (422, "field.invalid"));
    }
    refused(&office, by, patch, None, Some(&json!({})), (428, "precondition_required"));
    refused(&office, by, patch, Some(version - 1), Some(&json!({})), (412, "stale"));
    // The limits themselves are kept to, and 9 is as good as 9.00.
    let most = json!({
        "marks": {"need": "9", "plan": "40.00"}, "mark_comments": {"need": "长".repeat(2_000)},
        "comment": "长".repeat(5_000),
    });
    let told = office.act(by, "PATCH", &sheet, Some(most), Some(version));
    assert_eq!(told.text("/marks/need"), "9.00");
}

fn the_form_tells_what_is_missing_and_submission_refuses_the_same(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let (sheet, version) = declared(&office, &project, &expert);
    let by = &expert.person;
    let missing = |reply: &crate::support::Reply| -> Vec<String> {
        let all = reply.at("/missing").as_array().unwrap().iter();
        all.map(|fault| format!("{} {}", fault["code"].as_str().unwrap(), fault["pointer"].as_str().unwrap()))
            .collect()
    };
    let path = format!("{sheet}/form");
    let form = office.see(by, &path);
    let names: Vec<&str> =
        form.at("/criteria").as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["需求", "方案"]);
    assert_eq!((form.text("/mark_step"), form.text("/criteria/0/max")), ("0.50", "60.00"));
    assert_eq!(missing(&form), ["R204 /marks/need", "R204 /marks/plan"]);
    assert_eq!(form.at("/due_at"), &Value::Null);
    let low = json!({"marks": {"need": "35.5"}});
    let version = office.act(by, "PATCH", &sheet, Some(low), Some(version)).version();
    let owed = ["review.comment_required /mark_comments/need", "R204 /marks/plan"];
    assert_eq!(missing(&office.see(by, &path)), owed);
    let hand_in = format!("{sheet}/submission");
    let told = refused(&office, by, ("POST", &hand_in), Some(version), None, (422, "R204"));
    assert_eq!(places(&told), owed);
    let rest = json!({"marks": {"plan": "30"}, "mark_comments": {"need": "依据不足"}});
    let version = office.act(by, "PATCH", &sheet, Some(rest), Some(version)).version();
    assert_eq!(missing(&office.see(by, &path)), [""; 0]);
    office.step(by, &hand_in, version, None);
    // Nobody else is told anything.
    for other in [&office.officer, &office.chair, &project.group.admin, &office.an_expert().person] {
        other.get(&path).refused(404, "not_found");
    }
}

fn comments_are_owed_for_low_marks_and_very_high_totals(app: &TestApp) {
    let (office, _, project) = in_review(app, json!({}));
    let expert = office.an_expert();
    let (sheet, version) = declared(&office, &project, &expert);
    let by = &expert.person;
    let hand_in = format!("{sheet}/submission");
    // 95 is very high already; a comment on one mark is none on the whole.
    let high = json!({"marks": {"need": "60", "plan": "35"}, "mark_comments": {"need": "好", "plan": "好"}});
    let version = office.act(by, "PATCH", &sheet, Some(high), Some(version)).version();
    let told =
        refused(&office, by, ("POST", &hand_in), Some(version), None, (422, "review.total_comment_required"));
    assert_eq!(places(&told), ["review.total_comment_required /comment"]);
    // 24 of 40 is 60 %, and 23.5 is below it; a comment on the whole is none on the mark.
    let low = json!({"marks": {"plan": "23.5"}, "mark_comments": {"plan": null}, "comment": "总评"});
    let version = office.act(by, "PATCH", &sheet, Some(low), Some(version)).version();
    let told =
        refused(&office, by, ("POST", &hand_in), Some(version), None, (422, "review.comment_required"));
    assert_eq!(places(&told), ["review.comment_required /mark_comments/plan"]);
    let enough = json!({"marks": {"plan": "24"}, "mark_comments": {"need": null}, "comment": null});
    let version = office.act(by, "PATCH", &sheet, Some(enough), Some(version)).version();
    assert_eq!(office.step(by, &hand_in, version, None).text("/total"), "84.00");
}

fn a_round_may_ask_for_no_comments(app: &TestApp) {
    let none = json!({"review": {"comment_below_share_bp": 0, "comment_from_total": null}});
    let (office, _, project) = in_review(app, none);
    for (need, plan) in [("0", "0"), ("60", "40")] {
        let expert = office.an_expert();
        let (sheet, version) = declared(&office, &project, &expert);
        let marks = json!({"marks": {"need": need, "plan": plan}});
        office.act(&expert.person, "PATCH", &sheet, Some(marks), Some(version));
        office.hand_in(&sheet, &expert);
    }
    // A sheet of the defence is not for a round without one.
    let body = json!({"expert_id": office.an_expert().id, "stage": "defence"});
    let assign = format!("{}/reviews", project.path());
    refused(&office, &office.officer, ("POST", &assign), None, Some(&body), (409, "review.no_defence"));
}

fn the_comment_for_the_office_stays_there(app: &TestApp) {
    let (office, round, project) = in_review(app, json!({}));
    let [expert, other] = office.experts::<2>();
    let (sheet, version) = declared(&office, &project, &expert);
    let body = json!({
        "marks": {"need": "50", "plan": "30"}, "comment": "给申报单位", "staff_comment": "仅供内部",
    });
    office.act(&expert.person, "PATCH", &sheet, Some(body), Some(version));
    office.hand_in(&sheet, &expert);
    office.scored_once(&project, &other, "80");
    for reader in [&office.officer, &office.chair, &office.supervisor, &expert.person] {
        let seen = office.see(reader, &sheet);
        assert_eq!((seen.text("/comment"), seen.text("/staff_comment")), ("给申报单位", "仅供内部"));
    }
    for stranger in [&other.person, &project.group.admin, &office.worker] {
        stranger.get(&sheet).refused(404, "not_found");
        for path in ["form", "signature", "versions"] {
            stranger.get(&format!("{sheet}/{path}")).refused(404, "not_found");
        }
    }
    let listed = office.see(&other.person, &format!("{}/reviews", round.path()));
    assert!(!listed.body().contains("仅供内部"), "{listed}");
    // Who has locked it is the office's affair.
    office.locked(&sheet);
    assert_eq!(office.see(&office.officer, &sheet).text("/locked_by"), office.chair.id);
    let own = office.see(&expert.person, &sheet);
    assert_eq!((own.text("/state"), own.at("/locked_by")), ("locked", &Value::Null));
}
