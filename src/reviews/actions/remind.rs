//! Remind experts of sheets that are open before they are due, and once when they are overdue; tell the office how many
//! there are. Applicants hear nothing of it.

use std::{sync::Arc, time::Duration};

use serde_json::json;

use super::super::{
    model::{Deadlines, SheetReminder, StageDeadlines},
    store,
};
use crate::{
    applications::rules::{Deadline, is_daytime},
    audit::{self, Deed},
    db::{Database, Db, Lane},
    error::Error,
    kernel::{
        ids::{ExpertId, ProgrammeId, RoundId},
        role::Role,
        time::{Clock, Timestamp},
    },
    outbox::{self, Letter},
    people,
    programmes::{self, Round, RoundState, Stage},
};

/// How long it rests between two looks.
const REST: Duration = Duration::from_secs(60);
/// The reminder after the deadline, in the place of the days before it.
const OVERDUE: i32 = -1;
/// The summary for the office, in the place of an expert.
const OFFICE: &str = "office";
const VERB: &str = "review.remind";

/// Works until it is dropped.
pub async fn run(database: Database, clock: Arc<dyn Clock>) {
    loop {
        match turn(&database, clock.now()).await {
            Ok(0) => {}
            Ok(reminded) => tracing::info!(reminded, "experts were reminded of their sheets"),
            Err(error) => tracing::warn!(%error, "no expert could be reminded"),
        }
        tokio::time::sleep(REST).await;
    }
}

/// One look: reminds of everything that is due now and says how many experts were. Each round is a transaction of its
/// own in its programme's lane, so that two servers, or one that was stopped in between, remind of nothing twice.
pub async fn turn(database: &Database, now: Timestamp) -> Result<usize, Error> {
    if !is_daytime(now) {
        return Ok(0);
    }
    let mut reminded = 0;
    for (programme, id) in database.read(move |conn| waiting(conn, now)).await? {
        let outcome = database.write(Lane::Programme(programme), move |conn| remind(conn, id, now)).await;
        match outcome {
            Ok(experts) => reminded += experts,
            // A round whose experts cannot be reminded keeps nobody else from it; the next look tries again.
            Err(error) => tracing::warn!(%error, %id, "the experts of a round could not be reminded"),
        }
    }
    Ok(reminded)
}

/// The rounds in which a reminder looks due; whether it is, is decided in the lane.
fn waiting(conn: &mut Db, now: Timestamp) -> Result<Vec<(ProgrammeId, RoundId)>, Error> {
    let mut found = Vec::new();
    for round in programmes::rounds_under_way(conn)? {
        if round.state == RoundState::Reviewing && !due(conn, &round, now)?.is_empty() {
            found.push((round.programme_id, round.id));
        }
    }
    Ok(found)
}

/// A reminder that is due.
struct Due {
    /// None: the summary for the office.
    expert: Option<ExpertId>,
    stage: Stage,
    times: StageDeadlines,
    days_before: i32,
    open_sheets: i64,
}

fn due(conn: &mut Db, round: &Round, now: Timestamp) -> Result<Vec<Due>, Error> {
    let deadlines = store::deadlines(conn, round.id)?;
    let Some(schedule) = &deadlines.schedule else { return Ok(Vec::new()) };
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let mut found = Vec::new();
    for stage in [Stage::Desk, Stage::Defence] {
        let Some(everybodys) = schedule.of(stage) else { continue };
        let open = store::open_by_expert(conn, round.id, stage)?;
        let all: i64 = open.iter().map(|(_, count)| count).sum();
        let told = open.iter().map(|(expert, count)| (Some(*expert), *count));
        for (expert, open_sheets) in told.chain((all > 0).then_some((None, all))) {
            let times = times_of(&deadlines, expert, stage).unwrap_or(everybodys);
            let name = expert.map_or_else(|| OFFICE.to_owned(), |expert| expert.to_string());
            let sent = store::sheet_reminders(conn, round.id, stage, &name, times.due_at)?;
            if let Some(days_before) =
                due_now(times.due_at, schedule.set_at, now, &policy.reminder_days, &sent)
            {
                found.push(Due { expert, stage, times, days_before, open_sheets });
            }
        }
    }
    Ok(found)
}

fn times_of(deadlines: &Deadlines, expert: Option<ExpertId>, stage: Stage) -> Option<StageDeadlines> {
    expert.and_then(|expert| deadlines.of(expert, stage))
}

