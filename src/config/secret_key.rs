//! The key of this installation, with which secrets are sealed before they are stored. It lies in a file of its own, so
//! that a copy of the database alone gives nothing away.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::Settings;

/// 256 bits; never printed.
#[derive(Clone)]
pub struct SecretKey(Arc<[u8; 32]>);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

impl SecretKey {
    /// The key of these settings; its file is made, readable by its owner alone, where there is none.
    pub fn load(settings: &Settings) -> std::io::Result<Self> {
        let path = path_of(settings);
        match fs::read_to_string(&path) {
            Ok(text) => read(&path, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(&path),
            Err(error) => Err(named(&path, &error)),
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Beside the SQLite database unless the settings name a place.
fn path_of(settings: &Settings) -> PathBuf {
    let named = &settings.security.secret_key_file;
    if !named.as_os_str().is_empty() {
        return named.clone();
    }
    let url = &settings.database.url;
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return PathBuf::from("yichuang.key");
    }
    PathBuf::from(format!("{}.key", url.strip_prefix("sqlite:").unwrap_or(url)))
}

fn read(path: &Path, text: &str) -> std::io::Result<SecretKey> {
    let text = text.trim();
    let unfit = || std::io::Error::other(format!("{}: a key has 64 hex characters", path.display()));
    if text.len() != 64 || !text.is_ascii() {
        return Err(unfit());
    }
    let mut key = [0u8; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        let digits = text.get(index * 2..index * 2 + 2).ok_or_else(unfit)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| unfit())?;
    }
    Ok(SecretKey(Arc::new(key)))
}

/// Written whole under another name first: two servers that start at once end with the same key.
fn make(path: &Path) -> std::io::Result<SecretKey> {
    let text = crate::kernel::digest::random_token().map_err(std::io::Error::other)?;
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let written = put(&fresh, path, &text);
    let _ = fs::remove_file(&fresh);
    written.map_err(|error| named(path, &error))?;
    let text = fs::read_to_string(path).map_err(|error| named(path, &error))?;
    read(path, &text)
}

/// A link never replaces what another server has put there in the meantime.
fn put(fresh: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    match fs::hard_link(fresh, path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn named(path: &Path, error: &std::io::Error) -> std::io::Error {
    std::io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::load(None).unwrap();
        settings.database.url = format!("sqlite:{}", folder.path().join("a.db").display());
        let first = SecretKey::load(&settings).unwrap();
        assert_eq!(first.bytes(), SecretKey::load(&settings).unwrap().bytes());
        let path = folder.path().join("a.db.key");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::write(&path, "short").unwrap();
        assert!(SecretKey::load(&settings).unwrap_err().to_string().contains("a.db.key"));
    }
}
