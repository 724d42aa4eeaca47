//! What was merged into another organisation keeps nothing, and no two verified names look the same.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::Findings;
use crate::{
    db::{
        Db,
        schema::{applications, awards, memberships, organizations},
    },
    error::Error,
    kernel::{
        ids::{OrganizationId, ProgrammeId},
        text::fold,
    },
    organizations::OrganizationState,
};

pub fn check(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let rows: Vec<(OrganizationId, ProgrammeId, String, OrganizationState, Option<OrganizationId>)> =
        organizations::table
            .order(organizations::id)
            .select((
                organizations::id,
                organizations::programme_id,
                organizations::name,
                organizations::state,
                organizations::merged_into,
            ))
            .load(conn)?;
    let mut verified: BTreeMap<(ProgrammeId, String), OrganizationId> = BTreeMap::new();
    for (id, programme, name, state, merged_into) in rows {
        let subject = format!("organization {id}");
        findings.expect(
            (state == OrganizationState::Merged) == merged_into.is_some(),
            "merger",
            &subject,
            format!("it is {state}, but merged_into is {merged_into:?}"),
        );
        if state == OrganizationState::Verified
            && let Some(twin) = verified.insert((programme, fold(&name)), id)
        {
            findings.expect(false, "names", &subject, format!("it looks the same as {twin}"));
        }
        if merged_into.is_some() {
            let left = left_behind(conn, id)?;
            findings.expect(left == 0, "merger", &subject, format!("{left} rows were left behind"));
        }
    }
    Ok(())
}

fn left_behind(conn: &mut Db, id: OrganizationId) -> QueryResult<i64> {
    let people: i64 =
        memberships::table.filter(memberships::organization_id.eq(id)).count().get_result(conn)?;
    let submitted: i64 =
        applications::table.filter(applications::organization_id.eq(id)).count().get_result(conn)?;
    let granted: i64 = awards::table.filter(awards::organization_id.eq(id)).count().get_result(conn)?;
    Ok(people + submitted + granted)
}
