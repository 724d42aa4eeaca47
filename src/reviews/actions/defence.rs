//! The defence: sessions, lots, and who comes late.

use std::collections::BTreeMap;

use serde_json::json;

use super::{ASSIGNERS, READERS, record, schedules::too_far};
use crate::{
    applications::{self, Application, ApplicationState},
    db::Db,
    error::{Error, Fault, Input, codes},
    http::{Caller, Shown},
    kernel::{
        ids::{ApplicationId, DefenceSessionId, RoundId},
        text,
        time::Timestamp,
    },
    programmes::{self, Stage},
    reviews::{
        model::{
            DefenceSession, DefenceSessionView, DefenceSlot, DefenceSlotView, NewDefenceMove,
            NewDefenceSession, NewPostponement, Review,
        },
        rules::lot,
        store,
    },
};

/// The longest name of a place, in characters.
const MAX_PLACE: usize = 200;
/// The longest reason, in characters.
const MAX_REASON: usize = 2_000;

/// True for a sheet of the defence before the day of its session.
pub fn is_early(conn: &mut Db, review: &Review, now: Timestamp) -> Result<bool, Error> {
    Ok(match review.stage {
        Stage::Desk => false,
        Stage::Defence => store::slot_of(conn, review.application_id)?
            .is_none_or(|(_, session)| now.day() < session.starts_at.day()),
    })
}

/// 409 for a sheet of the defence before the day of its session.
pub(super) fn refuse_early(conn: &mut Db, review: &Review, now: Timestamp) -> Result<(), Error> {
    if !is_early(conn, review, now)? {
        return Ok(());
    }
    let session = store::slot_of(conn, review.application_id)?.map(|(_, session)| session);
    let day = session.map_or_else(|| "—".to_owned(), |session| session.starts_at.day().to_string());
    Err(Error::new(&codes::DEFENCE_NOT_YET).with("day", day))
}

fn competes(application: &Application) -> bool {
    matches!(application.state, ApplicationState::Eligible | ApplicationState::Scoring)
}

fn faults_of_text(at: &str, given: &str, max: usize) -> Option<Fault> {
    if given.is_empty() {
        Some(Fault::new(at, &codes::FIELD_REQUIRED))
    } else if given.len() > 16 * max || text::count(given) > max {
        Some(Fault::new(at, &codes::FIELD_TOO_LONG).with("max", max))
    } else {
        None
    }
}

