//! Plans that are carried out, adjusted, and refused when they no longer rest on what is there.

use std::collections::BTreeSet;

use serde_json::json;

use super::{in_review, pair, pairs, sheets, state_of};
use crate::support::{Expert, TestApp, changes_nothing, fresh_key, plan_path};

on_both!(
    a_plan_binds_nobody_until_it_is_adopted_whole,
    after_a_recusal_as_little_as_possible_moves,
    what_was_opened_stays_and_what_was_not_may_go,
    a_plan_that_no_longer_rests_on_what_is_there_is_refused,
    two_officers_adopt_two_plans_and_one_succeeds,
    who_opens_a_sheet_first_keeps_it,
    an_expert_carries_no_more_than_their_load,
);

fn a_plan_binds_nobody_until_it_is_adopted_whole(app: &TestApp) {
    let (office, round, projects) =
        in_review(app, json!({"review": {"reviews_per_application": 2}}), &["elderly", "elderly", "youth"]);
    let experts: Vec<Expert> = vec![
        office.an_expert_in(&["elderly"]),
        office.an_expert_in(&["elderly", "youth"]),
        office.an_expert_in(&["youth"]),
    ];
    let group = &projects[0].group.admin;
    let before = office.see(group, &projects[0].path());
    let plan = office.propose(&round, json!({}));
    for (field, expected) in
        [("complete", json!(true)), ("certified", json!(true)), ("assigned", json!(6)), ("demand", json!(6))]
    {
        assert_eq!(plan.at(&format!("/result/{field}")), &expected, "{field}: {plan}");
    }
    assert_eq!((plan.text("/state"), plan.at("/number")), ("proposed", &json!(1)));
    assert_eq!(plan.at("/permitted_actions"), &json!(["adopt"]));
    assert_eq!(plan.at("/seed"), &json!("|1"));
    // Nobody has got anything, and the applicant sees nothing.
    assert_eq!(sheets(&office, &round), BTreeSet::new());
    let after = office.see(group, &projects[0].path());
    assert_eq!((before.bytes, before.headers.get("etag")), (after.bytes, after.headers.get("etag")));

    let adopted = office.adopt(&plan);
    assert_eq!((adopted.text("/state"), adopted.version()), ("adopted", 2));
    assert_eq!(adopted.at("/permitted_actions"), &json!([]));
    assert_eq!(adopted.at("/adopted_by"), &json!(office.officer.id));
    assert_eq!(sheets(&office, &round), pairs(&plan));
    for project in &projects {
        assert_eq!(office.see(&office.officer, &project.path()).text("/state"), "scoring");
    }
    // One letter each, which names no application.
    for expert in &experts {
        let mails = app.mail_to(&expert.person.mail());
        assert_eq!(mails.len(), 1, "{mails:?}");
        let text = format!("{mails:?}");
        let given = pairs(&plan).iter().filter(|(_, who)| *who == expert.id).count();
        assert!(text.contains(&format!("您有 {given} 份新的评审任务")), "{text}");
        for project in &projects {
            assert!(!text.contains("暖巷助老") && !text.contains(&project.reference), "{text}");
        }
    }
    let adoption = format!("{}/adoption", plan_path(&plan));
    let again = office.officer.post(&adoption).key(&fresh_key()).if_match(2);
    again.refused(409, "illegal_transition");
    assert_eq!(office.see(&office.auditor, &round.plans()).items().len(), 1);
}

fn after_a_recusal_as_little_as_possible_moves(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly", "elderly", "elderly"]);
    let experts: [Expert; 4] = std::array::from_fn(|_| office.an_expert_in(&["elderly"]));
    let first = office.propose(&round, json!({"demand": 2}));
    office.adopt(&first);
    let before = pairs(&first);
    let gone = experts.iter().find(|expert| before.contains(&pair(&projects[0], expert))).unwrap();
    let sheet = office.sheet_of(&round, &projects[0], gone);
    let version = office.version(&gone.person, &sheet);
    let tie = json!({"kind": "friend", "evidence": "旧识"});
    office.step(&gone.person, &format!("{sheet}/recusal"), version, Some(tie));

    // Another seed would draw other pairs, were they free.
    let second = office.propose(&round, json!({"demand": 2, "seed": "另一颗种子"}));
    let after = pairs(&second);
    assert_eq!(second.at("/result/complete"), &json!(true));
    assert_eq!(after.intersection(&before).count(), 5, "five of six stay: {second}");
    assert!(!after.contains(&pair(&projects[0], gone)));
    assert_eq!(second.at("/result/released"), &json!([]));
    let barred = second.at("/result/barred").as_array().unwrap().clone();
    assert_eq!((barred.len(), barred[0]["bar"].as_str()), (1, Some("recused")), "{barred:?}");
    let changes: Vec<&str> = second
        .at("/result/pairs")
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| pair["change"].as_str().unwrap())
        .collect();
    assert_eq!(changes.iter().filter(|change| **change == "new").count(), 1);
    assert_eq!(changes.iter().filter(|change| **change == "kept").count(), 5);
    office.adopt(&second);
    assert_eq!(sheets(&office, &round), after);
    assert_eq!(state_of(&office, &round, &projects[0], gone), ["recused"]);
    // Nothing is left to do: a third plan moves nothing.
    let third = office.propose(&round, json!({"demand": 2, "seed": "第三颗种子"}));
    assert_eq!(pairs(&third), after);
}

