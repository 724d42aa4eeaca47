//! The request as a handler sees it.

use std::{future::Future, net::IpAddr, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use serde::de::DeserializeOwned;

use super::{
    Actor, View, answer, body,
    limits::{self, Limits, Running},
    session::{Gate, cookie_of, refuse_other_sites, sign_in},
};
use crate::{
    config::{SecretKey, Settings},
    db::{self, Database, Db, Lane, Recorded, private::Private},
    error::{Error, Input, Language, codes},
    kernel::{
        digest::sha256_hex,
        time::{Clock, Timestamp},
    },
};

/// What all requests share.
pub struct AppState {
    /// The database.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The settings.
    pub settings: Settings,
    /// How passwords are hashed.
    pub passwords: crate::kernel::password::Passwords,
    /// The paths that take a query.
    pub lists: std::collections::HashSet<&'static str>,
    /// What the paths take that do not take JSON: media types and bytes at most.
    pub uploads: std::collections::HashMap<&'static str, (Vec<&'static str>, usize)>,
    /// The methods and paths that nobody sees through somebody else's eyes.
    pub unseen: std::collections::HashSet<(String, &'static str)>,
    /// The paths whose reading costs much.
    pub costly: std::collections::HashSet<&'static str>,
    /// How much one person may ask of this node.
    pub limits: Limits,
    /// The OpenAPI document.
    pub openapi: web::Bytes,
    /// The paths whose reading is put on record, and as what.
    pub recorded: std::collections::HashMap<&'static str, &'static str>,
    /// What waits to be put on record.
    pub witness: super::Witness,
    /// The doors that are open to half sessions, closed to tokens, or do not count as use.
    pub gates: Vec<(actix_web::http::Method, &'static str, Gate)>,
    /// The key with which secrets are sealed.
    pub key: SecretKey,
}

/// Who calls, when, and with which conditions: what an action needs to know of a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The signed-in person.
    pub actor: Actor,
    /// The server's time when the request came.
    pub now: Timestamp,
    /// The language of the sentences in an answer.
    pub language: Language,
    if_match: Option<Result<i32, ()>>,
    key: Option<String>,
    digest: String,
    /// What is wrong with the body of a verb that takes none; no action looks at it.
    stray_body: Option<Error>,
}

impl Caller {
    /// For work that goes on in the background for the person who ordered it.
    #[must_use]
    pub fn in_background(actor: Actor, now: Timestamp) -> Self {
        let language = Language::default();
        Self { actor, now, language, if_match: None, key: None, digest: String::new(), stray_body: None }
    }

    /// To be called once an action knows that the person may see the object: ends here with the first answer where
    /// the same request was answered before, then compares the version the client saw (428, 412).
    pub fn proceed(&self, conn: &mut Db, version: i32) -> Result<(), Error> {
        self.recall(conn)?;
        match self.if_match {
            None => Err(Error::new(&codes::PRECONDITION_REQUIRED)),
            Some(Ok(seen)) if seen == version => Ok(()),
            Some(_) => Err(Error::new(&codes::STALE).with("version", version)),
        }
    }

    /// The same for creating in a collection, which needs no version.
    pub fn proceed_unversioned(&self, conn: &mut Db) -> Result<(), Error> {
        self.recall(conn)
    }

    fn recall(&self, conn: &mut Db) -> Result<(), Error> {
        let Some(key) = &self.key else { return Ok(()) };
        match db::recall(conn, self.actor.user_id, key, &self.digest, self.now)? {
            Some(record) => Err(Error::replay(record)),
            None => Ok(()),
        }
    }

    /// 422 for a body where none is taken, told last: after the state has allowed the action (api.md).
    pub fn refuse_stray_body(&self) -> Result<(), Error> {
        self.stray_body.clone().map_or(Ok(()), Err)
    }

    fn remember(&self, conn: &mut Db, status: StatusCode, body: &str) -> Result<(), Error> {
        let Some(key) = &self.key else { return Ok(()) };
        let record = Recorded {
            actor: self.actor.user_id,
            key: key.clone(),
            request_digest: self.digest.clone(),
            status: i32::from(status.as_u16()),
            body: Private::of_part(self.actor.user_id, key, body),
            created_at: self.now,
        };
        Ok(db::record(conn, &record)?)
    }
}

/// A request of a signed-in person, with its path parameters `P` and its body `B`.
pub struct Call<P = (), B = body::Nothing> {
    /// Who, when, with which conditions.
    pub by: Arc<Caller>,
    /// The path's parameters.
    pub path: P,
    /// The body, or what is wrong with its shape.
    pub body: Arc<Input<B>>,
    /// What all requests share.
    pub app: web::Data<AppState>,
    /// What the client calls itself, cut short.
    pub device: String,
    query: String,
    accept: String,
    /// Held while a costly request runs.
    _running: Option<Running>,
}

impl<P, B> Call<P, B> {
    /// The first of `offered` that `Accept` names; none where the client is content with JSON.
    #[must_use]
    pub fn accepted(&self, offered: &[&'static str]) -> Option<&'static str> {
        let named = self.accept.split(',').map(|part| part.split(';').next().unwrap_or_default().trim());
        let known = named.filter(|media| *media == "application/json" || offered.contains(media));
        let first = known.map(str::to_owned).next()?;
        offered.iter().copied().find(|media| *media == first)
    }

    /// The query, strictly: 400 for what is not known.
    pub fn query<Q: DeserializeOwned>(&self) -> Result<Q, Error> {
        read_query(&self.query)
    }

    /// For verbs that move money or decide: 400 without an `Idempotency-Key`.
    pub fn require_key(&self) -> Result<(), Error> {
        if self.by.key.is_some() { Ok(()) } else { Err(Error::new(&codes::IDEMPOTENCY_KEY_REQUIRED)) }
    }

    /// Reads from one snapshot.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db, &Caller) -> Result<T, Error> + Send + 'static,
    {
        let by = Arc::clone(&self.by);
        self.app.db.read(move |conn| work(conn, &by)).await
    }

    /// Runs an action alone in its lane, remembers its answer under the request's key, and answers after the commit.
    pub async fn write<T, F>(
        &self,
        lane: Lane,
        status: StatusCode,
        mut action: F,
    ) -> Result<HttpResponse, Error>
    where
        T: View + Send + 'static,
        F: FnMut(&mut Db, &Caller) -> Result<T, Error> + Send + 'static,
    {
        let by = Arc::clone(&self.by);
        let outcome = self
            .app
            .db
            .write(lane, move |conn| {
                let view = action(conn, &by)?;
                by.refuse_stray_body()?;
                let body = serde_json::to_string(&view).map_err(Error::internal)?;
                by.remember(conn, status, &view.remembered().unwrap_or_else(|| body.clone()))?;
                Ok((body, view.version()))
            })
            .await;
        match outcome {
            Ok((body, version)) => Ok(answer::json(status, body, version)),
            Err(error) => match error.replayed() {
                Some(record) => Ok(answer::replay(record)),
                None => Err(error),
            },
        }
    }
}

/// A request of somebody who need not be signed in.
pub struct Visit<P = (), B = body::Nothing> {
    /// The server's time when the request came.
    pub now: Timestamp,
    /// The path's parameters.
    pub path: P,
    /// The body, or what is wrong with its shape.
    pub body: Input<B>,
    /// What all requests share.
    pub app: web::Data<AppState>,
    /// The address the request came from, as far as it can be believed.
    pub from: Option<IpAddr>,
    /// What the client calls itself, cut short.
    pub device: String,
    /// The token in the browser's cookie, if it has one already.
    pub cookie: Option<String>,
    /// 403 where another site has made the browser send this; to be asked before a cookie is handed out.
    pub same_site: Result<(), Error>,
    query: String,
}

impl<P, B> Visit<P, B> {
    /// The query, strictly: 400 for what is not known.
    pub fn query<Q: DeserializeOwned>(&self) -> Result<Q, Error> {
        read_query(&self.query)
    }
}

fn read_query<Q: DeserializeOwned>(query: &str) -> Result<Q, Error> {
    web::Query::<Q>::from_query(query).map(web::Query::into_inner).map_err(|error| {
        let text = error.to_string();
        Error::new(&codes::UNKNOWN_FILTER)
            .with("reason", text.trim_start_matches("Query deserialize error: "))
    })
}

pub(super) type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// What is known of a signed-in person's request before its body is read.
pub(super) struct Head {
    app: web::Data<AppState>,
    now: Timestamp,
    actor: Actor,
    running: Option<Running>,
}

impl Head {
    /// Ends with 401 where nobody is signed in.
    pub(super) async fn of(request: &HttpRequest) -> Result<Self, Error> {
        let app = app_state(request)?;
        let now = app.clock.now();
        let actor = sign_in(request, &app, now).await?;
        let running = limits::count(request, &app, actor.user_id, now).await?;
        Ok(Self { app, now, actor, running })
    }

    /// The call, once the body was read; `sent` is what tells one body from another.
    pub(super) fn into_call<P: DeserializeOwned + 'static, B: 'static>(
        self,
        request: &HttpRequest,
        sent: &[u8],
        body: Input<B>,
    ) -> Result<Call<P, B>, Error> {
        let key = idempotency_key(request)?;
        refuse_stray_query(request, &self.app)?;
        let path = read_path(request)?;
        let digest = sha256_hex(
            [request.method().as_str().as_bytes(), b" ", request.path().as_bytes(), b"\n", sent].concat(),
        );
        let takes_none = std::any::TypeId::of::<B>() == std::any::TypeId::of::<body::Nothing>();
        let stray_body = body.as_ref().err().filter(|_| takes_none).cloned();
        let Self { app, now, actor, running } = self;
        let language = language(request);
        let by = Caller { actor, now, language, if_match: if_match(request), key, digest, stray_body };
        let (query, accept) = (request.query_string().to_owned(), text_of(request, header::ACCEPT));
        let device = text_of(request, header::USER_AGENT).chars().take(120).collect();
        let by = Arc::new(by);
        Ok(Call { by, path, body: Arc::new(body), app, device, query, accept, _running: running })
    }
}

impl<P: DeserializeOwned + 'static, B: DeserializeOwned + 'static> FromRequest for Call<P, B> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let head = Head::of(&request).await?;
            let document = read_document(&request, &mut payload).await?;
            // A key that cannot be used is told before a body that is no object.
            idempotency_key(&request)?;
            let bytes = document.bytes.clone();
            let body = body::read(document)?;
            head.into_call(&request, &bytes, body)
        })
    }
}

