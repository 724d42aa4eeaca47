//! Reading typed values out of a JSON text, collecting every fault with its pointer.

use std::{borrow::Cow, collections::HashSet, fmt::Write, ops::RangeInclusive};

use super::{Fault, json::Json};
use crate::kernel::{money::Money, score::Score};

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault.
    pub(super) fn add(&mut self, at: &At<'_>, message: impl Into<String>) {
        self.0.push(Fault { pointer: at.pointer(), message: message.into() });
    }

    /// The value, if it could be read and nothing at all was wrong.
    pub(super) fn unless_any<T>(self, value: Option<T>) -> Result<T, Vec<Fault>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}

/// A place in the input: a chain on the stack, written out only when there is a fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl<'p> At<'p> {
    /// The whole input.
    pub(super) const ROOT: Self = Self { parent: None, step: Step::Root };

    /// The member `key` of this object.
    pub(super) const fn key(&'p self, key: &'p str) -> Self {
        Self { parent: Some(self), step: Step::Key(key) }
    }

    /// The item `index` of this list.
    pub(super) const fn index(&'p self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// The place as a JSON pointer.
    pub(super) fn pointer(&self) -> String {
        let mut pointer = self.parent.map(At::pointer).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Key(key) => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Step::Index(index) => {
                // Writing to a String cannot fail.
                let _ = write!(pointer, "/{index}");
            }
        }
        pointer
    }
}

/// Refuses members that are given twice, at any depth.
pub(super) fn refuse_repeated_keys(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) {
    match json {
        Json::List(items) => {
            for (index, item) in items.iter().enumerate() {
                refuse_repeated_keys(item, &at.index(index), faults);
            }
        }
        Json::Object(members) => {
            let mut names = HashSet::new();
            for (index, (name, value)) in members.iter().enumerate() {
                // Most objects are small: looking back is faster there than hashing.
                let repeated = if members.len() <= 16 {
                    members.iter().take(index).any(|(earlier, _)| earlier == name)
                } else {
                    !names.insert(name)
                };
                if repeated {
                    faults.add(&at.key(name), "is given twice");
                }
                refuse_repeated_keys(value, &at.key(name), faults);
            }
        }
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Number(_) | Json::Text(_) => {}
    }
}

/// A reader of one value: `None` means that a fault was noted.
type Read<'a, T> = fn(&'a Json<'a>, &At<'_>, &mut Faults) -> Option<T>;

/// The members of an object.
pub(super) struct Fields<'a, 'p> {
    members: &'a [(Cow<'a, str>, Json<'a>)],
    at: &'p At<'p>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// The object at `at`, which may have the members `known` and no others.
    pub(super) fn open(
        json: &'a Json<'a>,
        at: &'p At<'p>,
        known: &[&str],
        faults: &mut Faults,
    ) -> Option<Self> {
        let members = object(json, at, faults)?;
        for (name, _) in members {
            if !known.contains(&name.as_ref()) {
                faults.add(&at.key(name), format!("unknown field; known here: {}", known.join(", ")));
            }
        }
        Some(Self { members, at })
    }

    /// The member `name` as it stands. `null` is as good as absent where a field may be absent.
    fn get(&self, name: &str) -> Option<&'a Json<'a>> {
        self.members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// A member that may be absent, where reading it takes more than the value.
    pub(super) fn given(&self, name: &str) -> Option<&'a Json<'a>> {
        self.get(name).filter(|value| !matches!(value, Json::Null))
    }

    /// An obligatory member.
    pub(super) fn required<T>(&self, name: &str, faults: &mut Faults, read: Read<'a, T>) -> Option<T> {
        if let Some(value) = self.get(name) {
            read(value, &self.at.key(name), faults)
        } else {
            faults.add(&self.at.key(name), "is missing");
            None
        }
    }

    /// An obligatory member that may be `null`.
    #[expect(clippy::option_option, reason = "the outer tells a fault, the inner the null")]
    pub(super) fn nullable<T>(
        &self,
        name: &str,
        faults: &mut Faults,
        read: Read<'a, T>,
    ) -> Option<Option<T>> {
        match self.get(name) {
            Some(Json::Null) => Some(None),
            _ => self.required(name, faults, read).map(Some),
        }
    }

    /// A member that may be absent.
    #[expect(clippy::option_option, reason = "the outer tells a fault, the inner the absence")]
    pub(super) fn optional<T>(
        &self,
        name: &str,
        faults: &mut Faults,
        read: Read<'a, T>,
    ) -> Option<Option<T>> {
        match self.get(name) {
            None | Some(Json::Null) => Some(None),
            Some(value) => read(value, &self.at.key(name), faults).map(Some),
        }
    }

    /// A member with a default.
    pub(super) fn or<T>(&self, name: &str, default: T, faults: &mut Faults, read: Read<'a, T>) -> Option<T> {
        self.optional(name, faults, read).map(|value| value.unwrap_or(default))
    }
}

/// What a value is, for messages.
fn describe(json: &Json<'_>) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Integer(_) | Json::Number(_) => "a number",
        Json::Text(_) => "a string",
        Json::List(_) => "a list",
        Json::Object(_) => "an object",
    }
}

