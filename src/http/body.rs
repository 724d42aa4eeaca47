//! Reading a body: JSON or 415, readable and unambiguous or 400, of the right shape or 422 with the place of the fault.

use actix_web::{HttpRequest, http::header, web};
use serde::{Deserialize, de::DeserializeOwned};
use serde_path_to_error::{Path, Segment};

use super::strict;
use crate::error::{Error, Fault, Input, codes};

/// The largest JSON body, in bytes.
pub const MAX_JSON: usize = 1024 * 1024;

/// A body for verbs that need none: empty or `{}`.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// 415 for what is packed: nothing here unpacks a body, so a small one cannot become a big one.
pub(super) fn refuse_encoding(request: &HttpRequest) -> Result<(), Error> {
    let encodings = request.headers().get_all(header::CONTENT_ENCODING);
    let plain = |value: &header::HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity");
    if encodings.into_iter().all(plain) { Ok(()) } else { Err(Error::new(&codes::ENCODED_BODY)) }
}

/// 415 for what is not JSON, 400 for what is no JSON document or says a thing twice. An empty body needs no media
/// type. What comes back are the places with characters that are not seen.
pub(super) fn check_readable(request: &HttpRequest, bytes: &[u8]) -> Result<Vec<Fault>, Error> {
    refuse_encoding(request)?;
    let media = media_type(request);
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if media.as_deref() != Some("application/json") {
        return Err(Error::new(&codes::UNSUPPORTED_MEDIA).with("media", "application/json"));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|error| Error::new(&codes::MALFORMED).with("reason", error))?;
    strict::walk(text).map_err(malformed)
}

/// A body that was read and is a JSON document.
pub(super) struct Document {
    pub(super) bytes: web::Bytes,
    /// The places with characters that are not seen. PostgreSQL cannot even store U+0000.
    pub(super) deceptive: Vec<Fault>,
}

/// The media type of the body without its parameters, in lower case.
pub(super) fn media_type(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// The typed body, or what is wrong with its shape. The outer error (400) is told at once, the inner one (422) last.
pub(super) fn read<B: DeserializeOwned>(document: Document) -> Result<Input<B>, Error> {
    let Document { bytes, deceptive } = document;
    let text = if bytes.is_empty() { b"{}".as_slice() } else { &bytes };
    // serde would read an array as the fields in order.
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::new(&codes::MALFORMED).with("reason", "the body is not an object"));
    }
    if !deceptive.is_empty() {
        return Ok(Err(Error::invalid(deceptive)));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize::<_, B>(&mut deserializer) {
        Ok(body) => Ok(Ok(body)),
        Err(error) => shape_fault(&error),
    }
}

fn shape_fault<B>(error: &serde_path_to_error::Error<serde_json::Error>) -> Result<Input<B>, Error> {
    let path = pointer(error.path());
    let message = error.inner().to_string();
    // " at line 1 column 9" helps nobody who sees a pointer.
    let reason = message.split(" at line ").next().unwrap_or(&message).to_owned();
    if reason.starts_with("duplicate field") || (path.is_empty() && reason.starts_with("invalid type")) {
        return Err(Error::new(&codes::MALFORMED).with("reason", reason));
    }
    let quoted = reason.split('`').nth(1).unwrap_or_default().to_owned();
    let fault = if reason.starts_with("unknown field") {
        // The path of serde_path_to_error names the unknown field itself.
        let place = if path.ends_with(&format!("/{}", escape(&quoted))) {
            path
        } else {
            format!("{path}/{}", escape(&quoted))
        };
        Fault::new(place, &codes::UNKNOWN_FIELD).with("field", quoted)
    } else if reason.starts_with("missing field") {
        Fault::new(format!("{path}/{}", escape(&quoted)), &codes::FIELD_REQUIRED)
    } else {
        Fault::new(path, &codes::FIELD_INVALID).with("reason", reason)
    };
    Ok(Err(Error::invalid(vec![fault])))
}

fn malformed(error: serde_json::Error) -> Error {
    Error::new(&codes::MALFORMED).with("reason", error)
}

pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn pointer(path: &Path) -> String {
    let mut out = String::new();
    let mut push = |name: &str| {
        out.push('/');
        out.push_str(name);
    };
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&index.to_string()),
            Segment::Map { key } => push(&escape(key)),
            Segment::Enum { variant } => push(&escape(variant)),
            Segment::Unknown => {}
        }
    }
    out
}
