//! Admit experts, assign, declare, recuse, mark, submit, confirm.

mod conflicts;
mod standings;

use serde_json::json;
pub use standings::{ScoreFinding, Standing, Standings, standings};
use strum::IntoEnumIterator;

use self::conflicts::refuse_conflict;
use super::{
    model::{
        Conflict, Expert, ExpertView, NewConfirmation, NewExpert, NewRecusal, NewReview, Review, ReviewState,
        ReviewView, ScoreConfirmation, SheetContent,
    },
    rules::{
        Action,
        sheet::{self, Marks},
    },
    store,
};
use crate::{
    applications::{self, Application},
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller, Guarded, Shown},
    kernel::{
        ids::{ApplicationId, ConflictId, ExpertId, ProgrammeId, ReviewId, ScoreConfirmationId},
        role::Role,
    },
    organizations,
    outbox::{self, Letter},
    people::{self, Bound},
    programmes,
};

/// Roles that admit experts and assign them.
pub const ASSIGNERS: &[Role] = &[Role::ProgramOfficer];
/// Roles that see the sheets of others once they are handed in, and the ranking.
pub const READERS: &[Role] =
    &[Role::ProgramOfficer, Role::PanelChair, Role::Supervisor, Role::CenterDirector, Role::Auditor];
/// Roles that let a flagged score stand.
pub const CONFIRMERS: &[Role] = &[Role::PanelChair];

fn record(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    action: &'static str,
    subject: (&'static str, String),
    states: (Option<&str>, Option<&str>),
    detail: serde_json::Value,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: by.actor.roles_in(programme).next(),
        action,
        subject_kind: subject.0,
        subject_id: subject.1,
        before: states.0,
        after: states.1,
        detail,
    };
    Ok(audit::record(conn, Lane::Programme(programme), deed, by.now)?)
}

/// Admits somebody to the pool; they become a reviewer.
pub fn admit(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    id: ExpertId,
    input: &Input<NewExpert>,
) -> Result<ExpertView, Error> {
    by.actor.require(programme, ASSIGNERS)?;
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let length = new.name.trim().chars().count();
    if !(1..=100).contains(&length) {
        return Err(Error::at("/name", &codes::FIELD_REQUIRED));
    }
    people::require_account(conn, new.user_id)?;
    if let Some(organization) = new.organization_id {
        organizations::find(conn, organization)?.filter(|found| found.programme_id == programme).ok_or_else(
            || {
                let fault =
                    Fault::new("/organization_id", &codes::FIELD_INVALID).with("reason", organization);
                Error::invalid(vec![fault])
            },
        )?;
    }
    let expertise: Vec<String> = new.expertise.iter().map(ToString::to_string).collect();
    let expert = Expert {
        id,
        programme_id: programme,
        user_id: new.user_id,
        name: new.name.trim().to_owned(),
        expertise: expertise.join(";"),
        organization_id: new.organization_id,
        created_by: by.actor.user_id,
        created_at: by.now,
        version: 1,
    };
    store::insert_expert(conn, &expert)?;
    record(conn, by, programme, "expert.admit", ("expert", id.to_string()), (None, None), json!({}))?;
    let bound = Bound { programme: Some(programme), ..Bound::default() };
    let lane = Lane::Programme(programme);
    people::grant_role(conn, lane, new.user_id, Role::Reviewer, bound, Some(by.actor.user_id), by.now)?;
    Ok(expert.into())
}

