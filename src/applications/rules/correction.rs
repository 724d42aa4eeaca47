//! 补正: what may be written after a notice to supplement, and until when. Pure.

use std::collections::BTreeSet;

use super::super::model::{Application, ApplicationState, Change, CorrectionRequest, NewCorrectionRequest};
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
            let asked: BTreeSet<&str> =
                request.defects.0.iter().map(|defect| defect.field.as_str()).collect();
            codes.filter(|code| asked.contains(code.as_str())).collect()
        }
        _ => Vec::new(),
    }
}

/// E120: what was not asked for is locked. `pointer` gives the place of a field in the body.
pub fn check_locks(
    request: &CorrectionRequest,
    changes: &[Change],
    pointer: impl Fn(&str) -> String,
) -> Result<(), Error> {
    let faults: Vec<Fault> = changes
        .iter()
        .filter(|change| !request.defects.0.iter().any(|defect| defect.field == change.field))
        .map(|change| Fault::new(pointer(&change.field), &codes::E120).with("field", &change.field))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// E118: the last day for the correction is over, and nobody gave more time.
pub fn check_due(
    application: &Application,
    request: &CorrectionRequest,
    now: Timestamp,
) -> Result<(), Error> {
    let extended = application.extended_until.is_some_and(|until| now < until);
    if now.day() <= request.due_on.0 || extended {
        Ok(())
    } else {
        Err(Error::new(&codes::E118).with("due_on", request.due_on))
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
