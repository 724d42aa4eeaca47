//! The table of endpoints: one row makes the route, its place in the 405 fallback and its operation in the OpenAPI
//! document, so that none of the three can disagree.

use std::{collections::BTreeMap, marker::PhantomData};

use actix_web::{
    FromRequest, Handler, HttpResponse, Responder, Route, guard,
    http::{Method, header},
    middleware::from_fn,
    web,
};
use utoipa::{
    ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::access::{Reach, Whose};
use super::{Gate, Stage};
use crate::{
    error::{Error, codes},
    kernel::role::Role,
};

/// A row of which it was said whose objects it is about, or that it is public.
#[derive(Debug)]
pub enum Told {}

/// A row of which it was not: no list of endpoints takes it, so that no route is without its row in the table of
/// authorisation.
#[derive(Debug)]
pub enum Untold {}

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// Everybody.
    Public,
    /// Everybody who is signed in; what they see is theirs.
    SignedIn,
    /// These roles.
    Roles(&'static [Role]),
}

/// An action of a feature's state machine, as the table of endpoints and `permitted_actions` see it.
pub trait Guarded {
    /// The roles that may do it.
    fn roles(&self) -> &'static [Role];
    /// The states it starts from.
    fn states(&self) -> Vec<String>;
}

/// A named schema with everything it refers to.
#[derive(Clone)]
pub struct NamedSchema {
    pub(super) name: String,
    pub(super) all: Vec<(String, RefOr<Schema>)>,
}

fn schema_of<T: ToSchema>() -> NamedSchema {
    let name = T::name().into_owned();
    let mut all = Vec::new();
    T::schemas(&mut all);
    all.push((name.clone(), T::schema()));
    NamedSchema { name, all }
}

type MakeRoute = Box<dyn Fn() -> Route + Send + Sync>;

/// One row of the table.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one promise of the row, independent of the others"
)]
pub struct Endpoint<S = Told> {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) operation: &'static str,
    pub(super) summary: &'static str,
    pub(super) access: Access,
    pub(super) whose: Whose,
    pub(super) not_when_tied: bool,
    pub(super) states: Vec<String>,
    pub(super) request: Option<NamedSchema>,
    pub(super) response: Option<NamedSchema>,
    pub(super) status: u16,
    pub(super) versioned: bool,
    pub(super) replaces: bool,
    pub(super) keyed: bool,
    pub(super) filters: &'static [&'static str],
    pub(super) questions: &'static [&'static str],
    pub(super) media: &'static str,
    pub(super) limited: bool,
    pub(super) costly: bool,
    pub(super) request_media: &'static str,
    pub(super) also_media: Vec<&'static str>,
    pub(super) takes: Vec<&'static str>,
    pub(super) takes_up_to: usize,
    pub(super) also: &'static [(u16, &'static str)],
    pub(super) recorded: Option<&'static str>,
    pub(super) gate: Gate,
    make: MakeRoute,
    said: PhantomData<S>,
}

impl Endpoint<Untold> {
    /// `GET path`, answered 200.
    pub fn get<F, Args>(path: &'static str, handler: F, summary: &'static str) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::new(Method::GET, path, handler, summary, 200)
    }

    /// `POST path`, answered 201 unless told otherwise.
    pub fn post<F, Args>(path: &'static str, handler: F, summary: &'static str) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::new(Method::POST, path, handler, summary, 201)
    }

    /// `PATCH path`, answered 200; needs `If-Match`.
    pub fn patch<F, Args>(path: &'static str, handler: F, summary: &'static str) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::new(Method::PATCH, path, handler, summary, 200).versioned()
    }

    /// `PUT path`, answered 200; needs `If-Match`.
    pub fn put<F, Args>(path: &'static str, handler: F, summary: &'static str) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::new(Method::PUT, path, handler, summary, 200).versioned()
    }

    /// `DELETE path`, answered 204.
    pub fn delete<F, Args>(path: &'static str, handler: F, summary: &'static str) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::new(Method::DELETE, path, handler, summary, 204)
    }

    fn new<F, Args>(
        method: Method,
        path: &'static str,
        handler: F,
        summary: &'static str,
        status: u16,
    ) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let verb = method.clone();
        let make = Box::new(move || {
            let route = if verb == Method::GET {
                // HEAD is GET without the body, with the same authorisation (trust.md §5, number 24).
                Route::new().guard(guard::Any(guard::Get()).or(guard::Head()))
            } else {
                web::method(verb.clone())
            };
            route.to(handler.clone()).wrap(from_fn(super::limits::within_time))
        });
        Self {
            method,
            path,
            operation: short_name::<F>(),
            summary,
            access: Access::SignedIn,
            whose: Whose::Everyone,
            not_when_tied: false,
            states: Vec::new(),
            request: None,
            response: None,
            status,
            versioned: false,
            replaces: false,
            keyed: false,
            filters: &[],
            questions: &[],
            media: "application/json",
            limited: false,
            costly: false,
            request_media: "application/json",
            also_media: Vec::new(),
            takes: Vec::new(),
            takes_up_to: super::body::MAX_JSON,
            also: &[],
            recorded: None,
            gate: Gate::default(),
            make,
            said: PhantomData,
        }
    }

    /// Nobody need be signed in.
    #[must_use]
    pub fn public(mut self) -> Endpoint {
        self.access = Access::Public;
        self.whose(Whose::Everyone)
    }

    /// Whose objects it is about: every endpoint says it.
    #[must_use]
    pub fn whose(self, whose: Whose) -> Endpoint {
        Endpoint {
            method: self.method,
            path: self.path,
            operation: self.operation,
            summary: self.summary,
            access: self.access,
            whose,
            not_when_tied: self.not_when_tied,
            states: self.states,
            request: self.request,
            response: self.response,
            status: self.status,
            versioned: self.versioned,
            replaces: self.replaces,
            keyed: self.keyed,
            filters: self.filters,
            questions: self.questions,
            media: self.media,
            limited: self.limited,
            costly: self.costly,
            recorded: self.recorded,
            gate: self.gate,
            request_media: self.request_media,
            also_media: self.also_media,
            takes: self.takes,
            takes_up_to: self.takes_up_to,
            also: self.also,
            make: self.make,
            said: PhantomData,
        }
    }
}

