//! The review of a round begins and ends for all its applications at once.
//!
//! An application's state, version and times are seen by the applicant, so nothing that an assignment or a sheet does may
//! touch them: who scores what, and when, must not be told by a number that counts up. The first assignment of a round
//! (of a batch, in a rolling one) moves every eligible application of it to `scoring`; one that is found eligible later
//! follows at once, assigned or not.

use super::{Action, Application, advance, store};
use crate::{
    applications::ApplicationState,
    db::Db,
    error::Error,
    http::Caller,
    programmes::{self, Round},
};

const VERB: &str = "application.begin_scoring";

/// Moves all eligible applications of a batch to `scoring`; gives back how many there were.
pub fn begin_scoring(conn: &mut Db, by: &Caller, round: &Round, batch: i32) -> Result<usize, Error> {
    let eligible: Vec<Application> = store::of_round(conn, round.id)?
        .into_iter()
        .filter(|application| application.state == ApplicationState::Eligible)
        .filter(|application| batch_of(application, round) == batch)
        .collect();
    for application in &eligible {
        advance(conn, by, application, Action::BeginScoring, VERB)?;
    }
    Ok(eligible.len())
}

/// The review batch of an application; a round with one window has one.
#[must_use]
pub fn batch_of(application: &Application, round: &Round) -> i32 {
    application.batch_number.unwrap_or_else(|| programmes::current_batch(round))
}

/// An application that was found eligible while its batch is being scored is scored with it.
pub(super) fn catch_up(conn: &mut Db, by: &Caller, application: Application) -> Result<Application, Error> {
    if application.state != ApplicationState::Eligible {
        return Ok(application);
    }
    let round = programmes::see_published(conn, application.round_id)?;
    let batch = batch_of(&application, &round);
    if store::is_batch_in_scoring(conn, round.id, application.batch_number.map(|_| batch))? {
        advance(conn, by, &application, Action::BeginScoring, VERB)
    } else {
        Ok(application)
    }
}
