//! Who sees what of a sheet, and who may do what to it.

use std::collections::{BTreeMap, BTreeSet};

use strum::IntoEnumIterator;

use super::{PLAN_READERS, READERS, conflicts, schedules};
use crate::{
    applications::{self, ApplicationState},
    db::Db,
    error::Error,
    http::{Actor, Caller, Guarded, Shown},
    kernel::{
        ids::{ApplicationId, ExpertId, ReviewId},
        time::Timestamp,
    },
    programmes::Stage,
    reviews::{
        model::{Deadlines, Expert, Review, ReviewView, SupervisorNote},
        rules::Action,
        store,
    },
};

/// The sheet for whoever has just given it to an expert: without its deadlines, and with what its state alone allows.
pub fn show(
    actor: &Actor,
    own_expert: Option<ExpertId>,
    review: &Review,
) -> Result<Shown<ReviewView>, Error> {
    let own = own_expert == Some(review.expert_id);
    let knows = actor.role_among(review.programme_id, PLAN_READERS).is_some();
    let object = view(review, own, knows, own || review.state.counts())?;
    let permitted_actions = Action::iter()
        .filter(|action| own && action.is_the_experts() && action.apply(review.state).is_some())
        .filter(|action| actor.role_among(review.programme_id, action.roles()).is_some())
        .map(Into::into)
        .collect();
    Ok(Shown { object, permitted_actions })
}

/// The sheet without what is sealed.
fn view(review: &Review, own: bool, knows: bool, open: bool) -> Result<ReviewView, Error> {
    Ok(ReviewView {
        id: review.id,
        application_id: review.application_id,
        expert_id: (own || knows).then_some(review.expert_id),
        stage: review.stage,
        reading: review.reading,
        state: review.state,
        marks: if open { Some(review.marks()?) } else { None },
        mark_comments: if open { Some(review.mark_comments()?) } else { None },
        suggested_amount: review.suggested_amount.filter(|_| open),
        comment: open.then(|| review.comment.clone()),
        // Whoever gets here is the author or of the office: no other expert and no applicant sees a sheet at all.
        staff_comment: open.then(|| review.staff_comment.clone()),
        total: review.total.filter(|_| open),
        submitted_at: review.submitted_at.filter(|_| open),
        digest: review.digest.clone().filter(|_| open),
        locked_by: review.locked_by.filter(|_| open && !own),
        locked_at: review.locked_at.filter(|_| open && !own),
        due_at: None,
        closes_at: None,
        overdue: false,
        version: review.version,
    })
}

/// The sheet as its expert sees it after a step of theirs.
pub fn show_own(conn: &mut Db, by: &Caller, review: &Review) -> Result<Shown<ReviewView>, Error> {
    let own = store::find_expert(conn, review.expert_id)?;
    let deadlines = store::deadlines(conn, review.round_id)?;
    show_stored(conn, by, own.as_ref(), &deadlines, review)
}

