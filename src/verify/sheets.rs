//! Score sheets: what stands on a sheet is what its expert signed, a signed sheet was opened again on a note alone, and
//! the order of the pitches is the one that was drawn.

use diesel::prelude::*;

use super::Findings;
use crate::{
    db::{
        Db,
        schema::{defence_sessions, defence_slots, reviews as sheets},
    },
    error::Error,
    kernel::digest::sha256_hex,
    reviews::{self, DefenceSession, DefenceSlot, Review, ReviewState, rules::lot},
};

const SIGNED: &str = "signed_sheet";
const LOT: &str = "defence_lot";

pub fn check(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let all: Vec<Review> = sheets::table.order(sheets::id).load(conn)?;
    for sheet in &all {
        signature(conn, sheet, findings)?;
    }
    lots(conn, findings)
}

fn signature(conn: &mut Db, sheet: &Review, findings: &mut Findings) -> Result<(), Error> {
    let versions = reviews::signed_versions(conn, sheet.id)?;
    let subject = format!("review {}", sheet.id);
    let numbers = versions.iter().map(|version| version.number).eq((1..).take(versions.len()));
    findings.expect(numbers, SIGNED, &subject, "its signed versions have a gap");
    for version in &versions {
        let reason = format!("version {} is not what was signed", version.number);
        findings.expect(sha256_hex(&version.signed) == version.digest, SIGNED, &subject, reason);
    }
    if let Some(text) = reviews::text_of(conn, sheet)? {
        let last = versions.last();
        let same = last.is_some_and(|last| {
            last.signed == text
                && Some(&last.digest) == sheet.digest.as_ref()
                && Some(last.total) == sheet.total
        });
        // A sheet from before there were signatures has none.
        let unsigned = versions.is_empty() && sheet.digest.is_none();
        findings.expect(same || unsigned, SIGNED, &subject, "it is not what its expert signed");
    }
    // Every signed version but the one that still stands on the sheet was opened again, each on a note of its own.
    let opened: Vec<i32> =
        reviews::notes(conn, sheet.id)?.into_iter().filter_map(|note| note.opened).collect();
    let taken_out = sheet.state == ReviewState::Released && sheet.digest.is_some();
    let stands = sheet.state.counts() || taken_out;
    let closed = versions.len() - usize::from(stands && !versions.is_empty());
    let mut sorted = opened;
    sorted.sort_unstable();
    let noted = sorted.into_iter().eq((1..).take(closed));
    findings.expect(noted, SIGNED, &subject, "it was opened again without a supervisor's note");
    Ok(())
}

fn lots(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let sessions: Vec<DefenceSession> = defence_sessions::table.order(defence_sessions::id).load(conn)?;
    for session in sessions {
        let slots: Vec<DefenceSlot> = defence_slots::table
            .filter(defence_slots::session_id.eq(session.id))
            .order(defence_slots::lot)
            .load(conn)?;
        let drawn =
            lot::draw(&session.seed, session.number, slots.iter().map(|slot| slot.reference.as_str()));
        let same = slots.len() == drawn.len()
            && (1..).zip(slots.iter().zip(&drawn)).all(|(place, (slot, (drawn, reference)))| {
                slot.lot == place && slot.drawn == *drawn && slot.reference.as_str() == *reference
            });
        let subject = format!("defence session {}", session.id);
        findings.expect(same, LOT, subject, "its order is not the one that was drawn");
    }
    Ok(())
}
