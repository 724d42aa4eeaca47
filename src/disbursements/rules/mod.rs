//! Who may move a payment, when, and where it may go. Pure.

pub mod tranches;

use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use super::model::{PaymentRequest, PaymentState as S, Tranche, TrancheState};
use crate::{
    approvals::{Award, AwardState},
    error::{Error, codes},
    http::Guarded,
    kernel::{digest::sha256_hex, ids::UserId, role::Role, time::Timestamp},
    organizations::{Organization, PayeeAccount, PayeeState, rules::is_registered_name},
};

/// What can be done to a payment request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// The condition is met.
    Confirm,
    /// 经办.
    Prepare,
    /// 复核.
    Check,
    /// 审批; the bank is instructed.
    Approve,
    /// The bank has paid.
    Pay,
}

impl Action {
    /// The state after it, or `None` where it cannot be done.
    #[must_use]
    pub const fn apply(self, state: S) -> Option<S> {
        match (self, state) {
            (Self::Confirm, S::Requested) => Some(S::ConditionMet),
            (Self::Prepare, S::ConditionMet) => Some(S::Prepared),
            (Self::Check, S::Prepared) => Some(S::Checked),
            (Self::Approve, S::Checked) => Some(S::Approved),
            (Self::Pay, S::Approved) => Some(S::Paid),
            (
                Self::Confirm,
                S::ConditionMet | S::Prepared | S::Checked | S::Approved | S::Paid | S::Returned,
            )
            | (
                Self::Prepare,
                S::Requested | S::Prepared | S::Checked | S::Approved | S::Paid | S::Returned,
            )
            | (
                Self::Check,
                S::Requested | S::ConditionMet | S::Checked | S::Approved | S::Paid | S::Returned,
            )
            | (
                Self::Approve,
                S::Requested | S::ConditionMet | S::Prepared | S::Approved | S::Paid | S::Returned,
            )
            | (
                Self::Pay,
                S::Requested | S::ConditionMet | S::Prepared | S::Checked | S::Paid | S::Returned,
            ) => None,
        }
    }

    /// The state after it, or 409.
    pub fn next(self, state: S) -> Result<S, Error> {
        self.apply(state).ok_or_else(|| Error::illegal_transition(state))
    }
}

impl Guarded for Action {
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Confirm => &[Role::ProgramOfficer],
            Self::Prepare | Self::Pay => &[Role::FinanceMaker],
            Self::Check => &[Role::FinanceChecker],
            Self::Approve => &[Role::CenterDirector],
        }
    }

    fn states(&self) -> Vec<String> {
        S::iter().filter(|state| self.apply(*state).is_some()).map(|state| state.to_string()).collect()
    }
}

/// The state of a tranche that follows the state of its request.
#[must_use]
pub const fn tranche_state(request: S) -> TrancheState {
    match request {
        S::Requested => TrancheState::Requested,
        S::ConditionMet => TrancheState::ConditionMet,
        S::Prepared => TrancheState::Prepared,
        S::Checked => TrancheState::Checked,
        S::Approved => TrancheState::Approved,
        S::Paid => TrancheState::Paid,
        S::Returned => TrancheState::Returned,
    }
}

/// F304: maker, checker and approver are three people, and nobody of the payee touches the payment.
pub fn check_duties(
    action: Action,
    request: &PaymentRequest,
    actor: UserId,
    people_of_payee: &[UserId],
) -> Result<(), Error> {
    let before: [Option<UserId>; 3] = match action {
        Action::Confirm | Action::Pay => [None; 3],
        Action::Prepare => [request.checked_by, request.approved_by, None],
        Action::Check => [request.prepared_by, request.approved_by, None],
        Action::Approve => [request.prepared_by, request.checked_by, None],
    };
    if before.contains(&Some(actor)) || people_of_payee.contains(&actor) {
        return Err(Error::new(&codes::F304));
    }
    Ok(())
}

/// F302: the first tranche needs the signed agreement; the others wait for their evaluation.
pub fn check_condition(award: &Award, tranche: &Tranche) -> Result<(), Error> {
    let unmet = |condition: &str| Err(Error::new(&codes::F302).with("condition", condition));
    match (award.state, tranche.number) {
        (AwardState::Active, 1) => Ok(()),
        (AwardState::Active, _) => unmet("中期评估未通过 / the evaluation has not been passed"),
        (AwardState::Refining | AwardState::AgreementPending, _) => {
            unmet("协议未签署 / the agreement is not signed")
        }
        (AwardState::Terminated | AwardState::Closed, _) => unmet("项目已终止 / the project has ended"),
    }
}

/// The account can be paid: verified, still in the registered name (F301), and unchanged for the cooling time.
pub fn check_account(
    account: &PayeeAccount,
    owner: &Organization,
    cooling_hours: u32,
    now: Timestamp,
) -> Result<(), Error> {
    if !is_registered_name(account, owner) {
        return Err(Error::new(&codes::F301));
    }
    if account.state != PayeeState::Verified {
        return Err(Error::new(&codes::ACCOUNT_UNVERIFIED));
    }
    let until = account.created_at.plus_seconds(i64::from(cooling_hours) * 3600);
    if now < until {
        return Err(Error::new(&codes::ACCOUNT_COOLING).with("until", until));
    }
    Ok(())
}

/// What is approved: whom, where, how much.
#[must_use]
pub fn payee_digest(account: &PayeeAccount, request: &PaymentRequest) -> String {
    sha256_hex(
        serde_json::json!([
            account.account_name.as_str(),
            account.bank_code,
            account.account_number.as_str(),
            request.amount
        ])
        .to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_follows_the_one_before() {
        let mut state = S::Requested;
        for action in Action::iter() {
            assert!(Action::iter().filter(|other| other.apply(state).is_some()).eq([action]), "{state}");
            state = action.apply(state).unwrap();
        }
        assert_eq!(state, S::Paid);
    }

    #[test]
    fn no_role_may_do_two_of_the_three_duties() {
        for a in [Action::Prepare, Action::Check, Action::Approve] {
            for b in [Action::Prepare, Action::Check, Action::Approve] {
                assert!(a == b || a.roles().iter().all(|role| !b.roles().contains(role)));
            }
        }
    }
}
