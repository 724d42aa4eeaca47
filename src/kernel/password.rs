//! Passwords: Argon2id, never more hashes at once than there are cores.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::error::Error;

/// The hasher of this installation.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    places: Arc<Semaphore>,
    /// A hash nobody's password fits: an unknown login costs the same time as a wrong password.
    nobody: Arc<str>,
}

impl Passwords {
    /// A hasher with this much memory (KiB) and so many passes.
    pub fn new(memory_kib: u32, passes: u32) -> Result<Self, Error> {
        let params = Params::new(memory_kib, passes, 1, None).map_err(Error::internal)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let nobody = hash(&argon2, "nobody's password")?;
        Ok(Self { argon2, places: Arc::new(Semaphore::new(cores)), nobody: nobody.into() })
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        let argon2 = self.argon2.clone();
        self.in_turn(move || hash(&argon2, &password)).await
    }

    /// As [`Passwords::hash`], for the command line.
    pub fn hash_now(&self, password: &str) -> Result<String, Error> {
        hash(&self.argon2, password)
    }

    /// True where the password fits; takes as long for an unknown login (`None`).
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Error> {
        let argon2 = self.argon2.clone();
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        self.in_turn(move || {
            let parsed = PasswordHash::new(&stored).map_err(Error::internal)?;
            let fits = argon2.verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(fits && known)
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let wait = std::time::Duration::from_secs(2);
        let place = tokio::time::timeout(wait, Arc::clone(&self.places).acquire_owned())
            .await
            .map_err(|_elapsed| Error::busy())?
            .map_err(Error::internal)?;
        let task = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(place);
            outcome
        });
        task.await.unwrap_or_else(|panic| Err(Error::internal(panic)))
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, Error> {
    argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(Error::internal)
}
