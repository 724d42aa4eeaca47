//! The second factor: one-time codes of time (动态口令, RFC 6238), how their secret is sealed, and recovery codes.
//!
//! [`seal_totp`] and [`open_totp`] are the only two functions that know how the secret is stored.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use totp_rs::{Builder, Totp};

use crate::{
    error::Error,
    kernel::{
        digest::{hex, sha256_hex},
        ids::UserId,
        time::Timestamp,
    },
};

/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;
/// What a sealed secret begins with: the algorithm, and its form.
const FORM: &str = "a256gcm.1.";
/// Bytes of a nonce.
const NONCE: usize = 12;

/// A fresh secret of 160 bits.
pub fn fresh_secret() -> Result<Vec<u8>, Error> {
    random_bytes(20)
}

fn random_bytes(count: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0u8; count];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}

/// Whose secret it is belongs to what is sealed: another row's does not open.
fn context(user: UserId) -> String {
    format!("second_factors.sealed_secret.{user}")
}

/// The secret as it is stored.
pub fn seal_totp(key: &[u8; 32], user: UserId, secret: &[u8]) -> Result<String, Error> {
    let nonce: [u8; NONCE] = random_bytes(NONCE)?.try_into().map_err(|_| Error::internal("a nonce"))?;
    let context = context(user);
    let payload = Payload { msg: secret, aad: context.as_bytes() };
    let sealed = Aes256Gcm::new(key.into()).encrypt(&nonce.into(), payload).map_err(Error::internal)?;
    Ok(format!("{FORM}{}{}", hex(&nonce), hex(&sealed)))
}

/// The secret that was stored; 500 where the key is another one or the row was changed.
pub fn open_totp(key: &[u8; 32], user: UserId, sealed: &str) -> Result<Vec<u8>, Error> {
    let unfit =
        || Error::internal("the secret of a second factor cannot be opened: wrong key, or a changed row");
    let bytes = sealed.strip_prefix(FORM).and_then(from_hex).ok_or_else(unfit)?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or_else(unfit)?;
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| unfit())?;
    let context = context(user);
    let payload = Payload { msg: sealed, aad: context.as_bytes() };
    Aes256Gcm::new(key.into()).decrypt(&nonce.into(), payload).map_err(|_| unfit())
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn totp(secret: &[u8], account: &str) -> Result<Totp, Error> {
    // A colon parts the issuer from the account in the address of the secret.
    let account: String = account.chars().map(|c| if c == ':' { '_' } else { c }).collect();
    Builder::new()
        .with_secret(secret.to_vec())
        .with_account_name(account)
        .with_issuer(Some("益创"))
        .build()
        .map_err(Error::internal)
}

/// What the person's device reads: the secret in base 32, and the same as an address for a QR code.
pub fn handed_over(secret: &[u8], account: &str) -> Result<(String, String), Error> {
    let totp = totp(secret, account)?;
    Ok((totp.secret().to_base32(), totp.to_url().map_err(Error::internal)?))
}

/// The step whose code this is, if it is later than the last one used: a code of the step before or after the present
/// one is taken too, each once.
pub fn step_of(secret: &[u8], code: &str, last_step: i64, now: Timestamp) -> Result<Option<i64>, Error> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let seconds = u64::try_from(now.naive().and_utc().timestamp()).unwrap_or(0);
    let step = totp(secret, "")?.check(&code, seconds).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > last_step))
}

/// Fresh recovery codes of 80 bits: `abcd-efgh-ijkl-mnop`.
pub fn fresh_recovery_codes() -> Result<Vec<String>, Error> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    (0..RECOVERY_CODES)
        .map(|_| {
            let letters = random_bytes(16)?;
            let letter = |byte: &u8| LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'a');
            let letters: Vec<char> = letters.iter().map(|byte| char::from(letter(byte))).collect();
            Ok(letters.chunks(4).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
        })
        .collect()
}

/// What is stored of a recovery code, as somebody typed it.
#[must_use]
pub fn recovery_digest(user: UserId, code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    sha256_hex(format!("{user}:{}", plain.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_own_row_alone() {
        let (user, other) = (UserId::generate(), UserId::generate());
        let (key, wrong) = ([7u8; 32], [8u8; 32]);
        let secret = fresh_secret().unwrap();
        let sealed = seal_totp(&key, user, &secret).unwrap();
        assert_ne!(sealed, seal_totp(&key, user, &secret).unwrap(), "a fresh nonce each time");
        assert!(!sealed.contains(&hex(&secret)));
        assert_eq!(open_totp(&key, user, &sealed).unwrap(), secret);
        assert!(open_totp(&wrong, user, &sealed).is_err() && open_totp(&key, other, &sealed).is_err());
        for broken in ["", "a256gcm.1.", "a256gcm.1.zz", "a256gcm.1.00"] {
            assert!(open_totp(&key, user, broken).is_err(), "{broken}");
        }
    }

    /// RFC 6238, appendix B, SHA-1, cut to six digits.
    #[test]
    fn computes_the_codes_of_the_standard() {
        let secret = b"12345678901234567890";
        for (at, code) in [
            ("1970-01-01T00:00:59Z", "287082"),
            ("2005-03-18T01:58:29Z", "081804"),
            ("2009-02-13T23:31:30Z", "005924"),
        ] {
            let now: Timestamp = at.parse().unwrap();
            let step = step_of(secret, code, 0, now).unwrap().unwrap();
            assert_eq!(step_of(secret, code, step, now).unwrap(), None, "used");
            assert!(step_of(secret, code, 0, now.plus_seconds(30)).unwrap().is_some(), "a step late");
            assert_eq!(step_of(secret, code, 0, now.plus_seconds(90)).unwrap(), None, "too late");
        }
        let now: Timestamp = "1970-01-01T00:00:59Z".parse().unwrap();
        assert!(step_of(secret, "287 082", 0, now).unwrap().is_some());
        for wrong in ["", "28708", "2870820", "二八七〇八二", "28708x"] {
            assert_eq!(step_of(secret, wrong, 0, now).unwrap(), None, "{wrong}");
        }
    }

    #[test]
    fn recovery_codes_differ_and_are_read_as_people_type_them() {
        let codes = fresh_recovery_codes().unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let user = UserId::generate();
        assert!(codes.iter().all(|code| code.len() == 19));
        let code = &codes[0];
        assert_ne!(codes[0], codes[1]);
        assert_eq!(
            recovery_digest(user, code),
            recovery_digest(user, &code.to_uppercase().replace('-', " "))
        );
        assert_ne!(recovery_digest(user, code), recovery_digest(UserId::generate(), code));
    }
}
