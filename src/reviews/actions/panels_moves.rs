//! A draw is attested by the supervisor who was there, or given up.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    super::{
        model::{Because, DrawState, PanelDraw, PanelSeat, SeatState},
        rules::{DrawAction, draw::Scope, load},
        store,
    },
    panels::{candidates, find_draw, is_in, note, seat, show_draw},
    panels_seats::vacate,
    record_as,
    sealed::refuse_partial_view,
};
use crate::{
    applications,
    db::Db,
    error::{Error, Input, codes},
    http::{Caller, Guarded, Shown},
    kernel::{
        ids::{ExpertId, PanelDrawId},
        time::Timestamp,
    },
    programmes::{self, Round},
};

/// The supervisor was there: those who were drawn are seated. Whoever got a tie since, or cannot come any more, is not:
/// then the draw is given up and made again from who is there now.
pub fn attest(conn: &mut Db, by: &Caller, id: PanelDrawId) -> Result<Shown<PanelDraw>, Error> {
    let mut draw = find_draw(conn, &by.actor, id, DrawAction::Attest.roles())?;
    if draw.supervisor_id != by.actor.user_id {
        return Err(Error::new(&codes::OTHER_SUPERVISOR));
    }
    let round = programmes::see_published(conn, draw.round_id)?;
    refuse_partial_view(conn, &by.actor, &round)?;
    by.proceed(conn, draw.version)?;
    let before = draw.state;
    draw.state = DrawAction::Attest.next(before)?;
    let drawn: Vec<ExpertId> = draw
        .record
        .0
        .result
        .drawn
        .iter()
        .map(|expert| expert.parse().map_err(Error::internal))
        .collect::<Result<_, _>>()?;
    require_untied(conn, &round, draw.scope(), &drawn, by.now)?;
    draw.attested_at = Some(by.now);
    draw.version += 1;
    store::save_draw(conn, &draw)?;
    for expert in drawn {
        store::insert_seat(conn, &seat(&draw, expert, None, by))?;
    }
    note(conn, by, &draw, "panel.attest", Some(before), json!({"drawn": draw.record.0.result.drawn}))?;
    Ok(show_draw(&by.actor, draw, false))
}

/// 409 where one of these experts could not be drawn for these applications today.
pub(super) fn require_untied(
    conn: &mut Db,
    round: &Round,
    scope: Scope,
    experts: &[ExpertId],
    now: Timestamp,
) -> Result<(), Error> {
    let (able, _) = candidates(conn, round, scope, now)?;
    let able: BTreeSet<String> = able.into_iter().map(|candidate| candidate.id).collect();
    let mut names = Vec::new();
    for expert in experts.iter().filter(|expert| !able.contains(&expert.to_string())) {
        names.extend(store::find_expert(conn, *expert)?.map(|expert| expert.name));
    }
    if names.is_empty() {
        Ok(())
    } else {
        Err(Error::new(&codes::PANEL_MEMBER_UNFIT).with("names", names.join("、")))
    }
}

/// A draw is given up, with a reason: one that waits by an officer, one that holds by a supervisor who did not draw it and
/// before its members are at work. It stays in the list, and the next one has another number and seed.
pub fn cancel_draw(
    conn: &mut Db,
    by: &Caller,
    id: PanelDrawId,
    input: &Input<Because>,
) -> Result<Shown<PanelDraw>, Error> {
    let mut draw = find_draw(conn, &by.actor, id, DrawAction::Cancel.roles())?;
    let before = draw.state;
    let role =
        by.actor.role_among(draw.programme_id, DrawAction::Cancel.roles_in(before)).ok_or_else(|| {
            Error::new(match before {
                DrawState::InForce => &codes::PANEL_SUPERVISOR_CANCELS,
                DrawState::Drawn | DrawState::Cancelled => &codes::PANEL_OFFICER_CANCELS,
            })
        })?;
    if before == DrawState::InForce && draw.drawn_by == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    let round = programmes::see_published(conn, draw.round_id)?;
    refuse_partial_view(conn, &by.actor, &round)?;
    by.proceed(conn, draw.version)?;
    draw.state = DrawAction::Cancel.next(before)?;
    let mut seats = store::seats_of_round(conn, round.id)?;
    seats.retain(|seat| seat.state != SeatState::Vacated && seat.scope() == draw.scope());
    if before == DrawState::Drawn {
        seats.clear();
    }
    refuse_at_work(conn, &round, draw.scope(), &seats)?;
    let because = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    super::conflicts_office::words("/reason", &because.reason, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    draw.cancelled_by = Some(by.actor.user_id);
    draw.cancelled_at = Some(by.now);
    draw.cancel_reason = Some(because.reason.trim().to_owned());
    draw.version += 1;
    store::save_draw(conn, &draw)?;
    for seat in seats {
        vacate(conn, (by, role), seat, &because.reason)?;
    }
    let states = (Some(before.into()), Some(draw.state.into()));
    let subject = ("panel_draw", draw.id.to_string());
    let detail = json!({"reason": draw.cancel_reason});
    record_as(conn, by, (draw.programme_id, role), "panel.cancel", subject, states, detail)?;
    Ok(show_draw(&by.actor, draw, false))
}

/// 409 while somebody of these seats has a sheet of the panel's applications that is open or counts: nobody draws again
/// because of how somebody scores.
fn refuse_at_work(conn: &mut Db, round: &Round, scope: Scope, seats: &[PanelSeat]) -> Result<(), Error> {
    if seats.is_empty() {
        return Ok(());
    }
    let members: BTreeSet<ExpertId> = seats.iter().map(|seat| seat.expert_id).collect();
    let theirs: BTreeSet<_> = applications::of_round(conn, round.id)?
        .into_iter()
        .filter(|application| is_in(application, round, scope))
        .map(|application| application.id)
        .collect();
    let count = store::sheet_places(conn, round.id)?
        .into_iter()
        .filter(|(_, application, expert, state, ..)| {
            load::weighs(*state) && members.contains(expert) && theirs.contains(application)
        })
        .count();
    if count == 0 { Ok(()) } else { Err(Error::new(&codes::PANEL_AT_WORK).with("count", count)) }
}
