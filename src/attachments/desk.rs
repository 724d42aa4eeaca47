//! The desk at which files come in and go out: inspected, scanned, put into the vault; and the loop that scans what
//! waits and clears away what nobody needs.

use std::{io::Read, sync::Arc, time::Duration};

use actix_web::web;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{
    content::{Inspected, inspect},
    model::{Attachment, AttachmentState},
    rules,
    scanner::{Scanner, Verdict},
    store,
    vault::Vault,
};
use crate::{
    audit::{self, Deed},
    config::AttachmentSettings,
    db::{Database, Lane},
    error::{Error, Fault, codes},
    http::Upload,
    kernel::{
        digest::sha256_hex,
        time::{Clock, Timestamp},
    },
};

/// So many files are in memory at once, whatever comes.
const PLACES: usize = 8;
/// An upload waits so long for a place.
const PATIENCE: Duration = Duration::from_secs(20);
/// A blob that no row has needed for so long is an orphan (trust.md, I22), in seconds.
pub const ORPHANED_AFTER: i64 = 24 * 3600;

/// Everything it takes to store a file.
#[derive(Clone)]
pub struct Desk {
    /// Where the bytes lie.
    pub vault: Vault,
    scanner: Scanner,
    places: Arc<Semaphore>,
}

/// A file that lies in the vault and may be recorded.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The field it answers.
    pub field: String,
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub media_type: &'static str,
    /// Its size as stored.
    pub bytes: i64,
    /// Its SHA-256 as stored.
    pub sha256: String,
    /// Whether it was scanned.
    pub state: AttachmentState,
    /// What was taken out before it was stored.
    pub removed: Vec<&'static str>,
}

impl Desk {
    /// The desk of these settings.
    pub fn open(settings: &AttachmentSettings) -> Result<Self, Error> {
        let vault = Vault::open(settings)?;
        Ok(Self { vault, scanner: Scanner::of(settings), places: Arc::new(Semaphore::new(PLACES)) })
    }

    /// Inspects, cleans and scans an upload; `admit` sees what would be stored and may still refuse it; then it is put
    /// into the vault. Nothing that is refused is ever stored.
    pub async fn prepare(
        &self,
        upload: Upload,
        now: Timestamp,
        admit: impl FnOnce(&Prepared) -> Result<(), Error>,
    ) -> Result<Prepared, Error> {
        rules::check_field(&upload.field)?;
        let place = tokio::time::timeout(PATIENCE, self.places.acquire()).await;
        let _place = place.map_err(|_late| Error::busy())?.map_err(Error::internal)?;
        let scanner = self.scanner.clone();
        let (prepared, bytes) =
            web::block(move || examine(upload, &scanner)).await.map_err(Error::internal)??;
        admit(&prepared)?;
        self.vault.put(&prepared.sha256, bytes, now).await?;
        Ok(prepared)
    }

