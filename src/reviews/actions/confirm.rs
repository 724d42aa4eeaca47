//! The chair's word on a flagged score.

use serde_json::json;

use super::{CONFIRMERS, record, sealed::refuse_sealed, standings};
use crate::{
    applications,
    db::Db,
    error::{Error, Input, codes},
    http::Caller,
    kernel::ids::{ApplicationId, ScoreConfirmationId},
    programmes,
    reviews::{
        model::{NewConfirmation, ScoreConfirmation, ScoreFinding},
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
    let round = programmes::see_published(conn, application.round_id)?;
    refuse_sealed(conn, &by.actor, &round, &application)?;
    by.proceed_unversioned(conn)?;
    let (finding, digest) = standings::divergence(conn, &round, &application)?;
    if !finding.flagged || finding.confirmed {
        return Err(Error::new(&codes::NOT_FLAGGED));
    }
    if store::under_re_review(conn, round.id)?.contains(&id) {
        return Err(Error::new(&codes::RE_REVIEW_OPEN).with("count", 1));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    if new.reason.trim().is_empty() || new.reason.chars().count() > 2_000 {
        return Err(Error::at("/reason", &codes::FIELD_REQUIRED));
    }
    let confirmation = ScoreConfirmation {
        id: ScoreConfirmationId::generate(),
        programme_id: application.programme_id,
        application_id: id,
        reviews_counted: i32::try_from(finding.n).unwrap_or(i32::MAX),
        reason: new.reason.trim().to_owned(),
        confirmed_by: by.actor.user_id,
        confirmed_at: by.now,
        digest,
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
        json!({"n": finding.n}),
    )?;
    Ok(standings::divergence(conn, &round, &application)?.0)
}
