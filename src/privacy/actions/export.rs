//! A person takes away what is stored of them.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::super::{
    model::DataExport,
    store::{self, Filter},
};
use crate::{
    db::{
        Db,
        private::{NoticeBody, NoticeSubject, Private},
        schema::{applications, notifications, sessions},
    },
    error::Error,
    http::Caller,
    kernel::{ids::ApplicationId, time::Timestamp},
    people,
};

/// The most rows of a kind: what one answer can carry.
const MOST: i64 = 10_000;

/// Everything of the caller's own, plain.
pub fn export(conn: &mut Db, by: &Caller) -> Result<DataExport, Error> {
    let user = by.actor.user_id;
    let account = people::find_user(conn, user)?.ok_or_else(Error::not_found)?;
    let roles = by.actor.memberships.iter().map(|held| {
        json!({
            "role": held.role,
            "programme_id": held.programme_id,
            "organization_id": held.organization_id,
            "enterprise_id": held.enterprise_id,
            "unit_id": held.unit_id,
        })
    });
    let of_subject = Filter { subject: Some(user.to_string()), ..Filter::default() };
    Ok(DataExport {
        made_at: by.now,
        account: json!({
            "id": account.id,
            "name": account.name,
            "phone": account.phone.as_deref(),
            "email": account.email.as_deref(),
            "created_at": account.created_at,
        }),
        roles: roles.collect(),
        sessions: sessions_of(conn, by)?,
        notices: notices_of(conn, by)?,
        applications: applications_of(conn, by)?,
        consents: store::consents_of(conn, user)?,
        erasure_requests: store::requests_of(conn, user)?,
        accesses: store::accesses(conn, &of_subject, None, MOST)?,
    })
}

fn sessions_of(conn: &mut Db, by: &Caller) -> Result<Vec<Value>, Error> {
    let rows: Vec<(Timestamp, Timestamp, Timestamp)> = sessions::table
        .filter(sessions::user_id.eq(by.actor.user_id))
        .order(sessions::created_at)
        .select((sessions::created_at, sessions::last_seen_at, sessions::expires_at))
        .limit(MOST)
        .load(conn)?;
    let shown = |(began, seen, ends): &(Timestamp, Timestamp, Timestamp)| json!({"created_at": began, "last_seen_at": seen, "expires_at": ends});
    Ok(rows.iter().map(shown).collect())
}

fn notices_of(conn: &mut Db, by: &Caller) -> Result<Vec<Value>, Error> {
    type Row = (Private<NoticeSubject>, Private<NoticeBody>, Timestamp, Option<Timestamp>);
    let rows: Vec<Row> = notifications::table
        .filter(notifications::user_id.eq(by.actor.user_id))
        .order(notifications::id.desc())
        .select((
            notifications::subject,
            notifications::body,
            notifications::created_at,
            notifications::read_at,
        ))
        .limit(MOST)
        .load(conn)?;
    let shown = |(subject, body, at, read): &Row| json!({"subject": subject.as_str(), "body": body.as_str(), "created_at": at, "read_at": read});
    Ok(rows.iter().map(shown).collect())
}

fn applications_of(conn: &mut Db, by: &Caller) -> Result<Vec<Value>, Error> {
    type Row = (ApplicationId, String, String, String, Timestamp);
    let rows: Vec<Row> = applications::table
        .filter(applications::created_by.eq(by.actor.user_id))
        .order(applications::id)
        .select((
            applications::id,
            applications::reference,
            applications::title,
            applications::state,
            applications::created_at,
        ))
        .limit(MOST)
        .load(conn)?;
    let shown = |(id, reference, title, state, at): &Row| json!({"id": id, "reference": reference, "title": title, "state": state, "created_at": at});
    Ok(rows.iter().map(shown).collect())
}
