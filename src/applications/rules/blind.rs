//! Blind review (盲评): what tells whose application it is, taken out of what experts read.
//!
//! A name is found however it was typed: full-width or not, upper or lower case, with blanks or punctuation between its
//! characters. Of a group's name also what is left without the place it begins with and without what kind of body it ends
//! with, if that is long enough to stand for the group. What a photo or a document shows cannot be masked; the form says
//! which files are not given at all ([`Field::identifying`](crate::programmes::Field::identifying)).

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// What stands in the place of a name.
pub const MASK: &str = "▇▇";

/// A shorter core would hide ordinary words: 助老, 社区.
const CORE_CHARACTERS: usize = 3;

/// What names of places end with. 社区 and 小区 are no districts.
const PLACES: [&str; 8] = ["省", "市", "区", "县", "旗", "镇", "乡", "街道"];

/// What names of bodies end with, the longer before the shorter.
const BODIES: [&str; 22] = [
    "志愿者协会",
    "志愿服务队",
    "志愿服务中心",
    "志愿者服务队",
    "社会工作服务中心",
    "社会工作服务社",
    "公益服务中心",
    "服务中心",
    "支援中心",
    "支持中心",
    "促进中心",
    "发展中心",
    "互助会",
    "联合会",
    "促进会",
    "基金会",
    "研究会",
    "协会",
    "中心",
    "团队",
    "学会",
    "商会",
];

/// The words that must not be read.
#[derive(Clone, Debug, Default)]
pub struct Names {
    folded: Vec<Vec<char>>,
}

impl Names {
    /// The name of a body, as a whole and by what people call it.
    pub fn body(&mut self, name: &str) {
        self.word(name, 2);
        let local = without_place(name.trim());
        self.word(local, CORE_CHARACTERS);
        for base in [name.trim(), local] {
            let core = BODIES.iter().find_map(|kind| base.strip_suffix(kind)).unwrap_or(base);
            self.word(without_place(core), CORE_CHARACTERS);
        }
    }

    /// The name of a person, a telephone number, a code.
    pub fn exact(&mut self, word: &str) {
        self.word(word, 2);
    }

    fn word(&mut self, word: &str, least: usize) {
        let folded: Vec<char> = word.chars().flat_map(fold).collect();
        if folded.len() >= least && !self.folded.contains(&folded) {
            self.folded.push(folded);
        }
    }

    /// The text with every name in it masked.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let folded: Vec<(char, usize, usize)> = text
            .char_indices()
            .flat_map(|(at, c)| fold(c).into_iter().map(move |folded| (folded, at, at + c.len_utf8())))
            .collect();
        let mut hidden: Vec<(usize, usize)> = Vec::new();
        for name in &self.folded {
            for window in folded.windows(name.len()) {
                if window.iter().map(|(c, _, _)| c).eq(name.iter())
                    && let (Some((_, from, _)), Some((_, _, to))) = (window.first(), window.last())
                {
                    hidden.push((*from, *to));
                }
            }
        }
        hidden.sort_unstable();
        let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
        for (from, to) in hidden {
            if from >= at {
                masked.push_str(text.get(at..from).unwrap_or_default());
                masked.push_str(MASK);
            }
            at = at.max(to);
        }
        masked.push_str(text.get(at..).unwrap_or_default());
        masked
    }

    /// The same in every text of an answer, however deep.
    pub fn mask_all(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.mask(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask_all(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.mask_all(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// As [`crate::kernel::text::fold`], one character at a time, so that each can be found again in the text.
fn fold(c: char) -> Vec<char> {
    std::iter::once(c).nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// What follows the last name of a place.
fn without_place(name: &str) -> &str {
    let end_of = |place: &str| {
        name.match_indices(place)
            .filter(|(at, _)| {
                let before = name.get(..*at).unwrap_or_default();
                !(place == "区" && (before.ends_with('社') || before.ends_with('小')))
            })
            .map(|(at, found)| at + found.len())
            .max()
    };
    let end = PLACES.iter().filter_map(|place| end_of(place)).max().unwrap_or(0);
    name.get(end..).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn names() -> Names {
        let mut names = Names::default();
        names.body("宁波市海曙区暖巷里助老服务中心");
        names.body("海曙区月湖街道平桥社区志愿服务队");
        names.exact("王小明");
        names.exact("13800000001");
        names
    }

    #[test]
    fn a_name_is_found_however_it_was_typed() {
        for (text, masked) in [
            ("宁波市海曙区暖巷里助老服务中心承办", "▇▇承办"),
            ("暖巷里助老服务中心与居民", "▇▇与居民"),
            ("我们“暖巷里助老”做了三年", "我们“▇▇”做了三年"),
            ("暖 巷 里·助老服务队", "▇▇服务队"),
            ("平桥社区的老人", "▇▇的老人"),
            ("负责人王 小 明,138-0000-0001", "负责人▇▇,▇▇"),
            ("电话１３８００００００01。", "电话▇▇。"),
            ("志愿服务队、社区、助老服务中心", "志愿服务队、社区、助老服务中心"),
        ] {
            assert_eq!(names().mask(text), masked);
        }
    }

    #[test]
    fn every_text_of_an_answer_is_masked() {
        let mut answer = json!([{"who": "王小明", "n": 3}, ["暖巷里助老", null, true]]);
        names().mask_all(&mut answer);
        assert_eq!(answer, json!([{"who": "▇▇", "n": 3}, ["▇▇", null, true]]));
    }

    #[test]
    fn the_place_before_a_name_is_no_name() {
        assert_eq!(without_place("宁波市海曙区暖巷里助老服务中心"), "暖巷里助老服务中心");
        assert_eq!(without_place("平桥社区志愿队"), "平桥社区志愿队");
        assert_eq!(without_place("暖巷"), "暖巷");
    }

    proptest! {
        #[test]
        fn no_name_is_left(before in ".{0,12}", between in "[ ·,—]{0,3}", after in ".{0,12}") {
            let text = format!("{before}王{between}小{between}明{after}");
            let masked = names().mask(&text);
            for left in masked.split(MASK) {
                let folded: String = left.chars().flat_map(fold).collect();
                prop_assert!(!folded.contains("王小明"), "{}", masked);
            }
        }

        #[test]
        fn other_words_stay(text in "[a-z0-9。,;]{0,40}") {
            prop_assert_eq!(names().mask(&text), text);
        }
    }
}
