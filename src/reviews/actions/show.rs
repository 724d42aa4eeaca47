//! Who sees what of a sheet.

use strum::IntoEnumIterator;

use crate::{
    applications,
    db::Db,
    error::Error,
    http::{Actor, Guarded, Shown},
    kernel::ids::ExpertId,
    reviews::{
        model::{Review, ReviewView},
        rules::{Action, sheet::Marks},
        store,
    },
};

/// The sheet as this person may see it: the expert their own, the office only what was handed in.
pub fn show(
    actor: &Actor,
    own_expert: Option<ExpertId>,
    review: &Review,
) -> Result<Shown<ReviewView>, Error> {
    let own = own_expert == Some(review.expert_id);
    let open = own || review.state.counts();
    let marks: Option<Marks> =
        if open { Some(serde_json::from_str(&review.marks).map_err(Error::internal)?) } else { None };
    let view = ReviewView {
        id: review.id,
        application_id: review.application_id,
        expert_id: review.expert_id,
        stage: review.stage,
        reading: review.reading,
        state: review.state,
        marks,
        suggested_amount: review.suggested_amount.filter(|_| open),
        comment: open.then(|| review.comment.clone()),
        total: review.total.filter(|_| open),
        version: review.version,
    };
    let permitted_actions = Action::iter()
        .filter(|action| own && action.apply(review.state).is_some())
        .filter(|action| actor.role_among(review.programme_id, action.roles()).is_some())
        .map(Into::into)
        .collect();
    Ok(Shown { object: view, permitted_actions })
}

/// The same for somebody who looks: an expert whose own sheet of the application is still open sees no other, even
/// where another role would show it, and nothing can be done with a sheet whose application is no longer scored.
pub fn show_stored(
    conn: &mut Db,
    actor: &Actor,
    own_expert: Option<ExpertId>,
    review: &Review,
) -> Result<Shown<ReviewView>, Error> {
    let mut shown = show(actor, own_expert, review)?;
    match own_expert {
        Some(own) if own == review.expert_id => {
            let application =
                applications::find(conn, review.application_id)?.ok_or_else(Error::not_found)?;
            if application.state != applications::ApplicationState::Scoring {
                shown.permitted_actions.clear();
            }
        }
        Some(own) if store::has_open_sheet(conn, review.application_id, own)? => {
            let view = &mut shown.object;
            (view.marks, view.suggested_amount, view.comment, view.total) = (None, None, None, None);
        }
        _ => {}
    }
    Ok(shown)
}