/// A request of a signed-in person whose body is a file: the bytes of one of the media types that the table of
/// endpoints names for its path.
pub struct RawCall<P = ()> {
    /// The request; its body is empty.
    pub call: Call<P>,
    /// The file, at most as large as the table says.
    pub bytes: web::Bytes,
    /// Its media type, one of the table's.
    pub media: &'static str,
}

impl<P: DeserializeOwned + 'static> FromRequest for RawCall<P> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let app = app_state(&request)?;
            let now = app.clock.now();
            let actor = sign_in(&request, &app, now).await?;
            let pattern = request.match_pattern().unwrap_or_default();
            let (medias, limit) =
                app.uploads.get(pattern.as_str()).cloned().ok_or_else(|| Error::internal("takes no file"))?;
            body::refuse_encoding(&request)?;
            let given = body::media_type(&request).unwrap_or_default();
            let media = medias
                .iter()
                .copied()
                .find(|media| *media == given)
                .ok_or_else(|| Error::new(&codes::UNSUPPORTED_MEDIA).with("media", medias.join(" / ")))?;
            let bytes = read_file(&request, &mut payload, limit).await?;
            let key = idempotency_key(&request)?;
            refuse_stray_query(&request, &app)?;
            let path = read_path(&request)?;
            let head = format!("{} {}\n{media}\n", request.method(), request.path());
            let digest = sha256_hex([head.as_bytes(), &bytes].concat());
            let language = language(&request);
            let if_match = if_match(&request);
            let by = Caller { actor, now, language, if_match, key, digest, stray_body: None };
            let body = Arc::new(Ok(body::Nothing {}));
            let (query, accept) = (String::new(), text_of(&request, header::ACCEPT));
            let device = text_of(&request, header::USER_AGENT).chars().take(120).collect();
            let by = Arc::new(by);
            let call = Call { by, path, body, app, device, query, accept, _running: None };
            Ok(Self { call, bytes, media })
        })
    }
}

