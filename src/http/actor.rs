//! The signed-in person and the roles they hold.

use diesel::prelude::*;

use crate::{
    db::{
        Db,
        schema::{memberships, sessions, users, viewings},
    },
    error::{Error, codes},
    kernel::{
        ids::{AdminUnitId, EnterpriseId, OrganizationId, ProgrammeId, UserId, ViewingId},
        role::{Role, STAFF},
        time::Timestamp,
    },
};

/// Who may look through somebody else's eyes, by a post held for the installation.
pub const VIEWERS: &[Role] = &[Role::SystemAdmin, Role::SecurityAdmin];

/// The state of a look that has begun and was not ended.
pub const VIEWING_RUNS: &str = "running";

/// One role a person holds.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Membership {
    /// In which programme; none for the installation.
    pub programme_id: Option<ProgrammeId>,
    /// Which role.
    pub role: Role,
    /// For which organisation, if the role is bound to one.
    pub organization_id: Option<OrganizationId>,
    /// For which enterprise, if the role is bound to one.
    pub enterprise_id: Option<EnterpriseId>,
    /// The unit a subdistrict officer or a community worker is bound to: they see its organisations alone.
    pub unit_id: Option<AdminUnitId>,
}

/// The signed-in person.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// SHA-256 of the session's token.
    pub session_digest: String,
    /// When the session was last marked as used.
    pub last_seen_at: Timestamp,
    /// The roles they hold.
    pub memberships: Vec<Membership>,
    /// The administrator who looks through this person's eyes.
    pub viewed_by: Option<Viewing>,
}

/// Somebody looks at the service as another person sees it.
#[derive(Clone, Debug)]
pub struct Viewing {
    /// Which look.
    pub id: ViewingId,
    /// The administrator.
    pub viewer_id: UserId,
    /// The administrator's name.
    pub viewer_name: String,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Actor {
    /// The roles held in a programme.
    pub fn roles_in(&self, programme: ProgrammeId) -> impl Iterator<Item = Role> + '_ {
        self.memberships.iter().filter(move |m| m.programme_id == Some(programme)).map(|m| m.role)
    }

    /// The first of `roles` that the person holds in the programme.
    #[must_use]
    pub fn role_among(&self, programme: ProgrammeId, roles: &[Role]) -> Option<Role> {
        self.roles_in(programme).find(|role| roles.contains(role))
    }

    /// The first of `roles` held in the programme: 404 for somebody who has nothing to do with the programme, 403 for
    /// somebody with other roles.
    pub fn require(&self, programme: ProgrammeId, roles: &[Role]) -> Result<Role, Error> {
        self.role_among(programme, roles).ok_or_else(|| {
            if self.roles_in(programme).next().is_none() { Error::not_found() } else { forbidden(roles) }
        })
    }

    /// 404 for somebody who has nothing to do with the programme.
    pub fn require_any_role(&self, programme: ProgrammeId) -> Result<(), Error> {
        self.roles_in(programme).next().map(|_| ()).ok_or_else(Error::not_found)
    }

    /// The first of `roles` held for the whole installation, else 403.
    pub fn require_installation(&self, roles: &[Role]) -> Result<Role, Error> {
        self.memberships
            .iter()
            .find(|m| m.programme_id.is_none() && roles.contains(&m.role))
            .map(|m| m.role)
            .ok_or_else(|| forbidden(roles))
    }

    /// The person's role for an organisation; of several the one that may more.
    #[must_use]
    pub fn role_for(&self, organization: OrganizationId) -> Option<Role> {
        let held =
            || self.memberships.iter().filter(|m| m.organization_id == Some(organization)).map(|m| m.role);
        held().find(|role| *role == Role::OrgAdmin).or_else(|| held().next())
    }

    /// The organisations the person acts for.
    pub fn organizations(&self) -> impl Iterator<Item = OrganizationId> + '_ {
        self.memberships.iter().filter_map(|m| m.organization_id)
    }

    /// True where the person acts for the enterprise.
    #[must_use]
    pub fn represents(&self, enterprise: EnterpriseId) -> bool {
        self.memberships.iter().any(|m| m.enterprise_id == Some(enterprise))
    }

    /// True for the office's own people in a programme, who see all of it. Who is bound to a unit does not: for them ask
    /// `organizations::in_scope`.
    #[must_use]
    pub fn is_staff_of(&self, programme: ProgrammeId) -> bool {
        self.memberships
            .iter()
            .any(|m| m.programme_id == Some(programme) && m.unit_id.is_none() && STAFF.contains(&m.role))
    }
}

