//! Register, change, verify; hosts consent; payee accounts.

mod facts;
mod invitations;
mod registry;
mod scope;
mod units;

pub use facts::*;
pub use invitations::*;
pub use registry::*;
pub use scope::*;
pub use units::*;

use serde_json::json;

use super::{
    model::{
        NewOrganization, NewOrganizationMember, NewPayeeAccount, Organization, OrganizationChange,
        OrganizationKind, OrganizationMember, OrganizationState, PayeeAccount, PayeeState,
    },
    rules, store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane, private::Private},
    error::{Error, Input, codes},
    http::{Actor, Caller, Shown, forbidden},
    kernel::{
        ids::{OrganizationId, PayeeAccountId, ProgrammeId},
        role::{Role, STAFF},
    },
    letters::{self, Cause},
    outbox,
    people::{self, Bound},
};

/// Registers a group; the caller becomes its administrator.
pub fn register(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    id: OrganizationId,
    input: &Input<NewOrganization>,
) -> Result<Shown<Organization>, Error> {
    if !store::programme_exists(conn, programme)? {
        return Err(Error::not_found());
    }
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let organization = rules::new_profile(id, programme, new, by.actor.user_id, by.now)?;
    if let Some(host) = new.host_id {
        check_host(conn, programme, host)?;
    }
    check_unit_of(conn, programme, new.unit_id)?;
    store::insert(conn, &organization)?;
    let bound = Bound { programme: Some(programme), organization: Some(id), ..Bound::default() };
    let lane = Lane::Programme(programme);
    record(conn, by, &organization, "organization.register", None)?;
    people::grant_role(conn, lane, by.actor.user_id, Role::OrgAdmin, bound, Some(by.actor.user_id), by.now)?;
    let object = organization.disclosed();
    Ok(Shown { object, permitted_actions: vec!["change", "set_payee_account", "invite"] })
}

/// A host is a registered organisation of the same programme.
fn check_host(conn: &mut Db, programme: ProgrammeId, host: OrganizationId) -> Result<(), Error> {
    match store::find(conn, host)? {
        Some(host)
            if host.programme_id == programme
                && host.kind != OrganizationKind::FiledGroup
                && host.merged_into.is_none() =>
        {
            Ok(())
        }
        _ => Err(Error::at("/host_id", &codes::HOST_UNSUITABLE)),
    }
}

/// The organisation as the caller may see it: its own people, its host's people, the office.
pub fn see(conn: &mut Db, actor: &Actor, id: OrganizationId) -> Result<Organization, Error> {
    let organization = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    let hosts = organization.host_id.is_some_and(|host| actor.role_for(host).is_some());
    // Who acted for one that was merged acts for the one that stays, and may follow its address.
    let merged = organization.merged_into.is_some_and(|target| actor.role_for(target).is_some());
    let own = actor.role_for(id).is_some() || hosts || merged;
    if own || in_scope(conn, actor, &organization)? { Ok(organization) } else { Err(Error::not_found()) }
}

/// What the person may do to it now.
pub fn show(actor: &Actor, organization: Organization) -> Shown<Organization> {
    let own = actor.role_for(organization.id).is_some();
    let organization = if own { organization.disclosed() } else { organization };
    if organization.state == OrganizationState::Merged {
        return Shown { object: organization, permitted_actions: Vec::new() };
    }
    let mut permitted = Vec::new();
    let is_filed = organization.kind == OrganizationKind::FiledGroup;
    if actor.role_for(organization.id).is_some_and(|role| rules::KEEPERS.contains(&role)) {
        permitted.extend(["change", "set_payee_account", "invite"]);
        permitted.extend(is_filed.then_some("register"));
    }
    let programme = organization.programme_id;
    let is_draft = organization.state == OrganizationState::Draft;
    if is_draft && actor.role_among(programme, rules::VERIFIERS).is_some() {
        permitted.push("verify");
    }
    if actor.role_among(programme, rules::RECORDERS).is_some() {
        permitted.extend(["record", "merge"]);
    }
    if actor.role_among(programme, rules::SLIP_GIVERS).is_some() {
        permitted.push("print_slip");
    }
    if organization.host_consented_at.is_none()
        && organization.host_id.is_some_and(|host| actor.role_for(host) == Some(Role::OrgAdmin))
    {
        permitted.push("consent");
    }
    Shown { object: organization, permitted_actions: permitted }
}

