//! The pool of experts.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::schema::experts,
    http::View,
    kernel::{
        domain::ServiceDomain,
        ids::{ExpertId, OrganizationId, ProgrammeId, UserId},
        time::Timestamp,
    },
};

/// Where an expert is.
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
pub enum ExpertState {
    /// In the pool.
    Admitted,
    /// Gets nothing new for the time being.
    Suspended,
    /// No longer in the pool; what they did stays.
    Removed,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::ExpertState;
    use crate::db::columns::column;

    column!(ExpertState as Text);
}

/// An expert of a programme's pool.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = experts)]
pub struct Expert {
    pub id: ExpertId,
    pub programme_id: ProgrammeId,
    pub user_id: UserId,
    pub name: String,
    /// Domains joined by `;`.
    pub expertise: String,
    pub organization_id: Option<OrganizationId>,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub version: i32,
    /// How many applications they should get at least, in a round.
    pub min_load: i32,
    /// At most; none: what the round's policy says.
    pub max_load: Option<i32>,
    pub state: ExpertState,
}

/// An expert as the office sees them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExpertView {
    /// Their id.
    pub id: ExpertId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Their account.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// The domains they know.
    pub expertise: Vec<ServiceDomain>,
    /// The organisation they belong to.
    pub organization_id: Option<OrganizationId>,
    /// How many applications they should get at least, in a round.
    pub min_load: i32,
    /// At most; none: what the round's policy says.
    pub max_load: Option<i32>,
    /// Where they are.
    pub state: ExpertState,
    /// Counts the changes.
    pub version: i32,
}

impl View for ExpertView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

impl From<Expert> for ExpertView {
    fn from(expert: Expert) -> Self {
        Self {
            id: expert.id,
            programme_id: expert.programme_id,
            user_id: expert.user_id,
            name: expert.name,
            expertise: expert.expertise.split(';').filter_map(|domain| domain.parse().ok()).collect(),
            organization_id: expert.organization_id,
            min_load: expert.min_load,
            max_load: expert.max_load,
            state: expert.state,
            version: expert.version,
        }
    }
}

/// An expert to admit.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExpert {
    /// Their account.
    pub user_id: UserId,
    /// Their name as the panel knows it.
    pub name: String,
    /// The domains they know.
    #[serde(default)]
    pub expertise: Vec<ServiceDomain>,
    /// The organisation they belong to.
    pub organization_id: Option<OrganizationId>,
}
