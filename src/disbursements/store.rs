//! Queries.

use diesel::prelude::*;

use super::model::{PaymentRequest, Tranche};
use crate::{
    db::{
        Db, exactly_one,
        schema::{payee_accounts, payment_requests, tranches},
    },
    error::Error,
    kernel::ids::{AwardId, PayeeAccountId, PaymentRequestId, ProgrammeId, RoundId, TrancheId},
    organizations::PayeeAccount,
};

/// The tranches of an award.
pub fn tranches_of(conn: &mut Db, award: AwardId) -> QueryResult<Vec<Tranche>> {
    tranches::table.filter(tranches::award_id.eq(award)).order(tranches::number).load(conn)
}

pub fn find_tranche(conn: &mut Db, id: TrancheId) -> QueryResult<Option<Tranche>> {
    tranches::table.find(id).first(conn).optional()
}

pub fn programme_of_tranche(conn: &mut Db, id: TrancheId) -> QueryResult<Option<ProgrammeId>> {
    tranches::table.find(id).select(tranches::programme_id).first(conn).optional()
}

pub fn save_tranche(conn: &mut Db, tranche: &Tranche) -> Result<(), Error> {
    let row = tranches::table.find(tranche.id).filter(tranches::version.eq(tranche.version - 1));
    exactly_one(diesel::update(row).set(tranche).execute(conn)?)
}

pub fn insert(conn: &mut Db, request: &PaymentRequest) -> QueryResult<()> {
    diesel::insert_into(payment_requests::table).values(request).execute(conn).map(|_| ())
}

pub fn find(conn: &mut Db, id: PaymentRequestId) -> QueryResult<Option<PaymentRequest>> {
    payment_requests::table.find(id).first(conn).optional()
}

pub fn save(conn: &mut Db, request: &PaymentRequest) -> Result<(), Error> {
    let row =
        payment_requests::table.find(request.id).filter(payment_requests::version.eq(request.version - 1));
    exactly_one(diesel::update(row).set(request).execute(conn)?)
}

pub fn find_account(conn: &mut Db, id: PayeeAccountId) -> QueryResult<Option<PayeeAccount>> {
    payee_accounts::table.find(id).first(conn).optional()
}

/// A page of a round's requests by id.
pub fn payments_of_round(
    conn: &mut Db,
    round: RoundId,
    after: Option<PaymentRequestId>,
    limit: i64,
) -> QueryResult<Vec<PaymentRequest>> {
    let mut query = payment_requests::table.filter(payment_requests::round_id.eq(round)).into_boxed();
    if let Some(after) = after {
        query = query.filter(payment_requests::id.gt(after));
    }
    query.order(payment_requests::id).limit(limit + 1).load(conn)
}
