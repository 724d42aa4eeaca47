//! Accounts, sessions, memberships as they are stored and shown.

mod accounts;
mod codes;
mod invitations;
mod posts;
mod second_factor;
mod sessions;
mod tokens;

pub use accounts::*;
pub use codes::*;
pub use invitations::*;
pub use posts::*;
pub use second_factor::*;
pub use sessions::*;
pub use tokens::*;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::{
        private::{Private, UserEmail, UserPhone},
        schema::{memberships, users},
    },
    http::{Membership, View},
    kernel::{
        contact::{EmailAddress, PhoneNumber},
        ids::{AdminUnitId, EnterpriseId, MembershipId, OrganizationId, ProgrammeId, UserId},
        role::Role,
        time::Timestamp,
    },
};

/// An account.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = users)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The person's name.
    pub name: String,
    /// Their e-mail address; many have none.
    pub email: Option<Private<UserEmail>>,
    /// Their phone number.
    pub phone: Option<Private<UserPhone>>,
    /// Argon2id as a PHC string; empty for somebody who signs in with codes alone.
    pub password_hash: String,
    /// When they registered.
    pub created_at: Timestamp,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
    /// Since when the password is in force.
    pub password_set_at: Option<Timestamp>,
    /// When the person signed in last.
    pub last_used_at: Option<Timestamp>,
}

/// A role somebody holds.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = memberships)]
pub struct MembershipRow {
    /// Its id.
    pub id: MembershipId,
    /// In which programme; none for the installation.
    pub programme_id: Option<ProgrammeId>,
    /// Who.
    pub user_id: UserId,
    /// What.
    pub role: Role,
    /// For which organisation.
    pub organization_id: Option<OrganizationId>,
    /// For which enterprise.
    pub enterprise_id: Option<EnterpriseId>,
    /// Since when.
    pub created_at: Timestamp,
    /// Bound to which unit.
    pub unit_id: Option<AdminUnitId>,
}

/// What it takes to register.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The person's name.
    pub name: String,
    /// A mainland mobile number.
    pub phone: Option<PhoneNumber>,
    /// An e-mail address; phone or e-mail must be given.
    pub email: Option<EmailAddress>,
    /// 12 to 128 characters. Who gives none signs in with codes sent to the phone number.
    pub password: Option<String>,
}

/// A person as they see themselves.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// The roles they hold.
    pub roles: Vec<HeldRole>,
    /// True for somebody who holds two of the three administrative posts, as a small office may say.
    pub posts_combined: bool,
    /// The administrator who looks through this person's eyes, for a banner on every page.
    pub viewed_by: Option<ViewedBy>,
}

impl View for Person {}

/// An administrator who looks through a person's eyes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ViewedBy {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// One role somebody holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeldRole {
    /// In which programme; none for the installation.
    pub programme_id: Option<ProgrammeId>,
    /// What.
    pub role: Role,
    /// For which organisation.
    pub organization_id: Option<OrganizationId>,
    /// For which enterprise.
    pub enterprise_id: Option<EnterpriseId>,
    /// Bound to which unit: whoever is sees its organisations and those below.
    pub unit_id: Option<AdminUnitId>,
}

impl From<&Membership> for HeldRole {
    fn from(m: &Membership) -> Self {
        Self {
            programme_id: m.programme_id,
            role: m.role,
            organization_id: m.organization_id,
            enterprise_id: m.enterprise_id,
            unit_id: m.unit_id,
        }
    }
}
