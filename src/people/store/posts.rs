//! Who holds which role of the office, and whether posts may be combined.

use diesel::prelude::*;

use super::super::model::{HeldBy, MembershipRow, PostsSetting};
use crate::{
    db::{
        Db, exactly_one,
        schema::{memberships, separation_of_posts, users},
    },
    error::Error,
    kernel::{
        ids::{MembershipId, ProgrammeId, UserId},
        role::Role,
    },
};

/// True where the office has said that one person may hold two administrative posts.
pub fn posts_may_be_combined(conn: &mut Db) -> QueryResult<bool> {
    let said: Option<bool> =
        separation_of_posts::table.select(separation_of_posts::may_be_combined).first(conn).optional()?;
    Ok(said.unwrap_or(false))
}

/// What the office has said.
pub fn posts_setting(conn: &mut Db) -> QueryResult<Option<PostsSetting>> {
    separation_of_posts::table.first(conn).optional()
}

/// Says it for the first time, or anew.
pub fn save_posts_setting(conn: &mut Db, setting: &PostsSetting, is_first: bool) -> Result<(), Error> {
    if is_first {
        return exactly_one(diesel::insert_into(separation_of_posts::table).values(setting).execute(conn)?);
    }
    let before = separation_of_posts::table
        .filter(separation_of_posts::id.eq(&setting.id))
        .filter(separation_of_posts::version.eq(setting.version - 1));
    exactly_one(diesel::update(before).set(setting).execute(conn)?)
}

/// The roles of everybody who holds an administrative post.
pub fn holders_of_posts(conn: &mut Db) -> QueryResult<Vec<(UserId, Role)>> {
    let posts = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin].map(<&str>::from);
    memberships::table
        .filter(memberships::role.eq_any(posts))
        .order(memberships::user_id)
        .select((memberships::user_id, memberships::role))
        .load(conn)
}

/// Who holds the roles that are given by hand: in a programme, or for the installation.
pub fn members(
    conn: &mut Db,
    programme: Option<ProgrammeId>,
    after: Option<MembershipId>,
    limit: i64,
) -> QueryResult<Vec<HeldBy>> {
    let by_owner = [Role::Applicant, Role::OrgAdmin, Role::SponsorRep, Role::Reviewer].map(<&str>::from);
    let mut query = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::role.ne_all(by_owner))
        .into_boxed();
    query = match programme {
        Some(programme) => query.filter(memberships::programme_id.eq(programme)),
        None => query.filter(memberships::programme_id.is_null()),
    };
    if let Some(after) = after {
        query = query.filter(memberships::id.gt(after));
    }
    query
        .order(memberships::id)
        .limit(limit + 1)
        .select((
            memberships::id,
            memberships::user_id,
            users::name,
            memberships::role,
            memberships::unit_id,
            memberships::created_at,
        ))
        .load(conn)
}

/// One role somebody holds.
pub fn find_membership(conn: &mut Db, id: MembershipId) -> QueryResult<Option<MembershipRow>> {
    memberships::table.find(id).first(conn).optional()
}

/// Takes it away.
pub fn delete_membership(conn: &mut Db, id: MembershipId) -> Result<(), Error> {
    exactly_one(diesel::delete(memberships::table.find(id)).execute(conn)?)
}

/// The people, not disabled, who hold a role for the installation.
pub fn installation_holders(conn: &mut Db, role: Role) -> QueryResult<Vec<UserId>> {
    memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::programme_id.is_null())
        .filter(memberships::role.eq(role))
        .filter(users::disabled_at.is_null())
        .select(memberships::user_id)
        .load(conn)
}
