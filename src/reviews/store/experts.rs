//! Queries on experts.

use diesel::prelude::*;

use crate::{
    db::{Db, schema::experts},
    kernel::ids::{ExpertId, ProgrammeId, UserId},
    reviews::model::Expert,
};

pub fn insert_expert(conn: &mut Db, expert: &Expert) -> QueryResult<()> {
    diesel::insert_into(experts::table).values(expert).execute(conn).map(|_| ())
}

pub fn find_expert(conn: &mut Db, id: ExpertId) -> QueryResult<Option<Expert>> {
    experts::table.find(id).first(conn).optional()
}

pub fn expert_of_user(conn: &mut Db, programme: ProgrammeId, user: UserId) -> QueryResult<Option<Expert>> {
    experts::table
        .filter(experts::programme_id.eq(programme))
        .filter(experts::user_id.eq(user))
        .first(conn)
        .optional()
}

pub fn list_experts(
    conn: &mut Db,
    programme: ProgrammeId,
    after: Option<ExpertId>,
    limit: i64,
) -> QueryResult<Vec<Expert>> {
    let mut query = experts::table.filter(experts::programme_id.eq(programme)).into_boxed();
    if let Some(after) = after {
        query = query.filter(experts::id.gt(after));
    }
    query.order(experts::id).limit(limit + 1).load(conn)
}
