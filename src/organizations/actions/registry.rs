//! A filed group is registered; duplicates are merged.

use serde_json::{Map, Value, json};

use super::{
    super::{
        model::{NewMerger, NewRegistration, Organization, OrganizationState},
        rules, store,
    },
    record, require_keeper, see, show,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Input, codes},
    http::{Caller, Shown},
    kernel::ids::OrganizationId,
};

/// A filed group has been registered with the civil affairs office: it keeps its id and everything that hangs on it, and
/// is verified anew.
pub fn upgrade(
    conn: &mut Db,
    by: &Caller,
    id: OrganizationId,
    input: &Input<NewRegistration>,
) -> Result<Shown<Organization>, Error> {
    let organization = see(conn, &by.actor, id)?;
    require_keeper(&by.actor, id)?;
    by.proceed(conn, organization.version)?;
    rules::check_upgradable(&organization)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let next = rules::upgrade(&organization, new, by.now)?;
    store::save(conn, &next)?;
    record(conn, by, &next, "organization.upgrade", Some(organization.state))?;
    Ok(show(&by.actor, next))
}

/// Two rows are one organisation: everything of one goes to the other, and its address leads there.
pub fn merge(
    conn: &mut Db,
    by: &Caller,
    id: OrganizationId,
    input: &Input<NewMerger>,
) -> Result<Shown<Organization>, Error> {
    let organization = see(conn, &by.actor, id)?;
    let role = by.actor.require(organization.programme_id, rules::RECORDERS)?;
    by.proceed(conn, organization.version)?;
    rules::require_unmerged(&organization)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_merger(new)?;
    let target = store::find(conn, new.into)?
        .filter(|target| target.programme_id == organization.programme_id)
        .filter(|target| target.id != id && target.state != OrganizationState::Merged)
        .ok_or_else(|| Error::at("/into", &codes::MERGER_UNSUITABLE))?;
    refuse_too_many(conn, &organization, &target)?;
    let keeps_its_account = store::has_account(conn, id)? && store::has_account(conn, target.id)?;
    // A payment that has begun goes to an account: it must be the same one when it ends.
    if store::is_being_paid(conn, id)? && (keeps_its_account || store::is_being_paid(conn, target.id)?) {
        return Err(Error::new(&codes::MERGER_PAYING));
    }

    let moved = store::move_everything(conn, id, target.id)?;
    store::release_self_hosted(conn, target.id, by.now)?;
    let mut next = organization.clone();
    next.state = OrganizationState::Merged;
    next.merged_into = Some(target.id);
    next.updated_at = by.now;
    next.version += 1;
    store::save(conn, &next)?;
    let moved: Map<String, Value> =
        moved.into_iter().map(|(table, rows)| (table.to_owned(), json!(rows))).collect();
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(role),
        action: "organization.merge",
        subject_kind: "organization",
        subject_id: id.to_string(),
        before: Some(organization.state.into()),
        after: Some(next.state.into()),
        detail: json!({
            "into": target.id, "reason": new.reason.trim(), "moved": moved,
            "payee_account_left": keeps_its_account,
        }),
    };
    audit::record(conn, Lane::Programme(organization.programme_id), deed, by.now)?;
    Ok(show(&by.actor, next))
}

/// Together the two may not have more applications in a running round than one organisation may.
fn refuse_too_many(conn: &mut Db, one: &Organization, other: &Organization) -> Result<(), Error> {
    for (round, name, limit) in store::limits(conn, one.programme_id)? {
        let ours = store::count_submitted(conn, round, one.id)?;
        let theirs = store::count_submitted(conn, round, other.id)?;
        let both = u64::try_from(ours + theirs).unwrap_or(u64::MAX);
        if ours > 0 && theirs > 0 && both > limit {
            return Err(Error::new(&codes::MERGER_OVER_LIMIT).with("round", name).with("limit", limit));
        }
    }
    Ok(())
}
