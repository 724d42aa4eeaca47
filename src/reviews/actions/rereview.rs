//! A score is looked at again (复评): because its totals diverge, then the chair orders it; or because a complaint was
//! upheld, then an officer or a supervisor may order it too. It takes two people: a supervisor agrees, or the chair where a
//! supervisor ordered it. Then experts score. It changes no state, version or time of the application, and what was scored
//! before is kept. Who holds a post in which the scores are to be seen scores nothing again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    ANSWERERS, CONFIRMERS, ORDERERS,
    assign::require_available,
    codes::Codes,
    conflicts::ties,
    give::saw_scores,
    material::Material,
    panels::refuse_outsider,
    record_as,
    sealed::{refuse_sealed, sealed_for},
    standings,
};
use crate::{
    applications::{self, Application},
    db::{Db, columns::JsonText},
    error::{Error, Input, codes},
    http::{Actor, Caller, Shown},
    kernel::{
        ids::{ApplicationId, ExpertId, ReReviewId, ReviewId},
        role::{Role, STAFF},
    },
    outbox::{self, Letter},
    programmes::{self, Round, Stage},
    reviews::{
        model::{
            Expert, ExpertState, Found, NewAnswer, NewReReview, ReReview, ReReviewGround, ReReviewKind,
            ReReviewState, ReReviewView, Review, ScoreFinding,
        },
        store,
    },
};

fn found(finding: &ScoreFinding) -> Found {
    Found { n: finding.n, score: finding.score, flagged: finding.flagged }
}

/// Orders a re-review: the chair of a flagged score; after a complaint an officer or a supervisor too.
pub fn order(
    conn: &mut Db,
    by: &Caller,
    application: ApplicationId,
    id: ReReviewId,
    input: &Input<NewReReview>,
) -> Result<Shown<ReReviewView>, Error> {
    let application = applications::require_visible(conn, &by.actor, application)?;
    let ground = input.as_ref().map_or_else(|_| ReReviewGround::default(), |new| new.ground);
    let ordered_as = by.actor.require(
        application.programme_id,
        match ground {
            ReReviewGround::Divergence => CONFIRMERS,
            ReReviewGround::Complaint => ORDERERS,
        },
    )?;
    let round = programmes::see_published(conn, application.round_id)?;
    refuse_sealed(conn, &by.actor, &round, &application)?;
    by.proceed_unversioned(conn)?;
    require_scoring(&application)?;
    let (finding, _) = standings::divergence(conn, &round, &application)?;
    if ground == ReReviewGround::Divergence && (!finding.flagged || finding.confirmed) {
        return Err(Error::new(&codes::NOT_FLAGGED));
    }
    if store::under_re_review(conn, round.id)?.contains(&application.id) {
        return Err(Error::new(&codes::RE_REVIEW_OPEN).with("count", 1));
    }
    let new = input.as_ref().map_err(Clone::clone)?;
    if new.reason.trim().is_empty() || new.reason.chars().count() > 2_000 {
        return Err(Error::at("/reason", &codes::FIELD_REQUIRED));
    }
    let material = Material::load(conn, &round, Some(application.id))?;
    let flagged = finding.flags.iter().map(|flag| flag.stage).max().unwrap_or_default();
    let stage = new.stage.unwrap_or(flagged);
    if !material.stages().contains(&stage) {
        return Err(Error::at("/stage", &codes::FIELD_INVALID));
    }
    let in_force = material.pile(application.id, stage).map_or(1, |pile| pile.reading);
    let reading = match new.kind {
        ReReviewKind::SecondScoring => store::last_reading(conn, application.id, stage)? + 1,
        ReReviewKind::AnotherReviewer => in_force,
    };
    check_expert(conn, by, &round, &application, stage, new)?;
    let order = ReReview {
        id,
        programme_id: application.programme_id,
        round_id: application.round_id,
        application_id: application.id,
        stage,
        kind: new.kind,
        expert_id: new.expert_id,
        reading,
        state: ReReviewState::Ordered,
        reason: new.reason.trim().to_owned(),
        before_scores: JsonText(found(&finding)),
        ordered_by: by.actor.user_id,
        ordered_at: by.now,
        answered_by: None,
        answered_at: None,
        note: String::new(),
        version: 1,
        ground,
        ordered_as,
    };
    store::insert_re_review(conn, &order)?;
    let kind: &str = order.kind.into();
    let ground: &str = order.ground.into();
    let detail = json!({
        "kind": kind, "ground": ground, "stage": order.stage, "reading": order.reading,
    });
    let states = (None, Some(order.state.into()));
    let subject = ("re_review", id.to_string());
    record_as(conn, by, (order.programme_id, ordered_as), "re_review.order", subject, states, detail)?;
    show(conn, &by.actor, &round, &order)
}

