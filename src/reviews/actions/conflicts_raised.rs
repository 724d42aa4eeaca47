//! Conflicts that an applicant raises: by name, without being told who is an expert; the office finds out whom it means.

use serde_json::json;

use super::{
    ASSIGNERS, PLAN_READERS,
    conflicts::{conflicted_applications, is_conflicted},
    conflicts_office::{expert_at, note, words},
};
use crate::{
    applications,
    db::Db,
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller, Shown},
    kernel::{
        ids::{ApplicationId, ConflictId, ConflictRequestId, RoundId},
        page::Page,
        role::Role,
        text::fold,
    },
    programmes,
    reviews::{
        model::{
            Conflict, ConflictRequest, ConflictRequestReceipt, ConflictRequestView, ConflictSource, Expert,
            NewConflictRequest, NewResolution, RequestState,
        },
        store,
    },
};

/// Who raises one: the applicant's people.
pub const RAISERS: &[Role] = &[Role::Applicant, Role::OrgAdmin];
/// So many an application may raise: more would be a list of everybody.
const MOST: i64 = 10;

/// An applicant asks that somebody should not review. The answer is the same whoever is named.
pub fn raise_conflict(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    request: ConflictRequestId,
    input: &Input<NewConflictRequest>,
) -> Result<ConflictRequestReceipt, Error> {
    let application = applications::require_visible(conn, &by.actor, id)?;
    by.actor.require(application.programme_id, RAISERS)?;
    let own = by.actor.role_for(application.organization_id);
    if !own.is_some_and(|role| RAISERS.contains(&role)) {
        return Err(Error::not_found());
    }
    by.proceed_unversioned(conn)?;
    let round = programmes::see_published(conn, application.round_id)?;
    if !programmes::is_under_way(&round) {
        return Err(Error::illegal_transition(round.state));
    }
    if store::count_requests(conn, application.id)? >= MOST {
        return Err(Error::new(&codes::CONFLICT_REQUESTS_MANY).with("limit", MOST));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    let name = new.person_name.trim();
    if fold(name).is_empty() {
        faults.push(Fault::new("/person_name", &codes::FIELD_REQUIRED));
    } else if name.chars().count() > 100 {
        faults.push(Fault::new("/person_name", &codes::FIELD_TOO_LONG).with("max", 100));
    }
    if !new.kind.is_declarable() {
        faults.push(Fault::new("/kind", &codes::KIND_NOT_STATED));
    }
    words("/reasons", &new.reasons, &mut faults);
    words("/evidence", &new.evidence, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let row = ConflictRequest {
        id: request,
        programme_id: application.programme_id,
        round_id: application.round_id,
        application_id: application.id,
        person_name: name.to_owned(),
        kind: new.kind,
        reasons: new.reasons.trim().to_owned(),
        evidence: new.evidence.trim().to_owned(),
        state: RequestState::Open,
        raised_by: by.actor.user_id,
        raised_at: by.now,
        expert_id: None,
        resolution: None,
        resolved_by: None,
        resolved_at: None,
        version: 1,
    };
    store::insert_request(conn, &row)?;
    note(conn, by, &application, "conflict.raise", json!({"request_id": row.id}))?;
    Ok(ConflictRequestReceipt {
        id: row.id,
        application_id: row.application_id,
        person_name: row.person_name,
        raised_at: row.raised_at,
    })
}

/// What applicants of a round raised, for the office.
pub fn conflict_requests(
    conn: &mut Db,
    actor: &Actor,
    round: RoundId,
    state: Option<RequestState>,
    after: Option<ConflictRequestId>,
    limit: i64,
) -> Result<Page<Shown<ConflictRequestView>>, Error> {
    let found = programmes::see_published(conn, round)?;
    // They name experts: for those who may know who reviews what.
    actor.require(found.programme_id, PLAN_READERS)?;
    let hidden = conflicted_applications(conn, actor, round)?;
    let pool = store::pool(conn, found.programme_id)?;
    let requests = store::list_requests(conn, round, &hidden, state, after, limit)?;
    let page = Page::cut(requests, limit, |last: &ConflictRequest| last.id.to_string());
    let items = page.items.into_iter().map(|request| view(actor, request, &pool)).collect();
    Ok(Page { items, next_cursor: page.next_cursor })
}

fn view(actor: &Actor, request: ConflictRequest, pool: &[Expert]) -> Shown<ConflictRequestView> {
    let name = fold(&request.person_name);
    let namesakes = pool.iter().filter(|expert| fold(&expert.name) == name).map(|expert| expert.id).collect();
    let open = request.state == RequestState::Open;
    let may = open && actor.role_among(request.programme_id, ASSIGNERS).is_some();
    let object = ConflictRequestView {
        id: request.id,
        application_id: request.application_id,
        person_name: request.person_name,
        kind: request.kind,
        reasons: request.reasons,
        evidence: request.evidence,
        state: request.state,
        raised_at: request.raised_at,
        namesakes,
        expert_id: request.expert_id,
        resolution: request.resolution,
        version: request.version,
    };
    Shown { object, permitted_actions: if may { vec!["resolve"] } else { Vec::new() } }
}

/// The office says whom a request means, who is barred from then on, or that it means nobody or shows nothing.
pub fn resolve_request(
    conn: &mut Db,
    by: &Caller,
    id: ConflictRequestId,
    conflict: ConflictId,
    input: &Input<NewResolution>,
) -> Result<Shown<ConflictRequestView>, Error> {
    let mut request = store::find_request(conn, id)?.ok_or_else(Error::not_found)?;
    by.actor.require(request.programme_id, ASSIGNERS)?;
    let application = applications::find(conn, request.application_id)?.ok_or_else(Error::not_found)?;
    if is_conflicted(conn, &by.actor, &application)? {
        return Err(Error::new(&codes::OWN_GROUP));
    }
    by.proceed(conn, request.version)?;
    if request.state != RequestState::Open {
        return Err(Error::illegal_transition(request.state));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    words("/reason", &new.reason, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let before = request.state;
    request.state = RequestState::Dismissed;
    if let Some(expert) = new.expert_id {
        let expert = expert_at(conn, &application, expert)?;
        request.state = RequestState::Upheld;
        request.expert_id = Some(expert.id);
        let row = Conflict {
            id: conflict,
            programme_id: request.programme_id,
            application_id: application.id,
            expert_id: expert.id,
            kind: request.kind.to_string(),
            evidence: request.reasons.clone(),
            declared_by: by.actor.user_id,
            created_at: by.now,
            source: ConflictSource::Applicant,
        };
        store::insert_conflict(conn, &row)?;
    }
    request.resolution = Some(new.reason.trim().to_owned());
    request.resolved_by = Some(by.actor.user_id);
    request.resolved_at = Some(by.now);
    request.version += 1;
    store::save_request(conn, &request)?;
    let subject = ("conflict_request", id.to_string());
    let states = (Some(before.into()), Some(request.state.into()));
    let detail = json!({"expert_id": request.expert_id, "reason": request.resolution});
    super::record(conn, by, request.programme_id, "conflict.resolve", subject, states, detail)?;
    let pool = store::pool(conn, request.programme_id)?;
    Ok(view(&by.actor, request, &pool))
}
