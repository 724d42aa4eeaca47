//! Tranches and payment requests as they are stored and shown.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::column,
        schema::{payment_requests, tranches},
    },
    http::Versioned,
    kernel::{
        ids::{AwardId, PayeeAccountId, PaymentRequestId, ProgrammeId, RoundId, TrancheId, UserId},
        money::Money,
        time::Timestamp,
    },
};

/// Where a tranche is. It follows its payment request.
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
pub enum TrancheState {
    /// Not asked for.
    Planned,
    /// Asked for.
    Requested,
    /// Its condition is met.
    ConditionMet,
    /// Prepared by the maker.
    Prepared,
    /// Checked.
    Checked,
    /// Approved: the bank is instructed.
    Approved,
    /// Paid.
    Paid,
    /// The payee sent a receipt.
    Receipted,
    /// Came back from the bank.
    Returned,
    /// Never to be paid.
    Cancelled,
}

/// Where a payment request is.
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
pub enum PaymentState {
    /// The payee asked.
    Requested,
    /// An officer found the condition met.
    ConditionMet,
    /// Prepared by the maker.
    Prepared,
    /// Checked by another.
    Checked,
    /// Approved by a third; the bank is instructed.
    Approved,
    /// The bank has paid.
    Paid,
    /// The bank sent it back.
    Returned,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{PaymentState, TrancheState, column};

    column!(TrancheState as Text);
    column!(PaymentState as Text);
}

/// A tranche of an award.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = tranches)]
pub struct Tranche {
    /// Its id.
    pub id: TrancheId,
    /// The programme.
    #[serde(skip)]
    pub programme_id: ProgrammeId,
    /// The award.
    pub award_id: AwardId,
    /// 1, 2, 3 …
    pub number: i32,
    /// Its share of the award in basis points.
    pub share_bp: i32,
    /// How much.
    pub amount: Money,
    /// Where it is.
    pub state: TrancheState,
    /// Counts the changes.
    pub version: i32,
}

/// A payment request.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = payment_requests)]
pub struct PaymentRequest {
    /// Its id.
    pub id: PaymentRequestId,
    /// The programme.
    #[serde(skip)]
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// The award.
    pub award_id: AwardId,
    /// The tranche.
    pub tranche_id: TrancheId,
    /// Where it goes.
    pub payee_account_id: PayeeAccountId,
    /// How much.
    pub amount: Money,
    /// Where it is.
    pub state: PaymentState,
    /// SHA-256 of payee and amount as they were approved.
    #[serde(skip)]
    pub payee_digest: Option<String>,
    /// Who asked.
    pub requested_by: UserId,
    /// Who found the condition met.
    pub confirmed_by: Option<UserId>,
    /// Who prepared it.
    pub prepared_by: Option<UserId>,
    /// Who checked it.
    pub checked_by: Option<UserId>,
    /// Who approved it.
    pub approved_by: Option<UserId>,
    /// Who recorded the bank's answer.
    pub paid_by: Option<UserId>,
    /// The bank's number.
    pub bank_reference: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for PaymentRequest {
    fn version(&self) -> i32 {
        self.version
    }
}

/// The bank's answer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// The bank's number, at most 100 characters.
    pub bank_reference: String,
}
