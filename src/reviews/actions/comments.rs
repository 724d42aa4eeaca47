//! What the experts wrote for the applicant: not who, not which marks, in an order that tells nothing of them.

use std::collections::BTreeMap;

use super::{codes::Codes, material::Material};
use crate::{
    applications::Application,
    db::Db,
    error::Error,
    programmes::Round,
    reviews::{model::Review, store},
};

/// The comments on one application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// On the whole.
    pub overall: Vec<String>,
    /// On the criteria that somebody wrote of, by name in the rubric's order.
    pub criteria: Vec<(String, Vec<String>)>,
}

/// The comments of the sheets that count, of all stages.
pub fn comments_for_applicant(
    conn: &mut Db,
    round: &Round,
    application: &Application,
) -> Result<Comments, Error> {
    let material = Material::load(conn, round, Some(application.id))?;
    let codes = Codes::of_round(conn, round.id)?;
    let mut comments = Comments::default();
    for stage in material.stages() {
        let sheets =
            material.pile(application.id, *stage).map(|pile| pile.sheets.as_slice()).unwrap_or_default();
        let mut written: Vec<(String, Review)> = Vec::with_capacity(sheets.len());
        for sheet in sheets {
            let review = store::find(conn, sheet.id)?.ok_or_else(Error::not_found)?;
            written.push((codes.place(application.id, sheet.id), review));
        }
        written.sort_by(|one, other| one.0.cmp(&other.0));
        let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        comments.overall.extend(written.iter().filter_map(|(_, review)| said(&review.comment)));
        let mut of_criteria: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (_, review) in &written {
            let own: BTreeMap<String, String> =
                serde_json::from_str(&review.mark_comments).map_err(Error::internal)?;
            for (code, text) in own {
                of_criteria.entry(code).or_default().extend(said(&text));
            }
        }
        for criterion in material.rubric.of(*stage) {
            let list = of_criteria.remove(&criterion.code).filter(|list| !list.is_empty());
            comments.criteria.extend(list.map(|list| (criterion.name.clone(), list)));
        }
    }
    Ok(comments)
}
