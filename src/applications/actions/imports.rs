//! Applications that the office enters for their groups from a sheet: judged by the same rules as a group's own
//! submission, and handed in at once.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    super::{
        model::{Application, BudgetLine},
        rules::{self, Dossier, Places},
        search, store,
    },
    facts::facts,
    notify_applicants, record,
    submit::{give_receipt, hand_in, keep_sketch},
    write::{blank, budget_of, keep_revision},
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
    organizations::Organization,
    outbox::Letter,
    programmes::{self, Form, Policy, Round},
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

/// What rows before one have taken of an organisation's share of the round.
#[derive(Clone, Copy, Debug, Default)]
pub struct Earlier {
    /// How many they are.
    pub count: u32,
    /// What they ask for together.
    pub asked: Money,
}

/// What all rows of an import are judged by.
#[derive(Clone, Debug)]
pub struct Standard {
    /// The round.
    pub round: Round,
    policy: Policy,
    form: Form,
}

impl Standard {
    /// The form that is asked.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }
}

/// The round with its policy and form as they stand now.
pub fn standard(conn: &mut Db, round: RoundId) -> Result<Standard, Error> {
    let round = programmes::see_published(conn, round)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let form = programmes::form_of(conn, round.id, round.form_number)?;
    Ok(Standard { round, policy, form })
}

/// Everything that is wrong with a row, told as a submission would be told. `earlier` are the rows before it in the
/// sheet that are the same organisation's.
pub fn check_row(
    conn: &mut Db,
    by: &Caller,
    standard: &Standard,
    row: &ImportedRow,
    earlier: Earlier,
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
    let (mut application, lines) = judge(conn, by, standard, id, row, Earlier::default())?;
    application.reference = programmes::next_reference(conn, &standard.round, row.reference.as_ref())?;
    store::insert(conn, &application)?;
    store::replace_budget(conn, id, &lines)?;
    keep_revision(
        conn,
        by,
        &application,
        rules::difference(&BTreeMap::new(), &rules::fields(&application, &lines)),
    )?;
    record(conn, by, &application, Some(role), "application.draft", None, json!({"imported": true}))?;
    let next = hand_in(conn, by, &application, &standard.round, &row.organization)?;
    search::index(conn, &next)?;
    let receipt = give_receipt(conn, by, &next, &lines, &row.organization)?;
    keep_sketch(conn, &next)?;
    let detail = json!({"requested": next.requested, "digest": receipt.digest, "imported": true});
    record(conn, by, &next, Some(role), "application.submit", Some(application.state), detail)?;
    let letter = Letter {
        subject: format!("【益创】已代为录入申报：{}", next.reference),
        body: format!(
            "《{}》已由中心于 {} 代为录入并提交，编号 {}，内容摘要（SHA-256）{}。\nThe office entered and handed in your \
             application {} at {}; SHA-256 of its content: {}.\n",
            next.title,
            by.now.in_shanghai(),
            next.reference,
            receipt.digest,
            next.reference,
            by.now.in_shanghai(),
            receipt.digest
        ),
        cause: "application.submit",
    };
    notify_applicants(conn, &next, &letter, by.now)?;
    Ok(next)
}

/// The application a row makes, with its budget, or all its faults: the same as those of a group's own submission.
fn judge(
    conn: &mut Db,
    by: &Caller,
    standard: &Standard,
    id: ApplicationId,
    row: &ImportedRow,
    earlier: Earlier,
) -> Result<(Application, Vec<BudgetLine>), Error> {
    let Standard { round, policy, form } = standard;
    // The number is taken when the row is written; until then any reference will do.
    let reference = match &row.reference {
        Some(reference) => reference.clone(),
        None => Reference::numbered("IMPORT", round.year, 0),
    };
    let blank = blank(by, round, row.organization.id, id, reference);
    let application = rules::apply_content(&blank, &row.content, form, Places::TOP, by.now)?;
    let lines = budget_of(id, &row.content).unwrap_or_default();
    let mut facts = facts(conn, &application, &row.organization, round, policy, by.now)?;
    facts.others_in_round = facts.others_in_round.saturating_add(earlier.count);
    let asked = facts.asked_by_others.checked_add(earlier.asked);
    facts.asked_by_others = asked.unwrap_or(facts.asked_by_others);
    let dossier = Dossier {
        application: &application,
        lines: &lines,
        organization: &row.organization,
        facts: &facts,
        round,
        policy,
        form,
    };
    let faults = rules::check_submission(dossier, true, by.now);
    if faults.is_empty() { Ok((application, lines)) } else { Err(Error::invalid(faults)) }
}

/// E101 where the round does not take applications now.
pub fn require_open(standard: &Standard, now: Timestamp) -> Result<(), Error> {
    let round = &standard.round;
    if programmes::accepts_submissions(round, now.day()) {
        return Ok(());
    }
    Err(Error::new(&codes::E101).with("opens_on", round.opens_on).with("closes_on", round.closes_on))
}
