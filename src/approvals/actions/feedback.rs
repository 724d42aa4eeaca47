//! What the people of an applicant learn of their score once the result is public (未立项反馈).

use super::super::{
    model::{
        CriterionComments, Feedback, FeedbackOutcome, Notice, NoticeState, ObjectionInfo, PlanBody, PlanLine,
        ReasonText,
    },
    store,
};
use crate::{
    applications::{self, Application},
    db::Db,
    error::Error,
    http::Actor,
    kernel::{ids::ApplicationId, score::Score},
    programmes::{self, Policy},
    reviews::{self, Standing},
};

/// The feedback on an application, for those who act for its applicant; 404 before the notice is published.
pub fn feedback(conn: &mut Db, actor: &Actor, id: ApplicationId) -> Result<Feedback, Error> {
    let application = applications::find(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.role_for(application.organization_id).is_none() {
        return Err(Error::not_found());
    }
    let notice = store::notice_of(conn, application.round_id)?
        .filter(|notice| notice.state == NoticeState::Published)
        .ok_or_else(Error::not_found)?;
    let plan = super::announce::decided_plan(conn, application.round_id)?;
    let round = programmes::see_published(conn, application.round_id)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let standings = reviews::kept_standings(conn, &round)?;
    let own = standings.items.iter().find(|line| line.application_id == id).ok_or_else(Error::not_found)?;
    let (outcome, place) = outcome_of(&plan, own, &policy).ok_or_else(Error::not_found)?;
    let pass_line = own.track.map_or(policy.pass_line, |track| policy.pass_line_for(track));
    let same_group = |line: &&PlanLine| {
        policy.tracks.is_none() || line.track == own.track.filter(|track| policy.track(*track).is_some())
    };
    let lowest = plan.selected.iter().filter(same_group).filter_map(|line| line.score).min();
    let amount = plan.selected.iter().find(|line| line.application_id == id).and_then(|line| line.amount);
    let comments = reviews::comments_for_applicant(conn, &round, &application)?;
    let reason = reason(outcome, own.score, pass_line, place, amount.map(|a| a.to_string()));
    Ok(Feedback {
        application_id: id,
        reference: application.reference.clone(),
        outcome,
        score: own.score,
        mean: own.mean,
        pass_line,
        lowest_selected: lowest,
        waitlist_place: place,
        reason,
        comments: comments.overall,
        criteria: comments
            .criteria
            .into_iter()
            .map(|(name, comments)| CriterionComments { criterion: name, comments })
            .collect(),
        objection: objection(&notice, &application, &policy),
    })
}

/// What became of it, and its place on the waiting list of its track.
fn outcome_of(plan: &PlanBody, own: &Standing, policy: &Policy) -> Option<(FeedbackOutcome, Option<usize>)> {
    let is_own = |line: &PlanLine| line.application_id == own.application_id;
    if plan.selected.iter().any(is_own) {
        return Some((FeedbackOutcome::Selected, None));
    }
    if let Some(line) = plan.waitlisted.iter().find(|line| is_own(line)) {
        let ahead = |other: &&PlanLine| policy.tracks.is_none() || other.track == line.track;
        let place = plan.waitlisted.iter().filter(ahead).position(is_own).map(|place| place + 1);
        return Some((FeedbackOutcome::Waitlisted, place));
    }
    if plan.below_line.iter().any(is_own) {
        return Some((FeedbackOutcome::BelowLine, None));
    }
    plan.unscored.iter().any(is_own).then_some((FeedbackOutcome::Unscored, None))
}

fn reason(
    outcome: FeedbackOutcome,
    score: Option<Score>,
    pass_line: Score,
    place: Option<usize>,
    amount: Option<String>,
) -> ReasonText {
    let score = score.unwrap_or_default();
    let (zh, en) = match outcome {
        FeedbackOutcome::Selected => {
            let amount = amount.unwrap_or_default();
            (
                format!("得分 {score}，达到入围线 {pass_line}，且在预算之内，拟资助 {amount} 元。"),
                format!(
                    "The score {score} reaches the line of {pass_line} and the budget; {amount} yuan are proposed."
                ),
            )
        }
        FeedbackOutcome::Waitlisted => {
            let place = place.unwrap_or(0);
            (
                format!(
                    "得分 {score}，达到入围线 {pass_line}，但按名次已超出预算或名额，列候补第 {place} 位。"
                ),
                format!(
                    "The score {score} reaches the line of {pass_line}, but by rank the budget or the places were used up; it is number {place} on the waiting list."
                ),
            )
        }
        FeedbackOutcome::BelowLine => {
            let short = Score::from_hundredths(pass_line.hundredths() - score.hundredths());
            (
                format!("得分 {score}，低于入围线 {pass_line}，相差 {short} 分。"),
                format!("The score {score} is {short} below the line of {pass_line}."),
            )
        }
        FeedbackOutcome::Unscored => (
            "有效评分不足规定份数，没有得分。".to_owned(),
            "There were too few valid score sheets for a score.".to_owned(),
        ),
    };
    ReasonText { zh, en }
}

fn objection(notice: &Notice, application: &Application, policy: &Policy) -> ObjectionInfo {
    let days = policy.objection_reply_working_days;
    let until = notice.ends_on;
    let day = until.map(|day| day.to_string()).unwrap_or_default();
    let reference = &application.reference;
    ObjectionInfo {
        until,
        reply_working_days: days,
        zh: format!(
            "如对结果有异议，请在公示期内（至 {day}，含当日）实名以书面形式向项目办公室提出，注明编号 {reference} 并附证据；办公室在 {days} 个工作日内答复。匿名或无证据的异议不予受理。"
        ),
        en: format!(
            "To object, write to the programme office in your own name by {day}, the last day of the public notice, with the number {reference} and your evidence; it answers within {days} working days. What is anonymous or without evidence is not taken up."
        ),
    }
}
