//! Queries on API tokens.

use diesel::prelude::*;

use super::super::model::ApiToken;
use crate::{
    db::{Db, schema::api_tokens},
    kernel::{
        ids::{ApiTokenId, UserId},
        time::Timestamp,
    },
};

pub fn insert_token(conn: &mut Db, token: &ApiToken) -> QueryResult<()> {
    diesel::insert_into(api_tokens::table).values(token).execute(conn).map(|_| ())
}

/// A person's own token.
pub fn find_token(conn: &mut Db, user: UserId, id: ApiTokenId) -> QueryResult<Option<ApiToken>> {
    api_tokens::table.find(id).filter(api_tokens::user_id.eq(user)).first(conn).optional()
}

/// A page of a person's tokens by id.
pub fn list_tokens(
    conn: &mut Db,
    user: UserId,
    after: Option<ApiTokenId>,
    limit: i64,
) -> QueryResult<Vec<ApiToken>> {
    let mut query = api_tokens::table.filter(api_tokens::user_id.eq(user)).into_boxed();
    if let Some(after) = after {
        query = query.filter(api_tokens::id.gt(after));
    }
    query.order(api_tokens::id).limit(limit + 1).load(conn)
}

/// How many tokens of a person are in force.
pub fn tokens_in_force(conn: &mut Db, user: UserId, now: Timestamp) -> QueryResult<i64> {
    api_tokens::table
        .filter(api_tokens::user_id.eq(user))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(now))
        .count()
        .get_result(conn)
}

pub fn revoke_token(conn: &mut Db, id: ApiTokenId, now: Timestamp) -> QueryResult<()> {
    diesel::update(api_tokens::table.find(id)).set(api_tokens::revoked_at.eq(now)).execute(conn).map(|_| ())
}

/// Revokes all tokens of a person.
pub fn revoke_tokens(conn: &mut Db, user: UserId, now: Timestamp) -> QueryResult<usize> {
    let in_force =
        api_tokens::table.filter(api_tokens::user_id.eq(user)).filter(api_tokens::revoked_at.is_null());
    diesel::update(in_force).set(api_tokens::revoked_at.eq(now)).execute(conn)
}

/// When a person's tokens were used last.
pub fn last_token_use(conn: &mut Db, user: UserId) -> QueryResult<Option<Timestamp>> {
    api_tokens::table
        .filter(api_tokens::user_id.eq(user))
        .filter(api_tokens::last_used_at.is_not_null())
        .order(api_tokens::last_used_at.desc())
        .select(api_tokens::last_used_at)
        .first(conn)
        .optional()
        .map(Option::flatten)
}
