//! Checkpoints as C2SP has them (tlog-checkpoint in a signed-note): three lines, an empty one, signatures. Pure.
//!
//! ```text
//! fund.example.org/audit
//! 20852
//! AvjL0wV6nGLAGPB3HStWNwVJkRW8PQPiCMNhh9J8pJU=
//!
//! — fund.example.org/audit qqm5tL2bG0…
//! ```

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::tree::Hash;
use crate::kernel::digest::hex;

/// The kind of key: Ed25519.
const ALGORITHM: u8 = 1;

/// What was sealed: so many leaves under this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log.
    pub origin: String,
    /// So many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        (!origin.is_empty() && number.to_string() == size).then(|| Self {
            origin: origin.to_owned(),
            size: number,
            root,
        })
    }
}

/// The first four bytes of the digest of a key and its name.
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let digest: Hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ALGORITHM])
        .chain_update(key.as_bytes())
        .finalize()
        .into();
    let [a, b, c, d, ..] = digest;
    [a, b, c, d]
}

/// A public key with its name, as `NAME+ID+KEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    /// The key's name, which is the log's origin.
    pub name: String,
    key: VerifyingKey,
}

impl Verifier {
    /// Eight hex digits by which signatures name the key.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&key_id(&self.name, &self.key))
    }

    /// `NAME+ID+KEY`; none where it is no such text or the id does not fit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // The key's own text may have a plus in it.
        let mut parts = text.trim().splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = STANDARD.decode(key).ok()?;
        let (algorithm, key) = bytes.split_first()?;
        let key = VerifyingKey::from_bytes(&key.try_into().ok()?).ok()?;
        let verifier = Self { name: name.to_owned(), key };
        (*algorithm == ALGORITHM && verifier.id() == id && !name.is_empty()).then_some(verifier)
    }

    /// The public key alone, 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [&[ALGORITHM], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, self.id(), STANDARD.encode(bytes))
    }
}

/// The key that signs checkpoints.
#[derive(Clone)]
pub struct Signatory {
    name: String,
    key: SigningKey,
}

impl Signatory {
    /// A key of 32 secret bytes under a name.
    #[must_use]
    pub fn of(name: &str, secret: &[u8; 32]) -> Self {
        Self { name: name.to_owned(), key: SigningKey::from_bytes(secret) }
    }

    /// Its name, which is the log's origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What others check signatures with.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The signed note of a checkpoint.
    #[must_use]
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let text = checkpoint.text();
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let signed = [key_id(&self.name, &self.key.verifying_key()).as_slice(), &signature].concat();
        let mut note = text;
        // Writing into a text cannot fail.
        let _ = writeln!(note, "\n— {} {}", self.name, STANDARD.encode(signed));
        note
    }
}

/// A note as it was read: nothing of it is believed before [`Note::is_signed_by`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub checkpoint: Checkpoint,
    text: String,
    signatures: Vec<(String, [u8; 4], Signature)>,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        for (name, id, signature) in &self.signatures {
            let signed = [id.as_slice(), &signature.to_bytes()].concat();
            writeln!(f, "— {name} {}", STANDARD.encode(signed))?;
        }
        Ok(())
    }
}

impl Note {
    /// True where one of the signatures is this key's over this text.
    #[must_use]
    pub fn is_signed_by(&self, verifier: &Verifier) -> bool {
        let id = key_id(&verifier.name, &verifier.key);
        self.signatures.iter().any(|(name, of, signature)| {
            *name == verifier.name
                && *of == id
                && verifier.key.verify_strict(self.text.as_bytes(), signature).is_ok()
        })
    }

    /// The ids of the keys that its signatures name.
    #[must_use]
    pub fn key_ids(&self) -> Vec<String> {
        self.signatures.iter().map(|(_, id, _)| hex(id)).collect()
    }
}