/// Which reminder of a deadline is due, given those that were sent: so many days before it, or the one that says that
/// it has passed.
fn due_now(due_at: Timestamp, set_at: Timestamp, now: Timestamp, days: &[u32], sent: &[i32]) -> Option<i32> {
    if now > due_at {
        return (!sent.contains(&OVERDUE)).then_some(OVERDUE);
    }
    let sent: Vec<u32> = sent.iter().filter_map(|days| u32::try_from(*days).ok()).collect();
    let deadline = Deadline::of_draft(due_at.day(), None, set_at, days);
    deadline.due(now.day(), &sent).and_then(|days| i32::try_from(days).ok())
}

/// Reminds the experts of a round: the rows, the letters and the audit row in one transaction.
fn remind(conn: &mut Db, id: RoundId, now: Timestamp) -> Result<usize, Error> {
    let Some(round) = programmes::find_round(conn, id)? else { return Ok(0) };
    if round.state != RoundState::Reviewing {
        return Ok(0);
    }
    let all = due(conn, &round, now)?;
    let mut told = 0;
    for due in &all {
        let reminder = SheetReminder {
            round_id: round.id,
            stage: due.stage,
            told: due.expert.map_or_else(|| OFFICE.to_owned(), |expert| expert.to_string()),
            due_at: due.times.due_at,
            days_before: due.days_before,
            programme_id: round.programme_id,
            open_sheets: due.open_sheets,
            sent_at: now,
        };
        store::insert_sheet_reminder(conn, &reminder)?;
        let letter = letter(&round, due);
        let programme = Some(round.programme_id);
        if let Some(expert) = due.expert {
            let Some(expert) = store::find_expert(conn, expert)? else { continue };
            outbox::enqueue_about(conn, programme, expert.user_id, &letter, now)?;
            told += 1;
        } else {
            for officer in people::holders(conn, round.programme_id, Role::ProgramOfficer)? {
                outbox::enqueue_about(conn, programme, officer, &letter, now)?;
            }
        }
    }
    if !all.is_empty() {
        let deed = Deed {
            actor: None,
            role: None,
            action: VERB,
            subject_kind: "round",
            subject_id: round.id.to_string(),
            before: None,
            after: None,
            detail: json!({"experts": told}),
        };
        audit::record(conn, Lane::Programme(round.programme_id), deed, now)?;
    }
    Ok(told)
}

/// Counts and times alone: a letter may be read by others than its reader.
fn letter(round: &Round, due: &Due) -> Letter {
    let (stage, stage_en) = match due.stage {
        Stage::Desk => ("书面评审", "desk review"),
        Stage::Defence => ("路演答辩", "defence"),
    };
    let Due { open_sheets, days_before, times, .. } = due;
    let (due_at, closes_at) = (times.due_at.in_shanghai(), times.closes_at.in_shanghai());
    let name = &round.name;
    let (is_late, late_en) =
        if *days_before == OVERDUE { ("已逾期", "overdue") } else { ("待提交", "open") };
    let closing = format!("应于 {due_at} 前提交，{closes_at} 关闭（北京时间）。");
    let closing_en = format!("Due {due_at}, closed after {closes_at} (Beijing time).");
    if due.expert.is_some() {
        return Letter {
            subject: format!("【益创】您有 {open_sheets} 份评分表{is_late}"),
            body: format!(
                "{name}{stage}：您有 {open_sheets} 份评分表{is_late}。{closing}\n\n\
                 {stage_en}: {open_sheets} of your score sheets are {late_en}. {closing_en}\n"
            ),
            cause: VERB,
        };
    }
    // Without counts: an officer with a tie would learn from them how many sheets of their own group are open.
    Letter {
        subject: format!("【益创】有评分表{is_late}"),
        body: format!(
            "{name}{stage}：有评分表{is_late}，已提醒专家，请登录查看。{closing}\n\n\
             {stage_en}: score sheets are {late_en}; the experts were reminded. Sign in to see which. {closing_en}\n"
        ),
        cause: VERB,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_before_on_each_day_and_once_after() {
        let at = |day: &str, hour: i64| Timestamp::start_of(day.parse().unwrap()).plus_seconds(hour * 3_600);
        let due_at = at("2011-04-15", 18);
        let set_at = at("2011-04-01", 10);
        let mut sent = Vec::new();
        let mut told = Vec::new();
        for day in 1..=20 {
            for hour in [9, 12, 20] {
                let date = format!("2011-04-{day:02}");
                if let Some(days) = due_now(due_at, set_at, at(&date, hour), &[7, 3, 1], &sent) {
                    told.push((day, hour, days));
                    sent.push(days);
                }
            }
        }
        assert_eq!(told, [(8, 9, 7), (12, 9, 3), (14, 9, 1), (15, 20, OVERDUE)]);
        assert_eq!(due_now(due_at, set_at, due_at, &[], &[]), None, "the last moment is in time");
        assert_eq!(due_now(due_at, set_at, due_at.plus_seconds(1), &[], &[]), Some(OVERDUE));
    }
}
