//! How a text is checked and filled. Pure.

use super::{
    cause::{Cause, Placeholder},
    model::{LetterText, NewLetterTemplate},
};
use crate::{
    error::{Error, Fault, codes},
    kernel::text,
    outbox::Letter,
};

/// The longest subject, in characters.
const MAX_SUBJECT: usize = 100;
/// The longest text, in characters.
const MAX_BODY: usize = 4_000;
/// What a fault repeats of something that looks like a placeholder.
const SHOWN: usize = 30;

/// Named values for the placeholders.
pub type Values<'a> = &'a [(&'static str, String)];

/// Everything that is wrong with the texts of a cause, at once; else the texts as they are stored.
pub fn check(cause: Cause, new: &NewLetterTemplate) -> Result<NewLetterTemplate, Error> {
    let mut faults = Vec::new();
    let tidy = |text: &LetterText| LetterText {
        subject: text.subject.trim().to_owned(),
        body: text.body.replace("\r\n", "\n").trim().to_owned(),
    };
    let tidied = NewLetterTemplate { zh: tidy(&new.zh), en: tidy(&new.en) };
    let placeholders = cause.entry().placeholders;
    for (language, given, tidied) in [("zh", &new.zh, &tidied.zh), ("en", &new.en, &tidied.en)] {
        // Places are counted in what was given.
        let parts = [("subject", &given.subject, MAX_SUBJECT), ("body", &given.body, MAX_BODY)];
        for (part, given, max) in parts {
            let at = format!("/{language}/{part}");
            if given.trim().is_empty() {
                faults.push(Fault::new(&at, &codes::FIELD_REQUIRED));
            }
            if text::count(given) > max || given.len() > 16 * max {
                faults.push(Fault::new(&at, &codes::FIELD_TOO_LONG).with("max", max));
            }
            faults.extend(unknown(placeholders, given, &at));
        }
        // A line break in a subject would be a new header, and half of the letter in a text message.
        let is_hidden =
            |c: char| c.is_control() || text::is_deceptive(c) || matches!(c, '\u{2028}' | '\u{2029}');
        if tidied.subject.chars().any(is_hidden) {
            faults.push(Fault::new(format!("/{language}/subject"), &codes::HIDDEN_CHARACTER));
        }
        if tidied.body.chars().any(|c| text::is_deceptive(c) || c == '\r') {
            faults.push(Fault::new(format!("/{language}/body"), &codes::HIDDEN_CHARACTER));
        }
    }
    if faults.is_empty() { Ok(tidied) } else { Err(Error::invalid(faults)) }
}

/// The placeholders that cannot be filled, each with its place.
fn unknown<'a>(
    placeholders: &'a [Placeholder],
    text: &'a str,
    at: &'a str,
) -> impl Iterator<Item = Fault> + 'a {
    let known: Vec<&str> = placeholders.iter().map(|known| known.name).collect();
    let opened = text.match_indices('{').map(|(start, _)| (start, text.get(start + 1..).unwrap_or_default()));
    let is_known = move |inner: &str| {
        inner.split_once('}').is_some_and(|(name, _)| placeholders.iter().any(|known| known.name == name))
    };
    opened.filter(move |(_, inner)| !is_known(inner)).map(move |(start, inner)| {
        let before = text.get(..start).unwrap_or_default();
        let name = inner.split(['}', '{', '\n']).next().unwrap_or_default();
        Fault::new(at, &codes::LETTER_PLACEHOLDER)
            .with("place", before.chars().count() + 1)
            .with("placeholder", name.chars().take(SHOWN).collect::<String>())
            .with("known", known.join(" "))
    })
}

