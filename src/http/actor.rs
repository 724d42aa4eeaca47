//! The signed-in person and the roles they hold.

use diesel::prelude::*;

use crate::{
    config::SecuritySettings,
    db::{
        Db,
        schema::{api_tokens, memberships, second_factors, sessions, users, viewings},
    },
    error::{Error, codes},
    kernel::{
        digest::sha256_hex,
        ids::{
            AdminUnitId, ApiTokenId, EnterpriseId, OrganizationId, ProgrammeId, SessionId, UserId, ViewingId,
        },
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
    /// How they came in.
    pub credential: Credential,
    /// When session or token was last marked as used.
    pub last_seen_at: Option<Timestamp>,
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

/// How somebody came in.
#[derive(Clone, Debug)]
pub enum Credential {
    /// With a session.
    Session(ActiveSession),
    /// With an API token of their own.
    Token {
        /// Which.
        id: ApiTokenId,
        /// True where it may do more than read.
        may_write: bool,
    },
    /// Not at all: work that goes on without them.
    Background,
}

/// The session of a request.
#[derive(Clone, Debug)]
pub struct ActiveSession {
    /// Its public name.
    pub id: SessionId,
    /// SHA-256 of its token.
    pub digest: String,
    /// What it may do.
    pub stage: Stage,
    /// It ends then at the latest.
    pub expires_at: Timestamp,
    /// True once the second factor was given in it.
    pub second_factor: bool,
    /// True where the password must be changed before anything else.
    pub password_due: bool,
    /// What a browser must send besides its cookie; absent where the token came as a bearer.
    pub csrf: Option<String>,
}

/// What a session may do. Everything but [`Stage::Full`] opens only the doors that lead out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SessionStage)]
pub enum Stage {
    /// Everything the person may do.
    Full,
    /// The second factor is asked for.
    SecondFactor,
    /// A second factor is owed and not there yet: it must be set up.
    Enrolment,
    /// The password has expired or is too weak: it must be changed.
    NewPassword,
}

impl Stage {
    /// What a session may do that has proved so much; `confirmed` says that the person has a second factor.
    #[must_use]
    pub fn of(memberships: &[Membership], confirmed: bool, proved: Proved, totp_is_owed: bool) -> Self {
        let owed = totp_is_owed && memberships.iter().any(|m| m.role.needs_second_factor());
        match (confirmed, proved.second_factor) {
            (true, false) => Self::SecondFactor,
            (false, _) if owed => Self::Enrolment,
            _ if proved.password_due => Self::NewPassword,
            _ => Self::Full,
        }
    }
}

/// What was proved when a session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proved {
    /// The second factor was given.
    pub second_factor: bool,
    /// The password must be changed.
    pub password_due: bool,
}

/// How long a session lives without a request, and who owes a second factor.
#[derive(Clone, Copy, Debug)]
pub struct SessionRules {
    /// Of the office's people.
    pub staff_idle_minutes: i64,
    /// Of everybody else.
    pub idle_minutes: i64,
    /// True where some roles owe a second factor.
    pub totp_is_owed: bool,
}

impl From<&SecuritySettings> for SessionRules {
    fn from(settings: &SecuritySettings) -> Self {
        Self {
            staff_idle_minutes: settings.staff_session_idle_minutes,
            idle_minutes: settings.session_idle_minutes,
            totp_is_owed: settings.require_totp,
        }
    }
}

impl Actor {
    /// The session; 403 for a token, which is no person at the keyboard.
    pub fn session(&self) -> Result<&ActiveSession, Error> {
        match &self.credential {
            Credential::Session(session) => Ok(session),
            Credential::Token { .. } | Credential::Background => Err(Error::new(&codes::TOKEN_NOT_ENOUGH)),
        }
    }

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

/// What an API token begins with: a leaked one is found by searching for it.
pub const API_TOKEN_PREFIX: &str = "yct_";

/// The person behind a token, of a session or of their own; `None` where there is none, it has ended, been idle or
/// revoked, or the account is disabled. A half session is a person too: what it may do is asked elsewhere.
pub(super) fn load_actor(
    conn: &mut Db,
    token: &str,
    now: Timestamp,
    rules: SessionRules,
) -> Result<Option<Actor>, Error> {
    let digest = sha256_hex(token);
    if token.starts_with(API_TOKEN_PREFIX) {
        load_by_api_token(conn, &digest, now, rules)
    } else {
        load_by_session(conn, digest, now, rules)
    }
}

fn load_by_session(
    conn: &mut Db,
    digest: String,
    now: Timestamp,
    rules: SessionRules,
) -> Result<Option<Actor>, Error> {
    type Row = (UserId, SessionId, Timestamp, Timestamp, bool, bool, String);
    let row: Option<Row> = sessions::table
        .inner_join(users::table)
        .filter(sessions::token_digest.eq(&digest))
        .filter(users::disabled_at.is_null())
        .select((
            users::id,
            sessions::id,
            sessions::last_seen_at,
            sessions::expires_at,
            sessions::second_factor,
            sessions::password_due,
            users::name,
        ))
        .first(conn)
        .optional()?;
    let Some((user_id, id, last_seen_at, expires_at, second_factor, password_due, name)) = row else {
        return Ok(None);
    };
    let memberships = memberships_of(conn, user_id)?;
    let of_office = memberships.iter().any(|m| m.role.is_of_office());
    let idle_minutes = if of_office { rules.staff_idle_minutes } else { rules.idle_minutes };
    if now >= expires_at || now.seconds_since(last_seen_at) > idle_minutes * 60 {
        return Ok(None);
    }
    let proved = Proved { second_factor, password_due };
    let stage = Stage::of(&memberships, has_second_factor(conn, user_id)?, proved, rules.totp_is_owed);
    let session = ActiveSession { id, digest, stage, expires_at, second_factor, password_due, csrf: None };
    let credential = Credential::Session(session);
    Ok(Some(Actor {
        user_id,
        name,
        credential,
        last_seen_at: Some(last_seen_at),
        memberships,
        viewed_by: None,
    }))
}

fn load_by_api_token(
    conn: &mut Db,
    digest: &str,
    now: Timestamp,
    rules: SessionRules,
) -> Result<Option<Actor>, Error> {
    let row: Option<(UserId, ApiTokenId, String, Option<Timestamp>, String)> = api_tokens::table
        .inner_join(users::table)
        .filter(api_tokens::token_digest.eq(digest))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(now))
        .filter(users::disabled_at.is_null())
        .select((users::id, api_tokens::id, api_tokens::scope, api_tokens::last_used_at, users::name))
        .first(conn)
        .optional()?;
    let Some((user_id, id, scope, last_seen_at, name)) = row else { return Ok(None) };
    let memberships = memberships_of(conn, user_id)?;
    // A token made before the person got a role that owes a second factor is no way around it.
    let confirmed = has_second_factor(conn, user_id)?;
    let proved = Proved { second_factor: confirmed, password_due: false };
    if Stage::of(&memberships, confirmed, proved, rules.totp_is_owed) != Stage::Full {
        return Ok(None);
    }
    let credential = Credential::Token { id, may_write: scope == "write" };
    Ok(Some(Actor { user_id, name, credential, last_seen_at, memberships, viewed_by: None }))
}

/// True for a person with a confirmed second factor.
pub fn has_second_factor(conn: &mut Db, user: UserId) -> QueryResult<bool> {
    let confirmed = second_factors::table
        .filter(second_factors::user_id.eq(user))
        .filter(second_factors::confirmed_at.is_not_null());
    diesel::select(diesel::dsl::exists(confirmed)).get_result(conn)
}

/// What a session of this person may do that has proved so much.
pub fn stage_of(conn: &mut Db, user: UserId, proved: Proved, totp_is_owed: bool) -> QueryResult<Stage> {
    let memberships = memberships_of(conn, user)?;
    Ok(Stage::of(&memberships, has_second_factor(conn, user)?, proved, totp_is_owed))
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
        credential: Credential::Background,
        last_seen_at: Some(now),
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
