//! The order of the pitches: by lot, so that anybody with the round's seed gets the same (domain.md §2.4).

use crate::kernel::digest::sha256_hex;

/// What is drawn for an application in a session.
#[must_use]
pub fn drawn(seed: &str, session: i32, reference: &str) -> String {
    sha256_hex(format!("{seed}|defence|{session}|{reference}"))
}

/// The references in the order of their lots, the lowest first, each with what was drawn.
#[must_use]
pub fn draw<'a>(
    seed: &str,
    session: i32,
    references: impl IntoIterator<Item = &'a str>,
) -> Vec<(String, &'a str)> {
    let mut lots: Vec<(String, &str)> =
        references.into_iter().map(|reference| (drawn(seed, session, reference), reference)).collect();
    lots.sort_unstable();
    lots
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `sha256sum`.
    #[test]
    fn anybody_gets_the_same_order() {
        let by_hand = "fa36ea3fc868bb6ff7e54f81cbb25fd2b61c013062f8702c5dee0cffcd0f1822";
        assert_eq!(drawn("海曙", 1, "HS-2011-0001"), by_hand);
        let references = ["HS-2011-0001", "HS-2011-0002", "HS-2011-0003", "HS-2011-0004"];
        let order = |seed: &str, session: i32, given: &[&'static str]| -> Vec<&'static str> {
            let given: Vec<&'static str> = given.to_vec();
            draw(seed, session, given).into_iter().map(|(_, reference)| reference).collect()
        };
        let first = order("seed", 1, &references);
        let backwards: Vec<&str> = references.iter().rev().copied().collect();
        assert_eq!(first, order("seed", 1, &backwards), "the order of the input decides nothing");
        let others = [order("seed", 2, &references), order("other", 1, &references)];
        assert!(others.iter().any(|other| *other != first), "seed and session decide");
        assert_eq!(first, EXPECTED);
    }

    const EXPECTED: [&str; 4] = ["HS-2011-0001", "HS-2011-0002", "HS-2011-0004", "HS-2011-0003"];
}
