//! What a score sheet must satisfy (rules.md §1).

use std::collections::BTreeMap;

use crate::{
    error::{Error, Fault, codes},
    kernel::score::Score,
    programmes::Rubric,
};

/// Marks by criterion code.
pub type Marks = BTreeMap<String, Score>;

/// R203 for every mark that is out of range, off the step or for a criterion that does not exist.
pub fn check_marks(marks: &Marks, rubric: &Rubric, step: Score) -> Result<(), Error> {
    let mut faults = Vec::new();
    for (code, mark) in marks {
        let pointer = format!("/marks/{}", code.replace('~', "~0").replace('/', "~1"));
        match rubric.criteria.iter().find(|criterion| criterion.code == *code) {
            None => faults.push(Fault::new(pointer, &codes::UNKNOWN_FIELD).with("field", code)),
            Some(criterion) => {
                let in_range = Score::ZERO <= *mark && *mark <= criterion.max;
                if !in_range || mark.hundredths() % step.hundredths() != 0 {
                    faults.push(
                        Fault::new(pointer, &codes::R203)
                            .with("criterion", &criterion.name)
                            .with("max", criterion.max)
                            .with("step", step),
                    );
                }
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// The total of a complete sheet, or R204 for every criterion without a mark: never a silent zero.
pub fn total(marks: &Marks, rubric: &Rubric) -> Result<Score, Error> {
    let mut faults = Vec::new();
    let mut sum = 0;
    for criterion in &rubric.criteria {
        match marks.get(&criterion.code) {
            Some(mark) => sum += mark.hundredths(),
            None => faults.push(
                Fault::new(format!("/marks/{}", criterion.code), &codes::R204)
                    .with("criterion", &criterion.name),
            ),
        }
    }
    if faults.is_empty() { Ok(Score::from_hundredths(sum)) } else { Err(Error::invalid(faults)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programmes::Criterion;

    fn rubric() -> Rubric {
        let criterion = |code: &str, max: &str| Criterion {
            code: code.into(),
            name: code.into(),
            max: max.parse().unwrap(),
            anchors: Vec::new(),
        };
        Rubric { criteria: vec![criterion("need", "60"), criterion("plan", "40")], ..Rubric::default() }
    }

    fn marks(pairs: &[(&str, &str)]) -> Marks {
        pairs.iter().map(|(code, mark)| ((*code).to_owned(), mark.parse().unwrap())).collect()
    }

    #[test]
    fn marks_have_a_range_and_a_step() {
        let step = Score::from_hundredths(50);
        assert!(check_marks(&marks(&[("need", "60"), ("plan", "0.5")]), &rubric(), step).is_ok());
        for wrong in [("need", "60.5"), ("plan", "9.55"), ("other", "1")] {
            assert!(check_marks(&marks(&[wrong]), &rubric(), step).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_missing_mark_is_no_zero() {
        assert_eq!(
            total(&marks(&[("need", "50.5"), ("plan", "30")]), &rubric()).unwrap(),
            "80.5".parse().unwrap()
        );
        assert_eq!(total(&marks(&[("need", "50")]), &rubric()).unwrap_err().code.code, "R204");
    }
}
