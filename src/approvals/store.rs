//! Queries.

use diesel::prelude::*;

use super::model::{
    Agreement, Award, BureauApproval, Decision, Notice, NoticeState, SelectionPlan, Signature,
};
use crate::{
    db::{
        Db, exactly_one,
        schema::{
            agreements, awards, bureau_approvals, decisions, notices, selection_plans, signatures, tranches,
        },
    },
    error::Error,
    kernel::{
        ids::{
            AgreementId, AwardId, NoticeId, OrganizationId, ProgrammeId, RoundId, SelectionPlanId, TrancheId,
        },
        money::Money,
    },
};

pub fn insert_plan(conn: &mut Db, plan: &SelectionPlan) -> QueryResult<()> {
    diesel::insert_into(selection_plans::table).values(plan).execute(conn).map(|_| ())
}

pub fn find_plan(conn: &mut Db, id: SelectionPlanId) -> QueryResult<Option<SelectionPlan>> {
    selection_plans::table.find(id).first(conn).optional()
}

pub fn save_plan(conn: &mut Db, plan: &SelectionPlan) -> Result<(), Error> {
    let row = selection_plans::table.find(plan.id).filter(selection_plans::version.eq(plan.version - 1));
    exactly_one(diesel::update(row).set(plan).execute(conn)?)
}

pub fn insert_decision(conn: &mut Db, decision: &Decision) -> QueryResult<()> {
    diesel::insert_into(decisions::table).values(decision).execute(conn).map(|_| ())
}

pub fn decision_of(conn: &mut Db, round: RoundId) -> QueryResult<Option<Decision>> {
    decisions::table.filter(decisions::round_id.eq(round)).first(conn).optional()
}

pub fn insert_notice(conn: &mut Db, notice: &Notice) -> QueryResult<()> {
    diesel::insert_into(notices::table).values(notice).execute(conn).map(|_| ())
}

pub fn find_notice(conn: &mut Db, id: NoticeId) -> QueryResult<Option<Notice>> {
    notices::table.find(id).first(conn).optional()
}

/// The latest notice of a round, published before drafted.
pub fn notice_of(conn: &mut Db, round: RoundId) -> QueryResult<Option<Notice>> {
    notices::table
        .filter(notices::round_id.eq(round))
        .order((notices::published_at.is_null(), notices::id.desc()))
        .first(conn)
        .optional()
}

pub fn save_notice(conn: &mut Db, notice: &Notice) -> Result<(), Error> {
    let row = notices::table.find(notice.id).filter(notices::version.eq(notice.version - 1));
    exactly_one(diesel::update(row).set(notice).execute(conn)?)
}

pub fn published_notices(conn: &mut Db, after: Option<NoticeId>, limit: i64) -> QueryResult<Vec<Notice>> {
    let mut query = notices::table.filter(notices::state.eq(NoticeState::Published)).into_boxed();
    if let Some(after) = after {
        query = query.filter(notices::id.gt(after));
    }
    query.order(notices::id).limit(limit + 1).load(conn)
}

pub fn insert_approval(conn: &mut Db, approval: &BureauApproval) -> QueryResult<()> {
    diesel::insert_into(bureau_approvals::table).values(approval).execute(conn).map(|_| ())
}

pub fn insert_award(conn: &mut Db, award: &Award) -> QueryResult<()> {
    diesel::insert_into(awards::table).values(award).execute(conn).map(|_| ())
}

/// Plans the tranches of an award; one that comes out as zero is cancelled at once (I7).
pub fn insert_tranches(conn: &mut Db, award: &Award, parts: &[(u32, Money)]) -> Result<(), Error> {
    for (number, (share_bp, amount)) in (1i32..).zip(parts) {
        let state = if *amount == Money::ZERO { "cancelled" } else { "planned" };
        diesel::insert_into(tranches::table)
            .values((
                tranches::id.eq(TrancheId::generate()),
                tranches::programme_id.eq(award.programme_id),
                tranches::award_id.eq(award.id),
                tranches::number.eq(number),
                tranches::share_bp.eq(i32::try_from(*share_bp).map_err(Error::internal)?),
                tranches::amount.eq(amount),
                tranches::state.eq(state),
                tranches::version.eq(1),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The award, if it exists.
pub fn find_award(conn: &mut Db, id: AwardId) -> QueryResult<Option<Award>> {
    awards::table.find(id).first(conn).optional()
}

/// The programme of an award.
pub fn programme_of_award(conn: &mut Db, id: AwardId) -> QueryResult<Option<ProgrammeId>> {
    awards::table.find(id).select(awards::programme_id).first(conn).optional()
}

pub fn save_award(conn: &mut Db, award: &Award) -> Result<(), Error> {
    let row = awards::table.find(award.id).filter(awards::version.eq(award.version - 1));
    exactly_one(diesel::update(row).set(award).execute(conn)?)
}

/// The awards of a round in rank order, after a rank; of some organisations or of all.
pub fn awards_of_round(
    conn: &mut Db,
    round: RoundId,
    only: Option<Vec<OrganizationId>>,
    after: i32,
    limit: i64,
) -> QueryResult<Vec<Award>> {
    let mut query =
        awards::table.filter(awards::round_id.eq(round)).filter(awards::rank.gt(after)).into_boxed();
    if let Some(only) = only {
        let only: Vec<String> = only.iter().map(ToString::to_string).collect();
        query = query.filter(awards::organization_id.eq_any(only));
    }
    query.order(awards::rank).limit(limit).load(conn)
}

pub fn insert_agreement(conn: &mut Db, agreement: &Agreement) -> QueryResult<()> {
    diesel::insert_into(agreements::table).values(agreement).execute(conn).map(|_| ())
}

pub fn agreement_of(conn: &mut Db, award: AwardId) -> QueryResult<Option<Agreement>> {
    agreements::table.filter(agreements::award_id.eq(award)).first(conn).optional()
}

pub fn insert_signature(conn: &mut Db, signature: &Signature) -> QueryResult<()> {
    diesel::insert_into(signatures::table).values(signature).execute(conn).map(|_| ())
}

pub fn signatures_of(conn: &mut Db, agreement: AgreementId) -> QueryResult<Vec<Signature>> {
    signatures::table.filter(signatures::agreement_id.eq(agreement)).order(signatures::id).load(conn)
}
