//! A person at the other end of the line: signs in, asks, signs in again when the session has ended, and keeps
//! connections.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use ureq::{Agent, http};

/// A step that did not go as it should.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StepError {
    /// The server refused it.
    #[error("{step} ({subject}): {status} {}: {detail}", codes.join(" "))]
    Refused {
        /// What was tried.
        step: &'static str,
        /// On what.
        subject: String,
        /// The answer's status.
        status: u16,
        /// The answer's codes: of its faults, or its own.
        codes: Vec<String>,
        /// The answer's sentence.
        detail: String,
    },
    /// There was no answer.
    #[error("{step} ({subject}): no answer: {cause}")]
    NoAnswer {
        /// What was tried.
        step: &'static str,
        /// On what.
        subject: String,
        /// What the connection said.
        cause: String,
    },
    /// The answer is not what it should be.
    #[error("{step} ({subject}): an answer that does not fit: {cause}")]
    Unfit {
        /// What was tried.
        step: &'static str,
        /// On what.
        subject: String,
        /// What does not fit.
        cause: String,
    },
}

impl StepError {
    /// An answer, or a state of things, that does not fit.
    #[must_use]
    pub fn unfit(step: &'static str, subject: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::Unfit { step, subject: subject.into(), cause: cause.into() }
    }

    /// True where the server refused with this code.
    #[must_use]
    pub fn is_refused_with(&self, code: &str) -> bool {
        matches!(self, Self::Refused { codes, .. } if codes.iter().any(|other| other == code))
    }
}

/// Somebody with an account.
#[derive(Debug)]
pub struct Account {
    /// Their phone number.
    pub login: String,
    /// Their password.
    pub password: String,
    token: Mutex<Option<String>>,
}

impl Account {
    /// Somebody who has not signed in yet.
    #[must_use]
    pub fn new(login: String, password: String) -> Self {
        Self { login, password, token: Mutex::new(None) }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    step: &'static str,
    subject: &'a str,
    method: http::Method,
    path: String,
    version: Option<i32>,
    body: Option<Value>,
}

impl<'a> Ask<'a> {
    fn new(method: http::Method, step: &'static str, path: String) -> Self {
        Self { step, subject: "", method, path, version: None, body: None }
    }

    /// `GET`.
    #[must_use]
    pub fn get(step: &'static str, path: String) -> Self {
        Self::new(http::Method::GET, step, path)
    }

    /// `POST`, with an empty object unless told otherwise.
    #[must_use]
    pub fn post(step: &'static str, path: String) -> Self {
        Self { body: Some(json!({})), ..Self::new(http::Method::POST, step, path) }
    }

    /// `PUT`.
    #[must_use]
    pub fn put(step: &'static str, path: String) -> Self {
        Self::new(http::Method::PUT, step, path)
    }

    /// `PATCH`.
    #[must_use]
    pub fn patch(step: &'static str, path: String) -> Self {
        Self::new(http::Method::PATCH, step, path)
    }

    /// On what, for people.
    #[must_use]
    pub fn about(mut self, subject: &'a str) -> Self {
        self.subject = subject;
        self
    }

    /// The version that was seen.
    #[must_use]
    pub fn seen(mut self, version: i32) -> Self {
        self.version = Some(version);
        self
    }

    /// With this body.
    #[must_use]
    pub fn with(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

#[derive(Deserialize)]
struct SignedIn {
    token: String,
}

#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    errors: Vec<ProblemFault>,
}

#[derive(Deserialize)]
struct ProblemFault {
    code: String,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// How often a request is made while the server says that it is busy.
const TRIES: u32 = 60;
/// The most that is read of an answer.
const LONGEST: u64 = 256 * 1024 * 1024;

/// The line to one server, shared by all people and threads.
pub struct Client {
    agent: Agent,
    base: String,
    keys: AtomicU64,
}

impl Client {
    /// A line to this address, with so many connections kept open.
    #[must_use]
    pub fn new(address: SocketAddr, connections: usize) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_idle_connections(connections)
            .max_idle_connections_per_host(connections)
            // Below the server's keep-alive of 5 s, so that no request goes out on a line that is being closed.
            .max_idle_age(Duration::from_secs(3))
            .timeout_global(Some(Duration::from_secs(120)))
            .build();
        Self { agent: config.into(), base: format!("http://{address}/api/v1"), keys: AtomicU64::new(1) }
    }

