//! What an upgrade, a merger and a slip take.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::OrganizationKind;
use crate::{
    http::View,
    kernel::{
        ids::{OrganizationId, UserId},
        time::Timestamp,
    },
};

/// A filed group has been registered.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRegistration {
    /// What it is now; not `filed_group`.
    pub kind: OrganizationKind,
    /// 统一社会信用代码.
    pub credit_code: String,
    /// True where it goes on being paid through its host; else the host is let go.
    pub keeps_host: Option<bool>,
}

/// Two rows are one organisation.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMerger {
    /// The one that stays.
    pub into: OrganizationId,
    /// Why they are the same.
    pub reason: String,
}

/// For whom a slip is printed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSlip {
    /// Somebody who acts for the organisation and has a phone number.
    pub user_id: UserId,
}

/// A slip of paper with a one-time code. It is shown once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Slip {
    /// For whom.
    pub user_id: UserId,
    /// Six digits; absent when the same request is answered again.
    pub code: Option<String>,
    /// Until when the code can be used.
    pub expires_at: Timestamp,
    /// A page to print and hand over.
    pub html: Option<String>,
}

impl View for Slip {
    fn remembered(&self) -> Option<String> {
        serde_json::to_string(&Self { code: None, html: None, ..self.clone() }).ok()
    }
}
