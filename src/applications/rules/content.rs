//! What a draft may hold. A draft saves with anything missing; only what cannot be stored is refused.

use super::super::model::{Application, DraftContent, NewFinding, Outcome};
use crate::{
    db::columns::Day,
    error::{Error, Fault, codes},
    kernel::time::Timestamp,
};

/// The most lines a budget has.
const MAX_LINES: usize = 100;

/// The draft with the new content, or everything that is wrong with it. `at` is where the content stands in the body.
pub fn apply_content(
    application: &Application,
    content: &DraftContent,
    at: &str,
    now: Timestamp,
) -> Result<Application, Error> {
    let mut next = application.clone();
    let mut faults = Vec::new();
    let mut text = |field: &str, value: &Option<String>, max: usize, target: &mut String| {
        if let Some(value) = value {
            if value.chars().count() > max {
                faults.push(Fault::new(format!("{at}/{field}"), &codes::FIELD_TOO_LONG).with("max", max));
            }
            value.trim().clone_into(target);
        }
    };
    text("title", &content.title, 100, &mut next.title);
    text("summary", &content.summary, 500, &mut next.summary);
    next.domain = content.domain.or(next.domain);
    next.requested = content.requested.or(next.requested);
    next.own_funds = content.own_funds.unwrap_or(next.own_funds);
    next.starts_on = content.starts_on.or(next.starts_on);
    next.ends_on = content.ends_on.or(next.ends_on);
    for (field, day) in [("starts_on", content.starts_on), ("ends_on", content.ends_on)] {
        if day.is_some_and(|Day(day)| !(1949..=2999).contains(&chrono::Datelike::year(&day))) {
            let fault =
                Fault::new(format!("{at}/{field}"), &codes::FIELD_INVALID).with("reason", "1949–2999");
            faults.push(fault);
        }
    }
    if let Some(count) = content.beneficiaries {
        if let Ok(count) = i32::try_from(count) {
            next.beneficiaries = Some(count);
        } else {
            let pointer = format!("{at}/beneficiaries");
            faults.push(Fault::new(pointer, &codes::FIELD_INVALID).with("reason", "0–2147483647"));
        }
    }
    for (index, line) in content.budget_lines.iter().flatten().enumerate() {
        if line.item.chars().count() > 100 {
            let pointer = format!("{at}/budget_lines/{index}/item");
            faults.push(Fault::new(pointer, &codes::FIELD_TOO_LONG).with("max", 100));
        }
    }
    if content.budget_lines.as_ref().is_some_and(|lines| lines.len() > MAX_LINES) {
        let fault = Fault::new(format!("{at}/budget_lines"), &codes::FIELD_INVALID).with("reason", MAX_LINES);
        faults.push(fault);
    }
    next.updated_at = now;
    if faults.is_empty() { Ok(next) } else { Err(Error::invalid(faults)) }
}

/// A rejection names its reason.
pub fn check_finding(finding: &NewFinding) -> Result<(), Error> {
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
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}
