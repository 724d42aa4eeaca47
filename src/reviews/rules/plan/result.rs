//! The solution as a plan: what moves, why, and what somebody who is involved themselves may see of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::{
    super::{
        super::model::{
            BannedPair, Bar, Comparison, NewAssignmentPlan, ObjectiveFigures, PairChange, PlanApplication,
            PlanExpert, PlanPair, PlanResult, PlanShortage, ReleasedPair, ReviewState,
        },
        assignment::{Assignment, Explanations, Unmet},
    },
    Candidate, Composed, Person, Situation,
};
use crate::kernel::ids::{ApplicationId, ExpertId};

/// The figures in which two objectives are compared.
#[must_use]
pub fn figures(assignment: &Assignment) -> ObjectiveFigures {
    ObjectiveFigures {
        total_affinity: assignment.total_affinity,
        min_application_affinity: assignment.min_application_affinity,
        max_load: assignment.max_load,
        certified: assignment.certified,
    }
}

impl Comparison {
    /// What fairness costs, and what it gives.
    #[must_use]
    pub fn of(total: ObjectiveFigures, fair: ObjectiveFigures) -> Self {
        Self {
            fairness_costs: total.total_affinity - fair.total_affinity,
            weakest_gains: fair.min_application_affinity - total.min_application_affinity,
            total,
            fair,
        }
    }
}

/// The plan that a solution makes.
#[must_use]
pub fn result(
    situation: &Situation,
    asked: &NewAssignmentPlan,
    composed: &Composed,
    assignment: &Assignment,
    explanations: &Explanations,
    comparison: Option<Comparison>,
) -> PlanResult {
    let by_name = Names::of(situation);
    let locked: BTreeSet<_> = asked.locked.iter().map(|pair| (pair.application_id, pair.expert_id)).collect();
    let stays: BTreeSet<(&str, &str)> =
        assignment.pairs.iter().map(|(a, e)| (a.as_str(), e.as_str())).collect();
    let released = released(situation, &by_name, &stays);
    let mut losers: BTreeMap<ApplicationId, Vec<ExpertId>> = BTreeMap::new();
    for pair in &released {
        losers.entry(pair.application_id).or_default().push(pair.expert_id);
    }
    let pair = |reason: &super::super::assignment::PairReason| {
        let (i, application) = by_name.application(&reason.application)?;
        let (j, expert) = by_name.expert(&reason.reviewer)?;
        let ids = (application.id, expert.id);
        let change = match situation.sheets.get(&ids) {
            Some(ReviewState::Assigned) => PairChange::Kept,
            Some(ReviewState::Declared | ReviewState::Submitted | ReviewState::Locked) => PairChange::Opened,
            Some(ReviewState::Released | ReviewState::Recused) | None => PairChange::New,
        };
        let lost = losers.get(&application.id).filter(|_| change == PairChange::New);
        let mut pair = PlanPair {
            application_id: application.id,
            reference: application.reference.clone(),
            expert_id: expert.id,
            affinity: reason.affinity,
            factors: composed.factors.get(i)?.get(j).copied()?,
            rank: reason.rank,
            allowed: reason.allowed,
            change,
            locked: locked.contains(&ids),
            instead_of: lost.cloned().unwrap_or_default(),
            loss_without: reason.instead_of_loss,
            why_zh: String::new(),
            why_en: String::new(),
        };
        pair.say_why();
        Some(pair)
    };
    PlanResult {
        certified: assignment.certified,
        complete: assignment.complete,
        assigned: assignment.pairs.len(),
        demand: assignment.demand,
        total_affinity: assignment.total_affinity,
        min_application_affinity: assignment.min_application_affinity,
        min_application_affinity_bound: assignment.min_application_affinity_bound,
        max_load: assignment.max_load,
        min_load_shortfall: assignment.min_load_shortfall,
        comparison,
        pairs: explanations.pairs.iter().filter_map(pair).collect(),
        applications: explanations
            .applications
            .iter()
            .filter_map(|reason| {
                let (_, application) = by_name.application(&reason.application)?;
                Some(PlanApplication {
                    application_id: application.id,
                    reference: application.reference.clone(),
                    sum: reason.sum,
                    lowest: reason.lowest,
                    best_possible: reason.best_possible,
                    assigned: reason.assigned,
                    demand: reason.demand,
                })
            })
            .collect(),
        experts: explanations
            .reviewers
            .iter()
            .filter_map(|reason| {
                let (_, expert) = by_name.expert(&reason.reviewer)?;
                Some(PlanExpert {
                    expert_id: expert.id,
                    load: reason.load,
                    min_load: reason.min_load,
                    max_load: reason.max_load,
                    held_beside: expert.held_beside,
                    available: expert.available,
                })
            })
            .collect(),
        unmet: assignment.unmet.iter().map(|unmet| shortage(unmet, &by_name)).collect(),
        barred: composed.barred.clone(),
        released,
    }
}

