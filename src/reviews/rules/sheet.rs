//! What a score sheet must satisfy (rules.md §1; domain.md §2.12, "score" and "lock sheet").

use std::collections::BTreeMap;

use super::super::model::SheetContent;
use crate::{
    error::{Fault, codes},
    kernel::{score::Score, text},
    programmes::{Criterion, policy::ReviewPolicy},
};

/// Marks by criterion code.
pub type Marks = BTreeMap<String, Score>;
/// What is said of single marks, by criterion code.
pub type Comments = BTreeMap<String, String>;

/// The longest comment on one mark, in characters.
const MAX_MARK_COMMENT: usize = 2_000;
/// The longest comment on the whole, in characters.
const MAX_COMMENT: usize = 5_000;

fn pointer(part: &str, code: &str) -> String {
    format!("/{part}/{}", code.replace('~', "~0").replace('/', "~1"))
}

/// Everything in the content that cannot be written: R203 for every mark that is out of range or off the step, codes
/// that are no criterion's, comments that are too long or hold what is not seen.
#[must_use]
pub fn faults(content: &SheetContent, criteria: &[Criterion], step: Score) -> Vec<Fault> {
    let mut faults = Vec::new();
    let criterion = |code: &str| criteria.iter().find(|criterion| criterion.code == code);
    for (code, mark) in &content.marks {
        let at = pointer("marks", code);
        match (criterion(code), mark) {
            (None, _) => faults.push(unknown(at, code)),
            (Some(_), None) => {}
            (Some(criterion), Some(mark)) => {
                let in_range = Score::ZERO <= *mark && *mark <= criterion.max;
                if !in_range || mark.hundredths() % step.hundredths() != 0 {
                    let fault = Fault::new(at, &codes::R203).with("criterion", &criterion.name);
                    faults.push(fault.with("max", criterion.max).with("step", step));
                }
            }
        }
    }
    for (code, comment) in &content.mark_comments {
        let at = pointer("mark_comments", code);
        match (criterion(code), comment) {
            (None, _) => faults.push(unknown(at, code)),
            (Some(_), comment) => faults.extend(text_fault(at, comment.as_deref(), MAX_MARK_COMMENT)),
        }
    }
    for (at, comment) in [("/comment", &content.comment), ("/staff_comment", &content.staff_comment)] {
        let comment = comment.as_ref().and_then(Option::as_deref);
        faults.extend(text_fault(at.to_owned(), comment, MAX_COMMENT));
    }
    faults
}

fn unknown(at: String, code: &str) -> Fault {
    // What is no criterion's can be anything, and is not repeated at full length.
    Fault::new(at, &codes::UNKNOWN_FIELD).with("field", code.chars().take(40).collect::<String>())
}

fn text_fault(at: String, comment: Option<&str>, max: usize) -> Option<Fault> {
    let comment = comment?;
    // Counting what people would count takes long where somebody sends a megabyte.
    if comment.len() > 16 * max || text::count(comment) > max {
        Some(Fault::new(at, &codes::FIELD_TOO_LONG).with("max", max))
    } else if comment.chars().any(text::is_deceptive) {
        Some(Fault::new(at, &codes::HIDDEN_CHARACTER).with("found", ""))
    } else {
        None
    }
}

/// What is still missing before a sheet can be signed: R204 for every criterion without a mark — never a silent zero —
/// and every comment that is owed, for a low mark and for a very high total.
#[must_use]
pub fn missing(
    marks: &Marks,
    comments: &Comments,
    comment: &str,
    criteria: &[Criterion],
    policy: &ReviewPolicy,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for criterion in criteria {
        let Some(mark) = marks.get(&criterion.code) else {
            let at = pointer("marks", &criterion.code);
            faults.push(Fault::new(at, &codes::R204).with("criterion", &criterion.name));
            continue;
        };
        let says_nothing = comments.get(&criterion.code).is_none_or(|said| said.trim().is_empty());
        let share = i64::from(policy.comment_below_share_bp);
        if says_nothing && mark.hundredths() * 10_000 < criterion.max.hundredths() * share {
            let fault = Fault::new(pointer("mark_comments", &criterion.code), &codes::COMMENT_REQUIRED)
                .with("criterion", &criterion.name)
                .with("share", Score::from_hundredths(share));
            faults.push(fault);
        }
    }
    let is_high = |from: Score| total(marks, criteria).is_some_and(|total| total >= from);
    if let Some(from) = policy.comment_from_total.filter(|from| is_high(*from) && comment.trim().is_empty()) {
        faults.push(Fault::new("/comment", &codes::TOTAL_COMMENT_REQUIRED).with("from", from));
    }
    faults
}

