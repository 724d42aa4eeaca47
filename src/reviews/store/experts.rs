//! Queries on experts.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use crate::{
    db::{
        Db, exactly_one,
        private::{IdentityKey, Private},
        schema::{expert_ties, experts, identity_keys, memberships},
    },
    error::Error,
    kernel::{
        domain::ServiceDomain,
        ids::{ExpertId, ProgrammeId, UserId},
        role::Role,
        time::Timestamp,
    },
    reviews::model::{Expert, ExpertState, ExpertTie},
};

pub fn insert_expert(conn: &mut Db, expert: &Expert) -> QueryResult<()> {
    diesel::insert_into(experts::table).values(expert).execute(conn).map(|_| ())
}

pub fn find_expert(conn: &mut Db, id: ExpertId) -> QueryResult<Option<Expert>> {
    experts::table.find(id).first(conn).optional()
}

pub fn save_expert(conn: &mut Db, expert: &Expert) -> Result<(), Error> {
    let row = experts::table.find(expert.id).filter(experts::version.eq(expert.version - 1));
    let changed = diesel::update(row)
        .set((
            experts::name.eq(&expert.name),
            experts::expertise.eq(&expert.expertise),
            experts::organization_id.eq(expert.organization_id.map(|id| id.to_string())),
            experts::version.eq(expert.version),
            experts::min_load.eq(expert.min_load),
            experts::max_load.eq(expert.max_load),
            experts::state.eq(expert.state),
            experts::kind.eq(expert.kind),
            experts::absences.eq(&expert.absences),
            experts::identity_digest.eq(&expert.identity_digest),
        ))
        .execute(conn)?;
    exactly_one(changed)
}

/// The expert that somebody is in a programme; none for those who were removed from the pool.
pub fn expert_of_user(conn: &mut Db, programme: ProgrammeId, user: UserId) -> QueryResult<Option<Expert>> {
    experts::table
        .filter(experts::programme_id.eq(programme))
        .filter(experts::user_id.eq(user))
        .filter(experts::state.ne(ExpertState::Removed))
        .first(conn)
        .optional()
}

/// The expert that somebody is, or was before they were removed from the pool.
pub fn ever_expert_of_user(
    conn: &mut Db,
    programme: ProgrammeId,
    user: UserId,
) -> QueryResult<Option<Expert>> {
    experts::table
        .filter(experts::programme_id.eq(programme))
        .filter(experts::user_id.eq(user))
        .first(conn)
        .optional()
}

/// Everybody who holds one of these roles in a programme.
pub fn readers_among(conn: &mut Db, programme: ProgrammeId, roles: &[Role]) -> QueryResult<BTreeSet<UserId>> {
    let words: Vec<String> = roles.iter().map(ToString::to_string).collect();
    let found: Vec<UserId> = memberships::table
        .filter(memberships::programme_id.eq(programme))
        .filter(memberships::role.eq_any(words))
        .select(memberships::user_id)
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// What somebody is in all pools, removed or not.
pub fn experts_of_user(conn: &mut Db, user: UserId) -> QueryResult<Vec<Expert>> {
    experts::table.filter(experts::user_id.eq(user)).order(experts::id).load(conn)
}

/// The whole pool of a programme, in the order of admission.
pub fn pool(conn: &mut Db, programme: ProgrammeId) -> QueryResult<Vec<Expert>> {
    experts::table.filter(experts::programme_id.eq(programme)).order(experts::id).load(conn)
}

pub fn list_experts(
    conn: &mut Db,
    programme: ProgrammeId,
    state: Option<ExpertState>,
    domain: Option<ServiceDomain>,
    after: Option<ExpertId>,
    limit: i64,
) -> QueryResult<Vec<Expert>> {
    let mut query = experts::table.filter(experts::programme_id.eq(programme)).into_boxed();
    if let Some(state) = state {
        query = query.filter(experts::state.eq(state));
    }
    if let Some(domain) = domain {
        // No domain's word stands inside another's.
        query = query.filter(experts::expertise.like(format!("%{domain}%")));
    }
    if let Some(after) = after {
        query = query.filter(experts::id.gt(after));
    }
    query.order(experts::id).limit(limit + 1).load(conn)
}

pub fn insert_tie(conn: &mut Db, tie: &ExpertTie) -> QueryResult<()> {
    diesel::insert_into(expert_ties::table).values(tie).execute(conn).map(|_| ())
}

/// The ties of an expert as they were recorded.
pub fn ties_of_expert(conn: &mut Db, expert: ExpertId) -> QueryResult<Vec<ExpertTie>> {
    expert_ties::table.filter(expert_ties::expert_id.eq(expert)).order(expert_ties::id).load(conn)
}

/// The key under which a programme's identity numbers are digested, once there is one.
pub fn identity_key(conn: &mut Db, programme: ProgrammeId) -> QueryResult<Option<String>> {
    let key: Option<Private<IdentityKey>> =
        identity_keys::table.find(programme).select(identity_keys::key).first(conn).optional()?;
    Ok(key.map(|key| key.as_str().to_owned()))
}

/// The same, kept from now on where there was none.
pub fn identity_key_or(
    conn: &mut Db,
    programme: ProgrammeId,
    fresh: &str,
    now: Timestamp,
) -> QueryResult<String> {
    if let Some(key) = identity_key(conn, programme)? {
        return Ok(key);
    }
    diesel::insert_into(identity_keys::table)
        .values((
            identity_keys::programme_id.eq(programme),
            identity_keys::key.eq(Private::<IdentityKey>::of(programme, fresh)),
            identity_keys::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(fresh.to_owned())
}

/// These experts, in a few queries for any number.
pub fn find_experts(conn: &mut Db, ids: &[ExpertId]) -> QueryResult<Vec<Expert>> {
    let mut found = Vec::with_capacity(ids.len());
    for part in ids.chunks(500) {
        let part: Vec<String> = part.iter().map(ToString::to_string).collect();
        found
            .extend(experts::table.filter(experts::id.eq_any(part)).order(experts::id).load::<Expert>(conn)?);
    }
    Ok(found)
}

/// The names of these experts, in a few queries for any number.
pub fn names_of(conn: &mut Db, ids: &[ExpertId]) -> QueryResult<BTreeMap<ExpertId, String>> {
    Ok(find_experts(conn, ids)?.into_iter().map(|expert| (expert.id, expert.name)).collect())
}
