//! Seats of a panel: given by hand, left, and taken by those who substitute.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    ASSIGNERS, panels,
    panels::{panel_of, seat, seated},
    record,
};
use crate::{
    db::Db,
    error::{Error, Fault, Input, codes},
    http::Caller,
    kernel::ids::{ExpertId, PanelSeatId, RoundId},
    programmes::{self, Round},
    reviews::{
        model::{
            DrawState, Expert, ExpertKind, NewSeat, NewSubstitution, Panel, PanelDraw, PanelSeat, SeatState,
        },
        rules::draw as rule,
        store,
    },
};

/// Seats somebody by hand. Where a draw is in force its record goes first: by hand only when nobody of it is left.
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
    if let Some(draw) = store::standing_draw(conn, round.id)? {
        let waits = draw.state == DrawState::Drawn;
        if waits || next_substitute(conn, by, &round, &draw, None)?.is_some() {
            return Err(Error::new(&codes::PANEL_STANDS).with("number", draw.number));
        }
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    check_reason(&new.reason)?;
    let expert = to_seat(conn, by, &round, new.expert_id)?;
    let row = by_hand(by, &round, id, &expert, None, &new.reason);
    insert(conn, by, &row)?;
    panel_of(conn, round.id)
}

fn check_reason(reason: &str) -> Result<(), Error> {
    let mut faults = Vec::new();
    super::conflicts_office::words("/reason", reason, &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// An expert of the pool who may sit down: admitted, there today, not seated yet.
fn to_seat(conn: &mut Db, by: &Caller, round: &Round, id: ExpertId) -> Result<Expert, Error> {
    let expert = store::find_expert(conn, id)?
        .filter(|expert| expert.programme_id == round.programme_id)
        .ok_or_else(|| Error::at("/expert_id", &codes::NOT_AN_EXPERT))?;
    super::assign::require_available(&expert, by.now)?;
    if expert.user_id == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    if store::is_seated(conn, round.id, expert.id)? {
        return Err(Error::new(&codes::ALREADY_EXISTS));
    }
    Ok(expert)
}

fn by_hand(
    by: &Caller,
    round: &Round,
    id: PanelSeatId,
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
        state: SeatState::Seated,
        reason: reason.trim().to_owned(),
        seated_by: by.actor.user_id,
        seated_at: by.now,
        vacated_by: None,
        vacated_at: None,
        vacated_because: None,
        version: 1,
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
    let mut left = store::find_seat(conn, id)?.ok_or_else(Error::not_found)?;
    by.actor.require(left.programme_id, ASSIGNERS)?;
    by.proceed(conn, left.version)?;
    let round = programmes::see_published(conn, left.round_id)?;
    if left.state != SeatState::Seated {
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
        Some(expert) => Some(to_seat(conn, by, &round, expert)?),
        None => None,
    };
    let before = left.state;
    left.state = SeatState::Vacated;
    left.vacated_by = Some(by.actor.user_id);
    left.vacated_at = Some(by.now);
    left.vacated_because = Some(new.reason.trim().to_owned());
    left.version += 1;
    store::save_seat(conn, &left)?;
    note(conn, by, &left, "panel.vacate", Some(before), json!({"reason": left.vacated_because}))?;
    if let Some(draw) = &draw {
        if let Some(expert) = next_substitute(conn, by, &round, draw, Some(left.expert_id))? {
            insert(conn, by, &seat(draw, expert, Some(left.expert_id), by))?;
        }
    } else if let Some(expert) = named {
        insert(conn, by, &by_hand(by, &round, next, &expert, Some(left.expert_id), &new.reason))?;
    }
    panel_of(conn, round.id)
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
    let (able, _) = panels::candidates(conn, round, by.now)?;
    let able: BTreeSet<String> = able.into_iter().map(|candidate| candidate.id).collect();
    let had: BTreeSet<String> =
        store::seats_of_round(conn, round.id)?.iter().map(|seat| seat.expert_id.to_string()).collect();
    let pool = store::pool(conn, round.programme_id)?;
    let finance: BTreeSet<ExpertId> =
        pool.iter().filter(|expert| expert.kind == ExpertKind::Finance).map(|expert| expert.id).collect();
    let sitting = seated(conn, round.id)?.unwrap_or_default();
    let there = sitting.iter().filter(|id| Some(**id) != leaving && finance.contains(id)).count();
    let finance_needed = there < usize::try_from(draw.finance_min).unwrap_or(0);
    let is_finance = |id: &str| finance.iter().any(|expert| expert.to_string() == id);
    let list = &draw.record.0.result.substitutes;
    let is_free = |id: &str| able.contains(id) && !had.contains(id);
    let next = rule::substitute(list, is_free, is_finance, finance_needed)
        // Better a panel with one finance expert fewer than an empty seat; the record shows it.
        .or_else(|| rule::substitute(list, is_free, is_finance, false));
    next.map(|id| id.parse().map_err(Error::internal)).transpose()
}