/// Fills every `{name}` once; a value is never looked at again.
fn fill(template: &str, values: Values<'_>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let value = after.split_once('}').and_then(|(name, tail)| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (value, tail))
        });
        if let Some((value, tail)) = value {
            out.push_str(value);
            rest = tail;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// A text with its values in place. A value with line breaks stands in one line of a subject.
pub fn filled(text: &LetterText, values: Values<'_>) -> LetterText {
    let subject = fill(&text.subject, values).replace(['\r', '\n'], " ");
    LetterText { subject, body: fill(&text.body, values).trim_end().to_owned() }
}

/// The letter in both languages, Chinese first.
pub fn letter(cause: Cause, texts: &NewLetterTemplate, values: Values<'_>) -> Letter {
    let (zh, en) = (filled(&texts.zh, values), filled(&texts.en, values));
    Letter {
        subject: zh.subject,
        body: format!("{}\n\n{}\n{}\n", zh.body, en.subject, en.body),
        cause: cause.entry().action,
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    fn text(subject: &str, body: &str) -> LetterText {
        LetterText { subject: subject.to_owned(), body: body.to_owned() }
    }

    fn faults(zh: LetterText, en: LetterText) -> Vec<(String, &'static str)> {
        let refused = check(Cause::Received, &NewLetterTemplate { zh, en }).unwrap_err();
        refused.faults.into_iter().map(|fault| (fault.pointer, fault.code.code)).collect()
    }

    #[test]
    fn what_the_program_says_by_itself_can_be_said_and_is_filled_whole() {
        for cause in Cause::iter() {
            let standard = NewLetterTemplate::standard(cause);
            check(cause, &standard).unwrap_or_else(|error| panic!("{cause}: {error}"));
            let samples = cause.entry().placeholders.iter().map(|p| (p.name, p.sample.to_owned()));
            let letter = letter(cause, &standard, &samples.collect::<Vec<_>>());
            assert!(!letter.subject.contains('{') && !letter.body.contains('{'), "{cause}: {letter:?}");
            assert!(letter.body.ends_with('\n') && letter.subject.starts_with("【益创】"), "{cause}");
        }
    }

    #[test]
    fn a_value_is_not_looked_at_again() {
        let values = [("title", "{reference}".to_owned()), ("reference", "HS-1\r\nBcc: x@y.z".to_owned())];
        assert_eq!(fill("a {title} b {nothing} {title", &values), "a {reference} b {nothing} {title");
        let filled = filled(&text("《{title}》{reference}", "{reference}\n"), &values);
        assert_eq!(filled.subject, "《{reference}》HS-1  Bcc: x@y.z");
        assert_eq!(filled.body, "HS-1\r\nBcc: x@y.z");
    }

    #[test]
    fn says_everything_that_is_wrong_at_once_with_its_place() {
        let found = faults(text("已收到{until}", "{title}{digst}"), text("a\r\nBcc: x@y.z", "  "));
        let expected = [
            ("/zh/subject", "letter.placeholder_unknown"),
            ("/zh/body", "letter.placeholder_unknown"),
            ("/en/body", "field.required"),
            ("/en/subject", "field.hidden_character"),
        ];
        assert_eq!(found, expected.map(|(at, code)| (at.to_owned(), code)));
        let refused = check(
            Cause::Received,
            &NewLetterTemplate { zh: text("益创{until}", "好 { {title}"), en: text("a", "b") },
        )
        .unwrap_err();
        let params = |index: usize| {
            let params: &Vec<_> = &refused.faults[index].params;
            params.iter().take(2).map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        assert_eq!(params(0), ["3", "until"]);
        assert_eq!(params(1), ["3", " "]);
        assert_eq!(refused.faults.len(), 2, "a brace that is not closed hides no placeholder behind it");
    }

    #[test]
    fn a_text_is_as_long_as_people_count() {
        let long = "字".repeat(101);
        let found = faults(text(&long, "正文"), text("a", &"b".repeat(4_001)));
        let expected = [("/zh/subject", "field.too_long"), ("/en/body", "field.too_long")];
        assert_eq!(found, expected.map(|(at, code)| (at.to_owned(), code)));
    }
}
