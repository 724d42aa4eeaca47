//! How much one person may ask of one node (trust.md §5, numbers 55, 60 and 78).
//!
//! - A body that does not come within its time is given up, and so is a handler that does not answer within its.
//! - Of the requests that cost much (exports, searches, statistics) one person has a few at a time; the next is 429.
//! - Who opens hundreds of records one by one within five minutes is copying the register: 429, and a row in the audit
//!   log for the security officer. Lists and exports are the way to read much.
//!
//! The counters are this node's own: with n nodes a person has at most n times as much. Lock-outs, which must hold
//! everywhere, are rows (`people`).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::{
    HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web,
};

use super::AppState;
use crate::{
    audit::{self, Deed},
    config::LimitSettings,
    db::Lane,
    error::{Error, codes},
    kernel::{ids::UserId, time::Timestamp},
};

/// The window in which opened records are counted, in seconds.
const WINDOW: i64 = 300;

/// The counters of a node.
#[derive(Clone, Debug)]
pub struct Limits {
    settings: LimitSettings,
    people: Arc<Mutex<HashMap<UserId, Person>>>,
}

#[derive(Debug)]
struct Person {
    /// Costly requests that run now.
    running: u32,
    /// Since when records are counted, and how many were opened.
    since: Timestamp,
    opened: u32,
}

/// What a person's next record means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It may be read.
    Fine,
    /// It is the first one too many of this window: to be put on record.
    FirstTooMany,
    /// One more.
    TooMany,
}

/// A costly request that runs; dropping it makes room for the next.
#[derive(Debug)]
pub struct Running {
    limits: Limits,
    person: UserId,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(person) = self.limits.people().get_mut(&self.person) {
            person.running = person.running.saturating_sub(1);
        }
    }
}

impl Limits {
    /// Nobody has asked for anything yet.
    #[must_use]
    pub fn new(settings: LimitSettings) -> Self {
        Self { settings, people: Arc::default() }
    }

    fn people(&self) -> MutexGuard<'_, HashMap<UserId, Person>> {
        // A counter is right whatever its last holder came to.
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a costly request; 429 where the person has as many as they may.
    pub fn begin(&self, person: UserId, now: Timestamp) -> Result<Running, Error> {
        let mut people = self.people();
        let entry = people.entry(person).or_insert_with(|| Person { running: 0, since: now, opened: 0 });
        if entry.running >= self.settings.costly_at_once {
            return Err(Error::too_many(1));
        }
        entry.running += 1;
        Ok(Running { limits: self.clone(), person })
    }

    /// Counts a record that is opened.
    #[must_use]
    pub fn open(&self, person: UserId, now: Timestamp) -> Opened {
        let mut people = self.people();
        if people.len() > 10_000 {
            people.retain(|_, person| person.running > 0 || now.seconds_since(person.since) < WINDOW);
        }
        let entry = people.entry(person).or_insert_with(|| Person { running: 0, since: now, opened: 0 });
        if now.seconds_since(entry.since) >= WINDOW {
            (entry.since, entry.opened) = (now, 0);
        }
        entry.opened = entry.opened.saturating_add(1);
        let allowed = self.settings.records_in_five_minutes;
        match entry.opened {
            opened if opened <= allowed => Opened::Fine,
            opened if opened == allowed.saturating_add(1) => Opened::FirstTooMany,
            _ => Opened::TooMany,
        }
    }

    /// How long a JSON body may take.
    #[must_use]
    pub fn body(&self) -> Duration {
        Duration::from_secs(self.settings.body_seconds)
    }
}

/// Counts a request of a signed-in person: 429 where it is one too many. The first such is put on record.
pub(super) async fn count(
    request: &HttpRequest,
    app: &AppState,
    person: UserId,
    now: Timestamp,
) -> Result<Option<Running>, Error> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Ok(None);
    }
    let pattern = request.match_pattern().unwrap_or_default();
    if app.costly.contains(pattern.as_str()) {
        return app.limits.begin(person, now).map(Some);
    }
    if !pattern.ends_with('}') {
        return Ok(None);
    }
    match app.limits.open(person, now) {
        Opened::Fine => return Ok(None),
        Opened::TooMany => {}
        Opened::FirstTooMany => put_on_record(app, person, now).await?,
    }
    Err(Error::too_many(60))
}

async fn put_on_record(app: &AppState, person: UserId, now: Timestamp) -> Result<(), Error> {
    let records = app.settings.limits.records_in_five_minutes;
    app.db
        .write(Lane::Installation, move |conn| {
            let deed = Deed {
                actor: Some(person),
                role: None,
                action: "person.read_too_much",
                subject_kind: "user",
                subject_id: person.to_string(),
                before: None,
                after: None,
                detail: serde_json::json!({ "records": records, "seconds": WINDOW }),
            };
            Ok(audit::record(conn, Lane::Installation, deed, now)?)
        })
        .await
}

/// Around a handler: 503 where it does not answer in time. What it had begun to write may yet be carried out; the same
/// request with the same `Idempotency-Key` finds out. Uploads have a pace of their own.
pub(super) async fn within_time(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let whole = request.app_data::<web::Data<AppState>>().map(|app| {
        let limits = &app.settings.limits;
        Duration::from_secs(limits.body_seconds.saturating_add(limits.handler_seconds))
    });
    let Some(whole) = whole else { return Ok(next.call(request).await?.map_into_boxed_body()) };
    let kept = request.request().clone();
    match tokio::time::timeout(whole, next.call(request)).await {
        Ok(answered) => Ok(answered?.map_into_boxed_body()),
        Err(_late) => {
            let mut late = Error::new(&codes::OUT_OF_TIME);
            late.retry_after = Some(5);
            Ok(ServiceResponse::from_err(late, kept))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn limits() -> Limits {
        Limits::new(LimitSettings {
            body_seconds: 30,
            handler_seconds: 15,
            costly_at_once: 2,
            records_in_five_minutes: 3,
        })
    }

    #[test]
    fn a_person_has_a_few_costly_requests_at_a_time() {
        let (limits, now) = (limits(), moment("2026-03-01T00:00:00Z"));
        let (one, other) = (UserId::generate(), UserId::generate());
        let first = limits.begin(one, now).unwrap();
        let _second = limits.begin(one, now).unwrap();
        assert_eq!(limits.begin(one, now).unwrap_err().status(), 429);
        assert!(limits.begin(other, now).is_ok());
        drop(first);
        assert!(limits.begin(one, now).is_ok());
    }

    #[test]
    fn who_copies_the_register_is_told_once_and_stopped_until_the_window_ends() {
        let (limits, person) = (limits(), UserId::generate());
        let now = moment("2026-03-01T00:00:00Z");
        let seen: Vec<Opened> = (0..5).map(|_| limits.open(person, now)).collect();
        assert_eq!(seen, [Opened::Fine, Opened::Fine, Opened::Fine, Opened::FirstTooMany, Opened::TooMany]);
        assert_eq!(limits.open(person, moment("2026-03-01T00:05:00Z")), Opened::Fine);
    }
}
