//! Files of an application: add, take out, and who may see them.

use serde_json::json;

use super::{
    super::{
        model::{Application, ApplicationState},
        rules::Action,
        store,
    },
    require_visible, standards,
};
use crate::{
    attachments::{self, Attachment, AttachmentLimits, OwnerKind, Prepared, rules},
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller, forbidden},
    kernel::{
        ids::{ApplicationId, AttachmentId},
        role::Role,
    },
    programmes::{FieldKind, Form},
};

/// Whether the applicant may change the files in this state.
#[must_use]
pub const fn takes_files(state: ApplicationState) -> bool {
    matches!(state, ApplicationState::Draft | ApplicationState::CorrectionRequested)
}

/// The states in which the applicant may change the files.
pub const STATES: &[&str] = &["draft", "correction_requested"];

/// The application and the role with which its own people change its files; 403 for the office.
fn own(conn: &mut Db, actor: &Actor, id: ApplicationId) -> Result<(Application, Role), Error> {
    let application = require_visible(conn, actor, id)?;
    let roles = crate::http::Guarded::roles(&Action::Edit);
    let role = actor.role_for(application.organization_id).filter(|role| roles.contains(role));
    let role = role.ok_or_else(|| forbidden(roles))?;
    Ok((super::as_seen(conn, actor, application)?, role))
}

/// What an upload is held against.
#[derive(Debug)]
pub struct Room {
    present: Vec<Attachment>,
    limits: AttachmentLimits,
    form: Form,
    /// After a notice to supplement only what was asked for.
    writable: Vec<String>,
}

impl Room {
    /// Whether there is room for this file besides those that were there.
    pub fn admit(&self, file: &Prepared) -> Result<(), Error> {
        let asked = self.form.field(&file.field).filter(|field| field.kind == FieldKind::File);
        let Some(asked) = asked else {
            let fault = Fault::new("/field", &codes::UNKNOWN_FIELD).with("field", &file.field);
            return Err(Error::invalid(vec![fault]));
        };
        self.require_writable(&file.field)?;
        let there = self.present.iter().filter(|other| other.field == file.field).count();
        if asked.max_items.is_some_and(|most| u32::try_from(there).is_ok_and(|there| there >= most)) {
            let limit = asked.max_items.unwrap_or_default();
            return Err(Error::new(&codes::ATTACHMENTS_TOO_MANY).with("limit", limit));
        }
        rules::check_fit(&self.present, self.limits, &file.field, &file.sha256, file.bytes)
    }
}

impl Room {
    /// 422 for a field that was not asked for.
    fn require_writable(&self, field: &str) -> Result<(), Error> {
        if self.writable.iter().any(|code| code == field) {
            return Ok(());
        }
        let fault = Fault::new("/field", &codes::LOCKED).with("field", field);
        Err(Error::invalid(vec![fault]))
    }
}

/// Looks, before a file is stored, whether it could be added: nothing is stored that would be refused.
pub fn room_for_one(conn: &mut Db, by: &Caller, id: ApplicationId) -> Result<Room, Error> {
    let (application, _) = own(conn, &by.actor, id)?;
    room(conn, by, &application)
}

fn room(conn: &mut Db, by: &Caller, application: &Application) -> Result<Room, Error> {
    if !takes_files(application.state) {
        return Err(Error::illegal_transition(application.state));
    }
    let (_, policy, form) = standards(conn, application)?;
    let writable = writable(conn, by, application, &form)?;
    let present = attachments::of_owner(conn, OwnerKind::Application, &application.id.to_string())?;
    rules::check_room(&present, policy.attachments)?;
    Ok(Room { present, limits: policy.attachments, form, writable })
}

/// The fields that may be written now; E120 where the time for a correction is over.
fn writable(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    form: &Form,
) -> Result<Vec<String>, Error> {
    let request = match application.state {
        ApplicationState::CorrectionRequested => store::last_correction(conn, application.id)?,
        _ => None,
    };
    if let Some(request) = &request {
        super::super::rules::check_due(request, by.now)?;
    }
    Ok(super::super::rules::writable(application.state, form, request.as_ref()))
}

