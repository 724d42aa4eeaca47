//! Score sheets: what stands on a sheet is what its expert signed, a signed sheet was opened again on a note alone, and
//! the order of the pitches is the one that was drawn.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::Findings;
use crate::{
    db::{
        Db,
        schema::{applications, defence_sessions, defence_slots, reviews as sheets, rounds},
    },
    error::Error,
    kernel::{
        digest::sha256_hex,
        ids::{ApplicationId, DefenceSessionId, ReviewId},
        reference::Reference,
    },
    programmes::{self, Round},
    reviews::{self, DefenceSession, DefenceSlot, Review, ReviewState, SignedVersion, rules::lot},
};

const SIGNED: &str = "signed_sheet";
const LOT: &str = "defence_lot";

pub fn check(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let all: Vec<Round> = rounds::table.order(rounds::id).load(conn)?;
    for round in &all {
        signatures(conn, round, findings)?;
    }
    lots(conn, findings)
}

/// Every sheet of a round, with a handful of queries for all of them.
fn signatures(conn: &mut Db, round: &Round, findings: &mut Findings) -> Result<(), Error> {
    let all: Vec<Review> =
        sheets::table.filter(sheets::round_id.eq(round.id)).order(sheets::id).load(conn)?;
    if all.is_empty() {
        return Ok(());
    }
    let rubric = programmes::rubric_of(conn, round.id, round.rubric_number)?;
    let references: BTreeMap<ApplicationId, Reference> = applications::table
        .filter(applications::round_id.eq(round.id))
        .select((applications::id, applications::reference))
        .load::<(ApplicationId, Reference)>(conn)?
        .into_iter()
        .collect();
    let mut versions: BTreeMap<ReviewId, Vec<SignedVersion>> = BTreeMap::new();
    for version in reviews::signed_of_round(conn, round.id)? {
        versions.entry(version.review_id).or_default().push(version);
    }
    let mut opened: BTreeMap<ReviewId, Vec<i32>> = BTreeMap::new();
    for note in reviews::notes_of_round(conn, round.id)? {
        opened.entry(note.review_id).or_default().extend(note.opened);
    }
    for sheet in &all {
        let text = match references.get(&sheet.application_id) {
            Some(reference) => {
                let criteria = (rubric.of(sheet.stage), round.rubric_number);
                reviews::signed_text(sheet, reference, criteria)?
            }
            None => None,
        };
        let versions = versions.remove(&sheet.id).unwrap_or_default();
        signature(sheet, text, &versions, opened.remove(&sheet.id).unwrap_or_default(), findings);
    }
    Ok(())
}

fn signature(
    sheet: &Review,
    text: Option<String>,
    versions: &[SignedVersion],
    mut opened: Vec<i32>,
    findings: &mut Findings,
) {
    let subject = format!("review {}", sheet.id);
    let numbers = versions.iter().map(|version| version.number).eq((1..).take(versions.len()));
    findings.expect(numbers, SIGNED, &subject, "its signed versions have a gap");
    for version in versions {
        let reason = format!("version {} is not what was signed", version.number);
        findings.expect(sha256_hex(&version.signed) == version.digest, SIGNED, &subject, reason);
    }
    if let Some(text) = text {
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
    let taken_out = sheet.state == ReviewState::Released && sheet.digest.is_some();
    let stands = sheet.state.counts() || taken_out;
    let closed = versions.len() - usize::from(stands && !versions.is_empty());
    opened.sort_unstable();
    let noted = opened.into_iter().eq((1..).take(closed));
    findings.expect(noted, SIGNED, &subject, "it was opened again without a supervisor's note");
}

fn lots(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let sessions: Vec<DefenceSession> = defence_sessions::table.order(defence_sessions::id).load(conn)?;
    let all: Vec<DefenceSlot> =
        defence_slots::table.order((defence_slots::session_id, defence_slots::lot)).load(conn)?;
    let mut by_session: BTreeMap<DefenceSessionId, Vec<DefenceSlot>> = BTreeMap::new();
    for slot in all {
        by_session.entry(slot.session_id).or_default().push(slot);
    }
    for session in sessions {
        let slots = by_session.remove(&session.id).unwrap_or_default();
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
