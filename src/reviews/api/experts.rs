//! The pool.

use actix_web::http::StatusCode;

use crate::{
    db::Lane,
    http::{Answer, Call, Endpoint, Paging, answer, cursor, limit},
    kernel::{
        ids::{ExpertId, ProgrammeId},
        page::Page,
    },
    reviews::{
        actions::{self, ASSIGNERS, READERS},
        model::{ExpertView, NewExpert},
        store,
    },
};

/// The endpoints of the pool.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/api/v1/programmes/{programme_id}/experts", admit, "专家入库 · Admit an expert")
            .roles(ASSIGNERS)
            .takes::<NewExpert>()
            .gives::<ExpertView>(),
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/experts",
            list_experts,
            "专家库 · The pool of experts",
        )
        .roles(READERS)
        .list(&["cursor"])
        .gives::<Page<ExpertView>>(),
    ]
}

async fn admit(call: Call<ProgrammeId, NewExpert>) -> Answer {
    let (programme, id, body) = (call.path, ExpertId::generate(), call.body.clone());
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::admit(conn, by, programme, id, &body)
    })
    .await
}

async fn list_experts(call: Call<ProgrammeId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, programme) = (limit(asked)?, cursor::<ExpertId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            by.actor.require(programme, READERS)?;
            let found = store::list_experts(conn, programme, after, limit)?;
            let views = found.into_iter().map(ExpertView::from).collect();
            Ok(Page::cut(views, limit, |last: &ExpertView| last.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}
