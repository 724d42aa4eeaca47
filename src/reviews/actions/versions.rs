//! What is signed stays: lock, a supervisor's note, reopening, history.

use serde_json::json;

use super::{READERS, conflicts, record, sheets, show};
use crate::{
    applications::{self, Application, ApplicationState},
    db::Db,
    error::{Error, Fault, Input, codes},
    http::{Caller, Guarded, Shown},
    kernel::{
        digest::sha256_hex,
        ids::{ReviewId, SupervisorNoteId},
        reference::Reference,
        text,
        time::Timestamp,
    },
    outbox::{self, Letter},
    programmes::Criterion,
    reviews::{
        model::{
            Expert, NewReopening, NewSupervisorNote, Review, ReviewView, SheetHistory, SheetSignature,
            SheetVersion, SignedVersion, SupervisorNote,
        },
        rules::{Action, signature},
        store,
    },
};

/// The shortest reason for opening a signed sheet again, in characters.
const MIN_REASON: usize = 10;
/// The longest.
const MAX_REASON: usize = 2_000;

/// Signs a whole sheet: its digest stands on it from now on, and the version is kept.
pub(super) fn sign(
    conn: &mut Db,
    review: &mut Review,
    application: &Application,
    (criteria, rubric): (&[Criterion], i32),
    now: Timestamp,
) -> Result<(), Error> {
    let signed = signature::text(review, &application.reference, rubric, criteria, now)?;
    let digest = sha256_hex(&signed);
    review.digest = Some(digest.clone());
    let version = SignedVersion {
        review_id: review.id,
        number: store::times_signed(conn, review.id)? + 1,
        programme_id: review.programme_id,
        marks: review.marks.clone(),
        mark_comments: review.mark_comments.clone(),
        suggested_amount: review.suggested_amount,
        comment: review.comment.clone(),
        staff_comment: review.staff_comment.clone(),
        total: review.total.unwrap_or_default(),
        signed,
        digest,
        signed_at: now,
    };
    Ok(store::insert_signed(conn, &version)?)
}

