//! Queries.

mod facts;
mod merger;
mod units;

pub use facts::*;
pub use merger::*;
pub use units::*;

use diesel::prelude::*;

use super::model::{Organization, OrganizationState, PayeeAccount, Scope};
use crate::{
    db::{
        Db, blind, exactly_one,
        private::{AccountNumber, ContactPhone, HeadPhone},
        schema::{memberships, organizations, payee_accounts, search_entries as entries},
    },
    error::Error,
    kernel::{
        ids::{OrganizationId, PayeeAccountId, ProgrammeId, UserId},
        time::Timestamp,
    },
    search::{Entry, Kind, Query, is_current, put, subjects},
};

/// The organisation, if it exists.
pub fn find(conn: &mut Db, id: OrganizationId) -> QueryResult<Option<Organization>> {
    organizations::table.find(id).first(conn).optional()
}

/// Those of them that exist, in a few queries for any number.
pub fn find_all(conn: &mut Db, ids: &[OrganizationId]) -> QueryResult<Vec<Organization>> {
    let mut found = Vec::with_capacity(ids.len());
    for part in ids.chunks(500) {
        let part: Vec<String> = part.iter().map(ToString::to_string).collect();
        found.extend(organizations::table.filter(organizations::id.eq_any(part)).load::<Organization>(conn)?);
    }
    Ok(found)
}

/// True where there is such a programme.
pub fn programme_exists(conn: &mut Db, id: ProgrammeId) -> QueryResult<bool> {
    use crate::db::schema::programmes;
    diesel::select(diesel::dsl::exists(programmes::table.filter(programmes::id.eq(id)))).get_result(conn)
}

/// The programme of an organisation.
pub fn programme_of(conn: &mut Db, id: OrganizationId) -> QueryResult<Option<ProgrammeId>> {
    organizations::table.find(id).select(organizations::programme_id).first(conn).optional()
}

/// The account an organisation is paid on.
pub fn find_payee_account(conn: &mut Db, organization: OrganizationId) -> QueryResult<Option<PayeeAccount>> {
    payee_accounts::table.filter(payee_accounts::organization_id.eq(organization)).first(conn).optional()
}

/// Everybody who acts for an organisation.
pub fn people_of(conn: &mut Db, organization: OrganizationId) -> QueryResult<Vec<UserId>> {
    let mut people: Vec<UserId> = memberships::table
        .filter(memberships::organization_id.eq(organization))
        .order(memberships::id)
        .select(memberships::user_id)
        .load(conn)?;
    // Somebody who holds two roles gets one letter.
    let mut met = std::collections::BTreeSet::new();
    people.retain(|person| met.insert(*person));
    Ok(people)
}

/// The groups that one of `hosts` is the fiscal host of.
pub fn hosted_by(conn: &mut Db, hosts: &[OrganizationId]) -> QueryResult<Vec<OrganizationId>> {
    let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
    organizations::table
        .filter(organizations::host_id.eq_any(hosts))
        .order(organizations::id)
        .select(organizations::id)
        .load(conn)
}

pub fn find_account(conn: &mut Db, id: PayeeAccountId) -> QueryResult<Option<PayeeAccount>> {
    payee_accounts::table.find(id).first(conn).optional()
}

pub fn insert(conn: &mut Db, organization: &Organization) -> QueryResult<()> {
    diesel::insert_into(organizations::table).values(organization).execute(conn)?;
    index_phones(conn, organization)?;
    index(conn, organization)
}

pub fn save(conn: &mut Db, organization: &Organization) -> Result<(), Error> {
    let row = organizations::table
        .find(organization.id)
        .filter(organizations::version.eq(organization.version - 1));
    exactly_one(diesel::update(row).set(organization).execute(conn)?)?;
    // A changeset skips what is None: what may be taken away again is set by name.
    diesel::update(organizations::table.find(organization.id))
        .set((
            organizations::host_id.eq(organization.host_id.map(|host| host.to_string())),
            organizations::host_consented_at.eq(organization.host_consented_at.map(Timestamp::naive)),
            organizations::head_name.eq(organization.head_name.as_deref()),
            organizations::charter.eq(organization.charter.as_deref()),
            organizations::place.eq(organization.place.as_deref()),
            organizations::introduction.eq(organization.introduction.as_deref()),
            organizations::filing_unit.eq(organization.filing_unit.as_deref()),
        ))
        .execute(conn)?;
    index_phones(conn, organization)?;
    index(conn, organization)?;
    Ok(())
}

