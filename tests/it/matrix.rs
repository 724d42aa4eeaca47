//! The table of authorisation, tried on the running server: every route × every role × {of the programme, its own
//! object, another unit's, another programme's, the installation's post} (trust.md S1).
//!
//! What is expected follows from the rows of `app::endpoints()` alone. Allowed is an answer that no longer speaks of who
//! asks (2xx, 409, 412, 422, 428): the tries carry a body that nothing takes, so that nothing changes. Never is 403, or
//! 404 with the very body that an id gets which nobody has. Of another programme's objects it is always the latter.

mod cast;
mod judge;

use std::sync::Mutex;

use strum::IntoEnumIterator;
use yichuang::{
    app,
    http::{Access, Endpoint, Reach, Whose},
    kernel::role::Role,
};

use self::{
    cast::{Address, Cast},
    judge::{Judge, Try, allowed, allowed_or_gone, at_random, refused, unknown},
};
use crate::support::{Office, TestApp, looked_at, whole_round};

on_both!(the_server_does_what_the_table_says);

/// Where the server is right and the rule above too coarse: operation, role, which try, and why. It only ever gets
/// shorter: an entry that is not needed fails.
const EXCEPTIONS: &[(&str, &str, &str, &str)] = &[
    ("reviews_score_summary", "program_officer", "here", NAMES),
    ("reviews_score_summary", "panel_chair", "here", NAMES),
    ("reviews_score_summary", "auditor", "here", NAMES),
    ("reviews_order", "program_officer", "here", COMPLAINT),
    ("reviews_order", "supervisor", "here", COMPLAINT),
    (
        "privacy_accesses",
        "auditor",
        "elsewhere",
        "the address names no programme: an auditor lists those of their own",
    ),
    ("reviews_attest", "supervisor", "here", "the supervisor who was named as present attests, and no other"),
];

const NAMES: &str = "the address asks for names, which are for the supervisor and the director alone";

const COMPLAINT: &str = "they order on the ground of a complaint, which the body names";

/// What ends something of the person's own where it is allowed, so that only the refusals are tried.
const ENDS_SOMETHING: &[&str] = &["people_sign_out", "people_sign_out_everywhere"];

fn the_server_does_what_the_table_says(app: &TestApp) {
    let office = Office::found(app);
    let ended = whole_round(&office);
    looked_at(&office, &ended);
    let addresses = app.client().addresses();
    let cast = Cast::assemble(&office);

    let table = app::endpoints();
    let rows: Vec<&Endpoint> = table
        .iter()
        .filter(|row| row.path().starts_with("/api/v1/") && !matches!(row.access(), Access::Public))
        .collect();
    assert!(rows.len() > 150, "{} rows", rows.len());
    let unexpected = Mutex::new(Vec::new());
    let tried = Mutex::new(0_usize);
    std::thread::scope(|scope| {
        let (addresses, cast, tried, unexpected) = (&addresses, &cast, &tried, &unexpected);
        for part in rows.chunks(rows.len().div_ceil(4)) {
            scope.spawn(move || {
                for row in part {
                    let name = format!("{} {}", row.method_name(), row.path());
                    let answered =
                        addresses.get(&name).unwrap_or_else(|| panic!("{name} was never answered"));
                    let address = Address::of(app, row, &answered.path);
                    let all = tries_of(row, &address, cast, &app.client().as_whoever(answered));
                    *tried.lock().unwrap() += all.len();
                    let wrong = all.iter().filter_map(|one| one.fault(row, &address));
                    unexpected.lock().unwrap().extend(wrong);
                }
            });
        }
    });
    let unexpected = unexpected.into_inner().unwrap();
    let known = |line: &String| {
        EXCEPTIONS.iter().any(|(row, role, what, _)| line.starts_with(&format!("{row} {role} {what}:")))
    };
    let (excepted, wrong): (Vec<String>, Vec<String>) = unexpected.into_iter().partition(known);
    assert!(
        wrong.is_empty(),
        "{} unexpected of {}:\n{}",
        wrong.len(),
        tried.into_inner().unwrap(),
        wrong.join("\n")
    );
    let stale = EXCEPTIONS.iter().filter(|(row, role, what, _)| {
        !excepted.iter().any(|line| line.starts_with(&format!("{row} {role} {what}:")))
    });
    let stale: Vec<_> = stale.collect();
    assert!(stale.is_empty(), "no longer needed: {stale:#?}");
}

/// Who tries a row, and how the answer is judged.
fn tries_of(
    row: &Endpoint,
    address: &Address,
    cast: &Cast<'_>,
    whoever: &crate::support::Client,
) -> Vec<Try> {
    let mut tries = Vec::new();
    let mut add = |role: Role, what: &'static str, by: &crate::support::Client, judge: Judge| {
        tries.push(Try { role, what, by: by.clone(), judge });
    };
    // What was taken away while driving is gone for whoever may.
    let allowed: Judge = if row.method_name() == "DELETE" { allowed_or_gone } else { allowed };
    let may_be_done = !ENDS_SOMETHING.contains(&row.name().as_str());
    for role in Role::iter() {
        let (here, there) = (cast.here(role), cast.there(role));
        let reach = row.reach(role);
        match reach {
            Reach::Never | Reach::Installation => add(role, "here", here, refused),
            Reach::Anyone | Reach::Listed | Reach::Programme if may_be_done => {
                add(role, "here", here, allowed);
            }
            // A community worker who is bound to no unit sees no organisation.
            Reach::Unit if role == Role::CommunityWorker => add(role, "unbound", here, unknown),
            Reach::Unit => add(role, "here", here, allowed),
            Reach::Own if address.has_id => add(role, "another's", here, unknown),
            Reach::Own if may_be_done => add(role, "own", here, allowed),
            Reach::Own | Reach::Anyone | Reach::Listed | Reach::Programme => {}
            Reach::OwnOrganization | Reach::OwnEnterprise | Reach::OwnReview => {
                // Below a round or a programme the body says which one.
                let judge = if address.names_no_owner { allowed } else { unknown };
                if !(address.names_no_owner && reach == Reach::OwnReview) {
                    add(role, "another's", here, judge);
                }
            }
        }
        if reach == Reach::Unit {
            add(role, "another unit's", cast.of_another_unit(role), unknown);
            if let Some(of_its_unit) = cast.of_its_unit(role, address) {
                add(role, "its unit's", &of_its_unit, allowed);
            }
        }
        let closed = row.is_closed_to_the_tied() && matches!(reach, Reach::Programme | Reach::Unit);
        if let Some(tied) = closed.then(|| cast.tied(role, address)).flatten() {
            add(role, "tied", &tied, refused);
        }
        match cast.owner(role, reach, address, whoever) {
            Some(owner) if may_be_done => add(role, "own", &owner, allowed),
            _ => {}
        }
        match (row.about(), reach) {
            (Whose::SignedIn | Whose::Round, _) => add(role, "elsewhere", there, allowed),
            (Whose::Account, _) if !address.has_id => {}
            _ if address.has_id => add(role, "elsewhere", there, at_random),
            _ => add(role, "elsewhere", there, refused),
        }
        if let Some(post) = cast.installed(role) {
            match reach {
                // The letter in the address is a programme's.
                Reach::Installation if row.about() == Whose::Letter => add(role, "installed", post, refused),
                // The installation's administrators give roles in every programme.
                Reach::Installation | Reach::Programme => add(role, "installed", post, allowed),
                Reach::Never => add(role, "installed", post, refused),
                _ => {}
            }
        }
    }
    tries
}
