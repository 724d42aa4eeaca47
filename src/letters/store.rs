//! Queries.

use diesel::prelude::*;

use super::{cause::Cause, model::TemplateRow};
use crate::{
    db::{Db, schema::letter_templates as templates},
    kernel::ids::ProgrammeId,
};

/// The programme's own texts for a cause, if it ever had any: English, then Chinese.
pub fn find(conn: &mut Db, programme: ProgrammeId, cause: Cause) -> QueryResult<Vec<TemplateRow>> {
    templates::table
        .filter(templates::programme_id.eq(programme))
        .filter(templates::cause.eq(cause))
        .order(templates::language)
        .load(conn)
}

/// Puts these texts in the place of the ones before.
pub fn put(conn: &mut Db, rows: &[TemplateRow]) -> QueryResult<()> {
    for row in rows {
        let before = templates::table.find((row.programme_id, row.cause, &row.language));
        diesel::delete(before).execute(conn)?;
        diesel::insert_into(templates::table).values(row).execute(conn)?;
    }
    Ok(())
}
