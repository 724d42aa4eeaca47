//! What is known of both sides of a possible tie, in a few queries for a whole round or for one pair.

use diesel::prelude::*;

use crate::{
    applications::ApplicationState,
    db::{
        Db,
        private::{
            AccountName, AccountNumber, ContactPhone, HeadPhone, LeadPhone, Private, UserEmail, UserPhone,
        },
        schema::{
            applications, enterprises, expert_ties, matching_preferences, memberships, organizations,
            payee_accounts, users,
        },
    },
    kernel::{
        ids::{EnterpriseId, ExpertId, OrganizationId, ProgrammeId, RoundId, UserId},
        time::Timestamp,
    },
    reviews::model::ExpertTie,
};

/// Beyond so many ids everything of the programme is read: one query with thousands of parameters is no faster.
const FEW: usize = 200;

/// The ids as they are compared in SQL; none where they are too many to name.
fn few<I: std::fmt::Display>(ids: &[I]) -> Option<Vec<String>> {
    (ids.len() <= FEW).then(|| ids.iter().map(ToString::to_string).collect())
}

/// An organisation as far as it can be tied to somebody.
#[derive(Clone, Debug, Queryable)]
pub struct Group {
    pub id: OrganizationId,
    pub name: String,
    pub host_id: Option<OrganizationId>,
    pub head_name: Option<String>,
    pub head_phone: Option<Private<HeadPhone>>,
    pub contact_phone: Option<Private<ContactPhone>>,
}

pub fn groups(conn: &mut Db, programme: ProgrammeId, ids: &[OrganizationId]) -> QueryResult<Vec<Group>> {
    let mut query = organizations::table.filter(organizations::programme_id.eq(programme)).into_boxed();
    if let Some(ids) = few(ids) {
        query = query.filter(organizations::id.eq_any(ids));
    }
    query
        .select((
            organizations::id,
            organizations::name,
            organizations::host_id,
            organizations::head_name,
            organizations::head_phone,
            organizations::contact_phone,
        ))
        .load(conn)
}

/// Somebody who acts for an organisation, and how they are reached.
#[derive(Clone, Debug, Queryable)]
pub struct Agent {
    pub organization_id: Option<OrganizationId>,
    pub user_id: UserId,
    pub phone: Option<Private<UserPhone>>,
    pub email: Option<Private<UserEmail>>,
    pub since: Timestamp,
}

pub fn agents(conn: &mut Db, programme: ProgrammeId, ids: &[OrganizationId]) -> QueryResult<Vec<Agent>> {
    let mut query = memberships::table
        .inner_join(users::table)
        .filter(memberships::programme_id.eq(programme))
        .filter(memberships::organization_id.is_not_null())
        .into_boxed();
    if let Some(ids) = few(ids) {
        query = query.filter(memberships::organization_id.eq_any(ids));
    }
    let columns =
        (memberships::organization_id, users::id, users::phone, users::email, memberships::created_at);
    query.select(columns).load(conn)
}

/// An account: whose, its name, its number.
pub type AccountRow = (OrganizationId, Private<AccountName>, Private<AccountNumber>);

/// The account an organisation is paid on.
pub fn accounts(
    conn: &mut Db,
    programme: ProgrammeId,
    ids: &[OrganizationId],
) -> QueryResult<Vec<AccountRow>> {
    let mut query = payee_accounts::table.filter(payee_accounts::programme_id.eq(programme)).into_boxed();
    if let Some(ids) = few(ids) {
        query = query.filter(payee_accounts::organization_id.eq_any(ids));
    }
    query
        .select((
            payee_accounts::organization_id,
            payee_accounts::account_name,
            payee_accounts::account_number,
        ))
        .load(conn)
}

/// An account with its phone and its e-mail.
pub type Reached = (UserId, Option<Private<UserPhone>>, Option<Private<UserEmail>>);

/// How accounts are reached.
pub fn reached(conn: &mut Db, ids: &[UserId]) -> QueryResult<Vec<Reached>> {
    let mut found = Vec::new();
    for part in ids.chunks(FEW) {
        let part: Vec<String> = part.iter().map(ToString::to_string).collect();
        let rows: Vec<Reached> = users::table
            .filter(users::id.eq_any(part))
            .select((users::id, users::phone, users::email))
            .load(conn)?;
        found.extend(rows);
    }
    Ok(found)
}