/// 403 that names the roles it takes.
pub(crate) fn forbidden(roles: &[Role]) -> Error {
    let names: Vec<&str> = roles.iter().map(|role| <&'static str>::from(*role)).collect();
    Error::new(&codes::FORBIDDEN).with("roles", names.join(", "))
}

/// The person behind a session's token digest; `None` where there is no such session, it has ended or been idle.
pub fn load_actor(
    conn: &mut Db,
    session_digest: &str,
    now: Timestamp,
    idle_minutes: i64,
) -> Result<Option<Actor>, Error> {
    let row: Option<(UserId, Timestamp, Timestamp, String, Option<Timestamp>)> = sessions::table
        .inner_join(users::table)
        .filter(sessions::token_digest.eq(session_digest))
        .select((users::id, sessions::last_seen_at, sessions::expires_at, users::name, users::disabled_at))
        .first(conn)
        .optional()?;
    let Some((user_id, last_seen_at, expires_at, name, disabled_at)) = row else { return Ok(None) };
    let idle = now.seconds_since(last_seen_at) > idle_minutes * 60;
    if disabled_at.is_some() || now >= expires_at || idle {
        return Ok(None);
    }
    let memberships = memberships_of(conn, user_id)?;
    Ok(Some(Actor {
        user_id,
        name,
        session_digest: session_digest.to_owned(),
        last_seen_at,
        memberships,
        viewed_by: None,
    }))
}

/// The person through whose eyes the holder of a view-as token looks, without the roles that move money or give scores;
/// `None` where the time is over, and where the viewer is no administrator of the installation any more.
pub(super) fn load_viewed(conn: &mut Db, token_digest: &str, now: Timestamp) -> Result<Option<Actor>, Error> {
    let row: Option<(ViewingId, UserId, UserId, Option<Timestamp>)> = viewings::table
        .filter(viewings::token_digest.eq(token_digest))
        .filter(viewings::state.eq(VIEWING_RUNS))
        .select((viewings::id, viewings::viewer_id, viewings::subject_id, viewings::expires_at))
        .first(conn)
        .optional()?;
    let Some((id, viewer_id, subject_id, Some(expires_at))) = row else { return Ok(None) };
    let viewer = load_person(conn, viewer_id, now)?;
    let viewer = viewer.filter(|viewer| now < expires_at && viewer.require_installation(VIEWERS).is_ok());
    let (Some(viewer), Some(mut subject)) = (viewer, load_person(conn, subject_id, now)?) else {
        return Ok(None);
    };
    subject.memberships.retain(|held| !held.role.moves_money_or_scores());
    subject.viewed_by = Some(Viewing { id, viewer_id, viewer_name: viewer.name, expires_at });
    Ok(Some(subject))
}

/// A person with the roles they hold now, for work that goes on without them; `None` for a disabled account.
pub fn load_person(conn: &mut Db, user_id: UserId, now: Timestamp) -> QueryResult<Option<Actor>> {
    let name: Option<String> = users::table
        .find(user_id)
        .filter(users::disabled_at.is_null())
        .select(users::name)
        .first(conn)
        .optional()?;
    let Some(name) = name else { return Ok(None) };
    let memberships = memberships_of(conn, user_id)?;
    Ok(Some(Actor {
        user_id,
        name,
        session_digest: String::new(),
        last_seen_at: now,
        memberships,
        viewed_by: None,
    }))
}

fn memberships_of(conn: &mut Db, user: UserId) -> QueryResult<Vec<Membership>> {
    memberships::table
        .filter(memberships::user_id.eq(user))
        .order(memberships::id)
        .select((
            memberships::programme_id,
            memberships::role,
            memberships::organization_id,
            memberships::enterprise_id,
            memberships::unit_id,
        ))
        .load(conn)
}
