//! What a password must satisfy (trust.md S7, §0 number 8 and §8).

use std::{collections::HashSet, sync::LazyLock};

use crate::{
    error::{Code, codes},
    kernel::{
        password::{PasswordPolicy, normalise},
        text::fold,
        time::Timestamp,
    },
};

/// Passwords nobody may take; its head says how it was made.
const BARRED: &str = include_str!("../../config/barred-passwords.txt");
/// How long a password holds under `mlps2`, in seconds: 90 days.
const MLPS2_SECONDS: i64 = 90 * 24 * 3600;
/// So many of the last passwords do not come back under `mlps2`.
pub const MLPS2_BARRED: i64 = 5;
/// The longest password in bytes before it is even looked at: 128 characters of four bytes, decomposed.
const MOST_BYTES: usize = 128 * 16;

static LIST: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| BARRED.lines().filter(|line| !line.starts_with("# ")).collect());

/// Whose password it is: none of this may stand in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// The person's name.
    pub name: &'a str,
    /// Their phone number.
    pub phone: Option<&'a str>,
    /// Their e-mail address.
    pub email: Option<&'a str>,
}

/// The password as it is hashed; none where it is too long to be one, which is told before anything is computed.
#[must_use]
pub fn readable(password: &str) -> Option<String> {
    let fits = password.len() <= MOST_BYTES;
    fits.then(|| normalise(password)).filter(|password| password.chars().count() <= 128)
}

