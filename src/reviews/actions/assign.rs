//! Give an application to an expert.

use serde_json::json;

use super::{
    ASSIGNERS,
    begin::begin,
    conflicts::{is_conflicted, refuse_conflict},
    give::{give, saw_scores},
    panels::refuse_outsider,
    record,
    sealed::sealed_for,
    show,
};
use crate::{
    applications::{self, Application},
    db::Db,
    error::{Error, Input, codes},
    http::{Caller, Shown},
    kernel::{
        ids::{ApplicationId, ReviewId},
        time::Timestamp,
    },
    outbox::{self, Letter},
    programmes::{self, Round, Stage},
    reviews::{
        model::{Expert, ExpertState, NewReview, ReviewView},
        rules::load,
        store,
    },
};

/// Gives an application to an expert; refused where there is a conflict (I17).
pub fn assign(
    conn: &mut Db,
    by: &Caller,
    application: ApplicationId,
    id: ReviewId,
    input: &Input<NewReview>,
) -> Result<Shown<ReviewView>, Error> {
    let application = applications::require_visible(conn, &by.actor, application)?;
    by.actor.require(application.programme_id, ASSIGNERS)?;
    if is_conflicted(conn, &by.actor, &application)? {
        return Err(Error::new(&codes::SCORES_SEALED));
    }
    by.proceed_unversioned(conn)?;
    applications::Action::Assign.next(application.state)?;
    let round = programmes::see_published(conn, application.round_id)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let batch = applications::batch_of(&application, &round);
    let round = if application.state == applications::ApplicationState::Eligible {
        begin(conn, by, round, batch)?
    } else {
        programmes::begin_review(conn, by, round, batch)?
    };
    let new = input.as_ref().map_err(Clone::clone)?;
    let expert = store::find_expert(conn, new.expert_id)?
        .filter(|expert| expert.programme_id == application.programme_id)
        .ok_or_else(Error::not_found)?;
    if expert.user_id == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    refuse_conflict(conn, &application, &expert)?;
    require_available(&expert, by.now)?;
    // After a second scoring was agreed to, whoever is asked reads what all others read again.
    let reading = store::agreed_reading(conn, application.id, new.stage)?;
    require_room(conn, by, (&round, &application), &expert, (new.stage, reading))?;
    if new.stage == Stage::Defence && !policy.review.defence {
        return Err(Error::at("/stage", &codes::NO_DEFENCE));
    }
    if saw_scores(conn, &application, &expert)? {
        return Err(Error::at("/expert_id", &codes::SAW_SCORES));
    }
    let given = give(conn, by, &application, (expert.id, new.stage, reading), id)?;
    let given = given.ok_or_else(|| Error::new(&codes::ALREADY_EXISTS))?;
    let states = (given.before.map(Into::into), Some(given.review.state.into()));
    let subject = ("review", given.review.id.to_string());
    record(conn, by, application.programme_id, given.deed(), subject, states, json!({"reading": reading}))?;
    if given.review.state.counts() {
        return show(&by.actor, None, &given.review);
    }
    let letter = Letter {
        subject: "【益创】您有新的评审任务".to_owned(),
        body: "您有新的评审任务,请登录后先签回避声明,再评分。\nYou have a new application to review.\n"
            .to_owned(),
        cause: "review.assign",
    };
    outbox::enqueue_about(conn, Some(application.programme_id), expert.user_id, &letter, by.now)?;
    show(&by.actor, None, &given.review)
}

/// 409 for an expert who gets nothing new: suspended, removed, or away today.
pub(super) fn require_available(expert: &Expert, now: Timestamp) -> Result<(), Error> {
    let reason: &'static str = match expert.state {
        ExpertState::Admitted if expert.is_available(now.day()) => return Ok(()),
        ExpertState::Admitted => "absent",
        ExpertState::Suspended | ExpertState::Removed => expert.state.into(),
    };
    Err(Error::new(&codes::EXPERT_UNAVAILABLE).with("reason", reason))
}

/// 409 for an expert who is not in the application's panel, where it has one, or has as many applications as the pool says
/// they take in this stage and reading. What the policy says of loads is for the plan; who assigns by hand decides. Sheets
/// of applications that are sealed for this officer are left out: the number, and the refusal, would tell of them.
fn require_room(
    conn: &mut Db,
    by: &Caller,
    (round, application): (&Round, &Application),
    expert: &Expert,
    part: (Stage, i32),
) -> Result<(), Error> {
    refuse_outsider(conn, round, application, expert.id)?;
    let Some(max) = expert.max_load else { return Ok(()) };
    let sealed = sealed_for(conn, &by.actor, round)?;
    let sheets = store::sheets_of_expert(conn, round.id, expert.id, part)?;
    let known = sheets.into_iter().filter(|(about, _)| !sealed.contains(about));
    let load = load::of(&expert.id, known.map(|(_, state)| (expert.id, state)));
    if load < usize::try_from(max).unwrap_or(0) {
        return Ok(());
    }
    Err(Error::new(&codes::EXPERT_FULL).with("load", load).with("max", max))
}
