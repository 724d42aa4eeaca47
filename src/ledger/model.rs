//! Accounts, entries, postings.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::{Day, column},
        schema::{ledger_accounts, ledger_entries, ledger_postings},
    },
    kernel::{
        ids::{LedgerEntryId, LedgerPostingId, ProgrammeId, RoundId, UserId},
        money::Money,
        time::Timestamp,
    },
};

/// The chart of a round.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
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
pub enum Account {
    /// Where the budget comes from; its balance is minus what was appropriated.
    Appropriation,
    /// Free to be awarded.
    Available,
    /// Approved in principle.
    Reserved,
    /// Under a signed agreement.
    Committed,
    /// Approved for payment, not yet confirmed by the bank.
    InPayment,
    /// Paid.
    Expended,
}

/// What an entry does.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
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
pub enum EntryKind {
    /// The budget is there.
    Appropriate,
    /// An award was decided.
    Reserve,
    /// Its agreement was signed.
    Commit,
    /// A payment was approved.
    Instruct,
    /// The bank has paid.
    Confirm,
    /// An award fell away.
    Release,
    /// An exact negation of another entry.
    Reverse,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{Account, EntryKind, column};

    column!(Account as Text);
    column!(EntryKind as Text);
}

/// An account of a round and its cached balance.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = ledger_accounts)]
pub struct AccountBalance {
    /// The programme.
    #[serde(skip)]
    pub programme_id: ProgrammeId,
    /// The round.
    #[serde(skip)]
    pub round_id: RoundId,
    /// Which account.
    #[diesel(column_name = code)]
    pub account: Account,
    /// The sum of its postings; signed.
    #[schema(value_type = String)]
    pub balance: Money,
    /// The balance never goes below.
    #[serde(skip)]
    pub floor: Money,
}

/// A journal entry.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = ledger_entries)]
pub struct Entry {
    /// Its id.
    pub id: LedgerEntryId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// What it does.
    pub kind: EntryKind,
    /// The kind of business fact behind it.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// Who caused it.
    pub made_by: UserId,
    /// The day it counts for.
    pub effective_on: Day,
    /// When it was written.
    pub recorded_at: Timestamp,
    /// The entry it negates.
    pub reverses_id: Option<LedgerEntryId>,
}

/// One leg of an entry.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = ledger_postings)]
pub struct Posting {
    /// Its id.
    pub id: LedgerPostingId,
    /// The entry.
    pub entry_id: LedgerEntryId,
    /// The round.
    #[serde(skip)]
    pub round_id: RoundId,
    /// Which account.
    #[diesel(column_name = code)]
    pub account: Account,
    /// How much, signed.
    #[schema(value_type = String)]
    pub amount: Money,
}
