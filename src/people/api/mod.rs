//! `registrations`, `sign-in-codes`, `invitations/acceptance`, `me`; the rest by use case.

mod accounts;
mod passwords;
mod second_factor;
mod sessions;
mod setup;
mod tokens;

use actix_web::http::StatusCode;

use super::{
    actions::{self, FreshCode},
    model::{Acceptance, CodeSent, HeldRole, Invitation, NewSignInCode, Person, Registration, ViewedBy},
    rules,
};
use crate::{
    config::SmsTransport,
    db::Lane,
    error::{Error, codes},
    http::{Answer, Call, Endpoint, Shown, Visit, Whose, answer},
    kernel::{ids::UserId, password::normalise, role::Role},
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        Endpoint::post(
            "/api/v1/registrations",
            register,
            "注册账号 · Register with a phone number or an e-mail address",
        )
        .public()
        .takes::<Registration>()
        .gives::<Person>(),
        Endpoint::post("/api/v1/sign-in-codes", send_code, "获取短信验证码 · Ask for a code by text message")
            .public()
            .limited()
            .status(202)
            .takes::<NewSignInCode>()
            .gives::<CodeSent>(),
        Endpoint::post("/api/v1/invitations/acceptance", accept, "接受邀请 · Join an organisation")
            .whose(Whose::Account)
            .takes::<Acceptance>()
            .gives::<Shown<Invitation>>(),
        Endpoint::get("/api/v1/me", me, "我的账号与角色 · My account and roles")
            .whose(Whose::Account)
            .gives::<Person>(),
    ];
    all.extend(sessions::endpoints());
    all.extend(passwords::endpoints());
    all.extend(second_factor::endpoints());
    all.extend(tokens::endpoints());
    all.extend(accounts::endpoints());
    all.extend(setup::endpoints());
    all
}

async fn register(visit: Visit<(), Registration>) -> Answer {
    let registration = visit.body?;
    rules::check_registration(&registration, visit.app.settings.security.applicant_password_policy)?;
    let password_hash = match &registration.password {
        Some(password) => visit.app.passwords.hash(normalise(password)).await?,
        None => String::new(),
    };
    let (id, now, name) = (UserId::generate(), visit.now, registration.name.trim().to_owned());
    visit
        .app
        .db
        .write(Lane::Installation, move |conn| {
            actions::register(conn, id, &registration, &password_hash, now)
        })
        .await?;
    answer(
        StatusCode::CREATED,
        &Person { id, name, roles: Vec::new(), posts_combined: false, viewed_by: None },
    )
}

async fn me(call: Call) -> Answer {
    let actor = &call.by.actor;
    let held: Vec<Role> = actor.memberships.iter().map(|membership| membership.role).collect();
    let viewed_by = actor.viewed_by.as_ref().map(|viewing| ViewedBy {
        user_id: viewing.viewer_id,
        name: viewing.viewer_name.clone(),
        expires_at: viewing.expires_at,
    });
    let person = Person {
        id: actor.user_id,
        name: actor.name.clone(),
        roles: actor.memberships.iter().map(HeldRole::from).collect(),
        posts_combined: rules::holds_two_posts(&held),
        viewed_by,
    };
    answer(StatusCode::OK, &person)
}

/// The bucket of a client. Where there is no address all share one.
fn bucket(from: Option<std::net::IpAddr>) -> String {
    match from {
        // A household has a whole /64: its addresses count together.
        Some(std::net::IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Some(address) => address.to_string(),
        None => "nowhere".to_owned(),
    }
}

fn too_often(seconds: i64) -> Error {
    Error::too_many(u32::try_from(seconds).unwrap_or(60))
}

async fn send_code(visit: Visit<(), NewSignInCode>) -> Answer {
    let NewSignInCode { phone } = visit.body?;
    if visit.app.settings.sms.transport == SmsTransport::Off {
        return Err(Error::new(&codes::SMS_OFF));
    }
    let (fresh, from, now) = (FreshCode::make()?, bucket(visit.from), visit.now);
    visit
        .app
        .db
        .write(Lane::Installation, move |conn| actions::send_code(conn, &phone, &from, &fresh, now))
        .await?
        .map_err(too_often)?;
    answer(StatusCode::ACCEPTED, &CodeSent { valid_for_seconds: rules::CODE_SECONDS })
}

async fn accept(call: Call<(), Acceptance>) -> Answer {
    let body = call.body.clone();
    let lane = match body.as_ref() {
        Ok(Acceptance { token }) => {
            let token = token.clone();
            call.read(move |conn, by| actions::lane_of_token(conn, &token, by.now)).await?
        }
        Err(_) => None,
    };
    // Where there is no such invitation nothing will be written.
    let lane = lane.unwrap_or(Lane::Installation);
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::accept(conn, by, &body)).await
}
