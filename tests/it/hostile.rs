//! Hostile input (trust.md §5, numbers 23, 24, 46, 47, 49 to 56, 58, 60 to 64, 68, 70, 71, 75 and 78): each with its expected answer, and nothing
//! stored.

mod browser;
mod documents;
mod files;
mod limits;
mod lists;
mod text;

use crate::support::{Request, contract::Operation};

/// Bytes under a media type for an operation, as somebody who is signed in where that is needed.
fn sent<'c>(request: Request<'c>, media: &str, body: impl Into<Vec<u8>>) -> Request<'c> {
    request.key("hostile").if_match(1).raw(media, body)
}

/// True for operations whose request is read: the others are the front door.
fn reads_a_body(operation: &Operation) -> bool {
    operation.method != "GET"
}
