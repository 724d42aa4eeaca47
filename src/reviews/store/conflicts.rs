//! Queries on what was stated of conflicts: by experts, applicants and the office.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::{
    db::{
        Db, exactly_one,
        schema::{conflict_dismissals as dismissals, conflict_requests as requests, conflicts},
    },
    error::Error,
    kernel::ids::{ApplicationId, ConflictId, ConflictRequestId, ProgrammeId, RoundId},
    reviews::model::{Conflict, ConflictDismissal, ConflictRequest, RequestState},
};

/// Keeps what was stated. Said once more while it stands it is the same; said again after it was dismissed it stands
/// again, as a statement of its own: nothing of what was stated before is overwritten.
pub fn insert_conflict(conn: &mut Db, conflict: &Conflict) -> QueryResult<()> {
    let same: Vec<ConflictId> = conflicts::table
        .filter(conflicts::application_id.eq(conflict.application_id))
        .filter(conflicts::expert_id.eq(conflict.expert_id))
        .filter(conflicts::kind.eq(&conflict.kind))
        .filter(conflicts::evidence.eq(&conflict.evidence))
        .filter(conflicts::source.eq(conflict.source))
        .select(conflicts::id)
        .load(conn)?;
    for id in same {
        let looked_at = dismissals::table.filter(dismissals::conflict_id.eq(id));
        let is_dismissed: bool = diesel::select(diesel::dsl::exists(looked_at)).get_result(conn)?;
        if !is_dismissed {
            return Ok(());
        }
    }
    diesel::insert_into(conflicts::table).values(conflict).execute(conn).map(|_| ())
}

/// What was stated of a programme, of one application or of all.
pub fn conflicts_of(
    conn: &mut Db,
    programme: ProgrammeId,
    application: Option<ApplicationId>,
) -> QueryResult<Vec<Conflict>> {
    let mut query = conflicts::table.filter(conflicts::programme_id.eq(programme)).into_boxed();
    if let Some(application) = application {
        query = query.filter(conflicts::application_id.eq(application));
    }
    query.order(conflicts::id).load(conn)
}

pub fn insert_dismissal(conn: &mut Db, dismissal: &ConflictDismissal) -> QueryResult<()> {
    diesel::insert_into(dismissals::table).values(dismissal).execute(conn).map(|_| ())
}

/// What was dismissed in a programme, of one application or of all.
pub fn dismissals_of(
    conn: &mut Db,
    programme: ProgrammeId,
    application: Option<ApplicationId>,
) -> QueryResult<Vec<ConflictDismissal>> {
    let mut query = dismissals::table.filter(dismissals::programme_id.eq(programme)).into_boxed();
    if let Some(application) = application {
        query = query.filter(dismissals::application_id.eq(application));
    }
    query.order(dismissals::id).load(conn)
}

pub fn insert_request(conn: &mut Db, request: &ConflictRequest) -> QueryResult<()> {
    diesel::insert_into(requests::table).values(request).execute(conn).map(|_| ())
}

pub fn find_request(conn: &mut Db, id: ConflictRequestId) -> QueryResult<Option<ConflictRequest>> {
    requests::table.find(id).first(conn).optional()
}

pub fn programme_of_request(conn: &mut Db, id: ConflictRequestId) -> QueryResult<Option<ProgrammeId>> {
    requests::table.find(id).select(requests::programme_id).first(conn).optional()
}

pub fn save_request(conn: &mut Db, request: &ConflictRequest) -> Result<(), Error> {
    let row = requests::table.find(request.id).filter(requests::version.eq(request.version - 1));
    exactly_one(diesel::update(row).set(request).execute(conn)?)
}

/// How many requests an application has raised.
pub fn count_requests(conn: &mut Db, application: ApplicationId) -> QueryResult<i64> {
    requests::table.filter(requests::application_id.eq(application)).count().get_result(conn)
}

/// Requests nobody has looked at yet, of one application or of a programme.
pub fn open_requests(
    conn: &mut Db,
    programme: ProgrammeId,
    application: Option<ApplicationId>,
) -> QueryResult<Vec<ConflictRequest>> {
    let mut query = requests::table
        .filter(requests::programme_id.eq(programme))
        .filter(requests::state.eq(RequestState::Open))
        .into_boxed();
    if let Some(application) = application {
        query = query.filter(requests::application_id.eq(application));
    }
    query.order(requests::id).load(conn)
}

/// A page of a round's requests by id, without those of some applications: left out here, so that no page is shorter for
/// them and no cursor names one.
pub fn list_requests(
    conn: &mut Db,
    round: RoundId,
    without: &BTreeSet<ApplicationId>,
    state: Option<RequestState>,
    after: Option<ConflictRequestId>,
    limit: i64,
) -> QueryResult<Vec<ConflictRequest>> {
    let mut query = requests::table.filter(requests::round_id.eq(round)).into_boxed();
    if !without.is_empty() {
        let hidden: Vec<String> = without.iter().map(ToString::to_string).collect();
        query = query.filter(requests::application_id.ne_all(hidden));
    }
    if let Some(state) = state {
        query = query.filter(requests::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(requests::id.gt(after));
    }
    query.order(requests::id).limit(limit + 1).load(conn)
}
