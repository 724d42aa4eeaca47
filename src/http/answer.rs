//! How a success looks: JSON, with an `ETag` where the object has a version.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;

use crate::{db::Recorded, error::Error, kernel::page::Page};

/// Something that is shown to a client.
pub trait View: Serialize {
    /// The object's version; none for lists and computed answers.
    fn version(&self) -> Option<i32> {
        None
    }
}

impl<T: Serialize> View for Page<T> {}

/// The JSON of `view` under `status`.
pub fn answer(status: StatusCode, view: &impl View) -> Result<HttpResponse, Error> {
    Ok(json(status, serde_json::to_string(view).map_err(Error::internal)?, view.version()))
}

/// 204.
#[must_use]
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// JSON text that is ready.
pub(super) fn json(status: StatusCode, body: String, version: Option<i32>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.content_type("application/json");
    if let Some(version) = version {
        response.insert_header((header::ETAG, format!("\"{version}\"")));
    }
    response.body(body)
}

/// The answer that was given to the same request before.
pub(super) fn replay(record: &Recorded) -> HttpResponse {
    let status = u16::try_from(record.status).ok().and_then(|s| StatusCode::from_u16(s).ok());
    let version = serde_json::from_str::<serde_json::Value>(&record.body)
        .ok()
        .and_then(|body| body.get("version").and_then(serde_json::Value::as_i64))
        .and_then(|version| i32::try_from(version).ok());
    let mut response = json(status.unwrap_or(StatusCode::OK), record.body.clone(), version);
    response.headers_mut().insert(
        header::HeaderName::from_static("idempotent-replayed"),
        header::HeaderValue::from_static("true"),
    );
    response
}