/// Records a file that lies in the vault.
pub fn add(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    attachment: AttachmentId,
    file: &Input<Prepared>,
) -> Result<Attachment, Error> {
    let (application, role) = own(conn, &by.actor, id)?;
    by.proceed_unversioned(conn)?;
    let room = room(conn, by, &application)?;
    let file = file.as_ref().map_err(Clone::clone)?;
    room.admit(file)?;
    let row = Attachment {
        id: attachment,
        programme_id: application.programme_id,
        owner_kind: OwnerKind::Application,
        owner_id: id.to_string(),
        field: file.field.clone(),
        name: file.name.clone(),
        media_type: file.media_type.to_owned(),
        bytes: file.bytes,
        sha256: file.sha256.clone(),
        state: file.state,
        uploaded_by: by.actor.user_id,
        uploaded_at: by.now,
        deleted_at: None,
    };
    attachments::insert(conn, &row)?;
    record(conn, by, &application, role, "attachment.add", &row)?;
    Ok(row)
}

/// Takes a file out. What was part of something handed in is put aside, so that what was received can be shown again.
pub fn remove(conn: &mut Db, by: &Caller, id: ApplicationId, attachment: AttachmentId) -> Result<(), Error> {
    let (application, role) = own(conn, &by.actor, id)?;
    let row = find(conn, id, attachment)?;
    by.proceed_unversioned(conn)?;
    if !takes_files(application.state) {
        return Err(Error::illegal_transition(application.state));
    }
    let (_, _, form) = standards(conn, &application)?;
    let writable = writable(conn, by, &application, &form)?;
    // A draft may also lose what its form no longer asks.
    if application.state != ApplicationState::Draft && !writable.contains(&row.field) {
        return Err(Error::invalid(vec![Fault::new("", &codes::LOCKED).with("field", &row.field)]));
    }
    by.refuse_stray_body()?;
    match application.state {
        ApplicationState::Draft => attachments::remove(conn, attachment)?,
        _ => attachments::put_aside(conn, attachment, by.now)?,
    }
    record(conn, by, &application, role, "attachment.remove", &row)
}

fn record(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    role: Role,
    action: &'static str,
    row: &Attachment,
) -> Result<(), Error> {
    let is_new = action == "attachment.add";
    let state: &str = row.state.into();
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(role),
        action,
        subject_kind: "attachment",
        subject_id: row.id.to_string(),
        before: (!is_new).then_some(state),
        after: is_new.then_some(state),
        // Names are people's own words and may name people.
        detail: json!({
            "application_id": application.id, "field": row.field, "sha256": row.sha256, "bytes": row.bytes,
        }),
    };
    Ok(audit::record(conn, Lane::Programme(application.programme_id), deed, by.now)?)
}

/// The files of an application, for whoever may see it.
pub fn list(conn: &mut Db, actor: &Actor, id: ApplicationId) -> Result<Vec<Attachment>, Error> {
    require_visible(conn, actor, id)?;
    Ok(attachments::of_owner(conn, OwnerKind::Application, &id.to_string())?)
}

/// One file of this very application, for whoever may see it: another application's file is not there.
pub fn see(
    conn: &mut Db,
    actor: &Actor,
    id: ApplicationId,
    attachment: AttachmentId,
) -> Result<Attachment, Error> {
    require_visible(conn, actor, id)?;
    find(conn, id, attachment)
}

fn find(conn: &mut Db, id: ApplicationId, attachment: AttachmentId) -> Result<Attachment, Error> {
    attachments::find(conn, OwnerKind::Application, &id.to_string(), attachment)?.ok_or_else(Error::not_found)
}

/// The lane of an application.
pub fn lane(conn: &mut Db, id: ApplicationId) -> Result<Lane, Error> {
    store::programme_of(conn, id)?.map(Lane::Programme).ok_or_else(Error::not_found)
}