/// The notes of a file, one after the other with an empty line between them; the number of the first line of a note that
/// cannot be read.
pub fn read(file: &str) -> Result<Vec<Note>, usize> {
    let mut lines = file.lines().enumerate().peekable();
    let mut notes = Vec::new();
    loop {
        while lines.next_if(|(_, line)| line.trim().is_empty()).is_some() {}
        let Some((first, _)) = lines.peek() else { return Ok(notes) };
        let first = first + 1;
        let mut text = String::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty()) {
            text.push_str(line);
            text.push('\n');
        }
        lines.next();
        let mut signatures = Vec::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| line.starts_with("— ")) {
            signatures.push(signature(line).ok_or(first)?);
        }
        let checkpoint = Checkpoint::parse(&text).ok_or(first)?;
        if signatures.is_empty() {
            return Err(first);
        }
        notes.push(Note { checkpoint, text, signatures });
    }
}

fn signature(line: &str) -> Option<(String, [u8; 4], Signature)> {
    let (name, signed) = line.strip_prefix("— ")?.rsplit_once(' ')?;
    let bytes = STANDARD.decode(signed).ok()?;
    let (id, signature) = bytes.split_at_checked(4)?;
    Some((name.to_owned(), id.try_into().ok()?, Signature::from_slice(signature).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signatory() -> Signatory {
        Signatory::of("fund.example.org/audit", &[7; 32])
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "fund.example.org/audit".to_owned(), size: 20852, root: [3; 32] }
    }

    /// The example of the C2SP document signed-note, with its published key.
    #[test]
    fn reads_the_published_key() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let verifier = Verifier::parse(text).unwrap();
        assert_eq!((verifier.name.as_str(), verifier.id().as_str()), ("PeterNeumann", "c74f20a3"));
        assert_eq!(verifier.to_string(), text);
        assert_eq!(Verifier::parse(&text.replace("c74f", "c74e")), None);
        // The signed note of the same document.
        let words = "If you think cryptography is the answer to your problem,\n\
                     then you don't know what your problem is.\n";
        let line = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        let note = Note {
            checkpoint: checkpoint(),
            text: words.to_owned(),
            signatures: vec![signature(line).unwrap()],
        };
        assert!(note.is_signed_by(&verifier));
    }

    #[test]
    fn what_was_signed_is_read_again_and_every_altered_byte_is_seen() {
        let (signatory, checkpoint) = (signatory(), checkpoint());
        let note = signatory.sign(&checkpoint);
        let two = format!("{note}\n{note}");
        let read_again = read(&two).unwrap();
        assert_eq!(read_again.len(), 2);
        assert_eq!(read_again[0].checkpoint, checkpoint);
        assert!(read_again.iter().all(|note| note.is_signed_by(&signatory.verifier())));
        assert_eq!(read_again[0].key_ids(), [signatory.verifier().id()]);
        let other = Signatory::of("fund.example.org/audit", &[8; 32]).verifier();
        assert!(!read_again[0].is_signed_by(&other));
        let parsed = Verifier::parse(&signatory.verifier().to_string()).unwrap();
        assert_eq!(parsed, signatory.verifier());
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(altered) = String::from_utf8(bytes) else { continue };
            let Ok(notes) = read(&altered) else { continue };
            let is_believed = notes
                .iter()
                .any(|note| note.is_signed_by(&signatory.verifier()) && note.checkpoint != checkpoint);
            assert!(!is_believed, "byte {at}");
        }
    }

    #[test]
    fn what_is_no_note_is_refused_by_its_line() {
        assert_eq!(read(""), Ok(Vec::new()));
        assert_eq!(read("a\n1\nx\n"), Err(1));
        let unsigned = checkpoint().text();
        assert_eq!(read(&unsigned), Err(1));
        let signed = signatory().sign(&checkpoint());
        assert_eq!(read(&format!("{signed}\n\n{unsigned}")), Err(8));
        assert_eq!(read(&signed.replace("20852", "+20852")), Err(1));
    }
}
