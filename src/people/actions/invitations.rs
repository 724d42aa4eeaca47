//! Somebody is invited to act for an organisation, and joins.

use serde_json::json;

use super::{
    super::{
        model::{Acceptance, Invitation, InvitationState, Invited, NewInvitation},
        rules, store,
    },
    Bound, grant_role,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane, private::Private},
    error::{Error, Input, codes},
    http::{Caller, Shown},
    kernel::{
        digest::{random_token, sha256_hex},
        ids::{InvitationId, OrganizationId, ProgrammeId},
    },
    outbox::{self, Letter},
};

/// What an invitation hands over, made outside the transaction.
#[derive(Clone, Debug)]
pub struct Handover {
    id: InvitationId,
    token_digest: String,
    link: String,
    qr_svg: String,
}

impl Handover {
    /// A fresh token of 256 bits, its link below the configured address and the link as a QR code. The token stands
    /// behind `#`, which no browser sends and no proxy logs.
    pub fn make(base_url: &str) -> Result<Self, Error> {
        let token = random_token().map_err(Error::internal)?;
        let link = format!("{}/invitation#{token}", base_url.trim_end_matches('/'));
        let qr = qrcode::QrCode::new(&link).map_err(Error::internal)?;
        let qr_svg = qr.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).build();
        Ok(Self { id: InvitationId::generate(), token_digest: sha256_hex(&token), link, qr_svg })
    }
}

/// To which organisation.
#[derive(Clone, Copy, Debug)]
pub struct Inviting<'a> {
    /// The programme.
    pub programme: ProgrammeId,
    /// The organisation.
    pub organization: OrganizationId,
    /// Its name, for the letter.
    pub name: &'a str,
}

/// Invites somebody. Who may do it was checked before.
pub fn invite(
    conn: &mut Db,
    by: &Caller,
    inviting: Inviting<'_>,
    new: &NewInvitation,
    handover: &Handover,
) -> Result<Invited, Error> {
    rules::check_invitation(new)?;
    let invitation = Invitation {
        id: handover.id,
        programme_id: inviting.programme,
        organization_id: inviting.organization,
        name: new.name.trim().to_owned(),
        phone: new.phone.as_ref().map(|phone| Private::of(handover.id, phone.as_str())),
        email: new.email.as_ref().map(|email| Private::of(handover.id, email.as_str())),
        role: new.role,
        token_digest: handover.token_digest.clone(),
        state: InvitationState::Open,
        created_by: by.actor.user_id,
        created_at: by.now,
        expires_at: by.now.plus_seconds(rules::INVITATION_SECONDS),
        accepted_by: None,
        accepted_at: None,
        version: 1,
    };
    store::insert_invitation(conn, &invitation)?;
    record(conn, by, &invitation, "invitation.send", None)?;
    let letter = Letter {
        subject: format!("【益创】{} 邀请您加入", inviting.name),
        body: format!(
            "{},您好:\n{} 邀请您共同办理公益创投申报。请在 7 天内打开此链接加入(仅可使用一次):\n{}\n\
             {} invites you to act for it. Open the link within 7 days; it works once.\n",
            invitation.name, inviting.name, handover.link, inviting.name
        ),
        cause: outbox::INVITATION_CAUSE,
    };
    match (&new.email, &new.phone) {
        (Some(address), _) => {
            outbox::enqueue_in(conn, Some(invitation.programme_id), address, &letter, by.now)?;
        }
        (None, Some(number)) => {
            let text = format!("{}:{}", letter.subject, handover.link);
            let (programme, cause) = (Some(invitation.programme_id), outbox::INVITATION_CAUSE);
            outbox::enqueue_text_in(conn, programme, number, &text, cause, by.now)?;
        }
        (None, None) => {}
    }
    Ok(Invited {
        invitation,
        permitted_actions: vec!["withdraw"],
        link: Some(handover.link.clone()),
        qr_svg: Some(handover.qr_svg.clone()),
    })
}

/// The person joins.
pub fn accept(conn: &mut Db, by: &Caller, input: &Input<Acceptance>) -> Result<Shown<Invitation>, Error> {
    by.proceed_unversioned(conn)?;
    let Acceptance { token } = input.as_ref().map_err(Clone::clone)?;
    let invitation = store::open_invitation(conn, &sha256_hex(token), by.now)?
        .ok_or_else(|| Error::at("/token", &codes::INVITATION_VOID))?;
    let held = by.actor.memberships.iter().any(|membership| {
        membership.organization_id == Some(invitation.organization_id) && membership.role == invitation.role
    });
    if held {
        return Err(Error::new(&codes::ALREADY_MEMBER));
    }
    let mut next = invitation.clone();
    next.state = InvitationState::Accepted;
    next.accepted_by = Some(by.actor.user_id);
    next.accepted_at = Some(by.now);
    next.version += 1;
    store::save_invitation(conn, &next)?;
    record(conn, by, &next, "invitation.accept", Some(invitation.state))?;
    let bound = Bound {
        programme: Some(next.programme_id),
        organization: Some(next.organization_id),
        ..Bound::default()
    };
    let lane = Lane::Programme(next.programme_id);
    let giver = Some(next.created_by);
    grant_role(conn, lane, by.actor.user_id, next.role, bound, giver, by.now)?;
    Ok(Shown { object: next, permitted_actions: Vec::new() })
}

/// The lane of the invitation behind a token.
pub fn lane_of_token(
    conn: &mut Db,
    token: &str,
    now: crate::kernel::time::Timestamp,
) -> Result<Option<Lane>, Error> {
    let found = store::open_invitation(conn, &sha256_hex(token), now)?;
    Ok(found.map(|invitation| Lane::Programme(invitation.programme_id)))
}

/// What may be done to it now by somebody who keeps the organisation, or not.
#[must_use]
pub fn show_invitation(by: &Caller, keeps: bool, invitation: Invitation) -> Shown<Invitation> {
    let can_be_used = invitation.state == InvitationState::Open && invitation.expires_at > by.now;
    let permitted_actions = if keeps && can_be_used { vec!["withdraw"] } else { Vec::new() };
    Shown { object: invitation, permitted_actions }
}

/// Takes an invitation back. Who may do it was checked before.
pub fn withdraw(conn: &mut Db, by: &Caller, invitation: &Invitation) -> Result<Shown<Invitation>, Error> {
    if invitation.state != InvitationState::Open {
        return Err(Error::illegal_transition(invitation.state));
    }
    let mut next = invitation.clone();
    next.state = InvitationState::Withdrawn;
    next.version += 1;
    store::save_invitation(conn, &next)?;
    record(conn, by, &next, "invitation.withdraw", Some(invitation.state))?;
    Ok(show_invitation(by, true, next))
}

fn record(
    conn: &mut Db,
    by: &Caller,
    invitation: &Invitation,
    action: &'static str,
    before: Option<InvitationState>,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: by.actor.role_for(invitation.organization_id),
        action,
        subject_kind: "invitation",
        subject_id: invitation.id.to_string(),
        before: before.map(Into::into),
        after: Some(invitation.state.into()),
        detail: json!({"organization": invitation.organization_id, "role": invitation.role}),
    };
    Ok(audit::record(conn, Lane::Programme(invitation.programme_id), deed, by.now)?)
}
