//! Whose scores a person must not see, whatever their role: where they have a tie, and where their own sheet is open.

use std::collections::BTreeSet;

use super::super::store;
use crate::{
    applications::{Application, Contender},
    db::Db,
    error::{Error, codes},
    http::Actor,
    kernel::ids::{ApplicationId, OrganizationId},
    organizations,
    programmes::Round,
};

/// The applications of a round whose scores are sealed for this person: of the organisations they act for or belong to,
/// of the groups these are the host of, those they have declared a tie to, and those of which they have an open sheet.
pub fn sealed_for(
    conn: &mut Db,
    actor: &Actor,
    round: &Round,
    contenders: &[Contender],
) -> Result<BTreeSet<ApplicationId>, Error> {
    let mut own: Vec<OrganizationId> = actor.organizations().collect();
    let mut sealed = BTreeSet::new();
    if let Some(expert) = store::expert_of_user(conn, round.programme_id, actor.user_id)? {
        own.extend(expert.organization_id);
        sealed.extend(store::conflicts_of(conn, expert.id)?);
        sealed.extend(store::open_for(conn, round.id, expert.id)?);
    }
    if !own.is_empty() {
        own.extend(organizations::hosted_by(conn, &own)?);
    }
    let theirs = contenders.iter().filter(|contender| own.contains(&contender.organization_id));
    sealed.extend(theirs.map(|contender| contender.id));
    Ok(sealed)
}

/// 403 where the scores of the application are sealed for this person.
pub fn refuse_sealed(
    conn: &mut Db,
    actor: &Actor,
    round: &Round,
    application: &Application,
) -> Result<(), Error> {
    let contenders = crate::applications::contenders(conn, round.id)?;
    let sealed = sealed_for(conn, actor, round, &contenders)?;
    if sealed.contains(&application.id) { Err(Error::new(&codes::SCORES_SEALED)) } else { Ok(()) }
}

/// True where any score of the round is sealed for this person.
pub fn is_sealed_from(conn: &mut Db, actor: &Actor, round: &Round) -> Result<bool, Error> {
    let contenders = crate::applications::contenders(conn, round.id)?;
    let sealed = sealed_for(conn, actor, round, &contenders)?;
    Ok(contenders.iter().any(|contender| sealed.contains(&contender.id)))
}

/// 403 where any score of the round is sealed for this person: who plans and decides has no tie to an applicant.
pub fn refuse_partial_view(conn: &mut Db, actor: &Actor, round: &Round) -> Result<(), Error> {
    if is_sealed_from(conn, actor, round)? { Err(Error::new(&codes::ROUND_SEALED)) } else { Ok(()) }
}
