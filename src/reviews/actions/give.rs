//! A pair gets its sheet: by a plan, by hand, or again after it was taken back.

use super::super::{
    model::{Expert, Review, ReviewState},
    rules::plan::take_up,
    store,
};
use super::READERS;
use crate::{
    applications::Application,
    db::Db,
    error::Error,
    http::Caller,
    kernel::ids::{ExpertId, ReviewId},
    programmes::Stage,
};

/// A sheet that was given, with its state before where it was taken up again.
pub struct Given {
    /// The sheet.
    pub review: Review,
    /// Its state before.
    pub before: Option<ReviewState>,
}

impl Given {
    /// The audit log's word for it.
    pub fn deed(&self) -> &'static str {
        if self.review.state.counts() { "review.restore" } else { "review.assign" }
    }
}

/// Makes the sheet of a pair, or takes up the one that was taken back; none where there is one already. What was signed
/// before it was taken out stands again as it was signed: who signed it is asked for no second opinion of their own. Any
/// other begins empty.
pub fn give(
    conn: &mut Db,
    by: &Caller,
    application: &Application,
    (expert, stage, reading): (ExpertId, Stage, i32),
    id: ReviewId,
) -> Result<Option<Given>, Error> {
    let fresh = Review::assigned(id, application, (expert, stage, reading), by.actor.user_id, by.now);
    let Some(existing) = store::find_sheet(conn, application.id, expert, stage, reading)? else {
        store::insert(conn, &fresh)?;
        return Ok(Some(Given { review: fresh, before: None }));
    };
    let Some(empty) = take_up(existing.state) else { return Ok(None) };
    let before = Some(existing.state);
    let version = existing.version + 1;
    let review = if existing.digest.is_some() {
        let signed = if existing.locked_by.is_some() { ReviewState::Locked } else { ReviewState::Submitted };
        let restored = Review { state: signed, version, updated_at: by.now, ..existing };
        store::save(conn, &restored)?;
        restored
    } else {
        let begun = Review { id: existing.id, state: empty, version, ..fresh };
        store::save_anew(conn, &begun)?;
        begun
    };
    Ok(Some(Given { review, before }))
}

/// True for an expert who holds a post in which they may see scores, where there are some of this application to see:
/// whoever could know what others gave adds no mark of their own. While their own sheet is open they see no other, so that
/// one they have they finish.
pub fn saw_scores(conn: &mut Db, application: &Application, expert: &Expert) -> Result<bool, Error> {
    let readers = store::readers_among(conn, application.programme_id, READERS)?;
    Ok(readers.contains(&expert.user_id) && store::has_scores(conn, application.id)?)
}
