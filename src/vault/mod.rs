//! The vault: personal data is sealed before it reaches the database, and opened where it is read (trust.md S9, I23).
//!
//! ```text
//! plain value ── seal (key, column, row) ──▶ v1.A256GCM.<key>.<row>.<nonce>.<ciphertext> ── open ──▶ plain value
//!                                              │ rotate: another key becomes current
//!                                              └── reseal (while running) ──▶ the same value under the current key
//! ```
//!
//! The keys lie in a file of their own, apart from the database, so that neither the database, nor its journal, nor a
//! copy of it says anything. A [`Keyring`] belongs to one open database; the database hands it to the closures that it
//! runs ([`within`]), so that a value cannot be sealed with the key of another one.
//!
//! Invariants: what is sealed carries its algorithm, its key and its row, and the column and the row are authenticated;
//! a key that was ever used is never thrown away by the program; equal values do not look equal, and are found by their
//! [`blind`] index, which has a key of its own.

mod ambient;
mod envelope;
mod keyring;

pub use ambient::{blind, open, seal, within};
pub use envelope::{Envelope, is_sealed};
pub use keyring::{Keyring, fingerprint};

/// Why something could not be sealed or opened. It never carries the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The database was opened without its keys.
    #[error("the data keys are not loaded: name their file in [security] data_keys_file")]
    Locked,
    /// The key is not in the file.
    #[error(
        "data key {0} is not in the key file: put back the file (or the key) from its backup and start again"
    )]
    UnknownKey(String),
    /// It was changed, moved to another row or column, or is no envelope.
    #[error("sealed data in {place} of row {row} cannot be opened: it was changed or moved")]
    Damaged {
        /// The column.
        place: String,
        /// The row.
        row: String,
    },
    /// The file of the keys.
    #[error("data keys {path}: {reason}")]
    File {
        /// Which file.
        path: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The operating system gave no random bytes.
    #[error("no random bytes: {0}")]
    Randomness(String),
}
