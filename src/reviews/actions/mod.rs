//! Admit experts, assign by hand or by plan, declare, recuse, mark, submit, lock, open again, confirm; deadlines and the
//! defence.

mod assign;
mod begin;
mod codes;
mod comments;
mod confirm;
mod conflicts;
mod conflicts_facts;
mod conflicts_office;
mod conflicts_raised;
mod deeds;
mod defence;
mod experts;
mod freeze;
mod give;
mod material;
mod narrowed;
mod offline;
mod offline_rows;
mod panels;
mod panels_moves;
mod panels_seats;
mod plans;
mod release;
pub mod remind;
mod report;
mod rereview;
mod schedules;
mod sealed;
mod sheets;
mod show;
mod standings;
mod statistics;
mod summary;
mod ties;
mod versions;

pub use assign::assign;
pub use comments::comments_for_applicant;
pub use confirm::confirm_score;
pub use conflicts::{conflicted_applications, found_ties, seal_tied, ties};
pub use conflicts_office::{conflicts_of_application, conflicts_of_round, dismiss_conflict, record_conflict};
pub use conflicts_raised::{RAISERS, conflict_requests, raise_conflict, resolve_request};
pub use experts::{
    DECLARERS, admit, change_expert, declare_tie, move_expert, own_entries, see_expert, see_ties,
    set_availability, show_expert,
};
pub use panels::{draw, draws_again, is_masked_for, panel, see_draw, show_draw};
pub use panels_moves::{attest, cancel_draw};
pub use panels_seats::{attest_seat, seat_by_hand, substitute};
pub use plans::{
    PLAN_READERS, adopt_plan, answer, input_of_plan, keep_plan, plans_of_round, prepare_plan, question,
    see_assignment_plan, work_out,
};

pub use defence::{hold, move_to_end, postpone, show as show_session};
pub use freeze::{differences, keep, kept_standings, kept_statistics};
pub use offline::{MARKERS, OfflineSheets, my_sheets, preview_my_sheets, require_marker, write_my_sheets};
pub use release::{conflicted_sheets, release, unlocked_sheets};
pub use report::{Part, record_score_file, score_file};
pub use rereview::{
    answer as answer_re_review, list as re_reviews, order as order_re_review, see as see_re_review,
};
pub use schedules::{extend, set as set_schedule, show as show_schedule};
pub use sealed::{is_sealed_from, refuse_partial_view};
pub use sheets::{
    OpenedSheet, content_faults, declare, form, mark, open_to_write, recuse, submit, write_content,
};
pub use show::{see, show, show_all, show_stored};
pub use standings::{show_standings, standings};
pub use statistics::{Advisory, advisory};
pub use summary::{Column, Summary, SummaryRow, named_summary, record_summary, summary};
pub use versions::{history, lock, note, reopen, signature, signed_text};

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

/// Roles that order a re-review after a complaint.
pub const ORDERERS: &[Role] = &[Role::PanelChair, Role::ProgramOfficer, Role::Supervisor];

/// Roles that answer a re-review, each what the other ordered.
pub const ANSWERERS: &[Role] = &[Role::Supervisor, Role::PanelChair];

/// Roles that agree to a seat that was given by hand.
pub const SUPERVISORS: &[Role] = &[Role::Supervisor];

/// Puts a deed on record with the role that allowed it.
fn record(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    action: &'static str,
    subject: (&'static str, String),
    states: (Option<&str>, Option<&str>),
    detail: serde_json::Value,
) -> Result<(), Error> {
    let role = by.actor.role_among(programme, deeds::roles_of(action));
    write_down(conn, by, (programme, role), action, subject, states, detail)
}

/// The same of a deed that more than one role may do, each under conditions of its own: with the one that allowed it.
fn record_as(
    conn: &mut Db,
    by: &Caller,
    (programme, role): (ProgrammeId, Role),
    action: &'static str,
    subject: (&'static str, String),
    states: (Option<&str>, Option<&str>),
    detail: serde_json::Value,
) -> Result<(), Error> {
    write_down(conn, by, (programme, Some(role)), action, subject, states, detail)
}

fn write_down(
    conn: &mut Db,
    by: &Caller,
    (programme, role): (ProgrammeId, Option<Role>),
    action: &'static str,
    subject: (&'static str, String),
    states: (Option<&str>, Option<&str>),
    detail: serde_json::Value,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role,
        action,
        subject_kind: subject.0,
        subject_id: subject.1,
        before: states.0,
        after: states.1,
        detail,
    };
    Ok(audit::record(conn, Lane::Programme(programme), deed, by.now)?)
}
