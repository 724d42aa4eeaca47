//! A small client that reads like the API's documentation:
//! `officer.post("/api/v1/programmes").json(json!({…})).expect(201).id()`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use ureq::{Agent, http};
use yichuang::error::codes;

use super::contract;

/// Speaks to the application for one person, or for nobody.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    /// Shared by all clones, so that whoever signs in again is signed in everywhere.
    token: Option<Arc<Mutex<String>>>,
    /// The operations that were answered with success, by anybody who speaks to this application: where last, and to whom.
    done: Arc<Mutex<BTreeMap<String, Answered>>>,
}

/// Where an operation was answered with success, and whose session it was.
#[derive(Clone)]
pub struct Answered {
    pub path: String,
    token: Option<Arc<Mutex<String>>>,
}

impl Client {
    /// A client that is not signed in. `base` is `http://HOST:PORT`.
    pub fn anonymous(base: String) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            // The server closes idle connections after 5 s: one that is about to be closed is not used again.
            .max_idle_age(Duration::from_secs(3))
            .build();
        Self { agent: config.new_agent(), base, token: None, done: Arc::default() }
    }

    /// The same connection pool with this bearer token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(Arc::new(Mutex::new(token.to_owned()))), ..self.clone() }
    }

    /// The same connection pool, signed out.
    pub fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// `http://HOST:PORT`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The bearer token.
    pub fn token(&self) -> String {
        let token = self.token.as_ref().expect("somebody who is signed in");
        token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over the session of another client, here and in every clone of this one.
    pub fn take_session_of(&self, other: &Self) {
        let token = self.token.as_ref().expect("somebody who was signed in");
        *token.lock().unwrap_or_else(PoisonError::into_inner) = other.token();
    }

    /// The names of the operations that were answered with success so far.
    pub fn done(&self) -> BTreeSet<String> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// The same with where they were answered last: a real address of every operation.
    pub fn addresses(&self) -> BTreeMap<String, Answered> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whoever was answered there, with the session they have now.
    pub fn as_whoever(&self, answered: &Answered) -> Self {
        Self { token: answered.token.clone(), ..self.clone() }
    }

    pub fn get(&self, path: &str) -> Request<'_> {
        self.request("GET", path)
    }

    pub fn post(&self, path: &str) -> Request<'_> {
        self.request("POST", path)
    }

    pub fn put(&self, path: &str) -> Request<'_> {
        self.request("PUT", path)
    }

    pub fn patch(&self, path: &str) -> Request<'_> {
        self.request("PATCH", path)
    }

    pub fn delete(&self, path: &str) -> Request<'_> {
        self.request("DELETE", path)
    }

    /// Any method; `path` is everything after the host.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        Request {
            client: self,
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }
}

