//! Admit experts, assign, declare, recuse, mark, submit, confirm.

mod assign;
mod begin;
mod codes;
mod confirm;
mod conflicts;
mod experts;
mod report;
mod sheets;
mod show;
mod standings;

pub use assign::assign;
pub use confirm::confirm_score;
pub use experts::admit;
pub use report::{Part, record_score_file, score_file};
pub use sheets::{declare, mark, recuse, submit};
pub use show::{show, show_stored};
pub use standings::{ScoreFinding, Standing, Standings, standings};

use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::Error,
    http::Caller,
    kernel::{ids::ProgrammeId, role::Role},
};

/// Roles that admit experts and assign them.
pub const ASSIGNERS: &[Role] = &[Role::ProgramOfficer];
/// Roles that see the sheets of others once they are handed in, and the ranking.
pub const READERS: &[Role] =
    &[Role::ProgramOfficer, Role::PanelChair, Role::Supervisor, Role::CenterDirector, Role::Auditor];
/// Roles that let a flagged score stand.
pub const CONFIRMERS: &[Role] = &[Role::PanelChair];

fn record(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    action: &'static str,
    subject: (&'static str, String),
    states: (Option<&str>, Option<&str>),
    detail: serde_json::Value,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: by.actor.roles_in(programme).next(),
        action,
        subject_kind: subject.0,
        subject_id: subject.1,
        before: states.0,
        after: states.1,
        detail,
    };
    Ok(audit::record(conn, Lane::Programme(programme), deed, by.now)?)
}
