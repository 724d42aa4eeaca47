//! What people do to an application; and what later stages do to it.

mod check;
mod correct;
mod expert_file;
mod facts;
mod scoring;
mod submit;
mod write;

pub mod attachments;
pub mod remind;

pub mod imports;

use serde_json::json;
use strum::IntoEnumIterator;

pub use check::{check_form, confirm_eligibility, machine_check};
pub use correct::{extend, request_correction};
pub use expert_file::{expert_attachment, expert_file, expert_file_of, expert_titles};
pub use scoring::{batch_of, begin_scoring};
pub use submit::{submit, validate};
pub use write::{differences, draft, edit, edit_section, receipts, revisions, see_section};

use super::{
    model::{Application, ApplicationState, ApplicationView, EligibilityCheck, Outcome, Refusal},
    rules::{self, Action},
    store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, codes},
    http::{Actor, Caller, Guarded, Shown, forbidden},
    kernel::{
        ids::ApplicationId,
        role::{Role, STAFF},
        time::Timestamp,
    },
    organizations::{self, Organization},
    outbox::{self, Letter},
    programmes::{self, Form, Policy, Round},
};

/// The application for its own people and for the office, else 404. Drafts are their authors' alone.
pub fn require_visible(conn: &mut Db, actor: &Actor, id: ApplicationId) -> Result<Application, Error> {
    let application = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.role_for(application.organization_id).is_some() {
        return Ok(application);
    }
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    // Somebody bound to a unit sees the applications of its organisations alone.
    let office =
        application.state != ApplicationState::Draft && organizations::in_scope(conn, actor, &organization)?;
    if office { Ok(application) } else { Err(Error::not_found()) }
}

/// The application as this person may see it: from the decision to the public notice nobody of the applicant sees what
/// was decided, not in the state and not in the version. It stands there as it was before (domain.md §2.6).
pub fn as_seen(conn: &mut Db, actor: &Actor, application: Application) -> Result<Application, Error> {
    if actor.role_for(application.organization_id).is_none() {
        return Ok(application);
    }
    let before = store::withheld_of(conn, application.id)?;
    Ok(shown_as(application, before))
}

/// The application with the state and version before, where there are such.
pub fn shown_as(application: Application, before: Option<store::Before>) -> Application {
    match before {
        Some((state, version)) => Application { state, version, ..application },
        None => application,
    }
}

/// The round of an application with the policy and the form it is judged by: a draft follows the call as it stands
/// today, what was handed in keeps the versions of that day.
pub fn standards(conn: &mut Db, application: &Application) -> Result<(Round, Policy, Form), Error> {
    let round = programmes::see_published(conn, application.round_id)?;
    let (policy, form) = if application.state == ApplicationState::Draft {
        (round.policy_number, round.form_number)
    } else {
        (application.policy_number, application.form_number)
    };
    let policy = programmes::policy_of(conn, round.id, policy)?;
    let form = programmes::form_of(conn, round.id, form)?;
    Ok((round, policy, form))
}

/// The application as it is shown to this person.
pub fn show(conn: &mut Db, by: &Caller, application: Application) -> Result<Shown<ApplicationView>, Error> {
    let id = application.id;
    let round = programmes::see_published(conn, application.round_id)?;
    let permitted_actions = permitted_actions(conn, &by.actor, &application, &round, by.now)?;
    let application = as_seen(conn, &by.actor, application)?;
    let office = is_office(conn, &by.actor, &application)?;
    let lead_phone = application.lead_phone.as_ref();
    let lead_phone = lead_phone.map(|phone| if office { phone.masked() } else { phone.as_str().to_owned() });
    let mut answers = application.answers.0.clone();
    if office {
        let (_, _, form) = standards(conn, &application)?;
        rules::mask_personal(&mut answers, &form);
    }
    let object = ApplicationView {
        budget_lines: store::budget_lines(conn, id)?,
        sections: store::sections(conn, id)?,
        receipt: store::last_receipt(conn, id)?,
        correction: store::last_correction(conn, id)?,
        refusal: if application.state == ApplicationState::Rejected {
            refusal_of(&store::checks(conn, id)?)
        } else {
            None
        },
        checks: if office { store::checks(conn, id)? } else { Vec::new() },
        lead_name: application.lead_name.clone(),
        lead_phone,
        answers,
        application,
    };
    Ok(Shown { object, permitted_actions })
}

/// True for somebody of the office who may know of the application and does not act for the group.
pub fn is_office(conn: &mut Db, actor: &Actor, application: &Application) -> Result<bool, Error> {
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    Ok(actor.role_among(application.programme_id, STAFF).is_some()
        && organizations::in_scope(conn, actor, &organization)?
        && !acts_for(actor, &organization))
}

/// True for people of the group and of its host: they judge nothing of it (trust.md §5, number 25).
fn acts_for(actor: &Actor, organization: &Organization) -> bool {
    actor.role_for(organization.id).is_some()
        || organization.host_id.is_some_and(|host| actor.role_for(host).is_some())
}

/// The reason of a rejection in both people's words.
pub(super) fn refusal_of(checks: &[EligibilityCheck]) -> Option<Refusal> {
    let rejections: Vec<&EligibilityCheck> =
        checks.iter().filter(|check| check.outcome == Outcome::Reject).collect();
    let reason_code = rejections.iter().find_map(|check| check.reason_code.clone());
    let notes = rejections.iter().map(|check| check.note.trim()).filter(|note| !note.is_empty());
    let note = notes.collect::<Vec<_>>().join("；");
    (!rejections.is_empty()).then_some(Refusal { reason_code, note })
}