/// A request that is being put together.
#[must_use = "nothing is sent before `send`, `expect` or `refused`"]
pub struct Request<'a> {
    client: &'a Client,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request<'_> {
    /// A JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// Any body under any media type.
    pub fn raw(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", content_type)
    }

    /// The version the client saw.
    pub fn if_match(self, version: i64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    /// An `Idempotency-Key`.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// An `Accept-Language`.
    pub fn language(self, language: &str) -> Self {
        self.header("accept-language", language)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends it and holds the answer's status against the OpenAPI document.
    #[track_caller]
    pub fn send(self) -> Reply {
        let what = format!("{} {}", self.method, self.path);
        let url = format!("{}{}", self.client.base, self.path);
        let mut request = http::Request::builder().method(self.method.as_str()).uri(url);
        if self.client.token.is_some() {
            request = request.header("authorization", format!("Bearer {}", self.client.token()));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let needs_body = matches!(self.method.as_str(), "POST" | "PUT" | "PATCH");
        let outcome = match self.body {
            Some(body) => self.client.agent.run(request.body(body).expect("a request")),
            None if needs_body => self.client.agent.run(request.body(Vec::new()).expect("a request")),
            None => self.client.agent.run(request.body(()).expect("a request")),
        };
        let response = match outcome {
            Ok(response) => response,
            Err(error) => panic!("{what} got no answer: {error}"),
        };
        let (parts, mut body) = response.into_parts();
        let bytes = match body.with_config().limit(64 * 1024 * 1024).read_to_vec() {
            Ok(bytes) => bytes,
            Err(error) => panic!("{what}: the answer broke off: {error}"),
        };
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let reply = Reply { what, status: parts.status.as_u16(), headers: parts.headers, bytes, json };
        if let Some(operation) = contract::find(&self.method, &self.path) {
            assert!(
                operation.statuses.contains(&reply.status),
                "{reply}\nThe OpenAPI document does not declare {} for {}.",
                reply.status,
                operation.name()
            );
            if (200..300).contains(&reply.status) {
                self.client.done.lock().unwrap_or_else(PoisonError::into_inner).insert(
                    operation.name(),
                    Answered { path: self.path.clone(), token: self.client.token.clone() },
                );
            }
        }
        reply
    }

    /// Sends it and expects this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        let reply = self.send();
        assert_eq!(reply.status, status, "{reply}");
        reply
    }

    /// Sends it and expects a whole problem document with this status, and this code for the whole or for one place.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Reply {
        let reply = self.expect(status);
        reply.assert_problem();
        let told = reply.json["code"] == code || reply.faults().iter().any(|(_, told)| told == code);
        assert!(told, "{code} was expected: {reply}");
        reply
    }
}

/// What the application answered.
#[derive(Debug)]
pub struct Reply {
    what: String,
    pub status: u16,
    pub headers: http::HeaderMap,
    pub bytes: Vec<u8>,
    /// The body, `Null` where it is no JSON.
    pub json: Value,
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} answered {}: ", self.what, self.status)?;
        if self.json.is_null() {
            let text: String = String::from_utf8_lossy(&self.bytes).chars().take(500).collect();
            f.write_str(&text)
        } else {
            write!(f, "{:#}", self.json)
        }
    }
}

impl Reply {
    /// The object's id.
    #[track_caller]
    pub fn id(&self) -> String {
        self.text("/id").to_owned()
    }

    /// The object's version, which its `ETag` repeats.
    #[track_caller]
    pub fn version(&self) -> i64 {
        let version = self.at("/version").as_i64().unwrap_or_else(|| panic!("no version: {self}"));
        assert_eq!(self.header("etag"), Some(format!("\"{version}\"").as_str()), "{self}");
        version
    }

    /// What stands at a JSON pointer.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> &Value {
        self.json.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}: {self}"))
    }

    /// The text at a JSON pointer.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("no text at {pointer}: {self}"))
    }

    /// The `items` of a list.
    #[track_caller]
    pub fn items(&self) -> &[Value] {
        self.at("/items").as_array().unwrap_or_else(|| panic!("no list: {self}"))
    }

    /// A header, where it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The faults of a problem: (pointer, code).
    pub fn faults(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let faults = self.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        faults.iter().map(|fault| (text(&fault["pointer"]), text(&fault["code"]))).collect()
    }

    /// Everything api.md promises of a problem document.
    #[track_caller]
    pub fn assert_problem(&self) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self}");
        for field in ["type", "title", "detail", "code", "request_id"] {
            assert!(!self.json[field].as_str().unwrap_or_default().is_empty(), "no {field}: {self}");
        }
        assert_eq!(self.json["status"], self.status, "{self}");
        assert_eq!(self.header("x-request-id"), self.json["request_id"].as_str(), "{self}");
        let code = self.text("/code").to_owned();
        let faults = self.faults();
        for code in faults.iter().map(|(_, code)| code).chain([&code]) {
            assert!(codes::ALL.iter().any(|known| known.code == code), "{code} is not in the table: {self}");
        }
        // A sentence whose values were not filled in still shows a brace.
        assert!(!self.text("/detail").contains(['{', '}']), "{self}");
    }
}
