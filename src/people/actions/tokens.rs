//! Personal API tokens: made, listed, revoked, each by the person in a session of their own.

use serde_json::json;

use super::{
    super::{
        model::{ApiToken, FreshApiToken, NewApiToken},
        rules, store,
    },
    record_person,
};
use crate::{
    db::Db,
    error::{Error, Input, codes},
    http::{API_TOKEN_PREFIX, Caller},
    kernel::{
        digest::{random_token, sha256_hex},
        ids::ApiTokenId,
    },
};

/// A token that is about to be made, outside the transaction that stores it.
#[derive(Clone)]
pub struct FreshToken {
    id: ApiTokenId,
    token: String,
}

impl FreshToken {
    /// 256 random bits behind a prefix by which a leaked token is found.
    pub fn make() -> Result<Self, Error> {
        let token = format!("{API_TOKEN_PREFIX}{}", random_token().map_err(Error::internal)?);
        Ok(Self { id: ApiTokenId::generate(), token })
    }
}

/// Makes a token of the caller's.
pub fn make_token(
    conn: &mut Db,
    by: &Caller,
    fresh: &FreshToken,
    input: &Input<NewApiToken>,
) -> Result<FreshApiToken, Error> {
    by.actor.session()?;
    by.proceed_unversioned(conn)?;
    if store::tokens_in_force(conn, by.actor.user_id, by.now)? >= rules::MOST_TOKENS {
        return Err(Error::new(&codes::TOKENS_MANY).with("limit", rules::MOST_TOKENS));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_token(new)?;
    let row = ApiToken {
        id: fresh.id,
        user_id: by.actor.user_id,
        name: new.name.trim().to_owned(),
        token_digest: sha256_hex(&fresh.token),
        scope: new.scope,
        created_at: by.now,
        expires_at: by.now.plus_seconds(new.days * 24 * 3600),
        last_used_at: None,
        revoked_at: None,
    };
    store::insert_token(conn, &row)?;
    let detail = json!({"token": row.id, "scope": row.scope, "expires_at": row.expires_at});
    record_person(conn, by.actor.user_id, "token.make", detail, by.now)?;
    Ok(FreshApiToken { row, token: Some(fresh.token.clone()) })
}

/// Revokes a token of the caller's; once is enough.
pub fn revoke_token(conn: &mut Db, by: &Caller, id: ApiTokenId) -> Result<(), Error> {
    let token = store::find_token(conn, by.actor.user_id, id)?.ok_or_else(Error::not_found)?;
    by.refuse_stray_body()?;
    if token.revoked_at.is_none() {
        store::revoke_token(conn, id, by.now)?;
        record_person(conn, by.actor.user_id, "token.revoke", json!({"token": id}), by.now)?;
    }
    Ok(())
}