/// A signed sheet for somebody of the office who acts on it: they may know of it (404), have the role, and it is not
/// their own (403).
fn of_another(conn: &mut Db, by: &Caller, id: ReviewId, action: Action) -> Result<Review, Error> {
    let (review, own) = show::see(conn, by, id)?;
    by.actor.require(review.programme_id, action.roles())?;
    if is_own(conn, by, &review)? {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    // Who still scores the application themselves does nothing to the sheets of others.
    if show::has_open_sheet(conn, own.as_ref(), &review)? {
        return Err(Error::new(&codes::SCORES_SEALED));
    }
    Ok(review)
}

/// True for a sheet of the caller's own, even where they were taken out of the pool since: whatever posts they hold, in
/// none of them they act on what they wrote as an expert.
pub(super) fn is_own(conn: &mut Db, by: &Caller, review: &Review) -> Result<bool, Error> {
    let ever = store::ever_expert_of_user(conn, review.programme_id, by.actor.user_id)?;
    Ok(ever.is_some_and(|own| own.id == review.expert_id))
}

/// The sheet in its next state and version, while its application is being scored.
fn advanced(conn: &mut Db, by: &Caller, review: &Review, action: Action) -> Result<Review, Error> {
    let state = action.next(review.state)?;
    let application = applications::find(conn, review.application_id)?.ok_or_else(Error::not_found)?;
    if application.state != ApplicationState::Scoring {
        return Err(Error::illegal_transition(application.state));
    }
    Ok(Review { state, updated_at: by.now, version: review.version + 1, ..review.clone() })
}

/// 409 for a sheet whose expert has a tie to its application by now: it is neither locked nor given back to them, but
/// released.
fn refuse_tied(conn: &mut Db, review: &Review) -> Result<(), Error> {
    let application = applications::find(conn, review.application_id)?.ok_or_else(Error::not_found)?;
    let expert = store::find_expert(conn, review.expert_id)?.ok_or_else(Error::not_found)?;
    match conflicts::ties(conn, &application, &expert)?.into_iter().next() {
        Some(tie) => Err(Error::new(&codes::SHEET_TIED).with("kind", tie.kind)),
        None => Ok(()),
    }
}

fn shown(conn: &mut Db, by: &Caller, review: &Review) -> Result<Shown<ReviewView>, Error> {
    let own = store::expert_of_user(conn, review.programme_id, by.actor.user_id)?;
    let deadlines = store::deadlines(conn, review.round_id)?;
    show::show_stored(conn, by, own.as_ref(), &deadlines, review)
}

/// The chair locks a signed sheet.
pub fn lock(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<Shown<ReviewView>, Error> {
    let review = of_another(conn, by, id, Action::Lock)?;
    by.proceed(conn, review.version)?;
    let mut next = advanced(conn, by, &review, Action::Lock)?;
    refuse_tied(conn, &review)?;
    next.locked_by = Some(by.actor.user_id);
    next.locked_at = Some(by.now);
    sheets::save(conn, by, &next, review.state, "review.lock")?;
    shown(conn, by, &next)
}

/// A supervisor notes why a signed sheet should be opened again.
pub fn note(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    note: SupervisorNoteId,
    input: &Input<NewSupervisorNote>,
) -> Result<SupervisorNote, Error> {
    let review = of_another(conn, by, id, Action::Note)?;
    by.proceed_unversioned(conn)?;
    advanced(conn, by, &review, Action::Note)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let reason = reason(&new.reason)?;
    let note = SupervisorNote {
        id: note,
        programme_id: review.programme_id,
        review_id: id,
        reason,
        written_by: by.actor.user_id,
        written_at: by.now,
        used_by: None,
        used_at: None,
        opened: None,
    };
    store::insert_note(conn, &note)?;
    let subject = ("review", id.to_string());
    let state = Some(review.state.into());
    record(
        conn,
        by,
        review.programme_id,
        "review.note",
        subject,
        (state, state),
        json!({"note_id": note.id}),
    )?;
    Ok(note)
}

fn reason(given: &str) -> Result<String, Error> {
    let reason = given.trim();
    let at = |code| Fault::new("/reason", code);
    if reason.len() > 16 * MAX_REASON || text::count(reason) > MAX_REASON {
        return Err(Error::invalid(vec![at(&codes::FIELD_TOO_LONG).with("max", MAX_REASON)]));
    }
    if text::count(reason) < MIN_REASON {
        return Err(Error::invalid(vec![at(&codes::REASON_SHORT).with("min", MIN_REASON)]));
    }
    Ok(reason.to_owned())
}

/// The chair opens a signed sheet again, on a note of a supervisor who is another person. The marks stay as a draft;
/// what was signed is kept.
pub fn reopen(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    input: &Input<NewReopening>,
) -> Result<Shown<ReviewView>, Error> {
    let review = of_another(conn, by, id, Action::Reopen)?;
    by.proceed(conn, review.version)?;
    let mut next = advanced(conn, by, &review, Action::Reopen)?;
    refuse_tied(conn, &review)?;
    let mut unused = store::notes(conn, id)?;
    unused.retain(|note| note.used_by.is_none());
    if unused.is_empty() {
        return Err(Error::new(&codes::NOTE_NEEDED));
    }
    let me = by.actor.user_id;
    if unused.iter().all(|note| note.written_by == me) {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    let named = input.as_ref().map_err(Clone::clone)?.note_id;
    let note =
        unused.into_iter().find(|note| note.id == named).ok_or_else(|| Error::new(&codes::NOTE_NEEDED))?;
    if note.written_by == me {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    let opened = store::times_signed(conn, id)?;
    let used = SupervisorNote { used_by: Some(me), used_at: Some(by.now), opened: Some(opened), ..note };
    store::use_note(conn, named, &used)?;
    (next.total, next.submitted_at, next.digest) = (None, None, None);
    (next.locked_by, next.locked_at) = (None, None);
    store::clear_signature(conn, &next)?;
    let states = (Some(review.state.into()), Some(next.state.into()));
    let detail = json!({"version": next.version, "note_id": named, "opened": opened});
    record(conn, by, next.programme_id, "review.reopen", ("review", id.to_string()), states, detail)?;
    if let Some(expert) = store::find_expert(conn, next.expert_id)? {
        tell_reopened(conn, &next, &expert, by.now)?;
    }
    shown(conn, by, &next)
}

fn tell_reopened(conn: &mut Db, review: &Review, expert: &Expert, now: Timestamp) -> Result<(), Error> {
    let letter = Letter {
        subject: "【益创】一份评分表已退回，请修改后重新提交".to_owned(),
        body: "您提交的一份评分表经监督员说明、由评审组长退回。原评分已保留为草稿，请登录后修改并重新提交。\n\
               One of your score sheets was opened again; your marks are kept as a draft. Sign in, change it and hand \
               it in anew.\n"
            .to_owned(),
        cause: "review.reopen",
    };
    Ok(outbox::enqueue_about(conn, Some(review.programme_id), expert.user_id, &letter, now)?)
}

/// What was signed with a sheet that is handed in, for its expert and for the office.
pub fn signature(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<SheetSignature, Error> {
    let (review, own) = show::see(conn, by, id)?;
    let application = applications::find(conn, review.application_id)?.ok_or_else(Error::not_found)?;
    // Who has a tie by now sees no sheet of it, not even their own.
    let is_tied = conflicts::is_conflicted(conn, &by.actor, &application)?;
    if is_tied || show::is_sealed(conn, own.as_ref(), &review)? {
        return Err(Error::not_found());
    }
    let last = store::signed_versions(conn, id)?.pop().filter(|_| review.state.counts());
    let last = last.ok_or_else(Error::not_found)?;
    let is_own = own.is_some_and(|own| own.id == review.expert_id);
    let intact = text_of(conn, &review)?.is_some_and(|text| {
        text == last.signed
            && sha256_hex(&text) == last.digest
            && review.digest.as_ref() == Some(&last.digest)
    });
    Ok(SheetSignature {
        review_id: id,
        number: last.number,
        signed: last.signed,
        digest: last.digest,
        signed_at: last.signed_at,
        intact,
        locked_by: review.locked_by.filter(|_| !is_own),
        locked_at: review.locked_at.filter(|_| !is_own),
    })
}

/// The text that a sheet which is handed in would be signed with as it is stored now; none for one that is not.
fn text_of(conn: &mut Db, review: &Review) -> Result<Option<String>, Error> {
    let Some(application) = applications::find(conn, review.application_id)? else { return Ok(None) };
    let (criteria, _, rubric) = sheets::standards(conn, review)?;
    signed_text(review, &application.reference, (&criteria, rubric))
}

/// The same where the application's number and the criteria of the sheet's stage are known.
pub fn signed_text(
    review: &Review,
    reference: &Reference,
    (criteria, rubric): (&[Criterion], i32),
) -> Result<Option<String>, Error> {
    let Some(signed_at) = review.submitted_at.filter(|_| review.state.counts()) else { return Ok(None) };
    signature::text(review, reference, rubric, criteria, signed_at).map(Some)
}

/// Every signed version of a sheet with what changed and why it was opened again, for the office.
pub fn history(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<SheetHistory, Error> {
    let (review, own) = show::see(conn, by, id)?;
    by.actor.require(review.programme_id, READERS)?;
    if show::has_open_sheet(conn, own.as_ref(), &review)? {
        return Err(Error::not_found());
    }
    let (mut used, mut notes) = (Vec::new(), Vec::new());
    for note in store::notes(conn, id)? {
        if note.used_by.is_some() { used.push(note) } else { notes.push(note) }
    }
    let mut versions = Vec::new();
    let mut before: Option<SignedVersion> = None;
    for version in store::signed_versions(conn, id)? {
        let differences = match &before {
            Some(before) => signature::differences(before, &version)?,
            None => Vec::new(),
        };
        versions.push(SheetVersion {
            number: version.number,
            marks: serde_json::from_str(&version.marks).map_err(Error::internal)?,
            mark_comments: serde_json::from_str(&version.mark_comments).map_err(Error::internal)?,
            suggested_amount: version.suggested_amount,
            comment: version.comment.clone(),
            staff_comment: version.staff_comment.clone(),
            total: version.total,
            digest: version.digest.clone(),
            signed_at: version.signed_at,
            differences,
            opened_on: used.iter().find(|note| note.opened == Some(version.number)).cloned(),
        });
        before = Some(version);
    }
    Ok(SheetHistory { review_id: id, versions, notes })
}
