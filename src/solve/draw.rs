//! `solve draw`: a panel from the published seed and the record of the draw.

use super::{
    Fault,
    json::Json,
    read::{At, Faults, Fields, count, list, text, truth},
    write,
};
use crate::reviews::rules::draw::{Candidate, draw};

struct Input {
    seed: String,
    candidates: Vec<Candidate>,
    seats: usize,
    finance_min: usize,
}

pub(super) fn solve(json: &Json<'_>, mut faults: Faults) -> Result<String, Vec<Fault>> {
    let input = read(json, &mut faults);
    let input = faults.unless_any(input)?;
    write(&draw(&input.seed, &input.candidates, input.seats, input.finance_min))
}

fn read(json: &Json<'_>, faults: &mut Faults) -> Option<Input> {
    let at = At::ROOT;
    let known = ["seed", "candidates", "seats", "finance_min"];
    let fields = Fields::open(json, &at, &known, faults)?;
    let seed = fields.required("seed", faults, text).map(ToString::to_string);
    let seats = fields.required("seats", faults, count);
    let finance_min = fields.or("finance_min", 0, faults, count);
    let items = fields.required("candidates", faults, list)?;
    let at = at.key("candidates");
    let mut candidates: Vec<Candidate> = Vec::with_capacity(items.len());
    let mut met = std::collections::HashSet::new();
    for (index, item) in items.iter().enumerate() {
        let at = at.index(index);
        let Some(fields) = Fields::open(item, &at, &["id", "finance"], faults) else { continue };
        let id = fields.required("id", faults, text);
        let finance = fields.or("finance", false, faults, truth);
        let (Some(id), Some(finance)) = (id, finance) else { continue };
        if !met.insert(id) {
            faults.add(&at.key("id"), format!("{id:?} is given twice"));
        }
        candidates.push(Candidate { id: id.to_string(), finance });
    }
    Some(Input { seed: seed?, candidates, seats: seats?, finance_min: finance_min? })
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, solve, tests::faults};

    #[test]
    fn draws_by_the_digests() {
        let input =
            r#"{"seed":"s","candidates":[{"id":"b"},{"id":"a","finance":true}],"seats":1,"finance_min":1}"#;
        let answer = solve(Kind::Draw, input).unwrap();
        assert!(answer.starts_with(r#"{"drawn":["a"],"substitutes":["b"],"order":[["#), "{answer}");
        let shuffled = r#"{"finance_min":1,"seats":1,"candidates":[{"id":"a","finance":true},{"id":"b","finance":false}],"seed":"s"}"#;
        assert_eq!(solve(Kind::Draw, shuffled), Ok(answer));
    }

    #[test]
    fn all_faults_at_once() {
        let input = r#"{"seed":1,"candidates":[{"id":"a"},{"id":"a"},{"finance":1,"x":0}],"seats":-1}"#;
        assert_eq!(faults(Kind::Draw, input).len(), 6);
        assert_eq!(faults(Kind::Draw, "{}").len(), 3);
    }
}
