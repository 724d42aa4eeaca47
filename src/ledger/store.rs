//! Posting and reading.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    result::{DatabaseErrorKind, Error as QueryError},
};
use strum::IntoEnumIterator;

use super::{
    model::{Account, AccountBalance, Entry, Posting},
    rules::{Transfer, floor},
};
use crate::{
    db::{
        Db,
        columns::Day,
        exactly_one,
        schema::{ledger_accounts, ledger_entries, ledger_postings},
    },
    error::{Error, codes},
    kernel::{
        ids::{LedgerEntryId, LedgerPostingId, ProgrammeId, RoundId, UserId},
        money::Money,
        time::Timestamp,
    },
};

/// The business fact behind an entry, and who caused it when.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// The programme.
    pub programme: ProgrammeId,
    /// The round.
    pub round: RoundId,
    /// The kind of fact.
    pub subject_kind: &'a str,
    /// Which one.
    pub subject_id: &'a str,
    /// Who.
    pub made_by: UserId,
    /// When.
    pub now: Timestamp,
}

/// Opens the accounts of a round, all empty.
pub fn open_accounts(conn: &mut Db, programme: ProgrammeId, round: RoundId) -> QueryResult<()> {
    for account in Account::iter() {
        let row = AccountBalance {
            programme_id: programme,
            round_id: round,
            account,
            balance: Money::ZERO,
            floor: floor(account),
        };
        diesel::insert_into(ledger_accounts::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// Writes an entry and moves the cached balances in the same transaction; 409 where an account would fall below its
/// floor, and where the same fact was booked before.
pub fn post(conn: &mut Db, transfer: Transfer, cause: Cause<'_>) -> Result<LedgerEntryId, Error> {
    let entry = Entry {
        id: LedgerEntryId::generate(),
        programme_id: cause.programme,
        round_id: cause.round,
        kind: transfer.kind,
        subject_kind: cause.subject_kind.to_owned(),
        subject_id: cause.subject_id.to_owned(),
        made_by: cause.made_by,
        effective_on: Day(cause.now.day()),
        recorded_at: cause.now,
        reverses_id: None,
    };
    diesel::insert_into(ledger_entries::table).values(&entry).execute(conn)?;
    for (account, amount) in transfer.postings() {
        let posting = Posting {
            id: LedgerPostingId::generate(),
            entry_id: entry.id,
            round_id: cause.round,
            account,
            amount,
        };
        diesel::insert_into(ledger_postings::table).values(&posting).execute(conn)?;
        move_balance(conn, cause.round, account, amount)?;
    }
    Ok(entry.id)
}

fn move_balance(conn: &mut Db, round: RoundId, account: Account, amount: Money) -> Result<(), Error> {
    let row = ledger_accounts::table
        .filter(ledger_accounts::round_id.eq(round))
        .filter(ledger_accounts::code.eq(account));
    let changed = diesel::update(row)
        .set(ledger_accounts::balance.eq(ledger_accounts::balance + amount.fen()))
        .execute(conn)
        .map_err(|error| match error {
            QueryError::DatabaseError(DatabaseErrorKind::CheckViolation, _) => {
                Error::new(&codes::INSUFFICIENT_FUNDS).with("account", account)
            }
            other => other.into(),
        })?;
    exactly_one(changed)
}

/// The accounts of a round.
pub fn balances(conn: &mut Db, round: RoundId) -> QueryResult<Vec<AccountBalance>> {
    let mut rows: Vec<AccountBalance> =
        ledger_accounts::table.filter(ledger_accounts::round_id.eq(round)).load(conn)?;
    rows.sort_by_key(|row| row.account);
    Ok(rows)
}

/// The sum of the postings of each account of a round.
pub fn postings_of_round(conn: &mut Db, round: RoundId) -> QueryResult<BTreeMap<Account, i128>> {
    let rows: Vec<(Account, Money)> = ledger_postings::table
        .filter(ledger_postings::round_id.eq(round))
        .select((ledger_postings::code, ledger_postings::amount))
        .load(conn)?;
    let mut sums = BTreeMap::new();
    for (account, amount) in rows {
        *sums.entry(account).or_insert(0) += i128::from(amount.fen());
    }
    Ok(sums)
}

/// A page of a round's entries with their postings, oldest first.
pub fn entries_of(
    conn: &mut Db,
    round: RoundId,
    after: Option<LedgerEntryId>,
    limit: i64,
) -> QueryResult<Vec<(Entry, Vec<Posting>)>> {
    let mut query = ledger_entries::table.filter(ledger_entries::round_id.eq(round)).into_boxed();
    if let Some(after) = after {
        query = query.filter(ledger_entries::id.gt(after));
    }
    let entries: Vec<Entry> = query.order(ledger_entries::id).limit(limit + 1).load(conn)?;
    let ids: Vec<String> = entries.iter().map(|entry| entry.id.to_string()).collect();
    let postings: Vec<Posting> = ledger_postings::table
        .filter(ledger_postings::entry_id.eq_any(ids))
        .order(ledger_postings::id)
        .load(conn)?;
    let mut by_entry: BTreeMap<LedgerEntryId, Vec<Posting>> = BTreeMap::new();
    for posting in postings {
        by_entry.entry(posting.entry_id).or_default().push(posting);
    }
    Ok(entries
        .into_iter()
        .map(|entry| {
            let legs = by_entry.remove(&entry.id).unwrap_or_default();
            (entry, legs)
        })
        .collect())
}
