//! Where the bytes lie: a folder of this machine or an S3-compatible store, behind one trait. A blob's address is its
//! SHA-256, so the same bytes are stored once and nobody can put others in their place.

use std::{sync::Arc, time::Duration};

use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, RetryConfig,
    aws::AmazonS3Builder, local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::{
    config::{AttachmentSettings, AttachmentStore},
    error::{Error, codes},
    kernel::{digest::hex, time::Timestamp},
};

/// A blob that lies there for so long may be found unneeded at any moment: it is put anew, so that its age begins
/// again.
const AGED: i64 = 3_600;

/// The store of blobs.
#[derive(Clone, Debug)]
pub struct Vault {
    store: Arc<dyn ObjectStore>,
}

/// A blob as it is found in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The SHA-256 it lies under.
    pub sha256: String,
    /// When it was put there, by the store's clock.
    pub stored_at: Timestamp,
}

fn unavailable(error: &object_store::Error) -> Error {
    tracing::error!(%error, "the store of attachments");
    let mut unavailable = Error::new(&codes::STORAGE_UNAVAILABLE);
    unavailable.retry_after = Some(10);
    unavailable
}

/// `blobs/ab/cd/abcd…`: a folder of a disk stays small.
fn place(sha256: &str) -> Path {
    let part = |from: usize| sha256.get(from..from + 2).unwrap_or("00");
    Path::from(format!("blobs/{}/{}/{sha256}", part(0), part(2)))
}

impl Vault {
    /// The store that the settings name. It is not touched before it is needed, so that the rest of the service starts
    /// without it; a folder is made with the first file.
    pub fn open(settings: &AttachmentSettings) -> Result<Self, Error> {
        let store: Arc<dyn ObjectStore> = match settings.store {
            AttachmentStore::Disk => {
                let folder = std::path::absolute(&settings.directory).map_err(Error::internal)?;
                let folder = Path::from_absolute_path(folder).map_err(Error::internal)?;
                Arc::new(PrefixStore::new(LocalFileSystem::new().with_fsync(true), folder))
            }
            AttachmentStore::S3 => Arc::new(Self::remote(settings)?),
        };
        Ok(Self { store })
    }

    fn remote(settings: &AttachmentSettings) -> Result<object_store::aws::AmazonS3, Error> {
        // TLS needs one provider for the process; whoever came first is right.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let patience = ClientOptions::new()
            .with_allow_http(settings.s3_endpoint.starts_with("http://"))
            .with_connect_timeout(Duration::from_secs(5))
            .with_timeout(Duration::from_secs(60));
        let retry =
            RetryConfig { max_retries: 2, retry_timeout: Duration::from_secs(15), ..RetryConfig::default() };
        AmazonS3Builder::new()
            .with_endpoint(&settings.s3_endpoint)
            .with_region(&settings.s3_region)
            .with_bucket_name(&settings.s3_bucket)
            .with_access_key_id(&settings.s3_access_key)
            .with_secret_access_key(settings.s3_secret_key.expose_secret())
            .with_virtual_hosted_style_request(false)
            // Not every store takes a list of what to remove, and ours is one blob at a time.
            .with_disable_bulk_delete(true)
            .with_client_options(patience)
            .with_retry(retry)
            .build()
            .map_err(Error::internal)
    }

    /// Puts a blob where none is yet. To be called before its row is written (trust.md, I22).
    pub async fn put(&self, sha256: &str, bytes: Vec<u8>, now: Timestamp) -> Result<(), Error> {
        let (place, payload) = (place(sha256), PutPayload::from(bytes));
        let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.store.put_opts(&place, payload.clone(), create).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let found = self.store.head(&place).await.map_err(|error| unavailable(&error))?;
                if now.seconds_since(Timestamp::new(found.last_modified)).abs() < AGED {
                    return Ok(());
                }
                let again = self.store.put_opts(&place, payload, PutOptions::default()).await;
                again.map(|_| ()).map_err(|error| unavailable(&error))
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// The bytes of a blob, piece by piece.
    pub async fn read(
        &self,
        sha256: &str,
    ) -> Result<impl Stream<Item = Result<Bytes, object_store::Error>> + use<>, Error> {
        let found = self.store.get(&place(sha256)).await.map_err(|error| unavailable(&error))?;
        Ok(found.into_stream())
    }

    /// The bytes of a blob at once.
    pub async fn read_all(&self, sha256: &str) -> Result<Bytes, Error> {
        let found = self.store.get(&place(sha256)).await.map_err(|error| unavailable(&error))?;
        found.bytes().await.map_err(|error| unavailable(&error))
    }

    /// True where the blob is there and has the hash it lies under.
    pub async fn is_intact(&self, sha256: &str) -> Result<bool, Error> {
        let mut found = match self.store.get(&place(sha256)).await {
            Ok(found) => found.into_stream(),
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(unavailable(&error)),
        };
        let mut hasher = Sha256::new();
        while let Some(piece) = found.next().await {
            hasher.update(piece.map_err(|error| unavailable(&error))?);
        }
        Ok(hex(&hasher.finalize()) == sha256)
    }

    /// Every blob there is.
    pub async fn blobs(&self) -> Result<Vec<Blob>, Error> {
        let mut listed = self.store.list(Some(&Path::from("blobs")));
        let mut blobs = Vec::new();
        while let Some(found) = listed.next().await {
            let found = found.map_err(|error| unavailable(&error))?;
            let sha256 = found.location.filename().unwrap_or_default().to_owned();
            blobs.push(Blob { sha256, stored_at: Timestamp::new(found.last_modified) });
        }
        Ok(blobs)
    }

    /// Removes a blob that no row needs.
    pub async fn remove(&self, sha256: &str) -> Result<(), Error> {
        match self.store.delete(&place(sha256)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }
}
