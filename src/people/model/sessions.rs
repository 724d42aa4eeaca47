//! Sessions and passwords.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::schema::{password_resets, past_passwords, sessions},
    error::Error,
    http::{Stage, View},
    kernel::{
        digest::{random_token, sha256_hex},
        ids::{PastPasswordId, SessionId, UserId},
        time::Timestamp,
    },
};

/// A session.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// SHA-256 of the token.
    pub token_digest: String,
    /// Whose.
    pub user_id: UserId,
    /// Since when.
    pub created_at: Timestamp,
    /// Last used.
    pub last_seen_at: Timestamp,
    /// Until when at most.
    pub expires_at: Timestamp,
    /// Its public name.
    pub id: SessionId,
    /// True once the second factor was given in it.
    pub second_factor: bool,
    /// True where the password must be changed before anything else.
    pub password_due: bool,
    /// What the client calls itself.
    pub device: String,
}

/// A session that is about to begin, made outside the transaction that stores it.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The token, shown once.
    pub token: String,
    /// Its public name.
    pub id: SessionId,
    /// How long it lives at most.
    pub hours: i64,
    /// What the client calls itself.
    pub device: String,
    /// True where some roles owe a second factor.
    pub totp_is_owed: bool,
}

impl Ticket {
    /// A fresh token of 256 bits.
    pub fn make(hours: i64, device: &str, totp_is_owed: bool) -> Result<Self, Error> {
        let token = random_token().map_err(Error::internal)?;
        Ok(Self { token, id: SessionId::generate(), hours, device: device.to_owned(), totp_is_owed })
    }

    /// What is stored of the token.
    #[must_use]
    pub fn digest(&self) -> String {
        sha256_hex(&self.token)
    }
}

/// What came of beginning a session.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// Who signed in.
    pub user_id: UserId,
    /// It ends then at the latest.
    pub expires_at: Timestamp,
    /// What it may do.
    pub stage: Stage,
}

/// What it takes to sign in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Phone number or e-mail address.
    pub login: String,
    /// The password.
    pub password: String,
    /// True in a browser: the token comes as a cookie that no page can read.
    #[serde(default)]
    pub cookie: bool,
}

/// A session that has just begun.
#[derive(Clone, Serialize, ToSchema)]
pub struct SignedIn {
    /// Send it as `Authorization: Bearer …`. It is shown once; absent where it came as a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// With a cookie: send it as `X-CSRF-Token` with every write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csrf_token: Option<String>,
    /// The session ends then at the latest.
    pub expires_at: Timestamp,
    /// Who signed in.
    pub user_id: UserId,
    /// `full`, or what has to be done before anything else.
    pub stage: Stage,
}

impl View for SignedIn {}

/// One of a person's own sessions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnSession {
    /// Its public name.
    pub id: SessionId,
    /// Since when.
    pub created_at: Timestamp,
    /// Last used.
    pub last_seen_at: Timestamp,
    /// Until when at most.
    pub expires_at: Timestamp,
    /// What the client calls itself.
    pub device: String,
    /// True for the one that asks.
    pub current: bool,
}

/// The session that asks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CurrentSession {
    /// Its public name.
    pub id: SessionId,
    /// Who signed in.
    pub user_id: UserId,
    /// `full`, or what has to be done before anything else.
    pub stage: Stage,
    /// Until when at most.
    pub expires_at: Timestamp,
    /// With a cookie: send it as `X-CSRF-Token` with every write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csrf_token: Option<String>,
}

impl View for CurrentSession {}

/// A change of one's own password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The present one; absent for somebody who has none and signed in with a code.
    pub current_password: Option<String>,
    /// The new one.
    pub password: String,
}

/// Who has forgotten a password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasswordReset {
    /// Phone number or e-mail address.
    pub login: String,
}

/// What everybody is answered who asks for a reset, known or not.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ResetSent {
    /// A link that was sent holds for so long.
    pub valid_for_seconds: i64,
}

impl View for ResetSent {}

/// The link of a reset and what is to be the password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redemption {
    /// What stands behind `#` in the link.
    pub token: String,
    /// The new password.
    pub password: String,
}

/// A password that was in force before.
#[derive(Clone, Queryable, Insertable)]
#[diesel(table_name = past_passwords)]
pub struct PastPassword {
    /// Its id.
    pub id: PastPasswordId,
    /// Whose.
    pub user_id: UserId,
    /// Argon2id as a PHC string.
    pub password_hash: String,
    /// Until when it was in force.
    pub replaced_at: Timestamp,
}

/// A link with which a password can be set once. Of its token only the SHA-256 is stored.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = password_resets)]
pub struct PasswordReset {
    /// SHA-256 of the token.
    pub token_digest: String,
    /// Whose.
    pub user_id: UserId,
    /// Where it was sent: it is void once that is no longer theirs.
    pub sent_to: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// When it was used, or replaced.
    pub used_at: Option<Timestamp>,
}
