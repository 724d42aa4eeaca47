//! Looks through somebody else's eyes, as they are stored and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{columns::column, schema::viewings},
    http::{Versioned, View},
    kernel::{
        ids::{UserId, ViewingId},
        role::Role,
        time::Timestamp,
    },
};

/// Where a look stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ViewingState {
    /// An administrator has asked.
    Asked,
    /// The person or a second administrator has agreed.
    Agreed,
    /// The session has begun; it ends by itself.
    Running,
    /// It was ended, or never begun.
    Ended,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{ViewingState, column};

    column!(ViewingState as Text);
}

/// A look through somebody else's eyes.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = viewings)]
pub struct Viewing {
    /// Its id.
    pub id: ViewingId,
    /// The administrator who looks.
    pub viewer_id: UserId,
    /// Through whose eyes.
    pub subject_id: UserId,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub state: ViewingState,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Who has agreed.
    pub agreed_by: Option<UserId>,
    /// When.
    pub agreed_at: Option<Timestamp>,
    /// SHA-256 of the session's token.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub token_digest: Option<String>,
    /// When the session ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for Viewing {
    fn version(&self) -> i32 {
        self.version
    }
}

/// Through whose eyes, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewViewing {
    /// Through whose eyes.
    pub user_id: UserId,
    /// Why, in 1 to 500 characters; the person reads it.
    pub reason: String,
}

/// A session that has just begun.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ViewingBegun {
    /// The look.
    #[serde(flatten)]
    pub viewing: Viewing,
    /// What may be done to it now.
    pub permitted_actions: Vec<&'static str>,
    /// Send it as `Authorization: Bearer …`. It is shown once.
    pub token: Option<String>,
}

impl View for ViewingBegun {
    fn version(&self) -> Option<i32> {
        Some(self.viewing.version)
    }

    fn remembered(&self) -> Option<String> {
        serde_json::to_string(&Self { token: None, ..self.clone() }).ok()
    }
}

/// A post of the installation to give.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdministrator {
    /// Who.
    pub user_id: UserId,
    /// `system_admin`, `security_admin` or `audit_admin`.
    pub role: Role,
}

/// A post of the installation that was given.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Administrator {
    /// Who.
    pub user_id: UserId,
    /// Which post.
    pub role: Role,
}

impl View for Administrator {}

/// Whether one person may hold two of the three administrative posts.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SeparationOfPosts)]
pub struct Separation {
    /// True in a small office that has said so.
    pub may_be_combined: bool,
    /// Why; none where nothing was said.
    pub reason: Option<String>,
    /// Who said so.
    pub set_by: Option<UserId>,
    /// When.
    pub set_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for Separation {
    fn version(&self) -> i32 {
        self.version
    }
}
