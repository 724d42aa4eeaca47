//! I1–I7, I10: the books, the awards, the tranches, the payments.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::Findings;
use crate::{
    approvals::Award,
    db::{
        Db,
        schema::{
            awards, ledger_accounts, ledger_entries, ledger_postings, payment_requests, rounds, tranches,
        },
    },
    disbursements::{PaymentRequest, PaymentState, Tranche, TrancheState},
    error::Error,
    kernel::{
        ids::{LedgerEntryId, RoundId},
        money::Money,
    },
    ledger::{Account, AccountBalance, EntryKind},
    programmes::{self, Round, RoundState},
};

pub fn check(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    entries(conn, findings)?;
    let all: Vec<Round> = rounds::table.order(rounds::id).load(conn)?;
    for round in all.iter().filter(|round| round.state != RoundState::Draft) {
        books(conn, round, findings)?;
        awards_of(conn, round, findings)?;
    }
    payments(conn, findings)
}

/// I1, I2: every entry balances, and so does everything.
fn entries(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let legs: Vec<(LedgerEntryId, Money)> =
        ledger_postings::table.select((ledger_postings::entry_id, ledger_postings::amount)).load(conn)?;
    let mut sums: BTreeMap<LedgerEntryId, (i128, usize)> = BTreeMap::new();
    for (entry, amount) in legs {
        let sum = sums.entry(entry).or_default();
        sum.0 += i128::from(amount.fen());
        sum.1 += 1;
    }
    let total: i128 = sums.values().map(|(sum, _)| sum).sum();
    findings.expect(total == 0, "I2", "ledger", format!("all postings add up to {total} fen"));
    let entries: Vec<LedgerEntryId> =
        ledger_entries::table.order(ledger_entries::id).select(ledger_entries::id).load(conn)?;
    for entry in entries {
        let (sum, count) = sums.get(&entry).copied().unwrap_or_default();
        let reason = format!("{count} postings add up to {sum} fen");
        findings.expect(sum == 0 && count >= 2, "I1", format!("entry {entry}"), reason);
    }
    Ok(())
}

/// I3, I4, I5: cached balances are the sums of their postings, none is below its floor, nothing is lost on the way.
fn books(conn: &mut Db, round: &Round, findings: &mut Findings) -> Result<(), Error> {
    let accounts: Vec<AccountBalance> =
        ledger_accounts::table.filter(ledger_accounts::round_id.eq(round.id)).load(conn)?;
    let sums = crate::ledger::postings_of_round(conn, round.id)?;
    for account in &accounts {
        let subject = format!("account {}/{}", round.id, account.account);
        let sum = sums.get(&account.account).copied().unwrap_or_default();
        let cached = i128::from(account.balance.fen());
        findings.expect(cached == sum, "I3", &subject, format!("cached {cached}, postings {sum} fen"));
        // The floor of the rule, not the one that stands beside the balance.
        let floor = crate::ledger::floor(account.account);
        findings.expect(account.balance >= floor, "I4", &subject, "below its floor");
    }
    let of = |account: Account| sums.get(&account).copied().unwrap_or_default();
    let pipeline = of(Account::Available)
        + of(Account::Reserved)
        + of(Account::Committed)
        + of(Account::InPayment)
        + of(Account::Expended);
    let appropriated = -of(Account::Appropriation);
    let reason = format!("appropriated {appropriated}, in the pipeline {pipeline} fen");
    findings.expect(appropriated == pipeline, "I5", format!("round {}", round.id), reason);
    findings.expect(
        appropriated == i128::from(round.budget.fen()),
        "I5",
        format!("round {}", round.id),
        "the budget is not what was appropriated",
    );
    Ok(())
}

