//! Text as people see it: counted by what they would call a character, compared without regard to how it was typed.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// How many characters a person would count: grapheme clusters, line breaks and blanks at the ends aside. A Chinese
/// character is one, so is a letter with its accent and an emoji of several code points.
#[must_use]
pub fn count(text: &str) -> usize {
    text.trim().graphemes(true).filter(|cluster| !cluster.chars().all(|c| c == '\r' || c == '\n')).count()
}

/// The text for comparing and searching: compatibility forms folded (NFKC, so full-width letters and digits are
/// plain ones), lower case, without blanks, punctuation and invisible characters.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// True for characters that change how text around them is shown without being seen: overrides of the writing
/// direction, zero-width characters, and controls other than line breaks and tabs (trust.md §5, number 52).
#[must_use]
pub fn is_deceptive(c: char) -> bool {
    // U+200C and U+200D join letters and emoji: they belong to what people type.
    let is_hidden = matches!(c,
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}'
        | '\u{FEFF}' | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{2800}'
        | '\u{3164}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}');
    is_hidden || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_people_count() {
        for (text, characters) in
            [("暖巷助老", 4), ("  a b \n", 3), ("一\r\n二", 2), ("👨‍👩‍👧好", 2), ("e\u{301}", 1), ("", 0)]
        {
            assert_eq!(count(text), characters, "{text:?}");
        }
    }

    #[test]
    fn folds_what_is_typed_differently() {
        assert_eq!(fold("ＡＢＣ １２３,暖 巷！"), "abc123暖巷");
        assert_eq!(fold("é"), fold("e\u{301}"));
    }

    #[test]
    fn sees_what_is_not_seen() {
        assert!("a\u{202E}b".chars().any(is_deceptive) && "a\u{200B}".chars().any(is_deceptive));
        assert!(!"暖巷,\n\t助老 é👍".chars().any(is_deceptive));
    }
}
