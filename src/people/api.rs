//! `registrations`, `sessions`, `me`.

use actix_web::http::StatusCode;

use super::{
    actions,
    model::{Credentials, HeldRole, Person, Registration, SignedIn},
    rules, store,
};
use crate::{
    db::Lane,
    error::{Error, codes},
    http::{Answer, Call, Endpoint, Visit, answer, no_content},
    kernel::{
        digest::{random_token, sha256_hex},
        ids::UserId,
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
        Endpoint::delete("/api/v1/sessions/current", sign_out, "退出 · Sign out"),
        Endpoint::get("/api/v1/me", me, "我的账号与角色 · My account and roles").gives::<Person>(),
    ]
}

async fn register(visit: Visit<(), Registration>) -> Answer {
    let registration = visit.body?;
    rules::check_registration(&registration)?;
    let password_hash = visit.app.passwords.hash(registration.password.clone()).await?;
    let (id, now) = (UserId::generate(), visit.now);
    let user = visit
        .app
        .db
        .write(Lane::Installation, move |conn| {
            actions::create_account(conn, id, &registration, &password_hash, now)
        })
        .await?;
    answer(StatusCode::CREATED, &Person { id: user.id, name: user.name, roles: Vec::new() })
}

async fn sign_in(visit: Visit<(), Credentials>) -> Answer {
    let Credentials { login, password } = visit.body?;
    if password.chars().count() > 128 {
        return Err(Error::at("/password", &codes::PASSWORD_WEAK));
    }
    let user = visit.app.db.read(move |conn| Ok(store::find_by_login(conn, &login)?)).await?;
    let stored = user.as_ref().map(|user| user.password_hash.clone());
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
    let roles = actor.memberships.iter().map(HeldRole::from).collect();
    answer(StatusCode::OK, &Person { id: actor.user_id, name: actor.name.clone(), roles })
}
