//! Give and take the posts, say whether they may be combined; ask, agree, begin and end a look.

use serde_json::{Value, json};

use super::{
    model::{Administrator, NewAdministrator, NewViewing, Separation, Viewing, ViewingBegun, ViewingState},
    rules::{self, POST_GIVERS, POSTS},
    store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Input, codes},
    http::{Actor, Caller, Shown, VIEWERS},
    kernel::{
        ids::{MembershipId, UserId, ViewingId},
        role::Role,
        time::Timestamp,
    },
    outbox::{self, Letter},
    people::{self, Bound, NewPostsSetting, PostsSetting},
};

/// Gives a post of the installation.
pub fn appoint(conn: &mut Db, by: &Caller, input: &Input<NewAdministrator>) -> Result<Administrator, Error> {
    by.actor.require_installation(POST_GIVERS)?;
    by.proceed_unversioned(conn)?;
    let NewAdministrator { user_id, role } = *input.as_ref().map_err(Clone::clone)?;
    rules::check_post(role)?;
    people::require_account(conn, user_id)?;
    people::grant_role(
        conn,
        Lane::Installation,
        user_id,
        role,
        Bound::default(),
        Some(by.actor.user_id),
        by.now,
    )?;
    Ok(Administrator { user_id, role })
}

/// Takes one away; the last system administrator stays.
pub fn dismiss(conn: &mut Db, by: &Caller, id: MembershipId) -> Result<(), Error> {
    let role = by.actor.require_installation(POST_GIVERS)?;
    let held = people::find_given(conn, None, id)?;
    people::revoke(conn, Lane::Installation, &held, (by.actor.user_id, role), by.now)
}

/// The version before anything was said.
const UNSAID: i32 = 1;

/// What the office has said; nothing is no.
pub fn posts_setting(conn: &mut Db, actor: &Actor) -> Result<Shown<Separation>, Error> {
    actor.require_installation(POSTS)?;
    let setting = people::posts_setting(conn)?;
    Ok(show_setting(actor, setting))
}

fn show_setting(actor: &Actor, setting: Option<PostsSetting>) -> Shown<Separation> {
    let may = actor.require_installation(POST_GIVERS).is_ok();
    let unsaid =
        Separation { may_be_combined: false, reason: None, set_by: None, set_at: None, version: UNSAID };
    let object = setting.map_or(unsaid, |said| Separation {
        may_be_combined: said.may_be_combined,
        reason: Some(said.reason),
        set_by: Some(said.set_by),
        set_at: Some(said.set_at),
        version: said.version,
    });
    Shown { object, permitted_actions: if may { vec!["change"] } else { Vec::new() } }
}

/// Says whether posts may be combined. They are not forbidden again while somebody still holds two.
pub fn set_posts(
    conn: &mut Db,
    by: &Caller,
    input: &Input<NewPostsSetting>,
) -> Result<Shown<Separation>, Error> {
    let role = by.actor.require_installation(POST_GIVERS)?;
    let before = people::posts_setting(conn)?;
    let version = before.as_ref().map_or(UNSAID, |setting| setting.version);
    by.proceed(conn, version)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_reason(&new.reason)?;
    if !new.may_be_combined {
        let count = people_with_two_posts(conn)?;
        if count > 0 {
            return Err(Error::new(&codes::POSTS_STILL_COMBINED).with("count", count));
        }
    }
    let setting = PostsSetting {
        id: "installation".to_owned(),
        may_be_combined: new.may_be_combined,
        reason: new.reason.trim().to_owned(),
        set_by: by.actor.user_id,
        set_at: by.now,
        version: version + 1,
    };
    people::save_posts_setting(conn, &setting, before.is_none())?;
    let detail = json!({"may_be_combined": setting.may_be_combined, "reason": setting.reason});
    let subject = ("posts", "installation".to_owned());
    record(conn, by, Some(role), "posts.separation", subject, (None, None), detail)?;
    Ok(show_setting(&by.actor, Some(setting)))
}

fn people_with_two_posts(conn: &mut Db) -> Result<usize, Error> {
    let mut held: std::collections::BTreeMap<String, Vec<Role>> = std::collections::BTreeMap::new();
    for (user, role) in people::holders_of_posts(conn)? {
        held.entry(user.to_string()).or_default().push(role);
    }
    Ok(held.values().filter(|roles| people::holds_two_posts(roles)).count())
}

/// Asks to look through somebody's eyes.
pub fn ask(
    conn: &mut Db,
    by: &Caller,
    id: ViewingId,
    input: &Input<NewViewing>,
) -> Result<Shown<Viewing>, Error> {
    let role = by.actor.require_installation(VIEWERS)?;
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_reason(&new.reason)?;
    people::require_account(conn, new.user_id)?;
    let administers = people::roles_held(conn, new.user_id)?.into_iter().any(Role::is_administrative);
    if new.user_id == by.actor.user_id || administers {
        return Err(Error::at("/user_id", &codes::VIEW_OF_ADMINISTRATOR));
    }
    let viewing = Viewing {
        id,
        viewer_id: by.actor.user_id,
        subject_id: new.user_id,
        reason: new.reason.trim().to_owned(),
        state: ViewingState::Asked,
        asked_at: by.now,
        agreed_by: None,
        agreed_at: None,
        token_digest: None,
        expires_at: None,
        version: 1,
    };
    store::insert(conn, &viewing)?;
    record_step(conn, by, Some(role), "view_as.ask", &viewing, None)?;
    let letter = Letter {
        subject: "【益创】管理员申请以您的身份查看系统".to_owned(),
        body: format!(
            "管理员 {} 申请以您的身份查看系统，理由：{}\n只能读取，最长 30 分钟，看不到评分、资金与账户；您可以同意，也可以随时终止。\n\
             An administrator asks to see the service as you see it: reading only, for 30 minutes at most, without scores, \
             money or accounts. You may agree, and end it at any time.\n",
            by.actor.name, viewing.reason
        ),
        cause: "view_as.ask",
    };
    outbox::enqueue_to_user(conn, viewing.subject_id, &letter, by.now)?;
    Ok(show(&by.actor, viewing, by.now))
}

