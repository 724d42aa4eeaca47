//! `solve tranches`: the tranches of an award.

use serde::Serialize;

use super::{
    Fault,
    json::Json,
    read::{At, Faults, Fields, basis_points, list, money},
    write,
};
use crate::{disbursements::rules::tranches, kernel::money::Money};

#[derive(Serialize)]
struct Answer {
    tranches: Vec<Money>,
}

pub(super) fn solve(json: &Json<'_>, mut faults: Faults) -> Result<String, Vec<Fault>> {
    let tranches = read(json, &mut faults);
    let tranches = faults.unless_any(tranches)?;
    write(&Answer { tranches })
}

fn read(json: &Json<'_>, faults: &mut Faults) -> Option<Vec<Money>> {
    let at = At::ROOT;
    let fields = Fields::open(json, &at, &["award", "shares_bp"], faults)?;
    let award = fields.required("award", faults, money);
    let items = fields.required("shares_bp", faults, list)?;
    let at = at.key("shares_bp");
    let mut shares = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = at.index(index);
        let share = basis_points(item, &at, faults);
        if share == Some(0) {
            faults.add(&at, "a share must be positive");
        }
        shares.push(share);
    }
    let shares: Vec<u32> = shares.into_iter().collect::<Option<_>>()?;
    let total: u64 = shares.iter().map(|share| u64::from(*share)).sum();
    if total != 10_000 {
        faults.add(&at, format!("the shares add up to {total} basis points, not to 10000"));
    }
    tranches::split(award?, &shares).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, solve, tests::faults};

    #[test]
    fn the_example_of_the_rule() {
        let input = r#"{"award":"32786.89","shares_bp":[5000,4000,1000]}"#;
        let answer = r#"{"tranches":["16393.44","13114.75","3278.70"]}"#;
        assert_eq!(solve(Kind::Tranches, input), Ok(answer.to_owned()));
    }

    #[test]
    fn all_faults_at_once() {
        let input = r#"{"award":32786.89,"shares_bp":[5000,0,4000],"extra":1}"#;
        assert_eq!(
            faults(Kind::Tranches, input),
            [
                "/extra: unknown field; known here: award, shares_bp",
                "/award: must be an amount in a string such as \"50000.00\", not a number",
                "/shares_bp/1: a share must be positive",
                "/shares_bp: the shares add up to 9000 basis points, not to 10000",
            ]
        );
        assert_eq!(faults(Kind::Tranches, "{}"), ["/award: is missing", "/shares_bp: is missing"]);
        let input = r#"{"award":"-1.00","shares_bp":[-1,1.5,10000.0,"1",99999999999999999999]}"#;
        assert_eq!(faults(Kind::Tranches, input).len(), 6);
    }
}
