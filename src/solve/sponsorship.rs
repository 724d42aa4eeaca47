//! `solve sponsorship`: 双百对接, stage 2.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{
    Fault,
    json::Json,
    read::{At, Faults, Fields, list, object, text, weight, yuan},
    write,
};
use crate::matching::rules::sponsorship::{SponsorshipInput, Weight, sponsor};

#[derive(Serialize)]
struct Answer {
    amounts: Vec<(String, String, i64)>,
    total_funded: i64,
    total_weight: i64,
    bound_funded: i64,
}

pub(super) fn solve(json: &Json<'_>, mut faults: Faults) -> Result<String, Vec<Fault>> {
    let input = read(json, &mut faults);
    let input = faults.unless_any(input)?;
    let plan = sponsor(&input)
        .map_err(|error| vec![Fault { pointer: String::new(), message: error.to_string() }])?;
    write(&Answer {
        amounts: plan.amounts,
        total_funded: plan.total_funded,
        total_weight: plan.total_weight,
        // Without further limits the plan is its own bound.
        bound_funded: plan.total_funded,
    })
}

fn read(json: &Json<'_>, faults: &mut Faults) -> Option<SponsorshipInput> {
    let at = At::ROOT;
    let known = ["budgets", "needs", "weights", "min_ticket", "max_sponsors", "max_projects"];
    let fields = Fields::open(json, &at, &known, faults)?;
    let budgets = fields.required("budgets", faults, amounts);
    let needs = fields.required("needs", faults, amounts);
    let weights = fields.required("weights", faults, list);
    let weights = weights
        .map(|items| read_weights(items, &at.key("weights"), faults, budgets.as_ref(), needs.as_ref()));
    for limit in ["min_ticket", "max_sponsors", "max_projects"] {
        fields.optional(limit, faults, not_yet);
    }
    Some(SponsorshipInput {
        budgets: budgets?
            .into_iter()
            .map(|(id, amount)| amount.map(|amount| (id.to_owned(), amount)))
            .collect::<Option<_>>()?,
        needs: needs?
            .into_iter()
            .map(|(id, amount)| amount.map(|amount| (id.to_owned(), amount)))
            .collect::<Option<_>>()?,
        weights: weights?.into_iter().collect::<Option<_>>()?,
    })
}

fn not_yet(_: &Json<'_>, at: &At<'_>, faults: &mut Faults) -> Option<()> {
    faults.add(at, "this limit is not available yet, leave it out");
    None
}

/// Identifiers and amounts; `None` for an amount that has a fault, so that its identifier counts as declared.
type Amounts<'a> = BTreeMap<&'a str, Option<i64>>;

fn amounts<'a>(json: &'a Json<'a>, at: &At<'_>, faults: &mut Faults) -> Option<Amounts<'a>> {
    let members = object(json, at, faults)?;
    Some(members.iter().map(|(id, amount)| (id.as_ref(), yuan(amount, &at.key(id), faults))).collect())
}

fn read_weights(
    items: &[Json<'_>],
    at: &At<'_>,
    faults: &mut Faults,
    budgets: Option<&Amounts<'_>>,
    needs: Option<&Amounts<'_>>,
) -> Vec<Option<Weight>> {
    let mut first: HashMap<(&str, &str), usize> = HashMap::with_capacity(items.len());
    let mut weights = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = at.index(index);
        let parts = match item {
            Json::List(parts) => parts.as_slice(),
            _ => &[],
        };
        let [enterprise, project, value] = parts else {
            faults.add(&at, "must be [enterprise, project, weight]");
            weights.push(None);
            continue;
        };
        let enterprise = text(enterprise, &at.index(0), faults);
        let project = text(project, &at.index(1), faults);
        let value = weight(value, &at.index(2), faults);
        for (place, id, declared) in [(0, enterprise, budgets), (1, project, needs)] {
            if let (Some(id), Some(declared)) = (id, declared)
                && !declared.contains_key(id)
            {
                let what = if place == 0 { "budget" } else { "need" };
                faults.add(&at.index(place), format!("{id:?} has no {what}"));
            }
        }
        let pair = enterprise.zip(project);
        if let Some(pair) = pair
            && let Some(earlier) = first.insert(pair, index)
        {
            faults.add(&at, format!("the same pair stands already in /weights/{earlier}"));
        }
        weights.push(pair.zip(value).map(|((enterprise, project), weight)| Weight {
            enterprise: enterprise.to_owned(),
            project: project.to_owned(),
            weight,
        }));
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, solve, tests::faults};

    #[test]
    fn plans_and_prints_all_fields() {
        let input = r#"{"budgets":{"e1":80000},"needs":{"p2":50000,"p1":50000},"weights":[["e1","p1",90],["e1","p2",80]]}"#;
        let answer = concat!(
            r#"{"amounts":[["e1","p1",50000],["e1","p2",30000]],"#,
            r#""total_funded":80000,"total_weight":6900000,"bound_funded":80000}"#
        );
        assert_eq!(solve(Kind::Sponsorship, input).as_deref(), Ok(answer));
    }

    #[test]
    fn all_faults_at_once() {
        let input = r#"{"budgets":{"e1":-1,"e2":"5"},"needs":{"p1":1.5},"weights":[["e1","p1",90],["e1","p1",1],
            ["e9","p9",1],["e1","p1"],["e2","p1",null]],"min_ticket":1000,"max_sponsors":null,"max_projects":2}"#;
        let pointers: Vec<String> =
            solve(Kind::Sponsorship, input).unwrap_err().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(
            pointers,
            [
                "/budgets/e1",
                "/budgets/e2",
                "/needs/p1",
                "/weights/1",
                "/weights/2/0",
                "/weights/2/1",
                "/weights/3",
                "/weights/4/2",
                "/min_ticket",
                "/max_projects",
            ]
        );
        assert_eq!(faults(Kind::Sponsorship, "{}").len(), 3);
    }
}
