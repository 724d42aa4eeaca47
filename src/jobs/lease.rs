//! Leases: what only one server may do at a time. Whoever takes a lease anew gets a higher token, and every write under
//! the lease asks whether its token is still the present one, so that a server that slept over its end writes nothing.

use diesel::prelude::*;

use crate::{
    db::{Db, schema::leases},
    error::Error,
    kernel::time::Timestamp,
};

/// A lease that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// For what.
    pub name: &'static str,
    /// The fencing token: grows with every taking.
    pub token: i64,
}

/// Takes the lease for `owner` until a moment; none where another has it.
pub fn take(
    conn: &mut Db,
    name: &'static str,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> QueryResult<Option<Lease>> {
    let row = || leases::table.find(name);
    let held: Option<(String, i64, Timestamp)> =
        row().select((leases::owner, leases::token, leases::until)).first(conn).optional()?;
    let token = match held {
        None => {
            diesel::insert_into(leases::table)
                .values((
                    leases::name.eq(name),
                    leases::owner.eq(owner),
                    leases::token.eq(1i64),
                    leases::until.eq(until),
                ))
                .execute(conn)?;
            1
        }
        Some((holder, _, end)) if holder != owner && end > now => return Ok(None),
        Some((_, token, _)) => {
            diesel::update(row().filter(leases::token.eq(token)))
                .set((leases::owner.eq(owner), leases::token.eq(token + 1), leases::until.eq(until)))
                .execute(conn)?;
            token + 1
        }
    };
    Ok(Some(Lease { name, token }))
}

/// Gives the lease back before its end, in the last transaction under it.
pub fn release(conn: &mut Db, lease: &Lease, now: Timestamp) -> QueryResult<()> {
    let row = leases::table.find(lease.name).filter(leases::token.eq(lease.token));
    diesel::update(row).set(leases::until.eq(now)).execute(conn).map(|_| ())
}

/// Fails where somebody else has taken the lease since; to be asked in the transaction of every write under it.
pub fn hold(conn: &mut Db, lease: &Lease) -> Result<(), Error> {
    let token: Option<i64> = leases::table.find(lease.name).select(leases::token).first(conn).optional()?;
    if token == Some(lease.token) { Ok(()) } else { Err(Error::internal("the lease was lost")) }
}
