//! `setup`: the first administrators, once.

use actix_web::http::StatusCode;

use super::{
    super::{
        actions,
        model::{SetUp, Setup},
        rules, store,
    },
    bucket, too_often,
};
use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Endpoint, Visit, answer},
    kernel::{ids::UserId, password::normalise},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/api/v1/setup", set_up, "首次启用 · Make the first administrators, once")
            .public()
            .limited()
            .also(&[(401, "初始化令牌不正确 / not the set-up token")])
            .takes::<Setup>()
            .gives::<SetUp>(),
    ]
}

async fn set_up(visit: Visit<(), Setup>) -> Answer {
    let (app, now) = (visit.app, visit.now);
    // Once there are administrators nothing is here, whatever was sent.
    if app.db.read(|conn| Ok(store::is_set_up(conn)?)).await? {
        return Err(Error::not_found());
    }
    let setup = visit.body?;
    let (token, bucket) = (setup.token.clone(), format!("setup from {}", bucket(visit.from)));
    let looked_at = app
        .db
        .write(Lane::Installation, move |conn| {
            if let Err(seconds) = store::take_place(conn, &bucket, rules::TRIES_PER_ADDRESS, 60, now)? {
                return Ok(Err(too_often(seconds)));
            }
            Ok(actions::check_setup(conn, &token))
        })
        .await?;
    looked_at?;
    rules::check_setup(&setup, app.settings.security.staff_password_policy)?;
    let mut administrators = Vec::new();
    for person in setup.administrators {
        let hash = app.passwords.hash(normalise(&person.password)).await?;
        administrators.push((UserId::generate(), person, hash));
    }
    let token = setup.token;
    let made = app
        .db
        .write(Lane::Installation, move |conn| actions::set_up(conn, &token, &administrators, now))
        .await?;
    answer(StatusCode::CREATED, &made)
}
