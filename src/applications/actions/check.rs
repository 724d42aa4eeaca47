//! 形式审查 and 资格审查: the machine's findings first, then the first person's, then the second's.

use serde_json::json;

use super::{
    super::{
        model::{
            Application, ApplicationState, ApplicationView, ChecklistItem, EligibilityCheck, MachineCheck,
            MachineFinding, NewFinding, Outcome, Refusal,
        },
        rules::{self, Action},
        store,
    },
    advance_as, notify_applicants, prepare, require_visible, show, standards,
    submit::{faults_of, words},
};
use crate::{
    db::{Db, columns::JsonText},
    error::{Error, Fault, Input, codes},
    http::{Caller, Shown, forbidden},
    kernel::{
        ids::{ApplicationId, EligibilityCheckId, TrackRecordId},
        role::STAFF,
        sketch::{Sketch, likeness},
    },
    letters::{self, Cause},
    organizations::{self, Shared, SharedThing},
    programmes::{Form, Policy},
};

/// How far a sketch may be from the truth, in basis points: what it puts so near is compared exactly.
const SKETCH_TOLERANCE: u32 = 1_500;
/// So many texts are compared exactly and told.
const MOST_ALIKE: usize = 10;

/// What the machine finds now; for the office alone.
pub fn machine_check(conn: &mut Db, by: &Caller, id: ApplicationId) -> Result<MachineCheck, Error> {
    let application = require_visible(conn, &by.actor, id)?;
    if !super::is_office(conn, &by.actor, &application)? {
        return Err(forbidden(STAFF));
    }
    let (_, policy, form) = standards(conn, &application)?;
    let faults = faults_of(conn, &application, by.now)?;
    let warnings = warnings_of(conn, &application, &policy)?;
    let told = |found: &[Fault]| found.iter().map(|fault| fault.told(by.language)).collect();
    let checklist = form.checklist.iter();
    Ok(MachineCheck {
        application_id: id,
        faults: told(&faults),
        warnings: told(&warnings),
        checklist: checklist
            .map(|point| ChecklistItem { code: point.code.clone(), label: point.label.clone() })
            .collect(),
    })
}

/// W201: what was handed in before, this round or earlier; W202 and W203: who is somebody else's as well.
fn warnings_of(conn: &mut Db, application: &Application, policy: &Policy) -> Result<Vec<Fault>, Error> {
    let mut warnings = Vec::new();
    let own = words(application);
    if let Some(sketch) = Sketch::of(&own) {
        let least = policy.near_duplicate_bp.saturating_sub(SKETCH_TOLERANCE);
        let (programme, subject) = (application.programme_id, application.id.to_string());
        for (other, kind, label) in store::alike(conn, programme, &subject, &sketch, least, MOST_ALIKE)? {
            let Some(text) = words_of(conn, &kind, &other)? else { continue };
            let share = likeness(&own, &text);
            if share >= policy.near_duplicate_bp {
                warnings.push(
                    Fault::new("/summary", &codes::W201).with("project", label).with("share", share / 100),
                );
            }
        }
    }
    warnings.extend(shared_with_others(conn, application)?);
    if let Some(phone) = &application.lead_phone {
        let (programme, own) = (application.programme_id, application.organization_id);
        for other in store::others_led_by(conn, programme, own, phone)? {
            let name = organizations::find(conn, other)?.map(|other| other.name).unwrap_or_default();
            warnings.push(
                Fault::new("/lead_phone", &codes::W202)
                    .with("organization", name)
                    .with("what", "项目负责人手机"),
            );
        }
    }
    Ok(warnings)
}

/// W202 and W203: people, phones and accounts that another organisation has too.
fn shared_with_others(conn: &mut Db, application: &Application) -> Result<Vec<Fault>, Error> {
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    let shared = organizations::sharing(conn, application.programme_id, &organization)?;
    let warning = |shared: Shared| {
        let (code, what) = match shared.thing {
            SharedThing::Person => (&codes::W202, "机构人员"),
            SharedThing::Phone => (&codes::W202, "负责人或联系人手机"),
            SharedThing::PayeeAccount => (&codes::W203, "收款账户"),
        };
        Fault::new("/organization", code).with("organization", shared.organization_name).with("what", what)
    };
    Ok(shared.into_iter().map(warning).collect())
}

/// The words of a text that was handed in before, if it is still there.
fn words_of(conn: &mut Db, kind: &str, subject: &str) -> Result<Option<String>, Error> {
    if kind == "application" {
        let id: ApplicationId = subject.parse().map_err(Error::internal)?;
        return Ok(store::find(conn, id)?.map(|application| words(&application)));
    }
    let id: TrackRecordId = subject.parse().map_err(Error::internal)?;
    let record = organizations::find_track_record(conn, id)?;
    Ok(record.map(|record| format!("{}\n{}", record.title, record.summary)))
}

