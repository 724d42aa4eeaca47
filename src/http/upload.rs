//! A request that carries a file: `multipart/form-data`, written to a temporary file as it comes and hashed on the way,
//! so that no upload is in memory as a whole.

use std::{
    io::{Seek, SeekFrom, Write},
    time::{Duration, Instant},
};

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::call::{self, Call, Extracting, too_slow};
use crate::{
    error::{Error, Fault, Input, codes},
    kernel::digest::hex,
};

/// The most bytes of a part that is no file.
const MAX_TEXT: usize = 1_000;
/// So much is written at once.
const PIECE: usize = 256 * 1024;
/// What a refused upload may still send, so that its sender gets to read why.
const DRAINED: u64 = 32 * 1024 * 1024;
/// Nothing comes for so long: the sender is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// Slower than this after the first half minute is no upload (trust.md, R7), in bytes a second.
const SLOWEST: u64 = 8 * 1024;

/// The largest file an installation takes, whatever a round allows: shared with the application's data.
#[derive(Clone, Copy, Debug)]
pub struct UploadLimit(pub u64);

/// What was sent with a file.
#[derive(Debug)]
pub struct Upload {
    /// The part `field`.
    pub field: String,
    /// The part `name`, else the name that came with the file.
    pub name: String,
    /// The bytes, from the beginning.
    pub file: std::fs::File,
    /// How many they are.
    pub bytes: u64,
}

/// How an upload looks to a client.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it only names the schema")]
pub struct UploadForm {
    /// The field of the form the file answers.
    field: String,
    /// Its name; else the one that comes with the file.
    name: Option<String>,
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// A request of a signed-in person that carries a file.
pub struct Received<P> {
    /// Everything but the file.
    pub call: Call<P>,
    /// The file, or what is missing.
    pub upload: Input<Upload>,
}

impl<P: DeserializeOwned + 'static> FromRequest for Received<P> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let head = call::Head::of(&request).await?;
            refuse_other_media(&request)?;
            let limit = request.app_data::<web::Data<UploadLimit>>().map_or(0, |limit| limit.0);
            let parts = read_parts(Multipart::new(request.headers(), payload), limit).await?;
            let digest = parts.digest();
            let call = head.into_call(&request, digest.as_bytes(), Ok(super::Nothing {}))?;
            Ok(Self { call, upload: parts.into_upload() })
        })
    }
}

