//! I16, I17, I18, I20: submissions in time, scores without conflicts, decisions that follow from the scores, calls that
//! say what was published.

use diesel::prelude::*;

use super::{Findings, conflicts};
use crate::{
    applications::Application,
    approvals::recompute,
    db::{
        Db,
        columns::Day,
        private::{Private, ReceiptContent},
        schema::{
            applications, call_versions, decisions, panel_draws, panel_seats, receipts,
            reviews as sheets_table, rounds,
        },
    },
    error::Error,
    kernel::{
        digest::sha256_hex,
        ids::{ExpertId, PanelDrawId, RoundId},
        money::Money,
        time::Timestamp,
    },
    programmes::{self, Form, Policy, Round, Rubric},
    reviews::{self, PanelDraw, Review, draws_again},
};

pub fn check(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let all: Vec<Round> = rounds::table.order(rounds::id).load(conn)?;
    let decided: Vec<RoundId> = decisions::table.select(decisions::round_id).load(conn)?;
    for round in &all {
        published(conn, round, findings)?;
        submissions(conn, round, findings)?;
        scores(conn, round, findings)?;
        panels(conn, round, findings)?;
        if decided.contains(&round.id) {
            let same = recompute(conn, round)?;
            let reason = "the decided plan does not follow from the stored scores";
            findings.expect(same, "I18", format!("round {}", round.id), reason);
            for reason in reviews::differences(conn, round)? {
                findings.expect(false, "I18", format!("round {}", round.id), reason);
            }
        }
    }
    Ok(())
}

/// I16, I20: the versions of a call are whole and without a gap, and the round says what the last of them says: nobody
/// moves a deadline or a cap without telling.
fn published(conn: &mut Db, round: &Round, findings: &mut Findings) -> Result<(), Error> {
    let versions: Vec<(i32, String, String)> = call_versions::table
        .filter(call_versions::round_id.eq(round.id))
        .order(call_versions::number)
        .select((call_versions::number, call_versions::body, call_versions::digest))
        .load(conn)?;
    let subject = format!("round {}", round.id);
    let numbers: Vec<i32> = versions.iter().map(|(number, _, _)| *number).collect();
    let whole = numbers.iter().copied().eq(1..=round.call_number);
    findings.expect(
        whole,
        "I20",
        &subject,
        format!("it is at version {}, kept are {numbers:?}", round.call_number),
    );
    for (number, body, digest) in &versions {
        let reason = format!("version {number} of the call is not what was published");
        findings.expect(sha256_hex(body) == *digest, "I20", &subject, reason);
    }
    let Some((_, body, _)) = versions.last() else { return Ok(()) };
    let said: Said = serde_json::from_str(body).map_err(Error::internal)?;
    let window = (said.opens_on, said.closes_on) == (round.opens_on, round.closes_on);
    findings.expect(window, "I16", &subject, "its window is not the published one");
    let same = said.budget == round.budget
        && said.name == round.name
        && said.policy == programmes::policy_of(conn, round.id, round.policy_number)?
        && said.rubric == programmes::rubric_of(conn, round.id, round.rubric_number)?
        && said.form == programmes::form_of(conn, round.id, round.form_number)?;
    findings.expect(same, "I20", &subject, "it says something else than its published call");
    Ok(())
}

/// What a version of a call says, as far as the round must say the same.
#[derive(serde::Deserialize)]
struct Said {
    name: String,
    opens_on: Day,
    closes_on: Day,
    budget: Money,
    policy: Policy,
    rubric: Rubric,
    form: Form,
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
        receipts_of(conn, &application, at, findings)?;
    }
    Ok(())
}