/// Keeps the blind indexes of its phone numbers, by which W202 finds them elsewhere.
fn index_phones(conn: &mut Db, organization: &Organization) -> QueryResult<()> {
    blind::put::<HeadPhone>(conn, organization.id, organization.head_phone.as_deref())?;
    blind::put::<ContactPhone>(conn, organization.id, organization.contact_phone.as_deref())
}

pub fn insert_account(conn: &mut Db, account: &PayeeAccount) -> QueryResult<()> {
    diesel::insert_into(payee_accounts::table).values(account).execute(conn)?;
    blind::put::<AccountNumber>(conn, account.id, Some(&account.account_number))
}

pub fn save_account(conn: &mut Db, account: &PayeeAccount) -> Result<(), Error> {
    let row = payee_accounts::table.find(account.id).filter(payee_accounts::version.eq(account.version - 1));
    exactly_one(diesel::update(row).set(account).execute(conn)?)?;
    blind::put::<AccountNumber>(conn, account.id, Some(&account.account_number))?;
    if account.verified_at.is_none() {
        // As above: who verified the account before has not verified this one.
        diesel::update(payee_accounts::table.find(account.id))
            .set((
                payee_accounts::verified_by.eq(None::<String>),
                payee_accounts::verified_at.eq(None::<chrono::NaiveDateTime>),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The names of a programme's verified organisations, one left out.
pub fn verified_names(
    conn: &mut Db,
    programme: ProgrammeId,
    except: OrganizationId,
) -> QueryResult<Vec<String>> {
    organizations::table
        .filter(organizations::programme_id.eq(programme))
        .filter(organizations::state.eq(OrganizationState::Verified))
        .filter(organizations::id.ne(except))
        .select(organizations::name)
        .load(conn)
}

/// Keeps what can be searched of an organisation, in the transaction that changes it. Not the credit code: among
/// eighteen digits almost every number would be found.
fn index(conn: &mut Db, organization: &Organization) -> QueryResult<()> {
    with_entry(organization, |entry| put(conn, entry))
}

/// True where the organisation is found by its present name.
pub fn is_indexed(conn: &mut Db, organization: &Organization) -> QueryResult<bool> {
    with_entry(organization, |entry| is_current(conn, entry))
}

fn with_entry<T>(organization: &Organization, then: impl FnOnce(Entry<'_>) -> T) -> T {
    then(Entry {
        kind: Kind::Organization,
        subject: &organization.id.to_string(),
        programme: organization.programme_id,
        round: None,
        texts: &[&organization.name],
        codes: &[],
    })
}

/// Indexes what was stored before there was an index.
pub fn index_missing(conn: &mut Db) -> QueryResult<usize> {
    let indexed = entries::table
        .filter(entries::kind.eq(<&'static str>::from(Kind::Organization)))
        .select(entries::subject_id);
    let missing: Vec<Organization> =
        organizations::table.filter(organizations::id.ne_all(indexed)).load(conn)?;
    for organization in &missing {
        index(conn, organization)?;
    }
    Ok(missing.len())
}

/// A page of a programme's organisations by id: those in the scope and those the person acts for. What was merged into
/// another is not listed.
pub fn list(
    conn: &mut Db,
    programme: ProgrammeId,
    (scope, own): (&Scope, &[OrganizationId]),
    text: Option<&Query>,
    after: Option<OrganizationId>,
    limit: i64,
) -> QueryResult<Vec<Organization>> {
    let mut query = organizations::table
        .filter(organizations::programme_id.eq(programme))
        .filter(organizations::merged_into.is_null())
        .into_boxed();
    if let Scope::Units(units) = scope {
        let own: Vec<String> = own.iter().map(ToString::to_string).collect();
        let units: Vec<String> = units.iter().map(ToString::to_string).collect();
        query = query.filter(organizations::id.eq_any(own).or(organizations::unit_id.eq_any(units)));
    }
    if let Some(text) = text {
        query = query.filter(organizations::id.eq_any(subjects(Kind::Organization, programme, text)));
    }
    if let Some(after) = after {
        query = query.filter(organizations::id.gt(after));
    }
    query.order(organizations::id).limit(limit + 1).load(conn)
}
