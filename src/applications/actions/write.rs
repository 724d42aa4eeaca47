//! Begin a draft, write at it whole or section by section, see what changed.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    super::{
        model::{
            Answers, Application, ApplicationState, ApplicationView, BudgetLine, Change, Differences,
            DraftContent, NewApplication, NewBudgetLine, Receipt, ReceiptView, Revision, SectionContent,
            SectionView,
        },
        rules::{self, Action, Places},
        search, store,
    },
    admit, prepare, record, require_visible, show, standards,
    submit::faults_of,
};
use crate::{
    db::{Db, private::SealedJson},
    error::{Error, Input, codes},
    http::{Caller, Guarded, Shown},
    kernel::{
        ids::{ApplicationId, BudgetLineId, OrganizationId, RoundId},
        money::Money,
        reference::Reference,
        role::Role,
    },
    organizations,
    programmes::{self, Form, Phase, Round, Section},
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
    let today = by.now.day();
    let before_the_window = programmes::phase(&round, today) == Phase::Published;
    if !before_the_window && !programmes::accepts_submissions(&round, today) {
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
    let blank = blank(by, &round, organization.id, id, reference);
    let form = programmes::form_of(conn, round.id, round.form_number)?;
    let application = rules::apply_content(&blank, &new.content, &form, Places::NEW, by.now)?;
    store::insert(conn, &application)?;
    search::index(conn, &application)?;
    let lines = budget_of(id, &new.content).unwrap_or_default();
    store::replace_budget(conn, id, &lines)?;
    let changes = rules::difference(&rules::fields(&blank, &[]), &rules::fields(&application, &lines));
    keep_revision(conn, by, &application, changes)?;
    record(conn, by, &application, Some(role), "application.draft", None, json!({}))?;
    show(conn, by, application)
}

/// An application with nothing in it, judged by the round as it stands.
pub(super) fn blank(
    by: &Caller,
    round: &Round,
    organization: OrganizationId,
    id: ApplicationId,
    reference: Reference,
) -> Application {
    Application {
        id,
        programme_id: round.programme_id,
        round_id: round.id,
        organization_id: organization,
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
        lead_name: String::new(),
        lead_phone: None,
        unit_id: None,
        funded_elsewhere: None,
        answers: SealedJson::of(id, Answers::new()),
        form_number: round.form_number,
        track: None,
        batch_number: None,
        extended_until: None,
    }
}

/// The lines of a content: none where it does not speak of them, empty where it takes them away.
pub(super) fn budget_of(id: ApplicationId, content: &DraftContent) -> Option<Vec<BudgetLine>> {
    let lines = content.budget_lines.as_ref()?.iter().flatten();
    let line = |(position, line): (i32, &NewBudgetLine)| BudgetLine {
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

pub(super) fn keep_revision(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    changes: Vec<Change>,
) -> Result<(), Error> {
    let revision = Revision {
        application_id: application.id,
        number: application.version,
        changes: SealedJson::of_part(application.id, application.version, changes),
        made_by: by.actor.user_id,
        made_at: by.now,
    };
    Ok(store::insert_revision(conn, &revision)?)
}

/// Writes at a draft, or at what was sent back.
pub fn edit(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    input: &Input<DraftContent>,
) -> Result<Shown<ApplicationView>, Error> {
    let (application, role) = prepare(conn, by, id, Action::Edit)?;
    Action::Edit.next(application.state)?;
    let content = input.as_ref().map_err(Clone::clone)?;
    let (_, _, form) = standards(conn, &application)?;
    let next = rules::apply_content(&application, content, &form, Places::TOP, by.now)?;
    let saving = Saving { application: &application, form: &form, role, places: Places::TOP, section: None };
    let next = save(conn, by, &saving, next, content)?;
    show(conn, by, next)
}

/// Writes at one section. Its version is its own: who writes at another section is not disturbed.
pub fn edit_section(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    code: &str,
    input: &Input<SectionContent>,
) -> Result<SectionView, Error> {
    let (application, role) = admit(conn, by, id, Action::Edit)?;
    let (_, _, form) = standards(conn, &application)?;
    let section = form.section(code).ok_or_else(Error::not_found)?;
    let version = store::section_version(conn, id, code)?;
    by.proceed(conn, version)?;
    Action::Edit.next(application.state)?;
    let given = input.as_ref().map_err(Clone::clone)?;
    let (content, unread) = rules::read_section(section, &given.fields);
    let next = rules::apply_content(&application, &content, &form, Places::SECTION, by.now);
    let next = match (next, unread.is_empty()) {
        (Ok(next), true) => next,
        (Ok(_), false) => return Err(Error::invalid(unread)),
        (Err(error), _) => return Err(Error::invalid(unread.into_iter().chain(error.faults).collect())),
    };
    let places = Places::SECTION;
    let saving = Saving { application: &application, form: &form, role, places, section: Some(section) };
    let next = save(conn, by, &saving, next, &content)?;
    section_view(conn, by, &next, section, &form)
}

/// One save, as far as it is the same for a whole application and for a section.
struct Saving<'a> {
    application: &'a Application,
    form: &'a Form,
    role: Role,
    places: Places<'a>,
    section: Option<&'a Section>,
}

fn save(
    conn: &mut Db,
    by: &Caller,
    saving: &Saving<'_>,
    mut next: Application,
    content: &DraftContent,
) -> Result<Application, Error> {
    let Saving { application, form, role, places, section } = saving;
    let id = application.id;
    let stored = store::budget_lines(conn, id)?;
    let given = budget_of(id, content);
    let lines = given.as_deref().unwrap_or(&stored);
    let changes = rules::difference(&rules::fields(application, &stored), &rules::fields(&next, lines));
    if application.state == ApplicationState::CorrectionRequested {
        let request = store::last_correction(conn, id)?
            .ok_or_else(|| Error::internal("a correction without a notice"))?;
        let place = |field: &str| match form.field(field).and_then(programmes::Field::core) {
            Some(core) => format!("{}/{core}", places.own),
            None => format!("{}/{}", places.answers, rules::escape(field)),
        };
        rules::check_due(&request, by.now)?;
        rules::check_locks(&request, form, &changes, place)?;
    }
    // An editor that saves by itself makes no version of nothing.
    if changes.is_empty() {
        return Ok((*application).clone());
    }
    next.version += 1;
    store::save(conn, &next)?;
    if changes.iter().any(|change| change.after.is_null()) {
        store::clear_missing(conn, &next)?;
    }
    if application.title != next.title {
        search::index(conn, &next)?;
    }
    if given.is_some() && changes.iter().any(|change| change.field == "budget_lines") {
        store::replace_budget(conn, id, lines)?;
    }
    let touched = changes.iter().filter_map(|change| form.section_of(&change.field));
    let touched: BTreeSet<&str> = touched.chain(*section).map(|section| section.code.as_str()).collect();
    for code in &touched {
        store::bump_section(conn, id, code, by.actor.user_id, by.now)?;
    }
    let fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
    let detail = json!({"version": next.version, "fields": fields});
    record(conn, by, &next, Some(*role), "application.edit", Some(application.state), detail)?;
    keep_revision(conn, by, &next, changes)?;
    Ok(next)
}

/// A section as its people and the office see it.
pub fn see_section(conn: &mut Db, by: &Caller, id: ApplicationId, code: &str) -> Result<SectionView, Error> {
    let application = require_visible(conn, &by.actor, id)?;
    let (_, _, form) = standards(conn, &application)?;
    let section = form.section(code).ok_or_else(Error::not_found)?;
    section_view(conn, by, &application, section, &form)
}

fn section_view(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    section: &Section,
    form: &Form,
) -> Result<SectionView, Error> {
    let lines = store::budget_lines(conn, application.id)?;
    let request = store::last_correction(conn, application.id)?;
    let is_author = super::role_for(&by.actor, application, Action::Edit).is_some();
    let asked = |code: &str| section.fields.iter().any(|field| field.code == code);
    let writable =
        if is_author { rules::writable(application.state, form, request.as_ref()) } else { Vec::new() };
    let faults = faults_of(conn, application, by.now)?;
    let mut fields = rules::fields(application, &lines);
    if super::is_office(conn, &by.actor, application)? {
        rules::mask_personal(&mut fields, form);
    }
    Ok(SectionView {
        application_id: application.id,
        code: section.code.clone(),
        title: section.title.clone(),
        version: store::section_version(conn, application.id, &section.code)?,
        application_version: application.version,
        fields: fields.into_iter().filter(|(code, _)| asked(code)).collect(),
        writable: writable.into_iter().filter(|code| asked(code)).collect(),
        faults: faults.iter().map(|fault| fault.told(by.language)).collect(),
    })
}

/// What changed after version `from`, up to and with version `to`, field by field.
pub fn differences(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    from: i32,
    to: Option<i32>,
) -> Result<Differences, Error> {
    let application = require_visible(conn, &by.actor, id)?;
    let to = to.unwrap_or(application.version);
    let saves = store::revisions(conn, id, from, i64::MAX)?;
    let saves = saves.into_iter().take_while(|save| save.number <= to).map(|save| save.changes.0);
    let mut changes = rules::compose(saves);
    mask_changes(conn, by, &application, &mut changes)?;
    Ok(Differences { application_id: id, from, to, changes })
}

/// The office sees what says something of a person masked, in what was changed as in what stands there now.
fn mask_changes(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    changes: &mut [Change],
) -> Result<(), Error> {
    if !super::is_office(conn, &by.actor, application)? {
        return Ok(());
    }
    let (_, _, form) = standards(conn, application)?;
    for change in changes {
        for value in [&mut change.before, &mut change.after] {
            rules::mask_field(&change.field, value, &form);
        }
    }
    Ok(())
}

/// The saves of an application as this person sees them.
pub fn revisions(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    after: i32,
    limit: i64,
) -> Result<Vec<Revision>, Error> {
    let application = require_visible(conn, &by.actor, id)?;
    let mut found = store::revisions(conn, id, after, limit)?;
    for revision in &mut found {
        mask_changes(conn, by, &application, &mut revision.changes.0)?;
    }
    Ok(found)
}

/// What was handed in, as this person sees it: the office gets it with what says something of a person masked, so that
/// the digest is that of the whole text and not of what is shown.
pub fn receipts(conn: &mut Db, by: &Caller, id: ApplicationId) -> Result<Vec<ReceiptView>, Error> {
    let application = require_visible(conn, &by.actor, id)?;
    let office = super::is_office(conn, &by.actor, &application)?;
    let (_, _, form) = standards(conn, &application)?;
    let shown = |receipt: Receipt| {
        let content = receipt.content.as_str().to_owned();
        let content = if office { rules::mask_receipt(&content, &form) } else { content };
        ReceiptView { receipt, content }
    };
    Ok(store::receipts(conn, id)?.into_iter().map(shown).collect())
}