/// I16: what was received is kept, and its digest is the one the applicant was given.
fn receipts_of(
    conn: &mut Db,
    application: &Application,
    at: Timestamp,
    findings: &mut Findings,
) -> Result<(), Error> {
    let kept: Vec<(i32, Timestamp, Private<ReceiptContent>, String)> = receipts::table
        .filter(receipts::application_id.eq(application.id))
        .order(receipts::number)
        .select((receipts::number, receipts::received_at, receipts::content, receipts::digest))
        .load(conn)?;
    let subject = format!("application {}", application.reference);
    let numbers = kept.iter().map(|(number, ..)| *number).eq((1..).take(kept.len()));
    let first = kept.first().is_some_and(|(_, received, ..)| *received == at);
    findings.expect(numbers && first, "I16", &subject, "its receipts have a gap or another time");
    for (number, _, content, digest) in &kept {
        let reason = format!("receipt {number} is not what was received");
        findings.expect(sha256_hex(content.as_str()) == *digest, "I16", &subject, reason);
    }
    Ok(())
}

/// I17: a submitted sheet was declared, has the total of its marks, and its pair has no conflict; a later reading was
/// ordered.
fn scores(conn: &mut Db, round: &Round, findings: &mut Findings) -> Result<(), Error> {
    let sheets: Vec<Review> =
        sheets_table::table.filter(sheets_table::round_id.eq(round.id)).order(sheets_table::id).load(conn)?;
    conflicts::readings(conn, round, &sheets, findings)?;
    let counting: Vec<&Review> = sheets.iter().filter(|sheet| sheet.state.counts()).collect();
    conflicts::check(conn, round, &counting, findings)?;
    for sheet in counting {
        let subject = format!("review {}", sheet.id);
        findings.expect(sheet.declared_at.is_some(), "I17", &subject, "scored without a declaration");
        let marks: std::collections::BTreeMap<String, crate::kernel::score::Score> =
            serde_json::from_str(&sheet.marks).map_err(Error::internal)?;
        let sum: i64 = marks.values().map(|mark| mark.hundredths()).sum();
        let total = sheet.total.map(crate::kernel::score::Score::hundredths);
        findings.expect(total == Some(sum), "I18", &subject, "its total is not the sum of its marks");
    }
    Ok(())
}

/// I18: each draw of a panel is what its record gives when it is drawn again, by the seed the round has published; those
/// who were drawn into a seat stand in the record.
fn panels(conn: &mut Db, round: &Round, findings: &mut Findings) -> Result<(), Error> {
    let draws: Vec<PanelDraw> = panel_draws::table
        .filter(panel_draws::round_id.eq(round.id))
        .order(panel_draws::number)
        .load(conn)?;
    let seats: Vec<(Option<PanelDrawId>, ExpertId)> = panel_seats::table
        .filter(panel_seats::round_id.eq(round.id))
        .order(panel_seats::id)
        .select((panel_seats::draw_id, panel_seats::expert_id))
        .load(conn)?;
    let mut seeds = Vec::new();
    for version in 1..=round.policy_number {
        seeds.push(programmes::policy_of(conn, round.id, version)?.seed);
    }
    for (place, draw) in draws.iter().enumerate() {
        let subject = format!("panel draw {}", draw.id);
        let number = i32::try_from(place + 1).unwrap_or(i32::MAX);
        findings.expect(draw.number == number, "I20", &subject, "a draw before it is missing");
        let published = seeds.iter().any(|seed| draw.seed == format!("{seed}|panel|{}", draw.number));
        findings.expect(published, "I18", &subject, "its seed is not the published one");
        findings.expect(draws_again(draw), "I18", &subject, "its record does not give what was drawn");
        let attested = draw.attested_at.is_some() && draw.supervisor_id != draw.drawn_by;
        let in_force = seats.iter().any(|(of, _)| *of == Some(draw.id));
        findings.expect(attested || !in_force, "I20", &subject, "in force without a supervisor's word");
        let named = |expert: &ExpertId| {
            let id = expert.to_string();
            let result = &draw.record.0.result;
            result.drawn.contains(&id) || result.substitutes.contains(&id)
        };
        let recorded = seats.iter().filter(|(of, _)| *of == Some(draw.id)).all(|(_, expert)| named(expert));
        findings.expect(recorded, "I18", &subject, "somebody sits there who was not drawn");
    }
    Ok(())
}