fn what_was_opened_stays_and_what_was_not_may_go(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly"]);
    let [project] = &projects[..] else { panic!("one project") };
    let (opener, idle) = (office.an_expert_in(&["culture"]), office.an_expert_in(&["culture"]));
    office.adopt(&office.propose(&round, json!({"demand": 2})));
    let sheet = office.sheet_of(&round, project, &opener);
    let version = office.version(&opener.person, &sheet);
    office.step(&opener.person, &format!("{sheet}/declaration"), version, None);
    // Two come who fit far better.
    let better = [office.an_expert_in(&["elderly"]), office.an_expert_in(&["elderly"])];

    // Kept as long as nobody says otherwise.
    let plan = office.propose(&round, json!({"demand": 2}));
    assert_eq!(pairs(&plan), BTreeSet::from([pair(project, &opener), pair(project, &idle)]));
    // Free to move, only what nobody has opened moves.
    let plan = office.propose(&round, json!({"demand": 2, "keep": false}));
    let now = pairs(&plan);
    assert!(now.contains(&pair(project, &opener)) && !now.contains(&pair(project, &idle)), "{plan}");
    assert_eq!(plan.at("/result/released/0/expert_id"), &json!(idle.id));
    let new = plan.at("/result/pairs").as_array().unwrap().iter().find(|pair| pair["change"] == "new");
    assert_eq!(new.unwrap()["instead_of"], json!([idle.id]));
    office.adopt(&plan);
    assert_eq!(state_of(&office, &round, project, &idle), ["released"]);
    assert_eq!(state_of(&office, &round, project, &opener), ["declared"]);
    let told = app.mail_to(&idle.person.mail());
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(format!("{:?}", told[1]).contains("另有 1 份您尚未打开"), "{told:?}");
    // The released sheet is closed to its expert.
    let sheet = office.sheet_of(&round, project, &idle);
    let version = office.version(&idle.person, &sheet);
    let declaration = format!("{sheet}/declaration");
    idle.person.post(&declaration).key(&fresh_key()).if_match(version).refused(409, "illegal_transition");

    // What an earlier plan took comes again only where somebody says so; then it is the same sheet.
    let lost = better.iter().find(|expert| now.contains(&pair(project, expert))).unwrap();
    let ban = json!({"application_id": project.id, "expert_id": lost.id, "reason": "出差"});
    let other = better.iter().find(|expert| expert.id != lost.id).unwrap();
    let ban_other = json!({"application_id": project.id, "expert_id": other.id, "reason": "出差"});
    let asked = json!({"demand": 2, "banned": [ban, ban_other]});
    let short = office.propose(&round, asked.clone());
    assert_eq!(short.at("/result/complete"), &json!(false));
    let mut again = asked;
    again["take_up_released"] = json!(true);
    let plan = office.propose(&round, again);
    assert_eq!(pairs(&plan), BTreeSet::from([pair(project, &opener), pair(project, &idle)]));
    office.adopt(&plan);
    assert_eq!(state_of(&office, &round, project, &idle), ["assigned"]);
    assert_eq!(state_of(&office, &round, project, lost), ["released"]);
    assert_eq!(office.sheet_of(&round, project, &idle), sheet);
}

fn a_plan_that_no_longer_rests_on_what_is_there_is_refused(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly", "elderly"]);
    let [one, two] = std::array::from_fn(|_| office.an_expert_in(&["elderly"]));
    let refused = |plan: &crate::support::Reply, why: &str| {
        let adoption = format!("{}/adoption", plan_path(plan));
        let told = changes_nothing(app.database(), || {
            office.officer.post(&adoption).key(&fresh_key()).if_match(plan.version()).send()
        });
        assert_eq!((told.status, told.text("/code")), (409, "assignment_plan.outdated"), "{why}: {told}");
    };
    let ask = |seed: &str| office.propose(&round, json!({"demand": 1, "seed": seed}));

    let plan = ask("甲");
    office.assign(&projects[0], &one);
    refused(&plan, "somebody was assigned by hand");

    let plan = ask("甲");
    let sheet = office.sheet_of(&round, &projects[0], &one);
    let version = office.version(&one.person, &sheet);
    office.step(&one.person, &format!("{sheet}/declaration"), version, None);
    refused(&plan, "an expert has opened their sheet");

    let plan = ask("甲");
    let version = office.version(&one.person, &sheet);
    let tie = json!({"kind": "friend", "evidence": ""});
    office.step(&one.person, &format!("{sheet}/recusal"), version, Some(tie));
    refused(&plan, "an expert has stepped back");

    let plan = ask("甲");
    office.an_expert_in(&["elderly"]);
    refused(&plan, "an expert has joined the pool");

    // Of two plans made of the same, the second would do nothing now; it is refused all the same.
    office.adopt(&ask("甲"));
    let (same, twin) = (ask("甲"), ask("甲"));
    assert_eq!(same.at("/result"), twin.at("/result"));
    assert_eq!(same.at("/result/released"), &json!([]));
    office.adopt(&same);
    refused(&twin, "another plan was adopted");
    drop(two);
}

