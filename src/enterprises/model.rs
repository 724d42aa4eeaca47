//! Enterprises as they are stored and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{columns::column, schema::enterprises},
    http::Versioned,
    kernel::{
        ids::{EnterpriseId, ProgrammeId, UserId},
        money::Money,
        time::Timestamp,
    },
};

/// Whether an officer has checked the company.
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
pub enum EnterpriseState {
    /// Not checked.
    Draft,
    /// Checked.
    Verified,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{EnterpriseState, column};

    column!(EnterpriseState as Text);
}

/// A sponsor company.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = enterprises)]
pub struct Enterprise {
    /// Its id.
    pub id: EnterpriseId,
    /// The programme it registered with.
    pub programme_id: ProgrammeId,
    /// Its registered name.
    pub name: String,
    /// 统一社会信用代码.
    pub credit_code: String,
    /// What it wants to give this year.
    pub budget: Money,
    /// How many projects it wants to lead.
    pub quota: i32,
    /// Whether an officer has checked it.
    pub state: EnterpriseState,
    /// Who registered it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for Enterprise {
    fn version(&self) -> i32 {
        self.version
    }
}

/// What it takes to register a company.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnterprise {
    /// Its registered name.
    pub name: String,
    /// 统一社会信用代码; a draft takes it as typed.
    pub credit_code: String,
    /// What it wants to give this year.
    pub budget: Money,
    /// How many projects it wants to lead, 0 to 1,000.
    pub quota: u16,
}