/// Sheets are given out and taken only while the application is being scored.
fn require_scoring(application: &Application) -> Result<(), Error> {
    if application.state == applications::ApplicationState::Scoring {
        Ok(())
    } else {
        Err(Error::illegal_transition(application.state))
    }
}

/// Another reviewer is named, can be asked today, without a tie and new to this application; a second scoring names nobody.
fn check_expert(
    conn: &mut Db,
    by: &Caller,
    round: &Round,
    application: &Application,
    stage: Stage,
    new: &NewReReview,
) -> Result<(), Error> {
    let unsuitable = || Err(Error::at("/expert_id", &codes::RE_REVIEW_EXPERT));
    match (new.kind, new.expert_id) {
        (ReReviewKind::SecondScoring, None) => Ok(()),
        (ReReviewKind::AnotherReviewer, Some(expert)) => {
            let Some(expert) = store::find_expert(conn, expert)? else { return unsuitable() };
            if expert.programme_id != application.programme_id {
                return unsuitable();
            }
            if expert.user_id == by.actor.user_id {
                return Err(Error::new(&codes::SAME_PERSON));
            }
            if saw_scores(conn, application, &expert)? {
                return Err(Error::at("/expert_id", &codes::SAW_SCORES));
            }
            let fits = can_score(conn, application, &expert)?
                && !store::has_sheet(conn, application.id, expert.id, stage)?;
            if fits { require_askable(conn, by, (round, application), &expert) } else { unsuitable() }
        }
        (ReReviewKind::SecondScoring, Some(_)) | (ReReviewKind::AnotherReviewer, None) => unsuitable(),
    }
}

fn can_score(conn: &mut Db, application: &Application, expert: &Expert) -> Result<bool, Error> {
    Ok(expert.state == ExpertState::Admitted
        && ties(conn, application, expert)?.is_empty()
        && !saw_scores(conn, application, expert)?)
}

/// 409 for who joins and gets nothing new today: away, or not of the application's panel.
fn require_askable(
    conn: &mut Db,
    by: &Caller,
    (round, application): (&Round, &Application),
    expert: &Expert,
) -> Result<(), Error> {
    require_available(expert, by.now)?;
    refuse_outsider(conn, round, application, expert.id)
}

/// The second person's word, a supervisor's or the chair's: with it the sheets are given out, without it the score is as it was.
pub fn answer(
    conn: &mut Db,
    by: &Caller,
    id: ReReviewId,
    input: &Input<NewAnswer>,
) -> Result<Shown<ReReviewView>, Error> {
    let order = find(conn, &by.actor, id, ANSWERERS)?;
    let application = applications::find(conn, order.application_id)?.ok_or_else(Error::not_found)?;
    let round = programmes::see_published(conn, order.round_id)?;
    refuse_hidden(conn, &by.actor, &round, &order)?;
    // Of one that was answered nobody asks who may: it is told that it was.
    let waits = order.state == ReReviewState::Ordered;
    if waits && order.ordered_by == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    let who = if waits { order.answerers() } else { ANSWERERS };
    let role = by.actor.require(order.programme_id, who)?;
    by.proceed(conn, order.version)?;
    if order.state != ReReviewState::Ordered {
        return Err(Error::illegal_transition(order.state));
    }
    require_scoring(&application)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let note = new.note.trim();
    if note.chars().count() > 2_000 || (!new.agreed && note.is_empty()) {
        return Err(Error::at("/note", &codes::FIELD_REQUIRED));
    }
    let mut next = order.clone();
    next.state = if new.agreed { ReReviewState::Agreed } else { ReReviewState::Refused };
    next.answered_by = Some(by.actor.user_id);
    next.answered_at = Some(by.now);
    note.clone_into(&mut next.note);
    next.version += 1;
    if new.agreed {
        give_out(conn, (by, role), &round, &application, &next)?;
    }
    store::save_re_review(conn, &next)?;
    let states = (Some(order.state.into()), Some(next.state.into()));
    let subject = ("re_review", id.to_string());
    let detail = json!({"agreed": new.agreed});
    record_as(conn, by, (next.programme_id, role), "re_review.answer", subject, states, detail)?;
    show(conn, &by.actor, &round, &next)
}

