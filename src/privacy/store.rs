//! Queries.

use diesel::prelude::*;

use super::model::{Consent, ErasureRequest, ErasureState};
use crate::{
    audit::{AccessRow, Purpose},
    db::{
        Db, exactly_one,
        schema::{consents, erasure_requests as requests, memberships, personal_data_accesses as accesses},
    },
    error::Error,
    kernel::{
        ids::{AccessId, ConsentId, ErasureRequestId, ProgrammeId, UserId},
        role::Role,
        time::Timestamp,
    },
};

/// When this person's revelations since a moment were, oldest first.
pub fn revelations_since(conn: &mut Db, actor: UserId, since: Timestamp) -> QueryResult<Vec<Timestamp>> {
    accesses::table
        .filter(accesses::actor_id.eq(actor))
        .filter(accesses::at.gt(since))
        .filter(accesses::purpose.eq(Purpose::Revelation))
        .order(accesses::at)
        .select(accesses::at)
        .load(conn)
}

/// True for somebody who holds a role in the programme.
pub fn belongs_to(conn: &mut Db, user: UserId, programme: ProgrammeId) -> QueryResult<bool> {
    let held = memberships::table
        .filter(memberships::user_id.eq(user))
        .filter(memberships::programme_id.eq(programme));
    diesel::select(diesel::dsl::exists(held)).get_result(conn)
}

/// Which accesses.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those of these programmes; none for all.
    pub programmes: Option<Vec<ProgrammeId>>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// Of this thing or person.
    pub subject: Option<String>,
    /// By this person.
    pub actor: Option<UserId>,
}

/// A page of accesses, latest first.
pub fn accesses(
    conn: &mut Db,
    filter: &Filter,
    before: Option<AccessId>,
    limit: i64,
) -> QueryResult<Vec<AccessRow>> {
    let mut query = accesses::table.into_boxed();
    if let Some(programmes) = &filter.programmes {
        let ids: Vec<String> = programmes.iter().map(ToString::to_string).collect();
        query = query.filter(accesses::programme_id.eq_any(ids));
    }
    if let Some(from) = filter.from {
        query = query.filter(accesses::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(accesses::at.lt(to));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(accesses::subject_id.eq(subject.clone()));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(accesses::actor_id.eq(actor));
    }
    if let Some(before) = before {
        query = query.filter(accesses::id.lt(before));
    }
    query.order(accesses::id.desc()).limit(limit + 1).load(conn)
}

pub fn find_request(conn: &mut Db, id: ErasureRequestId) -> QueryResult<Option<ErasureRequest>> {
    requests::table.find(id).first(conn).optional()
}

pub fn open_request(conn: &mut Db, user: UserId) -> QueryResult<Option<ErasureRequest>> {
    requests::table
        .filter(requests::user_id.eq(user))
        .filter(requests::state.eq(ErasureState::Requested))
        .first(conn)
        .optional()
}

pub fn requests_of(conn: &mut Db, user: UserId) -> QueryResult<Vec<ErasureRequest>> {
    requests::table.filter(requests::user_id.eq(user)).order(requests::id).load(conn)
}

pub fn list_requests(
    conn: &mut Db,
    after: Option<ErasureRequestId>,
    limit: i64,
) -> QueryResult<Vec<ErasureRequest>> {
    let mut query = requests::table.into_boxed();
    if let Some(after) = after {
        query = query.filter(requests::id.gt(after));
    }
    query.order(requests::id).limit(limit + 1).load(conn)
}

pub fn insert_request(conn: &mut Db, request: &ErasureRequest) -> QueryResult<()> {
    diesel::insert_into(requests::table).values(request).execute(conn).map(|_| ())
}

pub fn save_request(conn: &mut Db, request: &ErasureRequest) -> Result<(), Error> {
    let row = requests::table.find(request.id).filter(requests::version.eq(request.version - 1));
    exactly_one(diesel::update(row).set(request).execute(conn)?)
}

pub fn insert_consent(conn: &mut Db, consent: &Consent) -> QueryResult<()> {
    diesel::insert_into(consents::table).values(consent).execute(conn).map(|_| ())
}

pub fn find_consent(conn: &mut Db, user: UserId, id: ConsentId) -> QueryResult<Option<Consent>> {
    consents::table.find(id).filter(consents::user_id.eq(user)).first(conn).optional()
}

pub fn withdraw_consent(conn: &mut Db, id: ConsentId, now: Timestamp) -> Result<(), Error> {
    let row = consents::table.find(id);
    exactly_one(diesel::update(row).set(consents::withdrawn_at.eq(now)).execute(conn)?)
}

pub fn consents_of(conn: &mut Db, user: UserId) -> QueryResult<Vec<Consent>> {
    consents::table.filter(consents::user_id.eq(user)).order(consents::id).load(conn)
}

/// The roles somebody still holds, anywhere.
pub fn roles_of(conn: &mut Db, user: UserId) -> QueryResult<Vec<Role>> {
    memberships::table
        .filter(memberships::user_id.eq(user))
        .order(memberships::role)
        .select(memberships::role)
        .distinct()
        .load(conn)
}