impl<S> Endpoint<S> {
    /// Not for somebody who has to do with the application: what it shows or does is refused to them, whatever role they
    /// hold, or comes without that application.
    #[must_use]
    pub fn not_when_tied(mut self) -> Self {
        self.not_when_tied = true;
        self
    }

    /// Only these roles.
    #[must_use]
    pub fn roles(mut self, roles: &'static [Role]) -> Self {
        self.access = Access::Roles(roles);
        self
    }

    /// The roles and states of an action.
    #[must_use]
    pub fn guarded(mut self, action: &impl Guarded) -> Self {
        self.access = Access::Roles(action.roles());
        self.states = action.states();
        self
    }

    /// The states of the object in the path, where the action's own states are another object's.
    #[must_use]
    pub fn from_states(mut self, states: &[&str]) -> Self {
        self.states = states.iter().map(|state| (*state).to_owned()).collect();
        self
    }

    /// Takes a body.
    #[must_use]
    pub fn takes<B: ToSchema>(mut self) -> Self {
        self.request = Some(schema_of::<B>());
        self
    }

    /// Takes a file, as `multipart/form-data`.
    #[must_use]
    pub fn takes_file(mut self) -> Self {
        self.request = Some(schema_of::<super::UploadForm>());
        self.request_media = "multipart/form-data";
        self
    }

