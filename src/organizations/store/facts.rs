//! Queries on the records of organisations.

use diesel::prelude::*;

use super::super::model::{
    AnnualCheck, Debarment, Grade, Listing, Organization, Shared, SharedThing, TrackRecord,
};
use crate::{
    db::{
        Db, blind, exactly_one,
        private::{AccountNumber, ContactPhone, HeadPhone, Private},
        schema::{
            annual_checks, debarments, grades, listings, memberships, organizations, payee_accounts,
            track_records,
        },
    },
    error::Error,
    kernel::{
        ids::{
            AnnualCheckId, DebarmentId, GradeId, ListingId, OrganizationId, ProgrammeId, TrackRecordId,
            UserId,
        },
        text::fold,
    },
};

/// Find, insert and version-checked save of one table.
macro_rules! rows {
    ($table:ident, $row:ty, $id:ty, $find:ident, $insert:ident, $save:ident) => {
        /// The row, if it exists.
        pub fn $find(conn: &mut Db, id: $id) -> QueryResult<Option<$row>> {
            $table::table.find(id).first(conn).optional()
        }

        /// Stores a new row.
        pub fn $insert(conn: &mut Db, row: &$row) -> QueryResult<()> {
            diesel::insert_into($table::table).values(row).execute(conn).map(|_| ())
        }

        pub fn $save(conn: &mut Db, row: &$row) -> Result<(), Error> {
            let before = $table::table.find(row.id).filter($table::version.eq(row.version - 1));
            exactly_one(diesel::update(before).set(row).execute(conn)?)
        }
    };
}

rows!(annual_checks, AnnualCheck, AnnualCheckId, find_annual_check, insert_annual_check, save_annual_check);
rows!(listings, Listing, ListingId, find_listing, insert_listing, save_listing);
rows!(debarments, Debarment, DebarmentId, find_debarment, insert_debarment, save_debarment);
rows!(grades, Grade, GradeId, find_grade, insert_grade, save_grade);
rows!(track_records, TrackRecord, TrackRecordId, find_track_record, insert_track_record, save_track_record);

/// As the others, and takes a ban away that no longer follows.
pub fn save_outcome(conn: &mut Db, record: &TrackRecord) -> Result<(), Error> {
    save_track_record(conn, record)?;
    diesel::update(track_records::table.find(record.id))
        .set(track_records::debarred_until.eq(record.debarred_until.map(|day| day.to_string())))
        .execute(conn)?;
    Ok(())
}

/// Links what is recorded of earlier rounds under the name, credit code or filing number of an organisation to it.
pub fn claim_track_records(conn: &mut Db, organization: &Organization) -> QueryResult<()> {
    let unclaimed: Vec<(TrackRecordId, String)> = track_records::table
        .filter(track_records::programme_id.eq(organization.programme_id))
        .filter(track_records::organization_id.is_null())
        .select((track_records::id, track_records::organization_name))
        .load(conn)?;
    let own = [
        Some(organization.name.as_str()),
        organization.credit_code.as_deref(),
        organization.filing_no.as_deref(),
    ];
    let own: Vec<String> = own.into_iter().flatten().map(fold).filter(|text| !text.is_empty()).collect();
    for (id, _) in unclaimed.into_iter().filter(|(_, name)| own.contains(&fold(name))) {
        diesel::update(track_records::table.find(id))
            .set(track_records::organization_id.eq(organization.id))
            .execute(conn)?;
    }
    Ok(())
}

/// Latest year first.
pub fn annual_checks_of(conn: &mut Db, organization: OrganizationId) -> QueryResult<Vec<AnnualCheck>> {
    annual_checks::table
        .filter(annual_checks::organization_id.eq(organization))
        .order(annual_checks::year.desc())
        .load(conn)
}

/// Latest first.
pub fn listings_of(conn: &mut Db, organization: OrganizationId) -> QueryResult<Vec<Listing>> {
    listings::table
        .filter(listings::organization_id.eq(organization))
        .order((listings::listed_on.desc(), listings::id))
        .load(conn)
}

pub fn debarments_of(conn: &mut Db, organization: OrganizationId) -> QueryResult<Vec<Debarment>> {
    debarments::table
        .filter(debarments::organization_id.eq(organization))
        .order((debarments::ends_on.desc(), debarments::id))
        .load(conn)
}

/// Latest first.
pub fn grades_of(conn: &mut Db, organization: OrganizationId) -> QueryResult<Vec<Grade>> {
    grades::table.filter(grades::organization_id.eq(organization)).order(grades::issued_on.desc()).load(conn)
}

