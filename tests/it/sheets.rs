//! Score sheets: drafts and what is owed, deadlines and reminders, signatures and reopening, the defence.

mod deadlines;
mod defence;
mod drafts;
mod signatures;
mod states;

use serde_json::Value;

use crate::support::{
    Expert, Kind, Office, Person, Project, REVIEW_DAY, Reply, Round, TestApp, changes_nothing, content,
    fresh_key,
};

/// Tries it and sees that nothing changed.
#[track_caller]
fn refused(
    office: &Office<'_>,
    by: &Person,
    (method, path): (&str, &str),
    version: Option<i64>,
    body: Option<&Value>,
    (status, code): (u16, &str),
) -> Reply {
    changes_nothing(office.app.database(), || {
        let mut request = by.request(method, path).key(&fresh_key());
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(version) = version {
            request = request.if_match(version);
        }
        request.refused(status, code)
    })
}

/// A project that experts are at work on, in a round with this policy.
fn in_review(app: &TestApp, policy: Value) -> (Office<'_>, Round, Project) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", policy);
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.on_the(REVIEW_DAY);
    (office, round, project)
}

/// Assigned and declared; the sheet and its version.
#[track_caller]
fn declared(office: &Office<'_>, project: &Project, expert: &Expert) -> (String, i64) {
    let sheet = office.assign(project, expert);
    let version = office.version(&expert.person, &sheet);
    let version = office.step(&expert.person, &format!("{sheet}/declaration"), version, None).version();
    (sheet, version)
}

/// The places of what is told to be wrong or missing.
fn places(reply: &Reply) -> Vec<String> {
    reply.faults().into_iter().map(|(place, code)| format!("{code} {place}")).collect()
}
