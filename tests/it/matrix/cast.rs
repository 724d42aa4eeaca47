//! The people of the matrix: for each role one who holds it in the programme, one who holds it in another, the
//! installation's posts, and the owner of whatever stands in an address.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use diesel::{OptionalExtension, QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use serde_json::json;
use strum::IntoEnumIterator;
use yichuang::{
    db::{Db, Lane},
    http::{Endpoint, Reach, is_bound_to_units},
    kernel::{ids::ProgrammeId, role::Role, time::Clock},
    people::{self, Bound},
};

use crate::support::{Client, Kind, Office, TestApp};

/// A real address of a row, and what is known of the object in it.
pub struct Address {
    pub path: String,
    /// The same with ids that nobody has.
    pub nowhere: String,
    pub has_id: bool,
    /// True below a programme or a round, where it is the body that says whose it will be.
    pub names_no_owner: bool,
    organization: Option<String>,
    enterprise: Option<String>,
    reviewer: Option<String>,
    /// The organisation that applies, where the object is an application or a sheet of one.
    applicant: Option<String>,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    found: String,
}

/// The one text a query finds.
fn look_up(app: &TestApp, sql: &str) -> Option<String> {
    let sql = sql.to_owned();
    let read = move |conn: &mut Db| -> Result<Option<Found>, yichuang::error::Error> {
        Ok(match conn {
            Db::Sqlite(conn) => sql_query(sql).get_result(conn).optional()?,
            Db::Postgres(conn) => sql_query(sql).get_result(conn).optional()?,
        })
    };
    app.database().read_now(read).expect("a query").map(|row| row.found)
}

impl Address {
    pub fn of(app: &TestApp, row: &Endpoint, path: &str) -> Self {
        let (bare, query) = path.split_once('?').map_or((path, ""), |(bare, query)| (bare, query));
        let template: Vec<&str> = row.path().split('/').collect();
        let parts: Vec<&str> = bare.split('/').collect();
        let is_id = |part: &str| part.starts_with('{') && part.ends_with("_id}");
        let nowhere: Vec<String> = template
            .iter()
            .zip(&parts)
            .map(
                |(of, real)| if is_id(of) { ProgrammeId::generate().to_string() } else { (*real).to_owned() },
            )
            .collect();
        let with_query = |path: String| if query.is_empty() { path } else { format!("{path}?{query}") };
        let (kind, id) =
            (parts.get(3).copied().unwrap_or_default(), parts.get(4).copied().unwrap_or_default());
        let organization_by = |from: &str| {
            look_up(
                app,
                &format!(
                    "SELECT o.organization_id AS found FROM {from} WHERE o.id IS NOT NULL AND x.id = '{id}'"
                ),
            )
        };
        let organization = match kind {
            "applications" => organization_by("applications o JOIN applications x ON x.id = o.id"),
            "awards" => organization_by("awards o JOIN awards x ON x.id = o.id"),
            "tranches" => organization_by("awards o JOIN tranches x ON x.award_id = o.id"),
            "payment-requests" => organization_by("awards o JOIN payment_requests x ON x.award_id = o.id"),
            "payee-accounts" => organization_by("payee_accounts o JOIN payee_accounts x ON x.id = o.id"),
            "invitations" => organization_by("invitations o JOIN invitations x ON x.id = o.id"),
            "organizations" if row.path().ends_with("/fiscal-host/consent") => {
                look_up(app, &format!("SELECT host_id AS found FROM organizations WHERE id = '{id}'"))
            }
            "organizations" => Some(id.to_owned()),
            _ => None,
        };
        let reviewer = match kind {
            "reviews" => look_up(
                app,
                &format!(
                    "SELECT e.user_id AS found FROM reviews r JOIN experts e ON e.id = r.expert_id WHERE r.id = '{id}'"
                ),
            ),
            "experts" => look_up(app, &format!("SELECT user_id AS found FROM experts WHERE id = '{id}'")),
            _ => None,
        };
        let applicant = match kind {
            "applications" => organization.clone(),
            "reviews" => look_up(
                app,
                &format!(
                    "SELECT a.organization_id AS found FROM reviews r \
                     JOIN applications a ON a.id = r.application_id WHERE r.id = '{id}'"
                ),
            ),
            _ => None,
        };
        Self {
            path: path.to_owned(),
            nowhere: with_query(nowhere.join("/")),
            has_id: template.iter().any(|part| is_id(part)),
            names_no_owner: ["rounds", "programmes", "matching-rounds"].contains(&kind),
            organization,
            enterprise: (kind == "enterprises").then(|| id.to_owned()),
            reviewer,
            applicant,
        }
    }
}

/// Everybody who tries.
pub struct Cast<'a> {
    app: &'a TestApp,
    programme: ProgrammeId,
    here: BTreeMap<Role, Client>,
    there: BTreeMap<Role, Client>,
    elsewhere_in_town: BTreeMap<Role, Client>,
    installed: BTreeMap<Role, Client>,
    owners: Mutex<BTreeMap<String, Client>>,
}

/// Somebody new with one role.
fn with_role(app: &TestApp, role: Role, bound: Bound) -> Client {
    let person = app.register_person(&format!("{role}"));
    let (user, now) = (person.id.parse().expect("an id"), app.clock.now());
    let lane = bound.programme.map_or(Lane::Installation, Lane::Programme);
    let grant = move |conn: &mut Db| people::grant_role(conn, lane, user, role, bound, None, now);
    app.database().write_now(lane, grant).expect("a role");
    person.client
}

