//! Conflicts of interest: declared ones from the table, others found by comparing what is known.

use super::super::{model::Expert, store};
use crate::{
    applications::Application,
    db::Db,
    error::{Error, codes},
    organizations,
};

/// 403 with the kind of tie, if there is one: declared before, the expert's own organisation applies or hosts the
/// applicant, or the expert acts for the applicant.
pub fn refuse_conflict(conn: &mut Db, application: &Application, expert: &Expert) -> Result<(), Error> {
    match find(conn, application, expert)? {
        Some(kind) => Err(Error::new(&codes::CONFLICT_OF_INTEREST).with("kind", kind)),
        None => Ok(()),
    }
}

fn find(conn: &mut Db, application: &Application, expert: &Expert) -> Result<Option<String>, Error> {
    if let Some(kind) = store::conflict_kind(conn, application.id, expert.id)? {
        return Ok(Some(kind));
    }
    let applicant = application.organization_id;
    let host = organizations::find(conn, applicant)?.and_then(|organization| organization.host_id);
    let own = expert.organization_id;
    if own == Some(applicant) {
        return Ok(Some("same_organization".to_owned()));
    }
    if own.is_some() && own == host {
        return Ok(Some("host_organization".to_owned()));
    }
    for organization in [Some(applicant), host].into_iter().flatten() {
        if organizations::people_of(conn, organization)?.contains(&expert.user_id) {
            return Ok(Some("acts_for_applicant".to_owned()));
        }
    }
    Ok(None)
}
