//! Every (phase, action) pair, and what a call of each kind takes when.

use strum::IntoEnumIterator;

use super::*;
use crate::{
    db::columns::Day,
    kernel::{
        ids::{ProgrammeId, RoundId, UserId},
        money::Money,
        time::Timestamp,
    },
    programmes::{Form, Policy, Prize, Rubric, Track, TrackPolicy, policy::Criterion},
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn round(kind: CallKind, state: RoundState) -> Round {
    Round {
        id: RoundId::generate(),
        programme_id: ProgrammeId::generate(),
        name: "届".into(),
        year: 2011,
        state,
        policy_number: 1,
        rubric_number: 1,
        budget: "100000.00".parse().unwrap(),
        awarded_total: Money::ZERO,
        opens_on: Day(day("2011-03-01")),
        closes_on: Day(day("2011-03-31")),
        references_given: false,
        last_number: 0,
        created_by: UserId::generate(),
        created_at: Timestamp::from_naive(day("2011-01-01").and_hms_opt(0, 0, 0).unwrap()),
        published_at: None,
        version: 1,
        form_number: 0,
        kind,
        batch_number: 1,
        call_number: 1,
        copied_from: None,
    }
}

#[test]
fn every_action_starts_where_it_may() {
    use Action as A;
    use Phase as P;
    let starts = |action: A| match action {
        A::Configure | A::Publish => vec![P::Draft],
        A::Correct | A::Extend => vec![P::Published, P::Open],
        A::CloseBatch => vec![P::Open],
        A::BeginReview | A::Decide => vec![P::Closed, P::Reviewing],
    };
    for action in A::iter() {
        for phase in P::iter() {
            for state in RoundState::iter() {
                let next = action.apply(state, phase);
                assert_eq!(next.is_some(), starts(action).contains(&phase), "{action:?} {phase}");
                let stays = matches!(action, A::Correct | A::Extend | A::CloseBatch);
                assert!(!stays || next.is_none_or(|next| next == state), "{action:?} {state}");
            }
        }
    }
}

#[test]
fn a_rolling_call_takes_submissions_while_it_is_reviewed() {
    let (before, within, after) = (day("2011-02-28"), day("2011-03-31"), day("2011-04-01"));
    for kind in CallKind::iter() {
        let published = round(kind, RoundState::Published);
        let takes = [before, within, after].map(|today| accepts_submissions(&published, today));
        assert_eq!(takes, [false, true, false], "{kind}");
        let reviewing = round(kind, RoundState::Reviewing);
        let rolls = kind == CallKind::Rolling;
        assert_eq!(accepts_submissions(&reviewing, within), rolls, "{kind}");
        assert_eq!(phase(&reviewing, after), Phase::Reviewing);
    }
    assert!(!accepts_submissions(&round(CallKind::Rolling, RoundState::Decided), within));
}

#[test]
fn only_what_is_in_a_closed_batch_is_assigned_in_the_window() {
    let (within, after) = (day("2011-03-15"), day("2011-04-01"));
    let mut rolling = round(CallKind::Rolling, RoundState::Published);
    rolling.batch_number = 3;
    for state in [RoundState::Published, RoundState::Reviewing] {
        rolling.state = state;
        assert_eq!(begin_review(&rolling, 2, within), Some(RoundState::Reviewing));
        assert_eq!(begin_review(&rolling, 3, within), None);
        assert_eq!(begin_review(&rolling, 3, after), Some(RoundState::Reviewing));
    }
    let fixed = round(CallKind::Fixed, RoundState::Published);
    assert_eq!((begin_review(&fixed, 1, within), is_batch_closed(&fixed, 1, within)), (None, false));
    assert_eq!(begin_review(&fixed, 1, after), Some(RoundState::Reviewing));
    assert_eq!(begin_review(&round(CallKind::Rolling, RoundState::Decided), 1, within), None);
}

#[test]
fn a_call_tells_everything_it_lacks() {
    let mut round = round(CallKind::Contest, RoundState::Draft);
    let tracks = [(Track::Filed, "60000.00"), (Track::Registered, "40000.01")];
    let own = |budget: &str| TrackPolicy { budget: Some(budget.parse().unwrap()), ..TrackPolicy::default() };
    let mut policy = Policy {
        domains: Vec::new(),
        trim_from: 2,
        tracks: Some(tracks.map(|(track, budget)| (track, own(budget))).into()),
        ..Policy::default()
    };
    round.closes_on = Day(day("2011-02-28"));
    let empty = Rubric::default();
    let form = Form { sections: Vec::new(), checklist: Vec::new() };
    let told = |round: &Round, policy: &Policy, rubric: &Rubric, form: &Form| {
        let error = check_call(&CallParts { round, policy, rubric, form }).unwrap_err();
        assert_eq!(error.code.code, "E001");
        error.faults.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code.code)).collect()
    };
    let all: Vec<String> = told(&round, &policy, &empty, &form);
    let expected = [
        "/rubric E001",
        "/closes_on E001",
        "/policy/domains E001",
        "/policy/tracks E001",
        "/policy/prizes E001",
        "/policy/trim_from policy.invalid",
    ];
    assert_eq!(all.iter().take(6).collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
    assert!(all.len() > 6 && all.iter().skip(6).all(|fault| fault.starts_with("/form/sections")), "{all:?}");

    let prize = Prize { name: "一等奖".into(), count: 3, amount: "40000.00".parse().unwrap() };
    policy = Policy { prizes: vec![prize], ..Policy::default() };
    round.closes_on = Day(day("2011-03-31"));
    let criterion =
        Criterion {
            code: "a".into(), name: "项".into(), max: "99.00".parse().unwrap(), anchors: Vec::new()
        };
    let rubric = Rubric { criteria: vec![criterion], ..Rubric::default() };
    let all: Vec<String> = told(&round, &policy, &rubric, &Form::default());
    assert_eq!(all, ["/policy/prizes E001", "/rubric/criteria rubric.sum"]);

    round.budget = Money::ZERO;
    let all: Vec<String> = told(&round, &policy, &rubric, &Form::default());
    assert_eq!(all, ["/budget E001", "/rubric/criteria rubric.sum"]);
}