/// Gives an application to an expert; refused where there is a conflict (I17).
pub fn assign(
    conn: &mut Db,
    by: &Caller,
    application: ApplicationId,
    id: ReviewId,
    input: &Input<NewReview>,
) -> Result<Shown<ReviewView>, Error> {
    let application = applications::require_visible(conn, &by.actor, application)?;
    by.actor.require(application.programme_id, ASSIGNERS)?;
    by.proceed_unversioned(conn)?;
    applications::Action::Assign.next(application.state)?;
    let round = programmes::see_published(conn, application.round_id)?;
    let batch = application.batch_number.unwrap_or_else(|| programmes::current_batch(&round));
    programmes::begin_review(conn, by, round, batch)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let expert = store::find_expert(conn, new.expert_id)?
        .filter(|expert| expert.programme_id == application.programme_id)
        .ok_or_else(Error::not_found)?;
    refuse_conflict(conn, &application, &expert)?;
    if application.state != applications::Action::Assign.next(application.state)? {
        applications::advance(conn, by, &application, applications::Action::Assign, "application.assign")?;
    }
    let review = Review {
        id,
        programme_id: application.programme_id,
        round_id: application.round_id,
        application_id: application.id,
        expert_id: expert.id,
        state: ReviewState::Assigned,
        marks: "{}".to_owned(),
        suggested_amount: None,
        comment: String::new(),
        total: None,
        declared_at: None,
        submitted_at: None,
        created_by: by.actor.user_id,
        created_at: by.now,
        updated_at: by.now,
        version: 1,
    };
    store::insert(conn, &review)?;
    let after = Some(review.state.into());
    record(
        conn,
        by,
        review.programme_id,
        "review.assign",
        ("review", id.to_string()),
        (None, after),
        json!({}),
    )?;
    let letter = Letter {
        subject: "【益创】您有新的评审任务".to_owned(),
        body: "您有新的评审任务,请登录后先签回避声明,再评分。\nYou have a new application to review.\n"
            .to_owned(),
        cause: "review.assign",
    };
    outbox::enqueue_about(conn, Some(review.programme_id), expert.user_id, &letter, by.now)?;
    show(&by.actor, None, &review)
}

