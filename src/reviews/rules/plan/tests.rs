use strum::IntoEnumIterator;

use super::{
    super::{
        super::model::{LockedPair, NewAssignmentPlan, PairChange},
        assignment::{assign, explain},
    },
    *,
};

fn asked() -> NewAssignmentPlan {
    serde_json::from_str("{}").unwrap()
}

fn person(id: ExpertId) -> Person {
    Person { id, profile: Profile::default(), min_load: 0, max_load: 5, held_beside: 0, available: true }
}

fn one_of_each() -> (Situation, ApplicationId, ExpertId) {
    let (application, expert) = (ApplicationId::generate(), ExpertId::generate());
    let reference = "HS-2011-0001".parse().unwrap();
    let situation = Situation {
        applications: vec![Candidate { id: application, reference, profile: Profile::default() }],
        experts: vec![person(expert)],
        demand: 1,
        ..Situation::default()
    };
    (situation, application, expert)
}

#[test]
fn every_state_and_every_action() {
    for state in S::iter() {
        for action in PlanAction::iter() {
            let expected = match (state, action) {
                (S::Proposed, PlanAction::Adopt) => Some(S::Adopted),
                (S::Adopted, PlanAction::Adopt) => None,
            };
            assert_eq!(action.apply(state), expected);
            assert_eq!(action.next(state).is_ok(), expected.is_some());
        }
    }
    assert_eq!(PlanAction::Adopt.states(), ["proposed"]);
    let again: Vec<ReviewState> = ReviewState::iter().filter(|state| take_up(*state).is_some()).collect();
    assert_eq!(again, [ReviewState::Released]);
}

/// What becomes of a pair by the state of its sheet and whether there is a tie, nobody wishing anything.
#[test]
fn a_pair_stands_where_its_sheet_and_its_ties_put_it() {
    for tied in [false, true] {
        for state in ReviewState::iter().map(Some).chain([None]) {
            let (mut situation, application, expert) = one_of_each();
            situation.sheets.extend(state.map(|state| ((application, expert), state)));
            if tied {
                situation.ties.insert((application, expert), "friend".to_owned());
            }
            let composed = compose(&situation, &asked()).unwrap();
            let input = &composed.input;
            let found = (
                input.forced.len(),
                input.kept.len(),
                input.forbidden.len(),
                composed.barred.first().map(|barred| (barred.bar, barred.opened)),
            );
            let expected = match (state, tied) {
                (Some(ReviewState::Submitted | ReviewState::Locked), _)
                | (Some(ReviewState::Declared), false) => (1, 0, 0, None),
                (Some(ReviewState::Declared), true) => (0, 0, 1, Some((Bar::Conflict, true))),
                (Some(ReviewState::Recused), _) => (0, 0, 1, Some((Bar::Recused, false))),
                (_, true) => (0, 0, 1, Some((Bar::Conflict, false))),
                (Some(ReviewState::Assigned), false) => (0, 1, 0, None),
                (Some(ReviewState::Released), false) => (0, 0, 1, Some((Bar::Released, false))),
                (None, false) => (0, 0, 0, None),
            };
            assert_eq!(found, expected, "{state:?}, tied: {tied}");
        }
    }
}

#[test]
fn who_may_no_longer_be_asked_keeps_what_they_opened_and_nothing_else() {
    let (mut situation, application, expert) = one_of_each();
    let second = ApplicationId::generate();
    let reference = "HS-2011-0002".parse().unwrap();
    situation.applications.push(Candidate { id: second, reference, profile: Profile::default() });
    situation.experts[0].available = false;
    situation.sheets.insert((application, expert), ReviewState::Declared);
    situation.sheets.insert((second, expert), ReviewState::Assigned);
    let composed = compose(&situation, &asked()).unwrap();
    assert_eq!(composed.input.reviewers[0].max_load, 1);
    assert_eq!((composed.input.forced.len(), composed.input.forbidden.len()), (1, 1));
    let solution = assign(&composed.input).unwrap();
    let reasons = explain(&composed.input, &solution).unwrap();
    let plan = result(&situation, &asked(), &composed, &solution, &reasons, None);
    assert_eq!(plan.pairs.iter().map(|pair| pair.change).collect::<Vec<_>>(), [PairChange::Opened]);
    assert_eq!(plan.released.iter().map(|pair| pair.application_id).collect::<Vec<_>>(), [second]);
    let locked = NewAssignmentPlan {
        locked: vec![LockedPair { application_id: second, expert_id: expert }],
        ..asked()
    };
    let faults = compose(&situation, &locked).unwrap_err();
    assert_eq!((faults.len(), faults[0].code.code), (1, "assignment_plan.expert_unavailable"));
}

#[test]
fn what_is_held_beside_the_plan_counts_for_both_limits() {
    let (mut situation, ..) = one_of_each();
    situation.experts[0] =
        Person { min_load: 3, max_load: 4, held_beside: 2, ..situation.experts[0].clone() };
    let capacity = |situation: &Situation| {
        let composed = compose(situation, &asked()).unwrap();
        (composed.input.reviewers[0].min_load, composed.input.reviewers[0].max_load)
    };
    assert_eq!(capacity(&situation), (1, 2));
    situation.experts[0].held_beside = 9;
    assert_eq!(capacity(&situation), (0, 0));
    // A minimum above the maximum asks for the maximum.
    situation.experts[0] = Person { min_load: 9, held_beside: 0, ..situation.experts[0].clone() };
    assert_eq!(capacity(&situation), (4, 4));
}

#[test]
fn what_is_written_is_read_as_the_same() {
    let (mut situation, application, expert) = one_of_each();
    let kept = ExpertId::generate();
    situation.experts.push(person(kept));
    situation.sheets.insert((application, expert), ReviewState::Submitted);
    situation.sheets.insert((application, kept), ReviewState::Assigned);
    situation.seed = "种子".to_owned();
    let composed = compose(&situation, &asked()).unwrap();
    let text = write(&composed.input).unwrap();
    assert_eq!(read(&text).unwrap(), composed.input);
    assert_eq!(write(&read(&text).unwrap()).unwrap(), text);
}
