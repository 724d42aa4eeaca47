//! Search (查找): Chinese by any substring of one character or more and by the initials of its pinyin, the same on both
//! databases. What can be searched is kept folded in a table of its own, written in the transaction that changes it.
//!
//! Invariants: the characters of a query mean themselves (`%`, `_` and `\` too); an entry exists as long as its subject;
//! who may see a subject is decided by the query that uses [`subjects`], in SQL, before anything is answered.

mod initials;

use diesel::{
    dsl::{Eq, Escape, Filter, Like, Or, Select},
    prelude::*,
};
use strum::{Display, IntoStaticStr};

use crate::{
    db::{Db, schema::search_entries as entries},
    error::{Error, codes},
    kernel::{
        ids::{ProgrammeId, RoundId},
        text::{fold, is_deceptive},
    },
};

pub use initials::initials;

/// The most characters of a query.
pub const MAX_QUERY: usize = 100;

/// What is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// An application, by title and reference; by its organisation's entry too.
    Application,
    /// An organisation, by name.
    Organization,
}

/// What is to be found by which texts.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What it is.
    pub kind: Kind,
    /// Which one.
    pub subject: &'a str,
    /// The programme it belongs to.
    pub programme: ProgrammeId,
    /// The round it belongs to, if it does.
    pub round: Option<RoundId>,
    /// The texts by which it is found, each by itself.
    pub texts: &'a [&'a str],
    /// References, found whole or by one of their parts: in `HS-2011-0001` nobody looks for `10`.
    pub codes: &'a [&'a str],
}

/// Writes an entry in place of the one before.
pub fn put(conn: &mut Db, entry: Entry<'_>) -> QueryResult<()> {
    let kind: &'static str = entry.kind.into();
    let forms = entry.forms();
    diesel::delete(entries::table.find((kind, entry.subject))).execute(conn)?;
    diesel::insert_into(entries::table)
        .values((
            entries::kind.eq(kind),
            entries::subject_id.eq(entry.subject),
            entries::programme_id.eq(entry.programme),
            entries::round_id.eq(entry.round.map(|round| round.to_string())),
            entries::folded.eq(forms.folded),
            entries::literal.eq(forms.literal),
            entries::initials.eq(forms.initials),
        ))
        .execute(conn)
        .map(|_| ())
}

/// True where what is stored is what would be written now.
pub fn is_current(conn: &mut Db, entry: Entry<'_>) -> QueryResult<bool> {
    let stored: Option<(String, String, String)> = entries::table
        .find((<&'static str>::from(entry.kind), entry.subject))
        .select((entries::folded, entries::literal, entries::initials))
        .first(conn)
        .optional()?;
    let Forms { folded, literal, initials } = entry.forms();
    Ok(stored == Some((folded, literal, initials)))
}

/// The texts of an entry in the forms in which they are looked for.
struct Forms {
    folded: String,
    literal: String,
    initials: String,
}

impl Entry<'_> {
    fn forms(&self) -> Forms {
        // A line break cannot be asked for, so no query is found across two texts.
        let joined = |parts: Vec<String>| parts.join("\n");
        let texts = |form: fn(&str) -> String| self.texts.iter().map(|text| form(text)).collect::<Vec<_>>();
        let parts = self.codes.iter().flat_map(|code| code.split(|c: char| !c.is_alphanumeric())).map(fold);
        Forms {
            folded: joined(texts(fold).into_iter().chain(parts).collect()),
            literal: joined(
                texts(literal).into_iter().chain(self.codes.iter().map(|code| literal(code))).collect(),
            ),
            initials: joined(texts(initials)),
        }
    }
}

/// As typed but for case, width and blanks: with its punctuation.
fn literal(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;

    let is_kept = |c: &char| !c.is_whitespace() && !c.is_control() && !is_deceptive(*c);
    text.nfkc().flat_map(char::to_lowercase).filter(is_kept).collect()
}

/// A query, ready for the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// For the texts as typed, where the query has punctuation, else for the folded ones.
    pattern: String,
    is_literal: bool,
    /// For the initials, where the query is letters alone.
    initials: Option<String>,
}

impl std::str::FromStr for Query {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || Error::new(&codes::UNKNOWN_FILTER).with("reason", format!("q: 1–{MAX_QUERY}"));
        if text.chars().count() > MAX_QUERY {
            return Err(refused());
        }
        let (folded, literal) = (fold(text), literal(text));
        if literal.is_empty() {
            return Err(refused());
        }
        let is_literal = folded != literal;
        let is_letters = folded.bytes().all(|b| b.is_ascii_lowercase());
        let initials = (!is_literal && is_letters).then(|| containing(&folded));
        Ok(Self { pattern: containing(if is_literal { &literal } else { &folded }), is_literal, initials })
    }
}

/// `%…%` in which every character means itself.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// No text holds it: a pattern for the forms in which a query is not looked for.
const NOTHING: &str = "\u{1}";

/// The ids of what a query finds in a programme, to stand in `id IN (…)`.
#[must_use]
pub fn subjects(kind: Kind, programme: ProgrammeId, query: &Query) -> Subjects {
    let nothing = || NOTHING.to_owned();
    let pattern = query.pattern.clone();
    let (literal, folded) = if query.is_literal { (pattern, nothing()) } else { (nothing(), pattern) };
    let initials = query.initials.clone().unwrap_or_else(nothing);
    entries::table
        .filter(entries::programme_id.eq(programme.to_string()))
        .filter(entries::kind.eq(<&'static str>::from(kind)))
        .filter(
            entries::literal
                .like(literal)
                .escape('\\')
                .or(entries::folded.like(folded).escape('\\'))
                .or(entries::initials.like(initials).escape('\\')),
        )
        .select(entries::subject_id)
}

type Contains<C> = Escape<Like<C, String>>;
type Found = Or<Or<Contains<entries::literal>, Contains<entries::folded>>, Contains<entries::initials>>;
type OfProgramme = Filter<entries::table, Eq<entries::programme_id, String>>;
/// What [`subjects`] answers: the inner half of a query.
pub type Subjects =
    Select<Filter<Filter<OfProgramme, Eq<entries::kind, &'static str>>, Found>, entries::subject_id>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_query_means_itself() {
        let pattern = |text: &str| text.parse::<Query>().unwrap().pattern;
        assert_eq!(pattern("100%"), "%100\\%%");
        assert_eq!(pattern("_"), "%\\_%");
        assert_eq!(pattern("\\"), "%\\\\%");
        assert_eq!(pattern(" 暖 巷 "), "%暖巷%");
        assert_eq!(pattern("ＡＢ"), "%ab%");
    }

    #[test]
    fn a_query_is_neither_empty_nor_endless() {
        for text in ["", "  ", "\u{200B}", "\0", &"暖".repeat(101)] {
            assert_eq!(text.parse::<Query>().unwrap_err().code.code, "unknown_filter", "{text:?}");
        }
        assert!("暖".repeat(100).parse::<Query>().is_ok());
    }

    #[test]
    fn only_letters_are_initials() {
        assert!("nxzl".parse::<Query>().unwrap().initials.is_some());
        for text in ["暖", "nx1", "nx-zl"] {
            assert_eq!(text.parse::<Query>().unwrap().initials, None, "{text}");
        }
    }
}
