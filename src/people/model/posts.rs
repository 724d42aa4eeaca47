//! Roles of the office as administrators see them.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::schema::separation_of_posts,
    http::View,
    kernel::{
        ids::{AdminUnitId, MembershipId, UserId},
        role::Role,
        time::Timestamp,
    },
};

/// A role and who holds it.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable)]
pub struct HeldBy {
    /// Its id, to take it away with.
    pub id: MembershipId,
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// What.
    pub role: Role,
    /// Bound to which unit.
    pub unit_id: Option<AdminUnitId>,
    /// Since when.
    pub since: Timestamp,
}

impl View for HeldBy {}

/// Whether one person may hold two of the three administrative posts.
#[derive(Clone, Debug, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = separation_of_posts)]
#[diesel(treat_none_as_null = true)]
pub struct PostsSetting {
    /// There is one.
    pub id: String,
    /// True in a small office that has said so.
    pub may_be_combined: bool,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub set_by: UserId,
    /// When.
    pub set_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

/// What the office says.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPostsSetting {
    /// True where one person may hold two of the three administrative posts.
    pub may_be_combined: bool,
    /// Why, in 1 to 500 characters.
    pub reason: String,
}
