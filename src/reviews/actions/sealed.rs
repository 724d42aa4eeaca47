//! Whose scores a person must not see, whatever their role: where they have a tie, and where their own sheet is open.

use std::collections::BTreeSet;

use super::{super::store, conflicts::conflicted_applications, material::competes};
use crate::{
    applications::Application,
    db::Db,
    error::{Error, codes},
    http::Actor,
    kernel::ids::ApplicationId,
    programmes::Round,
};

/// The applications of a round whose scores are sealed for this person: those they have a tie to, and those of which
/// their own sheet is open.
pub fn sealed_for(conn: &mut Db, actor: &Actor, round: &Round) -> Result<BTreeSet<ApplicationId>, Error> {
    let mut sealed = conflicted_applications(conn, actor, round.id)?;
    if let Some(expert) = store::ever_expert_of_user(conn, round.programme_id, actor.user_id)? {
        sealed.extend(store::open_for(conn, round.id, expert.id)?);
    }
    Ok(sealed)
}

/// 403 where the scores of the application are sealed for this person.
pub fn refuse_sealed(
    conn: &mut Db,
    actor: &Actor,
    round: &Round,
    application: &Application,
) -> Result<(), Error> {
    let sealed = sealed_for(conn, actor, round)?;
    if sealed.contains(&application.id) { Err(Error::new(&codes::SCORES_SEALED)) } else { Ok(()) }
}

/// True where any score of the round is sealed for this person: of the applications that compete, because one that was
/// withdrawn or rejected is no part of what is decided.
pub fn is_sealed_from(conn: &mut Db, actor: &Actor, round: &Round) -> Result<bool, Error> {
    let contenders = crate::applications::contenders(conn, round.id)?;
    let sealed = sealed_for(conn, actor, round)?;
    Ok(contenders.iter().any(|contender| competes(contender.state) && sealed.contains(&contender.id)))
}

/// 403 where any score of the round is sealed for this person: who plans and decides has no tie to an applicant.
pub fn refuse_partial_view(conn: &mut Db, actor: &Actor, round: &Round) -> Result<(), Error> {
    if is_sealed_from(conn, actor, round)? { Err(Error::new(&codes::ROUND_SEALED)) } else { Ok(()) }
}
