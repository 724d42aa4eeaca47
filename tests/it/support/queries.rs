//! How many queries something takes, counted by each connection of a database.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, LazyLock, Mutex, Once, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use super::TestApp;

/// The queries of each database, by the address it was connected at.
static COUNTS: LazyLock<Mutex<BTreeMap<String, Arc<AtomicU64>>>> = LazyLock::new(Mutex::default);

fn of(url: &str) -> Arc<AtomicU64> {
    let mut counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(counts.entry(url.to_owned()).or_default())
}

/// Sits in a connection, from its first word on.
#[derive(Default)]
struct Counter(Option<Arc<AtomicU64>>);

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.0 = Some(of(url)),
            InstrumentationEvent::StartQuery { .. } => {
                if let Some(count) = &self.0 {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
            _ => {}
        }
    }
}

/// From now on every new connection of this process counts.
pub fn count() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_default_instrumentation(|| Some(Box::new(Counter::default()))).expect("nobody else sets it");
    });
}

impl TestApp {
    /// How many queries this takes. The application's own workers ask now and then too, so it is done a few times over
    /// and the fewest count.
    pub fn queries(&self, what: impl Fn()) -> u64 {
        let url = self.database_url();
        // SQLite is opened by its path, without the scheme.
        let counts: Vec<Arc<AtomicU64>> = COUNTS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter(|(known, _)| url.ends_with(known.as_str()) || known.ends_with(&url))
            .map(|(_, count)| Arc::clone(count))
            .collect();
        assert!(!counts.is_empty(), "no connection to {url} is counted");
        let so_far = || counts.iter().map(|count| count.load(Ordering::Relaxed)).sum::<u64>();
        let once = || {
            let before = so_far();
            what();
            so_far() - before
        };
        (0..4).map(|_| once()).min().unwrap_or_default()
    }
}
