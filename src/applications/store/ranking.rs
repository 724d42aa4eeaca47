//! What a ranking needs to know of a round's applications.

use diesel::prelude::*;

use super::super::model::ApplicationState;
use crate::{
    db::{Db, schema::applications},
    kernel::{
        domain::ServiceDomain,
        ids::{ApplicationId, OrganizationId, RoundId},
        money::Money,
        reference::Reference,
    },
    programmes::Track,
};

/// An application as the ranking needs it: without all that is written in it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Contender {
    /// Its id.
    pub id: ApplicationId,
    /// Who applies.
    pub organization_id: OrganizationId,
    /// Its number.
    pub reference: Reference,
    /// Where it is.
    pub state: ApplicationState,
    /// The domain it serves.
    pub domain: Option<ServiceDomain>,
    /// What is asked for.
    pub requested: Option<Money>,
    /// The track it is judged in.
    pub track: Option<Track>,
    /// The batch of a rolling round it came in.
    pub batch_number: Option<i32>,
}

/// All of a round by reference.
pub fn contenders(conn: &mut Db, round: RoundId) -> QueryResult<Vec<Contender>> {
    applications::table
        .filter(applications::round_id.eq(round))
        .order(applications::reference)
        .select((
            applications::id,
            applications::organization_id,
            applications::reference,
            applications::state,
            applications::domain,
            applications::requested,
            applications::track,
            applications::batch_number,
        ))
        .load(conn)
}