/// Everything that is wrong with a password, the length first.
#[must_use]
pub fn faults(policy: PasswordPolicy, password: &str, about: About<'_>) -> Vec<&'static Code> {
    let Some(password) = readable(password).filter(|password| password.chars().count() >= 12) else {
        return vec![&codes::PASSWORD_WEAK];
    };
    let checks = [
        (is_common(&password), &codes::PASSWORD_COMMON),
        (is_personal(&password, about), &codes::PASSWORD_PERSONAL),
        (policy == PasswordPolicy::Mlps2 && classes(&password) < 3, &codes::PASSWORD_CLASSES),
    ];
    checks.into_iter().filter_map(|(broken, code)| broken.then_some(code)).collect()
}

/// True for a password that was in force for too long.
#[must_use]
pub fn is_expired(policy: PasswordPolicy, set_at: Timestamp, now: Timestamp) -> bool {
    match policy {
        PasswordPolicy::Asvs => false,
        PasswordPolicy::Mlps2 => now.seconds_since(set_at) >= MLPS2_SECONDS,
    }
}

/// How many of the last passwords do not come back.
#[must_use]
pub fn barred_of_the_last(policy: PasswordPolicy) -> i64 {
    match policy {
        PasswordPolicy::Asvs => 1,
        PasswordPolicy::Mlps2 => MLPS2_BARRED,
    }
}

fn is_common(password: &str) -> bool {
    let plain: String = password.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    // Letters are often written as signs that look like them; the number behind the word is meant as a number.
    let word = plain.trim_end_matches(|c: char| !c.is_alphabetic());
    let tail = plain.get(word.len()..).unwrap_or_default();
    let unmasked: String = word.chars().map(letter_of).chain(tail.chars()).collect();
    let bare = plain.trim_end_matches(|c: char| !c.is_alphanumeric());
    LIST.contains(plain.as_str()) || LIST.contains(unmasked.as_str()) || LIST.contains(bare)
}

const fn letter_of(sign: char) -> char {
    match sign {
        '@' | '4' => 'a',
        '$' | '5' => 's',
        '0' => 'o',
        '3' => 'e',
        '1' | '!' => 'i',
        '7' => 't',
        other => other,
    }
}

fn is_personal(password: &str, about: About<'_>) -> bool {
    let folded = fold(password);
    let local = about.email.and_then(|address| address.split('@').next()).unwrap_or_default();
    let own = [about.name, about.phone.unwrap_or_default(), local];
    let own = own.into_iter().map(fold).filter(|word| {
        let characters = word.chars().count();
        // A family name alone, or two letters, stand in too much.
        characters >= 3 || (characters == 2 && !word.is_ascii())
    });
    own.chain(["益创".to_owned(), "yichuang".to_owned()]).any(|word| folded.contains(&word))
}

/// How many of capitals, small letters, digits and everything else it has; letters without case are small ones.
fn classes(password: &str) -> usize {
    let has = |is: fn(char) -> bool| usize::from(password.chars().any(is));
    has(char::is_uppercase)
        + has(|c| c.is_alphabetic() && !c.is_uppercase())
        + has(char::is_numeric)
        + has(|c| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(policy: PasswordPolicy, password: &str) -> Vec<&'static str> {
        let about =
            About { name: "王小芳", phone: Some("13800000001"), email: Some("fang.wang@example.org") };
        faults(policy, password, about).into_iter().map(|code| code.code).collect()
    }

    #[test]
    fn the_list_is_long_sorted_and_of_passwords_that_would_be_long_enough() {
        let lines: Vec<&str> = BARRED.lines().filter(|line| !line.starts_with("# ")).collect();
        assert!(lines.len() >= 10_000 && lines.is_sorted() && LIST.len() == lines.len());
        for line in lines {
            assert!(line.chars().count() >= 12 && line == line.to_lowercase(), "{line}");
        }
    }

    #[test]
    fn counts_characters_after_nfc_and_cuts_nothing() {
        let long = "密🔑".repeat(64);
        assert!(told(PasswordPolicy::Asvs, &long).is_empty());
        assert_eq!(told(PasswordPolicy::Asvs, &format!("{long}x")), ["registration.password_weak"]);
        assert_eq!(told(PasswordPolicy::Asvs, "eleven cha."), ["registration.password_weak"]);
        assert_eq!(told(PasswordPolicy::Asvs, &"x".repeat(1_000_000)), ["registration.password_weak"]);
        // 128 characters as they are typed on another keyboard.
        assert!(told(PasswordPolicy::Asvs, &"e\u{301}u\u{308}".repeat(64)).is_empty());
    }

    #[test]
    fn common_and_personal_passwords_are_refused() {
        for common in [
            "password1234",
            "Password1234",
            "P@ssw0rd1234",
            "PASSWORD1234!",
            "woaini5201314",
            "correct horse battery staple",
            "qwertyuiop123",
            "mimashi123456789",
        ] {
            assert_eq!(told(PasswordPolicy::Asvs, common), ["password.common"], "{common}");
        }
        for personal in [
            "I am 王小芳 of Ningbo",
            "call-13800000001",
            "Fang.Wang!says:hi",
            "我们的益创密码很长很长很长",
            "YiChuang-of-Haishu",
        ] {
            assert!(told(PasswordPolicy::Asvs, personal).contains(&"password.personal"), "{personal}");
        }
        assert!(told(PasswordPolicy::Asvs, "correct horse battery").is_empty());
    }

    #[test]
    fn mlps2_asks_for_three_classes_and_asvs_does_not() {
        for (password, fits) in [
            ("correct horse battery", false),
            ("correct horse battery 7", true),
            ("Correcthorsebattery", false),
            ("Correct-horse-battery", true),
            ("正确的马电池订书钉再长一点", false),
            ("正确的马电池订书钉-7再长", true),
        ] {
            assert_eq!(told(PasswordPolicy::Mlps2, password).is_empty(), fits, "{password}");
            assert!(told(PasswordPolicy::Asvs, password).is_empty(), "{password}");
        }
    }

    #[test]
    fn holds_for_ninety_days_under_mlps2() {
        let set_at: Timestamp = "2011-03-01T00:00:00Z".parse().unwrap();
        let day = 24 * 3600;
        assert!(!is_expired(PasswordPolicy::Mlps2, set_at, set_at.plus_seconds(90 * day - 1)));
        assert!(is_expired(PasswordPolicy::Mlps2, set_at, set_at.plus_seconds(90 * day)));
        assert!(!is_expired(PasswordPolicy::Asvs, set_at, set_at.plus_seconds(900 * day)));
    }
}
