//! What an expert does with a sheet.

use serde_json::json;

use super::{conflicts::refuse_conflict, defence, record, schedules, show, versions};
use crate::{
    applications::{self, Application},
    db::Db,
    error::{Error, Fault, Input, codes},
    http::{Caller, Guarded, Shown},
    kernel::ids::{ConflictId, ReviewId},
    programmes::{self, Criterion, Policy},
    reviews::{
        model::{
            Conflict, ConflictSource, Expert, ExpertState, NewRecusal, Review, ReviewState, ReviewView,
            SheetContent, SheetForm,
        },
        rules::{Action, sheet},
        store,
    },
};

/// A sheet that was found fit for a step of its expert: in its next state and version, not saved yet.
pub struct OpenedSheet {
    /// The sheet.
    pub review: Review,
    /// What it is about.
    pub application: Application,
    before: ReviewState,
}

/// The criteria and the policy that sheets are judged by, with the rubric's number: those of the round, the same for all
/// that are ranked together. A call's rubric and policy change no more once its review has begun.
pub(super) fn standards(conn: &mut Db, review: &Review) -> Result<(Vec<Criterion>, Policy, i32), Error> {
    let round = programmes::see_published(conn, review.round_id)?;
    let rubric = programmes::rubric_of(conn, round.id, round.rubric_number)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    Ok((rubric.of(review.stage).to_vec(), policy, round.rubric_number))
}

