//! Request, confirm, prepare, check, approve, pay.

use serde_json::json;
use strum::IntoEnumIterator;

use super::{
    model::{NewPayment, PaymentRequest, PaymentState, Tranche, TrancheState},
    rules::{self, Action},
    store,
};
use crate::{
    approvals::{self, Award},
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Input, codes},
    http::{Actor, Caller, Guarded, Shown, forbidden},
    kernel::{
        ids::{OrganizationId, PaymentRequestId, TrancheId, UserId},
        role::Role,
    },
    ledger::{self, Cause, EntryKind, Transfer},
    organizations::{self, PayeeAccount},
    outbox::{self, Letter},
    programmes,
};

/// Roles that ask for a payment.
pub const REQUESTERS: &[Role] = &[Role::OrgAdmin];

/// The organisation that is paid: the host of a filed group, else the organisation itself.
fn payee_of(conn: &mut Db, award: &Award) -> Result<OrganizationId, Error> {
    let organization = organizations::find(conn, award.organization_id)?.ok_or_else(Error::not_found)?;
    Ok(match (organization.kind, organization.host_id) {
        (organizations::OrganizationKind::FiledGroup, Some(host)) => host,
        _ => organization.id,
    })
}

/// The payee asks for a tranche.
pub fn request(
    conn: &mut Db,
    by: &Caller,
    tranche: TrancheId,
    id: PaymentRequestId,
) -> Result<Shown<PaymentRequest>, Error> {
    let tranche = store::find_tranche(conn, tranche)?.ok_or_else(Error::not_found)?;
    let award = approvals::see_award(conn, &by.actor, tranche.award_id)?;
    let role = by
        .actor
        .role_for(award.organization_id)
        .filter(|role| REQUESTERS.contains(role))
        .ok_or_else(|| forbidden(REQUESTERS))?;
    by.proceed_unversioned(conn)?;
    if tranche.state != TrancheState::Planned {
        return Err(Error::illegal_transition(tranche.state));
    }
    rules::check_condition(&award, &tranche)?;
    let payee = payee_of(conn, &award)?;
    let account = organizations::find_payee_account(conn, payee)?
        .ok_or_else(|| Error::new(&codes::ACCOUNT_UNVERIFIED))?;
    let request = PaymentRequest {
        id,
        programme_id: award.programme_id,
        round_id: award.round_id,
        award_id: award.id,
        tranche_id: tranche.id,
        payee_account_id: account.id,
        amount: tranche.amount,
        state: PaymentState::Requested,
        payee_digest: None,
        requested_by: by.actor.user_id,
        confirmed_by: None,
        prepared_by: None,
        checked_by: None,
        approved_by: None,
        paid_by: None,
        bank_reference: None,
        created_at: by.now,
        approved_at: None,
        paid_at: None,
        version: 1,
    };
    store::insert(conn, &request)?;
    follow(conn, &tranche, request.state)?;
    record(conn, by, &request, Some(role), "payment.request", None)?;
    show(conn, &by.actor, request)
}

fn follow(conn: &mut Db, tranche: &Tranche, request: PaymentState) -> Result<(), Error> {
    let mut next = tranche.clone();
    next.state = rules::tranche_state(request);
    next.version += 1;
    store::save_tranche(conn, &next)
}

/// The request for the payee's people and the office, else 404.
pub fn see(conn: &mut Db, actor: &Actor, id: PaymentRequestId) -> Result<PaymentRequest, Error> {
    let request = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    approvals::see_award(conn, actor, request.award_id)?;
    Ok(request)
}

/// What this person may do to it now.
pub fn show(conn: &mut Db, actor: &Actor, request: PaymentRequest) -> Result<Shown<PaymentRequest>, Error> {
    // Who acts for no organisation cannot be one of the payee's people.
    let people = if actor.organizations().next().is_some() {
        let award = approvals::find_award(conn, request.award_id)?.ok_or_else(Error::not_found)?;
        people_of_payee(conn, &award)?
    } else {
        Vec::new()
    };
    let permitted_actions = Action::iter()
        .filter(|action| action.apply(request.state).is_some())
        .filter(|action| actor.role_among(request.programme_id, action.roles()).is_some())
        .filter(|action| rules::check_duties(*action, &request, actor.user_id, &people).is_ok())
        .map(Into::into)
        .collect();
    Ok(Shown { object: request, permitted_actions })
}

