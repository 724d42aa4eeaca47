//! What a ranking needs to know of a round's sheets.

use diesel::prelude::*;

use crate::{
    db::{Db, schema::reviews},
    kernel::{
        ids::{ApplicationId, ExpertId, ReviewId, RoundId},
        money::Money,
    },
    programmes::Stage,
    reviews::model::ReviewState as S,
};

/// A sheet that counts or is waited for, without its comments.
#[derive(Clone, Debug, Queryable)]
pub struct SheetRow {
    pub id: ReviewId,
    pub application_id: ApplicationId,
    pub expert_id: ExpertId,
    pub state: S,
    pub marks: String,
    pub suggested_amount: Option<Money>,
    pub stage: Stage,
    pub reading: i32,
}

/// All of a round, by id; of one application or of all.
pub fn sheet_rows(conn: &mut Db, round: RoundId, only: Option<ApplicationId>) -> QueryResult<Vec<SheetRow>> {
    let mut query = reviews::table
        .filter(reviews::round_id.eq(round))
        .filter(
            reviews::state
                .eq(S::Submitted)
                .or(reviews::state.eq(S::Locked))
                .or(reviews::state.eq(S::Assigned))
                .or(reviews::state.eq(S::Declared)),
        )
        .into_boxed();
    if let Some(application) = only {
        query = query.filter(reviews::application_id.eq(application));
    }
    query
        .order(reviews::id)
        .select((
            reviews::id,
            reviews::application_id,
            reviews::expert_id,
            reviews::state,
            reviews::marks,
            reviews::suggested_amount,
            reviews::stage,
            reviews::reading,
        ))
        .load(conn)
}

/// The applications of which this expert has a sheet that is still open.
pub fn open_for(conn: &mut Db, round: RoundId, expert: ExpertId) -> QueryResult<Vec<ApplicationId>> {
    reviews::table
        .filter(reviews::round_id.eq(round))
        .filter(reviews::expert_id.eq(expert))
        .filter(reviews::state.eq(S::Assigned).or(reviews::state.eq(S::Declared)))
        .select(reviews::application_id)
        .load(conn)
}
