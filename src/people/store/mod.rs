//! Queries.

mod accounts;
mod codes;
mod invitations;
mod passwords;
mod posts;
mod second_factor;
mod sessions;
mod throttle;
mod tokens;

pub use accounts::*;
pub use codes::*;
pub use invitations::*;
pub use passwords::*;
pub use posts::*;
pub use second_factor::*;
pub use sessions::*;
pub use throttle::*;
pub use tokens::*;

use diesel::prelude::*;

use super::model::{MembershipRow, User};
use crate::{
    db::{
        Db, blind,
        private::{UserEmail, UserPhone},
        schema::{memberships, users},
    },
    kernel::{
        contact::{EmailAddress, PhoneNumber},
        ids::{ProgrammeId, UserId},
        role::Role,
    },
};

pub fn insert_user(conn: &mut Db, user: &User) -> QueryResult<()> {
    diesel::insert_into(users::table).values(user).execute(conn)?;
    blind::put::<UserPhone>(conn, user.id, user.phone.as_deref())?;
    blind::put::<UserEmail>(conn, user.id, user.email.as_deref())
}

/// The account behind a phone number or an e-mail address, as typed.
pub fn find_by_login(conn: &mut Db, login: &str) -> QueryResult<Option<User>> {
    if let Ok(phone) = login.parse::<PhoneNumber>() {
        let known = blind::rows::<UserPhone>(conn, phone.as_str())?;
        // An account that was stored before anything was sealed still has its number in the column.
        let is_theirs = users::id.eq_any(known).or(users::phone.eq(phone.as_str()));
        return users::table.filter(is_theirs).first(conn).optional();
    }
    match login.parse::<EmailAddress>() {
        Ok(email) => {
            let known = blind::rows::<UserEmail>(conn, email.as_str())?;
            let is_theirs = users::id.eq_any(known).or(users::email.eq(email.as_str()));
            users::table.filter(is_theirs).first(conn).optional()
        }
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