/// Who speaks for which enterprise, with its name.
pub fn sponsors(conn: &mut Db, programme: ProgrammeId) -> QueryResult<Vec<(UserId, EnterpriseId, String)>> {
    let names: std::collections::BTreeMap<EnterpriseId, String> = enterprises::table
        .filter(enterprises::programme_id.eq(programme))
        .select((enterprises::id, enterprises::name))
        .load::<(EnterpriseId, String)>(conn)?
        .into_iter()
        .collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(UserId, Option<EnterpriseId>)> = memberships::table
        .filter(memberships::programme_id.eq(programme))
        .filter(memberships::enterprise_id.is_not_null())
        .select((memberships::user_id, memberships::enterprise_id))
        .load(conn)?;
    let with_name = |(user, enterprise): (UserId, Option<EnterpriseId>)| {
        let enterprise = enterprise?;
        Some((user, enterprise, names.get(&enterprise)?.clone()))
    };
    Ok(rows.into_iter().filter_map(with_name).collect())
}

/// Which organisations an enterprise has asked to sponsor, in any round: those of the applications on its lists.
pub fn sponsored(conn: &mut Db, enterprise: EnterpriseId) -> QueryResult<Vec<OrganizationId>> {
    let lists: Vec<String> = matching_preferences::table
        .filter(matching_preferences::side.eq("enterprise"))
        .filter(matching_preferences::owner_id.eq(enterprise.to_string()))
        .select(matching_preferences::choices)
        .load(conn)?;
    let mut chosen: Vec<String> = Vec::new();
    for list in lists {
        chosen.extend(serde_json::from_str::<Vec<String>>(&list).unwrap_or_default());
    }
    let mut found = Vec::new();
    for part in chosen.chunks(FEW) {
        let rows: Vec<OrganizationId> = applications::table
            .filter(applications::id.eq_any(part.to_vec()))
            .select(applications::organization_id)
            .load(conn)?;
        found.extend(rows);
    }
    Ok(found)
}

/// An application of a programme as far as it can be tied to somebody.
#[derive(Clone, Debug, Queryable)]
pub struct Earlier {
    pub organization_id: OrganizationId,
    pub created_by: UserId,
    pub lead_phone: Option<Private<LeadPhone>>,
}

/// What was applied for: in other rounds by these organisations.
pub fn earlier(
    conn: &mut Db,
    programme: ProgrammeId,
    except: RoundId,
    ids: &[OrganizationId],
) -> QueryResult<Vec<Earlier>> {
    let mut query = applications::table
        .filter(applications::programme_id.eq(programme))
        .filter(applications::round_id.ne(except))
        .filter(applications::state.ne(ApplicationState::Draft))
        .into_boxed();
    if let Some(ids) = few(ids) {
        query = query.filter(applications::organization_id.eq_any(ids));
    }
    query
        .select((applications::organization_id, applications::created_by, applications::lead_phone))
        .load(conn)
}

pub fn standing_ties(
    conn: &mut Db,
    programme: ProgrammeId,
    experts: &[ExpertId],
) -> QueryResult<Vec<ExpertTie>> {
    let mut query = expert_ties::table.filter(expert_ties::programme_id.eq(programme)).into_boxed();
    if let Some(ids) = few(experts) {
        query = query.filter(expert_ties::expert_id.eq_any(ids));
    }
    query.order(expert_ties::id).load(conn)
}

/// The groups that these organisations are or host.
pub fn represented(
    conn: &mut Db,
    programme: ProgrammeId,
    organizations_of: &[OrganizationId],
) -> QueryResult<Vec<OrganizationId>> {
    let ids: Vec<String> = organizations_of.iter().map(ToString::to_string).collect();
    organizations::table
        .filter(organizations::programme_id.eq(programme))
        .filter(organizations::id.eq_any(ids.clone()).or(organizations::host_id.eq_any(ids)))
        .select(organizations::id)
        .load(conn)
}
