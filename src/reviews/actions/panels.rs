//! The draw of a round's panel, with a supervisor present, and who sits there.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::{
    super::{
        model::{
            DrawRecord, DrawState, Exclusion, Expert, ExpertKind, ExpertState, NewDraw, Panel, PanelDraw,
            PanelSeat, SeatState,
        },
        rules::{
            DrawAction,
            draw::{self as rule, Candidate},
        },
        store,
    },
    ASSIGNERS, READERS, conflicts, conflicts_facts, record,
    sealed::refuse_partial_view,
};
use crate::{
    applications::{self, Application},
    db::{Db, columns::JsonText},
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller, Guarded, Shown, load_person},
    kernel::{
        digest::sha256_hex,
        ids::{ExpertId, PanelDrawId, PanelSeatId, RoundId, UserId},
        role::Role,
        time::Timestamp,
    },
    programmes::{self, CallKind, Phase, Policy, Round},
};

/// Draws a panel from the pool: who is admitted, there today and has no tie to any application of the round. The draw
/// waits for the supervisor; everything it was made from is kept.
pub fn draw(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    id: PanelDrawId,
    input: &Input<NewDraw>,
) -> Result<Shown<PanelDraw>, Error> {
    let round = programmes::see_published(conn, round)?;
    by.actor.require(round.programme_id, ASSIGNERS)?;
    refuse_partial_view(conn, &by.actor, &round)?;
    by.proceed_unversioned(conn)?;
    require_handed_in(&round, by.now)?;
    let earlier = store::draws_of_round(conn, round.id)?;
    if let Some(standing) = earlier.iter().find(|draw| draw.state != DrawState::Cancelled) {
        return Err(Error::new(&codes::PANEL_STANDS).with("number", standing.number));
    }
    if seated(conn, round.id)?.is_some() {
        return Err(Error::new(&codes::PANEL_STANDS).with("number", 0));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let seats = check(conn, by, &round, &policy, new)?;
    let number = earlier.last().map_or(1, |last| last.number + 1);
    let finance_min = policy.review.finance_experts_min.min(seats);
    let (candidates, excluded) = candidates(conn, &round, by.now)?;
    let there = candidates.len();
    let finance = candidates.iter().filter(|candidate| candidate.finance).count();
    let needed = usize::try_from(policy.review.pool_per_seat.saturating_mul(seats)).unwrap_or(usize::MAX);
    let finance_needed = usize::try_from(finance_min).unwrap_or(usize::MAX);
    if there < needed || finance < finance_needed {
        return Err(Error::new(&codes::R201)
            .with("needed", needed)
            .with("finance_needed", finance_needed)
            .with("pool", there)
            .with("finance", finance));
    }
    let seed = format!("{}|panel|{number}", policy.seed);
    let count = usize::try_from(seats).unwrap_or(usize::MAX);
    let result = rule::draw(&seed, &candidates, count, finance_needed);
    let kept = DrawRecord { candidates, excluded, result };
    let drawn = PanelDraw {
        id,
        programme_id: round.programme_id,
        round_id: round.id,
        number,
        seats: i32::try_from(seats).unwrap_or(i32::MAX),
        finance_min: i32::try_from(finance_min).unwrap_or(i32::MAX),
        seed,
        digest: sha256_hex(serde_json::to_string(&kept).map_err(Error::internal)?),
        record: JsonText(kept),
        state: DrawState::Drawn,
        supervisor_id: new.supervisor_id,
        drawn_by: by.actor.user_id,
        drawn_at: by.now,
        attested_at: None,
        cancelled_by: None,
        cancelled_at: None,
        cancel_reason: None,
        version: 1,
    };
    store::insert_draw(conn, &drawn)?;
    note(conn, by, &drawn, "panel.draw", None, json!({"number": number, "digest": drawn.digest}))?;
    Ok(show_draw(&by.actor, drawn))
}

/// A panel is drawn when it is known who applies: after the window, in a rolling round at any time of it.
fn require_handed_in(round: &Round, now: Timestamp) -> Result<(), Error> {
    let phase = programmes::phase(round, now.day());
    let ready = match phase {
        Phase::Closed | Phase::Reviewing => true,
        Phase::Open => round.kind == CallKind::Rolling,
        Phase::Draft | Phase::Published | Phase::Decided | Phase::Archived => false,
    };
    if ready { Ok(()) } else { Err(Error::illegal_transition(phase)) }
}

/// The number of seats, once seats and supervisor are sound.
fn check(conn: &mut Db, by: &Caller, round: &Round, policy: &Policy, new: &NewDraw) -> Result<u32, Error> {
    let mut faults = Vec::new();
    let seats = new.seats.map_or(policy.review.panel_seats, u32::from);
    if seats.is_multiple_of(2) || seats > 99 {
        faults.push(Fault::new("/seats", &codes::SEATS_EVEN));
    }
    let attends = load_person(conn, new.supervisor_id, by.now)?
        .is_some_and(|person| person.role_among(round.programme_id, &[Role::Supervisor]).is_some());
    // Who might be drawn watches no draw.
    let in_pool = store::expert_of_user(conn, round.programme_id, new.supervisor_id)?.is_some();
    if !attends || in_pool || new.supervisor_id == by.actor.user_id {
        faults.push(Fault::new("/supervisor_id", &codes::NOT_A_SUPERVISOR));
    }
    if faults.is_empty() { Ok(seats) } else { Err(Error::invalid(faults)) }
}

/// Who can be drawn, and who not for what reason; who was removed from the pool is not in it.
pub(super) fn candidates(
    conn: &mut Db,
    round: &Round,
    now: Timestamp,
) -> Result<(Vec<Candidate>, Vec<Exclusion>), Error> {
    let pool: Vec<Expert> = store::pool(conn, round.programme_id)?
        .into_iter()
        .filter(|expert| expert.state != ExpertState::Removed)
        .collect();
    let all: Vec<Application> =
        applications::of_round(conn, round.id)?.into_iter().filter(conflicts_facts::takes_part).collect();
    let tied = conflicts::ties_of_round(conn, &all, &pool)?;
    let applying = conflicts_facts::co_applicants(conn, round.programme_id, &all, &pool)?;
    let (mut able, mut excluded) = (Vec::new(), Vec::new());
    for (expert, applies) in pool.iter().zip(applying) {
        let mut reasons: BTreeSet<String> = BTreeSet::new();
        if expert.state == ExpertState::Suspended {
            reasons.insert("suspended".to_owned());
        } else if !expert.is_available(now.day()) {
            reasons.insert("absent".to_owned());
        }
        if applies {
            reasons.insert("co_applicant".to_owned());
        }
        for ((_, who), ties) in &tied {
            if *who == expert.id {
                reasons.extend(ties.iter().map(|tie| tie.kind.to_string()));
            }
        }
        if reasons.is_empty() {
            let finance = expert.kind == ExpertKind::Finance;
            able.push(Candidate { id: expert.id.to_string(), finance });
        } else {
            excluded.push(Exclusion { id: expert.id, reasons: reasons.into_iter().collect() });
        }
    }
    able.sort();
    Ok((able, excluded))
}

fn note(
    conn: &mut Db,
    by: &Caller,
    draw: &PanelDraw,
    action: &'static str,
    before: Option<DrawState>,
    detail: Value,
) -> Result<(), Error> {
    let states = (before.map(Into::into), Some(draw.state.into()));
    let subject = ("panel_draw", draw.id.to_string());
    record(conn, by, draw.programme_id, action, subject, states, detail)
}

/// True where the record of a draw gives the same panel when it is drawn again, and is the record that was signed.
#[must_use]
pub fn draws_again(draw: &PanelDraw) -> bool {
    let kept = &draw.record.0;
    let count = |number: i32| usize::try_from(number).unwrap_or(0);
    let again = rule::draw(&draw.seed, &kept.candidates, count(draw.seats), count(draw.finance_min));
    let digest = serde_json::to_string(kept).map(sha256_hex).ok();
    again == kept.result && digest.as_deref() == Some(&draw.digest)
}

/// What this person may do to a draw now.
pub fn show_draw(actor: &Actor, draw: PanelDraw) -> Shown<PanelDraw> {
    let permitted_actions = DrawAction::iter()
        .filter(|action| action.apply(draw.state).is_some())
        .filter(|action| actor.role_among(draw.programme_id, action.roles()).is_some())
        .filter(|action| *action != DrawAction::Attest || draw.supervisor_id == actor.user_id)
        .map(Into::into)
        .collect();
    Shown { object: draw, permitted_actions }
}

fn to_move(
    conn: &mut Db,
    by: &Caller,
    id: PanelDrawId,
    action: DrawAction,
    only: impl Fn(&PanelDraw) -> Option<UserId>,
) -> Result<(PanelDraw, DrawState), Error> {
    let mut draw = store::find_draw(conn, id)?.ok_or_else(Error::not_found)?;
    by.actor.require(draw.programme_id, action.roles())?;
    if only(&draw).is_some_and(|person| person != by.actor.user_id) {
        return Err(Error::new(&codes::OTHER_SUPERVISOR));
    }
    by.proceed(conn, draw.version)?;
    let before = draw.state;
    draw.state = action.next(before)?;
    draw.version += 1;
    Ok((draw, before))
}

/// The supervisor was there: those who were drawn are seated.
pub fn attest(conn: &mut Db, by: &Caller, id: PanelDrawId) -> Result<Shown<PanelDraw>, Error> {
    let (mut draw, before) = to_move(conn, by, id, DrawAction::Attest, |draw| Some(draw.supervisor_id))?;
    draw.attested_at = Some(by.now);
    store::save_draw(conn, &draw)?;
    for drawn in &draw.record.0.result.drawn {
        let expert: ExpertId = drawn.parse().map_err(Error::internal)?;
        store::insert_seat(conn, &seat(&draw, expert, None, by))?;
    }
    note(conn, by, &draw, "panel.attest", Some(before), json!({"drawn": draw.record.0.result.drawn}))?;
    Ok(show_draw(&by.actor, draw))
}

/// A seat of a draw.
pub(super) fn seat(
    draw: &PanelDraw,
    expert: ExpertId,
    substitute_for: Option<ExpertId>,
    by: &Caller,
) -> PanelSeat {
    PanelSeat {
        id: PanelSeatId::generate(),
        programme_id: draw.programme_id,
        round_id: draw.round_id,
        expert_id: expert,
        draw_id: Some(draw.id),
        substitute_for,
        state: SeatState::Seated,
        reason: String::new(),
        seated_by: by.actor.user_id,
        seated_at: by.now,
        vacated_by: None,
        vacated_at: None,
        vacated_because: None,
        version: 1,
    }
}

/// A draw that waits is given up, with a reason; it stays in the list and the next one has another number and seed.
pub fn cancel_draw(
    conn: &mut Db,
    by: &Caller,
    id: PanelDrawId,
    input: &Input<crate::reviews::model::Because>,
) -> Result<Shown<PanelDraw>, Error> {
    let (mut draw, before) = to_move(conn, by, id, DrawAction::Cancel, |_| None)?;
    let because = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    super::conflicts_office::words("/reason", &because.reason, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    draw.cancelled_by = Some(by.actor.user_id);
    draw.cancelled_at = Some(by.now);
    draw.cancel_reason = Some(because.reason.trim().to_owned());
    store::save_draw(conn, &draw)?;
    note(conn, by, &draw, "panel.cancel", Some(before), json!({"reason": draw.cancel_reason}))?;
    Ok(show_draw(&by.actor, draw))
}

/// Who sits in the round's panel; none where there is no panel and the whole admitted pool may be given applications.
pub fn seated(conn: &mut Db, round: RoundId) -> Result<Option<BTreeSet<ExpertId>>, Error> {
    let seats = store::seats_of_round(conn, round)?;
    let sitting: BTreeSet<ExpertId> =
        seats.iter().filter(|seat| seat.state == SeatState::Seated).map(|seat| seat.expert_id).collect();
    if !sitting.is_empty() {
        return Ok(Some(sitting));
    }
    let drawn = store::standing_draw(conn, round)?.is_some_and(|draw| draw.state == DrawState::InForce);
    Ok(drawn.then_some(sitting))
}

/// The panel of a round, for the office.
pub fn panel(conn: &mut Db, actor: &Actor, round: RoundId) -> Result<Panel, Error> {
    let found = programmes::see_published(conn, round)?;
    actor.require(found.programme_id, READERS)?;
    panel_of(conn, round)
}

pub(super) fn panel_of(conn: &mut Db, round: RoundId) -> Result<Panel, Error> {
    let in_force = seated(conn, round)?.is_some();
    Ok(Panel { round_id: round, in_force, items: store::seats_of_round(conn, round)? })
}