    /// Works until it is dropped: scans what waits every minute, clears orphans away every hour.
    pub async fn run(self, database: Database, clock: Arc<dyn Clock>) {
        let mut minute = 0u32;
        loop {
            if self.scanner.is_on()
                && let Err(error) = self.rescan(&database, clock.now()).await
            {
                tracing::warn!(%error, "files wait for the scanner");
            }
            if minute % 60 == 30 {
                match self.collect_orphans(&database, clock.now()).await {
                    Ok(0) => {}
                    Ok(removed) => tracing::info!(removed, "blobs that no file needs were removed"),
                    Err(error) => tracing::warn!(%error, "blobs that no file needs could not be removed"),
                }
            }
            minute = minute.wrapping_add(1);
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    }

    /// One turn over the files that wait for the scanner; says how many of them were decided. What is infected is
    /// forgotten; the audit log keeps that it was there.
    pub async fn rescan(&self, database: &Database, now: Timestamp) -> Result<usize, Error> {
        let waiting = database.read(|conn| Ok(store::pending(conn, 50)?)).await?;
        let mut decided = 0;
        for file in waiting {
            let bytes = match self.vault.read_all(&file.sha256).await {
                Ok(bytes) => bytes,
                // One blob that is lost must not hold up the others; `verify` names it.
                Err(error) => {
                    tracing::warn!(%error, sha256 = file.sha256, "a file that waits cannot be read");
                    continue;
                }
            };
            let scanner = self.scanner.clone();
            let verdict = web::block(move || scanner.scan(&bytes)).await.map_err(Error::internal)?;
            if verdict == Verdict::Unknown && self.scanner.is_silent() {
                break;
            }
            if verdict != Verdict::Unknown {
                decided += 1;
                settle(database, file, verdict, now).await?;
            }
        }
        Ok(decided)
    }

    /// Removes the blobs that no row needs and that are old enough not to be on their way to one.
    pub async fn collect_orphans(&self, database: &Database, now: Timestamp) -> Result<usize, Error> {
        let mut removed = 0;
        for blob in self.vault.blobs().await? {
            if now.seconds_since(blob.stored_at) < ORPHANED_AFTER {
                continue;
            }
            let sha256 = blob.sha256.clone();
            if !database.read(move |conn| Ok(store::is_needed(conn, &sha256)?)).await? {
                self.vault.remove(&blob.sha256).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The hashes that a row needs and that do not lie in the vault, or not with these bytes (trust.md, I22).
    pub async fn missing(&self, database: &Database) -> Result<Vec<String>, Error> {
        let mut missing = Vec::new();
        for sha256 in database.read(|conn| Ok(store::needed(conn)?)).await? {
            if !self.vault.is_intact(&sha256).await? {
                missing.push(sha256);
            }
        }
        Ok(missing)
    }
}

fn examine(mut upload: Upload, scanner: &Scanner) -> Result<(Prepared, Vec<u8>), Error> {
    let mut bytes = Vec::with_capacity(usize::try_from(upload.bytes).unwrap_or(0));
    upload.file.read_to_end(&mut bytes).map_err(Error::internal)?;
    drop(upload.file);
    let name = rules::clean_name(&upload.name);
    let Inspected { media, instead, removed } = inspect(&name, &bytes)?;
    // What was sent is scanned, not what is left of it.
    let state = match scanner.scan_upload(&bytes) {
        Verdict::Clean => AttachmentState::Clean,
        Verdict::Unknown => AttachmentState::PendingScan,
        Verdict::Infected => {
            return Err(Error::invalid(vec![Fault::new("/file", &codes::ATTACHMENT_INFECTED)]));
        }
    };
    let bytes = instead.unwrap_or(bytes);
    let prepared = Prepared {
        field: upload.field,
        name,
        media_type: media.media_type(),
        bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sha256: sha256_hex(&bytes),
        state,
        removed,
    };
    Ok((prepared, bytes))
}

/// Writes down what the scanner said of a file that waited.
async fn settle(
    database: &Database,
    file: Attachment,
    verdict: Verdict,
    now: Timestamp,
) -> Result<(), Error> {
    let lane = Lane::Programme(file.programme_id);
    database
        .write(lane, move |conn| {
            let (action, after) = match verdict {
                Verdict::Infected => ("attachment.infected", None),
                Verdict::Clean | Verdict::Unknown => ("attachment.scanned", Some("clean")),
            };
            // It may have been taken out by its owner meanwhile.
            let changed = if after.is_some() {
                store::mark_clean(conn, file.id)?
            } else {
                store::quarantine(conn, file.id)?
            };
            if !changed {
                return Ok(());
            }
            let deed = Deed {
                actor: None,
                role: None,
                action,
                subject_kind: "attachment",
                subject_id: file.id.to_string(),
                before: Some("pending_scan"),
                after,
                detail: json!({"owner_id": file.owner_id, "sha256": file.sha256}),
            };
            Ok(audit::record(conn, lane, deed, now)?)
        })
        .await
}
