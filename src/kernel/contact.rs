//! How a person signs in and is reached: an e-mail address or a mainland phone number.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};

/// An e-mail address that lettre can send to, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// A mainland mobile number: eleven digits, the first of them 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

/// What a text is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// No e-mail address.
    #[error("not an e-mail address such as name@example.org")]
    EmailAddress,
    /// No phone number.
    #[error("not a mainland mobile number such as 13800000001")]
    PhoneNumber,
}

impl EmailAddress {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = ContactError;

    fn from_str(text: &str) -> Result<Self, ContactError> {
        let text = text.trim().to_lowercase();
        let fits = text.len() <= 254 && text.parse::<lettre::Address>().is_ok();
        if fits { Ok(Self(text)) } else { Err(ContactError::EmailAddress) }
    }
}

impl PhoneNumber {
    /// The eleven digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PhoneNumber {
    type Err = ContactError;

    fn from_str(text: &str) -> Result<Self, ContactError> {
        let digits: String = super::credit_code::normalise(text).chars().filter(|c| *c != '-').collect();
        let digits = digits.strip_prefix("+86").unwrap_or(&digits);
        let fits =
            digits.len() == 11 && digits.starts_with('1') && digits.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(Self(digits.to_owned())) } else { Err(ContactError::PhoneNumber) }
    }
}

/// A recipient as the office sees it: `138****0001`, `l***@example.org`.
#[must_use]
pub fn masked(recipient: &str) -> String {
    if let Some((local, domain)) = recipient.rsplit_once('@') {
        let first: String = local.chars().take(1).collect();
        return format!("{first}***@{domain}");
    }
    match (recipient.get(..3), recipient.get(recipient.len().saturating_sub(4)..)) {
        (Some(first), Some(last)) if recipient.len() == 11 => format!("{first}****{last}"),
        _ => "****".to_owned(),
    }
}

/// What somebody else wrote about a recipient, with the recipient masked wherever it stands.
#[must_use]
pub fn masked_in(text: &str, recipient: &str) -> String {
    let (folded, wanted) = (text.to_ascii_lowercase(), recipient.to_ascii_lowercase());
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    if !wanted.is_empty() {
        for (at, found) in folded.match_indices(&wanted) {
            out.push_str(text.get(done..at).unwrap_or_default());
            out.push_str(&masked(recipient));
            done = at + found.len();
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

macro_rules! text_value {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                String::schema()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

text_value!(EmailAddress);
text_value!(PhoneNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_as_people_type_them() {
        assert_eq!("138-0000-0001".parse::<PhoneNumber>().unwrap().as_str(), "13800000001");
        assert_eq!("+86 13800000001".parse::<PhoneNumber>().unwrap().as_str(), "13800000001");
        assert!("23800000001".parse::<PhoneNumber>().is_err());
        assert_eq!(" Li@Example.org".parse::<EmailAddress>().unwrap().as_str(), "li@example.org");
        assert!("li@exa mple".parse::<EmailAddress>().is_err());
        assert!("a@b.c\r\nBcc: x@y.z".parse::<EmailAddress>().is_err());
    }

    #[test]
    fn masks_a_recipient_wherever_it_stands() {
        assert_eq!(masked("13800000001"), "138****0001");
        assert_eq!(masked("li@example.org"), "l***@example.org");
        assert_eq!(masked("李@example.org"), "李***@example.org");
        assert_eq!([masked(""), masked("123"), masked("一二三四")], ["****", "****", "****"]);
        let told = "550 <LI@example.org>: no such user 李; li@example.org";
        let shown = masked_in(told, "li@example.org");
        assert_eq!(shown, "550 <l***@example.org>: no such user 李; l***@example.org");
        assert_eq!(masked_in("nothing", "li@example.org"), "nothing");
    }
}
