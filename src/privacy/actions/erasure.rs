//! A person asks that their data be erased; a security administrator decides. What the books need stays as it is: the
//! account keeps its id, under which applications, money and the audit log know it, and nothing else of the person.

use diesel::prelude::*;
use serde_json::json;

use super::{
    super::{
        model::{ErasureDecision, ErasureRequest, ErasureState, NewErasureRequest},
        store,
    },
    check_reason, record,
};
use crate::{
    audit::{self, Deed},
    db::{
        Db, Lane, blind, exactly_one,
        private::{
            CodePhone, InvitationEmail, InvitationPhone, MailRecipient, Private, UserEmail, UserPhone,
        },
        schema::{
            experts, idempotency_records, invitations, notifications, outbox, sessions, sign_in_codes, users,
        },
    },
    error::{Error, Fault, Input, codes},
    http::{Caller, Shown},
    kernel::{
        digest::sha256_hex,
        ids::{ErasureRequestId, InvitationId, MailId, SignInCodeId, UserId},
        role::Role,
        text::count,
        time::Timestamp,
    },
    people,
};

/// Who decides.
pub const ERASERS: &[Role] = &[Role::SecurityAdmin];
/// The name of somebody who is no longer known.
const NOBODY: &str = "已注销";

/// What this person may do to a request now.
pub fn show_request(by: &Caller, request: ErasureRequest) -> Shown<ErasureRequest> {
    let may = by.actor.require_installation(ERASERS).is_ok() && by.actor.user_id != request.user_id;
    let permitted_actions =
        if may && request.state == ErasureState::Requested { vec!["decide"] } else { Vec::new() };
    Shown { object: request, permitted_actions }
}

/// The caller asks that their own data be erased.
pub fn request_erasure(
    conn: &mut Db,
    by: &Caller,
    id: ErasureRequestId,
    input: &Input<NewErasureRequest>,
) -> Result<Shown<ErasureRequest>, Error> {
    by.proceed_unversioned(conn)?;
    let user = by.actor.user_id;
    if store::open_request(conn, user)?.is_some() {
        return Err(Error::new(&codes::ERASURE_OPEN));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    if count(&new.reason) > 500 {
        return Err(Error::invalid(vec![Fault::new("/reason", &codes::FIELD_TOO_LONG).with("max", 500)]));
    }
    let request = ErasureRequest {
        id,
        user_id: user,
        state: ErasureState::Requested,
        reason: new.reason.trim().to_owned(),
        requested_at: by.now,
        decided_by: None,
        decided_at: None,
        note: String::new(),
        certificate: None,
        version: 1,
    };
    store::insert_request(conn, &request)?;
    record(conn, by, "erasure.request", "user", user.to_string(), json!({"request": id}))?;
    Ok(show_request(by, request))
}

/// A security administrator erases the data, or says why not.
pub fn decide_erasure(
    conn: &mut Db,
    by: &Caller,
    id: ErasureRequestId,
    key: Option<&str>,
    input: &Input<ErasureDecision>,
) -> Result<Shown<ErasureRequest>, Error> {
    let request = store::find_request(conn, id)?.ok_or_else(Error::not_found)?;
    // Who does not decide on requests does not learn of them.
    let role = by.actor.require_installation(ERASERS).map_err(|_| Error::not_found())?;
    by.proceed(conn, request.version)?;
    if request.user_id == by.actor.user_id {
        return Err(Error::new(&codes::ERASURE_OWN));
    }
    if request.state != ErasureState::Requested {
        return Err(Error::illegal_transition(request.state));
    }
    let decision = input.as_ref().map_err(Clone::clone)?;
    check_reason("/note", &decision.note)?;
    let mut next = request.clone();
    next.decided_by = Some(by.actor.user_id);
    next.decided_at = Some(by.now);
    decision.note.trim().clone_into(&mut next.note);
    next.version += 1;
    let mut detail = json!({"request": id});
    if decision.erase {
        refuse_while_on_duty(conn, request.user_id)?;
        let erased = erase(conn, request.user_id, by.now)?;
        let certificate = json!({
            "request": id,
            "user": request.user_id,
            "erased_at": by.now,
            "erased": erased,
            "kept": "the account's id in applications, decisions, money and the audit log",
            "older_copies_sealed_with": key,
        })
        .to_string();
        detail = json!({"request": id, "certificate": sha256_hex(&certificate)});
        next.certificate = Some(certificate);
        next.state = ErasureState::Erased;
        next.reason = String::new();
    } else {
        next.state = ErasureState::Refused;
    }
    store::save_request(conn, &next)?;
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(role),
        action: "erasure.decide",
        subject_kind: "user",
        subject_id: request.user_id.to_string(),
        before: Some(request.state.into()),
        after: Some(next.state.into()),
        detail,
    };
    audit::record(conn, Lane::Installation, deed, by.now)?;
    Ok(show_request(by, next))
}

