//! `me/password` and `password-resets` with their `redemption`.

use actix_web::{http::StatusCode, web};

use super::{
    super::{
        actions::{self, Changing, ResetLink},
        model::{NewPassword, NewPasswordReset, Redemption, ResetSent},
        passwords, rules, store,
    },
    bucket, too_often,
};
use crate::{
    db::Lane,
    error::{Error, codes},
    http::{Answer, AppState, Call, Endpoint, Stage, Visit, Whose, answer, no_content},
    kernel::{ids::PastPasswordId, password::PasswordPolicy, role::Role},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/api/v1/me/password", change_password, "修改密码 · Change my password")
            .whose(Whose::Account)
            .person_only()
            .open_to(&[Stage::NewPassword])
            .limited()
            .status(204)
            .takes::<NewPassword>(),
        Endpoint::post(
            "/api/v1/password-resets",
            ask_for_reset,
            "忘记密码 · Ask for a link to set a new password",
        )
        .public()
        .limited()
        .status(202)
        .takes::<NewPasswordReset>()
        .gives::<ResetSent>(),
        Endpoint::post(
            "/api/v1/password-resets/redemption",
            redeem_reset,
            "重设密码 · Set a new password with the link",
        )
        .public()
        .status(204)
        .takes::<Redemption>(),
    ]
}

fn policy_of(app: &AppState, roles: &[Role]) -> PasswordPolicy {
    let security = &app.settings.security;
    rules::policy_for(roles, security.staff_password_policy, security.applicant_password_policy)
}

/// The hash of a new password, once everything about it is in order.
async fn hash_of_new(
    app: &web::Data<AppState>,
    policy: PasswordPolicy,
    password: &str,
    changing: &Changing,
) -> Result<String, Error> {
    rules::check_password("/password", policy, password, actions::about(&changing.user))?;
    let password = passwords::readable(password).unwrap_or_default();
    let mut barred = changing.earlier.clone();
    barred.push(changing.user.password_hash.clone());
    if app.passwords.fits_any(password.clone(), barred).await? {
        let count = passwords::barred_of_the_last(policy);
        let fault = crate::error::Fault::new("/password", &codes::PASSWORD_REUSED).with("count", count);
        return Err(Error::invalid(vec![fault]));
    }
    app.passwords.hash(password).await
}

async fn change_password(call: Call<(), NewPassword>) -> Answer {
    let NewPassword { current_password, password } = call.body.as_ref().as_ref().map_err(Clone::clone)?;
    let app = &call.app;
    let roles: Vec<Role> = call.by.actor.memberships.iter().map(|m| m.role).collect();
    let policy = policy_of(app, &roles);
    let barred = passwords::barred_of_the_last(policy);
    let (changing, held) = call
        .read(move |conn, by| {
            let changing = actions::changing(conn, by.actor.user_id, barred)?;
            let held = changing.guarded.held_for(conn, by.now)?;
            Ok((changing, held))
        })
        .await?;
    if let Some(seconds) = held {
        return Err(too_often(seconds));
    }
    let wrong = || Error::at("/current_password", &codes::PASSWORD_WRONG);
    let stored = changing.user.password_hash.clone();
    if !stored.is_empty() {
        let given = current_password.as_deref().and_then(passwords::readable).ok_or_else(wrong)?;
        if !app.passwords.verify(given, Some(stored)).await? {
            let (guarded, now) = (changing.guarded.clone(), call.by.now);
            let held = app
                .db
                .write(Lane::Installation, move |conn| actions::count_wrong_password(conn, &guarded, now))
                .await?;
            return Err(held.map_or_else(wrong, too_often));
        }
    }
    let hash = hash_of_new(app, policy, password, &changing).await?;
    let (by, user, past) = (call.by.clone(), changing.user, PastPasswordId::generate());
    app.db
        .write(Lane::Installation, move |conn| actions::change_password(conn, &by, &user, &hash, past))
        .await?;
    Ok(no_content())
}

async fn ask_for_reset(visit: Visit<(), NewPasswordReset>) -> Answer {
    let NewPasswordReset { login } = visit.body?;
    let link = ResetLink::make(&visit.app.settings.server.base_url)?;
    let (from, now) = (bucket(visit.from), visit.now);
    visit
        .app
        .db
        .write(Lane::Installation, move |conn| actions::send_reset(conn, &login, &from, &link, now))
        .await?
        .map_err(too_often)?;
    answer(StatusCode::ACCEPTED, &ResetSent { valid_for_seconds: rules::RESET_SECONDS })
}

async fn redeem_reset(visit: Visit<(), Redemption>) -> Answer {
    let Redemption { token, password } = visit.body?;
    let (app, now) = (visit.app, visit.now);
    let given = token.clone();
    let security = &app.settings.security;
    let (staff, others) = (security.staff_password_policy, security.applicant_password_policy);
    let (policy, changing) = app
        .db
        .read(move |conn| {
            let user = actions::person_of_reset(conn, &given, now)?;
            let roles = store::roles_held(conn, user.id)?;
            let policy = rules::policy_for(&roles, staff, others);
            Ok((policy, actions::changing(conn, user.id, passwords::barred_of_the_last(policy))?))
        })
        .await?;
    let hash = hash_of_new(&app, policy, &password, &changing).await?;
    let past = PastPasswordId::generate();
    app.db
        .write(Lane::Installation, move |conn| actions::reset_password(conn, &token, &hash, past, now))
        .await?;
    Ok(no_content())
}
