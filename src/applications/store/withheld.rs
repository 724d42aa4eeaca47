//! What the people of an applicant are shown from the decision to the public notice: the state and the version before.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::super::model::{Application, ApplicationState};
use crate::{
    db::{
        Db,
        schema::{applications, withheld_results as withheld},
    },
    kernel::ids::{ApplicationId, OrganizationId, RoundId},
};

/// What somebody is shown instead of the result: the state and the version before.
pub type Before = (ApplicationState, i32);

/// From now on the people of the applicant see the application as it is.
pub fn withhold(conn: &mut Db, application: &Application) -> QueryResult<()> {
    let row = (
        withheld::application_id.eq(application.id),
        withheld::programme_id.eq(application.programme_id),
        withheld::round_id.eq(application.round_id),
        withheld::state.eq(application.state),
        withheld::version.eq(application.version),
    );
    diesel::insert_into(withheld::table).values(row).execute(conn).map(|_| ())
}

/// The results of a round are public: everybody sees what is there.
pub fn disclose(conn: &mut Db, round: RoundId) -> QueryResult<()> {
    diesel::delete(withheld::table.filter(withheld::round_id.eq(round))).execute(conn).map(|_| ())
}

/// What is shown of an application instead of its result, while that is withheld.
pub fn withheld_of(conn: &mut Db, id: ApplicationId) -> QueryResult<Option<Before>> {
    withheld::table.find(id).select((withheld::state, withheld::version)).first(conn).optional()
}

/// The same of the applications these organisations have in a round.
pub fn withheld_of_own(
    conn: &mut Db,
    round: RoundId,
    own: &[OrganizationId],
) -> QueryResult<BTreeMap<ApplicationId, Before>> {
    if own.is_empty() {
        return Ok(BTreeMap::new());
    }
    let own: Vec<String> = own.iter().map(ToString::to_string).collect();
    let theirs = applications::table
        .filter(applications::round_id.eq(round))
        .filter(applications::organization_id.eq_any(own))
        .select(applications::id);
    let rows: Vec<(ApplicationId, ApplicationState, i32)> = withheld::table
        .filter(withheld::round_id.eq(round))
        .filter(withheld::application_id.eq_any(theirs))
        .select((withheld::application_id, withheld::state, withheld::version))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, state, version)| (id, (state, version))).collect())
}
