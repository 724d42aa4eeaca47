//! The pool: who may be asked.

use serde_json::json;

use super::{ASSIGNERS, record};
use crate::{
    db::{Db, Lane},
    error::{Error, Fault, Input, codes},
    http::Caller,
    kernel::{
        ids::{ExpertId, ProgrammeId},
        role::Role,
    },
    organizations,
    people::{self, Bound},
    reviews::{
        model::{Expert, ExpertState, ExpertView, NewExpert},
        store,
    },
};

/// Admits somebody to the pool; they become a reviewer.
pub fn admit(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    id: ExpertId,
    input: &Input<NewExpert>,
) -> Result<ExpertView, Error> {
    by.actor.require(programme, ASSIGNERS)?;
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let length = new.name.trim().chars().count();
    if !(1..=100).contains(&length) {
        return Err(Error::at("/name", &codes::FIELD_REQUIRED));
    }
    people::require_account(conn, new.user_id)?;
    if let Some(organization) = new.organization_id {
        organizations::find(conn, organization)?.filter(|found| found.programme_id == programme).ok_or_else(
            || {
                let fault =
                    Fault::new("/organization_id", &codes::FIELD_INVALID).with("reason", organization);
                Error::invalid(vec![fault])
            },
        )?;
    }
    let expertise: Vec<String> = new.expertise.iter().map(ToString::to_string).collect();
    let expert = Expert {
        id,
        programme_id: programme,
        user_id: new.user_id,
        name: new.name.trim().to_owned(),
        expertise: expertise.join(";"),
        organization_id: new.organization_id,
        created_by: by.actor.user_id,
        created_at: by.now,
        version: 1,
        min_load: 0,
        max_load: None,
        state: ExpertState::Admitted,
    };
    store::insert_expert(conn, &expert)?;
    record(conn, by, programme, "expert.admit", ("expert", id.to_string()), (None, None), json!({}))?;
    let bound = Bound { programme: Some(programme), ..Bound::default() };
    let lane = Lane::Programme(programme);
    people::grant_role(conn, lane, new.user_id, Role::Reviewer, bound, Some(by.actor.user_id), by.now)?;
    Ok(expert.into())
}
