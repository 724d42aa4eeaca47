//! What a submission depends on besides its own content, read from the rooms that know it.

use std::collections::BTreeMap;

use super::super::{
    model::Application,
    rules::{Facts, ListingFact, PastProject, Place},
    store,
};
use crate::{
    attachments::{self, AttachmentState, OwnerKind},
    db::Db,
    error::Error,
    kernel::{ids::ProgrammeId, money::Money, time::Timestamp},
    organizations::{
        self, AnnualCheckResult, BlackList, Debarment, Organization, TrackOutcome, TrackRecord, TrackResult,
    },
    programmes::{Policy, Round},
};

/// The facts of one application, as they are now.
pub fn facts(
    conn: &mut Db,
    application: &Application,
    organization: &Organization,
    round: &Round,
    policy: &Policy,
    now: Timestamp,
) -> Result<Facts, Error> {
    let host_is_ready = match (organization.host_id, organization.host_consented_at) {
        (Some(host), Some(_)) => organizations::find_payee_account(conn, host)?.is_some(),
        _ => false,
    };
    let others = store::others(conn, round.id, organization.id, application.id)?;
    let asked: i64 = others.iter().flatten().map(|asked| asked.fen()).sum();
    let standing = organizations::standing(conn, organization)?;
    let mut debarments = standing.debarments;
    let lead = Some(application.lead_name.as_str()).filter(|name| !name.is_empty());
    if lead.is_some() || application.lead_phone.is_some() {
        let phone = application.lead_phone.as_deref();
        debarments.extend(organizations::debarments_of_person(conn, round.programme_id, lead, phone)?);
    }
    let today = now.day();
    let in_force = |debarment: &Debarment| debarment.starts_on.0 <= today && today <= debarment.ends_on.0;
    let imported = standing.track_record.iter().filter_map(|record| record.debarred_until);
    let debarred_until = debarments
        .iter()
        .filter(|debarment| in_force(debarment))
        .map(|debarment| debarment.ends_on)
        .chain(imported.filter(|until| today <= until.0))
        .max();
    Ok(Facts {
        host_is_ready,
        others_in_round: u32::try_from(others.len()).unwrap_or(u32::MAX),
        asked_by_others: Money::from_fen(asked),
        listings: standing
            .listings
            .iter()
            .map(|listing| ListingFact {
                is_serious: listing.list == BlackList::SeriousViolation,
                listed_on: listing.listed_on,
                removed_on: listing.removed_on,
            })
            .collect(),
        annual_checks: standing
            .annual_checks
            .iter()
            .filter_map(|c| passed(c.result).map(|p| (c.year, p)))
            .collect(),
        debarred_until,
        past: standing.track_record.iter().filter_map(past_project).collect(),
        place: place(conn, round.programme_id, application, policy)?,
        files: clean_files(conn, application)?,
    })
}

/// Clean attachments by field: what is not scanned yet is as if it were not there.
fn clean_files(conn: &mut Db, application: &Application) -> Result<BTreeMap<String, u32>, Error> {
    let mut files = BTreeMap::new();
    for file in attachments::of_owner(conn, OwnerKind::Application, &application.id.to_string())? {
        if file.state == AttachmentState::Clean {
            *files.entry(file.field).or_default() += 1;
        }
    }
    Ok(files)
}

/// 基本合格 is passed; what has not been checked yet is as if nothing were on record.
const fn passed(result: AnnualCheckResult) -> Option<bool> {
    match result {
        AnnualCheckResult::Passed | AnnualCheckResult::BasicallyPassed => Some(true),
        AnnualCheckResult::Failed => Some(false),
        AnnualCheckResult::NotChecked => None,
    }
}

fn past_project(record: &TrackRecord) -> Option<PastProject> {
    let (is_open, has_failed) = match record.outcome {
        Some(TrackOutcome::Unfinished) => (true, false),
        Some(TrackOutcome::Failed | TrackOutcome::Terminated | TrackOutcome::Revoked) => (false, true),
        Some(TrackOutcome::Excellent | TrackOutcome::Passed | TrackOutcome::BasicallyPassed) | None => {
            (false, false)
        }
    };
    (record.result == TrackResult::Awarded).then(|| PastProject {
        year: record.year,
        title: record.title.clone(),
        is_open,
        has_failed,
    })
}

/// E111: in a unit of the programme that the call is for. A programme without units cannot say.
fn place(
    conn: &mut Db,
    programme: ProgrammeId,
    application: &Application,
    policy: &Policy,
) -> Result<Place, Error> {
    let is_called_somewhere = !policy.territory.is_empty();
    if (application.unit_id.is_none() && !is_called_somewhere) || !organizations::has_units(conn, programme)?
    {
        return Ok(Place::NotAsked);
    }
    // A call for some streets wants to know the street.
    let Some(unit) = application.unit_id else { return Ok(Place::Outside) };
    let above = organizations::lineage(conn, programme, unit)?;
    let called = |unit: &String| above.iter().any(|own| own.to_string() == *unit);
    let inside = !above.is_empty() && (policy.territory.is_empty() || policy.territory.iter().any(called));
    Ok(if inside { Place::Inside } else { Place::Outside })
}
