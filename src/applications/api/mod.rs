//! `rounds/{id}/applications`, `applications/{id}` with `submission` and `withdrawal`; writing and checking stand
//! beside.

mod checks;
mod writing;

mod attachments;

mod export;

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::{
    actions,
    model::{Application, ApplicationState, ApplicationView, ExpertFile, NewApplication},
    rules::Action,
    store::{self, Filter},
};
use crate::{
    db::{Db, Lane},
    error::Error,
    http::{Answer, Call, Caller, Endpoint, GROUP_READERS, Nothing, Shown, Whose, answer, cursor, limit},
    kernel::{
        domain::ServiceDomain,
        ids::{ApplicationId, ProgrammeId, RoundId},
        page::Page,
        reference::Reference,
        role::Role,
    },
    organizations, programmes, sheets,
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        Endpoint::post("/api/v1/rounds/{round_id}/applications", draft, "起草申报书 · Begin a draft")
            .whose(Whose::Organization)
            .guarded(&Action::Edit)
            .from_states(&["published", "open"])
            .takes::<NewApplication>()
            .gives::<Shown<ApplicationView>>(),
        Endpoint::get("/api/v1/rounds/{round_id}/applications", list, "申报列表 · Applications you may see")
            .whose(Whose::Listed)
            .list(&["state", "domain", "reference", "q"])
            .also_as(sheets::XLSX)
            .also_as(sheets::CSV)
            .costly()
            .gives::<Page<Shown<Application>>>(),
        Endpoint::get("/api/v1/applications/{application_id}", get, "申报书 · One application")
            .roles(GROUP_READERS)
            .whose(Whose::Organization)
            .gives::<Shown<ApplicationView>>(),
        Endpoint::get(
            "/api/v1/applications/{application_id}/expert-file",
            expert_file,
            "专家所见 · What experts will read of it",
        )
        .whose(Whose::Organization)
        .roles(&[Role::ProgramOfficer])
        .gives::<ExpertFile>(),
        Endpoint::post("/api/v1/applications/{application_id}/submission", submit, "提交 · Hand it in")
            .whose(Whose::Organization)
            .guarded(&Action::Submit)
            .status(200)
            .versioned()
            .gives::<Shown<ApplicationView>>(),
        Endpoint::post("/api/v1/applications/{application_id}/withdrawal", withdraw, "撤回 · Take it back")
            .whose(Whose::Organization)
            .guarded(&Action::Withdraw)
            .status(200)
            .versioned()
            .gives::<Shown<ApplicationView>>(),
    ];
    all.extend(writing::endpoints());
    all.extend(checks::endpoints());
    all.extend(attachments::endpoints());
    all
}

async fn expert_file(call: Call<ApplicationId>) -> Answer {
    let id = call.path;
    let file = call.read(move |conn, by| actions::expert_file_of(conn, &by.actor, id)).await?;
    answer(StatusCode::OK, &file)
}

async fn lane_of<B>(call: &Call<ApplicationId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(store::programme_of(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn draft(call: Call<RoundId, NewApplication>) -> Answer {
    let (round, id, body) = (call.path, ApplicationId::generate(), call.body.clone());
    let programme = call.read(move |conn, _| Ok(programmes::programme_of_round(conn, round)?)).await?;
    let lane = programme.map(Lane::Programme).ok_or_else(Error::not_found)?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::draft(conn, by, round, id, &body)).await
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<i64>,
    cursor: Option<String>,
    state: Option<ApplicationState>,
    domain: Option<ServiceDomain>,
    reference: Option<Reference>,
    q: Option<String>,
}

impl ListQuery {
    /// What this person may see of what was asked for.
    fn filter(self, conn: &mut Db, by: &Caller, programme: ProgrammeId) -> Result<Filter, Error> {
        let scope = organizations::scope_of(conn, &by.actor, programme)?;
        let only_these = organizations::ids_in(conn, programme, &scope)?;
        let search = self.q.map(|text| text.parse()).transpose()?.map(|query| (programme, query));
        Ok(Filter {
            own: by.actor.organizations().collect(),
            only_own: only_these.as_ref().is_some_and(Vec::is_empty),
            only_these,
            state: self.state,
            domain: self.domain,
            reference: self.reference,
            search,
        })
    }
}

async fn list(call: Call<RoundId>) -> Answer {
    let query: ListQuery = call.query()?;
    if let Some(media) = call.accepted(&[sheets::XLSX, sheets::CSV]) {
        return export::export(&call, query, media).await;
    }
    let (limit, after, round) =
        (limit(query.limit)?, cursor::<Reference>(query.cursor.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            let programme = programmes::programme_of_round(conn, round)?.ok_or_else(Error::not_found)?;
            by.actor.require_any_role(programme)?;
            let filter = query.filter(conn, by, programme)?;
            let found = store::list(conn, round, &filter, after.as_ref(), limit)?;
            let page = Page::cut(found, limit, |last| last.reference.to_string());
            if page.items.is_empty() {
                return Ok(Page::<Shown<Application>> { items: Vec::new(), next_cursor: None });
            }
            // Only a published round has applications.
            let round = programmes::see_published(conn, round)?;
            let withheld = store::withheld_of_own(conn, round.id, &filter.own)?;
            let items = page
                .items
                .into_iter()
                .map(|object| {
                    let permitted_actions =
                        actions::permitted_actions(conn, &by.actor, &object, &round, by.now)?;
                    let before = withheld.get(&object.id).copied();
                    Ok(Shown { object: actions::shown_as(object, before), permitted_actions })
                })
                .collect::<Result<_, Error>>()?;
            Ok(Page::<Shown<Application>> { items, next_cursor: page.next_cursor })
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn get(call: Call<ApplicationId>) -> Answer {
    let id = call.path;
    let shown = call
        .read(move |conn, by| {
            let application = actions::require_visible(conn, &by.actor, id)?;
            actions::show(conn, by, application)
        })
        .await?;
    answer(StatusCode::OK, &shown)
}

async fn submit(call: Call<ApplicationId, Nothing>) -> Answer {
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::submit(conn, by, id)).await
}

async fn withdraw(call: Call<ApplicationId, Nothing>) -> Answer {
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::withdraw(conn, by, id)).await
}
