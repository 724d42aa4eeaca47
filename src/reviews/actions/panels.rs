//! The draw of a panel, with a supervisor present, and who sits there. A panel is for a whole round, for a track or for a
//! review batch.

use std::collections::{BTreeMap, BTreeSet};

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
            draw::{self as rule, Candidate, Drawn, Scope},
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
    http::{Actor, Caller, Shown, load_person},
    kernel::{
        digest::sha256_hex,
        ids::{ExpertId, PanelDrawId, PanelSeatId, RoundId},
        role::{Role, STAFF},
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
    let scope = input.as_ref().map_or_else(|_| Scope::default(), NewDraw::scope);
    refuse_second_panel(conn, round.id, scope)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let seats = check(conn, by, &round, &policy, new)?;
    let number = store::last_draw_number(conn, round.id)? + 1;
    let finance_min = policy.review.finance_experts_min.min(seats);
    let (candidates, excluded) = candidates(conn, &round, scope, by.now)?;
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
        track: scope.track,
        batch: scope.batch,
    };
    store::insert_draw(conn, &drawn)?;
    let detail = json!({
        "number": number, "digest": drawn.digest, "track": scope.track, "batch": scope.batch,
    });
    note(conn, by, &drawn, "panel.draw", None, detail)?;
    Ok(show_draw(&by.actor, drawn, false))
}

/// 409 where a draw of some of the same applications waits or holds, or somebody has a seat over them by hand.
fn refuse_second_panel(conn: &mut Db, round: RoundId, scope: Scope) -> Result<(), Error> {
    let standing = store::standing_draws(conn, round)?.into_iter().find(|draw| draw.scope().overlaps(scope));
    if let Some(draw) = standing {
        return Err(Error::new(&codes::PANEL_STANDS).with("number", draw.number));
    }
    let held = |seat: &PanelSeat| seat.state != SeatState::Vacated && seat.scope().overlaps(scope);
    if store::seats_of_round(conn, round)?.iter().any(held) {
        return Err(Error::new(&codes::PANEL_STANDS).with("number", 0));
    }
    Ok(())
}