/// Latest first.
pub fn track_record_of(conn: &mut Db, organization: OrganizationId) -> QueryResult<Vec<TrackRecord>> {
    track_records::table
        .filter(track_records::organization_id.eq(organization))
        .order((track_records::year.desc(), track_records::id.desc()))
        .load(conn)
}

/// The debarments of a programme that name a person.
pub fn debarments_of_people(conn: &mut Db, programme: ProgrammeId) -> QueryResult<Vec<Debarment>> {
    debarments::table
        .filter(debarments::programme_id.eq(programme))
        .filter(debarments::person_name.is_not_null().or(debarments::person_phone.is_not_null()))
        .order((debarments::ends_on.desc(), debarments::id))
        .load(conn)
}

/// A page of a programme's debarments by id.
pub fn list_debarments(
    conn: &mut Db,
    programme: ProgrammeId,
    after: Option<DebarmentId>,
    limit: i64,
) -> QueryResult<Vec<Debarment>> {
    let mut query = debarments::table.filter(debarments::programme_id.eq(programme)).into_boxed();
    if let Some(after) = after {
        query = query.filter(debarments::id.gt(after));
    }
    query.order(debarments::id).limit(limit + 1).load(conn)
}

/// A page of a programme's earlier projects by id.
pub fn list_track_records(
    conn: &mut Db,
    programme: ProgrammeId,
    organization: Option<OrganizationId>,
    after: Option<TrackRecordId>,
    limit: i64,
) -> QueryResult<Vec<TrackRecord>> {
    let mut query = track_records::table.filter(track_records::programme_id.eq(programme)).into_boxed();
    if let Some(organization) = organization {
        query = query.filter(track_records::organization_id.eq(organization));
    }
    if let Some(after) = after {
        query = query.filter(track_records::id.gt(after));
    }
    query.order(track_records::id).limit(limit + 1).load(conn)
}

/// Other organisations of the programme that have people, the account number or a phone number in common with this one.
pub fn sharing(conn: &mut Db, organization: &Organization) -> QueryResult<Vec<Shared>> {
    let mut found = Vec::new();
    let people: Vec<UserId> = memberships::table
        .filter(memberships::organization_id.eq(organization.id))
        .select(memberships::user_id)
        .load(conn)?;
    let people: Vec<String> = people.iter().map(ToString::to_string).collect();
    let theirs: Vec<Option<OrganizationId>> = memberships::table
        .filter(memberships::programme_id.eq(organization.programme_id))
        .filter(memberships::user_id.eq_any(people))
        .filter(memberships::organization_id.is_not_null())
        .select(memberships::organization_id)
        .load(conn)?;
    found.extend(theirs.into_iter().flatten().map(|other| (other, SharedThing::Person)));

    let number: Option<Private<AccountNumber>> = payee_accounts::table
        .filter(payee_accounts::organization_id.eq(organization.id))
        .select(payee_accounts::account_number)
        .first(conn)
        .optional()?;
    if let Some(number) = number {
        let same_number = blind::rows::<AccountNumber>(conn, &number)?;
        let same: Vec<OrganizationId> = payee_accounts::table
            .filter(payee_accounts::programme_id.eq(organization.programme_id))
            .filter(payee_accounts::id.eq_any(same_number))
            .select(payee_accounts::organization_id)
            .load(conn)?;
        found.extend(same.into_iter().map(|other| (other, SharedThing::PayeeAccount)));
    }

    let phones: Vec<&str> = [organization.head_phone.as_deref(), organization.contact_phone.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let mut called = Vec::new();
    for phone in phones {
        called.extend(blind::rows::<HeadPhone>(conn, phone)?);
        called.extend(blind::rows::<ContactPhone>(conn, phone)?);
    }
    let same: Vec<OrganizationId> = organizations::table
        .filter(organizations::programme_id.eq(organization.programme_id))
        .filter(organizations::id.eq_any(called))
        .select(organizations::id)
        .load(conn)?;
    found.extend(same.into_iter().map(|other| (other, SharedThing::Phone)));

    let mut shared: Vec<Shared> = Vec::new();
    for (other, thing) in found {
        let is_new = !shared.iter().any(|known| known.organization_id == other && known.thing == thing);
        if other == organization.id || !is_new {
            continue;
        }
        // What was merged into this one was this one.
        let name: Option<String> = organizations::table
            .find(other)
            .filter(organizations::merged_into.is_null())
            .select(organizations::name)
            .first(conn)
            .optional()?;
        shared.extend(name.map(|organization_name| Shared {
            organization_id: other,
            organization_name,
            thing,
        }));
    }
    Ok(shared)
}
