//! What all stages share: the folder, the server, the line to it, the progress bar, and what went wrong.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::json;

use super::{
    client::{Account, Ask, Client, StepError},
    folder::Folder,
    server::Server,
};

/// How many people work at once; writers who wait together share a commit.
const HANDS: usize = 8;

/// One rehearsal that is under way.
pub struct Run<'a> {
    /// What is rehearsed.
    pub folder: &'a Folder,
    /// Where.
    pub server: &'a Server,
    /// The line to it.
    pub client: Client,
    password: String,
    progress: ProgressBar,
    failures: Mutex<Vec<StepError>>,
}

/// What most answers say.
#[derive(Clone, Debug, Deserialize)]
pub struct Created {
    /// The object's id.
    pub id: String,
    /// How often it was saved.
    #[serde(default)]
    pub version: i32,
}

/// Ranges of invented phone numbers.
#[derive(Clone, Copy, Debug)]
pub enum Range {
    /// The office.
    Staff,
    /// Organisations.
    Organizations,
    /// Experts.
    Reviewers,
    /// Enterprises.
    Enterprises,
}

impl<'a> Run<'a> {
    /// A run whose accounts all have this password.
    #[must_use]
    pub fn new(folder: &'a Folder, server: &'a Server, password: String) -> Self {
        let progress = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {elapsed}") {
            progress.set_style(style.progress_chars("=> "));
        }
        let client = Client::new(server.address(), HANDS);
        Self { folder, server, client, password, progress, failures: Mutex::default() }
    }

    /// Shows which stage begins, and how many steps it has.
    pub fn stage(&self, name: &'static str, steps: usize) {
        self.progress.set_length(u64::try_from(steps).unwrap_or(u64::MAX));
        self.progress.set_position(0);
        self.progress.set_message(name);
    }

    /// Works on all items with several hands. What fails is kept as a failure; the rest comes back in the order of
    /// the items, so that nothing depends on who was faster.
    pub fn each<'i, T: Sync, R: Send>(
        &self,
        items: &'i [T],
        work: impl Fn(&'i T) -> Result<R, StepError> + Sync,
    ) -> Vec<R> {
        let next = AtomicUsize::new(0);
        let hand = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(index) else { return done };
                match work(item) {
                    Ok(result) => done.push((index, result)),
                    Err(error) => self.fail(error),
                }
                self.progress.inc(1);
            }
        };
        let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
            let hands: Vec<_> = (0..HANDS.min(items.len())).map(|_| scope.spawn(hand)).collect();
            hands
                .into_iter()
                .flat_map(|hand| hand.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// Keeps a failure.
    pub fn fail(&self, error: StepError) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(error);
    }

    /// Ends the progress bar and gives back what went wrong, in an order of its own.
    pub fn finish(self) -> Vec<String> {
        self.progress.finish_and_clear();
        let failures = self.failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut told: Vec<String> = failures.iter().map(ToString::to_string).collect();
        told.sort();
        told
    }

    /// Registers somebody by an invented phone number and gives back the account with its id.
    pub fn register(&self, range: Range, index: usize, name: &str) -> Result<(Account, String), StepError> {
        let prefix = match range {
            Range::Staff => "138",
            Range::Organizations => "139",
            Range::Reviewers => "137",
            Range::Enterprises => "136",
        };
        let account = Account::new(format!("{prefix}{:08}", index + 1), self.password.clone());
        let body = json!({"name": name, "phone": account.login, "password": account.password});
        let ask = Ask::post("注册账号 register", "/registrations".to_owned()).about(name).with(body);
        let person: Created = self.client.ask_publicly(&ask)?;
        Ok((account, person.id))
    }

    /// The password of all accounts.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }
}