/// What this person may do to it now, in this phase of its round.
pub fn permitted_actions(
    conn: &mut Db,
    actor: &Actor,
    application: &Application,
    round: &Round,
    now: Timestamp,
) -> Result<Vec<&'static str>, Error> {
    let state = application.state;
    let first = match state {
        ApplicationState::FormCheck => store::find_check(conn, application.id, "form")?,
        _ => None,
    };
    let confirms = |outcome: Outcome| {
        first.as_ref().is_some_and(|first| first.outcome == outcome && first.made_by != actor.user_id)
    };
    let is_late = match state {
        ApplicationState::CorrectionRequested => store::last_correction(conn, application.id)?
            .is_some_and(|request| rules::check_due(&request, now).is_err()),
        _ => false,
    };
    let today = now.day();
    let in_time = rules::is_in_time(application, round, now);
    // Moves that are made by other objects (a plan, a notice, an agreement) are offered there.
    let is_offered = |action: Action| match action {
        Action::Withdraw | Action::RequestCorrection => true,
        Action::Edit => !is_late,
        Action::Submit if state == ApplicationState::CorrectionRequested => !is_late,
        Action::Submit => in_time,
        // While a correction is awaited nobody judges what is being corrected.
        Action::CheckForm => state != ApplicationState::CorrectionRequested || is_late,
        Action::Accept => confirms(Outcome::Accept),
        Action::Reject => confirms(Outcome::Reject),
        Action::Assign => {
            let batch = application.batch_number.unwrap_or_else(|| programmes::current_batch(round));
            programmes::is_batch_closed(round, batch, today)
                && !matches!(
                    programmes::phase(round, today),
                    programmes::Phase::Decided | programmes::Phase::Archived
                )
        }
        Action::BeginScoring
        | Action::CompleteScoring
        | Action::Propose
        | Action::Waitlist
        | Action::Decline
        | Action::PublishNotice
        | Action::Approve
        | Action::Sign => false,
    };
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    let is_own = acts_for(actor, &organization);
    Ok(Action::iter()
        .filter(|action| action.apply(state).is_some() && is_offered(*action))
        .filter(|action| action.is_the_applicants() || !is_own)
        .filter(|action| role_for(actor, application, *action).is_some())
        .map(Into::into)
        .collect())
}

fn role_for(actor: &Actor, application: &Application, action: Action) -> Option<Role> {
    if action.is_the_applicants() {
        actor.role_for(application.organization_id).filter(|role| action.roles().contains(role))
    } else {
        actor.role_among(application.programme_id, action.roles())
    }
}

/// Finds it and checks the role.
fn admit(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    action: Action,
) -> Result<(Application, Role), Error> {
    let application = require_visible(conn, &by.actor, id)?;
    let role = role_for(&by.actor, &application, action).ok_or_else(|| forbidden(action.roles()))?;
    if action.is_the_applicants() {
        // What they are refused tells no more than what they see.
        Ok((as_seen(conn, &by.actor, application)?, role))
    } else {
        refuse_own(conn, &by.actor, &application)?;
        Ok((application, role))
    }
}

/// Finds it, checks role, replay and version, and gives it back with the role.
fn prepare(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    action: Action,
) -> Result<(Application, Role), Error> {
    let (application, role) = admit(conn, by, id, action)?;
    by.proceed(conn, application.version)?;
    Ok((application, role))
}

/// Nobody of the group or of its host judges it for the office.
fn refuse_own(conn: &mut Db, actor: &Actor, application: &Application) -> Result<(), Error> {
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    if acts_for(actor, &organization) { Err(Error::new(&codes::OWN_GROUP)) } else { Ok(()) }
}

/// Takes it back.
pub fn withdraw(conn: &mut Db, by: &Caller, id: ApplicationId) -> Result<Shown<ApplicationView>, Error> {
    let (application, role) = prepare(conn, by, id, Action::Withdraw)?;
    if store::withheld_of(conn, id)?.is_some() {
        return Err(Error::illegal_transition(programmes::Phase::Decided));
    }
    let next =
        advance_as(conn, by, &application, Action::Withdraw, Some(role), "application.withdraw", json!({}))?;
    show(conn, by, next)
}

/// Tells everybody who acts for the applicant.
pub fn notify_applicants(
    conn: &mut Db,
    application: &Application,
    letter: &Letter,
    now: Timestamp,
) -> Result<(), Error> {
    for person in organizations::people_of(conn, application.organization_id)? {
        outbox::enqueue_about(conn, Some(application.programme_id), person, letter, now)?;
    }
    Ok(())
}

/// Moves an application for a later stage, with its audit row.
pub fn advance(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    action: Action,
    verb: &'static str,
) -> Result<Application, Error> {
    let role = by.actor.role_among(application.programme_id, action.roles());
    advance_as(conn, by, application, action, role, verb, json!({}))
}

/// The same with the role and the detail for the audit row.
pub fn advance_as(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    action: Action,
    role: Option<Role>,
    verb: &'static str,
    detail: serde_json::Value,
) -> Result<Application, Error> {
    let mut next = application.clone();
    next.state = action.next(application.state)?;
    next.version += 1;
    store::save(conn, &next)?;
    record(conn, by, &next, role, verb, Some(application.state), detail)?;
    Ok(next)
}

fn record(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    role: Option<Role>,
    action: &'static str,
    before: Option<ApplicationState>,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role,
        action,
        subject_kind: "application",
        subject_id: application.id.to_string(),
        before: before.map(Into::into),
        after: Some(application.state.into()),
        detail,
    };
    Ok(audit::record(conn, Lane::Programme(application.programme_id), deed, by.now)?)
}
