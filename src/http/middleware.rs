//! Around every request: an id, one log line, the problem document of an error, and headers that always hold.

use std::time::Instant;

use actix_web::{
    HttpMessage, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
    web,
};

use super::{
    AppState, Seen,
    endpoint::allow_header,
    witness::{DENIED, SignedIn},
};
use crate::{
    error::{Error, Language, Problem, codes},
    kernel::ids::RequestId,
};

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A placeholder: [`finish`] knows the request's language and id and writes the document.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// The middleware.
pub async fn finish(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = RequestId::generate();
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = Language::preferred(accepted);
    let (method, path) = (request.method().clone(), request.path().to_owned());

    let response = next.call(request).await?;

    let problem = response.response().error().map(|error| {
        error.as_error::<Error>().cloned().unwrap_or_else(|| {
            // An error of the framework itself: its status is right, its text is not ours.
            match error.as_response_error().status_code().as_u16() {
                400 => Error::new(&codes::MALFORMED).with("reason", error),
                413 => Error::new(&codes::TOO_LARGE),
                404 => Error::not_found(),
                _ => Error::internal(error),
            }
        })
    });
    let refused = problem.as_ref().map_or("", |error| error.code.code);
    let mut response = match problem {
        Some(error) => {
            log_failure(&error, id);
            let rendered = render(&error, language, id);
            response.into_response(rendered)
        }
        None => response.map_into_boxed_body(),
    };
    let headers = response.headers_mut();
    super::headers::complete(headers, &path);
    if let Ok(value) = header::HeaderValue::from_str(&id.to_string()) {
        headers.insert(header::HeaderName::from_static("x-request-id"), value);
    }
    let status = response.status().as_u16();
    bear_witness(&response, refused);
    let micros = started.elapsed().as_micros();
    tracing::debug!(%method, path, status, micros, request_id = %id, "answered");
    Ok(response)
}

/// Notes what was refused to somebody who is signed in, and what they read of what is put on record. A thing that one may not
/// know of answers as one that is not there, so both are noted.
fn bear_witness(response: &ServiceResponse<BoxBody>, code: &'static str) {
    let request = response.request();
    let Some(SignedIn(actor)) = request.extensions().get::<SignedIn>().copied() else { return };
    let (Some(app), Some(pattern)) = (request.app_data::<web::Data<AppState>>(), request.match_pattern())
    else {
        return;
    };
    let status = response.status();
    let is_read = request.method() == Method::GET && status.is_success();
    let is_denied =
        status == StatusCode::FORBIDDEN || (status == StatusCode::NOT_FOUND && pattern.contains('{'));
    let read = app.recorded.get(pattern.as_str()).copied().filter(|_| is_read);
    let Some(action) = read.or(is_denied.then_some(DENIED)) else { return };
    let seen = Seen {
        actor,
        at: app.clock.now(),
        action,
        route: format!("{} {pattern}", request.method()),
        path: request.path().chars().take(PATH_CHARS).collect(),
        status: status.as_u16(),
        code,
        more: 0,
    };
    if is_denied {
        app.witness.note_denial(seen, app.settings.evidence.denials_per_minute);
    } else {
        app.witness.note(seen);
    }
}

/// What is kept of a path, in characters.
const PATH_CHARS: usize = 300;

fn log_failure(error: &Error, id: RequestId) {
    if error.status() >= 500 {
        tracing::error!(code = error.code.code, cause = error.cause(), request_id = %id, "request failed");
    }
}

fn render(error: &Error, language: Language, id: RequestId) -> HttpResponse {
    let status = error.status_code();
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_LANGUAGE, language.tag()));
    response.insert_header((header::VARY, "Accept-Language"));
    if let Some(seconds) = error.retry_after {
        response.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    if let Some(allow) = allow_header(error) {
        response.insert_header(allow);
    }
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    let body = serde_json::to_string(&Problem::of(error, language, &id.to_string())).unwrap_or_default();
    response.content_type("application/problem+json").body(body)
}
