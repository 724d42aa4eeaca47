//! The three-level tree of units: district, subdistrict (街道), community (社区).

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{columns::column, schema::admin_units},
    http::Versioned,
    kernel::{
        ids::{AdminUnitId, ProgrammeId, UserId},
        time::Timestamp,
    },
};

/// A level of the tree.
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
pub enum UnitLevel {
    /// 区.
    District,
    /// 街道.
    Subdistrict,
    /// 社区.
    Community,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{UnitLevel, column};

    column!(UnitLevel as Text);
}

/// A unit.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = admin_units)]
pub struct AdminUnit {
    /// Its id.
    pub id: AdminUnitId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The unit one level above; a district has none.
    pub parent_id: Option<AdminUnitId>,
    /// Its level.
    pub level: UnitLevel,
    /// Its name.
    pub name: String,
    /// Its code, unique in the programme.
    pub code: String,
    /// False for one that is no longer used.
    pub active: bool,
    /// Who entered it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for AdminUnit {
    fn version(&self) -> i32 {
        self.version
    }
}

/// What it takes to enter a unit.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdminUnit {
    /// The unit one level above; a district has none.
    pub parent_id: Option<AdminUnitId>,
    /// Its level.
    pub level: UnitLevel,
    /// Its name.
    pub name: String,
    /// Its code: 1 to 20 letters and digits, such as the national one.
    pub code: String,
}

/// What may change in a unit; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminUnitChange {
    /// Its name.
    pub name: Option<String>,
    /// False for one that is no longer used.
    pub active: Option<bool>,
}

/// Which organisations of a programme somebody of the office sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Everything,
    /// Those of these units.
    Units(Vec<AdminUnitId>),
}
