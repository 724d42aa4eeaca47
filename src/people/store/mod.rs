//! Queries.

mod codes;
mod invitations;
mod posts;

pub use codes::*;
pub use invitations::*;
pub use posts::*;

use diesel::prelude::*;

use super::model::{MembershipRow, Session, User};
use crate::{
    db::{
        Db,
        schema::{memberships, sessions, users},
    },
    kernel::{
        contact::{EmailAddress, PhoneNumber},
        ids::{ProgrammeId, UserId},
        role::Role,
        time::Timestamp,
    },
};

pub fn insert_user(conn: &mut Db, user: &User) -> QueryResult<()> {
    diesel::insert_into(users::table).values(user).execute(conn).map(|_| ())
}

/// The account behind a phone number or an e-mail address, as typed.
pub fn find_by_login(conn: &mut Db, login: &str) -> QueryResult<Option<User>> {
    if let Ok(phone) = login.parse::<PhoneNumber>() {
        return users::table.filter(users::phone.eq(phone.as_str())).first(conn).optional();
    }
    match login.parse::<EmailAddress>() {
        Ok(email) => users::table.filter(users::email.eq(email.as_str())).first(conn).optional(),
        Err(_) => Ok(None),
    }
}

/// The person, if there is an account.
pub fn find_user(conn: &mut Db, id: UserId) -> QueryResult<Option<User>> {
    users::table.find(id).first(conn).optional()
}

pub fn user_exists(conn: &mut Db, id: UserId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(users::table.filter(users::id.eq(id)))).get_result(conn)
}

pub fn insert_session(conn: &mut Db, session: &Session) -> QueryResult<()> {
    diesel::insert_into(sessions::table).values(session).execute(conn).map(|_| ())
}

pub fn delete_session(conn: &mut Db, token_digest: &str) -> QueryResult<usize> {
    diesel::delete(sessions::table.find(token_digest)).execute(conn)
}

pub fn delete_expired_sessions(conn: &mut Db, user: UserId, now: Timestamp) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::expires_at.le(now)))
        .execute(conn)
}

pub fn insert_membership(conn: &mut Db, membership: &MembershipRow) -> QueryResult<()> {
    diesel::insert_into(memberships::table).values(membership).execute(conn).map(|_| ())
}

/// Everybody who holds a role in a programme.
pub fn holders(conn: &mut Db, programme: ProgrammeId, role: Role) -> QueryResult<Vec<UserId>> {
    memberships::table
        .filter(memberships::programme_id.eq(programme))
        .filter(memberships::role.eq(role))
        .order(memberships::user_id)
        .select(memberships::user_id)
        .distinct()
        .load(conn)
}

/// Every role somebody holds, wherever it is.
pub fn roles_held(conn: &mut Db, user: UserId) -> QueryResult<Vec<Role>> {
    memberships::table.filter(memberships::user_id.eq(user)).select(memberships::role).load(conn)
}
