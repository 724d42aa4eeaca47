//! Register and verify.

use serde_json::json;

use super::{
    model::{Enterprise, EnterpriseState, NewEnterprise},
    rules, store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Input, codes},
    http::{Actor, Caller, Shown},
    kernel::{
        ids::{EnterpriseId, ProgrammeId},
        role::Role,
    },
    organizations,
    people::{self, Bound},
};

/// Registers a company; the caller becomes its representative.
pub fn register(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    id: EnterpriseId,
    input: &Input<NewEnterprise>,
) -> Result<Shown<Enterprise>, Error> {
    if !organizations::programme_exists(conn, programme)? {
        return Err(Error::not_found());
    }
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_new(new)?;
    let enterprise = Enterprise {
        id,
        programme_id: programme,
        name: new.name.trim().to_owned(),
        credit_code: new.credit_code.clone(),
        budget: new.budget,
        quota: i32::from(new.quota),
        state: EnterpriseState::Draft,
        created_by: by.actor.user_id,
        created_at: by.now,
        version: 1,
    };
    store::insert(conn, &enterprise)?;
    record(conn, by, &enterprise, "enterprise.register", None)?;
    let bound = Bound { programme: Some(programme), enterprise: Some(id), ..Bound::default() };
    let lane = Lane::Programme(programme);
    people::grant_role(
        conn,
        lane,
        by.actor.user_id,
        Role::SponsorRep,
        bound,
        Some(by.actor.user_id),
        by.now,
    )?;
    Ok(Shown { object: enterprise, permitted_actions: Vec::new() })
}

/// The enterprise as the caller may see it: its own people and the office.
pub fn see(conn: &mut Db, actor: &Actor, id: EnterpriseId) -> Result<Enterprise, Error> {
    let enterprise = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.represents(id) || actor.is_staff_of(enterprise.programme_id) {
        Ok(enterprise)
    } else {
        Err(Error::not_found())
    }
}

/// What the person may do to it now.
pub fn show(actor: &Actor, enterprise: Enterprise) -> Shown<Enterprise> {
    let verifiable = enterprise.state == EnterpriseState::Draft
        && actor.role_among(enterprise.programme_id, rules::VERIFIERS).is_some();
    let permitted_actions = if verifiable { vec!["verify"] } else { Vec::new() };
    Shown { object: enterprise, permitted_actions }
}

/// An officer confirms the company.
pub fn verify(conn: &mut Db, by: &Caller, id: EnterpriseId) -> Result<Shown<Enterprise>, Error> {
    let enterprise = see(conn, &by.actor, id)?;
    by.actor.require(enterprise.programme_id, rules::VERIFIERS)?;
    if by.actor.represents(id) || enterprise.created_by == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    by.proceed(conn, enterprise.version)?;
    let next = rules::verify(&enterprise)?;
    store::save(conn, &next)?;
    record(conn, by, &next, "enterprise.verify", Some(enterprise.state))?;
    Ok(show(&by.actor, next))
}

fn record(
    conn: &mut Db,
    by: &Caller,
    enterprise: &Enterprise,
    action: &'static str,
    before: Option<EnterpriseState>,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: by.actor.roles_in(enterprise.programme_id).next(),
        action,
        subject_kind: "enterprise",
        subject_id: enterprise.id.to_string(),
        before: before.map(Into::into),
        after: Some(enterprise.state.into()),
        detail: json!({"version": enterprise.version}),
    };
    Ok(audit::record(conn, Lane::Programme(enterprise.programme_id), deed, by.now)?)
}
