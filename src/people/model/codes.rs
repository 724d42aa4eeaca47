//! One-time codes for people who sign in with a phone number alone.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::{
        private::{CodePhone, Private},
        schema::sign_in_codes,
    },
    http::View,
    kernel::{contact::PhoneNumber, ids::SignInCodeId, time::Timestamp},
};

/// A code. Only a digest of it is stored, made with the row's id so that equal codes do not look equal.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = sign_in_codes)]
pub struct SignInCode {
    /// Its id.
    pub id: SignInCodeId,
    /// The number it signs in.
    pub phone: Private<CodePhone>,
    /// `sms` or `slip`.
    pub kind: String,
    /// SHA-256 of id and code.
    pub code_digest: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// How often a wrong code was tried.
    pub tries: i32,
    /// When it was used, or replaced by a newer one.
    pub used_at: Option<Timestamp>,
}

/// Whom to send a code.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignInCode {
    /// A mainland mobile number.
    pub phone: PhoneNumber,
}

/// What everybody is answered who asks for a code, known or not.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct CodeSent {
    /// A code that was sent holds for so long.
    pub valid_for_seconds: i64,
}

impl View for CodeSent {}

/// A phone number and the code that was sent to it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeCredentials {
    /// The number.
    pub phone: PhoneNumber,
    /// Six digits.
    pub code: String,
    /// True in a browser: the token comes as a cookie that no page can read.
    #[serde(default)]
    pub cookie: bool,
}