/// Holds a session: its order is drawn by lot from the round's seed.
pub fn hold(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    id: DefenceSessionId,
    input: &Input<NewDefenceSession>,
) -> Result<Shown<DefenceSessionView>, Error> {
    let round = programmes::see_published(conn, round)?;
    by.actor.require(round.programme_id, ASSIGNERS)?;
    by.proceed_unversioned(conn)?;
    if !programmes::is_under_way(&round) {
        return Err(Error::illegal_transition(programmes::phase(&round, by.now.day())));
    }
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    if !policy.review.defence {
        return Err(Error::new(&codes::NO_DEFENCE));
    }
    let numbers: BTreeMap<DefenceSessionId, i32> =
        store::sessions(conn, round.id)?.into_iter().map(|session| (session.id, session.number)).collect();
    let taken: BTreeMap<ApplicationId, i32> = store::slots_of_round(conn, round.id)?
        .into_iter()
        .filter(|slot| slot.postponed_because.is_empty())
        .map(|slot| (slot.application_id, numbers.get(&slot.session_id).copied().unwrap_or_default()))
        .collect();
    let competing: BTreeMap<ApplicationId, Application> = applications::of_round(conn, round.id)?
        .into_iter()
        .filter(competes)
        .map(|application| (application.id, application))
        .collect();
    let new = input.as_ref().map_err(Clone::clone)?;
    let place = new.place.trim();
    let mut faults: Vec<Fault> = faults_of_text("/place", place, MAX_PLACE).into_iter().collect();
    if new.starts_at <= by.now {
        faults.push(Fault::new("/starts_at", &codes::DEADLINE_PAST));
    }
    faults.extend(too_far("/starts_at", new.starts_at));
    let mut pitching: BTreeMap<ApplicationId, &Application> = BTreeMap::new();
    if let Some(named) = &new.applications {
        for (index, id) in named.iter().enumerate() {
            let at = format!("/applications/{index}");
            match (competing.get(id), taken.get(id)) {
                (None, _) => faults.push(Fault::new(at, &codes::NOT_COMPETING)),
                (Some(_), Some(number)) => {
                    faults.push(Fault::new(at, &codes::SLOT_TAKEN).with("number", number));
                }
                // Who is named twice pitches once.
                (Some(application), None) => {
                    pitching.insert(*id, application);
                }
            }
        }
    } else {
        pitching.extend(competing.iter().filter(|(id, _)| !taken.contains_key(id)).map(|(id, a)| (*id, a)));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    if pitching.is_empty() {
        return Err(Error::new(&codes::NOBODY_TO_DEFEND));
    }
    let minutes = policy.review.pitch_minutes + policy.review.questions_minutes;
    let session = DefenceSession {
        id,
        programme_id: round.programme_id,
        round_id: round.id,
        number: numbers.values().max().copied().unwrap_or_default() + 1,
        starts_at: new.starts_at,
        place: place.to_owned(),
        minutes: i32::try_from(minutes).map_err(Error::internal)?,
        seed: policy.seed.clone(),
        created_by: by.actor.user_id,
        created_at: by.now,
        version: 1,
    };
    store::insert_session(conn, &session)?;
    let by_reference: BTreeMap<&str, &Application> =
        pitching.values().map(|application| (application.reference.as_str(), *application)).collect();
    let drawn = lot::draw(&session.seed, session.number, by_reference.keys().copied());
    for (place, (drawn, reference)) in (1..).zip(drawn) {
        let Some(application) = by_reference.get(reference) else { continue };
        let slot = DefenceSlot {
            session_id: id,
            application_id: application.id,
            programme_id: round.programme_id,
            round_id: round.id,
            reference: application.reference.clone(),
            lot: place,
            drawn,
            position: place,
            moved_because: String::new(),
            postponed_because: String::new(),
        };
        store::insert_slot(conn, &slot)?;
    }
    let detail = json!({"round_id": round.id, "number": session.number, "slots": by_reference.len()});
    let subject = ("defence_session", id.to_string());
    record(conn, by, round.programme_id, "defence.hold", subject, (None, None), detail)?;
    show(conn, by, &session)?.ok_or_else(Error::not_found)
}

/// Moves the slot of somebody who is late behind all others, whose times stay as they were told; the lot stays in the
/// record.
pub fn move_to_end(
    conn: &mut Db,
    by: &Caller,
    id: DefenceSessionId,
    input: &Input<NewDefenceMove>,
) -> Result<Shown<DefenceSessionView>, Error> {
    let mut session = store::find_session(conn, id)?.ok_or_else(Error::not_found)?;
    by.actor.require(session.programme_id, ASSIGNERS)?;
    by.proceed(conn, session.version)?;
    let round = programmes::see_published(conn, session.round_id)?;
    if !programmes::is_under_way(&round) {
        return Err(Error::illegal_transition(programmes::phase(&round, by.now.day())));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let reason = new.reason.trim();
    let mut faults: Vec<Fault> = faults_of_text("/reason", reason, MAX_REASON).into_iter().collect();
    let slots = store::slots(conn, id)?;
    let last = slots.iter().map(|slot| slot.position).max().unwrap_or_default();
    let late = slots.into_iter().find(|slot| is_live_of(slot, new.application_id));
    if late.is_none() {
        faults.push(Fault::new("/application_id", &codes::NOT_COMPETING));
    }
    let Some(late) = late.filter(|_| faults.is_empty()) else { return Err(Error::invalid(faults)) };
    let before = late.position;
    let moved = DefenceSlot { position: last + 1, moved_because: reason.to_owned(), ..late };
    store::move_slot(conn, &moved)?;
    session.version += 1;
    store::save_session(conn, &session)?;
    let detail = json!({
        "application_id": moved.application_id, "before": before, "after": moved.position, "reason": reason,
    });
    let subject = ("defence_session", id.to_string());
    record(conn, by, session.programme_id, "defence.move", subject, (None, None), detail)?;
    show(conn, by, &session)?.ok_or_else(Error::not_found)
}

fn is_live_of(slot: &DefenceSlot, application: ApplicationId) -> bool {
    slot.application_id == application && slot.postponed_because.is_empty()
}

/// Takes a pitch out of a session, to be held in another: the slot stays on record with its lot, and the application has
/// none until a session gives it one. Not once somebody has scored it there.
pub fn postpone(
    conn: &mut Db,
    by: &Caller,
    id: DefenceSessionId,
    input: &Input<NewPostponement>,
) -> Result<Shown<DefenceSessionView>, Error> {
    let mut session = store::find_session(conn, id)?.ok_or_else(Error::not_found)?;
    by.actor.require(session.programme_id, ASSIGNERS)?;
    by.proceed(conn, session.version)?;
    let round = programmes::see_published(conn, session.round_id)?;
    if !programmes::is_under_way(&round) {
        return Err(Error::illegal_transition(programmes::phase(&round, by.now.day())));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let slot = store::slots(conn, id)?.into_iter().find(|slot| is_live_of(slot, new.application_id));
    if slot.is_some() && store::is_defence_scored(conn, new.application_id)? {
        return Err(Error::new(&codes::DEFENCE_SCORED));
    }
    let reason = new.reason.trim();
    let mut faults: Vec<Fault> = faults_of_text("/reason", reason, MAX_REASON).into_iter().collect();
    if slot.is_none() {
        faults.push(Fault::new("/application_id", &codes::NOT_COMPETING));
    }
    let Some(slot) = slot.filter(|_| faults.is_empty()) else { return Err(Error::invalid(faults)) };
    let postponed = DefenceSlot { postponed_because: reason.to_owned(), ..slot };
    store::move_slot(conn, &postponed)?;
    session.version += 1;
    store::save_session(conn, &session)?;
    let detail = json!({"application_id": postponed.application_id, "reason": reason});
    let subject = ("defence_session", id.to_string());
    record(conn, by, session.programme_id, "defence.postpone", subject, (None, None), detail)?;
    show(conn, by, &session)?.ok_or_else(Error::not_found)
}

/// The session as this person may see it: the office all of it, a group its own slot, an expert those of their sheets;
/// none where nothing of it is theirs.
pub fn show(
    conn: &mut Db,
    by: &Caller,
    session: &DefenceSession,
) -> Result<Option<Shown<DefenceSessionView>>, Error> {
    let office = by.actor.role_among(session.programme_id, READERS).is_some();
    let mut slots = store::slots(conn, session.id)?;
    if !office {
        let own = store::expert_of_user(conn, session.programme_id, by.actor.user_id)?;
        let judged = match own {
            Some(own) => store::defended_before(conn, session.round_id, own.id)?,
            None => Vec::new(),
        };
        let mut visible = Vec::new();
        for slot in slots.into_iter().filter(|slot| slot.postponed_because.is_empty()) {
            let application = applications::find(conn, slot.application_id)?;
            let is_own = application.is_some_and(|a| by.actor.role_for(a.organization_id).is_some());
            if is_own || judged.contains(&slot.application_id) {
                visible.push(slot);
            }
        }
        if visible.is_empty() {
            return Ok(None);
        }
        slots = visible;
    }
    let slot = |slot: DefenceSlot| DefenceSlotView {
        application_id: slot.application_id,
        begins_at: session.begins(slot.position),
        reference: slot.reference,
        lot: office.then_some(slot.lot),
        drawn: office.then_some(slot.drawn),
        position: office.then_some(slot.position),
        moved_because: Some(slot.moved_because).filter(|because| office && !because.is_empty()),
        postponed_because: Some(slot.postponed_because).filter(|because| office && !because.is_empty()),
    };
    let object = DefenceSessionView {
        id: session.id,
        round_id: session.round_id,
        number: session.number,
        starts_at: office.then_some(session.starts_at),
        place: session.place.clone(),
        minutes: session.minutes,
        seed: office.then(|| session.seed.clone()),
        slots: slots.into_iter().map(slot).collect(),
        version: session.version,
    };
    let round = programmes::see_published(conn, session.round_id)?;
    let may_move = by.actor.role_among(session.programme_id, ASSIGNERS).is_some();
    let permitted_actions =
        if may_move && programmes::is_under_way(&round) { vec!["move", "postpone"] } else { Vec::new() };
    Ok(Some(Shown { object, permitted_actions }))
}
