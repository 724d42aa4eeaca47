//! A call after it was published: its versions, its corrections and its review batches.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{Display, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::{
    super::{
        form::Form,
        policy::{Policy, Rubric},
    },
    CallKind, Round,
};
use crate::{
    db::{
        columns::{Day, column},
        schema::{call_versions, review_batches},
    },
    kernel::{
        ids::{RoundId, UserId},
        money::Money,
        time::Timestamp,
    },
};

/// Why a call has a new version.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CallChange {
    /// 征集公告: the first version.
    Publication,
    /// 更正公告.
    Correction,
    /// 延期公告: only the end of the window moved.
    Extension,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{CallChange, column};

    column!(CallChange as Text);
}

/// Everything a version of a call says, whole: what is kept and what its digest is of.
#[derive(Clone, Debug, Serialize)]
pub struct CallSnapshot<'a> {
    pub name: &'a str,
    pub year: i32,
    pub kind: CallKind,
    pub opens_on: Day,
    pub closes_on: Day,
    pub budget: Money,
    pub policy_number: i32,
    pub rubric_number: i32,
    pub form_number: i32,
    pub policy: &'a Policy,
    pub rubric: &'a Rubric,
    pub form: &'a Form,
}

impl<'a> CallSnapshot<'a> {
    /// What the round says now.
    pub fn of(round: &'a Round, policy: &'a Policy, rubric: &'a Rubric, form: &'a Form) -> Self {
        Self {
            name: &round.name,
            year: round.year,
            kind: round.kind,
            opens_on: round.opens_on,
            closes_on: round.closes_on,
            budget: round.budget,
            policy_number: round.policy_number,
            rubric_number: round.rubric_number,
            form_number: round.form_number,
            policy,
            rubric,
            form,
        }
    }
}

/// A version of a call as it is stored.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = call_versions)]
pub struct CallVersionRow {
    pub round_id: RoundId,
    pub number: i32,
    pub kind: CallChange,
    pub reason: String,
    pub body: String,
    pub digest: String,
    pub published_by: UserId,
    pub published_at: Timestamp,
}

/// A version of a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallVersion {
    /// The round.
    pub round_id: RoundId,
    /// Its number, from 1.
    pub number: i32,
    /// Why there is this version.
    pub kind: CallChange,
    /// The reason that was published with it; empty for the first.
    pub reason: String,
    /// Everything it says.
    #[schema(value_type = Object)]
    pub call: Value,
    /// SHA-256 of what it says, as it is stored.
    pub digest: String,
    /// Who published it.
    pub published_by: UserId,
    /// When.
    pub published_at: Timestamp,
}

/// A correction or extension as everybody may see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicCorrection {
    /// The version of the call it made.
    pub number: i32,
    /// What it is.
    pub kind: CallChange,
    /// Why.
    pub reason: String,
    /// When.
    pub published_at: Timestamp,
}

/// 更正公告: what is wrong with a published call, put right. What is left out stays as it is; a policy, rubric or form
/// is given whole.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCorrection {
    /// Why, to be published.
    pub reason: String,
    /// Its name.
    pub name: Option<String>,
    /// The first day of the window, while it has not begun.
    pub opens_on: Option<Day>,
    /// The last day of the window.
    pub closes_on: Option<Day>,
    /// What can be awarded in all; it can only be raised.
    pub budget: Option<Money>,
    /// The policy.
    pub policy: Option<Policy>,
    /// The rubric.
    pub rubric: Option<Rubric>,
    /// The form.
    pub form: Option<Form>,
}

/// 延期: a later end of the window.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCallExtension)]
pub struct NewExtension {
    /// The new last day, later than the present one.
    pub closes_on: Day,
    /// Why, to be published.
    pub reason: String,
}

/// A review batch of a rolling call that takes nothing more.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = review_batches)]
pub struct ReviewBatch {
    /// The round.
    pub round_id: RoundId,
    /// Its number, from 1.
    pub number: i32,
    /// Who closed it.
    pub closed_by: UserId,
    /// When: what was submitted until then is in it.
    pub closed_at: Timestamp,
}