    /// Can be refused with more statuses than its method implies.
    #[must_use]
    pub fn also(mut self, failures: &'static [(u16, &'static str)]) -> Self {
        self.also = failures;
        self
    }

    /// Answers with a body.
    #[must_use]
    pub fn gives<T: ToSchema>(mut self) -> Self {
        self.response = Some(schema_of::<T>());
        self
    }

    /// Answers with something else than JSON.
    #[must_use]
    pub fn media(mut self, media: &'static str) -> Self {
        self.media = media;
        self
    }

    /// Answers the same in another media type too, if `Accept` asks for it.
    #[must_use]
    pub fn also_as(mut self, media: &'static str) -> Self {
        self.also_media.push(media);
        self
    }

    /// Takes raw bytes of this media type instead of JSON; may be said more than once. Its handler takes a
    /// [`super::RawCall`].
    #[must_use]
    pub fn takes_media(mut self, media: &'static str) -> Self {
        self.takes.push(media);
        self
    }

    /// How many bytes it takes at most, where that is not the 1 MiB of a JSON body.
    #[must_use]
    pub fn takes_up_to(mut self, bytes: usize) -> Self {
        self.takes_up_to = bytes;
        self
    }

    /// Answers with this status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Needs `If-Match`.
    #[must_use]
    pub fn versioned(mut self) -> Self {
        self.versioned = true;
        self
    }

    /// Needs `If-Match` where there is something to replace already.
    #[must_use]
    pub fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Needs an `Idempotency-Key`: money or a decision moves.
    #[must_use]
    pub fn keyed(mut self) -> Self {
        self.keyed = true;
        self
    }

    /// Is refused with 429 where it is called too often.
    #[must_use]
    pub fn limited(mut self) -> Self {
        self.limited = true;
        self
    }

    /// Costs much to answer: one person has a few of them at a time, the next is 429.
    #[must_use]
    pub fn costly(mut self) -> Self {
        self.costly = true;
        self
    }

    /// Who reads it successfully is put on record, as `noun.verb`: personal data, or a file that leaves.
    #[must_use]
    pub fn recorded(mut self, action: &'static str) -> Self {
        self.recorded = Some(action);
        self
    }

    /// As what its reading is put on record.
    #[must_use]
    pub fn record(&self) -> Option<&'static str> {
        self.recorded
    }

    /// Is open to these half sessions too.
    #[must_use]
    pub fn open_to(mut self, stages: &'static [Stage]) -> Self {
        self.gate.stages = stages;
        self
    }

    /// Is asked by pages again and again: it does not keep a session from being idle.
    #[must_use]
    pub fn polls(mut self) -> Self {
        self.gate.polls = true;
        self
    }

    /// Is closed to API tokens.
    #[must_use]
    pub fn person_only(mut self) -> Self {
        self.gate.person_only = true;
        self
    }

    /// The doors it opens, with its method and path.
    #[must_use]
    pub fn gate(&self) -> (Method, &'static str, Gate) {
        (self.method.clone(), self.path, self.gate)
    }

    /// Is a list with these filters besides `limit` and `cursor`.
    #[must_use]
    pub fn list(mut self, filters: &'static [&'static str]) -> Self {
        self.filters = filters;
        self
    }

    /// Is no list, but takes a query with these names.
    #[must_use]
    pub fn query(mut self, names: &'static [&'static str]) -> Self {
        self.questions = names;
        self
    }

    /// True where one person has a few at a time.
    #[must_use]
    pub fn is_costly(&self) -> bool {
        self.costly
    }

    /// True where a signed-in person opens one record by its id: so many in five minutes are 429.
    pub(super) fn opens_a_record(&self) -> bool {
        self.method == Method::GET && self.path.ends_with('}') && !matches!(self.access, Access::Public)
    }

    /// The method.
    #[must_use]
    pub fn method_name(&self) -> &str {
        self.method.as_str()
    }

    /// The path with its `{parameters}`.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// True for a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        !self.filters.is_empty()
    }

    /// True where a query is looked at.
    #[must_use]
    pub fn takes_query(&self) -> bool {
        self.is_list() || !self.questions.is_empty()
    }

    /// The media types it takes instead of JSON, and how many bytes; none for JSON.
    #[must_use]
    pub fn upload(&self) -> Option<(Vec<&'static str>, usize)> {
        (!self.takes.is_empty()).then(|| (self.takes.clone(), self.takes_up_to))
    }

    /// True where an `Idempotency-Key` is obligatory.
    #[must_use]
    pub fn is_keyed(&self) -> bool {
        self.keyed
    }

    /// Who may call it.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    /// Whose objects it is about.
    #[must_use]
    pub fn about(&self) -> Whose {
        self.whose
    }

    /// How far a role reaches here.
    #[must_use]
    pub fn reach(&self, role: Role) -> Reach {
        match self.access {
            Access::Roles(roles) if !roles.contains(&role) => Reach::Never,
            Access::Public | Access::SignedIn | Access::Roles(_) => self.whose.reach(role),
        }
    }

    /// True where somebody who has to do with the application is refused, whatever role they hold.
    #[must_use]
    pub fn is_closed_to_the_tied(&self) -> bool {
        self.not_when_tied
    }

    /// True for what nobody sees through somebody else's eyes (view-as): scores, money, accounts.
    #[must_use]
    pub fn is_unseen_by_viewers(&self) -> bool {
        let feature = self.operation.split("::").nth(1).unwrap_or_default();
        self.not_when_tied
            || ["reviews", "ledger", "disbursements"].contains(&feature)
            || self.path.contains("payee-account")
            || self.path.ends_with("/feedback")
    }

    /// The states it starts from; none where it starts from all.
    #[must_use]
    pub fn states(&self) -> &[String] {
        &self.states
    }

    /// `applications_submit` of `yichuang::applications::api::submit`: its name in the document.
    #[must_use]
    pub fn name(&self) -> String {
        let feature = self.operation.split("::").nth(1).unwrap_or_default();
        format!("{feature}_{}", self.operation.rsplit("::").next().unwrap_or_default())
    }
}

impl Endpoint {
    /// Registers all endpoints, one resource a path, each with its 405.
    pub fn register(endpoints: &[Self], config: &mut web::ServiceConfig) {
        let mut by_path: BTreeMap<&str, Vec<&Self>> = BTreeMap::new();
        for endpoint in endpoints {
            by_path.entry(endpoint.path).or_default().push(endpoint);
        }
        for (path, endpoints) in by_path {
            let mut allow: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.method.as_str()).collect();
            if allow.contains(&"GET") {
                allow.push("HEAD");
            }
            let allow = allow.join(", ");
            let resource =
                endpoints.iter().fold(web::resource(path), |resource, e| resource.route((e.make)()));
            config.service(resource.default_service(web::to(move || std::future::ready(refuse(&allow)))));
        }
    }
}

fn refuse(allow: &str) -> Result<HttpResponse, Error> {
    Err(Error::new(&codes::METHOD_NOT_ALLOWED).with("allow", allow))
}

/// `submit` of `yichuang::applications::api::submit` with its feature in front: `applications_submit`.
fn short_name<F>() -> &'static str {
    std::any::type_name::<F>()
}

/// The header a 405 must carry.
pub(super) fn allow_header(error: &Error) -> Option<(header::HeaderName, header::HeaderValue)> {
    let allow = error.params.iter().find(|(name, _)| *name == "allow")?;
    header::HeaderValue::from_str(&allow.1).ok().map(|value| (header::ALLOW, value))
}
