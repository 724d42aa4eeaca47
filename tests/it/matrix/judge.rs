//! One try and what its answer must be.

use serde_json::{Value, json};
use yichuang::{http::Endpoint, kernel::role::Role};

use super::cast::Address;
use crate::support::{Client, Reply, contract, files, fresh_key};

/// What is wrong with an answer, if anything: the answer, and the one for an id that nobody has.
pub type Judge = fn(&Reply, &dyn Fn() -> Reply) -> Option<&'static str>;

/// Somebody who tries a row.
pub struct Try {
    pub role: Role,
    pub what: &'static str,
    pub by: Client,
    pub judge: Judge,
}

impl Try {
    /// The line of the report, where the answer is not the expected one.
    pub fn fault(&self, row: &Endpoint, address: &Address) -> Option<String> {
        let reply = send(&self.by, row, &address.path);
        let nowhere = || send(&self.by, row, &address.nowhere);
        let fault = (self.judge)(&reply, &nowhere)?;
        let code = reply.json["code"].as_str().unwrap_or_default();
        Some(format!(
            "{} {} {}: {fault}, but {} {code} at {} {}",
            row.name(),
            self.role,
            self.what,
            reply.status,
            row.method_name(),
            address.path
        ))
    }
}

/// With a body that nothing takes and no version, so that nothing is changed by whoever is allowed.
fn send(by: &Client, row: &Endpoint, path: &str) -> Reply {
    let request = by.request(row.method_name(), path);
    let operation = contract::find(row.method_name(), path).expect("an operation of the document");
    match row.method_name() {
        "GET" | "DELETE" => request.send(),
        _ if operation.takes_file() => {
            request.key(&fresh_key()).form(&files::upload("any", "any.pdf", &files::pdf("any"))).send()
        }
        _ if !operation.takes_json() => request.key(&fresh_key()).raw(operation.media(), "x").send(),
        _ => request.key(&fresh_key()).json(&json!({"no_such_field": true})).send(),
    }
}

fn without_request_id(reply: &Reply) -> Value {
    let mut body = reply.json.clone();
    body["request_id"] = json!("the only difference");
    body
}

/// The answer no longer speaks of who asks.
pub fn allowed(reply: &Reply, _: &dyn Fn() -> Reply) -> Option<&'static str> {
    let fine = matches!(reply.status, 200..=299 | 409 | 412 | 422 | 428);
    (!fine).then_some("allowed")
}

/// The same of what may be gone already.
pub fn allowed_or_gone(reply: &Reply, nowhere: &dyn Fn() -> Reply) -> Option<&'static str> {
    if reply.status == 404 { None } else { allowed(reply, nowhere) }
}

/// 403, or as if it were not there.
pub fn refused(reply: &Reply, nowhere: &dyn Fn() -> Reply) -> Option<&'static str> {
    match reply.status {
        403 => None,
        404 => unknown(reply, nowhere),
        _ => Some("403, or 404 as for a random id"),
    }
}

/// 404 with the body a random id gets.
pub fn unknown(reply: &Reply, nowhere: &dyn Fn() -> Reply) -> Option<&'static str> {
    let same = reply.status == 404 && without_request_id(reply) == without_request_id(&nowhere());
    (!same).then_some("404 as for a random id")
}

/// Whatever a random id gets, and no success: what belongs to another programme is not told from nothing.
pub fn at_random(reply: &Reply, nowhere: &dyn Fn() -> Reply) -> Option<&'static str> {
    let told = matches!(reply.status, 403 | 404);
    let same = told && without_request_id(reply) == without_request_id(&nowhere());
    (!same).then_some("the answer for a random id")
}
