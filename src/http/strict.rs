//! What serde would read without a word: a key given twice (one of the two would win unseen) and characters that are
//! not seen (trust.md §5, numbers 49 and 52). One walk over the document before it becomes a type.

use std::{collections::HashSet, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};

use super::body::escape;
use crate::{
    error::{Fault, codes},
    kernel::text::is_deceptive,
};

/// Nobody corrects more places at once.
const MOST_FAULTS: usize = 100;

/// Every place that holds a deceptive character; an error where it is no JSON document or names a key twice.
pub(super) fn walk(text: &str) -> Result<Vec<Fault>, serde_json::Error> {
    let mut faults = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Walk { faults: &mut faults, at: &mut String::new() }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(faults)
}

struct Walk<'a> {
    faults: &'a mut Vec<Fault>,
    at: &'a mut String,
}

impl Walk<'_> {
    fn look_at(&mut self, text: &str) {
        let Some(found) = text.chars().find(|c| is_deceptive(*c)) else { return };
        if self.faults.len() < MOST_FAULTS {
            let found = format!("（U+{:04X}）", u32::from(found));
            self.faults.push(Fault::new(self.at.clone(), &codes::HIDDEN_CHARACTER).with("found", found));
        }
    }

    /// Walks what stands one step deeper.
    fn below<T>(&mut self, name: &str, step: impl FnOnce(Walk<'_>) -> T) -> T {
        let here = self.at.len();
        self.at.push('/');
        self.at.push_str(&escape(name));
        let outcome = step(Walk { faults: self.faults, at: self.at });
        self.at.truncate(here);
        outcome
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON document")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(mut self, text: &str) -> Result<(), E> {
        self.look_at(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0usize;
        while self.below(&index.to_string(), |walk| items.next_element_seed(walk))?.is_some() {
            index += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            self.below(&name, |mut walk| {
                walk.look_at(&name);
                fields.next_value_seed(walk)
            })?;
            if seen.contains(&name) {
                return Err(A::Error::custom(format_args!("duplicate key {name:?}")));
            }
            seen.insert(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_place_of_a_hidden_character() {
        let text = "{\"a\": \"x\\u202ey\", \"b\": [1, {\"c/d\": \"\\u200b\"}], \"好\": \"é👍\\n\", \"\\ufeffk\": null}";
        let pointers: Vec<String> = walk(text).unwrap().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/a", "/b/1/c~1d", "/\u{feff}k"]);
        assert!(walk(r#"{"a": 1, "b": {"a": -1.5, "c": [true, null]}}"#).unwrap().is_empty());
    }

    #[test]
    fn a_key_given_twice_is_an_error_at_every_depth() {
        for text in [r#"{"a":1,"a":2}"#, r#"[{"b":{"a":1,"x":0,"a":2}}]"#, r#"{"a":1,"\u0061":2}"#] {
            assert!(walk(text).unwrap_err().to_string().starts_with("duplicate key"), "{text}");
        }
        assert!(walk(r#"{"a":{"a":{"a":1}}}"#).is_ok());
    }

    #[test]
    fn what_is_no_document_is_an_error() {
        let deep = "[".repeat(100_000);
        for text in ["", "{", "{} {}", r#"{"a":1,}"#, r#""\ud800""#, "\u{feff}{}", "nul", &deep] {
            assert!(walk(text).is_err(), "{text:.20}");
        }
    }
}
