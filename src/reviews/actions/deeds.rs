//! Which roles a deed of this room is done in: of somebody who holds several the log names the one that allowed it.

use super::{ASSIGNERS, CONFIRMERS, DECLARERS, MARKERS, RAISERS, READERS, SUPERVISORS};
use crate::kernel::role::Role;

/// The roles of a deed, by the log's word for it.
pub fn roles_of(deed: &str) -> &'static [Role] {
    match deed {
        "review.declare" | "review.recuse" | "review.mark" | "review.submit" | "review.upload" => MARKERS,
        "review.lock" | "review.reopen" | "score.confirm" => CONFIRMERS,
        "review.note" | "panel.attest" | "panel.attest_seat" => SUPERVISORS,
        "expert.availability" | "expert.declare_tie" => DECLARERS,
        "conflict.raise" => RAISERS,
        // Everything that leaves the house, by whoever may read it.
        deed if deed.ends_with(".export") => READERS,
        // The rest is the officers'. What is done by others too says in which role (`record_as`).
        _ => ASSIGNERS,
    }
}
