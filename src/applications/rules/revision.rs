//! What an application says, field by field, and what changed between two moments. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::model::{Application, BudgetLine, Change};
use crate::programmes::CoreField;

/// Everything the applicant wrote, by the code of the field; what is not filled in is absent.
#[must_use]
pub fn fields(application: &Application, lines: &[BudgetLine]) -> BTreeMap<String, Value> {
    use CoreField as C;
    let a = application;
    let text = |text: &str| if text.is_empty() { Value::Null } else { Value::from(text) };
    let own = [
        (C::Title, text(&a.title)),
        (C::Domain, json!(a.domain)),
        (C::Requested, json!(a.requested)),
        (C::OwnFunds, json!(a.own_funds)),
        (C::StartsOn, json!(a.starts_on)),
        (C::EndsOn, json!(a.ends_on)),
        (C::Beneficiaries, json!(a.beneficiaries)),
        (C::Summary, text(&a.summary)),
        (C::BudgetLines, if lines.is_empty() { Value::Null } else { json!(lines) }),
        (C::LeadName, text(&a.lead_name)),
        (C::LeadPhone, json!(a.lead_phone.as_deref())),
        (C::UnitId, json!(a.unit_id)),
        (C::FundedElsewhere, json!(a.funded_elsewhere)),
    ];
    let own = own.into_iter().map(|(field, value)| (field.to_string(), value));
    let answers = a.answers.0.iter().map(|(code, value)| (code.clone(), value.clone()));
    own.chain(answers).filter(|(_, value)| !value.is_null()).collect()
}

/// What is different, by the code of the field.
#[must_use]
pub fn difference(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<Change> {
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |of: &BTreeMap<String, Value>, field: &str| of.get(field).cloned().unwrap_or_default();
    all.into_iter()
        .map(|field| Change {
            field: field.clone(),
            before: value(before, field),
            after: value(after, field),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

/// Several saves in a row as one: the first value before and the last one after, without what came back to where it
/// was.
pub fn compose(saves: impl IntoIterator<Item = Vec<Change>>) -> Vec<Change> {
    let mut by_field: BTreeMap<String, Change> = BTreeMap::new();
    for change in saves.into_iter().flatten() {
        match by_field.get_mut(&change.field) {
            Some(earlier) => earlier.after = change.after,
            None => {
                by_field.insert(change.field.clone(), change);
            }
        }
    }
    by_field.into_values().filter(|change| change.before != change.after).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contents() -> impl Strategy<Value = BTreeMap<String, Value>> {
        prop::collection::btree_map("[a-d]", (0..3i64).prop_map(Value::from), 0..4)
    }

    proptest! {
        /// Whatever was saved in between, the composed difference is that of the ends.
        #[test]
        fn saves_in_a_row_are_the_difference_of_their_ends(
            all in prop::collection::vec(contents(), 2..6),
        ) {
            let saves: Vec<_> = all.windows(2).map(|pair| difference(&pair[0], &pair[1])).collect();
            prop_assert_eq!(compose(saves), difference(&all[0], &all[all.len() - 1]));
        }
    }
}
