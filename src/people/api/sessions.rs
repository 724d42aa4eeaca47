//! `sessions`: by password, by code, one's own, signing out.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{HeaderValue, SET_COOKIE},
    },
};

use super::{
    super::{
        actions::{self, Attempt, SignInOutcome, Tried},
        model::{Begun, CodeCredentials, Credentials, CurrentSession, OwnSession, SignedIn, Ticket},
        passwords,
    },
    bucket, too_often,
};
use crate::{
    config::SecuritySettings,
    db::Lane,
    error::{Error, codes},
    http::{
        Answer, Call, Endpoint, Stage, Visit, Whose, answer, csrf_token, drop_cookie, no_content, set_cookie,
    },
    kernel::{
        digest::sha256_hex,
        ids::{SessionId, UserId},
        page::Page,
    },
};

/// Every half session may look at itself and end.
const ANY_STAGE: &[Stage] = &[Stage::SecondFactor, Stage::Enrolment, Stage::NewPassword];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/api/v1/sessions", sign_in, "登录 · Sign in")
            .public()
            .limited()
            .takes::<Credentials>()
            .gives::<SignedIn>(),
        Endpoint::post("/api/v1/sessions/by-code", sign_in_by_code, "验证码登录 · Sign in with a code")
            .public()
            .limited()
            .takes::<CodeCredentials>()
            .gives::<SignedIn>(),
        Endpoint::get("/api/v1/sessions", list_sessions, "我的登录 · My sessions, the latest first")
            .whose(Whose::Account)
            .person_only()
            .gives::<Page<OwnSession>>(),
        Endpoint::delete("/api/v1/sessions", sign_out_everywhere, "全部退出 · Sign out everywhere")
            .whose(Whose::Account)
            .person_only(),
        Endpoint::get("/api/v1/sessions/current", current_session, "当前登录 · The session that asks")
            .whose(Whose::Account)
            .person_only()
            .open_to(ANY_STAGE)
            .polls()
            .gives::<CurrentSession>(),
        Endpoint::delete("/api/v1/sessions/current", sign_out, "退出 · Sign out")
            .whose(Whose::Account)
            .person_only()
            .open_to(ANY_STAGE),
        Endpoint::delete(
            "/api/v1/sessions/{session_id}",
            revoke_session,
            "结束某次登录 · End one of my sessions",
        )
        .whose(Whose::Account)
        .person_only(),
    ]
}

/// A session that is about to begin.
pub(super) fn ticket(settings: &SecuritySettings, device: &str) -> Result<Ticket, Error> {
    Ticket::make(settings.session_hours, device, settings.require_totp)
}

/// A session that has begun, for a program or for a browser: the browser gets the token as a cookie that no page can
/// read, and a second token against forgery that only our own pages can.
pub(super) fn begun(begun: Begun, ticket: &Ticket, by_cookie: bool) -> SignedIn {
    let token = ticket.token.clone();
    let csrf_token = by_cookie.then(|| csrf_token(&token));
    let Begun { user_id, expires_at, stage } = begun;
    SignedIn { token: (!by_cookie).then_some(token), csrf_token, expires_at, user_id, stage }
}