struct Names<'a> {
    applications: BTreeMap<String, (usize, &'a Candidate)>,
    experts: BTreeMap<String, (usize, &'a Person)>,
}

impl<'a> Names<'a> {
    fn of(situation: &'a Situation) -> Self {
        Self {
            applications: situation
                .applications
                .iter()
                .enumerate()
                .map(|(i, application)| (application.reference.to_string(), (i, application)))
                .collect(),
            experts: situation
                .experts
                .iter()
                .enumerate()
                .map(|(j, expert)| (expert.id.to_string(), (j, expert)))
                .collect(),
        }
    }

    fn application(&self, name: &str) -> Option<(usize, &'a Candidate)> {
        self.applications.get(name).copied()
    }

    fn expert(&self, name: &str) -> Option<(usize, &'a Person)> {
        self.experts.get(name).copied()
    }
}

/// The sheets nobody has opened that the plan does not know any more, those of experts who may no longer be asked too.
fn released(situation: &Situation, names: &Names<'_>, stays: &BTreeSet<(&str, &str)>) -> Vec<ReleasedPair> {
    let references: BTreeMap<ApplicationId, &Candidate> =
        names.applications.values().map(|(_, application)| (application.id, *application)).collect();
    let mut released: Vec<ReleasedPair> = situation
        .sheets
        .iter()
        .filter(|(_, state)| **state == ReviewState::Assigned)
        .filter_map(|((application, expert), _)| {
            let reference = &references.get(application)?.reference;
            let gone = !stays.contains(&(reference.as_str(), expert.to_string().as_str()));
            let pair = ReleasedPair {
                application_id: *application,
                reference: reference.clone(),
                expert_id: *expert,
            };
            gone.then_some(pair)
        })
        .collect();
    released.sort_by(|a, b| (&a.reference, a.expert_id).cmp(&(&b.reference, b.expert_id)));
    released
}

fn shortage(unmet: &Unmet, names: &Names<'_>) -> PlanShortage {
    PlanShortage {
        applications: unmet
            .applications
            .iter()
            .filter_map(|name| names.application(name).map(|(_, found)| found.reference.clone()))
            .collect(),
        experts: unmet
            .reviewers
            .iter()
            .filter_map(|name| names.expert(name).map(|(_, found)| found.id))
            .collect(),
        need: unmet.need,
        can: unmet.can,
        advice_zh: unmet.advice_zh.clone(),
        advice_en: unmet.advice.clone(),
    }
}

impl PlanPair {
    /// Puts the numbers into a sentence.
    fn say_why(&mut self) {
        let f = self.factors;
        let percent = |bp: u32| bp / 100;
        let (mut zh, mut en) = (
            format!(
                "匹配度 {}（领域 {}%、专长 {}%、属地 {}%、连续 {}%），在可分派的 {} 名专家中列第 {}",
                self.affinity,
                percent(f.domain_bp),
                percent(f.specialty_bp),
                percent(f.area_bp),
                percent(f.familiarity_bp),
                self.allowed,
                self.rank
            ),
            format!(
                "Fits by {} (domain {} %, specialty {} %, area {} %, familiarity {} %), place {} of the {} who may be asked",
                self.affinity,
                percent(f.domain_bp),
                percent(f.specialty_bp),
                percent(f.area_bp),
                percent(f.familiarity_bp),
                self.rank,
                self.allowed
            ),
        );
        let (moves_zh, moves_en) = match (self.change, self.locked) {
            (PairChange::Opened, _) => {
                ("；专家已打开评分表，不作调整", "; the expert has opened the sheet, so it stays")
            }
            (_, true) => ("；由人工指定", "; wanted by the officer"),
            (PairChange::Kept, false) => ("；原已分派，予以保留", "; assigned before and kept"),
            (PairChange::New, false) => ("", ""),
        };
        zh.push_str(moves_zh);
        en.push_str(moves_en);
        match self.loss_without {
            Some(0) => {
                zh.push_str("；改派他人同样好，由种子或工作量均衡决定");
                en.push_str("; another plan without it has the same sum: the loads or the draw decided");
            }
            Some(loss) => {
                // Writing to a String cannot fail.
                let _ = write!(zh, "；若不作此分派，全部匹配度之和减少 {loss}");
                let _ = write!(en, "; without it all affinities together would be {loss} less");
            }
            None => {}
        }
        zh.push('。');
        en.push('.');
        (self.why_zh, self.why_en) = (zh, en);
    }
}

/// The plan without some applications, for somebody who acts for their applicants or reviews them: none of their lines,
/// and no number that would tell how they fare.
#[must_use]
pub fn masked(
    mut result: PlanResult,
    mut asked: NewAssignmentPlan,
    hidden: &BTreeSet<ApplicationId>,
) -> (PlanResult, NewAssignmentPlan) {
    if hidden.is_empty() {
        return (result, asked);
    }
    let open = |id: &ApplicationId| !hidden.contains(id);
    result.pairs.retain(|pair| open(&pair.application_id));
    for pair in &mut result.pairs {
        // What a pair costs elsewhere may be told by the hidden ones.
        pair.loss_without = None;
        pair.say_why();
    }
    result.released.retain(|pair| open(&pair.application_id));
    result.barred.retain(|pair| open(&pair.application_id));
    result.applications.retain(|application| open(&application.application_id));
    // Why something is short, and what would help, follows from how full the experts are: with the hidden ones too.
    result.unmet.clear();
    result.experts.clear();
    result.comparison = None;
    result.assigned = result.pairs.len();
    result.demand = result.applications.iter().map(|application| application.demand).sum();
    result.complete =
        result.applications.iter().all(|application| application.assigned >= application.demand);
    result.total_affinity = result.applications.iter().map(|application| application.sum).sum();
    let counted = result.applications.iter().filter(|a| a.demand > 0 || a.assigned > 0);
    result.min_application_affinity = counted.map(|application| application.sum).min().unwrap_or(0);
    result.min_application_affinity_bound = result.min_application_affinity;
    (result.max_load, result.min_load_shortfall) = (0, 0);
    asked.applications = asked.applications.map(|list| list.into_iter().filter(open).collect());
    asked.demands.retain(|own| open(&own.application_id));
    asked.locked.retain(|pair| open(&pair.application_id));
    asked.banned.retain(|pair: &BannedPair| open(&pair.application_id));
    (result, asked)
}

impl PlanResult {
    /// Why a pair cannot be, where it cannot.
    #[must_use]
    pub fn bar(&self, application: ApplicationId, expert: ExpertId) -> Option<(Bar, &str)> {
        self.barred
            .iter()
            .find(|pair| pair.application_id == application && pair.expert_id == expert)
            .map(|pair| (pair.bar, pair.detail.as_str()))
    }
}
