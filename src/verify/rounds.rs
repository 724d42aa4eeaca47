//! I16, I17, I18: submissions in time, scores without conflicts, decisions that follow from the scores.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::Findings;
use crate::{
    applications::Application,
    approvals::recompute,
    db::{
        Db,
        schema::{applications, conflicts, decisions, reviews, rounds},
    },
    error::Error,
    kernel::ids::{ApplicationId, ExpertId, RoundId},
    programmes::Round,
    reviews::{Review, ReviewState},
};

pub fn check(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let all: Vec<Round> = rounds::table.order(rounds::id).load(conn)?;
    let decided: Vec<RoundId> = decisions::table.select(decisions::round_id).load(conn)?;
    for round in &all {
        submissions(conn, round, findings)?;
        scores(conn, round, findings)?;
        if decided.contains(&round.id) {
            let same = recompute(conn, round)?;
            let reason = "the decided plan does not follow from the stored scores";
            findings.expect(same, "I18", format!("round {}", round.id), reason);
        }
    }
    Ok(())
}

/// I16: what was received was received in the window, or in the time an officer gave.
fn submissions(conn: &mut Db, round: &Round, findings: &mut Findings) -> Result<(), Error> {
    let all: Vec<Application> =
        applications::table.filter(applications::round_id.eq(round.id)).order(applications::id).load(conn)?;
    for application in all {
        let Some(at) = application.submitted_at else { continue };
        let extended = application.extended_until.is_some_and(|until| at < until);
        let in_time = round.opens_on.0 <= at.day() && (at.day() <= round.closes_on.0 || extended);
        findings.expect(
            in_time,
            "I16",
            format!("application {}", application.reference),
            format!("received {at}"),
        );
    }
    Ok(())
}

/// I17: a submitted sheet was declared, has the total of its marks, and its pair has no conflict.
fn scores(conn: &mut Db, round: &Round, findings: &mut Findings) -> Result<(), Error> {
    let barred: BTreeSet<(ApplicationId, ExpertId)> = conflicts::table
        .filter(conflicts::programme_id.eq(round.programme_id))
        .select((conflicts::application_id, conflicts::expert_id))
        .load(conn)?
        .into_iter()
        .collect();
    let sheets: Vec<Review> = reviews::table
        .filter(reviews::round_id.eq(round.id))
        .filter(reviews::state.eq(ReviewState::Submitted))
        .order(reviews::id)
        .load(conn)?;
    for sheet in sheets {
        let subject = format!("review {}", sheet.id);
        let conflict = barred.contains(&(sheet.application_id, sheet.expert_id));
        findings.expect(!conflict, "I17", &subject, "scored in spite of a conflict");
        findings.expect(sheet.declared_at.is_some(), "I17", &subject, "scored without a declaration");
        let marks: std::collections::BTreeMap<String, crate::kernel::score::Score> =
            serde_json::from_str(&sheet.marks).map_err(Error::internal)?;
        let sum: i64 = marks.values().map(|mark| mark.hundredths()).sum();
        let total = sheet.total.map(crate::kernel::score::Score::hundredths);
        findings.expect(total == Some(sum), "I18", &subject, "its total is not the sum of its marks");
    }
    Ok(())
}
