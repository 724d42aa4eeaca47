//! What a draft may hold. A draft saves with anything missing; only what cannot be stored is refused.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    super::model::{Application, DraftContent, NewBudgetLine, NewFinding, Outcome},
    answers::read_answer,
};
use crate::{
    db::{columns::Day, private::Private},
    error::{Error, Fault, codes},
    kernel::{money::Money, text, time::Timestamp},
    programmes::{Choice, Form, Section},
};

/// The most lines a budget has.
const MAX_LINES: usize = 100;
/// The most characters of a title and of a lead's name.
const MAX_NAME: usize = 100;
/// The most characters of a summary (domain.md §2.2).
const MAX_SUMMARY: usize = 500;

/// Where a field of the application's own and where an answer stands in the body of the request.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// Before the application's own fields.
    pub own: &'a str,
    /// Before the answers.
    pub answers: &'a str,
}

impl Places<'_> {
    /// The whole content at the top of the body.
    pub const TOP: Places<'static> = Places { own: "", answers: "/answers" };
    /// The content of a new draft.
    pub const NEW: Places<'static> = Places { own: "/content", answers: "/content/answers" };
    /// The fields of a section.
    pub const SECTION: Places<'static> = Places { own: "/fields", answers: "/fields" };
}

/// The draft with the new content, or everything that is wrong with it.
pub fn apply_content(
    application: &Application,
    content: &DraftContent,
    form: &Form,
    at: Places<'_>,
    now: Timestamp,
) -> Result<Application, Error> {
    let mut faults = Vec::new();
    let mut next = application.clone();
    let longest = |field: &str, most: usize| {
        let own = form.field(field).and_then(|field| field.max_chars);
        own.and_then(|own| usize::try_from(own).ok()).map_or(most, |own| own.min(most))
    };
    let texts = [
        ("title", &content.title, MAX_NAME, &mut next.title),
        ("summary", &content.summary, MAX_SUMMARY, &mut next.summary),
        ("lead_name", &content.lead_name, MAX_NAME, &mut next.lead_name),
    ];
    for (field, value, most, target) in texts {
        let Some(value) = value else { continue };
        let value = value.as_deref().unwrap_or_default();
        check_text(&mut faults, format!("{}/{field}", at.own), value, longest(field, most));
        value.trim().clone_into(target);
    }
    replace(&mut next.domain, content.domain);
    replace(&mut next.requested, content.requested);
    replace(&mut next.starts_on, content.starts_on);
    replace(&mut next.ends_on, content.ends_on);
    replace(&mut next.unit_id, content.unit_id);
    replace(&mut next.funded_elsewhere, content.funded_elsewhere);
    if let Some(phone) = &content.lead_phone {
        next.lead_phone = phone.as_ref().map(|phone| Private::of(next.id, phone.as_str()));
    }
    if let Some(own_funds) = content.own_funds {
        next.own_funds = own_funds.unwrap_or(Money::ZERO);
    }
    for (field, day) in [("starts_on", content.starts_on), ("ends_on", content.ends_on)] {
        if day.flatten().is_some_and(|Day(day)| !(1949..=2999).contains(&chrono::Datelike::year(&day))) {
            let pointer = format!("{}/{field}", at.own);
            faults.push(Fault::new(pointer, &codes::FIELD_INVALID).with("reason", "1949–2999"));
        }
    }
    match content.beneficiaries {
        Some(Some(count)) => match i32::try_from(count) {
            Ok(count) => next.beneficiaries = Some(count),
            Err(_) => faults.push(
                Fault::new(format!("{}/beneficiaries", at.own), &codes::FIELD_INVALID)
                    .with("reason", "0–2147483647"),
            ),
        },
        Some(None) => next.beneficiaries = None,
        None => {}
    }
    check_lines(&mut faults, content.budget_lines.iter().flatten().flatten(), at.own);
    for (code, value) in &content.answers {
        // What the form no longer asks can still be taken away.
        if value.is_null() && form.field(code).is_none() && next.answers.0.remove(code).is_some() {
            continue;
        }
        match read_answer(form.field(code), value, &format!("{}/{}", at.answers, escape(code))) {
            Ok(Some(value)) => {
                next.answers.0.insert(code.clone(), value);
            }
            Ok(None) => {
                next.answers.0.remove(code);
            }
            Err(found) => faults.extend(found),
        }
    }
    next.updated_at = now;
    if faults.is_empty() { Ok(next) } else { Err(Error::invalid(faults)) }
}

