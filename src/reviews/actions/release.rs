//! A sheet is taken from its expert: because they will not hand it in, or because a tie came to light after they did.

use serde_json::json;

use super::{conflicts, record, sheets, show, versions};
use crate::{
    applications::{self, ApplicationState},
    db::Db,
    error::{Error, Fault, Input, codes},
    http::{Caller, Guarded, Shown},
    kernel::ids::{ReviewId, RoundId},
    outbox::{self, Letter},
    reviews::{
        model::{NewRelease, Review, ReviewState, ReviewView},
        rules::Action,
        store,
    },
};

/// How long a reason is, in characters.
const REASON: std::ops::RangeInclusive<usize> = 10..=2_000;

/// Takes a sheet from its expert, with a reason that is kept in the audit log. One that was handed in is taken only where
/// there is a tie: nobody takes a score out because of what it says. What was signed stays among its versions.
pub fn release(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    input: &Input<NewRelease>,
) -> Result<Shown<ReviewView>, Error> {
    let (review, _) = show::see(conn, by, id)?;
    by.actor.require(review.programme_id, Action::Release.roles())?;
    if versions::is_own(conn, by, &review)? {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    by.proceed(conn, review.version)?;
    let next = Action::Release.next(review.state)?;
    let application = applications::find(conn, review.application_id)?.ok_or_else(Error::not_found)?;
    if application.state != ApplicationState::Scoring {
        return Err(Error::illegal_transition(application.state));
    }
    let expert = store::find_expert(conn, review.expert_id)?.ok_or_else(Error::not_found)?;
    let tie = conflicts::ties(conn, &application, &expert)?.into_iter().next();
    if review.state.counts() && tie.is_none() {
        return Err(Error::new(&codes::NO_CONFLICT));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let reason = new.reason.trim();
    if !REASON.contains(&reason.chars().count()) {
        return Err(Error::invalid(vec![
            Fault::new("/reason", &codes::FIELD_INVALID).with("reason", "10–2000"),
        ]));
    }
    let released = Review { state: next, updated_at: by.now, version: review.version + 1, ..review.clone() };
    sheets::save(conn, by, &released, review.state, "review.release")?;
    let detail = json!({"reason": reason, "tie": tie.map(|tie| tie.kind.to_string())});
    let subject = ("review", id.to_string());
    record(conn, by, review.programme_id, "review.release_reason", subject, (None, None), detail)?;
    let letter = Letter {
        subject: "【益创】一份评分表已收回".to_owned(),
        body: "一份交给您的评分表已由工作人员收回，您不必再处理。\nOne of your score sheets was taken back; there is \
               nothing left to do with it.\n"
            .to_owned(),
        cause: "review.release",
    };
    outbox::enqueue_about(conn, Some(review.programme_id), expert.user_id, &letter, by.now)?;
    let deadlines = store::deadlines(conn, review.round_id)?;
    show::show_stored(conn, by, None, &deadlines, &released)
}

/// How many sheets that were handed in the chair has not locked yet.
pub fn unlocked_sheets(conn: &mut Db, round: RoundId) -> Result<usize, Error> {
    let scored: std::collections::BTreeSet<_> = applications::of_round(conn, round)?
        .into_iter()
        .filter(|application| application.state == ApplicationState::Scoring)
        .map(|application| application.id)
        .collect();
    let waits =
        |sheet: &&Review| sheet.state == ReviewState::Submitted && scored.contains(&sheet.application_id);
    Ok(store::submitted_of_round(conn, round)?.iter().filter(waits).count())
}

/// How many sheets that count are of experts of whom a tie is known by now: nothing is decided on them.
pub fn conflicted_sheets(conn: &mut Db, round: RoundId) -> Result<usize, Error> {
    let sheets = store::submitted_of_round(conn, round)?;
    let scored: Vec<_> = applications::of_round(conn, round)?
        .into_iter()
        .filter(|application| application.state == ApplicationState::Scoring)
        .collect();
    let who: std::collections::BTreeSet<_> = sheets.iter().map(|sheet| sheet.expert_id).collect();
    let experts = store::find_experts(conn, &who.into_iter().collect::<Vec<_>>())?;
    let ties = conflicts::ties_of_round(conn, &scored, &experts)?;
    Ok(sheets.iter().filter(|sheet| ties.contains_key(&(sheet.application_id, sheet.expert_id))).count())
}
