//! What a submission depends on besides its own content, read from the rooms that know it.

use super::super::{
    model::Application,
    rules::{Facts, Place},
    store,
};
use crate::{
    db::Db,
    error::Error,
    kernel::{money::Money, time::Timestamp},
    organizations::{self, Organization},
    programmes::{Policy, Round},
};

/// The facts of one application, as they are now.
pub fn facts(
    conn: &mut Db,
    application: &Application,
    organization: &Organization,
    round: &Round,
    _policy: &Policy,
    _now: Timestamp,
) -> Result<Facts, Error> {
    let host_is_ready = match (organization.host_id, organization.host_consented_at) {
        (Some(host), Some(_)) => organizations::find_payee_account(conn, host)?.is_some(),
        _ => false,
    };
    let others = store::others(conn, round.id, organization.id, application.id)?;
    let asked: i64 = others.iter().flatten().map(|asked| asked.fen()).sum();
    Ok(Facts {
        host_is_ready,
        others_in_round: u32::try_from(others.len()).unwrap_or(u32::MAX),
        asked_by_others: Money::from_fen(asked),
        place: Place::NotAsked,
        ..Facts::default()
    })
}