fn give_out(
    conn: &mut Db,
    (by, role): (&Caller, Role),
    round: &Round,
    application: &Application,
    order: &ReReview,
) -> Result<(), Error> {
    let material = Material::load(conn, round, Some(application.id))?;
    let scored: Vec<ExpertId> = if let Some(expert) = order.expert_id {
        vec![expert]
    } else {
        let pile = material.pile(application.id, order.stage);
        let ids: Vec<ReviewId> = pile.iter().flat_map(|pile| &pile.sheets).map(|sheet| sheet.id).collect();
        let mut experts = Vec::with_capacity(ids.len());
        for id in ids {
            experts.extend(store::find(conn, id)?.map(|review| review.expert_id));
        }
        experts
    };
    let mut free = Vec::with_capacity(scored.len());
    for expert in scored {
        let expert = store::find_expert(conn, expert)?.ok_or_else(Error::not_found)?;
        if can_score(conn, application, &expert)? {
            free.push(expert);
        }
    }
    let needed = match order.kind {
        ReReviewKind::SecondScoring => usize::try_from(material.policy.min_reviews).unwrap_or(usize::MAX),
        ReReviewKind::AnotherReviewer => 1,
    };
    if free.len() < needed {
        return Err(Error::new(&codes::RE_REVIEW_TOO_FEW).with("count", free.len()).with("needed", needed));
    }
    for expert in free {
        if order.kind == ReReviewKind::AnotherReviewer {
            require_askable(conn, by, (round, application), &expert)?;
        }
        give_sheet(conn, (by, role), application, order, &expert)?;
    }
    Ok(())
}

fn give_sheet(
    conn: &mut Db,
    (by, role): (&Caller, Role),
    application: &Application,
    order: &ReReview,
    expert: &Expert,
) -> Result<(), Error> {
    let place = (expert.id, order.stage, order.reading);
    let review = Review::assigned(ReviewId::generate(), application, place, by.actor.user_id, by.now);
    store::insert(conn, &review)?;
    let subject = ("review", review.id.to_string());
    let detail = json!({"re_review": order.id, "reading": order.reading});
    let states = (None, Some(review.state.into()));
    record_as(conn, by, (review.programme_id, role), "review.assign", subject, states, detail)?;
    let letter = Letter {
        subject: "【益创】您有复评任务".to_owned(),
        body: "组长安排对一个申请复评，请登录后先签回避声明，再独立评分。\nAn application is to be scored again; sign the declaration and score it afresh.\n"
            .to_owned(),
        cause: "review.assign",
    };
    outbox::enqueue_about(conn, Some(review.programme_id), expert.user_id, &letter, by.now)?;
    Ok(())
}

/// One order, for the office.
pub fn see(conn: &mut Db, actor: &Actor, id: ReReviewId) -> Result<Shown<ReReviewView>, Error> {
    let order = find(conn, actor, id, super::READERS)?;
    let round = programmes::see_published(conn, order.round_id)?;
    refuse_hidden(conn, actor, &round, &order)?;
    show(conn, actor, &round, &order)
}

