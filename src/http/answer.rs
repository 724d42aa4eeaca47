//! How a success looks: JSON, with an `ETag` where the object has a version.

use std::borrow::Cow;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr,
        schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type},
    },
};

use crate::{db::Recorded, error::Error, kernel::page::Page};

/// Something that is shown to a client.
pub trait View: Serialize {
    /// The object's version; none for lists and computed answers.
    fn version(&self) -> Option<i32> {
        None
    }

    /// What is remembered under an `Idempotency-Key` instead of the whole answer: for an answer with a secret that is
    /// shown once and stored nowhere.
    fn remembered(&self) -> Option<String> {
        None
    }
}

impl<T: Serialize> View for Page<T> {}

/// A stored object that counts its changes.
pub trait Versioned {
    /// How often it was saved, from 1.
    fn version(&self) -> i32;
}

/// An object as a signed-in person sees it: with what this person may do to it now. Pages show their buttons from
/// `permitted_actions` and from nothing else.
#[derive(Clone, Debug, Serialize)]
pub struct Shown<T> {
    /// The object.
    #[serde(flatten)]
    pub object: T,
    /// The actions this person may take now.
    pub permitted_actions: Vec<&'static str>,
}

impl<T: ToSchema> PartialSchema for Shown<T> {
    fn schema() -> RefOr<Schema> {
        let actions = ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::String));
        let added = ObjectBuilder::new().property("permitted_actions", actions).required("permitted_actions");
        AllOfBuilder::new().item(Ref::from_schema_name(T::name())).item(added).into()
    }
}

impl<T: ToSchema> ToSchema for Shown<T> {
    fn name() -> Cow<'static, str> {
        format!("Shown_{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

/// A page is a schema of its own for each kind of item: under one name all lists would be documented as the last one.
impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("Give this as `?cursor=` to get the next page; null on the last."));
        ObjectBuilder::new()
            .property("items", items)
            .property("next_cursor", cursor)
            .required("items")
            .required("next_cursor")
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("Page_{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T: Serialize + Versioned> View for Shown<T> {
    fn version(&self) -> Option<i32> {
        Some(self.object.version())
    }
}

/// The query of a plain list.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// At most so many items, 1 to 100.
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// The limit to use: 1 to 100, 50 where none is asked for; 400 for anything else.
pub fn limit(asked: Option<i64>) -> Result<i64, Error> {
    match asked.unwrap_or(50) {
        limit @ 1..=crate::kernel::page::MAX_LIMIT => Ok(limit),
        _ => Err(Error::new(&crate::error::codes::UNKNOWN_FILTER).with("reason", "limit: 1–100")),
    }
}

/// The cursor as what it was made of; 400 for anything else.
pub fn cursor<C: std::str::FromStr>(given: Option<&str>) -> Result<Option<C>, Error> {
    given
        .map(str::parse)
        .transpose()
        .map_err(|_| Error::new(&crate::error::codes::UNKNOWN_FILTER).with("reason", "cursor"))
}

/// The JSON of `view` under `status`.
pub fn answer(status: StatusCode, view: &impl View) -> Result<HttpResponse, Error> {
    Ok(json(status, serde_json::to_string(view).map_err(Error::internal)?, view.version()))
}

/// A file to be saved: always an attachment, never shown by the browser.
#[must_use]
pub fn download(bytes: Vec<u8>, media: &'static str, name: &str) -> HttpResponse {
    // RFC 6266: a plain name for old clients, the whole one in UTF-8.
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    let encoded: String = name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_') {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    HttpResponse::Ok()
        .content_type(media)
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"))
        .body(bytes)
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
    let mut response = json(status.unwrap_or(StatusCode::OK), record.body.as_str().to_owned(), version);
    response.headers_mut().insert(
        header::HeaderName::from_static("idempotent-replayed"),
        header::HeaderValue::from_static("true"),
    );
    response
}
