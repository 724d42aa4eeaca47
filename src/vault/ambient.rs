//! The keys of the database whose closure runs on this thread.

use std::{cell::RefCell, sync::Arc};

use super::{Envelope, Keyring, VaultError};

thread_local! {
    static KEYS: RefCell<Option<Arc<Keyring>>> = const { RefCell::new(None) };
}

/// Puts the keys that were there before back, also after a panic.
struct Before(Option<Arc<Keyring>>);

impl Drop for Before {
    fn drop(&mut self) {
        let before = self.0.take();
        KEYS.with(|keys| keys.replace(before));
    }
}

/// Runs `work` with these keys: whatever it seals or opens on this thread, it does with them.
pub fn within<T>(keys: Option<&Arc<Keyring>>, work: impl FnOnce() -> T) -> T {
    let before = Before(KEYS.with(|current| current.replace(keys.cloned())));
    let outcome = work();
    drop(before);
    outcome
}

fn with<T>(work: impl FnOnce(&Keyring) -> Result<T, VaultError>) -> Result<T, VaultError> {
    let keys = KEYS.with(|keys| keys.borrow().clone()).ok_or(VaultError::Locked)?;
    work(&keys)
}

/// Seals a value for one column of one row.
pub fn seal(place: &str, row: &str, plain: &str) -> Result<String, VaultError> {
    with(|keys| keys.seal(place, row, plain))
}

/// Opens what was sealed for a column; the envelope says for which row.
pub fn open(place: &str, envelope: &Envelope<'_>) -> Result<String, VaultError> {
    with(|keys| keys.open(place, envelope))
}

/// The blind index of a value: the same for equal values of a column, and nothing without the key.
pub fn blind(place: &str, value: &str) -> Result<String, VaultError> {
    with(|keys| Ok(keys.blind(place, value)))
}
