//! Remind those who have not handed in yet, before it is too late.

use std::{sync::Arc, time::Duration};

use serde_json::json;

use super::{
    super::{
        model::{Application, ApplicationState, Reminder},
        rules::{Deadline, is_daytime},
        store,
    },
    notify_applicants, standards,
};
use crate::{
    audit::{self, Deed},
    db::{Database, Db, Lane, columns::Day},
    error::Error,
    kernel::{
        ids::{ApplicationId, ProgrammeId},
        time::{Clock, Timestamp},
    },
    letters::{self, Cause},
    programmes::{self, Policy, Round},
};

/// How long it rests between two looks.
const REST: Duration = Duration::from_secs(60);

/// Works until it is dropped.
pub async fn run(database: Database, clock: Arc<dyn Clock>) {
    loop {
        match turn(&database, clock.now()).await {
            Ok(0) => {}
            Ok(reminded) => tracing::info!(reminded, "applications were reminded of their last day"),
            Err(error) => tracing::warn!(%error, "nobody could be reminded"),
        }
        tokio::time::sleep(REST).await;
    }
}

/// One look: reminds of everything that is due now and says of how many applications. Each is a transaction of its own
/// in the programme's lane, so that two servers, or one that was stopped in between, remind of nothing twice.
pub async fn turn(database: &Database, now: Timestamp) -> Result<usize, Error> {
    if !is_daytime(now) {
        return Ok(0);
    }
    let mut reminded = 0;
    for (programme, id) in database.read(move |conn| due(conn, now)).await? {
        let outcome = database.write(Lane::Programme(programme), move |conn| remind(conn, id, now)).await;
        match outcome {
            Ok(true) => reminded += 1,
            Ok(false) => {}
            // One that cannot be reminded keeps nobody else from it; the next look tries again.
            Err(error) => tracing::warn!(%error, %id, "an application could not be reminded"),
        }
    }
    Ok(reminded)
}

/// The applications that look as if a reminder were due; whether it is, is decided in the lane.
fn due(conn: &mut Db, now: Timestamp) -> Result<Vec<(ProgrammeId, ApplicationId)>, Error> {
    let mut found = Vec::new();
    for round in programmes::rounds_under_way(conn)? {
        let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
        for waiting in store::unfinished(conn, round.id)? {
            let may_be_due = match waiting.state {
                ApplicationState::Draft => {
                    let deadline = Deadline::of_draft(
                        round.closes_on.0,
                        waiting.extended_until,
                        waiting.created_at,
                        &policy.reminder_days,
                    );
                    // Only what is near its end is worth a question.
                    deadline.due(now.day(), &[]).is_some() && {
                        let subject = waiting.id.to_string();
                        let sent = store::reminders(conn, DRAFT, &subject, Day(deadline.last_day))?;
                        deadline.due(now.day(), &sent).is_some()
                    }
                }
                // There are few of them.
                _ => true,
            };
            if may_be_due {
                found.push((round.programme_id, waiting.id));
            }
        }
    }
    Ok(found)
}

/// What a reminder is about, as its row says it.
const DRAFT: &str = "application";
const CORRECTION: &str = "correction_request";

/// Something that is waited for.
struct Awaited {
    kind: &'static str,
    subject: String,
    cause: Cause,
    deadline: Deadline,
}

/// What is waited for of an application, if anything is.
fn awaited(
    conn: &mut Db,
    application: &Application,
    round: &Round,
    policy: &Policy,
) -> Result<Option<Awaited>, Error> {
    let (extended, days) = (application.extended_until, &policy.reminder_days);
    match application.state {
        ApplicationState::Draft => {
            let begun = application.created_at;
            let deadline = Deadline::of_draft(round.closes_on.0, extended, begun, days);
            let subject = application.id.to_string();
            Ok(Some(Awaited { kind: DRAFT, subject, cause: Cause::DraftReminder, deadline }))
        }
        ApplicationState::CorrectionRequested => {
            let request = store::last_correction(conn, application.id)?;
            Ok(request.filter(|request| request.answered_at.is_none()).map(|request| Awaited {
                kind: CORRECTION,
                subject: request.id.to_string(),
                cause: Cause::CorrectionReminder,
                deadline: Deadline::of_correction(&request, extended, days),
            }))
        }
        _ => Ok(None),
    }
}

/// Reminds of one application if that is due: the row, the letters and the audit row in one transaction.
fn remind(conn: &mut Db, id: ApplicationId, now: Timestamp) -> Result<bool, Error> {
    let Some(application) = store::find(conn, id)? else { return Ok(false) };
    let (round, policy, _) = standards(conn, &application)?;
    if !programmes::is_under_way(&round) {
        return Ok(false);
    }
    let Some(Awaited { kind, subject, cause, deadline }) = awaited(conn, &application, &round, &policy)?
    else {
        return Ok(false);
    };
    let due_on = Day(deadline.last_day);
    let sent = store::reminders(conn, kind, &subject, due_on)?;
    let Some(days) = deadline.due(now.day(), &sent) else { return Ok(false) };
    let reminder = Reminder {
        subject_kind: kind.to_owned(),
        subject_id: subject.clone(),
        due_on,
        days_before: i32::try_from(days).map_err(Error::internal)?,
        programme_id: application.programme_id,
        sent_at: now,
    };
    store::insert_reminder(conn, &reminder)?;
    let values = [
        ("title", application.title.clone()),
        ("reference", application.reference.to_string()),
        ("round", round.name.clone()),
        ("until", due_on.to_string()),
        ("days", deadline.days_left(now.day()).to_string()),
    ];
    let letter = letters::compose(conn, application.programme_id, cause, &values)?;
    notify_applicants(conn, &application, &letter, now)?;
    let deed = Deed {
        actor: None,
        role: None,
        action: "application.remind",
        subject_kind: kind,
        subject_id: subject,
        before: Some(application.state.into()),
        after: Some(application.state.into()),
        detail: json!({"application_id": id, "due_on": due_on, "days_before": days}),
    };
    audit::record(conn, Lane::Programme(application.programme_id), deed, now)?;
    Ok(true)
}
