//! Invitations to act for an organisation.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    db::{
        columns::column,
        private::{InvitationEmail, InvitationPhone, Private},
        schema::invitations,
    },
    http::{Versioned, View},
    kernel::{
        contact::{EmailAddress, PhoneNumber},
        ids::{InvitationId, OrganizationId, ProgrammeId, UserId},
        role::Role,
        time::Timestamp,
    },
};

/// Where an invitation stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum InvitationState {
    /// It can be accepted until it expires.
    Open,
    /// Somebody has joined with it.
    Accepted,
    /// It was taken back.
    Withdrawn,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::{InvitationState, column};

    column!(InvitationState as Text);
}

/// An invitation. Of its token only the SHA-256 is stored.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = invitations)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The organisation to act for.
    pub organization_id: OrganizationId,
    /// Who is invited.
    pub name: String,
    /// Their phone number.
    #[schema(value_type = Option<String>)]
    pub phone: Option<Private<InvitationPhone>>,
    /// Their e-mail address.
    #[schema(value_type = Option<String>)]
    pub email: Option<Private<InvitationEmail>>,
    /// As what.
    pub role: Role,
    /// SHA-256 of the token.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub token_digest: String,
    /// Where it stands.
    pub state: InvitationState,
    /// Who invites.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// Who joined with it.
    pub accepted_by: Option<UserId>,
    /// When.
    pub accepted_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
}

impl Versioned for Invitation {
    fn version(&self) -> i32 {
        self.version
    }
}

/// Whom to invite.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Their name.
    pub name: String,
    /// Their phone number; a phone number or an e-mail address must be given.
    pub phone: Option<PhoneNumber>,
    /// Their e-mail address.
    pub email: Option<EmailAddress>,
    /// `applicant` or `org_admin`.
    pub role: Role,
}

/// An invitation that was just made, with what is to be handed over. The link is shown once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Invited {
    /// The invitation.
    #[serde(flatten)]
    pub invitation: Invitation,
    /// What this person may do to it now.
    pub permitted_actions: Vec<&'static str>,
    /// Where the invited person goes; absent when the same request is answered again.
    pub link: Option<String>,
    /// The same as a QR code (SVG), to be shown or printed.
    pub qr_svg: Option<String>,
}

impl View for Invited {
    fn version(&self) -> Option<i32> {
        Some(self.invitation.version)
    }

    fn remembered(&self) -> Option<String> {
        serde_json::to_string(&Self { link: None, qr_svg: None, ..self.clone() }).ok()
    }
}

/// The token of an invitation.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// What stands behind `#` in the link.
    pub token: String,
}
