//! Give an application to an expert.

use serde_json::json;

use super::{
    ASSIGNERS,
    begin::begin,
    conflicts::{is_conflicted, refuse_conflict},
    panels::seated,
    record, show,
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
    programmes::{self, Stage},
    reviews::{
        model::{Expert, ExpertState, NewReview, Review, ReviewView},
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
    if application.state == applications::ApplicationState::Eligible {
        begin(conn, by, round, batch)?;
    } else {
        programmes::begin_review(conn, by, round, batch)?;
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let expert = store::find_expert(conn, new.expert_id)?
        .filter(|expert| expert.programme_id == application.programme_id)
        .ok_or_else(Error::not_found)?;
    if expert.user_id == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    refuse_conflict(conn, &application, &expert)?;
    require_available(&expert, by.now)?;
    require_room(conn, &application, &expert)?;
    if new.stage == Stage::Defence && !policy.review.defence {
        return Err(Error::at("/stage", &codes::NO_DEFENCE));
    }
    let given = (expert.id, new.stage, 1);
    let review = Review::assigned(id, &application, given, by.actor.user_id, by.now);
    store::insert(conn, &review)?;
    let after = Some(review.state.into());
    record(
        conn,
        by,
        review.programme_id,
        "review.assign",
        ("review", id.to_string()),
        (None, after),
        json!({}),
    )?;
    let letter = Letter {
        subject: "【益创】您有新的评审任务".to_owned(),
        body: "您有新的评审任务,请登录后先签回避声明,再评分。\nYou have a new application to review.\n"
            .to_owned(),
        cause: "review.assign",
    };
    outbox::enqueue_about(conn, Some(review.programme_id), expert.user_id, &letter, by.now)?;
    show(&by.actor, None, &review)
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

/// 409 for an expert who is not in the round's panel, where there is one, or has as many applications as the pool says
/// they take. What the policy says of loads is for the plan; who assigns by hand decides.
fn require_room(conn: &mut Db, application: &Application, expert: &Expert) -> Result<(), Error> {
    if seated(conn, application.round_id)?.is_some_and(|panel| !panel.contains(&expert.id)) {
        return Err(Error::new(&codes::NOT_ON_PANEL));
    }
    let Some(max) = expert.max_load else { return Ok(()) };
    let load = store::load_of(conn, application.round_id, expert.id)?;
    if load < i64::from(max) {
        return Ok(());
    }
    Err(Error::new(&codes::EXPERT_FULL).with("load", load).with("max", max))
}
