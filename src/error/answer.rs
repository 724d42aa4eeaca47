//! How an error looks on the wire: `application/problem+json`.

use serde::Serialize;

use super::{Code, Error, Fault, Params};

/// The language of an answer's sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// 简体中文.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// From `Accept-Language`: English only where it comes before Chinese.
    #[must_use]
    pub fn preferred(accept_language: Option<&str>) -> Self {
        let mut best = (0i32, Self::Chinese);
        for part in accept_language.unwrap_or_default().split(',') {
            let (tag, quality) = part.split_once(';').unwrap_or((part, "q=1"));
            // Thousandths, so that no float is needed to compare two qualities.
            let digits: String =
                quality.trim().chars().filter(char::is_ascii_digit).chain("000".chars()).take(4).collect();
            let quality = digits.parse::<i32>().unwrap_or(0);
            let tag = tag.trim().to_ascii_lowercase();
            let language = match tag.get(..2) {
                Some("zh") => Self::Chinese,
                Some("en") => Self::English,
                _ => continue,
            };
            if quality > best.0 {
                best = (quality, language);
            }
        }
        best.1
    }

    /// The tag for `Content-Language`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Where the code is explained: `/docs/errors#CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong and what to do next.
    pub detail: String,
    /// The stable code.
    pub code: String,
    /// Quote this when you ask for help.
    pub request_id: String,
    /// Every fault at its place; absent where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemFault>,
}

/// One fault at one place.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemFault {
    /// JSON pointer into the request's body, or into the object where the fault is not in the body.
    pub pointer: String,
    /// The stable code.
    pub code: String,
    /// What is wrong there and what to do next.
    pub detail: String,
}

impl Problem {
    /// The answer to `error`.
    #[must_use]
    pub fn of(error: &Error, language: Language, request_id: &str) -> Self {
        Self {
            kind: format!("/docs/errors#{}", error.code.code),
            title: title(error.status()).to_owned(),
            status: error.status(),
            detail: sentence(error.code, language, &error.params),
            code: error.code.code.to_owned(),
            request_id: request_id.to_owned(),
            errors: error.faults.iter().map(|fault| fault.told(language)).collect(),
        }
    }
}

impl Fault {
    /// The fault in words.
    #[must_use]
    pub fn told(&self, language: Language) -> ProblemFault {
        ProblemFault {
            pointer: self.pointer.clone(),
            code: self.code.code.to_owned(),
            detail: sentence(self.code, language, &self.params),
        }
    }
}

impl Code {
    /// Its sentence in a language, for a fault that was kept and is told later.
    #[must_use]
    pub fn sentence<N: AsRef<str>>(&self, language: Language, params: &[(N, String)]) -> String {
        match language {
            Language::Chinese => fill(self.zh, params),
            Language::English => fill(self.en, params),
        }
    }
}

fn sentence(code: &Code, language: Language, params: &Params) -> String {
    code.sentence(language, params)
}

/// Fills `{name}` from the parameters; what has no value disappears.
pub(super) fn fill<N: AsRef<str>>(template: &str, params: &[(N, String)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else { break };
        if let Some((_, value)) = params.iter().find(|(key, _)| key.as_ref() == name) {
            out.push_str(value);
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn title(status: u16) -> &'static str {
    actix_web::http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_language() {
        assert_eq!(Language::preferred(None), Language::Chinese);
        assert_eq!(Language::preferred(Some("en")), Language::English);
        assert_eq!(Language::preferred(Some("en;q=0.8, zh-CN")), Language::Chinese);
        assert_eq!(Language::preferred(Some("fr, en;q=0.5")), Language::English);
        assert_eq!(Language::preferred(Some("en; q=0.1, zh")), Language::Chinese);
        assert_eq!(Language::preferred(Some("英文, *")), Language::Chinese);
    }

    #[test]
    fn fills_sentences() {
        assert_eq!(fill("a {x} b {y}.", &[("x", "1".to_owned())]), "a 1 b .");
    }
}
