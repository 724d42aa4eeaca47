//! Deadlines of the sheets, and more time for single experts.

use chrono::Datelike;
use serde_json::json;

use super::{ASSIGNERS, record};
use crate::{
    db::Db,
    error::{Error, Fault, Input, codes},
    http::Caller,
    kernel::{
        ids::{ReviewExtensionId, RoundId},
        text,
        time::Timestamp,
    },
    programmes::{self, Round, Stage},
    reviews::{
        model::{
            Deadlines, NewReviewExtension, NewReviewSchedule, Review, ReviewExtension, ReviewSchedule,
            ReviewScheduleView, StageDeadlines,
        },
        store,
    },
};

/// The version of deadlines that nobody has set yet.
const UNTOUCHED: i32 = 1;
/// The longest reason, in characters.
const MAX_REASON: usize = 2_000;

/// True until the hard deadline of the sheet's expert, that moment included.
pub fn is_in_time(deadlines: &Deadlines, review: &Review, now: Timestamp) -> bool {
    deadlines.of_sheet(review).is_none_or(|times| now <= times.closes_at)
}

/// 409 after the hard deadline of the sheet's expert, by the server's clock.
pub(super) fn refuse_late(conn: &mut Db, review: &Review, now: Timestamp) -> Result<(), Error> {
    let deadlines = store::deadlines(conn, review.round_id)?;
    match deadlines.of_sheet(review) {
        Some(times) if now > times.closes_at => {
            Err(Error::new(&codes::REVIEW_CLOSED).with("closes_at", times.closes_at.in_shanghai()))
        }
        _ => Ok(()),
    }
}

/// 409 for a round that is decided: its sheets are history.
fn refuse_decided(round: &Round, now: Timestamp) -> Result<(), Error> {
    if programmes::is_under_way(round) {
        Ok(())
    } else {
        Err(Error::illegal_transition(programmes::phase(round, now.day())))
    }
}

/// The deadlines of a round as the office sees them.
pub fn show(conn: &mut Db, round: RoundId) -> Result<ReviewScheduleView, Error> {
    let Deadlines { schedule, extensions, .. } = store::deadlines(conn, round)?;
    Ok(ReviewScheduleView {
        round_id: round,
        desk: schedule.as_ref().and_then(|schedule| schedule.of(Stage::Desk)),
        defence: schedule.as_ref().and_then(|schedule| schedule.of(Stage::Defence)),
        extensions,
        set_by: schedule.as_ref().map(|schedule| schedule.set_by),
        set_at: schedule.as_ref().map(|schedule| schedule.set_at),
        version: schedule.map_or(UNTOUCHED, |schedule| schedule.version),
    })
}

