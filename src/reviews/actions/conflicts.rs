//! Conflicts of interest: declared ones from the table, others found by comparing what is known.

use std::collections::BTreeMap;

use super::super::{model::Expert, store};
use crate::{
    applications::Application,
    db::Db,
    error::{Error, codes},
    kernel::ids::{ApplicationId, ExpertId},
    organizations,
};

/// A tie between an expert and an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// What kind, in a word.
    pub kind: String,
    /// What shows it.
    pub evidence: String,
}

/// 403 with the kind of tie, if there is one.
pub fn refuse_conflict(conn: &mut Db, application: &Application, expert: &Expert) -> Result<(), Error> {
    match ties(conn, application, expert)?.into_iter().next() {
        Some(tie) => Err(Error::new(&codes::CONFLICT_OF_INTEREST).with("kind", tie.kind)),
        None => Ok(()),
    }
}

/// True where there is a tie: what is known now counts, whenever the application was assigned.
pub fn has_tie(conn: &mut Db, application: &Application, expert: &Expert) -> Result<bool, Error> {
    Ok(!ties(conn, application, expert)?.is_empty())
}

/// Every tie that bars the pair: declared, the expert's own organisation applies or hosts the applicant, or the expert
/// acts for the applicant.
pub fn ties(conn: &mut Db, application: &Application, expert: &Expert) -> Result<Vec<Tie>, Error> {
    let tie = |kind: &str| Tie { kind: kind.to_owned(), evidence: String::new() };
    let mut found = Vec::new();
    if let Some(kind) = store::conflict_kind(conn, application.id, expert.id)? {
        found.push(tie(&kind));
    }
    let applicant = application.organization_id;
    let host = organizations::find(conn, applicant)?.and_then(|organization| organization.host_id);
    let own = expert.organization_id;
    if own == Some(applicant) {
        found.push(tie("same_organization"));
    }
    if own.is_some() && own == host {
        found.push(tie("host_organization"));
    }
    for organization in [Some(applicant), host].into_iter().flatten() {
        if organizations::people_of(conn, organization)?.contains(&expert.user_id) {
            found.push(tie("acts_for_applicant"));
            break;
        }
    }
    Ok(found)
}

/// The same for every pair of a round that has one.
pub fn ties_of_round(
    conn: &mut Db,
    applications: &[Application],
    experts: &[Expert],
) -> Result<BTreeMap<(ApplicationId, ExpertId), Vec<Tie>>, Error> {
    let mut all = BTreeMap::new();
    for application in applications {
        for expert in experts {
            let found = ties(conn, application, expert)?;
            if !found.is_empty() {
                all.insert((application.id, expert.id), found);
            }
        }
    }
    Ok(all)
}
