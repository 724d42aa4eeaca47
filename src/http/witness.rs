//! What was refused to a signed-in person, and what they read that somebody may ask for later: kept in memory until it is
//! put on record (trust.md S8).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::kernel::{ids::UserId, time::Timestamp};

/// The most that waits; beyond it the oldest stay and the newest are lost, which the log tells.
const ROOM: usize = 10_000;

/// Who a request came from, told by the extractor to the middleware.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignedIn(pub UserId);

/// The action of a refusal.
pub const DENIED: &str = "access.denied";

/// Something that was seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Who.
    pub actor: UserId,
    /// When.
    pub at: Timestamp,
    /// What, as `noun.verb`.
    pub action: &'static str,
    /// The verb and the route with its `{parameters}`.
    pub route: String,
    /// The path without its query: ids are no personal data, what was searched for may be.
    pub path: String,
    /// The answer's status.
    pub status: u16,
    /// Its code, where it was refused.
    pub code: &'static str,
    /// So many more were not told one by one.
    pub more: u32,
}

#[derive(Default)]
struct Book {
    waiting: Vec<Seen>,
    /// Of each person the present minute and how many refusals it has had.
    minutes: HashMap<UserId, (i64, u32)>,
}

/// Where everything that was seen waits.
#[derive(Clone, Default)]
pub struct Witness(Arc<Mutex<Book>>);

impl Witness {
    fn with<T>(&self, work: impl FnOnce(&mut Book) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes something.
    pub fn note(&self, seen: Seen) {
        let is_lost = self.with(|book| {
            let is_lost = book.waiting.len() >= ROOM;
            if !is_lost {
                book.waiting.push(seen);
            }
            is_lost
        });
        if is_lost {
            tracing::warn!("too much waits to be put on record: one reading or refusal was lost");
        }
    }

    /// Notes a refusal: one by one up to `limit` a minute and person, counted beyond.
    pub fn note_denial(&self, seen: Seen, limit: u32) {
        let minute = seen.at.seconds_since(Timestamp::from_naive(chrono::NaiveDateTime::default())) / 60;
        let count = self.with(|book| {
            if book.minutes.len() >= ROOM {
                book.minutes.retain(|_, (of, _)| *of == minute);
            }
            let (of, count) = book.minutes.entry(seen.actor).or_default();
            if *of != minute {
                (*of, *count) = (minute, 0);
            }
            *count = count.saturating_add(1);
            *count
        });
        if count <= limit {
            self.note(seen);
            return;
        }
        let is_counted = self.with(|book| {
            let counted = book.waiting.iter_mut().find(|other| other.actor == seen.actor && other.more > 0);
            counted.map(|counted| counted.more = counted.more.saturating_add(1)).is_some()
        });
        if !is_counted {
            self.note(Seen { route: "*".to_owned(), path: String::new(), more: 1, ..seen });
        }
    }

    /// Everything that waits.
    #[must_use]
    pub fn take(&self) -> Vec<Seen> {
        self.with(|book| std::mem::take(&mut book.waiting))
    }

    /// Gives back what could not be put on record.
    pub fn put_back(&self, mut seen: Vec<Seen>) {
        self.with(|book| {
            seen.append(&mut book.waiting);
            seen.truncate(ROOM);
            book.waiting = seen;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denial(actor: UserId, at: &str) -> Seen {
        let at = at.parse().unwrap();
        let (route, path) = ("GET /x/{id}".to_owned(), "/x/1".to_owned());
        Seen { actor, at, action: DENIED, route, path, status: 404, code: "not_found", more: 0 }
    }

    #[test]
    fn many_refusals_of_one_minute_are_counted() {
        let (witness, actor, other) = (Witness::default(), UserId::generate(), UserId::generate());
        for _ in 0..25 {
            witness.note_denial(denial(actor, "2011-03-02T02:00:01Z"), 10);
        }
        witness.note_denial(denial(other, "2011-03-02T02:00:01Z"), 10);
        let told = witness.take();
        assert_eq!(told.iter().filter(|seen| seen.actor == actor && seen.more == 0).count(), 10);
        assert_eq!(told.iter().filter(|seen| seen.actor == actor).map(|seen| seen.more).sum::<u32>(), 15);
        assert_eq!(told.len(), 12);
        witness.note_denial(denial(actor, "2011-03-02T02:01:00Z"), 10);
        assert_eq!(witness.take().len(), 1, "another minute");
    }

    #[test]
    fn what_could_not_be_written_stays() {
        let witness = Witness::default();
        witness.note(denial(UserId::generate(), "2011-03-02T02:00:01Z"));
        let taken = witness.take();
        witness.note(denial(UserId::generate(), "2011-03-02T02:00:02Z"));
        witness.put_back(taken);
        let times: Vec<String> = witness.take().iter().map(|seen| seen.at.to_string()).collect();
        assert_eq!(times, ["2011-03-02T02:00:01Z", "2011-03-02T02:00:02Z"]);
    }
}