fn wrong(json: &Json<'_>, at: &At<'_>, faults: &mut Faults, wanted: &str) {
    faults.add(at, format!("must be {wanted}, not {}", describe(json)));
}

/// An object's members.
pub(super) fn object<'a>(
    json: &'a Json<'a>,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<&'a [(Cow<'a, str>, Json<'a>)]> {
    if let Json::Object(members) = json {
        return Some(members);
    }
    wrong(json, at, faults, "an object");
    None
}

/// A list's items.
pub(super) fn list<'a>(json: &'a Json<'a>, at: &At<'_>, faults: &mut Faults) -> Option<&'a [Json<'a>]> {
    if let Json::List(items) = json {
        return Some(items);
    }
    wrong(json, at, faults, "a list");
    None
}

/// A string.
pub(super) fn text<'a>(json: &'a Json<'a>, at: &At<'_>, faults: &mut Faults) -> Option<&'a str> {
    if let Json::Text(text) = json {
        return Some(text);
    }
    wrong(json, at, faults, "a string");
    None
}

/// Money as a decimal string.
pub(super) fn money(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Money> {
    let Json::Text(text) = json else {
        wrong(json, at, faults, "an amount in a string such as \"50000.00\"");
        return None;
    };
    text.parse().map_err(|error| faults.add(at, format!("{text:?}: {error}"))).ok()
}

/// A mark or score as a decimal string.
pub(super) fn score(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Score> {
    let Json::Text(text) = json else {
        wrong(json, at, faults, "a number of points in a string such as \"18.5\"");
        return None;
    };
    text.parse().map_err(|error| faults.add(at, format!("{text:?}: {error}"))).ok()
}

fn integer(json: &Json<'_>, at: &At<'_>, faults: &mut Faults, range: RangeInclusive<i64>) -> Option<i64> {
    match json {
        Json::Integer(value) if range.contains(value) => Some(*value),
        Json::Integer(_) | Json::Number(_) => {
            faults.add(at, format!("must be a whole number from {} to {}", range.start(), range.end()));
            None
        }
        _ => {
            wrong(json, at, faults, "a whole number");
            None
        }
    }
}

/// The largest count: a billion.
pub(super) const MAX_COUNT: i64 = 1_000_000_000;

/// A count, 0 or more.
pub(super) fn count(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<usize> {
    integer(json, at, faults, 0..=MAX_COUNT).and_then(|count| usize::try_from(count).ok())
}

/// Yes or no.
pub(super) fn truth(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<bool> {
    if let Json::Bool(value) = json {
        return Some(*value);
    }
    wrong(json, at, faults, "true or false");
    None
}

/// Basis points.
pub(super) fn basis_points(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<u32> {
    integer(json, at, faults, 0..=10_000).and_then(|share| u32::try_from(share).ok())
}

/// Whole yuan, 0 or more.
pub(super) fn yuan(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<i64> {
    integer(json, at, faults, 0..=999_999_999_999)
}

/// An affinity or weight; it may be negative.
pub(super) fn weight(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<i64> {
    integer(json, at, faults, -MAX_COUNT..=MAX_COUNT)
}

/// A number that is not negative.
pub(super) fn not_negative(json: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<f64> {
    let value = match json {
        // A count this large has no meaning here; the conversion is exact for all others.
        Json::Integer(value) => i32::try_from(*value).map_or(f64::NAN, f64::from),
        Json::Number(value) => *value,
        _ => {
            wrong(json, at, faults, "a number");
            return None;
        }
    };
    if (0.0..=1e9).contains(&value) {
        return Some(value);
    }
    faults.add(at, "must be a number from 0 to 1000000000");
    None
}
