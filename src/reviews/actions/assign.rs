//! Give an application to an expert.

use serde_json::json;

use super::{ASSIGNERS, begin::begin, conflicts::refuse_conflict, record, show};
use crate::{
    applications,
    db::Db,
    error::{Error, Input, codes},
    http::{Caller, Shown},
    kernel::ids::{ApplicationId, ReviewId},
    outbox::{self, Letter},
    programmes::{self, Stage},
    reviews::{
        model::{NewReview, Review, ReviewState, ReviewView},
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
    by.proceed_unversioned(conn)?;
    applications::Action::Assign.next(application.state)?;
    let round = programmes::see_published(conn, application.round_id)?;
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
    refuse_conflict(conn, &application, &expert)?;
    let policy = programmes::policy_of(conn, round.id, application.policy_number)?;
    if new.stage == Stage::Defence && !policy.review.defence {
        return Err(Error::at("/stage", &codes::NO_DEFENCE));
    }
    let review = Review {
        id,
        programme_id: application.programme_id,
        round_id: application.round_id,
        application_id: application.id,
        expert_id: expert.id,
        state: ReviewState::Assigned,
        marks: "{}".to_owned(),
        suggested_amount: None,
        comment: String::new(),
        total: None,
        declared_at: None,
        submitted_at: None,
        created_by: by.actor.user_id,
        created_at: by.now,
        updated_at: by.now,
        version: 1,
        stage: new.stage,
        reading: 1,
        mark_comments: "{}".to_owned(),
        staff_comment: String::new(),
        digest: None,
        locked_by: None,
        locked_at: None,
    };
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