/// One for each role of a programme, each owner of something of their own.
fn one_of_each(app: &TestApp, office: &Office<'_>) -> BTreeMap<Role, Client> {
    let programme = office.programme.parse().expect("an id");
    let group = office.a_group(Kind::Registered);
    let sponsor = office.an_enterprise(1);
    let mut all = BTreeMap::new();
    for role in Role::iter() {
        let organization = role.belongs_to_organization().then(|| group.id.parse().expect("an id"));
        let enterprise = (role == Role::SponsorRep).then(|| sponsor.id.parse().expect("an id"));
        let bound = Bound { programme: Some(programme), organization, enterprise, unit: None };
        all.insert(role, with_role(app, role, bound));
    }
    all
}

impl<'a> Cast<'a> {
    /// After the round has ended.
    pub fn assemble(office: &Office<'a>) -> Self {
        let app = office.app;
        let programme: ProgrammeId = office.programme.parse().expect("an id");
        let other = Office::found(app);
        let unit = json!({"level": "district", "name": "远方区", "code": "990099"});
        let path = format!("/api/v1/programmes/{}/admin-units", office.programme);
        let unit = office.officer.post(&path).key(&crate::support::fresh_key()).json(&unit).expect(201).id();
        let far = |role| {
            let unit = Some(unit.parse().expect("an id"));
            with_role(app, role, Bound { programme: Some(programme), unit, ..Bound::default() })
        };
        let administrative = || Role::iter().filter(|role| role.is_administrative());
        Self {
            app,
            programme,
            here: one_of_each(app, office),
            there: one_of_each(app, &other),
            elsewhere_in_town: Role::iter().filter(|r| is_bound_to_units(*r)).map(|r| (r, far(r))).collect(),
            installed: administrative().map(|r| (r, with_role(app, r, Bound::default()))).collect(),
            owners: Mutex::default(),
        }
    }

    pub fn here(&self, role: Role) -> &Client {
        &self.here[&role]
    }

    pub fn there(&self, role: Role) -> &Client {
        &self.there[&role]
    }

    pub fn installed(&self, role: Role) -> Option<&Client> {
        self.installed.get(&role)
    }

    pub fn of_another_unit(&self, role: Role) -> &Client {
        &self.elsewhere_in_town[&role]
    }

    fn made_once(&self, name: String, make: impl FnOnce() -> Client) -> Client {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.entry(name).or_insert_with(make).clone()
    }

    /// Somebody bound to the unit of the organisation in the address; where it has none, nobody is.
    pub fn of_its_unit(&self, role: Role, address: &Address) -> Option<Client> {
        let organization = address.organization.as_deref()?;
        let sql = format!(
            "SELECT unit_id AS found FROM organizations WHERE unit_id IS NOT NULL AND id = '{organization}'"
        );
        let unit = look_up(self.app, &sql)?;
        let bound = Bound {
            programme: Some(self.programme),
            unit: Some(unit.parse().expect("an id")),
            ..Bound::default()
        };
        Some(self.made_once(format!("{role} {unit}"), || with_role(self.app, role, bound)))
    }

    /// Somebody with the role who acts for the organisation that applies.
    pub fn tied(&self, role: Role, address: &Address) -> Option<Client> {
        let organization = address.applicant.as_deref()?;
        Some(self.made_once(format!("{role} tied to {organization}"), || {
            let person = self.app.register_person(&format!("{role}"));
            let (user, now) = (person.id.parse().expect("an id"), self.app.clock.now());
            let programme = Some(self.programme);
            let own = Bound {
                programme,
                organization: Some(organization.parse().expect("an id")),
                ..Bound::default()
            };
            let office = Bound { programme, ..Bound::default() };
            let lane = Lane::Programme(self.programme);
            let grant = move |conn: &mut Db| {
                people::grant_role(conn, lane, user, Role::Applicant, own, None, now)?;
                people::grant_role(conn, lane, user, role, office, None, now)
            };
            self.app.database().write_now(lane, grant).expect("two roles");
            person.client
        }))
    }

    /// Whose the object in the address is, for a role that reaches its own alone.
    pub fn owner(&self, role: Role, reach: Reach, address: &Address, whoever: &Client) -> Option<Client> {
        match reach {
            Reach::OwnOrganization => {
                let organization = address.organization.as_deref()?;
                let bound = Bound {
                    programme: Some(self.programme),
                    organization: Some(organization.parse().expect("an id")),
                    ..Bound::default()
                };
                Some(self.made_once(format!("{role} {organization}"), || with_role(self.app, role, bound)))
            }
            Reach::OwnEnterprise => {
                let enterprise = address.enterprise.as_deref()?;
                let bound = Bound {
                    programme: Some(self.programme),
                    enterprise: Some(enterprise.parse().expect("an id")),
                    ..Bound::default()
                };
                Some(self.made_once(format!("{role} {enterprise}"), || with_role(self.app, role, bound)))
            }
            Reach::OwnReview => match &address.reviewer {
                Some(user) => Some(self.made_once(user.clone(), || self.app.sign_in_as(user))),
                // Their own sheets of a round: whoever was answered there.
                None if address.names_no_owner => Some(whoever.clone()),
                None => None,
            },
            _ => None,
        }
    }
}
