//! What an expert does with a sheet.

use serde_json::json;

use super::{conflicts::refuse_conflict, record, show};
use crate::{
    applications::{self, Application},
    db::Db,
    error::{Error, Fault, Input, codes},
    http::{Caller, Guarded, Shown},
    kernel::ids::{ConflictId, ReviewId},
    programmes,
    reviews::{
        model::{
            Conflict, ConflictSource, Expert, ExpertState, NewRecusal, Review, ReviewState, ReviewView,
            SheetContent,
        },
        rules::{
            Action,
            sheet::{self, Marks},
        },
        store,
    },
};

/// The sheet and its expert, for the expert alone (404 for everybody else).
fn own_sheet(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<(Review, Expert), Error> {
    let review = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    let expert = store::find_expert(conn, review.expert_id)?.ok_or_else(Error::not_found)?;
    // Who was removed from the pool opens no sheet any more; what they handed in stays.
    let own = expert.user_id == by.actor.user_id && expert.state != ExpertState::Removed;
    if own { Ok((review, expert)) } else { Err(Error::not_found()) }
}

/// Finds the sheet, checks that it is the caller's, replay, version, state and — for what scores — conflicts found
/// since the assignment; gives it back in its next state and version.
fn prepare(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    action: Action,
) -> Result<(Review, ReviewState, Application), Error> {
    let (review, expert) = own_sheet(conn, by, id)?;
    by.actor.require(review.programme_id, action.roles())?;
    by.proceed(conn, review.version)?;
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
    next.updated_at = by.now;
    next.version += 1;
    Ok((next, before, application))
}

fn save(
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
    let (mut review, before, _) = prepare(conn, by, id, Action::Declare)?;
    review.declared_at = Some(by.now);
    save(conn, by, &review, before, "review.declare")?;
    show(&by.actor, Some(review.expert_id), &review)
}

/// "I have one": the sheet is absent from now on, and the pair is barred.
pub fn recuse(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    input: &Input<NewRecusal>,
) -> Result<Shown<ReviewView>, Error> {
    let (review, before, _) = prepare(conn, by, id, Action::Recuse)?;
    let recusal = input.as_ref().map_err(Clone::clone)?;
    let kind = recusal.kind.trim();
    if kind.is_empty() || kind.chars().count() > 40 || recusal.evidence.chars().count() > 2_000 {
        return Err(Error::at("/kind", &codes::FIELD_REQUIRED));
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
    show(&by.actor, Some(review.expert_id), &review)
}

/// Writes marks; a sheet may stay incomplete as long as it is not handed in.
pub fn mark(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    input: &Input<SheetContent>,
) -> Result<Shown<ReviewView>, Error> {
    let (mut review, before, application) = prepare(conn, by, id, Action::Mark)?;
    let content = input.as_ref().map_err(Clone::clone)?;
    let rubric = programmes::rubric_of(conn, review.round_id, application.rubric_number)?;
    let policy = programmes::policy_of(conn, review.round_id, application.policy_number)?;
    sheet::check_marks(&content.marks, &rubric, policy.mark_step)?;
    let mut marks: Marks = serde_json::from_str(&review.marks).map_err(Error::internal)?;
    marks.extend(content.marks.clone());
    review.marks = serde_json::to_string(&marks).map_err(Error::internal)?;
    review.suggested_amount = content.suggested_amount.or(review.suggested_amount);
    if let Some(comment) = &content.comment {
        if comment.chars().count() > 5_000 {
            return Err(Error::invalid(vec![
                Fault::new("/comment", &codes::FIELD_TOO_LONG).with("max", 5_000),
            ]));
        }
        review.comment.clone_from(comment);
    }
    save(conn, by, &review, before, "review.mark")?;
    show(&by.actor, Some(review.expert_id), &review)
}

/// Hands the sheet in; the last one completes the scoring.
pub fn submit(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<Shown<ReviewView>, Error> {
    let (mut review, before, application) = prepare(conn, by, id, Action::Submit)?;
    let rubric = programmes::rubric_of(conn, review.round_id, application.rubric_number)?;
    let marks: Marks = serde_json::from_str(&review.marks).map_err(Error::internal)?;
    review.total = Some(sheet::total(&marks, &rubric)?);
    review.submitted_at = Some(by.now);
    save(conn, by, &review, before, "review.submit")?;
    show(&by.actor, Some(review.expert_id), &review)
}
