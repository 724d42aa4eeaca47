//! Who saw whose data: a row for each personal value that was shown plain to somebody whose it is not, beside the audit
//! row of the deed (trust.md §8). The rows are insert-only, and none of them carries the value.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::{Deed, record};
use crate::{
    db::{Db, Lane, columns::column, schema::personal_data_accesses as accesses},
    kernel::{
        ids::{AccessId, ProgrammeId, UserId},
        role::Role,
        time::Timestamp,
    },
};

/// What plain data was shown for.
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
pub enum Purpose {
    /// Somebody asked to see one value, with a reason.
    Revelation,
    /// A file that was handed out.
    Export,
    /// A page that is printed and handed over.
    Print,
    /// A payment.
    Payment,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{Purpose, column};

    column!(Purpose as Text);
}

/// What was shown to whom.
#[derive(Clone, Debug)]
pub struct Access<'a> {
    /// Its id, made before.
    pub id: AccessId,
    /// In which programme.
    pub programme: Option<ProgrammeId>,
    /// To whom.
    pub actor: UserId,
    /// In which role.
    pub role: Role,
    /// Whose: the kind of thing the value belongs to.
    pub subject_kind: &'static str,
    /// Which one.
    pub subject_id: String,
    /// Which value of it.
    pub field: &'a str,
    /// What for.
    pub purpose: Purpose,
    /// Why, in their words.
    pub reason: &'a str,
}

/// A row of the log of accesses.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = accesses)]
pub struct AccessRow {
    /// Its id.
    pub id: AccessId,
    /// In which programme.
    pub programme_id: Option<ProgrammeId>,
    /// Who saw it.
    pub actor_id: UserId,
    /// In which role.
    pub role: String,
    /// Whose: the kind of thing the value belongs to.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// Which value of it.
    pub field: String,
    /// What for.
    pub purpose: Purpose,
    /// Why, in their words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Writes down an access, here and in the audit log.
pub fn record_access(conn: &mut Db, access: &Access<'_>, now: Timestamp) -> QueryResult<()> {
    let row = AccessRow {
        id: access.id,
        programme_id: access.programme,
        actor_id: access.actor,
        role: access.role.to_string(),
        subject_kind: access.subject_kind.to_owned(),
        subject_id: access.subject_id.clone(),
        field: access.field.to_owned(),
        purpose: access.purpose,
        reason: access.reason.to_owned(),
        at: now,
    };
    diesel::insert_into(accesses::table).values(&row).execute(conn)?;
    let deed = Deed {
        actor: Some(access.actor),
        role: Some(access.role),
        action: "personal_data.reveal",
        subject_kind: access.subject_kind,
        subject_id: access.subject_id.clone(),
        before: None,
        after: None,
        detail: serde_json::json!({"field": access.field, "purpose": access.purpose, "access": access.id}),
    };
    record(conn, access.programme.map_or(Lane::Installation, Lane::Programme), deed, now)
}
