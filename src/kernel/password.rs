//! Passwords: which policies there are, and Argon2id, never more hashes at once than there are cores.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use serde::Deserialize;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::error::Error;

/// What a password must satisfy. The two differ because their sources do (trust.md §0, number 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordPolicy {
    /// OWASP ASVS 5.0: 12 to 128 characters, none of the blocklist, none of one's own words.
    Asvs,
    /// GB/T 22239-2019, level 2: the same, three of four classes, changed within 90 days, none of the last five.
    Mlps2,
}

/// A password as it is counted and hashed: NFC, so that it is the same from every keyboard.
#[must_use]
pub fn normalise(password: &str) -> String {
    password.nfc().collect()
}

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

    /// True where the password fits one of these; one place of the pool for all of them.
    pub async fn fits_any(&self, password: String, stored: Vec<String>) -> Result<bool, Error> {
        let argon2 = self.argon2.clone();
        self.in_turn(move || {
            for hash in stored.iter().filter(|hash| !hash.is_empty()) {
                let parsed = PasswordHash::new(hash).map_err(Error::internal)?;
                if argon2.verify_password(password.as_bytes(), &parsed).is_ok() {
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await
    }

    /// True for a hash that was made with less than is asked for today.
    #[must_use]
    pub fn is_outdated(&self, stored: &str) -> bool {
        let Ok(parsed) = PasswordHash::new(stored) else { return false };
        let Ok(made_with) = Params::try_from(&parsed) else { return true };
        let today = self.argon2.params();
        made_with.m_cost() < today.m_cost() || made_with.t_cost() < today.t_cost()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_of_weaker_parameters_is_outdated() {
        let weak = Passwords::new(8, 1).unwrap();
        let strong = Passwords::new(16, 2).unwrap();
        let hash = weak.hash_now("correct horse battery").unwrap();
        assert!(strong.is_outdated(&hash) && !weak.is_outdated(&hash));
        let hash = strong.hash_now("correct horse battery").unwrap();
        assert!(!strong.is_outdated(&hash) && !weak.is_outdated(&hash));
    }

    #[test]
    fn one_password_from_two_keyboards_is_one() {
        assert_eq!(normalise("cafe\u{301}"), normalise("caf\u{e9}"));
    }
}
