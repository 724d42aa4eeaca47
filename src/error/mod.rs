//! The one error type. A [`Code`] says what happened, its status and its two sentences stand in [`codes`];
//! the answer is `application/problem+json` (api.md).
//!
//! Invariants: every code that leaves the service is in [`codes::ALL`]; the cause of an internal error goes to the
//! log once and never to the client; a thing one may not know of is [`codes::NOT_FOUND`].

mod answer;
pub mod codes;

use std::{fmt, sync::Arc};

use crate::db::Recorded;

pub use answer::{Language, Problem, ProblemFault};

/// The status an error answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 400: not even readable.
    Malformed,
    /// 401: nobody is signed in.
    Unauthenticated,
    /// 403: this role never.
    Forbidden,
    /// 404: not there, or not for you to know.
    NotFound,
    /// 405: no such verb here.
    MethodNotAllowed,
    /// 409: the state forbids it.
    Conflict,
    /// 412: somebody was faster.
    Stale,
    /// 413: too big.
    TooLarge,
    /// 415: not JSON.
    UnsupportedMedia,
    /// 422: readable, but it breaks a rule.
    Invalid,
    /// 428: say which version you saw.
    PreconditionRequired,
    /// 429: too often.
    TooMany,
    /// 500: our fault.
    Internal,
    /// 503: later, perhaps.
    Unavailable,
}

impl Kind {
    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::Stale => 412,
            Self::TooLarge => 413,
            Self::UnsupportedMedia => 415,
            Self::Invalid => 422,
            Self::PreconditionRequired => 428,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// A stable code with its status and its sentences. `{name}` in a sentence is filled from the parameters.
#[derive(Debug)]
pub struct Code {
    /// The stable code, such as `E107` or `session.expired`.
    pub code: &'static str,
    /// The status it answers with when it stands alone.
    pub kind: Kind,
    /// What is wrong and what to do next, in Chinese.
    pub zh: &'static str,
    /// The same in English.
    pub en: &'static str,
}

/// Named values for the sentence of a code.
pub type Params = Vec<(&'static str, String)>;

/// One fault at one place of the request.
#[derive(Clone, Debug)]
pub struct Fault {
    /// JSON pointer to the place; empty for the whole.
    pub pointer: String,
    /// What is wrong there.
    pub code: &'static Code,
    /// Values for its sentence.
    pub params: Params,
}

impl Fault {
    /// A fault at `pointer`.
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: &'static Code) -> Self {
        Self { pointer: pointer.into(), code, params: Vec::new() }
    }

    /// The same with one more value for the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.push((name, value.to_string()));
        self
    }
}

/// Everything a request can fail with.
#[derive(Clone, Debug)]
pub struct Error {
    /// What happened.
    pub code: &'static Code,
    /// Values for its sentence.
    pub params: Params,
    /// Faults at places, all at once.
    pub faults: Vec<Fault>,
    /// Seconds after which to try again.
    pub retry_after: Option<u32>,
    /// Why, for the log only.
    cause: Option<Arc<str>>,
    /// True where the database asks for the whole transaction again.
    retryable: bool,
    /// The answer given to the same request before: no failure, but the way out of an action.
    replay: Option<Arc<Recorded>>,
}

impl Error {
    /// An error of this code.
    #[must_use]
    pub fn new(code: &'static Code) -> Self {
        Self {
            code,
            params: Vec::new(),
            faults: Vec::new(),
            retry_after: None,
            cause: None,
            retryable: false,
            replay: None,
        }
    }

    /// The same with one more value for the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    /// 422 with these faults. The title is the first fault's where there is one only.
    #[must_use]
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let mut error = Self::new(&codes::INVALID).with("count", faults.len());
        if let [only] = faults.as_slice() {
            error.code = only.code;
            error.params.clone_from(&only.params);
        }
        error.faults = faults;
        error
    }

    /// 422 (or the code's own status) for one field.
    #[must_use]
    pub fn at(pointer: &str, code: &'static Code) -> Self {
        Self::invalid(vec![Fault::new(pointer, code)])
    }

    /// 500 with a cause for the log.
    #[must_use]
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string().into()), ..Self::new(&codes::INTERNAL) }
    }

    /// 503 `busy`: try again in a moment.
    #[must_use]
    pub fn busy() -> Self {
        Self { retry_after: Some(1), ..Self::new(&codes::BUSY) }
    }

    /// 429: try again in so many seconds.
    #[must_use]
    pub fn too_many(seconds: u32) -> Self {
        let error = Self::new(&codes::RATE_LIMITED).with("seconds", seconds);
        Self { retry_after: Some(seconds), ..error }
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(&codes::NOT_FOUND)
    }

    /// 409: this cannot be done in the present state.
    #[must_use]
    pub fn illegal_transition(state: impl fmt::Display) -> Self {
        Self::new(&codes::ILLEGAL_TRANSITION).with("state", state)
    }

    /// The status to answer with. Several faults, or a fault told as a list, are 422 even where the code alone
    /// would be something else; E101 alone keeps its 409 (api.md).
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code.kind.status()
    }

    /// True where the same transaction may succeed when it is run again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// Leaves an action with the answer that was given to the same request before.
    #[must_use]
    pub fn replay(record: Recorded) -> Self {
        Self { replay: Some(Arc::new(record)), ..Self::new(&codes::ALREADY_EXISTS) }
    }

    /// The answer given before, if this is the way out with it.
    #[must_use]
    pub fn replayed(&self) -> Option<&Recorded> {
        self.replay.as_deref()
    }

    /// The cause for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.code, answer::fill(self.code.en, &self.params))?;
        for fault in &self.faults {
            write!(f, "; {} {}", fault.pointer, fault.code.code)?;
        }
        self.cause.as_ref().map_or(Ok(()), |cause| write!(f, " ({cause})"))
    }
}

impl std::error::Error for Error {}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as K, Error as E};
        match &error {
            E::DatabaseError(K::UniqueViolation, _) => {
                Self { cause: Some(error.to_string().into()), ..Self::new(&codes::ALREADY_EXISTS) }
            }
            E::DatabaseError(K::SerializationFailure, _) => {
                Self { retryable: true, cause: Some(error.to_string().into()), ..Self::busy() }
            }
            E::DatabaseError(_, info) => {
                let message = info.message();
                let again = message.contains("deadlock detected") || message.contains("could not serialize");
                let later = message.contains("lock timeout") || message.contains("database is locked");
                if again || later {
                    return Self { retryable: again, cause: Some(message.to_owned().into()), ..Self::busy() };
                }
                if ["disk is full", "readonly database", "No space left on device", "could not extend file"]
                    .iter()
                    .any(|sign| message.contains(sign))
                {
                    return Self {
                        cause: Some(message.to_owned().into()),
                        ..Self::new(&codes::STORAGE_FULL)
                    };
                }
                Self::internal(&error)
            }
            _ => Self::internal(&error),
        }
    }
}

/// A typed body, or what is wrong with its shape. Actions unwrap it last, so that 404, 412 and 409 are told before
/// 422 (api.md, "which fault is told first").
pub type Input<T> = Result<T, Error>;
