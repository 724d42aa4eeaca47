//! `registrations`, `sessions` by password and by code, `sign-in-codes`, `invitations/acceptance`, `me`.

use actix_web::http::StatusCode;

use super::{
    actions::{self, FreshCode, Tried},
    model::{
        Acceptance, CodeCredentials, CodeSent, Credentials, HeldRole, Invitation, NewSignInCode, Person,
        Registration, SignedIn, ViewedBy,
    },
    rules, store,
};
use crate::{
    config::SmsTransport,
    db::Lane,
    error::{Error, codes},
    http::{Answer, Call, Endpoint, Shown, Visit, Whose, answer, no_content},
    kernel::{
        digest::{random_token, sha256_hex},
        ids::UserId,
        role::Role,
    },
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/registrations",
            register,
            "注册账号 · Register with a phone number or an e-mail address",
        )
        .public()
        .takes::<Registration>()
        .gives::<Person>(),
        Endpoint::post("/api/v1/sessions", sign_in, "登录 · Sign in")
            .public()
            .takes::<Credentials>()
            .gives::<SignedIn>(),
        Endpoint::post("/api/v1/sign-in-codes", send_code, "获取短信验证码 · Ask for a code by text message")
            .public()
            .limited()
            .status(202)
            .takes::<NewSignInCode>()
            .gives::<CodeSent>(),
        Endpoint::post("/api/v1/sessions/by-code", sign_in_by_code, "验证码登录 · Sign in with a code")
            .public()
            .limited()
            .takes::<CodeCredentials>()
            .gives::<SignedIn>(),
        Endpoint::post("/api/v1/invitations/acceptance", accept, "接受邀请 · Join an organisation")
            .whose(Whose::Account)
            .takes::<Acceptance>()
            .gives::<Shown<Invitation>>(),
        Endpoint::delete("/api/v1/sessions/current", sign_out, "退出 · Sign out").whose(Whose::Account),
        Endpoint::get("/api/v1/me", me, "我的账号与角色 · My account and roles")
            .whose(Whose::Account)
            .gives::<Person>(),
    ]
}

async fn register(visit: Visit<(), Registration>) -> Answer {
    let registration = visit.body?;
    rules::check_registration(&registration)?;
    let password_hash = match &registration.password {
        Some(password) => visit.app.passwords.hash(password.clone()).await?,
        None => String::new(),
    };
    let (id, now) = (UserId::generate(), visit.now);
    let user = visit
        .app
        .db
        .write(Lane::Installation, move |conn| {
            actions::create_account(conn, id, &registration, &password_hash, now)
        })
        .await?;
    let person =
        Person { id: user.id, name: user.name, roles: Vec::new(), posts_combined: false, viewed_by: None };
    answer(StatusCode::CREATED, &person)
}

async fn sign_in(visit: Visit<(), Credentials>) -> Answer {
    let Credentials { login, password } = visit.body?;
    if password.chars().count() > 128 {
        return Err(Error::at("/password", &codes::PASSWORD_WEAK));
    }
    let user = visit.app.db.read(move |conn| Ok(store::find_by_login(conn, &login)?)).await?;
    let stored = user.as_ref().map(|user| user.password_hash.clone()).filter(|hash| !hash.is_empty());
    let fits = visit.app.passwords.verify(password, stored).await?;
    let user = user
        .filter(|user| fits && user.disabled_at.is_none())
        .ok_or_else(|| Error::new(&codes::CREDENTIALS_WRONG))?;
    let token = random_token().map_err(Error::internal)?;
    let digest = sha256_hex(&token);
    let (now, hours, user_id) = (visit.now, visit.app.settings.security.session_hours, user.id);
    let expires_at = visit
        .app
        .db
        .write(Lane::Installation, move |conn| actions::begin_session(conn, user_id, &digest, hours, now))
        .await?;
    answer(StatusCode::CREATED, &SignedIn { token, expires_at, user_id })
}

async fn sign_out(call: Call) -> Answer {
    let by = call.by.clone();
    call.app.db.write(Lane::Installation, move |conn| actions::end_session(conn, &by)).await?;
    Ok(no_content())
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

async fn sign_in_by_code(visit: Visit<(), CodeCredentials>) -> Answer {
    let CodeCredentials { phone, code } = visit.body?;
    let token = random_token().map_err(Error::internal)?;
    let (digest, new_user, from) = (sha256_hex(&token), UserId::generate(), bucket(visit.from));
    let (now, hours) = (visit.now, visit.app.settings.security.session_hours);
    let tried = visit
        .app
        .db
        .write(Lane::Installation, move |conn| {
            let code = code.trim();
            actions::sign_in_by_code(conn, &phone, code, &from, new_user, &digest, hours, now)
        })
        .await?;
    match tried {
        Tried::SignedIn(user_id, expires_at) => {
            answer(StatusCode::CREATED, &SignedIn { token, expires_at, user_id })
        }
        Tried::Wrong => Err(Error::new(&codes::CODE_WRONG)),
        Tried::TooOften(seconds) => Err(too_often(seconds)),
    }
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