/// 400 for a body that does not come.
pub(super) fn too_slow() -> Error {
    Error::new(&codes::MALFORMED).with("reason", "the body came too slowly")
}

async fn read_file(request: &HttpRequest, payload: &mut Payload, limit: usize) -> Result<web::Bytes, Error> {
    let unreadable = |error: actix_web::Error| Error::new(&codes::MALFORMED).with("reason", error);
    let stream = web::Payload::from_request(request, payload).await.map_err(unreadable)?;
    let patience = app_state(request)?.limits.body() * 4;
    let read = tokio::time::timeout(patience, stream.to_bytes_limited(limit));
    match read.await.map_err(|_late| too_slow())? {
        Ok(bytes) => bytes.map_err(unreadable),
        Err(_exceeded) => Err(Error::new(&codes::TOO_LARGE).with("limit", limit)),
    }
}

fn text_of(request: &HttpRequest, name: header::HeaderName) -> String {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn language(request: &HttpRequest) -> Language {
    Language::preferred(Some(&text_of(request, header::ACCEPT_LANGUAGE)))
}

impl<P: DeserializeOwned + 'static, B: DeserializeOwned + 'static> FromRequest for Visit<P, B> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let app = app_state(&request)?;
            let body = body::read(read_document(&request, &mut payload).await?)?;
            refuse_stray_query(&request, &app)?;
            let from = address(&request, &app.settings.server.trusted_proxies);
            let same_site = refuse_other_sites(&request, &app.settings.server.base_url);
            let device = text_of(&request, header::USER_AGENT).chars().take(120).collect();
            let cookie = cookie_of(&request).ok().flatten();
            let (now, path) = (app.clock.now(), read_path(&request)?);
            let query = request.query_string().to_owned();
            Ok(Self { now, path, body, app, from, device, cookie, same_site, query })
        })
    }
}

