//! Applications that the office enters for their groups from a sheet: judged by the same rules as a group's own
//! submission, and handed in at once.

use serde_json::json;

use super::{
    super::{
        model::{Application, ApplicationState, BudgetLine},
        rules::{self, Applicant},
        search, store,
    },
    budget, notify_applicants, record,
};
use crate::{
    db::Db,
    error::{Error, codes},
    http::Caller,
    kernel::{
        ids::{ApplicationId, RoundId},
        money::Money,
        reference::Reference,
        role::Role,
        time::Timestamp,
    },
    organizations::{self, Organization},
    outbox::Letter,
    programmes::{self, Phase, Policy, Round},
};

pub use super::super::{
    model::{DraftContent, NewBudgetLine},
    store::reference_is_taken,
};

/// The most applications one import brings: they are written in one transaction.
pub const MAX_IMPORTED: usize = 1_000;

/// What a row of a sheet says.
#[derive(Clone, Debug)]
pub struct ImportedRow {
    /// Who applies.
    pub organization: Organization,
    /// The office's own number, where the round says that references are given.
    pub reference: Option<Reference>,
    /// The form.
    pub content: DraftContent,
}

/// What all rows of an import are judged by.
#[derive(Clone, Debug)]
pub struct Standard {
    /// The round.
    pub round: Round,
    policy: Policy,
    phase: Phase,
}

/// The round with its policy, as it stands at `now`.
pub fn standard(conn: &mut Db, round: RoundId, now: Timestamp) -> Result<Standard, Error> {
    let round = programmes::see_published(conn, round)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let phase = programmes::phase(&round, now.day());
    Ok(Standard { round, policy, phase })
}

/// Everything that is wrong with a row, told as a submission would be told. `earlier` is how many rows before it in the
/// sheet are the same organisation's.
pub fn check_row(
    conn: &mut Db,
    by: &Caller,
    standard: &Standard,
    row: &ImportedRow,
    earlier: u32,
) -> Result<(), Error> {
    judge(conn, by, standard, ApplicationId::generate(), row, earlier).map(|_| ())
}

/// Drafts a row and hands it in. The office is not asked for a version: nobody else has seen the draft.
pub fn submit_row(
    conn: &mut Db,
    by: &Caller,
    standard: &Standard,
    id: ApplicationId,
    row: &ImportedRow,
    role: Role,
) -> Result<Application, Error> {
    // Rows before it are in the round by now and are counted there.
    let (mut application, lines) = judge(conn, by, standard, id, row, 0)?;
    application.reference = programmes::next_reference(conn, &standard.round, row.reference.as_ref())?;
    application.state = ApplicationState::Draft;
    store::insert(conn, &application)?;
    store::replace_budget(conn, id, &lines)?;
    record(conn, by, &application, Some(role), "application.draft", None, json!({"imported": true}))?;
    let mut next = application.clone();
    next.state = rules::Action::Submit.next(application.state)?;
    next.submitted_at = Some(by.now);
    next.version += 1;
    store::save(conn, &next)?;
    search::index(conn, &next)?;
    let detail = json!({"requested": next.requested, "imported": true});
    record(conn, by, &next, Some(role), "application.submit", Some(application.state), detail)?;
    let letter = Letter {
        subject: format!("【益创】已代为录入申报：{}", next.reference),
        body: format!(
            "《{}》已由中心于 {} 代为录入并提交，编号 {}。\nThe office entered and handed in your application {} at {}.\n",
            next.title, by.now, next.reference, next.reference, by.now
        ),
        cause: "application.submit",
    };
    notify_applicants(conn, &next, &letter, by.now)?;
    Ok(next)
}

/// The application a row makes, with its budget, or all its faults.
fn judge(
    conn: &mut Db,
    by: &Caller,
    standard: &Standard,
    id: ApplicationId,
    row: &ImportedRow,
    earlier: u32,
) -> Result<(Application, Vec<BudgetLine>), Error> {
    let Standard { round, policy, phase } = standard;
    let organization = &row.organization;
    // The number is taken when the row is written; until then any reference will do.
    let reference = match &row.reference {
        Some(reference) => reference.clone(),
        None => Reference::numbered("IMPORT", round.year, 0),
    };
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
    let application = rules::apply_content(&blank, &row.content, "", by.now)?;
    let lines = budget(id, &row.content).unwrap_or_default();
    let host_is_ready = match (organization.host_id, organization.host_consented_at) {
        (Some(host), Some(_)) => organizations::find_payee_account(conn, host)?.is_some(),
        _ => false,
    };
    let others = store::count_others(conn, round.id, organization.id, id)?;
    let others_in_round = u32::try_from(others).unwrap_or(u32::MAX).saturating_add(earlier);
    let applicant = Applicant { organization, host_is_ready, others_in_round };
    rules::check_submission(&application, &lines, applicant, round, *phase, policy)?;
    Ok((application, lines))
}

/// E101 where the round does not take applications now.
pub fn require_open(standard: &Standard) -> Result<(), Error> {
    match standard.phase {
        Phase::Open => Ok(()),
        Phase::Draft
        | Phase::Published
        | Phase::Closed
        | Phase::Reviewing
        | Phase::Decided
        | Phase::Archived => Err(Error::new(&codes::E101)
            .with("opens_on", standard.round.opens_on)
            .with("closes_on", standard.round.closes_on)),
    }
}
