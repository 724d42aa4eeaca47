//! Seats of a panel: given by hand, left, and taken by those who substitute.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    ASSIGNERS, SUPERVISORS, panels,
    panels::{panel_of, seat},
    record, record_as,
};
use crate::{
    db::Db,
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller},
    kernel::{
        ids::{ExpertId, PanelSeatId, RoundId},
        role::{Role, STAFF},
    },
    programmes::{self, Round},
    reviews::{
        model::{
            DrawState, Expert, ExpertKind, NewSeat, NewSubstitution, Panel, PanelDraw, PanelSeat, SeatState,
        },
        rules::draw::{self as rule, Scope},
        store,
    },
};

/// Gives somebody a seat by hand: they sit there once a supervisor has agreed. Where a draw is in force its record goes
/// first: by hand only when nobody of it is left.
pub fn seat_by_hand(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    id: PanelSeatId,
    input: &Input<NewSeat>,
) -> Result<Panel, Error> {
    let round = programmes::see_published(conn, round)?;
    by.actor.require(round.programme_id, ASSIGNERS)?;
    super::refuse_partial_view(conn, &by.actor, &round)?;
    by.proceed_unversioned(conn)?;
    if !programmes::is_under_way(&round) {
        return Err(Error::illegal_transition(round.state));
    }
    let scope = input.as_ref().map_or_else(|_| Scope::default(), NewSeat::scope);
    for draw in store::standing_draws(conn, round.id)? {
        let other = draw.scope() != scope && draw.scope().overlaps(scope);
        let goes_first = draw.scope() == scope
            && (draw.state == DrawState::Drawn || next_substitute(conn, by, &round, &draw, None)?.is_some());
        if other || goes_first {
            return Err(Error::new(&codes::PANEL_STANDS).with("number", draw.number));
        }
    }
    let of_other = |seat: &PanelSeat| seat.scope() != scope && seat.scope().overlaps(scope);
    let seats = store::seats_of_round(conn, round.id)?;
    if seats.iter().any(|seat| seat.state != SeatState::Vacated && of_other(seat)) {
        return Err(Error::new(&codes::PANEL_STANDS).with("number", 0));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let mut faults = panels::scope_faults(&round, &policy, scope, by.now);
    super::conflicts_office::words("/reason", &new.reason, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let expert = to_seat(conn, by, &round, scope, new.expert_id)?;
    let row = by_hand(by, &round, (id, scope), &expert, None, &new.reason);
    insert(conn, by, &row)?;
    panel_of(conn, round.id)
}

/// A supervisor agrees to a seat that was given by hand: from now on somebody sits there. Not the one who gave it, nor the
/// one who shall sit there; and not where the expert has a tie to what the panel looks at.
pub fn attest_seat(conn: &mut Db, by: &Caller, id: PanelSeatId) -> Result<Panel, Error> {
    let mut seat = find(conn, &by.actor, id, SUPERVISORS)?;
    let expert = store::find_expert(conn, seat.expert_id)?.ok_or_else(Error::not_found)?;
    if [seat.seated_by, expert.user_id].contains(&by.actor.user_id) {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    let round = programmes::see_published(conn, seat.round_id)?;
    super::refuse_partial_view(conn, &by.actor, &round)?;
    by.proceed(conn, seat.version)?;
    let before = seat.state;
    if before != SeatState::Proposed {
        return Err(Error::illegal_transition(before));
    }
    if !programmes::is_under_way(&round) {
        return Err(Error::illegal_transition(round.state));
    }
    super::panels_moves::require_untied(conn, &round, seat.scope(), &[expert.id], by.now)?;
    seat.state = SeatState::Seated;
    seat.attested_by = Some(by.actor.user_id);
    seat.attested_at = Some(by.now);
    seat.version += 1;
    store::save_seat(conn, &seat)?;
    note(conn, by, &seat, "panel.attest_seat", Some(before), json!({"expert_id": expert.id}))?;
    panel_of(conn, round.id)
}

/// Who is not of the office may not know that it is there.
fn find(conn: &mut Db, actor: &Actor, id: PanelSeatId, roles: &[Role]) -> Result<PanelSeat, Error> {
    let seat = store::find_seat(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.role_among(seat.programme_id, STAFF).is_none() {
        return Err(Error::not_found());
    }
    actor.require(seat.programme_id, roles)?;
    Ok(seat)
}

fn check_reason(reason: &str) -> Result<(), Error> {
    let mut faults = Vec::new();
    super::conflicts_office::words("/reason", reason, &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// An expert of the pool who may sit down: admitted, there today, without a seat in this panel yet.
fn to_seat(conn: &mut Db, by: &Caller, round: &Round, scope: Scope, id: ExpertId) -> Result<Expert, Error> {
    let expert = store::find_expert(conn, id)?
        .filter(|expert| expert.programme_id == round.programme_id)
        .ok_or_else(|| Error::at("/expert_id", &codes::NOT_AN_EXPERT))?;
    super::assign::require_available(&expert, by.now)?;
    if expert.user_id == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    let has_it = |seat: &PanelSeat| {
        seat.state != SeatState::Vacated && seat.scope() == scope && seat.expert_id == expert.id
    };
    if store::seats_of_round(conn, round.id)?.iter().any(has_it) {
        return Err(Error::new(&codes::ALREADY_EXISTS));
    }
    Ok(expert)
}

fn by_hand(
    by: &Caller,
    round: &Round,
    (id, scope): (PanelSeatId, Scope),
    expert: &Expert,
    substitute_for: Option<ExpertId>,
    reason: &str,
) -> PanelSeat {
    PanelSeat {
        id,
        programme_id: round.programme_id,
        round_id: round.id,
        expert_id: expert.id,
        draw_id: None,
        substitute_for,
        state: SeatState::Proposed,
        reason: reason.trim().to_owned(),
        seated_by: by.actor.user_id,
        seated_at: by.now,
        vacated_by: None,
        vacated_at: None,
        vacated_because: None,
        version: 1,
        track: scope.track,
        batch: scope.batch,
        attested_by: None,
        attested_at: None,
    }
}

fn insert(conn: &mut Db, by: &Caller, row: &PanelSeat) -> Result<(), Error> {
    store::insert_seat(conn, row)?;
    let detail = json!({"expert_id": row.expert_id, "substitute_for": row.substitute_for});
    note(conn, by, row, "panel.seat", None, detail)
}

fn note(
    conn: &mut Db,
    by: &Caller,
    row: &PanelSeat,
    action: &'static str,
    before: Option<SeatState>,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let states = (before.map(Into::into), Some(row.state.into()));
    let subject = ("panel_seat", row.id.to_string());
    record(conn, by, row.programme_id, action, subject, states, detail)
}

/// Somebody leaves a seat. A drawn one goes to the next of the recorded order who is free to take it; where nobody is
/// left it stays empty, and the office may seat somebody by hand. One that was given by hand goes to whom the office
/// names, or to nobody.
pub fn substitute(
    conn: &mut Db,
    by: &Caller,
    id: PanelSeatId,
    next: PanelSeatId,
    input: &Input<NewSubstitution>,
) -> Result<Panel, Error> {
    let left = find(conn, &by.actor, id, ASSIGNERS)?;
    let round = programmes::see_published(conn, left.round_id)?;
    super::refuse_partial_view(conn, &by.actor, &round)?;
    by.proceed(conn, left.version)?;
    if left.state == SeatState::Vacated {
        return Err(Error::illegal_transition(left.state));
    }
    if !programmes::is_under_way(&round) {
        return Err(Error::illegal_transition(round.state));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    check_reason(&new.reason)?;
    let draw = match left.draw_id {
        Some(draw) => Some(store::find_draw(conn, draw)?.ok_or_else(Error::not_found)?),
        None => None,
    };
    if draw.is_some() && new.expert_id.is_some() {
        return Err(Error::invalid(vec![Fault::new("/expert_id", &codes::SUBSTITUTE_BY_RECORD)]));
    }
    let named = match new.expert_id {
        Some(expert) => Some(to_seat(conn, by, &round, left.scope(), expert)?),
        None => None,
    };
    let left = vacate(conn, (by, Role::ProgramOfficer), left, &new.reason)?;
    if let Some(draw) = &draw {
        if let Some(expert) = next_substitute(conn, by, &round, draw, Some(left.expert_id))? {
            insert(conn, by, &seat(draw, expert, Some(left.expert_id), by))?;
        }
    } else if let Some(expert) = named {
        insert(
            conn,
            by,
            &by_hand(by, &round, (next, left.scope()), &expert, Some(left.expert_id), &new.reason),
        )?;
    }
    panel_of(conn, round.id)
}

/// Notes that somebody has left their seat, or that a seat nobody agreed to is given up.
pub(super) fn vacate(
    conn: &mut Db,
    (by, role): (&Caller, Role),
    mut left: PanelSeat,
    because: &str,
) -> Result<PanelSeat, Error> {
    let before = left.state;
    left.state = SeatState::Vacated;
    left.vacated_by = Some(by.actor.user_id);
    left.vacated_at = Some(by.now);
    left.vacated_because = Some(because.trim().to_owned());
    left.version += 1;
    store::save_seat(conn, &left)?;
    let states = (Some(before.into()), Some(left.state.into()));
    let subject = ("panel_seat", left.id.to_string());
    let detail = json!({"reason": left.vacated_because});
    record_as(conn, by, (left.programme_id, role), "panel.vacate", subject, states, detail)?;
    Ok(left)
}

/// The next of a draw's record who is free: in the pool, there today, without a tie by now, and not seated before. A
/// finance expert where without one fewer would sit there than there must.
fn next_substitute(
    conn: &mut Db,
    by: &Caller,
    round: &Round,
    draw: &PanelDraw,
    leaving: Option<ExpertId>,
) -> Result<Option<ExpertId>, Error> {
    let (able, _) = panels::candidates(conn, round, draw.scope(), by.now)?;
    let able: BTreeSet<String> = able.into_iter().map(|candidate| candidate.id).collect();
    let mut seats = store::seats_of_round(conn, round.id)?;
    seats.retain(|seat| seat.scope() == draw.scope());
    // Who sat there by a draw that was cancelled may be asked anew.
    let had: BTreeSet<String> = seats
        .iter()
        .filter(|seat| seat.draw_id == Some(draw.id) || seat.state != SeatState::Vacated)
        .map(|seat| seat.expert_id.to_string())
        .collect();
    let pool = store::pool(conn, round.programme_id)?;
    let finance: BTreeSet<ExpertId> =
        pool.iter().filter(|expert| expert.kind == ExpertKind::Finance).map(|expert| expert.id).collect();
    let sitting = seats.iter().filter(|seat| seat.state == SeatState::Seated).map(|seat| seat.expert_id);
    let there = sitting.filter(|id| Some(*id) != leaving && finance.contains(id)).count();
    let finance_needed = there < usize::try_from(draw.finance_min).unwrap_or(0);
    let is_finance = |id: &str| finance.iter().any(|expert| expert.to_string() == id);
    let list = &draw.record.0.result.substitutes;
    let is_free = |id: &str| able.contains(id) && !had.contains(id);
    let next = rule::substitute(list, is_free, is_finance, finance_needed)
        // Better a panel with one finance expert fewer than an empty seat; the record shows it.
        .or_else(|| rule::substitute(list, is_free, is_finance, false));
    next.map(|id| id.parse().map_err(Error::internal)).transpose()
}
