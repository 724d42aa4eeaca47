//! The keys of one database and the file they lie in.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use aes_gcm::{Aes256Gcm, aead::KeyInit};
use serde::{Deserialize, Serialize};

use super::{Envelope, VaultError, envelope};
use crate::kernel::digest::{hmac_sha256_hex, random_token, sha256_hex};

/// What stands in the file (JSON): several keys, one of them current, and the key of the blind index.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    current: String,
    index: String,
    keys: BTreeMap<String, String>,
}

struct Loaded {
    file: KeyFile,
    ciphers: BTreeMap<String, Aes256Gcm>,
}

/// The keys of one database. It reads its file again when it meets a key that it does not know, so that a running
/// server follows a rotation.
pub struct Keyring {
    path: PathBuf,
    loaded: RwLock<Arc<Loaded>>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring")
            .field("path", &self.path)
            .field("current", &self.current())
            .finish_non_exhaustive()
    }
}

/// By what a key is recognised: not the key, and of no use to find it.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    hmac_sha256_hex(secret.as_bytes(), b"yichuang data key fingerprint").chars().take(16).collect()
}

impl KeyFile {
    fn fresh() -> Result<Self, VaultError> {
        let index = random_token().map_err(|error| VaultError::Randomness(error.to_string()))?;
        let mut file = Self { current: String::new(), index, keys: BTreeMap::new() };
        file.add_key()?;
        Ok(file)
    }

    /// Adds a random key, which becomes the current one.
    fn add_key(&mut self) -> Result<String, VaultError> {
        let random = |_| VaultError::Randomness("the operating system gave none".to_owned());
        let secret = random_token().map_err(random)?;
        // The id is random too: two installations never have the same.
        let id: String = sha256_hex(format!("id of {secret}")).chars().take(12).collect();
        self.keys.insert(id.clone(), secret);
        self.current.clone_from(&id);
        Ok(id)
    }

    fn read(path: &Path) -> Result<Self, VaultError> {
        let failed = |reason: String| VaultError::File { path: path.display().to_string(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let file: Self = serde_json::from_str(&text)
            // The parser's own words may quote a key.
            .map_err(|error| {
                failed(format!("not readable at line {}; put it back from its backup", error.line()))
            })?;
        if file.keys.contains_key(&file.current) {
            Ok(file)
        } else {
            Err(failed(format!("the current key {} is not among the keys", file.current)))
        }
    }

    /// Writes the whole file beside itself and puts it in place, readable by its owner alone.
    fn write(&self, path: &Path) -> Result<(), VaultError> {
        self.put(path, |beside| std::fs::rename(beside, path))
    }

    /// The same where there is no such file yet: of two servers that start together one makes it.
    fn write_first(&self, path: &Path) -> Result<(), VaultError> {
        self.put(path, |beside| {
            std::fs::hard_link(beside, path)?;
            std::fs::remove_file(beside)
        })
    }

    fn put(
        &self,
        path: &Path,
        into_place: impl FnOnce(&Path) -> std::io::Result<()>,
    ) -> Result<(), VaultError> {
        let failed = |reason: String| VaultError::File { path: path.display().to_string(), reason };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.to_string()))?;
        let beside = path.with_extension(format!("new-{}", std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.write_all(b"\n")?;
                file.sync_all()
            })
            .and_then(|()| into_place(&beside));
        written.map_err(|error| failed(error.to_string()))
    }
}

impl Loaded {
    fn of(file: KeyFile, path: &Path) -> Result<Self, VaultError> {
        let mut ciphers = BTreeMap::new();
        for (id, secret) in &file.keys {
            let cipher = bytes_of(secret).and_then(|bytes| Aes256Gcm::new_from_slice(&bytes).ok());
            let cipher = cipher.ok_or_else(|| VaultError::File {
                path: path.display().to_string(),
                reason: format!("key {id} has not 64 hexadecimal digits; put the file back from its backup"),
            })?;
            ciphers.insert(id.clone(), cipher);
        }
        Ok(Self { file, ciphers })
    }
}

/// 32 bytes of 64 hexadecimal digits.
fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let bytes: Option<Vec<u8>> = (0..hex.len())
        .step_by(2)
        .map(|at| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    bytes.filter(|bytes| bytes.len() == 32)
}

impl Keyring {
    /// The keys of a file.
    pub fn read(path: &Path) -> Result<Self, VaultError> {
        let loaded = Loaded::of(KeyFile::read(path)?, path)?;
        Ok(Self { path: path.to_owned(), loaded: RwLock::new(Arc::new(loaded)) })
    }

    /// Makes the file with one key, readable by its owner alone, and refuses where there is one.
    pub fn create(path: &Path) -> Result<Self, VaultError> {
        if path.exists() {
            let reason = "is there already".to_owned();
            return Err(VaultError::File { path: path.display().to_string(), reason });
        }
        KeyFile::fresh()?.write_first(path)?;
        Self::read(path)
    }

    /// Keys that lie in no file: for databases that are thrown away.
    pub fn in_memory() -> Result<Self, VaultError> {
        let path = PathBuf::new();
        let loaded = Loaded::of(KeyFile::fresh()?, &path)?;
        Ok(Self { path, loaded: RwLock::new(Arc::new(loaded)) })
    }

    fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file again.
    pub fn reload(&self) -> Result<(), VaultError> {
        if self.path.as_os_str().is_empty() {
            return Ok(());
        }
        let fresh = Arc::new(Loaded::of(KeyFile::read(&self.path)?, &self.path)?);
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Where the file lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The id of the key that new values are sealed with.
    #[must_use]
    pub fn current(&self) -> String {
        self.loaded().file.current.clone()
    }

    /// Every key with its fingerprint, and that of the index.
    #[must_use]
    pub fn fingerprints(&self) -> BTreeMap<String, String> {
        let loaded = self.loaded();
        let of_keys = loaded.file.keys.iter().map(|(id, secret)| (id.clone(), fingerprint(secret)));
        of_keys.chain([("index".to_owned(), fingerprint(&loaded.file.index))]).collect()
    }

    /// Adds a key, which becomes the current one.
    pub fn rotate(&self) -> Result<String, VaultError> {
        let mut file = KeyFile::read(&self.path)?;
        let id = file.add_key()?;
        file.write(&self.path)?;
        self.reload()?;
        Ok(id)
    }

    /// Takes a key out of the file; never the current one.
    pub fn remove(&self, id: &str) -> Result<(), VaultError> {
        let mut file = KeyFile::read(&self.path)?;
        if file.current == id || file.keys.remove(id).is_none() {
            let reason = format!("{id} is the current key, or no key of it");
            return Err(VaultError::File { path: self.path.display().to_string(), reason });
        }
        file.write(&self.path)?;
        self.reload()
    }

    /// Seals a value for one column of one row with the current key.
    pub fn seal(&self, place: &str, row: &str, plain: &str) -> Result<String, VaultError> {
        let loaded = self.loaded();
        let key = &loaded.file.current;
        let cipher = loaded.ciphers.get(key).ok_or_else(|| VaultError::UnknownKey(key.clone()))?;
        envelope::seal(cipher, key, place, row, plain)
    }

    /// Opens what was sealed.
    pub fn open(&self, place: &str, sealed: &Envelope<'_>) -> Result<String, VaultError> {
        let mut loaded = self.loaded();
        if !loaded.ciphers.contains_key(sealed.key) {
            self.reload()?;
            loaded = self.loaded();
        }
        let cipher =
            loaded.ciphers.get(sealed.key).ok_or_else(|| VaultError::UnknownKey(sealed.key.to_owned()))?;
        envelope::open(cipher, place, sealed)
    }

    /// The blind index of a value.
    #[must_use]
    pub fn blind(&self, place: &str, value: &str) -> String {
        let message = format!("{place}\n{}", value.trim().to_lowercase());
        hmac_sha256_hex(self.loaded().file.index.as_bytes(), message.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_where_it_was_sealed() {
        let keys = Keyring::in_memory().unwrap();
        let sealed = keys.seal("users.phone", "row-1", "13800000001").unwrap();
        assert!(!sealed.contains("13800000001") && sealed.starts_with("v1.A256GCM."));
        let envelope = Envelope::parse(&sealed).unwrap();
        assert_eq!(keys.open("users.phone", &envelope).unwrap(), "13800000001");
        assert!(keys.open("users.email", &envelope).is_err());
        let moved = sealed.replace(".row-1.", ".row-2.");
        assert!(keys.open("users.phone", &Envelope::parse(&moved).unwrap()).is_err());
        let other = Keyring::in_memory().unwrap();
        assert!(matches!(other.open("users.phone", &envelope), Err(VaultError::UnknownKey(_))));
        let altered = format!("{}A", sealed.get(..sealed.len() - 1).unwrap());
        let altered = if altered == sealed { sealed.replace('A', "B") } else { altered };
        assert!(Envelope::parse(&altered).is_none_or(|e| keys.open("users.phone", &e).is_err()));
    }

    #[test]
    fn equal_values_are_sealed_differently_and_indexed_alike() {
        let keys = Keyring::in_memory().unwrap();
        assert_ne!(keys.seal("p", "r", "x").unwrap(), keys.seal("p", "r", "x").unwrap());
        assert_eq!(keys.blind("p", " Li@x.org "), keys.blind("p", "li@x.org"));
        assert_ne!(keys.blind("p", "x"), keys.blind("q", "x"));
        assert_ne!(keys.blind("p", "x"), Keyring::in_memory().unwrap().blind("p", "x"));
    }

    #[test]
    fn a_rotation_keeps_the_old_keys_and_another_process_follows_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.keys");
        let one = Keyring::create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Keyring::create(&path).is_err());
        let (old, before) = (one.current(), one.seal("p", "r", "x").unwrap());
        let server = Keyring::read(&path).unwrap();
        let new = one.rotate().unwrap();
        assert_ne!(old, new);
        let after = one.seal("p", "r", "y").unwrap();
        assert_eq!(server.current(), old);
        assert_eq!(server.open("p", &Envelope::parse(&after).unwrap()).unwrap(), "y");
        assert_eq!(server.current(), new);
        assert_eq!(server.open("p", &Envelope::parse(&before).unwrap()).unwrap(), "x");
        assert!(one.remove(&new).is_err());
        one.remove(&old).unwrap();
        assert!(one.open("p", &Envelope::parse(&before).unwrap()).is_err());
    }

    #[test]
    fn what_is_no_envelope_is_recognised() {
        for text in ["13800000001", "", "v1.A256GCM.a.b.c", "v2.A256GCM.a.b.c.d", "v1.A256GCM.a.b.c.d.e"] {
            assert!(Envelope::parse(text).is_none(), "{text}");
        }
    }
}
