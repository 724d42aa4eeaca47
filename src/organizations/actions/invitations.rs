//! Invitations to act for an organisation, and slips with a one-time code for its people.

use super::{
    super::{
        model::{NewSlip, Organization, Slip},
        rules, store,
    },
    require_keeper, see,
};
use crate::{
    audit::{self, Access, Purpose},
    db::{Db, Lane},
    error::{Error, Input},
    http::{Caller, Shown},
    kernel::{
        ids::{AccessId, InvitationId, OrganizationId},
        time::Timestamp,
    },
    outbox::{self, Letter},
    people::{self, FreshCode, Handover, Invitation, Invited, Inviting, NewInvitation},
};

/// The administrator invites somebody by phone number or e-mail address.
pub fn invite(
    conn: &mut Db,
    by: &Caller,
    id: OrganizationId,
    handover: &Handover,
    input: &Input<NewInvitation>,
) -> Result<Invited, Error> {
    let organization = see(conn, &by.actor, id)?;
    require_keeper(&by.actor, id)?;
    by.proceed_unversioned(conn)?;
    rules::require_unmerged(&organization)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let inviting =
        Inviting { programme: organization.programme_id, organization: id, name: &organization.name };
    people::invite(conn, by, inviting, new, handover)
}

/// An invitation for the people of its organisation, with the organisation.
fn see_invitation(conn: &mut Db, by: &Caller, id: InvitationId) -> Result<Invitation, Error> {
    let invitation = people::find_invitation(conn, id)?.ok_or_else(Error::not_found)?;
    see(conn, &by.actor, invitation.organization_id)?;
    Ok(invitation)
}

/// The administrator takes an invitation back.
pub fn withdraw_invitation(conn: &mut Db, by: &Caller, id: InvitationId) -> Result<Shown<Invitation>, Error> {
    let invitation = see_invitation(conn, by, id)?;
    require_keeper(&by.actor, invitation.organization_id)?;
    by.proceed(conn, invitation.version)?;
    people::withdraw(conn, by, &invitation)
}

/// Prints a slip for somebody who acts for the organisation.
pub fn print_slip(
    conn: &mut Db,
    by: &Caller,
    id: OrganizationId,
    fresh: &FreshCode,
    base_url: &str,
    input: &Input<NewSlip>,
) -> Result<Slip, Error> {
    let organization = see(conn, &by.actor, id)?;
    let role = by.actor.require(organization.programme_id, rules::SLIP_GIVERS)?;
    by.proceed_unversioned(conn)?;
    rules::require_unmerged(&organization)?;
    let NewSlip { user_id } = *input.as_ref().map_err(Clone::clone)?;
    if !store::people_of(conn, id)?.contains(&user_id) {
        return Err(Error::not_found());
    }
    let lane = Lane::Programme(organization.programme_id);
    let (person, expires_at) = people::issue_slip(conn, by, role, lane, user_id, fresh)?;
    // The slip shows their number.
    let access = Access {
        id: AccessId::generate(),
        programme: Some(organization.programme_id),
        actor: by.actor.user_id,
        role,
        subject_kind: "user",
        subject_id: user_id.to_string(),
        field: "phone",
        purpose: Purpose::Print,
        reason: "slip",
    };
    audit::record_access(conn, &access, by.now)?;
    let letter = Letter {
        subject: "【益创】为您打印了登录纸条".to_owned(),
        body: format!(
            "{} 为您打印了一张登录纸条,24 小时内有效。如非您本人要求,请告知项目办公室。\n\
             A slip with a sign-in code was printed for you. If you did not ask for it, tell the office.\n",
            by.actor.name
        ),
        cause: "slip.print",
    };
    outbox::enqueue_about(conn, Some(organization.programme_id), user_id, &letter, by.now)?;
    let html = page(&organization, &person, fresh.digits(), expires_at, base_url);
    Ok(Slip { user_id, code: Some(fresh.digits().to_owned()), expires_at, html: Some(html) })
}

/// The page that is printed. Everything in it that somebody typed is escaped; it loads nothing.
fn page(
    organization: &Organization,
    person: &people::User,
    digits: &str,
    expires_at: Timestamp,
    base_url: &str,
) -> String {
    // People read the clock of Ningbo.
    let until = expires_at.plus_seconds(8 * 3600).naive().format("%Y-%m-%d %H:%M");
    format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>登录纸条</title>\
         <style>body{{font:18px/1.7 sans-serif;max-width:26em;margin:2em auto}}\
         b{{font-size:2.2em;letter-spacing:.25em}}</style>\
         <h1>登录纸条 · Sign-in slip</h1><p>{name}（{group}）</p><p>手机号 Phone: {phone}</p><p><b>{digits}</b></p>\
         <p>打开 {address} ，选择“验证码登录”，输入手机号和上面的六位数字。{until} 前有效，只能使用一次，请勿转交他人。</p>\
         <p lang=\"en\">Open the address above, choose to sign in with a code, and enter the phone number and the six \
         digits. It works once.</p></html>",
        name = escaped(&person.name),
        group = escaped(&organization.name),
        phone = escaped(person.phone.as_deref().unwrap_or_default()),
        address = escaped(base_url),
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