/// The order. Who is not of the office may not know that it is there: it tells that scores diverged.
fn find(conn: &mut Db, actor: &Actor, id: ReReviewId, roles: &[Role]) -> Result<ReReview, Error> {
    let order = store::find_re_review(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.role_among(order.programme_id, STAFF).is_none() {
        return Err(Error::not_found());
    }
    actor.require(order.programme_id, roles)?;
    Ok(order)
}

/// 404 where the application's scores are sealed for this person: that there is an order tells of them.
fn refuse_hidden(conn: &mut Db, actor: &Actor, round: &Round, order: &ReReview) -> Result<(), Error> {
    if sealed_for(conn, actor, round)?.contains(&order.application_id) {
        Err(Error::not_found())
    } else {
        Ok(())
    }
}

/// The orders of a round after one of them, without those this person may not know of.
pub fn list(
    conn: &mut Db,
    actor: &Actor,
    round: &Round,
    after: Option<ReReviewId>,
    limit: i64,
) -> Result<Vec<Shown<ReReviewView>>, Error> {
    let hidden = sealed_for(conn, actor, round)?;
    let orders = store::list_re_reviews(conn, round.id, &hidden, after, limit)?;
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let states: BTreeMap<ApplicationId, applications::ApplicationState> =
        applications::contenders(conn, round.id)?.into_iter().map(|one| (one.id, one.state)).collect();
    let open: BTreeSet<(ApplicationId, Stage, i32, ExpertId)> = store::sheet_places(conn, round.id)?
        .into_iter()
        .filter(|(_, _, _, state, ..)| state.is_open())
        .map(|(_, application, expert, _, stage, reading)| (application, stage, reading, expert))
        .collect();
    let codes = Codes::of_round(conn, round.id)?;
    let scores = standings::found_of_round(conn, round)?;
    let shown = orders.iter().filter_map(|order| {
        let waiting = order.state == ReReviewState::Agreed
            && open.iter().any(|(application, stage, reading, expert)| {
                (*application, *stage, *reading) == (order.application_id, order.stage, order.reading)
                    && order.expert_id.is_none_or(|asked| asked == *expert)
            });
        let scoring = *states.get(&order.application_id)? == applications::ApplicationState::Scoring;
        let now = || scores.get(&order.application_id).cloned();
        Some(view(actor, order, &codes, (scoring, waiting), now))
    });
    Ok(shown.collect())
}

/// An order as it is shown to somebody who may know of it.
fn show(conn: &mut Db, actor: &Actor, round: &Round, order: &ReReview) -> Result<Shown<ReReviewView>, Error> {
    let application = applications::find(conn, order.application_id)?.ok_or_else(Error::not_found)?;
    let waiting = order.state == ReReviewState::Agreed && store::has_open_sheets_of(conn, order)?;
    let scoring = application.state == applications::ApplicationState::Scoring;
    let codes = Codes::of_round(conn, round.id)?;
    // A withdrawn application has no score any more.
    let now = standings::divergence(conn, round, &application).ok().map(|(finding, _)| found(&finding));
    Ok(view(actor, order, &codes, (scoring, waiting), || now))
}

/// The same where it is known whether the application is being scored, whether sheets of the order are waited for, and
/// what the scores are now.
fn view(
    actor: &Actor,
    order: &ReReview,
    codes: &Codes,
    (scoring, waiting): (bool, bool),
    now: impl FnOnce() -> Option<Found>,
) -> Shown<ReReviewView> {
    let is_over = order.state != ReReviewState::Ordered && !waiting;
    let after = if is_over && order.state == ReReviewState::Agreed { now() } else { None };
    let answerable = order.state == ReReviewState::Ordered
        && scoring
        && order.ordered_by != actor.user_id
        && actor.role_among(order.programme_id, order.answerers()).is_some();
    let object = ReReviewView {
        id: order.id,
        round_id: order.round_id,
        application_id: order.application_id,
        stage: order.stage,
        kind: order.kind,
        reviewer: order.expert_id.map(|expert| codes.reviewer(expert)),
        reading: order.reading,
        state: order.state,
        ground: order.ground,
        reason: order.reason.clone(),
        before: order.before_scores.0.clone(),
        after,
        is_over,
        ordered_by: order.ordered_by,
        ordered_at: order.ordered_at,
        answered_by: order.answered_by,
        answered_at: order.answered_at,
        note: order.note.clone(),
        version: order.version,
    };
    Shown { object, permitted_actions: if answerable { vec!["answer"] } else { Vec::new() } }
}