/// Somebody of the office first hands over what they do there: nobody else could.
fn refuse_while_on_duty(conn: &mut Db, user: UserId) -> Result<(), Error> {
    let duties: Vec<String> = store::roles_of(conn, user)?
        .into_iter()
        .filter(|role| !role.belongs_to_organization() && *role != Role::Reviewer)
        .map(|role| role.to_string())
        .collect();
    if duties.is_empty() {
        Ok(())
    } else {
        Err(Error::new(&codes::ERASURE_UNDER_WAY).with("roles", duties.join(", ")))
    }
}

/// Erases and says how many rows of what.
fn erase(conn: &mut Db, user: UserId, now: Timestamp) -> Result<serde_json::Value, Error> {
    let account = people::find_user(conn, user)?.ok_or_else(Error::not_found)?;
    let phone = account.phone.as_deref().map(str::to_owned);
    let email = account.email.as_deref().map(str::to_owned);
    // A row needs a phone number or an address, unique among all: this one reaches nobody.
    let changed = diesel::update(users::table.find(user))
        .set((
            users::name.eq(NOBODY),
            users::phone.eq(None::<String>),
            users::email.eq(format!("erased:{user}")),
            users::password_hash.eq(""),
            users::disabled_at.eq(now),
            users::version.eq(users::version + 1),
        ))
        .execute(conn)?;
    exactly_one(changed)?;
    blind::put::<UserPhone>(conn, user, None)?;
    blind::put::<UserEmail>(conn, user, None)?;
    let sessions = diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn)?;
    let notices =
        diesel::delete(notifications::table.filter(notifications::user_id.eq(user))).execute(conn)?;
    let answers = diesel::delete(idempotency_records::table.filter(idempotency_records::actor.eq(user)))
        .execute(conn)?;
    let expert_names = diesel::update(experts::table.filter(experts::user_id.eq(user)))
        .set((experts::name.eq(NOBODY), experts::identity_digest.eq(None::<String>)))
        .execute(conn)?;
    let codes = match &phone {
        Some(phone) => erase_codes(conn, phone)?,
        None => 0,
    };
    let invited = erase_invitations(conn, user, phone.as_deref(), email.as_deref())?;
    let letters = erase_letters(conn, phone.as_deref(), email.as_deref())?;
    Ok(json!({
        "account": ["name", "phone", "email", "password"],
        "sessions": sessions,
        "notices": notices,
        "remembered_answers": answers,
        "expert_names": expert_names,
        "codes": codes,
        "invitations": invited,
        "letters": letters,
    }))
}

fn erase_codes(conn: &mut Db, phone: &str) -> Result<usize, Error> {
    let sent = blind::rows::<CodePhone>(conn, phone)?;
    for id in sent.iter().filter_map(|id| id.parse::<SignInCodeId>().ok()) {
        blind::put::<CodePhone>(conn, id, None)?;
        diesel::delete(sign_in_codes::table.find(id)).execute(conn)?;
    }
    Ok(sent.len())
}

/// Invitations that were sent to them and that they accepted.
fn erase_invitations(
    conn: &mut Db,
    user: UserId,
    phone: Option<&str>,
    email: Option<&str>,
) -> Result<usize, Error> {
    type Row =
        (InvitationId, Option<UserId>, Option<Private<InvitationPhone>>, Option<Private<InvitationEmail>>);
    let all: Vec<Row> = invitations::table
        .select((invitations::id, invitations::accepted_by, invitations::phone, invitations::email))
        .load(conn)?;
    let theirs = all.into_iter().filter(|(_, accepted_by, to_phone, to_email)| {
        *accepted_by == Some(user)
            || (phone.is_some() && to_phone.as_deref() == phone)
            || (email.is_some() && to_email.as_deref() == email)
    });
    let mut count = 0;
    for (id, ..) in theirs {
        blind::put::<InvitationPhone>(conn, id, None)?;
        diesel::update(invitations::table.find(id))
            .set((
                invitations::name.eq(NOBODY),
                invitations::phone.eq(None::<String>),
                invitations::email.eq(None::<String>),
            ))
            .execute(conn)?;
        count += 1;
    }
    Ok(count)
}

/// Letters to their number or address, sent or not.
fn erase_letters(conn: &mut Db, phone: Option<&str>, email: Option<&str>) -> Result<usize, Error> {
    let all: Vec<(MailId, Private<MailRecipient>)> =
        outbox::table.select((outbox::id, outbox::recipient)).load(conn)?;
    let mut count = 0;
    for (id, recipient) in all {
        let to = Some(recipient.as_str());
        if to == phone || to == email {
            diesel::delete(outbox::table.find(id)).execute(conn)?;
            count += 1;
        }
    }
    Ok(count)
}