/// What is wrong with the part of the round that a panel shall be for.
pub(super) fn scope_faults(round: &Round, policy: &Policy, scope: Scope, now: Timestamp) -> Vec<Fault> {
    let fault = |at: &'static str, reason: &str| Fault::new(at, &codes::FIELD_INVALID).with("reason", reason);
    let mut faults = Vec::new();
    if scope.track.is_some_and(|track| policy.track(track).is_none()) {
        faults.push(fault("/track", "本届不分这一组 / the round has no such track"));
    }
    if let Some(batch) = scope.batch {
        let known = round.kind == CallKind::Rolling && (1..=round.batch_number).contains(&batch);
        if scope.track.is_some() {
            faults.push(fault("/batch", "track、batch 只填一项 / either a track or a batch"));
        } else if !known {
            faults.push(fault("/batch", "本届没有这一批 / the round has no such batch"));
        } else if !programmes::is_batch_closed(round, batch, now.day()) {
            faults.push(fault("/batch", "该批次尚未截止 / the batch is still open"));
        }
    }
    faults
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
    let mut faults = scope_faults(round, policy, new.scope(), by.now);
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

/// Who can be drawn for these applications, and who not for what reason; who was removed from the pool is not in it. Who
/// applies in the round sits in no panel of it; other ties count where the panel looks.
pub(super) fn candidates(
    conn: &mut Db,
    round: &Round,
    scope: Scope,
    now: Timestamp,
) -> Result<(Vec<Candidate>, Vec<Exclusion>), Error> {
    let pool: Vec<Expert> = store::pool(conn, round.programme_id)?
        .into_iter()
        .filter(|expert| expert.state != ExpertState::Removed)
        .collect();
    let all: Vec<Application> =
        applications::of_round(conn, round.id)?.into_iter().filter(conflicts_facts::takes_part).collect();
    let applying = conflicts_facts::co_applicants(conn, round.programme_id, &all, &pool)?;
    let looked_at: Vec<Application> =
        all.into_iter().filter(|application| is_in(application, round, scope)).collect();
    let tied = conflicts::ties_of_round(conn, &looked_at, &pool)?;
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

pub(super) fn note(
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

pub(super) fn is_in(application: &Application, round: &Round, scope: Scope) -> bool {
    scope.covers(application.track, applications::batch_of(application, round))
}

/// True for somebody who has to do with an application of the round: who was left out of a draw, and who could be drawn,
/// would tell them who has a tie to it.
pub fn is_masked_for(conn: &mut Db, actor: &Actor, round: RoundId) -> Result<bool, Error> {
    Ok(!conflicts::conflicted_applications(conn, actor, round)?.is_empty())
}

/// A draw and what this person may do to it now; `masked` where they see of its record who was drawn and nothing else.
pub fn show_draw(actor: &Actor, mut draw: PanelDraw, masked: bool) -> Shown<PanelDraw> {
    let permitted_actions = DrawAction::iter()
        .filter(|action| action.apply(draw.state).is_some() && !masked)
        .filter(|action| actor.role_among(draw.programme_id, action.roles_in(draw.state)).is_some())
        .filter(|action| *action != DrawAction::Attest || draw.supervisor_id == actor.user_id)
        .filter(|action| {
            *action == DrawAction::Attest || draw.state == DrawState::Drawn || draw.drawn_by != actor.user_id
        })
        .map(Into::into)
        .collect();
    if masked {
        let drawn = std::mem::take(&mut draw.record.0.result.drawn);
        let result = Drawn { drawn, ..Drawn::default() };
        draw.record = JsonText(DrawRecord { candidates: Vec::new(), excluded: Vec::new(), result });
    }
    Shown { object: draw, permitted_actions }
}

/// One draw, for the office.
pub fn see_draw(conn: &mut Db, actor: &Actor, id: PanelDrawId) -> Result<Shown<PanelDraw>, Error> {
    let draw = find_draw(conn, actor, id, READERS)?;
    let masked = is_masked_for(conn, actor, draw.round_id)?;
    Ok(show_draw(actor, draw, masked))
}

/// Who is not of the office may not know that it is there.
pub(super) fn find_draw(
    conn: &mut Db,
    actor: &Actor,
    id: PanelDrawId,
    roles: &[Role],
) -> Result<PanelDraw, Error> {
    let draw = store::find_draw(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.role_among(draw.programme_id, STAFF).is_none() {
        return Err(Error::not_found());
    }
    actor.require(draw.programme_id, roles)?;
    Ok(draw)
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
        track: draw.track,
        batch: draw.batch,
        attested_by: None,
        attested_at: None,
    }
}

/// The panels of a round that are in force, by what they are for, each with those who sit in it.
pub type Panels = BTreeMap<Scope, BTreeSet<ExpertId>>;

/// Who sits in the panels of a round. An application no panel is for may go to the whole admitted pool.
pub fn panels(conn: &mut Db, round: RoundId) -> Result<Panels, Error> {
    let drawn = store::scopes_in_force(conn, round)?;
    let mut panels: Panels = drawn.into_iter().map(|scope| (scope, BTreeSet::new())).collect();
    for seat in store::seats_of_round(conn, round)? {
        if seat.state == SeatState::Seated {
            panels.entry(seat.scope()).or_default().insert(seat.expert_id);
        }
    }
    Ok(panels)
}

/// The panel an application belongs to.
pub fn panel_of_application<'a>(
    panels: &'a Panels,
    round: &Round,
    application: &Application,
) -> Option<&'a BTreeSet<ExpertId>> {
    panels.iter().find(|(scope, _)| is_in(application, round, **scope)).map(|(_, members)| members)
}

/// 409 for an expert who does not sit in the panel of an application that has one.
pub fn refuse_outsider(
    conn: &mut Db,
    round: &Round,
    application: &Application,
    expert: ExpertId,
) -> Result<(), Error> {
    let panels = panels(conn, round.id)?;
    match panel_of_application(&panels, round, application) {
        Some(members) if !members.contains(&expert) => Err(Error::new(&codes::NOT_ON_PANEL)),
        _ => Ok(()),
    }
}

/// The panels of a round, for the office.
pub fn panel(conn: &mut Db, actor: &Actor, round: RoundId) -> Result<Panel, Error> {
    let found = programmes::see_published(conn, round)?;
    actor.require(found.programme_id, READERS)?;
    panel_of(conn, round)
}

pub(super) fn panel_of(conn: &mut Db, round: RoundId) -> Result<Panel, Error> {
    let in_force = !panels(conn, round)?.is_empty();
    Ok(Panel { round_id: round, in_force, items: store::seats_of_round(conn, round)? })
}