fn two_officers_adopt_two_plans_and_one_succeeds(app: &TestApp) {
    let (office, round, _) = in_review(app, json!({}), &["elderly", "elderly", "youth"]);
    for _ in 0..4 {
        office.an_expert_in(&["elderly", "youth"]);
    }
    let plans: Vec<_> = ["甲", "乙", "丙", "丁"]
        .iter()
        .map(|seed| office.propose(&round, json!({"demand": 2, "seed": seed})))
        .collect();
    let officers = [&office.officer, &office.second_officer];
    let start = std::sync::Barrier::new(plans.len());
    let replies: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = plans
            .iter()
            .enumerate()
            .map(|(number, plan)| {
                let (start, by) = (&start, officers[number % 2]);
                scope.spawn(move || {
                    start.wait();
                    let adoption = format!("{}/adoption", plan_path(plan));
                    loop {
                        let reply = by.post(&adoption).key(&fresh_key()).if_match(1).send();
                        if reply.status != 503 {
                            return reply;
                        }
                        std::thread::sleep(std::time::Duration::from_millis(50));
                    }
                })
            })
            .collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let won: Vec<usize> = (0..plans.len()).filter(|number| replies[*number].status == 200).collect();
    assert_eq!(won.len(), 1, "{replies:?}");
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!((reply.status, reply.text("/code")), (409, "assignment_plan.outdated"), "{reply}");
    }
    assert_eq!(sheets(&office, &round), pairs(&plans[won[0]]));
}

/// An officer adopts a plan that would take a sheet from an expert who opens it at the same moment: either the sheet is
/// gone before it is opened, or it is opened and the plan is refused.
fn who_opens_a_sheet_first_keeps_it(app: &TestApp) {
    let (office, round, projects) = in_review(app, json!({}), &["elderly"]);
    let idle = office.an_expert_in(&["culture"]);
    office.adopt(&office.propose(&round, json!({"demand": 1})));
    office.an_expert_in(&["elderly"]);
    let plan = office.propose(&round, json!({"demand": 1, "keep": false}));
    let sheet = office.sheet_of(&round, &projects[0], &idle);
    let start = std::sync::Barrier::new(2);
    let send = |by: &crate::support::Person, path: String| {
        start.wait();
        loop {
            let reply = by.post(&path).key(&fresh_key()).if_match(1).send();
            if reply.status != 503 {
                return reply;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    };
    let (opened, adopted) = std::thread::scope(|scope| {
        let opened = scope.spawn(|| send(&idle.person, format!("{sheet}/declaration")));
        let adopted = scope.spawn(|| send(&office.officer, format!("{}/adoption", plan_path(&plan))));
        (opened.join().unwrap(), adopted.join().unwrap())
    });
    let states = state_of(&office, &round, &projects[0], &idle);
    if opened.status == 200 {
        assert_eq!((adopted.status, adopted.text("/code")), (409, "assignment_plan.outdated"), "{adopted}");
        assert_eq!(states, ["declared"]);
    } else {
        assert!([409, 412].contains(&opened.status), "{opened}");
        assert_eq!((adopted.status, states), (200, vec!["released".to_owned()]), "{adopted}");
    }
}

fn an_expert_carries_no_more_than_their_load(app: &TestApp) {
    let policy = json!({"review": {"reviews_per_application": 2, "max_load": 2}});
    let (office, round, projects) = in_review(app, policy, &["elderly", "elderly", "elderly", "elderly"]);
    let experts: Vec<Expert> = (0..4).map(|_| office.an_expert_in(&["elderly"])).collect();
    // One application is given by hand, and is not part of the plan: it counts all the same.
    office.assign(&projects[0], &experts[0]);
    office.assign(&projects[0], &experts[1]);
    let rest: Vec<&str> = projects[1..].iter().map(|project| project.id.as_str()).collect();
    let plan = office.propose(&round, json!({"applications": rest}));
    assert_eq!(plan.at("/result/complete"), &json!(true));
    for (at, expert) in plan.at("/result/experts").as_array().unwrap().iter().enumerate() {
        let beside = usize::from(experts[..2].iter().any(|busy| expert["expert_id"] == busy.id));
        assert_eq!(expert["held_beside"], json!(beside), "{at}: {plan}");
        assert_eq!(expert["load"], json!(2 - beside), "{at}: {plan}");
    }
}
