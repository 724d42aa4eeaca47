//! Which reading of a stage counts: after a second scoring the later one, once it is whole (domain.md §2.4, never a silent
//! overwrite: the earlier ones are kept and shown).

/// A sheet of one stage of one application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read<E> {
    /// Whose it is.
    pub expert: E,
    /// Which reading it belongs to.
    pub reading: i32,
    /// It was handed in; else it is still waited for.
    pub counts: bool,
}

/// The latest reading with at least `min_reviews` sheets in which nobody who scored before is still to score again; the
/// first one where there is none. Somebody who joins a later reading is not waited for: the score stands meanwhile.
#[must_use]
pub fn reading_in_force<E: PartialEq>(sheets: &[Read<E>], min_reviews: usize) -> i32 {
    let mut later: Vec<i32> =
        sheets.iter().map(|sheet| sheet.reading).filter(|reading| *reading > 1).collect();
    later.sort_unstable();
    later.dedup();
    let is_whole = |reading: &i32| {
        let of = || sheets.iter().filter(|sheet| sheet.reading == *reading);
        let scored_before = |expert: &E| {
            sheets.iter().any(|sheet| sheet.reading < *reading && sheet.counts && sheet.expert == *expert)
        };
        of().filter(|sheet| sheet.counts).count() >= min_reviews.max(1)
            && !of().any(|sheet| !sheet.counts && scored_before(&sheet.expert))
    };
    later.into_iter().rev().find(is_whole).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_force(sheets: &[(u8, i32, bool)]) -> i32 {
        let sheets: Vec<Read<u8>> = sheets
            .iter()
            .map(|(expert, reading, counts)| Read { expert: *expert, reading: *reading, counts: *counts })
            .collect();
        reading_in_force(&sheets, 2)
    }

    #[test]
    fn a_later_reading_counts_once_it_is_whole() {
        assert_eq!(in_force(&[]), 1);
        let first = [(1, 1, true), (2, 1, true), (3, 1, true)];
        assert_eq!(in_force(&first), 1);
        let with = |more: &[(u8, i32, bool)]| in_force(&[first.as_slice(), more].concat());
        assert_eq!(with(&[(1, 2, true), (2, 2, true), (3, 2, false)]), 1, "one of them has not scored again");
        assert_eq!(with(&[(1, 2, true), (2, 2, true), (3, 2, true)]), 2);
        assert_eq!(with(&[(1, 2, true), (2, 2, true)]), 2, "the third stepped back");
        assert_eq!(with(&[(1, 2, true)]), 1, "too few for a score");
        assert_eq!(with(&[(1, 2, true), (2, 2, true), (4, 2, false)]), 2, "a fourth joins: the score stands");
        assert_eq!(with(&[(1, 2, true), (2, 2, true), (1, 3, false), (2, 3, true)]), 2);
    }
}