/// The look, for whoever takes part in it and for the three posts; 404 for everybody else.
fn see(conn: &mut Db, actor: &Actor, id: ViewingId) -> Result<Viewing, Error> {
    let viewing = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    let takes_part = [viewing.viewer_id, viewing.subject_id].contains(&actor.user_id);
    if takes_part || actor.require_installation(POSTS).is_ok() {
        Ok(viewing)
    } else {
        Err(Error::not_found())
    }
}

/// With what this person may do to it now.
pub fn show(actor: &Actor, viewing: Viewing, now: Timestamp) -> Shown<Viewing> {
    let is_viewer = viewing.viewer_id == actor.user_id;
    let may_agree = may_agree(actor, &viewing);
    let runs = viewing.state == ViewingState::Running && viewing.expires_at.is_some_and(|end| now < end);
    let permitted_actions = match viewing.state {
        ViewingState::Asked if may_agree => vec!["agree", "end"],
        ViewingState::Agreed if is_viewer => vec!["begin", "end"],
        ViewingState::Asked | ViewingState::Agreed => vec!["end"],
        ViewingState::Running if runs => vec!["end"],
        ViewingState::Running | ViewingState::Ended => Vec::new(),
    };
    Shown { object: viewing, permitted_actions }
}

/// The person, or an administrator who did not ask.
fn may_agree(actor: &Actor, viewing: &Viewing) -> bool {
    viewing.viewer_id != actor.user_id
        && (viewing.subject_id == actor.user_id || actor.require_installation(VIEWERS).is_ok())
}

/// Agrees to it.
pub fn agree(conn: &mut Db, by: &Caller, id: ViewingId) -> Result<Shown<Viewing>, Error> {
    let mut viewing = see(conn, &by.actor, id)?;
    if !may_agree(&by.actor, &viewing) {
        return Err(Error::new(&codes::VIEW_OWN_CONSENT));
    }
    by.proceed(conn, viewing.version)?;
    let before = require(&viewing, &[ViewingState::Asked])?;
    viewing.state = ViewingState::Agreed;
    viewing.agreed_by = Some(by.actor.user_id);
    viewing.agreed_at = Some(by.now);
    viewing.version += 1;
    store::save(conn, &viewing)?;
    record_step(conn, by, None, "view_as.agree", &viewing, Some(before))?;
    Ok(show(&by.actor, viewing, by.now))
}

/// Begins the session.
pub fn begin(
    conn: &mut Db,
    by: &Caller,
    id: ViewingId,
    token: &str,
    digest: &str,
) -> Result<ViewingBegun, Error> {
    let mut viewing = see(conn, &by.actor, id)?;
    let role = by.actor.require_installation(VIEWERS)?;
    if viewing.viewer_id != by.actor.user_id {
        return Err(Error::not_found());
    }
    by.proceed(conn, viewing.version)?;
    let before = require(&viewing, &[ViewingState::Agreed])?;
    viewing.state = ViewingState::Running;
    viewing.token_digest = Some(digest.to_owned());
    viewing.expires_at = Some(by.now.plus_seconds(rules::VIEWING_SECONDS));
    viewing.version += 1;
    store::save(conn, &viewing)?;
    record_step(conn, by, Some(role), "view_as.begin", &viewing, Some(before))?;
    Ok(ViewingBegun { viewing, permitted_actions: vec!["end"], token: Some(token.to_owned()) })
}

/// Ends it: the person, whoever looks, or another administrator. Its token is worth nothing from then on.
pub fn end(conn: &mut Db, by: &Caller, id: ViewingId) -> Result<Shown<Viewing>, Error> {
    let mut viewing = see(conn, &by.actor, id)?;
    by.proceed(conn, viewing.version)?;
    let before = require(&viewing, &[ViewingState::Asked, ViewingState::Agreed, ViewingState::Running])?;
    viewing.state = ViewingState::Ended;
    viewing.version += 1;
    store::save(conn, &viewing)?;
    record_step(conn, by, None, "view_as.end", &viewing, Some(before))?;
    Ok(show(&by.actor, viewing, by.now))
}

fn require(viewing: &Viewing, states: &[ViewingState]) -> Result<ViewingState, Error> {
    if states.contains(&viewing.state) {
        Ok(viewing.state)
    } else {
        Err(Error::illegal_transition(viewing.state))
    }
}

fn record_step(
    conn: &mut Db,
    by: &Caller,
    role: Option<Role>,
    action: &'static str,
    viewing: &Viewing,
    before: Option<ViewingState>,
) -> Result<(), Error> {
    let detail = json!({"viewer": viewing.viewer_id, "as": viewing.subject_id});
    let subject = ("viewing", viewing.id.to_string());
    let states = (before.map(Into::into), Some(viewing.state.into()));
    record(conn, by, role, action, subject, states, detail)
}

fn record(
    conn: &mut Db,
    by: &Caller,
    role: Option<Role>,
    action: &'static str,
    (subject_kind, subject_id): (&'static str, String),
    (before, after): (Option<&'static str>, Option<&'static str>),
    detail: Value,
) -> Result<(), Error> {
    let actor: Option<UserId> = Some(by.actor.user_id);
    let deed = Deed { actor, role, action, subject_kind, subject_id, before, after, detail };
    Ok(audit::record(conn, Lane::Installation, deed, by.now)?)
}
