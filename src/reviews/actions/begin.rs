//! The review of a round or batch begins with the first assignment.

use super::codes::Codes;
use crate::{
    applications,
    db::Db,
    error::Error,
    http::Caller,
    programmes::{self, Round},
};

/// Called by every assignment: the round is being reviewed from now on, it has its secret, and all applications of the
/// batch that are eligible are being scored. 409 while more can come into the batch.
pub fn begin(conn: &mut Db, by: &Caller, round: Round, batch: i32) -> Result<Round, Error> {
    let round = programmes::begin_review(conn, by, round, batch)?;
    Codes::ensure(conn, round.id, by.now)?;
    applications::begin_scoring(conn, by, &round, batch)?;
    Ok(round)
}