/// Everybody who acts for the group or for whom it is paid through, each once.
fn people_of_payee(conn: &mut Db, award: &Award) -> Result<Vec<UserId>, Error> {
    let mut people = organizations::people_of(conn, award.organization_id)?;
    let payee = payee_of(conn, award)?;
    if payee != award.organization_id {
        people.extend(organizations::people_of(conn, payee)?);
    }
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// One step of the chain; `payment` is the bank's answer for the last.
pub fn step(
    conn: &mut Db,
    by: &Caller,
    id: PaymentRequestId,
    action: Action,
    payment: Option<&Input<NewPayment>>,
) -> Result<Shown<PaymentRequest>, Error> {
    let request = see(conn, &by.actor, id)?;
    let role = by.actor.require(request.programme_id, action.roles())?;
    let award = approvals::find_award(conn, request.award_id)?.ok_or_else(Error::not_found)?;
    let people = people_of_payee(conn, &award)?;
    rules::check_duties(action, &request, by.actor.user_id, &people)?;
    by.proceed(conn, request.version)?;

    let mut next = request.clone();
    next.state = action.next(request.state)?;
    next.version += 1;
    let tranche = store::find_tranche(conn, request.tranche_id)?.ok_or_else(Error::not_found)?;
    let account = store::find_account(conn, request.payee_account_id)?.ok_or_else(Error::not_found)?;
    let me = Some(by.actor.user_id);
    match action {
        Action::Confirm => {
            rules::check_condition(&award, &tranche)?;
            next.confirmed_by = me;
        }
        Action::Prepare => {
            check_account(conn, by, &account, &request)?;
            next.prepared_by = me;
        }
        Action::Check => {
            check_account(conn, by, &account, &request)?;
            next.checked_by = me;
        }
        Action::Approve => {
            rules::check_condition(&award, &tranche)?;
            check_account(conn, by, &account, &request)?;
            check_within_award(conn, &award, &request)?;
            next.approved_by = me;
            next.approved_at = Some(by.now);
            next.payee_digest = Some(rules::payee_digest(&account, &request));
            book(conn, by, EntryKind::Instruct, &request)?;
        }
        Action::Pay => {
            if request.payee_digest.as_ref() != Some(&rules::payee_digest(&account, &request)) {
                return Err(Error::new(&codes::PAYEE_CHANGED));
            }
            let payment = payment.ok_or_else(|| Error::internal("no bank answer"))?;
            let reference = payment.as_ref().map_err(Clone::clone)?.bank_reference.trim().to_owned();
            if reference.is_empty() || reference.chars().count() > 100 {
                return Err(Error::at("/bank_reference", &codes::FIELD_REQUIRED));
            }
            next.paid_by = me;
            next.paid_at = Some(by.now);
            next.bank_reference = Some(reference);
            book(conn, by, EntryKind::Confirm, &request)?;
        }
    }
    store::save(conn, &next)?;
    follow(conn, &tranche, next.state)?;
    record(conn, by, &next, Some(role), verb(action), Some(request.state))?;
    if action == Action::Pay {
        tell_paid(conn, by, &award, &people, &next)?;
    }
    show(conn, &by.actor, next)
}

const fn verb(action: Action) -> &'static str {
    match action {
        Action::Confirm => "payment.confirm_condition",
        Action::Prepare => "payment.prepare",
        Action::Check => "payment.check",
        Action::Approve => "payment.approve",
        Action::Pay => "payment.pay",
    }
}

fn check_account(
    conn: &mut Db,
    by: &Caller,
    account: &PayeeAccount,
    request: &PaymentRequest,
) -> Result<(), Error> {
    let round = programmes::see_published(conn, request.round_id)?;
    let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
    let owner = organizations::find(conn, account.organization_id)?.ok_or_else(Error::not_found)?;
    rules::check_account(account, &owner, policy.account_cooling_hours, by.now)
}

/// F303: what is in payment or paid, with this, stays within the award (I6).
fn check_within_award(conn: &mut Db, award: &Award, request: &PaymentRequest) -> Result<(), Error> {
    let moved = store::tranches_of(conn, award.id)?
        .into_iter()
        .filter(|tranche| {
            matches!(tranche.state, TrancheState::Approved | TrancheState::Paid | TrancheState::Receipted)
        })
        .map(|tranche| tranche.amount)
        .chain([request.amount]);
    match crate::kernel::money::Money::checked_sum(moved) {
        Some(sum) if sum <= award.amount => Ok(()),
        _ => Err(Error::new(&codes::F303)),
    }
}

fn book(conn: &mut Db, by: &Caller, kind: EntryKind, request: &PaymentRequest) -> Result<(), Error> {
    let transfer =
        Transfer::new(kind, request.amount).ok_or_else(|| Error::internal("a payment of nothing"))?;
    let subject = request.id.to_string();
    let cause = Cause {
        programme: request.programme_id,
        round: request.round_id,
        subject_kind: "payment_request",
        subject_id: &subject,
        made_by: by.actor.user_id,
        now: by.now,
    };
    ledger::post(conn, transfer, cause).map(|_| ())
}

fn tell_paid(
    conn: &mut Db,
    by: &Caller,
    award: &Award,
    people: &[UserId],
    request: &PaymentRequest,
) -> Result<(), Error> {
    let reference = &award.reference;
    let letter = Letter {
        subject: format!("【益创】款项已拨付:{reference}"),
        body: format!(
            "{reference} 的款项 {} 元已拨付,请核对到账。\n{} yuan were paid for {reference}.\n",
            request.amount, request.amount
        ),
        cause: "payment.pay",
    };
    for person in people {
        outbox::enqueue_about(conn, Some(request.programme_id), *person, &letter, by.now)?;
    }
    Ok(())
}

fn record(
    conn: &mut Db,
    by: &Caller,
    request: &PaymentRequest,
    role: Option<Role>,
    action: &'static str,
    before: Option<PaymentState>,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role,
        action,
        subject_kind: "payment_request",
        subject_id: request.id.to_string(),
        before: before.map(Into::into),
        after: Some(request.state.into()),
        detail: json!({"amount": request.amount, "tranche_id": request.tranche_id}),
    };
    Ok(audit::record(conn, Lane::Programme(request.programme_id), deed, by.now)?)
}