/// The first person's finding.
pub fn check_form(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    input: &Input<NewFinding>,
) -> Result<Shown<ApplicationView>, Error> {
    let (application, role) = prepare(conn, by, id, Action::CheckForm)?;
    Action::CheckForm.next(application.state)?;
    if application.state == ApplicationState::CorrectionRequested {
        // Until its time is over nobody judges what is being corrected.
        let request = store::last_correction(conn, id)?
            .ok_or_else(|| Error::internal("a correction without a notice"))?;
        if rules::check_due(&request, by.now).is_ok() {
            return Err(Error::illegal_transition(application.state));
        }
    }
    let finding = input.as_ref().map_err(Clone::clone)?;
    let (_, policy, form) = standards(conn, &application)?;
    rules::check_finding(finding, &form.checklist, true)?;
    refuse_unanswered(conn, id, finding.outcome)?;
    let broken = faults_of(conn, &application, by.now)?;
    if finding.outcome == Outcome::Accept && !broken.is_empty() && finding.note.trim().is_empty() {
        let told: Vec<&str> = broken.iter().map(|fault| fault.code.code).collect();
        return Err(Error::invalid(vec![
            Fault::new("/note", &codes::NOTE_REQUIRED).with("faults", told.join("、")),
        ]));
    }
    put_check(conn, by, &application, "form", finding, &policy, &form)?;
    let detail = json!({"outcome": finding.outcome, "reason_code": finding.reason_code});
    let next =
        advance_as(conn, by, &application, Action::CheckForm, Some(role), "application.check_form", detail)?;
    show(conn, by, next)
}

/// The second person's finding: it must be another person, and it must agree with the first.
pub fn confirm_eligibility(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    input: &Input<NewFinding>,
) -> Result<Shown<ApplicationView>, Error> {
    let (application, role) = prepare(conn, by, id, Action::Accept)?;
    Action::Accept.next(application.state)?;
    let first = store::find_check(conn, id, "form")?.ok_or_else(|| Error::internal("no first finding"))?;
    if first.made_by == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    let finding = input.as_ref().map_err(Clone::clone)?;
    let (_, policy, form) = standards(conn, &application)?;
    rules::check_finding(finding, &form.checklist, false)?;
    if finding.outcome != first.outcome {
        return Err(Error::new(&codes::OPINIONS_DIFFER));
    }
    refuse_unanswered(conn, id, finding.outcome)?;
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    if finding.outcome == Outcome::Accept && organization.state != organizations::OrganizationState::Verified
    {
        return Err(Error::new(&codes::ORGANIZATION_UNVERIFIED));
    }
    put_check(conn, by, &application, "confirmation", finding, &policy, &form)?;
    let (action, verb, cause) = match finding.outcome {
        Outcome::Accept => (Action::Accept, "application.accept", Cause::Accepted),
        Outcome::Reject => (Action::Reject, "application.reject", Cause::Rejected),
    };
    let detail = json!({"outcome": finding.outcome, "reason_code": finding.reason_code});
    let next = advance_as(conn, by, &application, action, Some(role), verb, detail)?;
    let values = [
        ("title", next.title.clone()),
        ("reference", next.reference.to_string()),
        ("note", reason_in_words(conn, id, finding)?),
    ];
    let letter = letters::compose(conn, next.programme_id, cause, &values)?;
    notify_applicants(conn, &next, &letter, by.now)?;
    let next = super::scoring::catch_up(conn, by, next)?;
    show(conn, by, next)
}

/// What an applicant is told: the reason of a rejection in both people's words, else the second person's note.
fn reason_in_words(conn: &mut Db, id: ApplicationId, finding: &NewFinding) -> Result<String, Error> {
    Ok(match super::refusal_of(&store::checks(conn, id)?) {
        Some(Refusal { reason_code, note }) => {
            let code = reason_code.map(|code| format!("理由：{code}。")).unwrap_or_default();
            format!("{code}{note}")
        }
        None => finding.note.clone(),
    })
}

/// E120: a correction that did not come counts as given up (domain.md §2.12). What was written since the last receipt was
/// never handed in, so it cannot be accepted; with more time it still can be handed in.
fn refuse_unanswered(conn: &mut Db, id: ApplicationId, outcome: Outcome) -> Result<(), Error> {
    match store::last_correction(conn, id)? {
        Some(request) if request.answered_at.is_none() && outcome == Outcome::Accept => {
            Err(Error::new(&codes::E120).with("due_on", request.due_on))
        }
        _ => Ok(()),
    }
}

/// Keeps a finding together with what the machine found at that moment.
fn put_check(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    step: &str,
    finding: &NewFinding,
    policy: &Policy,
    form: &Form,
) -> Result<(), Error> {
    let mut machine = faults_of(conn, application, by.now)?;
    machine.extend(warnings_of(conn, application, policy)?);
    let machine = machine
        .iter()
        .map(|fault| MachineFinding { pointer: fault.pointer.clone(), code: fault.code.code.to_owned() });
    let ticked = form.checklist.iter().filter(|point| finding.checklist.contains(&point.code));
    let check = EligibilityCheck {
        id: EligibilityCheckId::generate(),
        programme_id: application.programme_id,
        application_id: application.id,
        step: step.to_owned(),
        outcome: finding.outcome,
        reason_code: finding.reason_code.clone(),
        note: finding.note.clone(),
        made_by: by.actor.user_id,
        made_at: by.now,
        checklist: JsonText(ticked.map(|point| point.code.clone()).collect()),
        machine: JsonText(machine.collect()),
    };
    Ok(store::put_check(conn, &check)?)
}