/// Puts the cookie into an answer.
pub(super) fn with_cookie(mut response: HttpResponse, ticket: &Ticket, by_cookie: bool) -> HttpResponse {
    if by_cookie && let Ok(value) = HeaderValue::from_str(&set_cookie(&ticket.token)) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

async fn sign_in(visit: Visit<(), Credentials>) -> Answer {
    let Credentials { login, password, cookie } = visit.body?;
    if cookie {
        visit.same_site?;
    }
    let password =
        passwords::readable(&password).ok_or_else(|| Error::at("/password", &codes::PASSWORD_WEAK))?;
    let (app, now, from) = (visit.app, visit.now, bucket(visit.from));
    let security = &app.settings.security;
    let known = app.db.read(move |conn| actions::know(conn, &login, &from, now)).await?;
    if let Some(seconds) = known.held_for {
        return Err(too_often(seconds));
    }
    let stored = known.user.as_ref().map(|user| user.password_hash.clone()).filter(|hash| !hash.is_empty());
    let outdated = stored.as_deref().is_some_and(|hash| app.passwords.is_outdated(hash));
    let fits = app.passwords.verify(password.clone(), stored).await?;
    let rehashed = if fits && outdated { Some(app.passwords.hash(password.clone()).await?) } else { None };
    let staff = known.roles.iter().any(|role| role.is_of_office());
    let password_due = match known.user.as_ref().filter(|_| fits && staff) {
        Some(user) => {
            let policy = security.staff_password_policy;
            let set_at = user.password_set_at.unwrap_or(user.created_at);
            passwords::is_expired(policy, set_at, now)
                || !passwords::faults(policy, &password, actions::about(user)).is_empty()
        }
        None => false,
    };
    let ticket = ticket(security, &visit.device)?;
    let before = visit.cookie.map(sha256_hex);
    let attempt = Attempt { known, fits, password_due, rehashed, ticket: ticket.clone(), before };
    let outcome = app.db.write(Lane::Installation, move |conn| actions::sign_in(conn, &attempt, now)).await?;
    match outcome {
        SignInOutcome::SignedIn(session) => {
            let response = answer(StatusCode::CREATED, &begun(session, &ticket, cookie))?;
            Ok(with_cookie(response, &ticket, cookie))
        }
        SignInOutcome::Wrong => Err(Error::new(&codes::CREDENTIALS_WRONG)),
        SignInOutcome::TooOften(seconds) => Err(too_often(seconds)),
    }
}

async fn sign_in_by_code(visit: Visit<(), CodeCredentials>) -> Answer {
    let CodeCredentials { phone, code, cookie } = visit.body?;
    if cookie {
        visit.same_site?;
    }
    let (app, now) = (visit.app, visit.now);
    let ticket = ticket(&app.settings.security, &visit.device)?;
    let (new_user, from, fresh) = (UserId::generate(), bucket(visit.from), ticket.clone());
    let before = visit.cookie.map(sha256_hex);
    let tried = app
        .db
        .write(Lane::Installation, move |conn| {
            let tried = actions::sign_in_by_code(conn, &phone, code.trim(), &from, new_user, &fresh, now)?;
            if let (Tried::SignedIn(_), Some(digest)) = (&tried, &before) {
                actions::end_session_before(conn, digest, now)?;
            }
            Ok(tried)
        })
        .await?;
    match tried {
        Tried::SignedIn(session) => {
            let response = answer(StatusCode::CREATED, &begun(session, &ticket, cookie))?;
            Ok(with_cookie(response, &ticket, cookie))
        }
        Tried::Wrong => Err(Error::new(&codes::CODE_WRONG)),
        Tried::TooOften(seconds) => Err(too_often(seconds)),
    }
}

async fn list_sessions(call: Call) -> Answer {
    let security = &call.app.settings.security;
    let staff = call.by.actor.memberships.iter().any(|m| m.role.is_of_office());
    let idle = if staff { security.staff_session_idle_minutes } else { security.session_idle_minutes };
    let items = call.read(move |conn, by| actions::own_sessions(conn, by, idle)).await?;
    answer(StatusCode::OK, &Page { items, next_cursor: None })
}

async fn current_session(call: Call) -> Answer {
    answer(StatusCode::OK, &actions::current_session(&call.by)?)
}

/// 204, and the browser forgets its cookie.
fn signed_out(call: &Call) -> HttpResponse {
    let mut response = no_content();
    let by_cookie = call.by.actor.session().is_ok_and(|session| session.csrf.is_some());
    if by_cookie && let Ok(value) = HeaderValue::from_str(&drop_cookie()) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

async fn sign_out(call: Call) -> Answer {
    let by = call.by.clone();
    call.app.db.write(Lane::Installation, move |conn| actions::end_session(conn, &by)).await?;
    Ok(signed_out(&call))
}

async fn sign_out_everywhere(call: Call) -> Answer {
    let by = call.by.clone();
    call.app.db.write(Lane::Installation, move |conn| actions::end_all_sessions(conn, &by)).await?;
    Ok(signed_out(&call))
}

async fn revoke_session(call: Call<SessionId>) -> Answer {
    let (by, id) = (call.by.clone(), call.path);
    call.app.db.write(Lane::Installation, move |conn| actions::end_own_session(conn, &by, id)).await?;
    Ok(no_content())
}
