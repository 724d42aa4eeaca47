//! Personal API tokens.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};
use utoipa::ToSchema;

use crate::{
    db::{columns::column, schema::api_tokens},
    http::View,
    kernel::{
        ids::{ApiTokenId, UserId},
        time::Timestamp,
    },
};

/// How far a token reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Scope {
    /// It reads what its person may read.
    Read,
    /// It does what its person may do, but for what takes the person.
    Write,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{Scope, column};

    column!(Scope as Text);
}

/// A personal API token. Of itself only the SHA-256 is stored.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = api_tokens)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// Whose.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the token.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub token_digest: String,
    /// How far it reaches.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// Last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl View for ApiToken {}

/// A token to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// What it is for.
    pub name: String,
    /// How far it reaches.
    pub scope: Scope,
    /// How long it holds, 1 to 365 days.
    pub days: i64,
}

/// A token that was just made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FreshApiToken {
    /// The token's row.
    #[serde(flatten)]
    pub row: ApiToken,
    /// Send it as `Authorization: Bearer …`; absent when the same request is answered again.
    pub token: Option<String>,
}

impl View for FreshApiToken {
    fn remembered(&self) -> Option<String> {
        serde_json::to_string(&Self { token: None, ..self.clone() }).ok()
    }
}
