//! `experts`, `assignment-plans`, `reviews` with `declaration`, `recusal`, `submission`, and `rounds/{id}/ranking`.

mod assign;
mod experts;
mod plans;
mod ranking;
mod sheets;

use crate::{
    applications,
    db::Lane,
    error::Error,
    http::{Call, Endpoint},
    kernel::ids::ApplicationId,
};

/// The endpoints of this room.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    [experts::endpoints(), assign::endpoints(), plans::endpoints(), sheets::endpoints(), ranking::endpoints()]
        .into_iter()
        .flatten()
        .collect()
}

async fn application_lane<B>(call: &Call<ApplicationId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(applications::programme_of(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}