/// The sheet and its expert, for the expert alone (404 for everybody else).
fn own_sheet(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<(Review, Expert), Error> {
    let review = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    let expert = store::find_expert(conn, review.expert_id)?.ok_or_else(Error::not_found)?;
    if expert.user_id == by.actor.user_id { Ok((review, expert)) } else { Err(Error::not_found()) }
}

/// Finds the sheet, checks that it is the caller's, replay, version, state and — for what scores — conflicts found
/// since the assignment; gives it back in its next state and version.
fn prepare(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    action: Action,
) -> Result<(Review, ReviewState, Application), Error> {
    let (review, expert) = own_sheet(conn, by, id)?;
    by.actor.require(review.programme_id, action.roles())?;
    by.proceed(conn, review.version)?;
    let before = review.state;
    let application = applications::find(conn, review.application_id)?.ok_or_else(Error::not_found)?;
    if action != Action::Recuse {
        refuse_conflict(conn, &application, &expert)?;
    }
    let mut next = review;
    next.state = action.next(before)?;
    // Sheets are open while the application is being scored: not after the decision or a withdrawal.
    if application.state != applications::ApplicationState::Scoring {
        return Err(Error::illegal_transition(application.state));
    }
    next.updated_at = by.now;
    next.version += 1;
    Ok((next, before, application))
}

fn save(
    conn: &mut Db,
    by: &Caller,
    review: &Review,
    before: ReviewState,
    action: &'static str,
) -> Result<(), Error> {
    store::save(conn, review)?;
    let states = (Some(before.into()), Some(review.state.into()));
    let detail = json!({"version": review.version});
    record(conn, by, review.programme_id, action, ("review", review.id.to_string()), states, detail)
}

/// "I have no conflict."
pub fn declare(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<Shown<ReviewView>, Error> {
    let (mut review, before, _) = prepare(conn, by, id, Action::Declare)?;
    review.declared_at = Some(by.now);
    save(conn, by, &review, before, "review.declare")?;
    show(&by.actor, Some(review.expert_id), &review)
}

/// "I have one": the sheet is absent from now on, and the pair is barred.
pub fn recuse(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    input: &Input<NewRecusal>,
) -> Result<Shown<ReviewView>, Error> {
    let (review, before, application) = prepare(conn, by, id, Action::Recuse)?;
    let recusal = input.as_ref().map_err(Clone::clone)?;
    let kind = recusal.kind.trim();
    if kind.is_empty() || kind.chars().count() > 40 || recusal.evidence.chars().count() > 2_000 {
        return Err(Error::at("/kind", &codes::FIELD_REQUIRED));
    }
    let conflict = Conflict {
        id: ConflictId::generate(),
        programme_id: review.programme_id,
        application_id: review.application_id,
        expert_id: review.expert_id,
        kind: kind.to_owned(),
        evidence: recusal.evidence.clone(),
        declared_by: by.actor.user_id,
        created_at: by.now,
    };
    store::insert_conflict(conn, &conflict)?;
    save(conn, by, &review, before, "review.recuse")?;
    complete_if_last(conn, by, &application)?;
    show(&by.actor, Some(review.expert_id), &review)
}

/// Writes marks; a sheet may stay incomplete as long as it is not handed in.
pub fn mark(
    conn: &mut Db,
    by: &Caller,
    id: ReviewId,
    input: &Input<SheetContent>,
) -> Result<Shown<ReviewView>, Error> {
    let (mut review, before, application) = prepare(conn, by, id, Action::Mark)?;
    let content = input.as_ref().map_err(Clone::clone)?;
    let rubric = programmes::rubric_of(conn, review.round_id, application.rubric_number)?;
    let policy = programmes::policy_of(conn, review.round_id, application.policy_number)?;
    sheet::check_marks(&content.marks, &rubric, policy.mark_step)?;
    let mut marks: Marks = serde_json::from_str(&review.marks).map_err(Error::internal)?;
    marks.extend(content.marks.clone());
    review.marks = serde_json::to_string(&marks).map_err(Error::internal)?;
    review.suggested_amount = content.suggested_amount.or(review.suggested_amount);
    if let Some(comment) = &content.comment {
        if comment.chars().count() > 5_000 {
            return Err(Error::invalid(vec![
                Fault::new("/comment", &codes::FIELD_TOO_LONG).with("max", 5_000),
            ]));
        }
        review.comment.clone_from(comment);
    }
    save(conn, by, &review, before, "review.mark")?;
    show(&by.actor, Some(review.expert_id), &review)
}

/// Hands the sheet in; the last one completes the scoring.
pub fn submit(conn: &mut Db, by: &Caller, id: ReviewId) -> Result<Shown<ReviewView>, Error> {
    let (mut review, before, application) = prepare(conn, by, id, Action::Submit)?;
    let rubric = programmes::rubric_of(conn, review.round_id, application.rubric_number)?;
    let marks: Marks = serde_json::from_str(&review.marks).map_err(Error::internal)?;
    review.total = Some(sheet::total(&marks, &rubric)?);
    review.submitted_at = Some(by.now);
    save(conn, by, &review, before, "review.submit")?;
    complete_if_last(conn, by, &application)?;
    show(&by.actor, Some(review.expert_id), &review)
}

/// The application is scored when no sheet is open and at least one was handed in.
fn complete_if_last(conn: &mut Db, by: &Caller, application: &Application) -> Result<(), Error> {
    let (open, submitted) = store::progress(conn, application.id)?;
    if open == 0 && submitted > 0 {
        let action = applications::Action::CompleteScoring;
        applications::advance(conn, by, application, action, "application.complete_scoring")?;
    }
    Ok(())
}

/// The chair lets a flagged score stand.
pub fn confirm_score(
    conn: &mut Db,
    by: &Caller,
    id: ApplicationId,
    input: &Input<NewConfirmation>,
) -> Result<ScoreFinding, Error> {
    let application = applications::require_visible(conn, &by.actor, id)?;
    by.actor.require(application.programme_id, CONFIRMERS)?;
    by.proceed_unversioned(conn)?;
    let round = programmes::see_published(conn, application.round_id)?;
    let standing = standings::divergence(conn, &round, &application)?;
    if !standing.flagged || standing.confirmed {
        return Err(Error::new(&codes::NOT_FLAGGED));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    if new.reason.trim().is_empty() || new.reason.chars().count() > 2_000 {
        return Err(Error::at("/reason", &codes::FIELD_REQUIRED));
    }
    let confirmation = ScoreConfirmation {
        id: ScoreConfirmationId::generate(),
        programme_id: application.programme_id,
        application_id: id,
        reviews_counted: i32::try_from(standing.n).unwrap_or(i32::MAX),
        reason: new.reason.trim().to_owned(),
        confirmed_by: by.actor.user_id,
        confirmed_at: by.now,
    };
    store::insert_confirmation(conn, &confirmation)?;
    let subject = ("application", id.to_string());
    record(
        conn,
        by,
        application.programme_id,
        "score.confirm",
        subject,
        (None, None),
        json!({"n": standing.n}),
    )?;
    standings::divergence(conn, &round, &application)
}

/// The sheet as this person may see it: the expert their own, the office only what was handed in.
pub fn show(
    actor: &Actor,
    own_expert: Option<ExpertId>,
    review: &Review,
) -> Result<Shown<ReviewView>, Error> {
    let own = own_expert == Some(review.expert_id);
    let open = own || review.state == ReviewState::Submitted;
    let marks: Option<Marks> =
        if open { Some(serde_json::from_str(&review.marks).map_err(Error::internal)?) } else { None };
    let view = ReviewView {
        id: review.id,
        application_id: review.application_id,
        expert_id: review.expert_id,
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
