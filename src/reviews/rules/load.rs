//! How much an expert has: counted the same way for a plan and for who assigns by hand.

use super::super::model::ReviewState;

/// True for a sheet that its expert has to do, or has done: one that was released, or from which they stepped back, is no
/// work of theirs.
#[must_use]
pub const fn weighs(state: ReviewState) -> bool {
    state.is_open() || state.counts()
}

/// How many of these sheets, told by their owner and state, weigh on an expert. Loads are counted for one stage and one
/// reading: who scores an application at its defence after the desk review has one of each, and a second scoring of what
/// they have scored before takes no place away.
#[must_use]
pub fn of<E: PartialEq>(expert: &E, sheets: impl IntoIterator<Item = (E, ReviewState)>) -> usize {
    sheets.into_iter().filter(|(owner, state)| owner == expert && weighs(*state)).count()
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn what_was_given_back_weighs_nothing() {
        let light: Vec<ReviewState> = ReviewState::iter().filter(|state| !weighs(*state)).collect();
        assert_eq!(light, [ReviewState::Recused, ReviewState::Released]);
        let sheets = ReviewState::iter().map(|state| (1, state)).chain([(2, ReviewState::Assigned)]);
        assert_eq!(of(&1, sheets), 4);
    }
}
