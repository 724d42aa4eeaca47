//! The second factor.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SignedIn;
use crate::{
    db::schema::second_factors,
    http::View,
    kernel::{ids::UserId, time::Timestamp},
};

/// A person's second factor.
#[derive(Clone, Queryable, Insertable)]
#[diesel(table_name = second_factors)]
pub struct SecondFactor {
    /// Whose.
    pub user_id: UserId,
    /// The sealed secret.
    pub sealed_secret: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is asked for.
    pub confirmed_at: Option<Timestamp>,
    /// The last step whose code was used.
    pub last_step: i64,
}

/// A secret to be read by the person's device. It is shown once.
#[derive(Clone, Serialize, ToSchema)]
pub struct Enrolment {
    /// The secret in base 32, to be typed.
    pub secret: String,
    /// The same as an address.
    pub uri: String,
    /// The address as a QR code (SVG), to be photographed.
    pub qr_svg: String,
}

/// A code of the second factor.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Six digits; where a session is completed also one of the recovery codes.
    pub code: String,
}

/// What confirming a second factor gives.
#[derive(Clone, Serialize, ToSchema)]
pub struct Enrolled {
    /// The session that goes on: the one before has ended.
    #[serde(flatten)]
    pub session: SignedIn,
    /// Each is good once in place of a code. They are shown once.
    pub recovery_codes: Vec<String>,
}

impl View for Enrolled {}

/// Fresh recovery codes; those of before are good for nothing.
#[derive(Clone, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Each is good once in place of a code. They are shown once.
    pub recovery_codes: Vec<String>,
}

impl View for RecoveryCodes {}

impl View for Enrolment {}
