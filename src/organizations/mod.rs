//! Grassroots groups and the organisations that host them.
//!
//! A registered organisation (association, social service institution, foundation) has a unified social credit code; a
//! filed group (备案社区社会组织) has none and no bank account, so it names a fiscal host that consents and is paid in
//! its place (domain.md §0.3).
//!
//! ```text
//! draft ── verify (programme officer) ──▶ verified ── the profile changes, or a filed group is registered ──▶ draft
//! draft, verified ── merge (programme officer) ──▶ merged
//! ```
//!
//! What is recorded of an organisation (annual checks, lists, debarments, grades, earlier projects) stands here too: it
//! is what a later stage must know of it. Each belongs to a unit of the district–subdistrict–community tree; a
//! subdistrict officer or a community worker who is bound to a unit sees the organisations of that unit and below.
//!
//! Invariants: a profile is a draft until an officer verified it, so a wrong credit code can be typed in and is told at
//! submission; a verified credit code is unique in its programme, and no two verified names look the same; the payee of
//! a filed group is its host; a merged organisation keeps nothing but its row and its history.

mod actions;
pub mod api;
mod model;
pub mod rules;
mod store;

pub use actions::{
    check_unit_of, debarments_of_person, ids_in, in_scope, record_award, scope_of, see, see_account, sharing,
    standing,
};
pub use model::{
    AnnualCheck, AnnualCheckResult, AwardRecord, BlackList, Debarment, Grade, Listing, Organization,
    OrganizationKind, OrganizationState, PayeeAccount, PayeeState, Scope, Shared, SharedThing, Standing,
    TrackOutcome, TrackRecord, TrackResult, TrackSource,
};
pub use store::{
    find, find_all, find_debarment, find_payee_account, find_track_record, has_units, hosted_by,
    index_missing, insert_track_record, is_indexed, lineage, people_of, programme_exists,
};
