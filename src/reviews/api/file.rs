//! What an expert reads: the file of the application and its attachments, after the declaration.

use actix_web::{http::StatusCode, web};

use crate::{
    applications::{self, Application, ExpertFile},
    attachments::{self, Desk},
    db::Db,
    error::Error,
    http::{Actor, Answer, Call, Endpoint, Whose, answer},
    kernel::{
        ids::{AttachmentId, ReviewId},
        role::Role,
    },
    reviews::{ReviewState, actions, model::ExpertState, store},
};

/// The endpoints of the file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/reviews/{review_id}/application", file, "评审材料 · The file to review")
            .whose(Whose::Sheet)
            .roles(&[Role::Reviewer])
            .gives::<ExpertFile>(),
        Endpoint::get(
            "/api/v1/reviews/{review_id}/attachments/{attachment_id}/content",
            attachment,
            "评审附件 · A file of it",
        )
        .recorded("attachment.download")
        .whose(Whose::Sheet)
        .roles(&[Role::Reviewer])
        .media("application/octet-stream"),
    ]
}

/// The application of a sheet, for the expert whose sheet it is. The file is opened after the declaration, and closed to
/// those who stepped back and to those of whom a tie is known by now.
fn opened(conn: &mut Db, actor: &Actor, id: ReviewId) -> Result<Application, Error> {
    let review = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    let expert = store::find_expert(conn, review.expert_id)?.ok_or_else(Error::not_found)?;
    let open = review.declared_at.is_some() && review.state != ReviewState::Recused;
    // Who was removed from the pool opens nothing any more.
    if expert.user_id != actor.user_id || expert.state == ExpertState::Removed || !open {
        return Err(Error::not_found());
    }
    let application = applications::find(conn, review.application_id)?.ok_or_else(Error::not_found)?;
    if !actions::ties(conn, &application, &expert)?.is_empty() {
        return Err(Error::not_found());
    }
    Ok(application)
}

async fn file(call: Call<ReviewId>) -> Answer {
    let id = call.path;
    let file = call
        .read(move |conn, by| {
            let application = opened(conn, &by.actor, id)?;
            applications::expert_file(conn, &application)
        })
        .await?;
    answer(StatusCode::OK, &file)
}

async fn attachment(call: Call<(ReviewId, AttachmentId)>, desk: web::Data<Desk>) -> Answer {
    let (id, attachment) = call.path;
    let (file, name) = call
        .read(move |conn, by| {
            let application = opened(conn, &by.actor, id)?;
            applications::expert_attachment(conn, &application, attachment)
        })
        .await?;
    attachments::serve(&desk, &file, &name).await
}
