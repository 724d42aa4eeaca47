//! Which transfers there are, and what they do to the accounts. Pure.

use super::model::{Account, EntryKind};
use crate::kernel::money::Money;

/// A movement of money from one account to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What it does.
    pub kind: EntryKind,
    /// How much; more than nothing.
    pub amount: Money,
}

impl Transfer {
    /// A transfer of a positive amount; `None` where there is nothing to move or the kind is no plain transfer.
    #[must_use]
    pub fn new(kind: EntryKind, amount: Money) -> Option<Self> {
        (amount > Money::ZERO && legs(kind).is_some()).then_some(Self { kind, amount })
    }

    /// The two postings, which add up to zero.
    #[must_use]
    pub fn postings(self) -> Vec<(Account, Money)> {
        legs(self.kind)
            .map(|(from, to)| vec![(from, self.amount.negated()), (to, self.amount)])
            .unwrap_or_default()
    }
}

/// From where to where a kind of entry moves money (trust.md §3).
#[must_use]
pub const fn legs(kind: EntryKind) -> Option<(Account, Account)> {
    match kind {
        EntryKind::Appropriate => Some((Account::Appropriation, Account::Available)),
        EntryKind::Reserve => Some((Account::Available, Account::Reserved)),
        EntryKind::Commit => Some((Account::Reserved, Account::Committed)),
        EntryKind::Instruct => Some((Account::Committed, Account::InPayment)),
        EntryKind::Confirm => Some((Account::InPayment, Account::Expended)),
        EntryKind::Release => Some((Account::Reserved, Account::Available)),
        EntryKind::Reverse => None,
    }
}

/// The lowest balance an account may have: nothing, but for the source of all money.
#[must_use]
pub const fn floor(account: Account) -> Money {
    match account {
        Account::Appropriation => Money::from_fen(-crate::kernel::money::MAX_FEN),
        Account::Available
        | Account::Reserved
        | Account::Committed
        | Account::InPayment
        | Account::Expended => Money::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strum::IntoEnumIterator;

    use super::*;

    proptest! {
        /// I1.
        #[test]
        fn every_transfer_balances(fen in 1..=crate::kernel::money::MAX_FEN) {
            for kind in EntryKind::iter() {
                if let Some(transfer) = Transfer::new(kind, Money::from_fen(fen)) {
                    let sum = Money::checked_sum(transfer.postings().into_iter().map(|(_, amount)| amount));
                    prop_assert_eq!(sum, Some(Money::ZERO));
                    prop_assert_eq!(transfer.postings().len(), 2);
                }
            }
        }
    }

    #[test]
    fn nothing_is_no_transfer() {
        assert_eq!(Transfer::new(EntryKind::Reserve, Money::ZERO), None);
        assert_eq!(Transfer::new(EntryKind::Reserve, Money::from_fen(-1)), None);
    }
}