/// I6, I7: awards stay within the budget, tranches add up to their award, what is paid stays within it, and the books
/// say the same as the awards.
fn awards_of(conn: &mut Db, round: &Round, findings: &mut Findings) -> Result<(), Error> {
    let subject = format!("round {}", round.id);
    let all: Vec<Award> = awards::table.filter(awards::round_id.eq(round.id)).load(conn)?;
    let sum =
        |amounts: &mut dyn Iterator<Item = Money>| -> i128 { amounts.map(|m| i128::from(m.fen())).sum() };
    let awarded = sum(&mut all.iter().map(|award| award.amount));
    let total = i128::from(round.awarded_total.fen());
    findings.expect(total <= i128::from(round.budget.fen()), "I6", &subject, "more is awarded than there is");
    // Between the decision and the bureau's approval there are no awards yet.
    findings.expect(
        all.is_empty() || awarded == total,
        "I6",
        &subject,
        format!("awards {awarded}, total {total}"),
    );
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let mut moved_of_round = 0;
    for award in &all {
        let subject = format!("award {}", award.reference);
        let parts: Vec<Tranche> =
            tranches::table.filter(tranches::award_id.eq(award.id)).order(tranches::number).load(conn)?;
        let planned = award.amount.split_by_shares(&policy.shares_bp);
        let amounts: Vec<Money> = parts.iter().map(|tranche| tranche.amount).collect();
        findings.expect(
            Some(&amounts) == planned.as_ref(),
            "I7",
            &subject,
            "the tranches are not the rule's",
        );
        for tranche in &parts {
            let nothing = tranche.amount == Money::ZERO;
            findings.expect(
                !nothing || tranche.state == TrancheState::Cancelled,
                "I7",
                &subject,
                "a tranche of nothing is not cancelled",
            );
        }
        let moved = sum(&mut parts
            .iter()
            .filter(|t| {
                matches!(t.state, TrancheState::Approved | TrancheState::Paid | TrancheState::Receipted)
            })
            .map(|t| t.amount));
        findings.expect(moved <= i128::from(award.amount.fen()), "I6", &subject, "more is paid than awarded");
        moved_of_round += moved;
    }
    let booked = booked(conn, round.id, EntryKind::Instruct)?;
    let reason = format!("instructed {booked}, tranches {moved_of_round} fen");
    findings.expect(booked == moved_of_round, "I6", &subject, reason);
    Ok(())
}

/// What entries of a kind have moved in a round, in fen.
fn booked(conn: &mut Db, round: RoundId, kind: EntryKind) -> Result<i128, Error> {
    let entries: Vec<String> = ledger_entries::table
        .filter(ledger_entries::round_id.eq(round))
        .filter(ledger_entries::kind.eq(kind))
        .select(ledger_entries::id)
        .load::<LedgerEntryId>(conn)?
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut sum = 0;
    // In portions: a database takes only so many parameters.
    for portion in entries.chunks(500) {
        let legs: Vec<Money> = ledger_postings::table
            .filter(ledger_postings::entry_id.eq_any(portion.to_vec()))
            .select(ledger_postings::amount)
            .load(conn)?;
        sum += legs.iter().filter(|leg| !leg.is_negative()).map(|leg| i128::from(leg.fen())).sum::<i128>();
    }
    Ok(sum)
}

/// I10: every payment went through three people; the books know it as paid.
fn payments(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let all: Vec<PaymentRequest> = payment_requests::table.order(payment_requests::id).load(conn)?;
    for request in all {
        let subject = format!("payment request {}", request.id);
        let planned: Option<Money> =
            tranches::table.find(request.tranche_id).select(tranches::amount).first(conn).optional()?;
        let reason = format!("it asks for {}, its tranche is {planned:?}", request.amount);
        findings.expect(planned == Some(request.amount), "I6", &subject, reason);
        let people = [request.prepared_by, request.checked_by, request.approved_by];
        let instructed = matches!(request.state, PaymentState::Approved | PaymentState::Paid);
        if instructed {
            let distinct: std::collections::BTreeSet<_> = people.iter().flatten().collect();
            findings.expect(
                distinct.len() == 3,
                "I10",
                &subject,
                "maker, checker and approver are not three people",
            );
        }
        let has_entry = |conn: &mut Db, kind: EntryKind| -> QueryResult<bool> {
            diesel::select(diesel::dsl::exists(
                ledger_entries::table
                    .filter(ledger_entries::kind.eq(kind))
                    .filter(ledger_entries::subject_id.eq(request.id.to_string())),
            ))
            .get_result(conn)
        };
        let booked = has_entry(conn, EntryKind::Instruct)?;
        findings.expect(
            booked == instructed,
            "I10",
            &subject,
            "the books and the request disagree on the instruction",
        );
        let confirmed = has_entry(conn, EntryKind::Confirm)?;
        let paid = request.state == PaymentState::Paid;
        findings.expect(
            confirmed == paid,
            "I10",
            &subject,
            "the books and the request disagree on the payment",
        );
    }
    Ok(())
}
