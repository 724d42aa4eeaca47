//! The pool: who may be asked.

use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::{ASSIGNERS, READERS, conflicts_facts::identity_digest, record};
use crate::{
    db::{Db, Lane, columns::JsonText},
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller, Guarded, Shown},
    kernel::{
        domain::ServiceDomain,
        ids::{ExpertId, ExpertTieId, OrganizationId, ProgrammeId},
        role::Role,
        text::fold,
    },
    organizations,
    people::{self, Bound},
    reviews::{
        model::{
            Absence, Availability, Because, ConflictKind, Expert, ExpertChange, ExpertState, ExpertTie,
            ExpertTies, ExpertView, NewExpert, NewExpertTie,
        },
        rules::{PoolAction, pool},
        store,
    },
};

/// Who says when an expert cannot review, and which ties they have: they themselves, and the office for them.
pub const DECLARERS: &[Role] = &[Role::Reviewer, Role::ProgramOfficer];
/// Periods of absence that can be told.
const MOST_ABSENCES: usize = 50;

/// Admits somebody to the pool; they become a reviewer. `fresh_key` becomes the programme's key for identity numbers if
/// it has none yet.
pub fn admit(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    id: ExpertId,
    fresh_key: &str,
    input: &Input<NewExpert>,
) -> Result<Shown<ExpertView>, Error> {
    by.actor.require(programme, ASSIGNERS)?;
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    check_name(&new.name, &mut faults);
    check_loads(i32::from(new.min_load), new.max_load.map(i32::from), &mut faults);
    let identity = check_identity(new.identity_number.as_deref(), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    people::require_account(conn, new.user_id)?;
    // Nobody admits themselves.
    if new.user_id == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    check_organization(conn, programme, new.organization_id)?;
    let expert = Expert {
        id,
        programme_id: programme,
        user_id: new.user_id,
        name: new.name.trim().to_owned(),
        expertise: joined(&new.expertise),
        organization_id: new.organization_id,
        created_by: by.actor.user_id,
        created_at: by.now,
        version: 1,
        min_load: i32::from(new.min_load),
        max_load: new.max_load.map(i32::from),
        state: ExpertState::Admitted,
        kind: new.kind,
        absences: JsonText(Vec::new()),
        identity_digest: digest_of(conn, by, programme, fresh_key, identity)?,
    };
    store::insert_expert(conn, &expert)?;
    record(conn, by, programme, "expert.admit", ("expert", id.to_string()), (None, None), json!({}))?;
    let bound = Bound { programme: Some(programme), ..Bound::default() };
    let lane = Lane::Programme(programme);
    people::grant_role(conn, lane, new.user_id, Role::Reviewer, bound, Some(by.actor.user_id), by.now)?;
    Ok(show_expert(&by.actor, expert))
}

fn check_name(name: &str, faults: &mut Vec<Fault>) {
    if !(1..=100).contains(&name.trim().chars().count()) {
        faults.push(Fault::new("/name", &codes::FIELD_REQUIRED));
    }
}

fn check_loads(min: i32, max: Option<i32>, faults: &mut Vec<Fault>) {
    if max.is_some_and(|max| max < min) {
        faults.push(Fault::new("/max_load", &codes::LOADS_CROSSED));
    }
}

fn check_absences(absences: &[Absence], faults: &mut Vec<Fault>) {
    if absences.len() > MOST_ABSENCES {
        let reason = format!("≤ {MOST_ABSENCES}");
        faults.push(Fault::new("/absences", &codes::FIELD_INVALID).with("reason", reason));
    }
    for (place, absence) in absences.iter().enumerate() {
        if absence.to < absence.from {
            faults.push(Fault::new(format!("/absences/{place}/to"), &codes::ABSENCE_BACKWARDS));
        }
    }
}

fn check_identity(number: Option<&str>, faults: &mut Vec<Fault>) -> Option<String> {
    let number = number?;
    let sound = pool::identity_number(number);
    if sound.is_none() {
        faults.push(Fault::new("/identity_number", &codes::IDENTITY_NUMBER_INVALID));
    }
    sound
}

fn check_organization(
    conn: &mut Db,
    programme: ProgrammeId,
    organization: Option<OrganizationId>,
) -> Result<(), Error> {
    let Some(id) = organization else { return Ok(()) };
    organizations::find(conn, id)?.filter(|found| found.programme_id == programme).map(|_| ()).ok_or_else(
        || Error::invalid(vec![Fault::new("/organization_id", &codes::FIELD_INVALID).with("reason", id)]),
    )
}

/// The number itself goes no further than this.
fn digest_of(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    fresh_key: &str,
    number: Option<String>,
) -> Result<Option<String>, Error> {
    let Some(number) = number else { return Ok(None) };
    let key = store::identity_key_or(conn, programme, fresh_key, by.now)?;
    Ok(Some(identity_digest(&key, &number)))
}

fn joined(expertise: &[ServiceDomain]) -> String {
    let mut words: Vec<String> = Vec::new();
    for domain in expertise {
        let word = domain.to_string();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(";")
}

/// What this person may do to an expert now.
pub fn show_expert(actor: &Actor, expert: Expert) -> Shown<ExpertView> {
    let own = expert.user_id == actor.user_id && expert.state != ExpertState::Removed;
    let office = actor.role_among(expert.programme_id, ASSIGNERS).is_some();
    let mut permitted: Vec<&'static str> = PoolAction::iter()
        .filter(|action| action.apply(expert.state).is_some())
        .filter(|action| actor.role_among(expert.programme_id, action.roles()).is_some())
        .map(Into::into)
        .collect();
    if own || (office && expert.state != ExpertState::Removed) {
        permitted.extend(["set_availability", "declare_tie"]);
    }
    Shown { object: expert.into(), permitted_actions: permitted }
}

/// An expert, for the office and for themselves.
pub fn see_expert(conn: &mut Db, actor: &Actor, id: ExpertId) -> Result<Expert, Error> {
    let expert = store::find_expert(conn, id)?.ok_or_else(Error::not_found)?;
    let may = expert.user_id == actor.user_id || actor.role_among(expert.programme_id, READERS).is_some();
    if may { Ok(expert) } else { Err(Error::not_found()) }
}

/// What the signed-in person is in the pools.
pub fn own_entries(conn: &mut Db, actor: &Actor) -> Result<Vec<Shown<ExpertView>>, Error> {
    let own = store::experts_of_user(conn, actor.user_id)?;
    Ok(own.into_iter().map(|expert| show_expert(actor, expert)).collect())
}

/// An expert for somebody who changes their entry: the office, or — where `roles` has theirs — the expert. The entry is
/// given back in its next version.
fn to_change(
    conn: &mut Db,
    by: &Caller,
    id: ExpertId,
    roles: &[Role],
    action: PoolAction,
) -> Result<Expert, Error> {
    let mut expert = may_declare(conn, by, id, roles)?;
    // What the office says of an expert is said by somebody else: a tie of one's own is not lifted that way.
    if roles == ASSIGNERS && expert.user_id == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    by.proceed(conn, expert.version)?;
    expert.state = action.next(expert.state)?;
    expert.version += 1;
    Ok(expert)
}

fn may_declare(conn: &mut Db, by: &Caller, id: ExpertId, roles: &[Role]) -> Result<Expert, Error> {
    let expert = store::find_expert(conn, id)?.ok_or_else(Error::not_found)?;
    by.actor.require(expert.programme_id, roles)?;
    let office = by.actor.role_among(expert.programme_id, ASSIGNERS).is_some();
    if office || expert.user_id == by.actor.user_id { Ok(expert) } else { Err(Error::not_found()) }
}

fn save(
    conn: &mut Db,
    by: &Caller,
    expert: Expert,
    action: &'static str,
    before: Option<ExpertState>,
    detail: Value,
) -> Result<Shown<ExpertView>, Error> {
    store::save_expert(conn, &expert)?;
    let states = (before.map(Into::into), before.map(|_| expert.state.into()));
    let subject = ("expert", expert.id.to_string());
    record(conn, by, expert.programme_id, action, subject, states, detail)?;
    Ok(show_expert(&by.actor, expert))
}

/// The office changes what is known of an expert.
pub fn change_expert(
    conn: &mut Db,
    by: &Caller,
    id: ExpertId,
    fresh_key: &str,
    input: &Input<ExpertChange>,
) -> Result<Shown<ExpertView>, Error> {
    let mut expert = to_change(conn, by, id, ASSIGNERS, PoolAction::Change)?;
    let change = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    let mut changed = Vec::new();
    if let Some(name) = &change.name {
        check_name(name, &mut faults);
        name.trim().clone_into(&mut expert.name);
        changed.push("name");
    }
    if let Some(expertise) = &change.expertise {
        expert.expertise = joined(expertise);
        changed.push("expertise");
    }
    if let Some(kind) = change.kind {
        expert.kind = kind;
        changed.push("kind");
    }
    if let Some(organization) = change.organization_id {
        expert.organization_id = organization;
        changed.push("organization_id");
    }
    if let Some(min) = change.min_load {
        expert.min_load = i32::from(min);
        changed.push("min_load");
    }
    if let Some(max) = change.max_load {
        expert.max_load = max.map(i32::from);
        changed.push("max_load");
    }
    check_loads(expert.min_load, expert.max_load, &mut faults);
    if let Some(absences) = &change.absences {
        check_absences(absences, &mut faults);
        expert.absences = JsonText(absences.clone());
        changed.push("absences");
    }
    let identity = check_identity(change.identity_number.as_deref(), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    check_organization(conn, expert.programme_id, change.organization_id.flatten())?;
    if let Some(digest) = digest_of(conn, by, expert.programme_id, fresh_key, identity)? {
        expert.identity_digest = Some(digest);
        changed.push("identity_number");
    }
    save(conn, by, expert, "expert.change", None, json!({"changed": changed}))
}

/// The expert says when they cannot review, or the office for them.
pub fn set_availability(
    conn: &mut Db,
    by: &Caller,
    id: ExpertId,
    input: &Input<Availability>,
) -> Result<Shown<ExpertView>, Error> {
    let mut expert = to_change(conn, by, id, DECLARERS, PoolAction::Change)?;
    let said = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    check_absences(&said.absences, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    expert.absences = JsonText(said.absences.clone());
    save(conn, by, expert, "expert.availability", None, json!({"absences": said.absences}))
}

/// The office suspends, readmits or removes somebody, with a reason.
pub fn move_expert(
    conn: &mut Db,
    by: &Caller,
    id: ExpertId,
    action: PoolAction,
    input: &Input<Because>,
) -> Result<Shown<ExpertView>, Error> {
    let before = store::find_expert(conn, id)?.map(|expert| expert.state);
    let expert = to_change(conn, by, id, ASSIGNERS, action)?;
    let because = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    super::conflicts_office::words("/reason", &because.reason, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let deed = match action {
        PoolAction::Change => "expert.change",
        PoolAction::Suspend => "expert.suspend",
        PoolAction::Readmit => "expert.readmit",
        PoolAction::Remove => "expert.remove",
    };
    save(conn, by, expert, deed, before, json!({"reason": because.reason.trim()}))
}

/// The ties of an expert, for them and the office.
pub fn see_ties(conn: &mut Db, actor: &Actor, id: ExpertId) -> Result<ExpertTies, Error> {
    let expert = see_expert(conn, actor, id)?;
    Ok(ExpertTies { items: store::ties_of_expert(conn, expert.id)? })
}

/// The expert declares a tie that stands whatever is applied for, or the office records one.
pub fn declare_tie(
    conn: &mut Db,
    by: &Caller,
    id: ExpertId,
    tie: ExpertTieId,
    input: &Input<NewExpertTie>,
) -> Result<ExpertTie, Error> {
    let expert = may_declare(conn, by, id, DECLARERS)?;
    by.proceed_unversioned(conn)?;
    if expert.state == ExpertState::Removed {
        return Err(Error::illegal_transition(expert.state));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    let mut faults = Vec::new();
    if !new.kind.is_declarable() {
        faults.push(Fault::new("/kind", &codes::KIND_NOT_STATED));
    }
    let named = !fold(&new.organization_name).is_empty() || !fold(&new.person_name).is_empty();
    if new.organization_id.is_none() && !named {
        faults.push(Fault::new("/organization_name", &codes::TIE_NAMES_NOBODY));
    }
    let lengths = [
        ("/organization_name", &new.organization_name, 100),
        ("/person_name", &new.person_name, 100),
        ("/evidence", &new.evidence, 2_000),
    ];
    for (pointer, text, max) in lengths {
        if text.chars().count() > max {
            faults.push(Fault::new(pointer, &codes::FIELD_TOO_LONG).with("max", max));
        }
    }
    if new.until_year.is_some_and(|year| !(1900..2200).contains(&year)) {
        faults.push(Fault::new("/until_year", &codes::FIELD_INVALID).with("reason", "1900–2199"));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    check_organization(conn, expert.programme_id, new.organization_id)?;
    let row = ExpertTie {
        id: tie,
        programme_id: expert.programme_id,
        expert_id: expert.id,
        kind: new.kind,
        organization_id: new.organization_id,
        organization_name: new.organization_name.trim().to_owned(),
        person_name: new.person_name.trim().to_owned(),
        until_year: new.until_year.filter(|_| new.kind == ConflictKind::FormerEmployer),
        evidence: new.evidence.trim().to_owned(),
        recorded_by: by.actor.user_id,
        recorded_at: by.now,
    };
    store::insert_tie(conn, &row)?;
    let subject = ("expert", expert.id.to_string());
    let detail = json!({"kind": row.kind, "organization_id": row.organization_id});
    record(conn, by, expert.programme_id, "expert.declare_tie", subject, (None, None), detail)?;
    Ok(row)
}