    /// Asks as somebody, and reads the answer.
    pub fn ask<T: DeserializeOwned>(&self, by: &Account, ask: &Ask<'_>) -> Result<T, StepError> {
        let key = format!("rehearsal-{}", self.keys.fetch_add(1, Ordering::Relaxed));
        let mut token = self.token(by, None, ask)?;
        loop {
            let (status, text) = self.send(ask, Some((&token, &key)))?;
            let refusal = match status {
                200..=299 => return read(ask, &text),
                _ => refused(ask, status, &text),
            };
            if !refusal.is_refused_with("session.expired") {
                return Err(refusal);
            }
            // The clock was moved: sign in again, once for each session that has ended.
            let next = self.token(by, Some(&token), ask)?;
            if next == token {
                return Err(refusal);
            }
            token = next;
        }
    }

    /// Asks without an account.
    pub fn ask_publicly<T: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<T, StepError> {
        match self.send(ask, None)? {
            (200..=299, text) => read(ask, &text),
            (status, text) => Err(refused(ask, status, &text)),
        }
    }

    /// All items of a list.
    pub fn list<T: DeserializeOwned>(
        &self,
        by: &Account,
        step: &'static str,
        path: &str,
    ) -> Result<Vec<T>, StepError> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page: Page<T> = self.ask(by, &Ask::get(step, format!("{path}?limit=100{after}")))?;
            items.extend(page.items);
            if page.next_cursor.is_none() {
                return Ok(items);
            }
            cursor = page.next_cursor;
        }
    }

    /// The session of somebody; a new one where there is none, or where it is the one that has `ended`.
    fn token(&self, by: &Account, ended: Option<&str>, ask: &Ask<'_>) -> Result<String, StepError> {
        // Held while signing in, so that many threads of one person sign in once.
        let mut token = by.token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = token.as_ref().filter(|token| Some(token.as_str()) != ended) {
            return Ok(token.clone());
        }
        let sign_in = Ask::post("登录 sign in", "/sessions".to_owned())
            .about(ask.subject)
            .with(json!({"login": by.login, "password": by.password}));
        let new: SignedIn = self.ask_publicly(&sign_in)?;
        *token = Some(new.token.clone());
        Ok(new.token)
    }

    /// Sends it, again and again while the server is busy. What changes something carries a key, so that sending it
    /// twice does not do it twice.
    fn send(&self, ask: &Ask<'_>, who: Option<(&str, &str)>) -> Result<(u16, String), StepError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.send_once(ask, who) {
                Ok((503, _)) if tries < TRIES => std::thread::sleep(Duration::from_millis(50)),
                Ok(answer) => return Ok(answer),
                Err(cause) => {
                    return Err(StepError::NoAnswer {
                        step: ask.step,
                        subject: ask.subject.to_owned(),
                        cause: cause.to_string(),
                    });
                }
            }
        }
    }

    fn send_once(&self, ask: &Ask<'_>, who: Option<(&str, &str)>) -> Result<(u16, String), ureq::Error> {
        let mut request =
            http::Request::builder().method(&ask.method).uri(format!("{}{}", self.base, ask.path));
        if let Some((token, key)) = who {
            request = request.header("authorization", format!("Bearer {token}"));
            if ask.method == http::Method::POST {
                request = request.header("idempotency-key", key);
            }
        }
        if let Some(version) = ask.version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        let answer = match &ask.body {
            None => self.agent.run(request.body(())?)?,
            Some(body) => {
                self.agent.run(request.header("content-type", "application/json").body(body.to_string())?)?
            }
        };
        let status = answer.status().as_u16();
        let text = answer.into_body().into_with_config().limit(LONGEST).read_to_string()?;
        Ok((status, text))
    }
}

fn read<T: DeserializeOwned>(ask: &Ask<'_>, text: &str) -> Result<T, StepError> {
    serde_json::from_str(text).map_err(|error| StepError::unfit(ask.step, ask.subject, error.to_string()))
}

fn refused(ask: &Ask<'_>, status: u16, text: &str) -> StepError {
    let problem: Problem = serde_json::from_str(text).unwrap_or_default();
    let mut codes: Vec<String> = problem.errors.into_iter().map(|fault| fault.code).collect();
    if codes.is_empty() {
        codes.push(problem.code);
    }
    StepError::Refused {
        step: ask.step,
        subject: ask.subject.to_owned(),
        status,
        codes,
        detail: problem.detail,
    }
}
