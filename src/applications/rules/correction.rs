//! 补正: what may be written after a notice to supplement, and until when. Pure.

use std::collections::BTreeSet;

use super::super::model::{ApplicationState, Change, CorrectionRequest, Defect, NewCorrectionRequest};
use crate::{
    error::{Error, Fault, codes},
    kernel::time::Timestamp,
    programmes::Form,
};

/// The fields that may be written now: all of a draft, what was asked for after a notice, nothing otherwise.
#[must_use]
pub fn writable(state: ApplicationState, form: &Form, request: Option<&CorrectionRequest>) -> Vec<String> {
    let codes = form.fields().map(|(_, field)| field.code.clone());
    match (state, request) {
        (ApplicationState::Draft, _) => codes.collect(),
        (ApplicationState::CorrectionRequested, Some(request)) => {
            let open = unlocked(form, &request.defects.0);
            codes.filter(|code| open.contains(code.as_str())).collect()
        }
        _ => Vec::new(),
    }
}

/// Amounts and lines are one thing: whoever corrects one of them has to make the sums fit again (E114).
const BUDGET: [&str; 3] = ["requested", "own_funds", "budget_lines"];

/// What was asked for, and what hangs on it: questions that another answer brings up, and the other parts of a budget.
fn unlocked<'a>(form: &'a Form, defects: &'a [Defect]) -> BTreeSet<&'a str> {
    let mut open: BTreeSet<&str> = defects.iter().map(|defect| defect.field.as_str()).collect();
    if BUDGET.iter().any(|part| open.contains(part)) {
        open.extend(BUDGET);
    }
    // A condition names a field that stands before, so one pass in order finds all of them.
    for (_, field) in form.fields() {
        if field.shown_if.as_ref().is_some_and(|condition| open.contains(condition.field.as_str())) {
            open.insert(&field.code);
        }
    }
    open
}

/// What was not asked for is locked. `pointer` gives the place of a field in the body.
pub fn check_locks(
    request: &CorrectionRequest,
    form: &Form,
    changes: &[Change],
    pointer: impl Fn(&str) -> String,
) -> Result<(), Error> {
    let open = unlocked(form, &request.defects.0);
    let faults: Vec<Fault> = changes
        .iter()
        .filter(|change| !open.contains(change.field.as_str()))
        .map(|change| Fault::new(pointer(&change.field), &codes::LOCKED).with("field", &change.field))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// E120: the last day for the correction is over. More time is a later last day.
pub fn check_due(request: &CorrectionRequest, now: Timestamp) -> Result<(), Error> {
    if now.day() <= request.due_on.0 {
        Ok(())
    } else {
        Err(Error::invalid(vec![Fault::new("", &codes::E120).with("due_on", request.due_on)]))
    }
}

/// All defects stand in one notice, each at a field of the form that the applicant can write; how many notices there
/// may be is the round's policy.
pub fn check_request(
    new: &NewCorrectionRequest,
    form: &Form,
    earlier: usize,
    allowed: u32,
) -> Result<(), Error> {
    if u32::try_from(earlier).is_ok_and(|earlier| earlier >= allowed) {
        return Err(Error::new(&codes::CORRECTION_USED).with("allowed", allowed));
    }
    let mut faults = Vec::new();
    if new.defects.is_empty() || new.defects.len() > 100 {
        faults.push(Fault::new("/defects", &codes::FIELD_INVALID).with("reason", "1–100"));
    }
    let mut seen = BTreeSet::new();
    for (index, defect) in new.defects.iter().enumerate() {
        if form.field(&defect.field).is_none() || !seen.insert(defect.field.as_str()) {
            let pointer = format!("/defects/{index}/field");
            faults.push(Fault::new(pointer, &codes::UNKNOWN_FIELD).with("field", &defect.field));
        }
        let note = defect.note.trim();
        if note.is_empty() || note.chars().count() > 500 {
            let pointer = format!("/defects/{index}/note");
            faults.push(Fault::new(pointer, &codes::FIELD_INVALID).with("reason", "1–500"));
        }
    }
    if new.note.chars().count() > 2_000 {
        faults.push(Fault::new("/note", &codes::FIELD_TOO_LONG).with("max", 2_000));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}