/// 415 for what is no form with files.
fn refuse_other_media(request: &HttpRequest) -> Result<(), Error> {
    super::body::refuse_encoding(request)?;
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media.and_then(|media| media.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("multipart/form-data") {
        Ok(())
    } else {
        Err(Error::new(&codes::NOT_MULTIPART))
    }
}

#[derive(Default)]
struct Parts {
    field: Option<String>,
    name: Option<String>,
    file: Option<Stored>,
}

struct Stored {
    file: std::fs::File,
    name: String,
    bytes: u64,
    sha256: String,
}

impl Parts {
    fn digest(&self) -> String {
        let file = self.file.as_ref().map_or("", |stored| stored.sha256.as_str());
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        format!("{}\n{}\n{file}", text(&self.field), text(&self.name))
    }

    fn into_upload(self) -> Input<Upload> {
        let missing = |name: &str| Fault::new(format!("/{name}"), &codes::FIELD_REQUIRED);
        match (self.field, self.file) {
            (Some(field), Some(stored)) => {
                let name = self.name.unwrap_or(stored.name);
                Ok(Upload { field, name, file: stored.file, bytes: stored.bytes })
            }
            (None, Some(_)) => Err(Error::invalid(vec![missing("field")])),
            (Some(_), None) => Err(Error::invalid(vec![missing("file")])),
            (None, None) => Err(Error::invalid(vec![missing("field"), missing("file")])),
        }
    }
}

async fn read_parts(mut form: Multipart, limit: u64) -> Result<Parts, Error> {
    let mut parts = Parts::default();
    let pace = Pace::begin();
    while let Some(part) = pace.within(form.next()).await? {
        let part = part.map_err(unreadable)?;
        match part.name().unwrap_or_default() {
            "field" if parts.field.is_none() => parts.field = Some(read_text(part).await?),
            "name" if parts.name.is_none() => parts.name = Some(read_text(part).await?),
            "file" if parts.file.is_none() => parts.file = Some(read_file(part, limit, &pace).await?),
            other => {
                let reason = format!("multipart: {other:?} is unknown or given twice");
                return Err(Error::new(&codes::MALFORMED).with("reason", reason));
            }
        }
    }
    Ok(parts)
}

async fn read_text(mut part: Field) -> Result<String, Error> {
    let bytes = tokio::time::timeout(SILENCE, part.bytes(MAX_TEXT))
        .await
        .map_err(|_late| too_slow())?
        .map_err(|_limit| Error::new(&codes::TOO_LARGE).with("limit", MAX_TEXT))?
        .map_err(unreadable)?;
    String::from_utf8(bytes.to_vec()).map_err(|error| Error::new(&codes::MALFORMED).with("reason", error))
}

async fn read_file(mut part: Field, limit: u64, pace: &Pace) -> Result<Stored, Error> {
    let disposition = part.content_disposition();
    let name = disposition.and_then(|found| {
        // The encoded form (RFC 6266) before the plain one.
        let encoded = found.get_filename_ext().and_then(|ext| String::from_utf8(ext.value.clone()).ok());
        encoded.or_else(|| found.get_filename().map(str::to_owned))
    });
    let mut sink =
        Sink::new(web::block(tempfile::tempfile).await.map_err(Error::internal)?.map_err(no_room)?);
    let mut piece = Vec::with_capacity(PIECE);
    let mut bytes = 0u64;
    while let Some(chunk) = pace.within(part.next()).await? {
        let chunk = chunk.map_err(unreadable)?;
        bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        pace.demand(bytes)?;
        if bytes > limit.saturating_add(DRAINED) {
            break;
        }
        if bytes <= limit {
            piece.extend_from_slice(&chunk);
        }
        if piece.len() >= PIECE {
            sink = sink.take(std::mem::take(&mut piece)).await?;
        }
    }
    if bytes > limit {
        return Err(Error::new(&codes::ATTACHMENT_TOO_LARGE).with("limit", limit / (1024 * 1024)));
    }
    let Sink { mut file, hasher } = sink.take(piece).await?;
    file.seek(SeekFrom::Start(0)).map_err(no_room)?;
    Ok(Stored { file, name: name.unwrap_or_default(), bytes, sha256: hex(&hasher.finalize()) })
}

/// Where the bytes go.
struct Sink {
    file: std::fs::File,
    hasher: Sha256,
}

impl Sink {
    fn new(file: std::fs::File) -> Self {
        Self { file, hasher: Sha256::new() }
    }

    /// Writes a piece beside the requests: a slow disk must not hold them up.
    async fn take(mut self, piece: Vec<u8>) -> Result<Self, Error> {
        let written = web::block(move || {
            self.hasher.update(&piece);
            self.file.write_all(&piece).map(|()| self)
        });
        written.await.map_err(Error::internal)?.map_err(no_room)
    }
}

/// How fast a body must come.
struct Pace {
    begun: Instant,
}

impl Pace {
    fn begin() -> Self {
        Self { begun: Instant::now() }
    }

    async fn within<T>(&self, next: impl Future<Output = T>) -> Result<T, Error> {
        tokio::time::timeout(SILENCE, next).await.map_err(|_late| too_slow())
    }

    fn demand(&self, bytes: u64) -> Result<(), Error> {
        let late = self.begun.elapsed().saturating_sub(SILENCE).as_secs();
        if bytes < late.saturating_mul(SLOWEST) { Err(too_slow()) } else { Ok(()) }
    }
}

fn unreadable(error: MultipartError) -> Error {
    Error::new(&codes::MALFORMED).with("reason", error)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn no_room(error: std::io::Error) -> Error {
    let mut full = Error::new(&codes::STORAGE_FULL);
    full.retry_after = Some(10);
    tracing::error!(%error, "an upload could not be written to the folder for temporary files");
    full
}
