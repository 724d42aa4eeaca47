//! Queries on invitations.

use diesel::prelude::*;

use super::super::model::{Invitation, InvitationState};
use crate::{
    db::{Db, blind, exactly_one, private::InvitationPhone, schema::invitations},
    error::Error,
    kernel::{
        ids::{InvitationId, OrganizationId},
        time::Timestamp,
    },
};

/// The invitation, if it exists.
pub fn find_invitation(conn: &mut Db, id: InvitationId) -> QueryResult<Option<Invitation>> {
    invitations::table.find(id).first(conn).optional()
}

/// The open invitation whose token has this digest.
pub fn open_invitation(conn: &mut Db, token_digest: &str, now: Timestamp) -> QueryResult<Option<Invitation>> {
    invitations::table
        .filter(invitations::token_digest.eq(token_digest))
        .filter(invitations::state.eq(InvitationState::Open))
        .filter(invitations::expires_at.gt(now))
        .first(conn)
        .optional()
}

/// The latest open invitation to a phone number.
pub fn invitation_to_phone(conn: &mut Db, phone: &str, now: Timestamp) -> QueryResult<Option<Invitation>> {
    let invited = blind::rows::<InvitationPhone>(conn, phone)?;
    invitations::table
        .filter(invitations::id.eq_any(invited))
        .filter(invitations::state.eq(InvitationState::Open))
        .filter(invitations::expires_at.gt(now))
        .order(invitations::id.desc())
        .first(conn)
        .optional()
}

pub fn insert_invitation(conn: &mut Db, invitation: &Invitation) -> QueryResult<()> {
    diesel::insert_into(invitations::table).values(invitation).execute(conn)?;
    blind::put::<InvitationPhone>(conn, invitation.id, invitation.phone.as_deref())
}

pub fn save_invitation(conn: &mut Db, invitation: &Invitation) -> Result<(), Error> {
    let row = invitations::table.find(invitation.id).filter(invitations::version.eq(invitation.version - 1));
    exactly_one(diesel::update(row).set(invitation).execute(conn)?)
}

/// A page of an organisation's invitations by id.
pub fn list_invitations(
    conn: &mut Db,
    organization: OrganizationId,
    after: Option<InvitationId>,
    limit: i64,
) -> QueryResult<Vec<Invitation>> {
    let mut query = invitations::table.filter(invitations::organization_id.eq(organization)).into_boxed();
    if let Some(after) = after {
        query = query.filter(invitations::id.gt(after));
    }
    query.order(invitations::id).limit(limit + 1).load(conn)
}
