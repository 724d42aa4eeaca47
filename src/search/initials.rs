//! The initials of a text's pinyin: `nblr` for 宁波老人.
//!
//! Many characters have several readings, and a text with ten of them has thousands. So the first reading of every
//! character is kept for the whole text, and all readings for every stretch with three characters that have several:
//! a query is found by its usual reading however long it is, and by any reading over three such characters.

use std::collections::BTreeSet;

use pinyin::{Pinyin, ToPinyinMulti};

use crate::kernel::text::fold;

/// How many characters with several readings one stretch has.
const STRETCH: usize = 3;
/// How much of a text is read.
const MAX_TEXT: usize = 200;

/// The letters, each stretch by itself, parted by blanks.
#[must_use]
pub fn initials(text: &str) -> String {
    let letters: Vec<Vec<char>> =
        fold(text).chars().take(MAX_TEXT).map(readings).filter(|letters| !letters.is_empty()).collect();
    let usual: String = letters.iter().filter_map(|letters| letters.first()).collect();
    let mut found = BTreeSet::from([usual]);
    let several: Vec<usize> =
        letters.iter().enumerate().filter(|(_, letters)| letters.len() > 1).map(|(index, _)| index).collect();
    for first in 0..several.len().saturating_sub(STRETCH - 1).max(1) {
        let begin = first.checked_sub(1).and_then(|before| several.get(before)).map_or(0, |index| index + 1);
        let end = several.get(first + STRETCH).copied().unwrap_or(letters.len());
        found.extend(combinations(letters.get(begin..end).unwrap_or_default()));
    }
    found.into_iter().collect::<Vec<_>>().join(" ")
}

/// The first letters a character can be read with, the usual one first; itself for a letter or a digit.
fn readings(c: char) -> Vec<char> {
    if c.is_ascii_alphanumeric() {
        return vec![c];
    }
    let mut letters = Vec::new();
    for reading in c.to_pinyin_multi().into_iter().flatten() {
        let letter = Pinyin::first_letter(reading).chars().next().unwrap_or_default();
        // `ê` and `ü` are typed without their marks.
        let letter = match letter {
            'ê' => 'e',
            'ü' => 'v',
            other => other,
        };
        if letter.is_ascii_lowercase() && !letters.contains(&letter) {
            letters.push(letter);
        }
    }
    letters
}

fn combinations(letters: &[Vec<char>]) -> Vec<String> {
    letters.iter().fold(vec![String::new()], |begun, letters| {
        begun.iter().flat_map(|start| letters.iter().map(move |letter| format!("{start}{letter}"))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str, query: &str) -> bool {
        initials(text).contains(query)
    }

    #[test]
    fn reads_what_people_type() {
        for (text, query) in [
            ("宁波老人", "nblr"),
            ("暖巷助老服务", "nxzl"),
            ("暖巷助老服务", "zlfw"),
            ("3D打印", "3ddy"),
            ("长者乐园", "zzly"),
            ("长者乐园", "czly"),
            ("音乐", "yy"),
        ] {
            assert!(finds(text, query), "{query} in {text}: {}", initials(text));
        }
        assert!(!finds("宁波老人", "nbrl"));
    }

    #[test]
    fn a_long_text_is_found_by_any_reading_of_a_part() {
        let text = "长乐".repeat(50);
        assert!(initials(&text).len() < 16 * 1024, "{}", initials(&text).len());
        for query in ["cl", "zy", "cyc", "lcy", &"zl".repeat(50)] {
            assert!(finds(&text, query), "{query}");
        }
    }
}
