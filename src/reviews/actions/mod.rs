//! Admit experts, assign, declare, recuse, mark, submit, confirm.

mod assign;
mod confirm;
mod conflicts;
mod conflicts_facts;
mod conflicts_office;
mod conflicts_raised;
mod experts;
mod panels;
mod panels_seats;
mod sheets;
mod show;
mod standings;

pub use assign::assign;
pub use confirm::confirm_score;
pub use conflicts::{conflicted_applications, is_conflicted, seal_tied, ties};
pub use conflicts_office::{conflicts_of_application, conflicts_of_round, dismiss_conflict, record_conflict};
pub use conflicts_raised::{RAISERS, conflict_requests, raise_conflict, resolve_request};
pub use experts::{
    DECLARERS, admit, change_expert, declare_tie, move_expert, own_entries, see_expert, see_ties,
    set_availability, show_expert,
};
pub use panels::{attest, cancel_draw, draw, draws_again, panel, show_draw};
pub use panels_seats::{seat_by_hand, substitute};
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