/// The sheet and its expert, for the expert alone (404 for everybody else).
fn own_sheet(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<(Review, Expert), Error> {
    let review = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    let expert = store::find_expert(conn, review.expert_id)?.ok_or_else(Error::not_found)?;
    // Who was removed from the pool opens no sheet any more; what they handed in stays.
    let own = expert.user_id == by.actor.user_id && expert.state != ExpertState::Removed;
    if own { Ok((review, expert)) } else { Err(Error::not_found()) }
}

/// Checks state, deadline and — for what scores — conflicts found since the assignment; gives the sheet back in its next
/// state and version.
fn open(
    conn: &mut Db,
    by: &Caller,
    (review, expert): (Review, Expert),
    action: Action,
) -> Result<OpenedSheet, Error> {
    let before = review.state;
    let application = applications::find(conn, review.application_id)?.ok_or_else(Error::not_found)?;
    if action != Action::Recuse {
        refuse_conflict(conn, &application, &expert)?;
    }
    let mut next = review;
    next.state = action.next(before)?;
    // Sheets are open while the application is being scored: not after the decision or a withdrawal.
    if application.state != applications::ApplicationState::Scoring {
        return Err(Error::illegal_transition(application.state));
    }
    if action.writes() {
        schedules::refuse_late(conn, &next, by.now)?;
        defence::refuse_early(conn, &next, by.now)?;
    }
    next.updated_at = by.now;
    next.version += 1;
    Ok(OpenedSheet { review: next, application, before })
}

/// Finds the sheet, checks that it is the caller's, replay, version, and what [`open`] checks.
fn prepare(conn: &mut Db, by: &Caller, id: ReviewId, action: Action) -> Result<OpenedSheet, Error> {
    let (review, expert) = own_sheet(conn, by, id)?;
    by.actor.require(review.programme_id, action.roles())?;
    by.proceed(conn, review.version)?;
    open(conn, by, (review, expert), action)
}

/// A sheet that the caller may write at now, for writing many at once: replay and the versions they saw are the
/// affair of whoever asks.
pub fn open_to_write(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<OpenedSheet, Error> {
    let (review, expert) = own_sheet(conn, by, id)?;
    by.actor.require(review.programme_id, Action::Mark.roles())?;
    open(conn, by, (review, expert), Action::Mark)
}

/// Everything in the content that cannot be written on this sheet.
pub fn content_faults(
    conn: &mut Db,
    sheet: &OpenedSheet,
    content: &SheetContent,
) -> Result<Vec<Fault>, Error> {
    let (criteria, policy, _) = standards(conn, &sheet.review)?;
    Ok(sheet::faults(content, &criteria, policy.mark_step))
}

/// Writes marks, comments and the amount on an opened sheet and saves it; 422 with all faults of the content at once.
pub fn write_content(
    conn: &mut Db,
    by: &Caller,
    sheet: OpenedSheet,
    content: &SheetContent,
) -> Result<Review, Error> {
    let faults = content_faults(conn, &sheet, content)?;
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let OpenedSheet { mut review, before, .. } = sheet;
    let mut marks = review.marks()?;
    for (code, mark) in &content.marks {
        match mark {
            Some(mark) => marks.insert(code.clone(), *mark),
            None => marks.remove(code),
        };
    }
    let mut comments = review.mark_comments()?;
    for (code, comment) in &content.mark_comments {
        match comment.as_deref().map(str::trim).filter(|said| !said.is_empty()) {
            Some(said) => comments.insert(code.clone(), said.to_owned()),
            None => comments.remove(code),
        };
    }
    review.marks = serde_json::to_string(&marks).map_err(Error::internal)?;
    review.mark_comments = serde_json::to_string(&comments).map_err(Error::internal)?;
    review.suggested_amount = content.suggested_amount.unwrap_or(review.suggested_amount);
    for (kept, given) in
        [(&mut review.comment, &content.comment), (&mut review.staff_comment, &content.staff_comment)]
    {
        if let Some(given) = given {
            *kept = given.clone().unwrap_or_default();
        }
    }
    save(conn, by, &review, before, "review.mark")?;
    if review.suggested_amount.is_none() {
        store::clear_amount(conn, review.id)?;
    }
    Ok(review)
}

pub(super) fn save(
    conn: &mut Db,
    by: &Caller,
    review: &Review,
    before: ReviewState,
    action: &'static str,
) -> Result<(), Error> {
    store::save(conn, review)?;
    let states = (Some(before.into()), Some(review.state.into()));
    let detail = json!({"version": review.version});
    record(conn, by, review.programme_id, action, ("review", review.id.to_string()), states, detail)
}

/// "I have no conflict."
pub fn declare(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<Shown<ReviewView>, Error> {
    let OpenedSheet { mut review, before, .. } = prepare(conn, by, id, Action::Declare)?;
    review.declared_at = Some(by.now);
    save(conn, by, &review, before, "review.declare")?;
    show::show_own(conn, by, &review)
}

/// "I have one": the sheet is absent from now on, and the pair is barred.
pub fn recuse(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    input: &Input<NewRecusal>,
) -> Result<Shown<ReviewView>, Error> {
    let OpenedSheet { review, before, .. } = prepare(conn, by, id, Action::Recuse)?;
    let recusal = input.as_ref().map_err(Clone::clone)?;
    let kind = recusal.kind.trim();
    let mut faults = Vec::new();
    if kind.is_empty() {
        faults.push(Fault::new("/kind", &codes::FIELD_REQUIRED));
    } else if kind.chars().count() > 40 {
        faults.push(Fault::new("/kind", &codes::FIELD_TOO_LONG).with("max", 40));
    }
    if recusal.evidence.chars().count() > 2_000 {
        faults.push(Fault::new("/evidence", &codes::FIELD_TOO_LONG).with("max", 2_000));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let conflict = Conflict {
        id: ConflictId::generate(),
        programme_id: review.programme_id,
        application_id: review.application_id,
        expert_id: review.expert_id,
        kind: kind.to_owned(),
        evidence: recusal.evidence.clone(),
        declared_by: by.actor.user_id,
        created_at: by.now,
        source: ConflictSource::Expert,
    };
    store::insert_conflict(conn, &conflict)?;
    save(conn, by, &review, before, "review.recuse")?;
    show::show_own(conn, by, &review)
}

/// Writes marks and comments; a sheet may stay incomplete as long as it is not handed in.
pub fn mark(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    input: &Input<SheetContent>,
) -> Result<Shown<ReviewView>, Error> {
    let sheet = prepare(conn, by, id, Action::Mark)?;
    let content = input.as_ref().map_err(Clone::clone)?;
    let review = write_content(conn, by, sheet, content)?;
    show::show_own(conn, by, &review)
}

/// Signs the sheet and hands it in: it must be whole, and what is signed is kept as it is now.
pub fn submit(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<Shown<ReviewView>, Error> {
    let OpenedSheet { mut review, before, application } = prepare(conn, by, id, Action::Submit)?;
    let (criteria, policy, rubric) = standards(conn, &review)?;
    let missing = missing(&review, &criteria, &policy)?;
    if !missing.is_empty() {
        return Err(Error::invalid(missing));
    }
    review.total = sheet::total(&review.marks()?, &criteria);
    review.submitted_at = Some(by.now);
    versions::sign(conn, &mut review, &application, (&criteria, rubric), by.now)?;
    save(conn, by, &review, before, "review.submit")?;
    show::show_own(conn, by, &review)
}

fn missing(review: &Review, criteria: &[Criterion], policy: &Policy) -> Result<Vec<Fault>, Error> {
    let (marks, comments) = (review.marks()?, review.mark_comments()?);
    Ok(sheet::missing(&marks, &comments, &review.comment, criteria, &policy.review))
}

/// What the expert needs to fill the sheet in, and what is still missing.
pub fn form(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<SheetForm, Error> {
    let (review, _) = own_sheet(conn, by, id)?;
    let (criteria, policy, _) = standards(conn, &review)?;
    let missing = if review.state.is_open() { missing(&review, &criteria, &policy)? } else { Vec::new() };
    let deadlines = store::deadlines(conn, review.round_id)?.of_sheet(&review);
    Ok(SheetForm {
        review_id: review.id,
        stage: review.stage,
        criteria,
        mark_step: policy.mark_step,
        comment_below_share_bp: policy.review.comment_below_share_bp,
        comment_from_total: policy.review.comment_from_total,
        due_at: deadlines.map(|own| own.due_at),
        closes_at: deadlines.map(|own| own.closes_at),
        missing: missing.iter().map(|fault| fault.told(by.language)).collect(),
    })
}