/// The fields of one section as a content, and what could not be read of them: each fault at its own place.
#[must_use]
pub fn read_section(section: &Section, fields: &BTreeMap<String, Value>) -> (DraftContent, Vec<Fault>) {
    let (mut own, mut faults) = (serde_json::Map::new(), Vec::new());
    let mut answers = BTreeMap::new();
    for (code, value) in fields {
        let at = format!("/fields/{}", escape(code));
        let Some(field) = section.fields.iter().find(|field| field.code == *code) else {
            faults.push(Fault::new(at, &codes::UNKNOWN_FIELD).with("field", code));
            continue;
        };
        if field.core().is_none() {
            answers.insert(code.clone(), value.clone());
            continue;
        }
        let alone = Value::Object([(code.clone(), value.clone())].into_iter().collect());
        match serde_path_to_error::deserialize::<_, DraftContent>(alone) {
            Ok(_) => {
                own.insert(code.clone(), value.clone());
            }
            Err(error) => {
                let path = error.path().to_string().replace(['.', '['], "/").replace(']', "");
                let fault = Fault::new(format!("/fields/{path}"), &codes::FIELD_INVALID);
                faults.push(fault.with("reason", error.inner()));
            }
        }
    }
    // Each field was read for itself, so the whole can be read.
    let mut content: DraftContent = serde_json::from_value(Value::Object(own)).unwrap_or_default();
    content.answers = answers;
    (content, faults)
}

#[expect(clippy::option_option, reason = "absent, null and given are three things")]
fn replace<T: Copy>(target: &mut Option<T>, given: Option<Option<T>>) {
    if let Some(value) = given {
        *target = value;
    }
}

/// A token of a JSON pointer.
#[must_use]
pub fn escape(code: &str) -> String {
    code.replace('~', "~0").replace('/', "~1")
}

/// Too long, counted as people count, or with characters that are not seen but change what is.
pub fn check_text(faults: &mut Vec<Fault>, pointer: String, value: &str, max: usize) {
    if value.chars().any(text::is_deceptive) {
        faults.push(Fault::new(pointer, &codes::HIDDEN_CHARACTER));
    } else if text::count(value) > max || value.len() > max.saturating_mul(64) {
        // A character is one for people whatever it is made of, but not without bounds for the disk.
        faults.push(Fault::new(pointer, &codes::FIELD_TOO_LONG).with("max", max));
    }
}

fn check_lines<'a>(faults: &mut Vec<Fault>, lines: impl Iterator<Item = &'a NewBudgetLine>, at: &str) {
    let mut count = 0;
    for (index, line) in lines.enumerate() {
        count = index + 1;
        check_text(faults, format!("{at}/budget_lines/{index}/item"), &line.item, 100);
    }
    if count > MAX_LINES {
        faults
            .push(Fault::new(format!("{at}/budget_lines"), &codes::FIELD_INVALID).with("reason", MAX_LINES));
    }
}

/// A rejection names its reason; the first person accepts only with every point of the checklist ticked off.
pub fn check_finding(finding: &NewFinding, checklist: &[Choice], is_first: bool) -> Result<(), Error> {
    let mut faults = Vec::new();
    let reason = finding.reason_code.as_deref().unwrap_or_default().trim();
    if finding.outcome == Outcome::Reject && reason.is_empty() {
        faults.push(Fault::new("/reason_code", &codes::REASON_REQUIRED));
    }
    if reason.chars().count() > 40 {
        faults.push(Fault::new("/reason_code", &codes::FIELD_TOO_LONG).with("max", 40));
    }
    if finding.note.chars().count() > 2_000 {
        faults.push(Fault::new("/note", &codes::FIELD_TOO_LONG).with("max", 2_000));
    }
    for (index, ticked) in finding.checklist.iter().enumerate() {
        if !checklist.iter().any(|point| point.code == *ticked) {
            let pointer = format!("/checklist/{index}");
            faults.push(Fault::new(pointer, &codes::FIELD_INVALID).with("reason", ticked));
        }
    }
    if is_first && finding.outcome == Outcome::Accept {
        for point in checklist.iter().filter(|point| !finding.checklist.contains(&point.code)) {
            faults.push(
                Fault::new("/checklist", &codes::CHECKLIST_OPEN)
                    .with("point", &point.code)
                    .with("label", &point.label),
            );
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}
