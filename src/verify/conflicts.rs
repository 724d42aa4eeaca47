//! I17: no score in spite of a conflict. What was stated has its time, so that what came to light after a sheet was
//! signed does not undo it: the office sees it and decides. What the program finds is compared as it is today; where both
//! sides are known to have said so before the signature it is a violation, else only something to look at. A dismissal
//! clears the one tie it is about, from its day on.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::Findings;
use crate::{
    applications::{self, Application},
    db::{
        Db,
        schema::{conflict_dismissals, conflicts, experts, organizations, re_reviews},
    },
    error::Error,
    kernel::{
        ids::{ApplicationId, ExpertId, OrganizationId},
        time::Timestamp,
    },
    programmes::{Round, Stage},
    reviews::{
        self, Conflict, ConflictDismissal, Expert, ReReviewKind, ReReviewState, Review,
        rules::conflicts::{FoundTie, Origin, is_dismissed},
    },
};

type Pair = (ApplicationId, ExpertId);

/// Everything of a round that its sheets are held against.
struct Known {
    stated: BTreeMap<Pair, Vec<Conflict>>,
    dismissed: BTreeMap<Pair, Vec<ConflictDismissal>>,
    found: BTreeMap<Pair, Vec<FoundTie>>,
    /// Applications whose group took in another one: their people are not dated.
    merged: BTreeSet<ApplicationId>,
}

/// The sheets that count, of one round.
pub fn check(conn: &mut Db, round: &Round, sheets: &[&Review], findings: &mut Findings) -> Result<(), Error> {
    if sheets.is_empty() {
        return Ok(());
    }
    let known = Known::gather(conn, round, sheets)?;
    for sheet in sheets {
        let subject = format!("review {}", sheet.id);
        let pair = (sheet.application_id, sheet.expert_id);
        let signed = sheet.submitted_at;
        let before = |at: Timestamp| signed.is_none_or(|signed| at < signed);
        let dismissals = known.dismissed.get(&pair).map(Vec::as_slice).unwrap_or_default();
        let cleared = |tie: &reviews::Tie, origin: Origin| {
            dismissals.iter().any(|dismissal| {
                signed.is_none_or(|signed| dismissal.dismissed_at <= signed)
                    && is_dismissed(tie, origin, dismissal)
            })
        };
        let conflict = known.stated.get(&pair).into_iter().flatten().find(|stated| {
            let tie = stated.tie();
            tie.kind.bars() && before(stated.created_at) && !cleared(&tie, Origin::Stated(stated.id))
        });
        findings.expect(conflict.is_none(), "I17", &subject, "scored in spite of a conflict");
        for FoundTie { tie, since } in known.found.get(&pair).into_iter().flatten() {
            if !tie.kind.bars() || cleared(tie, Origin::Found) {
                continue;
            }
            let since = since.filter(|_| !known.merged.contains(&pair.0));
            match since.map(before) {
                Some(true) => {
                    let reason = format!("scored in spite of a tie that was known ({})", tie.kind);
                    findings.expect(false, "I17", &subject, reason);
                }
                // It came to be after the signature.
                Some(false) => {}
                None => findings.look("I17", &subject, format!("there is a tie today ({})", tie.kind)),
            }
        }
    }
    Ok(())
}

impl Known {
    fn gather(conn: &mut Db, round: &Round, sheets: &[&Review]) -> Result<Self, Error> {
        let mut stated: BTreeMap<Pair, Vec<Conflict>> = BTreeMap::new();
        let all: Vec<Conflict> = conflicts::table
            .filter(conflicts::programme_id.eq(round.programme_id))
            .order(conflicts::id)
            .load(conn)?;
        for row in all {
            stated.entry((row.application_id, row.expert_id)).or_default().push(row);
        }
        let mut dismissed: BTreeMap<Pair, Vec<ConflictDismissal>> = BTreeMap::new();
        let all: Vec<ConflictDismissal> = conflict_dismissals::table
            .filter(conflict_dismissals::programme_id.eq(round.programme_id))
            .load(conn)?;
        for row in all {
            dismissed.entry((row.application_id, row.expert_id)).or_default().push(row);
        }
        let who: BTreeSet<ExpertId> = sheets.iter().map(|sheet| sheet.expert_id).collect();
        let what: BTreeSet<ApplicationId> = sheets.iter().map(|sheet| sheet.application_id).collect();
        let people: Vec<Expert> = experts::table
            .filter(experts::programme_id.eq(round.programme_id))
            .order(experts::id)
            .load::<Expert>(conn)?
            .into_iter()
            .filter(|expert| who.contains(&expert.id))
            .collect();
        let scored: Vec<Application> = applications::of_round(conn, round.id)?
            .into_iter()
            .filter(|application| what.contains(&application.id))
            .collect();
        let joined: BTreeSet<OrganizationId> = organizations::table
            .filter(organizations::programme_id.eq(round.programme_id))
            .filter(organizations::merged_into.is_not_null())
            .select(organizations::merged_into)
            .load::<Option<OrganizationId>>(conn)?
            .into_iter()
            .flatten()
            .collect();
        let merged = scored
            .iter()
            .filter(|application| joined.contains(&application.organization_id))
            .map(|application| application.id)
            .collect();
        let found = reviews::found_ties(conn, &scored, &people)?;
        Ok(Self { stated, dismissed, found, merged })
    }
}

/// A later reading takes two people: each sheet of one rests on an order that was agreed to.
pub fn readings(
    conn: &mut Db,
    round: &Round,
    sheets: &[Review],
    findings: &mut Findings,
) -> Result<(), Error> {
    if sheets.iter().all(|sheet| sheet.reading == 1) {
        return Ok(());
    }
    let agreed: BTreeSet<(ApplicationId, Stage, i32)> = re_reviews::table
        .filter(re_reviews::round_id.eq(round.id))
        .filter(re_reviews::state.eq(ReReviewState::Agreed))
        .filter(re_reviews::kind.eq(ReReviewKind::SecondScoring))
        .select((re_reviews::application_id, re_reviews::stage, re_reviews::reading))
        .load::<(ApplicationId, Stage, i32)>(conn)?
        .into_iter()
        .collect();
    for sheet in sheets.iter().filter(|sheet| sheet.reading > 1) {
        let ordered = agreed.contains(&(sheet.application_id, sheet.stage, sheet.reading));
        let reason = format!("a sheet of reading {}, which nobody ordered and agreed to", sheet.reading);
        findings.expect(ordered, "I17", format!("review {}", sheet.id), reason);
    }
    Ok(())
}
