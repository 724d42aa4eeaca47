//! The OpenAPI document as the tests use it. Every reply of every test is held against it, so that a status that is
//! not declared cannot be answered unnoticed.

use std::{collections::BTreeSet, sync::OnceLock};

use serde_json::Value;
use yichuang::{app, http};

/// One operation of the document.
#[derive(Debug)]
pub struct Operation {
    /// In capitals.
    pub method: String,
    /// With its `{parameters}`.
    pub path: String,
    /// What it is declared to answer.
    pub statuses: BTreeSet<u16>,
    /// True where nobody need be signed in.
    pub is_public: bool,
    /// All that the document says of it.
    pub json: Value,
}

impl Operation {
    /// The path with `value` for each parameter.
    pub fn path_with(&self, value: &str) -> String {
        let parts: Vec<&str> =
            self.path.split('/').map(|part| if part.starts_with('{') { value } else { part }).collect();
        parts.join("/")
    }

    /// True where it takes a file and no JSON.
    pub fn takes_file(&self) -> bool {
        self.json["requestBody"]["content"].get("multipart/form-data").is_some()
    }

    /// The media type it takes: JSON, or the first of those that the document names.
    pub fn media(&self) -> &str {
        let content = self.json["requestBody"]["content"].as_object();
        let medias: Vec<&String> = content.into_iter().flat_map(serde_json::Map::keys).collect();
        let json = medias.is_empty() || medias.iter().any(|media| *media == "application/json");
        if json { "application/json" } else { medias[0] }
    }

    /// True where it takes JSON, false where it takes raw bytes of another type.
    pub fn takes_json(&self) -> bool {
        self.media() == "application/json"
    }

    /// Its name in a message.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn fits(&self, path: &str) -> bool {
        let (mut own, mut asked) = (self.path.split('/'), path.split('/'));
        own.by_ref().zip(asked.by_ref()).all(|(own, asked)| own.starts_with('{') || own == asked)
            && self.path.split('/').count() == path.split('/').count()
    }
}

/// The document.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| http::document(&app::endpoints()).expect("the document as JSON"))
}

/// Its operations.
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let paths = document()["paths"].as_object().expect("the document has paths");
        let mut all = Vec::new();
        for (path, item) in paths {
            for (method, json) in item.as_object().expect("a path is an object") {
                let responses = json["responses"].as_object().expect("an operation has responses");
                all.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    statuses: responses.keys().map(|status| status.parse().expect("a status")).collect(),
                    is_public: json["x-roles"] == serde_json::json!(["public"]),
                    json: json.clone(),
                });
            }
        }
        all
    })
}

/// The operations that read a request: the landing page, health and the documents do not look at theirs.
pub fn api_operations() -> impl Iterator<Item = &'static Operation> {
    operations().iter().filter(|o| o.path.starts_with("/api/v1/") && o.path != "/api/v1/openapi.json")
}

/// The operation that answers this request; HEAD is GET without the body.
pub fn find(method: &str, path: &str) -> Option<&'static Operation> {
    let method = if method == "HEAD" { "GET" } else { method };
    let path = path.split('?').next().unwrap_or(path);
    // `/rounds/current` before `/rounds/{id}`, with its own methods and no others.
    let open = |operation: &&Operation| operation.path.matches('{').count();
    let nearest = operations().iter().filter(|operation| operation.fits(path)).min_by_key(open)?;
    operations().iter().find(|operation| operation.path == nearest.path && operation.method == method)
}
