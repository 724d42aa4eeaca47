//! Conflicts of interest: what was stated, and what is found by comparing what is known. Found ties are computed when
//! they are asked for, so that what changes after an assignment counts at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        model::{ConflictDismissal, ConflictSource, Expert, Review, ReviewView, Tie, TieStanding},
        rules::{
            Action,
            conflicts::{self as rule, FoundTie, Origin},
        },
        store,
    },
    conflicts_facts as facts,
};
use crate::{
    applications::{self, Application},
    db::Db,
    error::{Error, codes},
    http::{Actor, Shown},
    kernel::{
        ids::{ApplicationId, ExpertId, OrganizationId, RoundId},
        text::fold,
    },
};

/// 403 with the kind of tie, if there is one.
pub fn refuse_conflict(conn: &mut Db, application: &Application, expert: &Expert) -> Result<(), Error> {
    match ties(conn, application, expert)?.into_iter().next() {
        Some(tie) => Err(Error::new(&codes::CONFLICT_OF_INTEREST).with("kind", tie.kind)),
        None => Ok(()),
    }
}

/// Every tie that bars the pair: standing, or not looked at yet; the certain ones first.
pub fn ties(conn: &mut Db, application: &Application, expert: &Expert) -> Result<Vec<Tie>, Error> {
    let both = (std::slice::from_ref(application), std::slice::from_ref(expert));
    Ok(ties_of_round(conn, both.0, both.1)?.into_values().next().unwrap_or_default())
}

/// The same for every pair that has one, in a few queries for all. The applications are of one round.
pub fn ties_of_round(
    conn: &mut Db,
    applications: &[Application],
    experts: &[Expert],
) -> Result<BTreeMap<(ApplicationId, ExpertId), Vec<Tie>>, Error> {
    let mut all = every_tie(conn, applications, experts)?;
    for ties in all.values_mut() {
        ties.retain(Tie::bars);
    }
    all.retain(|_, ties| !ties.is_empty());
    Ok(all)
}

/// The same with those that a person dismissed.
pub fn every_tie(
    conn: &mut Db,
    applications: &[Application],
    experts: &[Expert],
) -> Result<BTreeMap<(ApplicationId, ExpertId), Vec<Tie>>, Error> {
    let Some(first) = applications.first() else { return Ok(BTreeMap::new()) };
    let (programme, round) = (first.programme_id, first.round_id);
    let only = (applications.len() == 1).then_some(first.id);
    let mut dismissals: BTreeMap<(ApplicationId, ExpertId), Vec<ConflictDismissal>> = BTreeMap::new();
    for dismissal in store::dismissals_of(conn, programme, only)? {
        dismissals.entry((dismissal.application_id, dismissal.expert_id)).or_default().push(dismissal);
    }
    let mut all: BTreeMap<(ApplicationId, ExpertId), Vec<Tie>> = BTreeMap::new();
    let mut add = |pair: (ApplicationId, ExpertId), tie: Tie, origin: Origin| {
        let looked_at = dismissals.get(&pair).map(Vec::as_slice).unwrap_or_default();
        all.entry(pair).or_default().push(rule::after_dismissals(tie, origin, looked_at));
    };
    for ((application, expert), ties) in facts::found(conn, programme, round, applications, experts)? {
        let (Some(application), Some(expert)) = (applications.get(application), experts.get(expert)) else {
            continue;
        };
        for FoundTie { tie, .. } in ties {
            add((application.id, expert.id), tie, Origin::Found);
        }
    }
    let here: BTreeSet<ApplicationId> = applications.iter().map(|application| application.id).collect();
    let asked: BTreeSet<ExpertId> = experts.iter().map(|expert| expert.id).collect();
    for stated in store::conflicts_of(conn, programme, only)? {
        let pair = (stated.application_id, stated.expert_id);
        if !here.contains(&pair.0) || !asked.contains(&pair.1) {
            continue;
        }
        add(pair, stated.tie(), Origin::Stated(stated.id));
    }
    for request in store::open_requests(conn, programme, only)? {
        if !here.contains(&request.application_id) {
            continue;
        }
        let name = fold(&request.person_name);
        for expert in experts.iter().filter(|expert| fold(&expert.name) == name) {
            let tie = Tie {
                kind: request.kind,
                source: ConflictSource::Applicant,
                standing: TieStanding::Unresolved,
                evidence: request.reasons.clone(),
            };
            add((request.application_id, expert.id), tie, Origin::Raised(request.raised_at));
        }
    }
    for ties in all.values_mut() {
        ties.sort();
        ties.dedup();
    }
    Ok(all)
}

