//! The text form of what is sealed: `v1.<algorithm>.<key>.<row>.<nonce>.<ciphertext>`. The algorithm is named in every
//! envelope, so that another one (SM4-GCM) can come beside this one.

use aes_gcm::{
    Aes256Gcm,
    aead::{Aead, Payload},
};
use base64ct::{Base64UrlUnpadded, Encoding};

use super::VaultError;

/// AES-256-GCM with a random nonce of 96 bits.
pub const AES_256_GCM: &str = "A256GCM";
const VERSION: &str = "v1";

/// What is sealed, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The id of the key.
    pub key: &'a str,
    /// The row it was sealed for.
    pub row: &'a str,
    nonce: &'a str,
    ciphertext: &'a str,
}

/// True for what looks like an envelope; what does not was stored before there were any.
#[must_use]
pub fn is_sealed(text: &str) -> bool {
    Envelope::parse(text).is_some()
}

impl<'a> Envelope<'a> {
    /// Takes an envelope apart; none where it is none.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split('.');
        if parts.next() != Some(VERSION) || parts.next() != Some(AES_256_GCM) {
            return None;
        }
        let (key, row, nonce, ciphertext) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(Self { key, row, nonce, ciphertext })
    }

    /// What every envelope under a key begins with.
    #[must_use]
    pub fn beginning(key: &str) -> String {
        format!("{VERSION}.{AES_256_GCM}.{key}.")
    }
}

/// Column and row are authenticated: a value that is moved does not open.
fn bound_to(place: &str, row: &str) -> String {
    format!("{VERSION}/{place}/{row}")
}

pub fn seal(
    cipher: &Aes256Gcm,
    key: &str,
    place: &str,
    row: &str,
    plain: &str,
) -> Result<String, VaultError> {
    let mut nonce = [0u8; 12];
    getrandom::fill(&mut nonce).map_err(|error| VaultError::Randomness(error.to_string()))?;
    let aad = bound_to(place, row);
    let payload = Payload { msg: plain.as_bytes(), aad: aad.as_bytes() };
    let ciphertext = cipher.encrypt(&nonce.into(), payload).map_err(|_| damaged(place, row))?;
    let nonce = Base64UrlUnpadded::encode_string(&nonce);
    let ciphertext = Base64UrlUnpadded::encode_string(&ciphertext);
    Ok(format!("{}{row}.{nonce}.{ciphertext}", Envelope::beginning(key)))
}

pub fn open(cipher: &Aes256Gcm, place: &str, envelope: &Envelope<'_>) -> Result<String, VaultError> {
    let damaged = || damaged(place, envelope.row);
    let mut nonce = [0u8; 12];
    let read = Base64UrlUnpadded::decode(envelope.nonce, &mut nonce).map_err(|_| damaged())?.len();
    if read != nonce.len() {
        return Err(damaged());
    }
    let ciphertext = Base64UrlUnpadded::decode_vec(envelope.ciphertext).map_err(|_| damaged())?;
    let aad = bound_to(place, envelope.row);
    let payload = Payload { msg: &ciphertext, aad: aad.as_bytes() };
    let plain = cipher.decrypt(&nonce.into(), payload).map_err(|_| damaged())?;
    String::from_utf8(plain).map_err(|_| damaged())
}

fn damaged(place: &str, row: &str) -> VaultError {
    VaultError::Damaged { place: place.to_owned(), row: row.to_owned() }
}
