//! Draft, edit, submit, withdraw, check; and what later stages do to an application.

pub mod imports;

use serde_json::json;
use strum::IntoEnumIterator;

use super::{
    model::{
        Application, ApplicationState, ApplicationView, BudgetLine, DraftContent, EligibilityCheck,
        NewApplication, NewFinding, Outcome,
    },
    rules::{self, Action, Applicant},
    search, store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Input, codes},
    http::{Actor, Caller, Guarded, Shown, forbidden},
    kernel::{
        ids::{ApplicationId, BudgetLineId, EligibilityCheckId, RoundId},
        money::Money,
        role::Role,
        time::Timestamp,
    },
    organizations,
    outbox::{self, Letter},
    programmes::{self, Phase},
};

/// Begins a draft for an organisation the caller acts for.
pub fn draft(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    id: ApplicationId,
    input: &Input<NewApplication>,
) -> Result<Shown<ApplicationView>, Error> {
    let round = programmes::see_published(conn, round)?;
    let role = by.actor.require(round.programme_id, Action::Edit.roles())?;
    by.proceed_unversioned(conn)?;
    let phase = programmes::phase(&round, by.now.day());
    if !matches!(phase, Phase::Published | Phase::Open) {
        return Err(Error::new(&codes::E101)
            .with("opens_on", round.opens_on)
            .with("closes_on", round.closes_on));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let own = by.actor.role_for(new.organization_id).is_some();
    let organization = organizations::find(conn, new.organization_id)?
        .filter(|organization| own && organization.programme_id == round.programme_id)
        .ok_or_else(Error::not_found)?;
    let reference = programmes::next_reference(conn, &round, new.reference.as_ref())?;
    let blank = Application {
        id,
        programme_id: round.programme_id,
        round_id: round.id,
        organization_id: organization.id,
        reference,
        state: ApplicationState::Draft,
        title: String::new(),
        domain: None,
        requested: None,
        own_funds: Money::ZERO,
        starts_on: None,
        ends_on: None,
        beneficiaries: None,
        summary: String::new(),
        policy_number: round.policy_number,
        rubric_number: round.rubric_number,
        created_by: by.actor.user_id,
        created_at: by.now,
        updated_at: by.now,
        submitted_at: None,
        version: 1,
    };
    let application = rules::apply_content(&blank, &new.content, "/content", by.now)?;
    store::insert(conn, &application)?;
    search::index(conn, &application)?;
    if let Some(lines) = budget(id, &new.content) {
        store::replace_budget(conn, id, &lines)?;
    }
    record(conn, by, &application, Some(role), "application.draft", None, json!({}))?;
    show(conn, by, application)
}

fn budget(id: ApplicationId, content: &DraftContent) -> Option<Vec<BudgetLine>> {
    let lines = content.budget_lines.as_ref()?;
    let line = |(position, line): (i32, &super::model::NewBudgetLine)| BudgetLine {
        id: BudgetLineId::generate(),
        application_id: id,
        position,
        category: line.category,
        item: line.item.trim().to_owned(),
        amount: line.amount,
        from_fund: line.from_fund,
    };
    Some((0i32..).zip(lines).map(line).collect())
}

/// The application for its own people and for the office, else 404. Drafts are their authors' alone.
pub fn require_visible(conn: &mut Db, actor: &Actor, id: ApplicationId) -> Result<Application, Error> {
    let application = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    let own = actor.role_for(application.organization_id).is_some();
    let office = actor.is_staff_of(application.programme_id) && application.state != ApplicationState::Draft;
    if own || office { Ok(application) } else { Err(Error::not_found()) }
}

/// The application as it is shown to this person.
pub fn show(conn: &mut Db, by: &Caller, application: Application) -> Result<Shown<ApplicationView>, Error> {
    let budget_lines = store::budget_lines(conn, application.id)?;
    let round = programmes::see_published(conn, application.round_id)?;
    let phase = programmes::phase(&round, by.now.day());
    let permitted_actions = permitted_actions(conn, &by.actor, &application, phase)?;
    Ok(Shown { object: ApplicationView { application, budget_lines }, permitted_actions })
}

/// What this person may do to it now, in this phase of its round.
pub fn permitted_actions(
    conn: &mut Db,
    actor: &Actor,
    application: &Application,
    phase: Phase,
) -> Result<Vec<&'static str>, Error> {
    let first = match application.state {
        ApplicationState::FormCheck => store::find_check(conn, application.id, "form")?,
        _ => None,
    };
    let confirms = |outcome: Outcome| {
        first.as_ref().is_some_and(|first| first.outcome == outcome && first.made_by != actor.user_id)
    };
    // Moves that are made by other objects (a plan, a notice, an agreement) are offered there.
    let is_offered = |action: Action| match action {
        Action::Edit | Action::Withdraw | Action::CheckForm => true,
        Action::Submit => phase == Phase::Open,
        Action::Accept => confirms(Outcome::Accept),
        Action::Reject => confirms(Outcome::Reject),
        Action::Assign => matches!(phase, Phase::Closed | Phase::Reviewing),
        Action::CompleteScoring
        | Action::Propose
        | Action::Waitlist
        | Action::Decline
        | Action::PublishNotice
        | Action::Approve
        | Action::Sign => false,
    };
    Ok(Action::iter()
        .filter(|action| action.apply(application.state).is_some() && is_offered(*action))
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

/// Finds it, checks role, replay and version, and gives it back with the role.
fn prepare(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    action: Action,
) -> Result<(Application, Role), Error> {
    let application = require_visible(conn, &by.actor, id)?;
    let role = role_for(&by.actor, &application, action).ok_or_else(|| forbidden(action.roles()))?;
    by.proceed(conn, application.version)?;
    Ok((application, role))
}

/// Writes at a draft.
pub fn edit(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    input: &Input<DraftContent>,
) -> Result<Shown<ApplicationView>, Error> {
    let (application, role) = prepare(conn, by, id, Action::Edit)?;
    Action::Edit.next(application.state)?;
    let content = input.as_ref().map_err(Clone::clone)?;
    let mut next = rules::apply_content(&application, content, "", by.now)?;
    next.version += 1;
    store::save(conn, &next)?;
    search::index(conn, &next)?;
    if let Some(lines) = budget(id, content) {
        store::replace_budget(conn, id, &lines)?;
    }
    let before = Some(application.state);
    record(conn, by, &next, Some(role), "application.edit", before, json!({"version": next.version}))?;
    show(conn, by, next)
}

/// Hands it in, or says everything that is wrong with it.
pub fn submit(conn: &mut Db, by: &Caller, id: ApplicationId) -> Result<Shown<ApplicationView>, Error> {
    let (application, role) = prepare(conn, by, id, Action::Submit)?;
    let next_state = Action::Submit.next(application.state)?;
    let round = programmes::see_published(conn, application.round_id)?;
    let policy = programmes::policy_of(conn, round.id, application.policy_number)?;
    let lines = store::budget_lines(conn, id)?;
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    let host_is_ready = match (organization.host_id, organization.host_consented_at) {
        (Some(host), Some(_)) => organizations::find_payee_account(conn, host)?.is_some(),
        _ => false,
    };
    let others = store::count_others(conn, round.id, organization.id, id)?;
    let applicant = Applicant {
        organization: &organization,
        host_is_ready,
        others_in_round: u32::try_from(others).unwrap_or(u32::MAX),
    };
    let phase = programmes::phase(&round, by.now.day());
    rules::check_submission(&application, &lines, applicant, &round, phase, &policy)?;
    let mut next = application.clone();
    next.state = next_state;
    next.submitted_at = Some(by.now);
    next.version += 1;
    store::save(conn, &next)?;
    let before = Some(application.state);
    record(conn, by, &next, Some(role), "application.submit", before, json!({"requested": next.requested}))?;
    let letter = Letter {
        subject: format!("【益创】申报已收到:{}", next.reference),
        body: format!(
            "《{}》已于 {} 收到,编号 {}。\nYour application {} was received at {}.\n",
            next.title, by.now, next.reference, next.reference, by.now
        ),
        cause: "application.submit",
    };
    notify_applicants(conn, &next, &letter, by.now)?;
    show(conn, by, next)
}

/// Takes it back.
pub fn withdraw(conn: &mut Db, by: &Caller, id: ApplicationId) -> Result<Shown<ApplicationView>, Error> {
    let (application, role) = prepare(conn, by, id, Action::Withdraw)?;
    let next =
        advance_as(conn, by, &application, Action::Withdraw, Some(role), "application.withdraw", json!({}))?;
    show(conn, by, next)
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
    let finding = input.as_ref().map_err(Clone::clone)?;
    rules::check_finding(finding)?;
    put_check(conn, by, &application, "form", finding)?;
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
    rules::check_finding(finding)?;
    if finding.outcome != first.outcome {
        return Err(Error::new(&codes::OPINIONS_DIFFER));
    }
    let organization =
        organizations::find(conn, application.organization_id)?.ok_or_else(Error::not_found)?;
    if finding.outcome == Outcome::Accept && organization.state != organizations::OrganizationState::Verified
    {
        return Err(Error::new(&codes::ORGANIZATION_UNVERIFIED));
    }
    put_check(conn, by, &application, "confirmation", finding)?;
    let (action, verb, zh, en) = match finding.outcome {
        Outcome::Accept => (Action::Accept, "application.accept", "已受理,进入专家评审", "is eligible"),
        Outcome::Reject => (Action::Reject, "application.reject", "不予受理", "was rejected at intake"),
    };
    let detail = json!({"outcome": finding.outcome, "reason_code": finding.reason_code});
    let next = advance_as(conn, by, &application, action, Some(role), verb, detail)?;
    let letter = Letter {
        subject: format!("【益创】{}:{zh}", next.reference),
        body: format!(
            "《{}》({}){zh}。{}\nApplication {} {en}.\n",
            next.title, next.reference, finding.note, next.reference
        ),
        cause: verb,
    };
    notify_applicants(conn, &next, &letter, by.now)?;
    show(conn, by, next)
}

fn put_check(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    step: &str,
    finding: &NewFinding,
) -> Result<(), Error> {
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
    };
    Ok(store::put_check(conn, &check)?)
}

/// Tells everybody who acts for the applicant.
pub fn notify_applicants(
    conn: &mut Db,
    application: &Application,
    letter: &Letter,
    now: Timestamp,
) -> Result<(), Error> {
    for person in organizations::people_of(conn, application.organization_id)? {
        outbox::enqueue_to_user(conn, person, letter, now)?;
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
