//! Admit experts, assign, declare, recuse, mark, submit, lock, open again, confirm; deadlines and the defence.

mod assign;
mod begin;
mod codes;
mod confirm;
mod conflicts;
mod defence;
mod experts;
mod offline;
mod offline_rows;
pub mod remind;
mod report;
mod schedules;
mod sheets;
mod show;
mod standings;
mod summary;
mod versions;

pub use assign::assign;
pub use confirm::confirm_score;
pub use defence::{hold, move_to_end, show as show_session};
pub use experts::admit;
pub use offline::{MARKERS, OfflineSheets, my_sheets, preview_my_sheets, require_marker, write_my_sheets};
pub use report::{Part, record_score_file, score_file};
pub use schedules::{extend, set as set_schedule, show as show_schedule};
pub use sheets::{
    OpenedSheet, content_faults, declare, form, mark, open_to_write, recuse, submit, write_content,
};
pub use show::{barred, see, show, show_stored};
pub use standings::{ScoreFinding, Standing, Standings, standings};
pub use summary::{Summary, SummaryRow, named_summary, record_summary, summary};
pub use versions::{history, lock, note, reopen, signature, text_of};

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
