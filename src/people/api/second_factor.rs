//! `me/totp` with its `confirmation`, `recovery-codes` and `removal`, and `sessions/current/second-factor`.

use actix_web::http::StatusCode;

use super::{
    super::{
        actions::{self, CodeOutcome},
        model::{Code, Enrolled, Enrolment, RecoveryCodes, SignedIn},
        totp,
    },
    sessions::{begun, ticket, with_cookie},
    too_often,
};
use crate::{
    db::Lane,
    error::{Error, codes},
    http::{Answer, Call, Endpoint, Stage, Whose, answer, no_content},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/sessions/current/second-factor",
            give_second_factor,
            "输入动态口令 · Complete a session with the second factor",
        )
        .whose(Whose::Account)
        .person_only()
        .open_to(&[Stage::SecondFactor])
        .limited()
        .takes::<Code>()
        .gives::<SignedIn>(),
        Endpoint::post("/api/v1/me/totp", begin_totp, "绑定动态口令 · Begin to set up a second factor")
            .whose(Whose::Account)
            .person_only()
            .open_to(&[Stage::Enrolment])
            .gives::<Enrolment>(),
        Endpoint::post(
            "/api/v1/me/totp/confirmation",
            confirm_totp,
            "确认动态口令 · Confirm the second factor with its first code",
        )
        .whose(Whose::Account)
        .person_only()
        .open_to(&[Stage::Enrolment])
        .limited()
        .takes::<Code>()
        .gives::<Enrolled>(),
        Endpoint::post(
            "/api/v1/me/totp/recovery-codes",
            renew_recovery_codes,
            "重新生成备用码 · Fresh recovery codes in place of those before",
        )
        .whose(Whose::Account)
        .person_only()
        .limited()
        .takes::<Code>()
        .gives::<RecoveryCodes>(),
        Endpoint::post("/api/v1/me/totp/removal", remove_totp, "停用动态口令 · Take my second factor away")
            .whose(Whose::Account)
            .person_only()
            .limited()
            .status(204)
            .takes::<Code>(),
    ]
}

fn code_of(call: &Call<(), Code>) -> Result<String, Error> {
    call.body.as_ref().as_ref().map(|body| body.code.clone()).map_err(Clone::clone)
}

fn right<T>(outcome: CodeOutcome<T>) -> Result<T, Error> {
    match outcome {
        CodeOutcome::Right(value) => Ok(value),
        CodeOutcome::Wrong => Err(Error::at("/code", &codes::TOTP_WRONG)),
        CodeOutcome::TooOften(seconds) => Err(too_often(seconds)),
    }
}

async fn begin_totp(call: Call) -> Answer {
    let (by, key, secret) = (call.by.clone(), call.app.key.clone(), totp::fresh_secret()?);
    let enrolment = call
        .app
        .db
        .write(Lane::Installation, move |conn| actions::begin_enrolment(conn, &by, key.bytes(), &secret))
        .await?;
    answer(StatusCode::CREATED, &enrolment)
}

async fn confirm_totp(call: Call<(), Code>) -> Answer {
    let code = code_of(&call)?;
    let recovery_codes = totp::fresh_recovery_codes()?;
    let ticket = ticket(&call.app.settings.security, &call.device)?;
    let (by, key, fresh) = (call.by.clone(), call.app.key.clone(), ticket.clone());
    let stored = recovery_codes.clone();
    let outcome = call
        .app
        .db
        .write(Lane::Installation, move |conn| {
            actions::confirm_enrolment(conn, &by, key.bytes(), &code, &stored, &fresh)
        })
        .await?;
    let by_cookie = call.by.actor.session()?.csrf.is_some();
    let session = begun(right(outcome)?, &ticket, by_cookie);
    let response = answer(StatusCode::CREATED, &Enrolled { session, recovery_codes })?;
    Ok(with_cookie(response, &ticket, by_cookie))
}

async fn give_second_factor(call: Call<(), Code>) -> Answer {
    let code = code_of(&call)?;
    let ticket = ticket(&call.app.settings.security, &call.device)?;
    let (by, key, fresh) = (call.by.clone(), call.app.key.clone(), ticket.clone());
    let outcome = call
        .app
        .db
        .write(Lane::Installation, move |conn| {
            actions::give_second_factor(conn, &by, key.bytes(), &code, &fresh)
        })
        .await?;
    let by_cookie = call.by.actor.session()?.csrf.is_some();
    let session = match outcome {
        CodeOutcome::Right(session) => session,
        CodeOutcome::Wrong => return Err(Error::new(&codes::SECOND_FACTOR_WRONG)),
        CodeOutcome::TooOften(seconds) => return Err(too_often(seconds)),
    };
    let response = answer(StatusCode::CREATED, &begun(session, &ticket, by_cookie))?;
    Ok(with_cookie(response, &ticket, by_cookie))
}

async fn renew_recovery_codes(call: Call<(), Code>) -> Answer {
    let code = code_of(&call)?;
    let recovery_codes = totp::fresh_recovery_codes()?;
    let (by, key, stored) = (call.by.clone(), call.app.key.clone(), recovery_codes.clone());
    let outcome = call
        .app
        .db
        .write(Lane::Installation, move |conn| {
            actions::renew_recovery_codes(conn, &by, key.bytes(), &code, &stored)
        })
        .await?;
    right(outcome)?;
    answer(StatusCode::CREATED, &RecoveryCodes { recovery_codes })
}

async fn remove_totp(call: Call<(), Code>) -> Answer {
    let code = code_of(&call)?;
    let (by, key) = (call.by.clone(), call.app.key.clone());
    let owed = call.app.settings.security.require_totp;
    let outcome = call
        .app
        .db
        .write(Lane::Installation, move |conn| {
            actions::remove_second_factor(conn, &by, key.bytes(), &code, owed)
        })
        .await?;
    right(outcome)?;
    Ok(no_content())
}
