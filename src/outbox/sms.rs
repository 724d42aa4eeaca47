//! How text messages leave: a web address that hands them on, memory (for tests), or not at all.
//!
//! The webhook gets `POST` with `{"id", "phone", "text"}`, `X-Yichuang-Timestamp` (seconds) and
//! `X-Yichuang-Signature: sha256=HEX`, the HMAC-SHA256 of `TIMESTAMP.BODY`. The same id may come twice.
//!
//! Invariant (trust.md §5, number 59): a connection is made only to an address that was looked at. The name is resolved
//! once, every address must be public unless the settings say otherwise, and the request goes to those addresses and
//! follows no redirect.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Url, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Delivered, Mail, MailError};
use crate::{
    config::{SmsSettings, SmsTransport},
    kernel::{digest::hmac_sha256_hex, time::Timestamp},
};

const TIMEOUT: Duration = Duration::from_secs(10);

/// The way of this installation.
#[derive(Clone)]
pub(super) enum Sms {
    Webhook(Arc<Webhook>),
    Memory(Arc<Mutex<Vec<Delivered>>>),
    Off,
}

pub(super) struct Webhook {
    url: Url,
    secret: SecretString,
    allow_private: bool,
}

impl Sms {
    pub(super) fn from_settings(settings: &SmsSettings) -> Result<Self, MailError> {
        match settings.transport {
            SmsTransport::Off => Ok(Self::Off),
            SmsTransport::Memory => Ok(Self::Memory(Arc::default())),
            SmsTransport::Webhook => {
                let SmsSettings { webhook_url, webhook_secret, allow_private, .. } = settings;
                Ok(Self::Webhook(Arc::new(Webhook::of(webhook_url, webhook_secret, *allow_private)?)))
            }
        }
    }

    /// What the memory transport has taken so far.
    pub(super) fn delivered(&self) -> Vec<Delivered> {
        match self {
            Self::Memory(texts) => texts.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Self::Webhook(_) | Self::Off => Vec::new(),
        }
    }

    pub(super) async fn send(&self, mail: &Mail, now: Timestamp) -> Result<(), MailError> {
        match self {
            Self::Off => Ok(()),
            Self::Webhook(webhook) => {
                let body =
                    json!({"id": mail.id, "phone": mail.recipient.as_str(), "text": mail.body.as_str()});
                webhook.post(&body, now).await
            }
            Self::Memory(texts) => {
                texts.lock().unwrap_or_else(PoisonError::into_inner).push(Delivered {
                    recipient: mail.recipient.as_str().to_owned(),
                    subject: mail.subject.as_str().to_owned(),
                    body: mail.body.as_str().to_owned(),
                });
                Ok(())
            }
        }
    }
}

impl Webhook {
    pub(super) fn of(url: &str, secret: &SecretString, allow_private: bool) -> Result<Self, MailError> {
        // One provider for the process; who comes second finds it there.
        drop(rustls::crypto::ring::default_provider().install_default());
        let url = Url::parse(url).map_err(|error| MailError::Unwritable(error.to_string()))?;
        Ok(Self { url, secret: secret.clone(), allow_private })
    }

    pub(super) async fn post(&self, body: &Value, now: Timestamp) -> Result<(), MailError> {
        let not_taken = |error: &dyn std::fmt::Display| MailError::NotTaken(error.to_string());
        let addresses = self.resolve().await?;
        let host = self.url.host_str().unwrap_or_default();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .resolve_to_addrs(host, &addresses)
            .build()
            .map_err(|error| not_taken(&error))?;
        let body = body.to_string();
        let timestamp = now.naive().and_utc().timestamp();
        let signed = format!("{timestamp}.{body}");
        let signature = hmac_sha256_hex(self.secret.expose_secret().as_bytes(), signed.as_bytes());
        let answer = client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("x-yichuang-timestamp", timestamp.to_string())
            .header("x-yichuang-signature", format!("sha256={signature}"))
            .body(body)
            .send()
            .await
            // An error of the client repeats the address, which may hold a key.
            .map_err(|error| not_taken(&error.without_url()))?;
        let status = answer.status();
        let told = format!("the webhook answered {status}");
        match status.as_u16() {
            _ if status.is_success() => Ok(()),
            // It read this message and will not have it.
            400 | 413 | 422 => Err(MailError::Refused(told)),
            _ => Err(MailError::NotTaken(told)),
        }
    }

    /// The addresses behind the name, all of which must be allowed.
    async fn resolve(&self) -> Result<Vec<SocketAddr>, MailError> {
        let not_taken = |error: &dyn std::fmt::Display| MailError::NotTaken(error.to_string());
        let host = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = self.url.port_or_known_default().unwrap_or(443);
        let lookup = tokio::task::spawn_blocking(move || {
            (host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>)
        });
        let addresses =
            lookup.await.map_err(|error| not_taken(&error))?.map_err(|error| not_taken(&error))?;
        let refused = addresses.iter().find(|address| !self.allow_private && !is_public(address.ip()));
        match refused {
            Some(address) => {
                Err(not_taken(&format!("{} is not a public address; see allow_private", address.ip())))
            }
            None if addresses.is_empty() => Err(not_taken(&"the webhook's name has no address")),
            None => Ok(addresses),
        }
    }
}

/// True for an address of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || matches!(a, 0 | 240..=255)
        // Carrier-grade NAT, protocol assignments, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [first, second, ..] = segments;
    // A v4 address in another dress: mapped, compatible, NAT64, 6to4.
    let inner = match segments {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = inner {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    // Global unicast without documentation and Teredo.
    (first & 0xe000) == 0x2000 && !(first == 0x2001 && matches!(second, 0 | 0xdb8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_not_public() {
        for private in [
            "127.0.0.1",
            "127.255.1.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "203.119.1.1", "2400:3200::1", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
