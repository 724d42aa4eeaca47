//! Accounts as administrators see them, and the first start.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{HeldRole, Person};
use crate::{
    http::{Versioned, View},
    kernel::{
        contact::{EmailAddress, PhoneNumber},
        ids::{MembershipId, UserId},
        role::Role,
        time::Timestamp,
    },
};

/// An account as administrators see it: who it is for, never how they are reached in full.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = UserAccount)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// The person's name.
    pub name: String,
    /// Their phone number, masked.
    pub phone: Option<String>,
    /// Their e-mail address, masked.
    pub email: Option<String>,
    /// When they registered.
    pub created_at: Timestamp,
    /// When they signed in last.
    pub last_used_at: Option<Timestamp>,
    /// True where nobody has used it for 90 days.
    pub unused: bool,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// True where a second factor is set up.
    pub second_factor: bool,
    /// The roles they hold.
    pub roles: Vec<AccountRole>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for Account {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A role with its own name, by which it can be taken back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountRole {
    /// Its id.
    pub id: MembershipId,
    /// The role.
    #[serde(flatten)]
    pub role: HeldRole,
}

/// Why something is done to an account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountReason {
    /// In at least five characters.
    pub reason: String,
}

/// One of the first administrators.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstAdministrator {
    /// The person's name.
    pub name: String,
    /// A mainland mobile number.
    pub phone: Option<PhoneNumber>,
    /// An e-mail address; phone or e-mail must be given.
    pub email: Option<EmailAddress>,
    /// A password as the office's policy asks for it.
    pub password: String,
    /// `system_admin`, `security_admin` or `audit_admin`.
    pub role: Role,
}

/// The first start.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// What the server printed at its first start, or `yichuang setup-token`.
    pub token: String,
    /// One to three people, one for each administrative post; a `system_admin` among them.
    pub administrators: Vec<FirstAdministrator>,
}

/// The first administrators.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SetUp {
    /// Who they are.
    pub administrators: Vec<Person>,
}

impl View for SetUp {}