/// The client's address: the peer's own, or what a trusted proxy says of its peer. What others write into
/// `X-Forwarded-For` is not believed (trust.md §5, number 3).
fn address(request: &HttpRequest, trusted: &[IpAddr]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    if !trusted.contains(&peer) {
        return Some(peer);
    }
    let lines = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    // From the nearest hop outwards: the first that is no proxy of ours is the client.
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let Ok(hop) = hop.parse() else { break };
        client = hop;
        if !trusted.contains(&hop) {
            break;
        }
    }
    Some(client)
}

/// 400 for a query where the endpoint has none: a filter that does nothing would be believed.
fn refuse_stray_query(request: &HttpRequest, app: &AppState) -> Result<(), Error> {
    let pattern = request.match_pattern().unwrap_or_default();
    let listed = request.method() == actix_web::http::Method::GET && app.lists.contains(pattern.as_str());
    if request.query_string().is_empty() || listed {
        return Ok(());
    }
    Err(Error::new(&codes::UNKNOWN_FILTER).with("reason", request.query_string()))
}

fn app_state(request: &HttpRequest) -> Result<web::Data<AppState>, Error> {
    request.app_data::<web::Data<AppState>>().cloned().ok_or_else(|| Error::internal("no application state"))
}

async fn read_document(request: &HttpRequest, payload: &mut Payload) -> Result<body::Document, Error> {
    let patience = app_state(request)?.limits.body();
    let read = tokio::time::timeout(patience, web::Bytes::from_request(request, payload));
    let read = read.await.map_err(|_late| too_slow())?;
    let bytes = read.map_err(|error| {
        let text = error.to_string();
        let too_large = error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE;
        if too_large {
            Error::new(&codes::TOO_LARGE).with("limit", body::MAX_JSON)
        } else {
            Error::new(&codes::MALFORMED).with("reason", text)
        }
    })?;
    let deceptive = body::check_readable(request, &bytes)?;
    Ok(body::Document { bytes, deceptive })
}

fn read_path<P: DeserializeOwned>(request: &HttpRequest) -> Result<P, Error> {
    // An id that is none cannot name anything: 404.
    let mut none = Payload::None;
    let path = web::Path::<P>::from_request(request, &mut none).into_inner();
    path.map(web::Path::into_inner).map_err(|_| Error::not_found())
}

fn if_match(request: &HttpRequest) -> Option<Result<i32, ()>> {
    let value = request.headers().get(header::IF_MATCH)?;
    Some(value.to_str().ok().and_then(|text| text.trim().trim_matches('"').parse().ok()).ok_or(()))
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Error> {
    if request.method() != actix_web::http::Method::POST {
        return Ok(None);
    }
    let Some(value) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    if (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(Some(key.to_owned()))
    } else {
        Err(Error::new(&codes::BAD_IDEMPOTENCY_KEY))
    }
}
