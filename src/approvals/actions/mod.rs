//! One file a use case: plan and decide, announce and approve, agree and sign.

mod agree;
mod announce;
mod decide;
mod feedback;
mod outlook;

use serde_json::Value;

pub use agree::{agree, see_agreement, see_award, show_award, sign};
pub use announce::{approve, draft_notice, publish_notice, show_notice};
pub use decide::{decide, make_plan, recompute, see_plan};
pub use feedback::feedback;
pub use outlook::show_statistics;

use crate::{
    audit::{self, AuditEntry, Deed},
    db::{Db, Lane},
    error::Error,
    http::Caller,
    kernel::{ids::ProgrammeId, role::Role},
};

/// An audit row of this room.
struct Row<'a> {
    programme: ProgrammeId,
    role: Option<Role>,
    action: &'static str,
    subject: (&'static str, String),
    before: Option<&'a str>,
    after: Option<&'a str>,
    detail: Value,
}

fn record(conn: &mut Db, by: &Caller, row: Row<'_>) -> Result<AuditEntry, Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: row.role,
        action: row.action,
        subject_kind: row.subject.0,
        subject_id: row.subject.1,
        before: row.before,
        after: row.after,
        detail: row.detail,
    };
    Ok(audit::append(conn, Lane::Programme(row.programme), deed, by.now)?)
}
