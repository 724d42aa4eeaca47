//! How personal data looks to those whose it is not (trust.md §8): a phone number as its first three and last four
//! digits, an account or an identity number as its last four, a name as its first character, an address down to the
//! district.

use super::contact;

/// What a personal value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A phone number: `138****5678`.
    Phone,
    /// An e-mail address: `l***@example.org`.
    Email,
    /// An account number: `****1234`.
    Account,
    /// Words that are stored sealed and shown as they are to those who may read them.
    Words,
}

/// The masked form of a value.
#[must_use]
pub fn masked(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Phone | Kind::Email => contact::masked(text),
        Kind::Account => last_four(text),
        Kind::Words => text.to_owned(),
    }
}

/// `****1234`.
#[must_use]
pub fn last_four(text: &str) -> String {
    let count = text.chars().count();
    let shown: String = if count > 6 { text.chars().skip(count - 4).collect() } else { String::new() };
    format!("****{shown}")
}

/// 姓 and asterisks: `王**`.
#[must_use]
pub fn name(text: &str) -> String {
    let mut characters = text.trim().chars();
    match characters.next() {
        Some(first) => format!("{first}{}", "*".repeat(characters.count().clamp(1, 2))),
        None => String::new(),
    }
}

/// An address down to the district: what comes after 区, 县 or 市 is not shown.
#[must_use]
pub fn address(text: &str) -> String {
    let end = |sign: char| text.find(sign).map(|at| at + sign.len_utf8());
    let shown = ['区', '县', '市'].into_iter().find_map(end).and_then(|end| text.get(..end));
    format!("{}****", shown.unwrap_or_default())
}

/// An answer that says something of a person: numbers, e-mail addresses and street addresses in it are masked.
#[must_use]
pub fn answer(text: &str) -> String {
    let looks_like_an_address = text.chars().any(|c| ['路', '号', '室', '弄', '村', '幢', '巷'].contains(&c))
        && text.chars().any(|c| ['区', '县', '市'].contains(&c));
    let text = if looks_like_an_address { address(text) } else { text.to_owned() };
    let mut shown = String::with_capacity(text.len());
    let mut word = String::new();
    for character in text.chars().chain([' ']) {
        if character.is_ascii_alphanumeric() || "-@._+".contains(character) {
            word.push(character);
        } else {
            shown.push_str(&word_of_answer(&word));
            word.clear();
            shown.push(character);
        }
    }
    shown.pop();
    shown
}

/// A word of an answer: a number of seven digits or more, or an e-mail address, is masked.
fn word_of_answer(word: &str) -> String {
    let digits: String = word.chars().filter(char::is_ascii_digit).collect();
    if word.contains('@') {
        contact::masked(word)
    } else if digits.len() == 11 {
        contact::masked(&digits)
    } else if digits.len() >= 7 {
        last_four(word)
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_so_much_and_no_more() {
        assert_eq!(masked(Kind::Phone, "13812345678"), "138****5678");
        assert_eq!(masked(Kind::Email, "li@example.org"), "l***@example.org");
        assert_eq!(masked(Kind::Account, "6222020200012345"), "****2345");
        assert_eq!(last_four("123456"), "****");
        assert_eq!([name("王小明"), name("欧阳"), name("李"), name(" ")], ["王**", "欧*", "李*", ""]);
        assert_eq!(address("宁波市海曙区中山路1号"), "宁波市海曙区****");
        assert_eq!(address("某村3号"), "****");
    }

    #[test]
    fn masks_what_stands_in_an_answer() {
        assert_eq!(answer("组长 13812345678，证件11010519491231002X"), "组长 138****5678，证件****002X");
        assert_eq!(answer("写信到 li@example.org 即可"), "写信到 l***@example.org 即可");
        assert_eq!(answer("海曙区中山路 12 弄 3 号 501 室"), "海曙区****");
        assert_eq!(answer("一共 120 人，2011 年"), "一共 120 人，2011 年");
        assert_eq!(answer(""), "");
    }
}
