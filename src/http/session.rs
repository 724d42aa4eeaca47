//! Who a request comes from: a bearer token or the browser's cookie, and whether it opens this door (trust.md §5, numbers
//! 5 to 13 and 69).
//!
//! A browser has a `__Host-` cookie, which no page can read and no other host set. Because it is sent whoever made the
//! browser send it, a write needs the session's token against forgery beside it, and must not come from another site.

use actix_web::{
    HttpMessage, HttpRequest,
    http::{Method, header},
    web,
};

use super::{
    actor::{Actor, Credential, SessionRules, Stage, load_actor, load_viewed},
    call::AppState,
    viewing,
};
use crate::{
    db::Lane,
    error::{Error, codes},
    kernel::{
        digest::{hmac_sha256_hex, sha256_hex},
        time::Timestamp,
    },
};

/// The name of the browser's cookie.
pub const COOKIE: &str = "__Host-yichuang";
/// The header with the token against forgery.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// More is no cookie of ours.
const LONGEST_COOKIES: usize = 4096;
/// More is no token of ours.
const LONGEST_TOKEN: usize = 200;

/// Which doors an endpoint opens besides the usual ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gate {
    /// Half sessions that may enter.
    pub stages: &'static [Stage],
    /// True where a request does not count as use of the session: pages ask by themselves.
    pub polls: bool,
    /// True where an API token may not enter.
    pub person_only: bool,
}

/// The token against forgery that belongs to a session's token. A form sends it as a field, a script as a header.
#[must_use]
pub fn csrf_token(session_token: &str) -> String {
    hmac_sha256_hex(session_token.as_bytes(), b"yichuang csrf")
}

/// The cookie of a browser that has just signed in. It lives as long as the browser or the session.
#[must_use]
pub fn set_cookie(token: &str) -> String {
    format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax")
}

/// Takes the cookie back.
#[must_use]
pub fn drop_cookie() -> String {
    format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// The session's token in the cookies: 400 where they cannot be read or name two.
pub(super) fn cookie_of(request: &HttpRequest) -> Result<Option<String>, Error> {
    let unreadable = |reason: &str| Error::new(&codes::MALFORMED).with("reason", reason);
    let mut found = None;
    for line in request.headers().get_all(header::COOKIE) {
        if line.len() > LONGEST_COOKIES {
            return Err(unreadable("Cookie: too long"));
        }
        let line = line.to_str().map_err(|_| unreadable("Cookie: not ASCII"))?;
        let ours = line.split(';').filter_map(|part| part.trim().split_once('='));
        for (_, value) in ours.filter(|(name, _)| *name == COOKIE) {
            if found.replace(value.to_owned()).is_some() {
                return Err(unreadable("Cookie: two sessions"));
            }
        }
    }
    Ok(found.filter(|token| !token.is_empty()))
}

fn bearer_of(request: &HttpRequest) -> Result<Option<String>, Error> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned())
        .filter(|token| token.len() <= LONGEST_TOKEN)
        .map(Some)
        .ok_or_else(|| Error::new(&codes::UNAUTHENTICATED))
}

/// 403 for what another site has made the browser send.
pub(super) fn refuse_other_sites(request: &HttpRequest, base_url: &str) -> Result<(), Error> {
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let foreign = || Err(Error::new(&codes::CROSS_SITE));
    match (text("sec-fetch-site"), text("origin")) {
        (_, Some("null")) => foreign(),
        (Some("same-origin" | "none"), _) | (None, None) => Ok(()),
        (None, Some(origin)) if origin.eq_ignore_ascii_case(&origin_of(base_url)) => Ok(()),
        (Some(_), _) | (None, Some(_)) => foreign(),
    }
}