/// The organisation's administrator changes the profile.
pub fn change(
    conn: &mut Db,
    by: &Caller,
    id: OrganizationId,
    input: &Input<OrganizationChange>,
) -> Result<Shown<Organization>, Error> {
    let organization = see(conn, &by.actor, id)?;
    require_keeper(&by.actor, id)?;
    by.proceed(conn, organization.version)?;
    rules::require_unmerged(&organization)?;
    let change = input.as_ref().map_err(Clone::clone)?;
    if let Some(host) = change.host_id {
        check_host(conn, organization.programme_id, host)?;
    }
    check_unit_of(conn, organization.programme_id, change.unit_id)?;
    let next = rules::change_profile(&organization, change, by.now)?;
    store::save(conn, &next)?;
    record(conn, by, &next, "organization.change", Some(organization.state))?;
    Ok(show(&by.actor, next))
}

/// 403 for everybody but the organisation's administrator.
pub fn require_keeper(actor: &Actor, id: OrganizationId) -> Result<(), Error> {
    match actor.role_for(id) {
        Some(role) if rules::KEEPERS.contains(&role) => Ok(()),
        _ => Err(forbidden(rules::KEEPERS)),
    }
}

/// An officer confirms the profile.
pub fn verify(conn: &mut Db, by: &Caller, id: OrganizationId) -> Result<Shown<Organization>, Error> {
    let organization = see(conn, &by.actor, id)?;
    by.actor.require(organization.programme_id, rules::VERIFIERS)?;
    if by.actor.role_for(id).is_some() {
        return Err(Error::new(&codes::OWN_GROUP));
    }
    by.proceed(conn, organization.version)?;
    let others = store::verified_names(conn, organization.programme_id, id)?;
    let next = rules::verify(&organization, &others, by.now)?;
    store::save(conn, &next)?;
    record(conn, by, &next, "organization.verify", Some(organization.state))?;
    // Earlier rounds may have been imported before the group registered: from now on they count (E115, E116).
    store::claim_track_records(conn, &next)?;
    let values = [("name", next.name.clone())];
    let letter = letters::compose(conn, next.programme_id, Cause::OrganizationVerified, &values)?;
    for person in store::people_of(conn, id)? {
        outbox::enqueue_about(conn, Some(organization.programme_id), person, &letter, by.now)?;
    }
    Ok(show(&by.actor, next))
}

/// The host's administrator consents to host the group.
pub fn consent(conn: &mut Db, by: &Caller, id: OrganizationId) -> Result<Shown<Organization>, Error> {
    let organization = see(conn, &by.actor, id)?;
    let host = organization.host_id.ok_or_else(Error::not_found)?;
    require_keeper(&by.actor, host)?;
    by.proceed(conn, organization.version)?;
    rules::require_unmerged(&organization)?;
    if organization.host_consented_at.is_some() {
        return Err(Error::illegal_transition("consented"));
    }
    let mut next = organization.clone();
    next.host_consented_at = Some(by.now);
    next.updated_at = by.now;
    next.version += 1;
    store::save(conn, &next)?;
    record(conn, by, &next, "organization.host_consent", Some(organization.state))?;
    Ok(show(&by.actor, next))
}

/// The administrator lets somebody else act for the organisation.
pub fn add_member(
    conn: &mut Db,
    by: &Caller,
    id: OrganizationId,
    input: &Input<NewOrganizationMember>,
) -> Result<OrganizationMember, Error> {
    let organization = see(conn, &by.actor, id)?;
    require_keeper(&by.actor, id)?;
    by.proceed_unversioned(conn)?;
    rules::require_unmerged(&organization)?;
    let NewOrganizationMember { user_id, role } = *input.as_ref().map_err(Clone::clone)?;
    if !role.belongs_to_organization() {
        return Err(Error::at("/role", &codes::ROLE_NOT_GIVEN_HERE));
    }
    people::require_account(conn, user_id)?;
    let programme = organization.programme_id;
    let bound = Bound { programme: Some(programme), organization: Some(id), ..Bound::default() };
    let lane = Lane::Programme(programme);
    people::grant_role(conn, lane, user_id, role, bound, Some(by.actor.user_id), by.now)?;
    Ok(OrganizationMember { organization_id: id, user_id, role })
}

/// Enters the account an organisation is paid on.
pub fn set_payee_account(
    conn: &mut Db,
    by: &Caller,
    organization: OrganizationId,
    id: PayeeAccountId,
    input: &Input<NewPayeeAccount>,
) -> Result<Shown<PayeeAccount>, Error> {
    let owner = see(conn, &by.actor, organization)?;
    require_keeper(&by.actor, organization)?;
    by.proceed_unversioned(conn)?;
    rules::require_unmerged(&owner)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_account(new)?;
    let account = account(&owner, id, new, by);
    store::insert_account(conn, &account)?;
    record_account(conn, by, &account, "payee_account.set", None)?;
    Ok(Shown { object: account.disclosed(), permitted_actions: vec!["change"] })
}

