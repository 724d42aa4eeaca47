//! 补正 and more time: what the office asks of an applicant and gives them.

use serde_json::json;

use super::{
    super::{
        model::{ApplicationState, CorrectionRequest, Extension, NewCorrectionRequest, NewExtension},
        rules::{self, Action},
        store,
    },
    advance_as, notify_applicants, prepare, record, refuse_own, standards,
};
use crate::{
    calendar,
    db::{
        Db,
        columns::{Day, JsonText},
    },
    error::{Error, Fault, Input, codes},
    http::Caller,
    kernel::{
        ids::{ApplicationId, CorrectionRequestId},
        role::Role,
        time::Timestamp,
    },
    letters::{self, Cause},
    programmes,
};

/// Sends it back once, with everything that is to be put right in one notice.
pub fn request_correction(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    request_id: CorrectionRequestId,
    input: &Input<NewCorrectionRequest>,
) -> Result<CorrectionRequest, Error> {
    let (application, role) = prepare(conn, by, id, Action::RequestCorrection)?;
    Action::RequestCorrection.next(application.state)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let (_, policy, form) = standards(conn, &application)?;
    let earlier = store::corrections(conn, id)?.len();
    rules::check_request(new, &form, earlier, policy.correction_rounds)?;
    // The day of the notice is not counted (domain.md §6.1, NextDay).
    let calendar = calendar::load(conn)?;
    let due_on = calendar.last_day_after(by.now.day(), policy.correction_working_days);
    let request = CorrectionRequest {
        id: request_id,
        programme_id: application.programme_id,
        application_id: id,
        number: i32::try_from(earlier).unwrap_or(i32::MAX).saturating_add(1),
        defects: JsonText(new.defects.clone()),
        note: new.note.trim().to_owned(),
        due_on: Day(due_on),
        provisional: !calendar.is_published(chrono::Datelike::year(&due_on)),
        requested_by: by.actor.user_id,
        requested_at: by.now,
        answered_at: None,
    };
    store::insert_correction(conn, &request)?;
    let fields: Vec<&str> = new.defects.iter().map(|defect| defect.field.as_str()).collect();
    let detail = json!({"fields": fields, "due_on": request.due_on});
    let verb = "application.request_correction";
    let next = advance_as(conn, by, &application, Action::RequestCorrection, Some(role), verb, detail)?;
    let defects: Vec<String> = new
        .defects
        .iter()
        .map(|defect| {
            let label = form.field(&defect.field).map_or(defect.field.as_str(), |field| field.label.as_str());
            format!("· {label}：{}", defect.note.trim())
        })
        .collect();
    let values = [
        ("title", next.title.clone()),
        ("reference", next.reference.to_string()),
        ("until", request.due_on.to_string()),
        ("defects", defects.join("\n")),
        ("note", request.note.clone()),
    ];
    let letter = letters::compose(conn, next.programme_id, Cause::CorrectionRequested, &values)?;
    notify_applicants(conn, &next, &letter, by.now)?;
    Ok(request)
}

/// Gives one application more time: an officer's logged act. The officer need not see the draft for it.
pub fn extend(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    input: &Input<NewExtension>,
) -> Result<Extension, Error> {
    let application = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    let own = by.actor.role_for(application.organization_id).is_some();
    if !own && !by.actor.is_staff_of(application.programme_id) {
        return Err(Error::not_found());
    }
    let role = by.actor.require(application.programme_id, &[Role::ProgramOfficer])?;
    refuse_own(conn, &by.actor, &application)?;
    by.proceed_unversioned(conn)?;
    let round = programmes::see_published(conn, application.round_id)?;
    let waiting = match application.state {
        ApplicationState::Draft => None,
        ApplicationState::CorrectionRequested => store::last_correction(conn, id)?,
        other => return Err(Error::illegal_transition(other)),
    };
    if !programmes::is_under_way(&round) {
        return Err(Error::illegal_transition(programmes::phase(&round, by.now.day())));
    }
    let ends_on = waiting.as_ref().map_or(round.closes_on, |request| request.due_on);
    let new = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    let reason = new.reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        faults.push(Fault::new("/reason", &codes::FIELD_INVALID).with("reason", "1–500"));
    }
    let end = new.until.0.succ_opt().map(Timestamp::start_of);
    let is_later = new.until > ends_on
        && new.until.0 >= by.now.day()
        && (waiting.is_some()
            || application.extended_until.is_none_or(|before| end.is_some_and(|end| end > before)));
    if !is_later || chrono::Datelike::year(&new.until.0) > 2999 {
        faults.push(Fault::new("/until", &codes::EXTENSION_EARLIER).with("until", ends_on));
    }
    let Some(end) = end.filter(|_| faults.is_empty()) else { return Err(Error::invalid(faults)) };
    match &waiting {
        Some(request) => store::move_due_day(conn, request.id, new.until)?,
        None => store::set_extension(conn, id, end)?,
    }
    let detail = json!({"until": new.until, "reason": reason});
    record(conn, by, &application, Some(role), "application.extend", Some(application.state), detail)?;
    let values = [
        ("reference", application.reference.to_string()),
        ("until", new.until.to_string()),
        ("reason", reason.to_owned()),
    ];
    let letter = letters::compose(conn, application.programme_id, Cause::Extended, &values)?;
    notify_applicants(conn, &application, &letter, by.now)?;
    Ok(Extension { id, reference: application.reference, until: new.until })
}