/// Sets the deadlines of both stages.
pub fn set(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    input: &Input<NewReviewSchedule>,
) -> Result<ReviewScheduleView, Error> {
    let round = programmes::see_published(conn, round)?;
    by.actor.require(round.programme_id, ASSIGNERS)?;
    let before = store::find_schedule(conn, round.id)?;
    let version = before.as_ref().map_or(UNTOUCHED, |before| before.version);
    // Whose own sheets wait gives nobody more time: it would be theirs too.
    if let Some(own) = store::ever_expert_of_user(conn, round.programme_id, by.actor.user_id)?
        && !store::open_for(conn, round.id, own.id)?.is_empty()
    {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    by.proceed(conn, version)?;
    refuse_decided(&round, by.now)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let mut faults = Vec::new();
    for (stage, given) in [(Stage::Desk, new.desk), (Stage::Defence, new.defence)] {
        let stored = before.as_ref().and_then(|before| before.of(stage));
        // What was said before and has passed may stay as it is.
        if let Some(given) = given.filter(|given| Some(*given) != stored) {
            faults.extend(faults_of(stage, given, by.now));
        }
    }
    if new.defence.is_some() && !policy.review.defence {
        faults.push(Fault::new("/defence", &codes::NO_DEFENCE));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let schedule = ReviewSchedule {
        round_id: round.id,
        programme_id: round.programme_id,
        desk_due_at: new.desk.map(|desk| desk.due_at),
        desk_closes_at: new.desk.map(|desk| desk.closes_at),
        defence_due_at: new.defence.map(|defence| defence.due_at),
        defence_closes_at: new.defence.map(|defence| defence.closes_at),
        set_by: by.actor.user_id,
        set_at: by.now,
        version: version + 1,
    };
    store::put_schedule(conn, &schedule)?;
    let said = |of: &ReviewSchedule| json!({"desk": of.of(Stage::Desk), "defence": of.of(Stage::Defence)});
    let detail =
        json!({"version": schedule.version, "before": before.as_ref().map(said), "after": said(&schedule)});
    let subject = ("round", round.id.to_string());
    record(conn, by, round.programme_id, "review_schedule.set", subject, (None, None), detail)?;
    show(conn, round.id)
}

fn faults_of(stage: Stage, given: StageDeadlines, now: Timestamp) -> Vec<Fault> {
    let at = |field: &str| format!("/{stage}/{field}");
    let mut faults = Vec::new();
    for (field, moment) in [("due_at", given.due_at), ("closes_at", given.closes_at)] {
        if moment <= now {
            faults.push(Fault::new(at(field), &codes::DEADLINE_PAST));
        }
        faults.extend(too_far(&at(field), moment));
    }
    if given.closes_at < given.due_at {
        faults.push(Fault::new(at("closes_at"), &codes::DEADLINE_ORDER));
    }
    faults
}

/// The last year of a date that somebody can have meant.
const LAST_YEAR: i32 = 2_100;

/// A fault for a moment nobody can have meant.
pub(super) fn too_far(at: &str, moment: Timestamp) -> Option<Fault> {
    let fault = || Fault::new(at, &codes::DATE_TOO_FAR).with("until", LAST_YEAR);
    (moment.day().year() > LAST_YEAR).then(fault)
}

/// Gives one expert more time in one stage; not the officer who is that expert.
pub fn extend(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    id: ReviewExtensionId,
    input: &Input<NewReviewExtension>,
) -> Result<ReviewExtension, Error> {
    let round = programmes::see_published(conn, round)?;
    by.actor.require(round.programme_id, ASSIGNERS)?;
    by.proceed_unversioned(conn)?;
    refuse_decided(&round, by.now)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let expert = store::find_expert(conn, new.expert_id)?
        .filter(|expert| expert.programme_id == round.programme_id)
        .ok_or_else(Error::not_found)?;
    if expert.user_id == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    let deadlines = store::deadlines(conn, round.id)?;
    let times = deadlines.of(expert.id, new.stage).ok_or_else(|| Error::new(&codes::NO_SCHEDULE))?;
    let mut faults = Vec::new();
    if new.closes_at <= times.closes_at {
        let fault = Fault::new("/closes_at", &codes::DEADLINE_NOT_LATER);
        faults.push(fault.with("closes_at", times.closes_at.in_shanghai()));
    } else if new.closes_at <= by.now {
        faults.push(Fault::new("/closes_at", &codes::DEADLINE_PAST));
    }
    faults.extend(too_far("/closes_at", new.closes_at));
    let reason = new.reason.trim();
    if reason.is_empty() {
        faults.push(Fault::new("/reason", &codes::FIELD_REQUIRED));
    } else if reason.len() > 16 * MAX_REASON || text::count(reason) > MAX_REASON {
        faults.push(Fault::new("/reason", &codes::FIELD_TOO_LONG).with("max", MAX_REASON));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let extension = ReviewExtension {
        id,
        programme_id: round.programme_id,
        round_id: round.id,
        expert_id: expert.id,
        stage: new.stage,
        closes_at: new.closes_at,
        reason: reason.to_owned(),
        given_by: by.actor.user_id,
        given_at: by.now,
    };
    store::insert_extension(conn, &extension)?;
    let detail =
        json!({"round_id": round.id, "stage": new.stage, "before": times.closes_at, "after": new.closes_at});
    let subject = ("expert", expert.id.to_string());
    record(conn, by, round.programme_id, "review.extend", subject, (None, None), detail)?;
    Ok(extension)
}