/// `https://host:port` of the configured address.
fn origin_of(base_url: &str) -> String {
    base_url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

/// The person who calls, through a door that is open to them.
pub(super) async fn sign_in(
    request: &HttpRequest,
    app: &web::Data<AppState>,
    now: Timestamp,
) -> Result<Actor, Error> {
    let (bearer, cookie) = (bearer_of(request)?, cookie_of(request)?);
    let by_cookie = bearer.is_none();
    let cookie = cookie.filter(|token| token.len() <= LONGEST_TOKEN && !token.starts_with("yct_"));
    if bearer.is_none() && cookie.is_none() {
        return Err(Error::new(&codes::UNAUTHENTICATED));
    }
    let rules = SessionRules::from(&app.settings.security);
    let (first, second) = (bearer, cookie.clone());
    let (by_bearer, in_browser) = app
        .db
        .read(move |conn| {
            let mut load = |token: Option<String>| match token {
                Some(token) => match load_actor(conn, &token, now, rules)? {
                    Some(actor) => Ok(Some(actor)),
                    None => load_viewed(conn, &sha256_hex(&token), now),
                },
                None => Ok(None),
            };
            Ok((load(first)?, load(second)?))
        })
        .await?;
    if let (Some(one), Some(other)) = (&by_bearer, &in_browser)
        && one.user_id != other.user_id
    {
        return Err(Error::new(&codes::TWO_PEOPLE));
    }
    let mut actor =
        if by_cookie { in_browser } else { by_bearer }.ok_or_else(|| Error::new(&codes::SESSION_EXPIRED))?;
    request.extensions_mut().insert(super::witness::SignedIn(actor.user_id));
    if by_cookie {
        let expected = csrf_token(cookie.as_deref().unwrap_or_default());
        if !is_safe(request.method()) {
            refuse_other_sites(request, &app.settings.server.base_url)?;
            let given = request.headers().get(CSRF_HEADER).map(header::HeaderValue::as_bytes);
            if given != Some(expected.as_bytes()) {
                return Err(Error::new(&codes::CSRF));
            }
        }
        if let Credential::Session(session) = &mut actor.credential {
            session.csrf = Some(expected);
        }
    }
    let gate = gate_of(request, app);
    if let Some(viewing) = &actor.viewed_by {
        viewing::look(request, app, &actor, viewing, now).await?;
        // What only the person at the keyboard may ask for is not seen through their eyes either.
        return if gate.person_only { Err(Error::new(&codes::VIEW_CLOSED)) } else { Ok(actor) };
    }
    pass(&actor, gate, request.method())?;
    let was_used = actor.last_seen_at.is_none_or(|last| now.seconds_since(last) >= 60);
    if was_used && !gate.polls {
        touch(app, &actor, now).await?;
    }
    Ok(actor)
}

fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

fn gate_of(request: &HttpRequest, app: &AppState) -> Gate {
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let pattern = request.match_pattern().unwrap_or_default();
    app.gates.iter().find(|gate| gate.0 == method && gate.1 == pattern).map(|gate| gate.2).unwrap_or_default()
}

/// 401 for a half session and 403 for a token that does not reach so far.
fn pass(actor: &Actor, gate: Gate, method: &Method) -> Result<(), Error> {
    match &actor.credential {
        Credential::Session(session) => match session.stage {
            Stage::Full => Ok(()),
            stage if gate.stages.contains(&stage) => Ok(()),
            Stage::SecondFactor => Err(Error::new(&codes::SECOND_FACTOR)),
            Stage::Enrolment => Err(Error::new(&codes::SECOND_FACTOR_OWED)),
            Stage::NewPassword => Err(Error::new(&codes::PASSWORD_EXPIRED)),
        },
        Credential::Token { .. } if gate.person_only => Err(Error::new(&codes::TOKEN_NOT_ENOUGH)),
        Credential::Token { may_write: false, .. } if !is_safe(method) => {
            Err(Error::new(&codes::TOKEN_READS))
        }
        Credential::Token { .. } | Credential::Background => Ok(()),
    }
}

/// Marks the session or the token as used, at most once a minute: reading does not write more than that.
async fn touch(app: &web::Data<AppState>, actor: &Actor, now: Timestamp) -> Result<(), Error> {
    use diesel::prelude::*;

    use crate::db::schema::{api_tokens, sessions};

    let credential = actor.credential.clone();
    app.db
        .write(Lane::Installation, move |conn| {
            match &credential {
                Credential::Session(session) => diesel::update(sessions::table.find(&session.digest))
                    .set(sessions::last_seen_at.eq(now))
                    .execute(conn)?,
                Credential::Token { id, .. } => diesel::update(api_tokens::table.find(*id))
                    .set(api_tokens::last_used_at.eq(now))
                    .execute(conn)?,
                Credential::Background => 0,
            };
            Ok(())
        })
        .await
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn tells_other_sites_from_our_own() {
        let told = |fetch: Option<&str>, origin: Option<&str>| {
            let request = TestRequest::post();
            let request = fetch.into_iter().fold(request, |r, v| r.insert_header(("sec-fetch-site", v)));
            let request = origin.into_iter().fold(request, |r, v| r.insert_header(("origin", v)));
            refuse_other_sites(&request.to_http_request(), "https://yc.example.cn/office/").is_ok()
        };
        assert!(told(None, None) && told(Some("none"), None));
        assert!(told(Some("same-origin"), Some("http://127.0.0.1:8080")));
        assert!(told(None, Some("https://yc.example.cn")));
        assert!(!told(None, Some("https://yc.example.cn.evil.org")));
        assert!(!told(None, Some("http://yc.example.cn")));
        assert!(!told(Some("cross-site"), None) && !told(Some("same-site"), None));
        assert!(!told(Some("cross-site"), Some("https://yc.example.cn")));
        assert!(!told(None, Some("null")) && !told(Some("same-origin"), Some("null")));
    }

    #[test]
    fn a_cookie_is_read_strictly() {
        let read = |lines: &[&[u8]]| {
            let request = lines.iter().fold(TestRequest::get(), |request, line| {
                request.append_header((header::COOKIE, header::HeaderValue::from_bytes(line).unwrap()))
            });
            cookie_of(&request.to_http_request()).map_err(|error| error.code.code)
        };
        assert_eq!(read(&[b"a=b; __Host-yichuang=abc; c"]), Ok(Some("abc".to_owned())));
        assert_eq!(read(&[b"a=b"]), Ok(None));
        assert_eq!(read(&[b"__Host-yichuang=a; __Host-yichuang=a"]), Err("request.malformed"));
        assert_eq!(read(&[b"__Host-yichuang=a", b"__Host-yichuang=b"]), Err("request.malformed"));
        assert_eq!(read(&[b"__Host-yichuang=\xff\xfe"]), Err("request.malformed"));
        assert_eq!(read(&[&[b'a'; 8192]]), Err("request.malformed"));
    }
}
