//! What every route shares: who calls ([`Caller`]), how a request is read ([`Call`], with a file [`Received`]), how it is answered
//! ([`answer`]), and the table of endpoints from which routes, the 405 fallback and the OpenAPI document are made.
//!
//! Which fault is told first (api.md): 401 → 413/415/400 → 404/403 → replay → 428/412 → 409 → 422. The extractor
//! tells the first two groups; an action finds its object (404/403), then calls [`Caller::proceed`] (replay,
//! 428/412), then asks its rule (409), and reads its body last (422).

mod access;
mod actor;
mod answer;
mod body;
mod call;
mod endpoint;
mod front;
mod headers;
mod limits;
mod middleware;
mod openapi;
mod session;
mod strict;
mod upload;
mod viewing;
mod witness;

pub use access::{
    ACCOUNT_READERS, DEFENCE_READERS, ENTERPRISE_READERS, GROUP, GROUP_READERS, Reach, SHEET_READERS, Whose,
    is_bound_to_units,
};
pub(crate) use actor::forbidden;
pub use actor::{
    API_TOKEN_PREFIX, ActiveSession, Actor, Credential, Membership, Proved, Stage, VIEWERS, VIEWING_RUNS,
    Viewing, has_second_factor, load_person, stage_of,
};
pub use answer::{Paging, Shown, Versioned, View, answer, cursor, download, limit, no_content};
pub use body::Nothing;
pub use call::{AppState, Call, Caller, RawCall, Visit};
pub use endpoint::{Access, Endpoint, Guarded, Told, Untold};
pub use front::endpoints as front_endpoints;
pub use headers::page;
pub use limits::Limits;
pub use middleware::finish;
pub use openapi::document;
pub use session::{COOKIE, CSRF_HEADER, Gate, csrf_token, drop_cookie, set_cookie};
pub use upload::{Received, Upload, UploadForm, UploadLimit};
pub use witness::{DENIED, Seen, Witness};

/// What a handler returns.
pub type Answer = Result<actix_web::HttpResponse, crate::error::Error>;