/// The total of a whole sheet; none while a mark is missing.
#[must_use]
pub fn total(marks: &Marks, criteria: &[Criterion]) -> Option<Score> {
    let given = criteria.iter().map(|criterion| marks.get(&criterion.code).map(|mark| mark.hundredths()));
    given.sum::<Option<i64>>().map(Score::from_hundredths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn criteria() -> Vec<Criterion> {
        let criterion = |code: &str, max: &str| Criterion {
            code: code.into(),
            name: code.into(),
            max: max.parse().unwrap(),
            anchors: Vec::new(),
        };
        vec![criterion("need", "60"), criterion("plan", "40")]
    }

    fn marks(pairs: &[(&str, &str)]) -> Marks {
        pairs.iter().map(|(code, mark)| ((*code).to_owned(), mark.parse().unwrap())).collect()
    }

    fn found(content: &SheetContent) -> Vec<(String, &'static str)> {
        let step = Score::from_hundredths(50);
        faults(content, &criteria(), step).into_iter().map(|f| (f.pointer, f.code.code)).collect()
    }

    fn marked(pairs: &[(&str, &str)]) -> SheetContent {
        let marks = marks(pairs).into_iter().map(|(code, mark)| (code, Some(mark))).collect();
        SheetContent { marks, ..SheetContent::default() }
    }

    #[test]
    fn marks_have_a_range_and_a_step() {
        assert_eq!(found(&marked(&[("need", "60"), ("plan", "0.5")])), []);
        for (wrong, code) in [
            (("need", "60.5"), "R203"),
            (("plan", "9.55"), "R203"),
            (("plan", "40.01"), "R203"),
            (("other", "1"), "unknown_field"),
        ] {
            let expected = [(format!("/marks/{}", wrong.0), code)];
            assert_eq!(found(&marked(&[wrong])), expected);
        }
        let cleared = SheetContent { marks: [("need".into(), None)].into(), ..SheetContent::default() };
        assert_eq!(found(&cleared), []);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let long = |count: usize| Some("好".repeat(count));
        let content = SheetContent {
            mark_comments: [
                ("a/b".into(), Some("x".into())),
                ("need".into(), long(MAX_MARK_COMMENT + 1)),
                ("plan".into(), Some("a\u{0}".into())),
            ]
            .into(),
            comment: Some(long(MAX_COMMENT + 1)),
            staff_comment: Some(Some("a\u{202e}b".into())),
            ..marked(&[("need", "61")])
        };
        let expected = [
            ("/marks/need", "R203"),
            ("/mark_comments/a~1b", "unknown_field"),
            ("/mark_comments/need", "field.too_long"),
            ("/mark_comments/plan", "field.hidden_character"),
            ("/comment", "field.too_long"),
            ("/staff_comment", "field.hidden_character"),
        ];
        assert_eq!(found(&content), expected.map(|(at, code)| (at.to_owned(), code)));
        let at_the_end = SheetContent {
            mark_comments: [("need".into(), long(MAX_MARK_COMMENT))].into(),
            comment: Some(long(MAX_COMMENT)),
            ..SheetContent::default()
        };
        assert_eq!(found(&at_the_end), []);
    }

    fn owed(given: &[(&str, &str)], said: &[&str], comment: &str, policy: &ReviewPolicy) -> Vec<String> {
        let said = said.iter().map(|code| ((*code).to_owned(), "因为".to_owned())).collect();
        let missing = missing(&marks(given), &said, comment, &criteria(), policy);
        missing.into_iter().map(|fault| format!("{} {}", fault.code.code, fault.pointer)).collect()
    }

    #[test]
    fn a_missing_mark_is_no_zero() {
        assert_eq!(
            total(&marks(&[("need", "50.5"), ("plan", "30")]), &criteria()),
            Some("80.5".parse().unwrap())
        );
        assert_eq!(total(&marks(&[("need", "50")]), &criteria()), None);
        let policy = ReviewPolicy::default();
        assert_eq!(owed(&[("need", "50")], &[], "", &policy), ["R204 /marks/plan"]);
    }

    #[test]
    fn low_marks_and_very_high_totals_need_words() {
        let policy = ReviewPolicy::default();
        let low = "review.comment_required /mark_comments/plan";
        // 60 % of 40 is 24: below it, not at it.
        assert_eq!(owed(&[("need", "36"), ("plan", "23.5")], &[], "好", &policy), [low]);
        assert_eq!(owed(&[("need", "36"), ("plan", "24")], &[], "", &policy), [""; 0]);
        assert_eq!(owed(&[("need", "36"), ("plan", "0")], &["plan"], "", &policy), [""; 0]);
        let high = "review.total_comment_required /comment";
        assert_eq!(owed(&[("need", "60"), ("plan", "35")], &[], "  ", &policy), [high]);
        assert_eq!(owed(&[("need", "60"), ("plan", "34.5")], &[], "", &policy), [""; 0]);
        assert_eq!(owed(&[("need", "60"), ("plan", "40")], &[], "因为", &policy), [""; 0]);
        assert_eq!(owed(&[("plan", "1")], &[], "", &policy), ["R204 /marks/need", low]);
        let none = ReviewPolicy { comment_below_share_bp: 0, comment_from_total: None, ..policy };
        assert_eq!(owed(&[("need", "0"), ("plan", "0")], &[], "", &none), [""; 0]);
        assert_eq!(owed(&[("need", "60"), ("plan", "40")], &[], "", &none), [""; 0]);
    }
}
