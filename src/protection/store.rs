//! The figures of an installation.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::rules::Facts;
use crate::{
    config::Settings,
    db::{
        Db,
        schema::{audit_entries, memberships, second_factors, users},
    },
    error::Error,
    evidence,
    kernel::{ids::UserId, password::PasswordPolicy, role::Role, time::Timestamp},
    people,
};

/// The administrative posts in the order of [`Facts::posts`].
const POSTS: [Role; 3] = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];

pub(super) fn facts(conn: &mut Db, settings: &Settings, now: Timestamp) -> Result<Facts, Error> {
    let able = users::table.filter(users::disabled_at.is_null());
    let accounts = able.count().get_result(conn)?;
    let held: Vec<(UserId, Role)> = memberships::table
        .inner_join(users::table)
        .filter(users::disabled_at.is_null())
        .select((memberships::user_id, memberships::role))
        .load(conn)?;
    let enrolled: Vec<UserId> = second_factors::table
        .filter(second_factors::confirmed_at.is_not_null())
        .select(second_factors::user_id)
        .load(conn)?;
    let enrolled: BTreeSet<UserId> = enrolled.into_iter().collect();
    let mut roles: BTreeMap<UserId, BTreeSet<Role>> = BTreeMap::new();
    for (person, role) in held {
        roles.entry(person).or_default().insert(role);
    }
    let counted = |holds: &dyn Fn(UserId, &BTreeSet<Role>) -> bool| {
        let count = roles.iter().filter(|(person, held)| holds(**person, held)).count();
        i64::try_from(count).unwrap_or(i64::MAX)
    };
    let evidence = &settings.evidence;
    Ok(Facts {
        now,
        accounts,
        unused: people::unused::count(conn, now)?,
        without_second_factor: counted(&|person, held| {
            held.iter().any(|role| role.needs_second_factor()) && !enrolled.contains(&person)
        }),
        posts: POSTS.map(|post| counted(&|_, held| held.contains(&post))),
        combined_posts: counted(&|_, held| POSTS.iter().filter(|post| held.contains(post)).count() > 1),
        audit_rows: audit_entries::table.count().get_result(conn)?,
        sealed_at: evidence::sealed_at(conn)?,
        off_box: !evidence.checkpoint_file.as_os_str().is_empty()
            || !evidence.mail_to.is_empty()
            || !evidence.webhook_url.is_empty(),
        keep_months: evidence.keep_months,
        staff_mlps2: settings.security.staff_password_policy == PasswordPolicy::Mlps2,
        require_totp: settings.security.require_totp,
        disable_unused: settings.security.disable_unused_accounts,
        session: (
            settings.security.staff_session_idle_minutes,
            settings.security.session_idle_minutes,
            settings.security.session_hours,
        ),
        https: settings.server.base_url.starts_with("https://"),
        scanned: !settings.attachments.clamd.is_empty(),
    })
}
