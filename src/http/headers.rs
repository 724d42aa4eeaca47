//! What browsers are told besides the answer (trust.md S10): what a page may load, who may frame it, that nothing of a
//! signed-in person is kept.
//!
//! Nothing here needs `unsafe-inline`. A page that carries its own style sheet, so that it can be printed or kept as one
//! file, names the digest of exactly that text.

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// What every answer carries, unless it says otherwise itself.
const ALWAYS: [(HeaderName, &str); 9] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (header::PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
];

/// The readable interface description under `/docs/` brings its own scripts and styles as files.
const DOCUMENTATION: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Writes what is missing.
pub(super) fn complete(headers: &mut HeaderMap, path: &str) {
    if path.starts_with("/docs/") && !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCUMENTATION));
    }
    for (name, value) in ALWAYS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// A page that runs nothing and loads nothing. `extra` is added to its policy, such as `sandbox allow-modals`.
#[must_use]
pub fn page(html: String, extra: &str) -> HttpResponse {
    let mut policy = format!(
        "default-src 'none'; style-src {}; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        digests_of_styles(&html)
    );
    if !extra.is_empty() {
        policy.push_str("; ");
        policy.push_str(extra);
    }
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .body(html)
}

/// `'sha256-…'` of every `<style>` of a page, or `'none'`.
fn digests_of_styles(html: &str) -> String {
    let texts = html.split("<style>").skip(1).filter_map(|rest| rest.split_once("</style>"));
    let digests: Vec<String> =
        texts.map(|(text, _)| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))).collect();
    if digests.is_empty() { "'none'".to_owned() } else { digests.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_digest_of_every_style_sheet() {
        // printf 'a{}' | openssl dgst -sha256 -binary | base64
        let digest = "'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='";
        assert_eq!(
            digests_of_styles("<style>a{}</style><p><style>a{}</style>"),
            format!("{digest} {digest}")
        );
        assert_eq!(digests_of_styles("<p>"), "'none'");
    }
}