/// What the program finds of these pairs today, whatever persons made of it, with the time since when it is known.
pub fn found_ties(
    conn: &mut Db,
    applications: &[Application],
    experts: &[Expert],
) -> Result<BTreeMap<(ApplicationId, ExpertId), Vec<FoundTie>>, Error> {
    let Some(first) = applications.first() else { return Ok(BTreeMap::new()) };
    let found = facts::found(conn, first.programme_id, first.round_id, applications, experts)?;
    let by_id = |((application, expert), ties): ((usize, usize), Vec<FoundTie>)| {
        Some(((applications.get(application)?.id, experts.get(expert)?.id), ties))
    };
    Ok(found.into_iter().filter_map(by_id).collect())
}

/// The applications of a round whose sheets, and whatever tells of them, somebody of the office must not see (trust.md
/// §5, number 19): they act for the group or its host, or are an expert with a tie to it.
pub fn conflicted_applications(
    conn: &mut Db,
    actor: &Actor,
    round: RoundId,
) -> Result<BTreeSet<ApplicationId>, Error> {
    let Some(programme) = crate::programmes::programme_of_round(conn, round)? else {
        return Ok(BTreeSet::new());
    };
    let acts_for: Vec<OrganizationId> = actor.organizations().collect();
    // Who was removed from the pool has their ties all the same.
    let expert = store::ever_expert_of_user(conn, programme, actor.user_id)?;
    if acts_for.is_empty() && expert.is_none() {
        return Ok(BTreeSet::new());
    }
    let groups: BTreeSet<OrganizationId> =
        store::conflicts_facts::represented(conn, programme, &acts_for)?.into_iter().collect();
    let all = applications::of_round(conn, round)?;
    let own = all.iter().filter(|application| groups.contains(&application.organization_id));
    let mut barred: BTreeSet<ApplicationId> = own.map(|application| application.id).collect();
    if let Some(expert) = expert {
        let tied = ties_of_round(conn, &all, std::slice::from_ref(&expert))?;
        barred.extend(tied.into_keys().map(|(application, _)| application));
    }
    Ok(barred)
}

/// The same of one application.
pub fn is_conflicted(conn: &mut Db, actor: &Actor, application: &Application) -> Result<bool, Error> {
    let acts_for: Vec<OrganizationId> = actor.organizations().collect();
    if !acts_for.is_empty() {
        let groups = store::conflicts_facts::represented(conn, application.programme_id, &acts_for)?;
        if groups.contains(&application.organization_id) {
            return Ok(true);
        }
    }
    match store::ever_expert_of_user(conn, application.programme_id, actor.user_id)? {
        Some(expert) => Ok(!ties(conn, application, &expert)?.is_empty()),
        None => Ok(false),
    }
}

/// Takes the content out of the sheets of an expert who has a tie to their application by now, and leaves them nothing to
/// do but to step back. The sheets are of one round.
pub fn seal_tied(
    conn: &mut Db,
    expert: &Expert,
    sheets: &[Review],
    shown: &mut [Shown<ReviewView>],
) -> Result<(), Error> {
    let own = sheets.iter().filter(|sheet| sheet.expert_id == expert.id);
    let own: BTreeSet<ApplicationId> = own.map(|sheet| sheet.application_id).collect();
    let own = applications::find_all(conn, &own.into_iter().collect::<Vec<_>>())?;
    let tied = ties_of_round(conn, &own, std::slice::from_ref(expert))?;
    let recuse: &'static str = Action::Recuse.into();
    for sheet in shown.iter_mut().filter(|sheet| sheet.object.expert_id == Some(expert.id)) {
        if tied.contains_key(&(sheet.object.application_id, expert.id)) {
            let view = &mut sheet.object;
            (view.marks, view.suggested_amount, view.total) = (None, None, None);
            (view.mark_comments, view.comment, view.staff_comment) = (None, None, None);
            view.digest = None;
            sheet.permitted_actions.retain(|action| *action == recuse);
        }
    }
    Ok(())
}