/// A sheet somebody may know of, and the expert they are themselves, if they are one: its own expert, or the office
/// but for those who have to do with the application. 404 for everybody else.
pub fn see(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<(Review, Option<Expert>), Error> {
    let review = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    let own = store::expert_of_user(conn, review.programme_id, by.actor.user_id)?;
    if own.as_ref().is_some_and(|own| own.id == review.expert_id) {
        return Ok((review, own));
    }
    let office = by.actor.role_among(review.programme_id, READERS).is_some();
    let application = applications::find(conn, review.application_id)?.ok_or_else(Error::not_found)?;
    if office && !conflicts::is_conflicted(conn, &by.actor, &application)? {
        Ok((review, own))
    } else {
        Err(Error::not_found())
    }
}

/// True where this person sees that the sheet exists, but not what is on it: before it is handed in nobody but its
/// author does, and an expert whose own sheet of the application is still open sees no other, even where another role
/// would show it.
pub fn is_sealed(conn: &mut Db, own: Option<&Expert>, review: &Review) -> Result<bool, Error> {
    match own {
        Some(own) if own.id == review.expert_id => Ok(false),
        _ if !review.state.counts() => Ok(true),
        own => has_open_sheet(conn, own, review),
    }
}

/// True for an expert whose own sheet of the same application is still open.
pub fn has_open_sheet(conn: &mut Db, own: Option<&Expert>, review: &Review) -> Result<bool, Error> {
    match own {
        Some(own) if own.id != review.expert_id => {
            Ok(store::has_open_sheet(conn, review.application_id, own.id)?)
        }
        _ => Ok(false),
    }
}

/// A sheet as it is stored, for somebody who may know of it ([`see`]): nothing can be done with one whose application is
/// no longer scored.
pub fn show_stored(
    conn: &mut Db,
    by: &Caller,
    own_expert: Option<&Expert>,
    deadlines: &Deadlines,
    review: &Review,
) -> Result<Shown<ReviewView>, Error> {
    let shown = show_all(conn, by, own_expert, deadlines, std::slice::from_ref(review))?;
    shown.into_iter().next().ok_or_else(Error::not_found)
}

/// The same of sheets of one round, with a few queries for any number of them.
pub fn show_all(
    conn: &mut Db,
    by: &Caller,
    own_expert: Option<&Expert>,
    deadlines: &Deadlines,
    reviews: &[Review],
) -> Result<Vec<Shown<ReviewView>>, Error> {
    let around = Around::gather(conn, own_expert, reviews)?;
    reviews.iter().map(|review| around.show(by, own_expert, deadlines, review)).collect()
}

/// What the sheets of a page have to do with, beside what stands on them.
struct Around {
    states: BTreeMap<ApplicationId, ApplicationState>,
    /// Of these the person's own sheet is open.
    open: BTreeSet<ApplicationId>,
    /// The day of the pitch.
    pitches: BTreeMap<ApplicationId, Timestamp>,
    notes: BTreeMap<ReviewId, Vec<SupervisorNote>>,
    tied: BTreeSet<(ApplicationId, ExpertId)>,
}

impl Around {
    fn gather(conn: &mut Db, own: Option<&Expert>, reviews: &[Review]) -> Result<Self, Error> {
        let ids: BTreeSet<ApplicationId> = reviews.iter().map(|review| review.application_id).collect();
        let about = applications::find_all(conn, &ids.into_iter().collect::<Vec<_>>())?;
        let round = reviews.first().map(|review| review.round_id);
        let open = match (own, round) {
            (Some(own), Some(round)) => store::open_for(conn, round, own.id)?.into_iter().collect(),
            _ => BTreeSet::new(),
        };
        let pitches = match round {
            Some(round) if reviews.iter().any(|review| review.stage == Stage::Defence) => {
                store::pitches(conn, round)?.into_iter().collect()
            }
            _ => BTreeMap::new(),
        };
        // What is done to the sheets of others hangs on ties and notes.
        let others: Vec<&Review> = reviews
            .iter()
            .filter(|review| review.state.counts() && own.is_none_or(|own| own.id != review.expert_id))
            .collect();
        let mut notes: BTreeMap<ReviewId, Vec<SupervisorNote>> = BTreeMap::new();
        let who: BTreeSet<ExpertId> = others.iter().map(|review| review.expert_id).collect();
        let mut tied = BTreeSet::new();
        if !others.is_empty() {
            let sheets: Vec<ReviewId> = others.iter().map(|review| review.id).collect();
            for note in store::notes_on(conn, &sheets)? {
                notes.entry(note.review_id).or_default().push(note);
            }
            let experts = store::find_experts(conn, &who.into_iter().collect::<Vec<_>>())?;
            tied = conflicts::ties_of_round(conn, &about, &experts)?.into_keys().collect();
        }
        let states = about.into_iter().map(|application| (application.id, application.state)).collect();
        Ok(Self { states, open, pitches, notes, tied })
    }

    fn show(
        &self,
        by: &Caller,
        own_expert: Option<&Expert>,
        deadlines: &Deadlines,
        review: &Review,
    ) -> Result<Shown<ReviewView>, Error> {
        let own = own_expert.is_some_and(|own| own.id == review.expert_id);
        let is_sealed = !own
            && (!review.state.counts()
                || (own_expert.is_some() && self.open.contains(&review.application_id)));
        let knows = by.actor.role_among(review.programme_id, PLAN_READERS).is_some();
        let mut object = view(review, own, knows, !is_sealed)?;
        let times = deadlines.of_sheet(review);
        object.due_at = times.map(|times| times.due_at);
        object.closes_at = times.map(|times| times.closes_at);
        object.overdue = review.state.is_open() && times.is_some_and(|times| by.now > times.due_at);
        let state = self.states.get(&review.application_id).ok_or_else(Error::not_found)?;
        let mut permitted_actions = Vec::new();
        if *state == ApplicationState::Scoring {
            for action in Action::iter().filter(|action| action.apply(review.state).is_some()) {
                // Who still scores the application themselves does nothing to the sheets of others.
                let is_of_others = matches!(action, Action::Lock | Action::Note | Action::Reopen);
                if by.actor.role_among(review.programme_id, action.roles()).is_some()
                    && !(is_sealed && is_of_others)
                    && self.may(by, own, deadlines, review, action)
                {
                    permitted_actions.push(action.into());
                }
            }
        }
        Ok(Shown { object, permitted_actions })
    }

    /// Whether somebody with the role may take an action that the state allows.
    fn may(&self, by: &Caller, own: bool, deadlines: &Deadlines, review: &Review, action: Action) -> bool {
        if action.is_the_experts() != own {
            return false;
        }
        let is_tied = self.tied.contains(&(review.application_id, review.expert_id));
        match action {
            Action::Mark | Action::Submit => {
                schedules::is_in_time(deadlines, review, by.now) && !self.is_early(review, by.now)
            }
            Action::Reopen => {
                let notes = self.notes.get(&review.id).into_iter().flatten();
                let mut unused = notes.filter(|note| note.used_by.is_none());
                unused.any(|note| note.written_by != by.actor.user_id) && !is_tied
            }
            Action::Lock => !is_tied,
            // What was handed in is taken out only where there is a tie.
            Action::Release if review.state.counts() => is_tied,
            Action::Declare | Action::Recuse | Action::Note | Action::Release => true,
        }
    }

    /// True for a sheet of the defence before the day of its session.
    fn is_early(&self, review: &Review, now: Timestamp) -> bool {
        review.stage == Stage::Defence
            && self.pitches.get(&review.application_id).is_none_or(|starts_at| now.day() < starts_at.day())
    }
}
