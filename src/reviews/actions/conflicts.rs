//! Conflicts of interest: what was stated, and what is found by comparing what is known. Found ties are computed when
//! they are asked for, so that what changes after an assignment counts at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        model::{
            ConflictDismissal, ConflictKind, ConflictSource, Expert, Review, ReviewView, Tie, TieStanding,
        },
        rules::{Action, conflicts as rule},
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
        time::Timestamp,
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
    let mut add = |pair: (ApplicationId, ExpertId), tie: Tie, stated_at: Option<Timestamp>| {
        let looked_at = dismissals.get(&pair).map(Vec::as_slice).unwrap_or_default();
        all.entry(pair).or_default().push(rule::after_dismissals(tie, stated_at, looked_at));
    };
    for ((application, expert), ties) in facts::found(conn, programme, round, applications, experts)? {
        let (Some(application), Some(expert)) = (applications.get(application), experts.get(expert)) else {
            continue;
        };
        for tie in ties {
            add((application.id, expert.id), tie, None);
        }
    }
    let here: BTreeSet<ApplicationId> = applications.iter().map(|application| application.id).collect();
    let asked: BTreeSet<ExpertId> = experts.iter().map(|expert| expert.id).collect();
    for stated in store::conflicts_of(conn, programme, only)? {
        let pair = (stated.application_id, stated.expert_id);
        if !here.contains(&pair.0) || !asked.contains(&pair.1) {
            continue;
        }
        let kind = ConflictKind::of_word(&stated.kind);
        // A word of their own is part of what they say.
        let own_word = kind == ConflictKind::DeclaredOther && stated.kind != "declared_other";
        let said = [stated.kind.as_str(), stated.evidence.as_str()];
        let said = said.into_iter().skip(usize::from(!own_word)).filter(|text| !text.is_empty());
        let evidence = said.collect::<Vec<_>>().join("; ");
        let tie = Tie { kind, source: stated.source, standing: TieStanding::Standing, evidence };
        add(pair, tie, Some(stated.created_at));
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
            add((request.application_id, expert.id), tie, Some(request.raised_at));
        }
    }
    for ties in all.values_mut() {
        ties.sort();
        ties.dedup();
    }
    Ok(all)
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
    let mut own: Vec<Application> = Vec::new();
    for sheet in sheets.iter().filter(|sheet| sheet.expert_id == expert.id) {
        own.extend(applications::find(conn, sheet.application_id)?);
    }
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
