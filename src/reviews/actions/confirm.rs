//! The chair's word on a flagged score.

use serde_json::json;

use super::{CONFIRMERS, ScoreFinding, record, standings};
use crate::{
    applications,
    db::Db,
    error::{Error, Input, codes},
    http::Caller,
    kernel::ids::{ApplicationId, ScoreConfirmationId},
    programmes,
    reviews::{
        model::{NewConfirmation, ScoreConfirmation},
        store,
    },
};

/// The chair lets a flagged score stand.
pub fn confirm_score(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    input: &Input<NewConfirmation>,
) -> Result<ScoreFinding, Error> {
    let application = applications::require_visible(conn, &by.actor, id)?;
    by.actor.require(application.programme_id, CONFIRMERS)?;
    by.proceed_unversioned(conn)?;
    let round = programmes::see_published(conn, application.round_id)?;
    let standing = standings::divergence(conn, &round, &application)?;
    if !standing.flagged || standing.confirmed {
        return Err(Error::new(&codes::NOT_FLAGGED));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    if new.reason.trim().is_empty() || new.reason.chars().count() > 2_000 {
        return Err(Error::at("/reason", &codes::FIELD_REQUIRED));
    }
    let confirmation = ScoreConfirmation {
        id: ScoreConfirmationId::generate(),
        programme_id: application.programme_id,
        application_id: id,
        reviews_counted: i32::try_from(standing.n).unwrap_or(i32::MAX),
        reason: new.reason.trim().to_owned(),
        confirmed_by: by.actor.user_id,
        confirmed_at: by.now,
    };
    store::insert_confirmation(conn, &confirmation)?;
    let subject = ("application", id.to_string());
    record(
        conn,
        by,
        application.programme_id,
        "score.confirm",
        subject,
        (None, None),
        json!({"n": standing.n}),
    )?;
    standings::divergence(conn, &round, &application)
}
