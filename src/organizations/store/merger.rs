//! What a merger moves. It reaches into tables of later features by their schema: an organisation's id is a foreign key
//! there, no later feature may be called from here, and a row that kept the old id would be seen by nobody. A feature
//! that adds a table with an `organization_id` adds it here; a test looks through the schema for one that is forgotten.

use diesel::prelude::*;

use crate::{
    db::{
        Db,
        schema::{
            annual_checks, applications, awards, debarments, expert_ties, experts, grades, invitations,
            listings, memberships, organizations, payee_accounts, payment_requests, policies, rounds,
            track_records,
        },
    },
    error::Error,
    kernel::{
        ids::{MembershipId, OrganizationId, RoundId, UserId},
        role::Role,
        time::Timestamp,
    },
};

/// How many rows of a table went over.
pub type Moved = Vec<(&'static str, usize)>;

/// The tables whose rows simply change their owner.
macro_rules! change_owner {
    ($conn:ident, $from:ident, $to:ident, $($table:ident),+) => {
        vec![$((
            stringify!($table),
            diesel::update($table::table.filter($table::organization_id.eq($from)))
                .set($table::organization_id.eq($to))
                .execute($conn)?,
        )),+]
    };
}

/// Moves everything of one organisation to another. The payee account goes only where the other has none.
pub fn move_everything(conn: &mut Db, from: OrganizationId, to: OrganizationId) -> QueryResult<Moved> {
    let mut moved = move_people(conn, from, to)?;
    moved.extend(move_records(conn, from, to)?);
    moved.extend(change_owner!(
        conn,
        from,
        to,
        listings,
        debarments,
        track_records,
        invitations,
        applications,
        awards,
        experts,
        expert_ties
    ));
    let hosted = diesel::update(organizations::table.filter(organizations::host_id.eq(from)))
        .set(organizations::host_id.eq(to))
        .execute(conn)?;
    moved.push(("hosted_organizations", hosted));
    if !has_account(conn, to)? {
        moved.extend(change_owner!(conn, from, to, payee_accounts));
    }
    Ok(moved)
}

pub fn has_account(conn: &mut Db, organization: OrganizationId) -> QueryResult<bool> {
    let accounts = payee_accounts::table.filter(payee_accounts::organization_id.eq(organization));
    diesel::select(diesel::dsl::exists(accounts)).get_result(conn)
}

/// A person who holds the same role in both keeps one.
fn move_people(conn: &mut Db, from: OrganizationId, to: OrganizationId) -> QueryResult<Moved> {
    let of = |organization: OrganizationId| {
        memberships::table.filter(memberships::organization_id.eq(organization)).select((
            memberships::id,
            memberships::user_id,
            memberships::role,
        ))
    };
    let there: Vec<(MembershipId, UserId, Role)> = of(to).load(conn)?;
    let here: Vec<(MembershipId, UserId, Role)> = of(from).load(conn)?;
    let mut count = 0;
    for (id, user, role) in here {
        if there.iter().any(|(_, other, held)| *other == user && *held == role) {
            diesel::delete(memberships::table.find(id)).execute(conn)?;
        } else {
            count += diesel::update(memberships::table.find(id))
                .set(memberships::organization_id.eq(to))
                .execute(conn)?;
        }
    }
    Ok(vec![("memberships", count)])
}

/// Where both have a record of the same year or day, the one that stays keeps its own.
fn move_records(conn: &mut Db, from: OrganizationId, to: OrganizationId) -> QueryResult<Moved> {
    let years: Vec<i32> = annual_checks::table
        .filter(annual_checks::organization_id.eq(to))
        .select(annual_checks::year)
        .load(conn)?;
    let checks = diesel::update(
        annual_checks::table
            .filter(annual_checks::organization_id.eq(from))
            .filter(annual_checks::year.ne_all(years)),
    )
    .set(annual_checks::organization_id.eq(to))
    .execute(conn)?;
    let days: Vec<String> =
        grades::table.filter(grades::organization_id.eq(to)).select(grades::issued_on).load(conn)?;
    let grades = diesel::update(
        grades::table.filter(grades::organization_id.eq(from)).filter(grades::issued_on.ne_all(days)),
    )
    .set(grades::organization_id.eq(to))
    .execute(conn)?;
    Ok(vec![("annual_checks", checks), ("grades", grades)])
}

/// A payment that has begun and is neither paid nor returned.
pub fn is_being_paid(conn: &mut Db, organization: OrganizationId) -> QueryResult<bool> {
    let theirs: Vec<String> =
        awards::table.filter(awards::organization_id.eq(organization)).select(awards::id).load(conn)?;
    // A host is paid for the groups it hosts, on an account of its own.
    let accounts: Vec<String> = payee_accounts::table
        .filter(payee_accounts::organization_id.eq(organization))
        .select(payee_accounts::id)
        .load(conn)?;
    let under_way =
        payment_requests::table.filter(payment_requests::state.ne_all(["paid", "returned"])).filter(
            payment_requests::award_id.eq_any(theirs).or(payment_requests::payee_account_id.eq_any(accounts)),
        );
    diesel::select(diesel::dsl::exists(under_way)).get_result(conn)
}

/// The rounds that are not decided, with their name and how many applications an organisation may have in each.
pub fn limits(
    conn: &mut Db,
    programme: crate::kernel::ids::ProgrammeId,
) -> Result<Vec<(RoundId, String, u64)>, Error> {
    let open: Vec<(RoundId, String, i32)> = rounds::table
        .filter(rounds::programme_id.eq(programme))
        .filter(rounds::state.ne_all(["draft", "decided", "archived"]))
        .select((rounds::id, rounds::name, rounds::policy_number))
        .load(conn)?;
    let mut found = Vec::new();
    for (round, name, number) in open {
        let body: String = policies::table.find((round, number)).select(policies::body).first(conn)?;
        let policy: serde_json::Value = serde_json::from_str(&body).map_err(Error::internal)?;
        // No limit, nothing to exceed.
        if let Some(limit) = policy.get("max_per_organization").and_then(serde_json::Value::as_u64) {
            found.push((round, name, limit));
        }
    }
    Ok(found)
}

/// How many applications of an organisation count against the limit of a round (E108).
pub fn count_submitted(conn: &mut Db, round: RoundId, organization: OrganizationId) -> QueryResult<i64> {
    applications::table
        .filter(applications::round_id.eq(round))
        .filter(applications::organization_id.eq(organization))
        .filter(applications::state.ne_all(["draft", "withdrawn", "rejected"]))
        .count()
        .get_result(conn)
}

/// An organisation whose host was merged into it would be its own host: it has none then.
pub fn release_self_hosted(conn: &mut Db, id: OrganizationId, now: Timestamp) -> QueryResult<()> {
    diesel::update(organizations::table.find(id).filter(organizations::host_id.eq(id)))
        .set((
            organizations::host_id.eq(None::<String>),
            organizations::host_consented_at.eq(None::<chrono::NaiveDateTime>),
            organizations::updated_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}