/// Replaces the account; it has to be verified again, and is not paid for the cooling time.
pub fn replace_payee_account(
    conn: &mut Db,
    by: &Caller,
    organization: OrganizationId,
    input: &Input<NewPayeeAccount>,
) -> Result<Shown<PayeeAccount>, Error> {
    let owner = see(conn, &by.actor, organization)?;
    require_keeper(&by.actor, organization)?;
    let existing = store::find_payee_account(conn, organization)?.ok_or_else(Error::not_found)?;
    by.proceed(conn, existing.version)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_account(new)?;
    let mut account = account(&owner, existing.id, new, by);
    account.version = existing.version + 1;
    store::save_account(conn, &account)?;
    record_account(conn, by, &account, "payee_account.replace", Some(existing.state))?;
    Ok(Shown { object: account.disclosed(), permitted_actions: vec!["change"] })
}

fn account(owner: &Organization, id: PayeeAccountId, new: &NewPayeeAccount, by: &Caller) -> PayeeAccount {
    PayeeAccount {
        id,
        programme_id: owner.programme_id,
        organization_id: owner.id,
        account_name: Private::of(id, new.account_name.trim()),
        bank_name: new.bank_name.trim().to_owned(),
        bank_code: new.bank_code.clone(),
        account_number: Private::of(id, new.account_number.as_str()),
        state: PayeeState::Unverified,
        created_by: by.actor.user_id,
        created_at: by.now,
        verified_by: None,
        verified_at: None,
        version: 1,
    }
}

/// The account as the caller may see it.
pub fn see_account(conn: &mut Db, actor: &Actor, id: PayeeAccountId) -> Result<PayeeAccount, Error> {
    let account = store::find_account(conn, id)?.ok_or_else(Error::not_found)?;
    let owner = store::find(conn, account.organization_id)?.ok_or_else(Error::not_found)?;
    // A community worker sees the group, not where it is paid.
    let may = actor.role_among(account.programme_id, STAFF).is_some();
    let office = may && in_scope(conn, actor, &owner)?;
    if actor.role_for(owner.id).is_some() {
        Ok(account.disclosed())
    } else if office {
        Ok(account)
    } else {
        Err(Error::not_found())
    }
}

/// Finance confirms the account against the registered name.
pub fn verify_account(conn: &mut Db, by: &Caller, id: PayeeAccountId) -> Result<Shown<PayeeAccount>, Error> {
    let account = see_account(conn, &by.actor, id)?;
    by.actor.require(account.programme_id, rules::ACCOUNT_VERIFIERS)?;
    // Nobody of the payee says that its account is right.
    if by.actor.role_for(account.organization_id).is_some() {
        return Err(Error::new(&codes::OWN_GROUP));
    }
    by.proceed(conn, account.version)?;
    let owner = store::find(conn, account.organization_id)?.ok_or_else(Error::not_found)?;
    let next = rules::verify_account(&account, &owner, by.actor.user_id, by.now)?;
    store::save_account(conn, &next)?;
    record_account(conn, by, &next, "payee_account.verify", Some(account.state))?;
    Ok(Shown { object: next, permitted_actions: Vec::new() })
}

fn record(
    conn: &mut Db,
    by: &Caller,
    organization: &Organization,
    action: &'static str,
    before: Option<OrganizationState>,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: by
            .actor
            .role_for(organization.id)
            .or_else(|| by.actor.roles_in(organization.programme_id).next()),
        action,
        subject_kind: "organization",
        subject_id: organization.id.to_string(),
        before: before.map(Into::into),
        after: Some(organization.state.into()),
        detail: json!({"version": organization.version}),
    };
    Ok(audit::record(conn, Lane::Programme(organization.programme_id), deed, by.now)?)
}

fn record_account(
    conn: &mut Db,
    by: &Caller,
    account: &PayeeAccount,
    action: &'static str,
    before: Option<PayeeState>,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: by.actor.roles_in(account.programme_id).next(),
        action,
        subject_kind: "payee_account",
        subject_id: account.id.to_string(),
        before: before.map(Into::into),
        after: Some(account.state.into()),
        detail: json!({"version": account.version}),
    };
    Ok(audit::record(conn, Lane::Programme(account.programme_id), deed, by.now)?)
}
