//! Hand it in, the first time or corrected; and say beforehand what a submission would be told.

use serde_json::json;

use super::{
    super::{
        model::{Application, ApplicationState, ApplicationView, BudgetLine, Receipt, Validation},
        rules::{self, Action, Dossier},
        store::{self, SketchRow},
    },
    facts::facts,
    notify_applicants, prepare, record, require_visible, show, standards,
};
use crate::{
    attachments::{self, OwnerKind},
    db::{Db, private::Private},
    error::{Error, Fault},
    http::{Caller, Shown},
    kernel::{digest::sha256_hex, ids::ApplicationId, sketch::Sketch, time::Timestamp},
    letters::{self, Cause},
    organizations::{self, Organization},
    programmes::{self, Round},
};

/// Everything a submission would be told now.
pub(super) fn faults_of(
    conn: &mut Db,
    application: &Application,
    now: Timestamp,
) -> Result<Vec<Fault>, Error> {
    let (round, policy, form) = standards(conn, application)?;
    let lines = store::budget_lines(conn, application.id)?;
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    let facts = facts(conn, application, &organization, &round, &policy, now)?;
    let dossier = Dossier {
        application,
        lines: &lines,
        organization: &organization,
        facts: &facts,
        round: &round,
        policy: &policy,
        form: &form,
    };
    // A correction has its own time; what was handed in once was in time.
    let window_counts = application.state == ApplicationState::Draft;
    let mut faults = Vec::new();
    if application.state == ApplicationState::CorrectionRequested
        && let Some(request) = store::last_correction(conn, application.id)?
    {
        faults.extend(rules::check_due(&request, now).err().into_iter().flat_map(|error| error.faults));
    }
    faults.extend(rules::check_submission(dossier, window_counts, now));
    Ok(faults)
}

/// The list a submission would be told, without handing in.
pub fn validate(conn: &mut Db, by: &Caller, id: ApplicationId) -> Result<Validation, Error> {
    let application = require_visible(conn, &by.actor, id)?;
    let faults = faults_of(conn, &application, by.now)?;
    Ok(Validation {
        application_id: id,
        can_be_submitted: faults.is_empty() && Action::Submit.apply(application.state).is_some(),
        faults: faults.iter().map(|fault| fault.told(by.language)).collect(),
    })
}

/// Hands it in, or says everything that is wrong with it. What was sent back is handed in again the same way.
pub fn submit(conn: &mut Db, by: &Caller, id: ApplicationId) -> Result<Shown<ApplicationView>, Error> {
    let (application, role) = prepare(conn, by, id, Action::Submit)?;
    let next_state = Action::Submit.next(application.state)?;
    let request = match application.state {
        ApplicationState::CorrectionRequested => store::last_correction(conn, id)?,
        _ => None,
    };
    let faults = faults_of(conn, &application, by.now)?;
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    let next = if application.state == ApplicationState::Draft {
        let round = programmes::see_published(conn, application.round_id)?;
        hand_in(conn, by, &application, &round, &organization)?
    } else {
        let mut next = application.clone();
        next.state = next_state;
        next.version += 1;
        store::save(conn, &next)?;
        next
    };
    let lines = store::budget_lines(conn, id)?;
    let receipt = give_receipt(conn, by, &next, &lines, &organization)?;
    keep_sketch(conn, &next)?;
    let (verb, cause) = match &request {
        Some(request) => {
            store::answer_correction(conn, request, by.now)?;
            ("application.resubmit", Cause::CorrectionReceived)
        }
        None => ("application.submit", Cause::Received),
    };
    let detail = json!({"requested": next.requested, "digest": receipt.digest});
    record(conn, by, &next, Some(role), verb, Some(application.state), detail)?;
    let values = [
        ("title", next.title.clone()),
        ("reference", next.reference.to_string()),
        ("received_at", by.now.in_shanghai()),
        ("digest", receipt.digest),
    ];
    let letter = letters::compose(conn, next.programme_id, cause, &values)?;
    notify_applicants(conn, &next, &letter, by.now)?;
    show(conn, by, next)
}

/// A draft becomes a submission: from here on it is judged by the call as it stands now, whatever is corrected later.
pub(super) fn hand_in(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    round: &Round,
    organization: &Organization,
) -> Result<Application, Error> {
    let mut next = application.clone();
    next.state = Action::Submit.next(application.state)?;
    next.policy_number = round.policy_number;
    next.rubric_number = round.rubric_number;
    next.form_number = round.form_number;
    next.track = Some(rules::track_of(organization.kind));
    next.batch_number = Some(programmes::current_batch(round));
    next.submitted_at = Some(by.now);
    next.version += 1;
    store::save(conn, &next)?;
    Ok(next)
}

/// What was received, in words that anybody can hash again.
pub(super) fn give_receipt(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    lines: &[BudgetLine],
    organization: &Organization,
) -> Result<Receipt, Error> {
    let number = store::last_receipt(conn, application.id)?.map_or(1, |last| last.number + 1);
    let files = attachments::of_owner(conn, OwnerKind::Application, &application.id.to_string())?;
    let files: Vec<_> = files
        .iter()
        .map(|file| json!({"field": file.field, "name": file.name, "bytes": file.bytes, "sha256": file.sha256}))
        .collect();
    let content = json!({
        "reference": application.reference,
        "round_id": application.round_id,
        "received_at": by.now,
        "organization": {
            "id": organization.id,
            "name": organization.name,
            "kind": organization.kind,
            "credit_code": organization.credit_code,
            "filing_no": organization.filing_no,
        },
        "policy_number": application.policy_number,
        "form_number": application.form_number,
        "fields": rules::fields(application, lines),
        "attachments": files,
    })
    .to_string();
    let receipt = Receipt {
        application_id: application.id,
        number,
        reference: application.reference.clone(),
        received_at: by.now,
        received_from: by.actor.user_id,
        digest: sha256_hex(&content),
        content: Private::of_part(application.id, number, content),
    };
    store::insert_receipt(conn, &receipt)?;
    Ok(receipt)
}

/// The words of an application by which it is held against others: its title, its summary and its texts.
pub(super) fn words(application: &Application) -> String {
    let answers = application.answers.0.values().filter_map(serde_json::Value::as_str);
    let own = [application.title.as_str(), application.summary.as_str()];
    own.into_iter().chain(answers).collect::<Vec<_>>().join("\n")
}

pub(super) fn keep_sketch(conn: &mut Db, application: &Application) -> Result<(), Error> {
    let Some(sketch) = Sketch::of(&words(application)) else { return Ok(()) };
    let row = SketchRow {
        subject_id: application.id.to_string(),
        programme_id: application.programme_id,
        subject_kind: "application".to_owned(),
        label: format!("{} {}", application.reference, application.title),
        sketch: sketch.to_string(),
    };
    Ok(store::put_sketch(conn, &row)?)
}
