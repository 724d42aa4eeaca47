//! A stored file as an answer.

use actix_web::{HttpResponse, body::SizedStream, http::header};

use super::{Attachment, AttachmentState, Desk, rules};
use crate::{
    error::{Error, codes},
    http::Answer,
};

/// The content of a file, under a name; 409 while it has not been scanned. It is never shown in the page it is linked
/// from, whatever it holds (trust.md §5, number 61); ranges are not served.
pub async fn serve(desk: &Desk, file: &Attachment, name: &str) -> Answer {
    if file.state == AttachmentState::PendingScan {
        return Err(Error::new(&codes::ATTACHMENT_PENDING));
    }
    let bytes = desk.vault.read(&file.sha256).await?;
    let length = u64::try_from(file.bytes).map_err(Error::internal)?;
    Ok(HttpResponse::Ok()
        .content_type(file.media_type.as_str())
        .insert_header((header::CONTENT_DISPOSITION, rules::disposition(name)))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::ETAG, format!("\"{}\"", file.sha256)))
        .insert_header((header::ACCEPT_RANGES, "none"))
        .body(SizedStream::new(length, bytes)))
}
