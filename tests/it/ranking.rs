//! The live ranking: why a place is what it is, who may see it, each track for itself, and what is kept of it.

use serde_json::{Value, json};

use crate::support::{
    Expert, Kind, Office, Project, REVIEW_DAY, Reply, Round, TestApp, changes_nothing, content, fresh_key,
};

on_both!(
    the_ranking_says_why,
    who_has_a_tie_or_an_open_sheet_sees_no_score,
    each_track_has_its_own_line_and_budget,
    what_was_shown_is_kept_with_the_decision,
    a_part_of_what_was_kept_is_no_new_ranking,
    the_statistics_are_advisory_and_name_nobody,
    a_wrong_filter_is_refused,
);

#[track_caller]
fn ranking(office: &Office<'_>, round: &Round) -> Reply {
    office.see(&office.supervisor, &format!("{}/ranking", round.path()))
}

#[track_caller]
fn line<'a>(ranking: &'a Reply, project: &Project) -> &'a Value {
    let found = ranking.items().iter().find(|line| line["application_id"] == project.id.as_str());
    found.unwrap_or_else(|| panic!("{} is not ranked: {ranking}", project.reference))
}

fn the_ranking_says_why(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({"seed": "2011"}));
    let group = || office.a_group(Kind::Registered);
    let dear = office.eligible(&round, &group(), content("50000.00"));
    let cheap = office.eligible(&round, &group(), content("30000.00"));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<5>();
    for project in [&dear, &cheap] {
        office.scored_by(project, &experts, &["82", "88", "85", "90", "79"]);
    }
    let shown = ranking(&office, &round);
    let (first, second) = (line(&shown, &cheap), line(&shown, &dear));
    assert_eq!(
        (&first["score"], &first["mean"], &first["rank"]),
        (&json!("85.00"), &json!("84.80"), &json!(1))
    );
    assert_eq!(first["ties"][0]["decided_by"], "requested");
    assert_eq!(first["ties"][0]["own"], "30000.00");
    assert_eq!(second["ties"][0]["other"], "30000.00");
    assert!(first["ties"][0]["zh"].as_str().unwrap().contains("申请金额"), "{first:#}");
    assert_eq!(first["draw"], Value::Null, "no draw was needed");
    // Reviewers are called by what stands for them in this round, and by nothing else.
    let high = first["dropped"]["high"].as_str().unwrap();
    assert!(high.starts_with("R-") && high.len() == 14, "{high}");
    assert_eq!(high, second["dropped"]["high"].as_str().unwrap());
    for Expert { id, person } in &experts {
        for trace in [id, &person.id, &person.name] {
            assert!(!shown.body().contains(trace.as_str()), "{trace}");
        }
    }
    assert_eq!(first["stages"][0]["reading"], 1);
    assert_eq!((&first["flagged"], &first["flags"]), (&json!(false), &json!([])));
}

fn who_has_a_tie_or_an_open_sheet_sees_no_score(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let filed = office.a_group(Kind::Filed);
    let one = office.eligible(&round, &filed, content("50000.00"));
    let other = office.eligible(&round, &office.a_group(Kind::Registered), content("30000.00"));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    for project in [&one, &other] {
        office.scored_by(project, &experts, &["85", "88", "82"]);
    }
    // An expert with an open sheet chairs the panel; somebody of the host works in the office.
    let open = office.an_expert();
    let sheet = office.marked(&one, &open, "80");
    let host = filed.host.as_ref().unwrap().admin.clone();
    for (person, role) in [(&open.person, "panel_chair"), (&host, "program_officer")] {
        let member = json!({"user_id": person.id, "role": role});
        office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    }
    let path = format!("{}/ranking", round.path());
    for person in [&open.person, &host] {
        for path in [path.clone(), format!("{}/calibration", round.path())] {
            let shown = office.see(person, &path);
            assert_eq!(shown.at("/sealed/0/application_id"), &json!(one.id), "{shown}");
            assert!(!shown.json["items"].to_string().contains(&one.id), "{shown}");
            assert!(!shown.json["applications"].to_string().contains(&one.id), "{shown}");
        }
        let shown = office.see(person, &path);
        assert_eq!(
            (shown.items().len(), shown.at("/items/0/rank")),
            (1, &json!(1)),
            "as if it were not there"
        );
        assert_eq!(shown.at("/open_sheets"), &json!(0), "nor are its sheets counted");
    }
    let refused = changes_nothing(app.database(), || {
        host.post(&format!("{}/selection-plans", round.path())).key(&fresh_key()).send()
    });
    assert_eq!((refused.status, refused.text("/code")), (403, "review.round_sealed"));
    let plan = format!("/api/v1/selection-plans/{}", office.plan(&round).id());
    host.get(&plan).refused(404, "not_found");
    office.see(&office.auditor, &plan);
    // With the own sheet in, the chair sees all of it.
    office.hand_in(&sheet, &open);
    let shown = office.see(&open.person, &path);
    assert_eq!((shown.items().len(), shown.at("/sealed")), (2, &json!([])));
}

fn each_track_has_its_own_line_and_budget(app: &TestApp) {
    let office = Office::found(app);
    let policy = json!({
        "pass_line": "80.00",
        "tracks": {
            "registered": {"budget": "60000.00"},
            "filed": {"budget": "40000.00", "cap": "20000.00", "pass_line": "60.00"},
        },
    });
    let round = office.published_round("100000.00", policy);
    let registered = office.eligible(&round, &office.a_group(Kind::Registered), content("40000.00"));
    let second = office.eligible(&round, &office.a_group(Kind::Registered), content("40000.00"));
    let low = office.eligible(&round, &office.a_group(Kind::Registered), content("10000.00"));
    let filed = office.eligible(&round, &office.a_group(Kind::Filed), content("20000.00"));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    for (project, total) in [(&registered, "90"), (&second, "85"), (&low, "70"), (&filed, "65")] {
        office.scored_by(project, &experts, &[total; 3]);
    }
    let of = |track: &str| office.see(&office.chair, &format!("{}/ranking?track={track}", round.path()));
    let only = of("filed");
    assert_eq!((only.items().len(), &line(&only, &filed)["rank"]), (1, &json!(1)));
    assert_eq!(line(&only, &filed)["recommended"], "20000.00", "cut to the cap of its track");
    assert_eq!(of("registered").items().len(), 3);
    assert_eq!(line(&ranking(&office, &round), &filed)["rank"], 4, "the last of the whole round");
    let plan = office.plan(&round);
    let listed = |list: &str| -> Vec<String> {
        let lines = plan.json[list].as_array().unwrap().iter();
        lines.map(|line| line["reference"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("selected"), [registered.reference.clone(), filed.reference.clone()], "{plan}");
    assert_eq!(
        listed("waitlisted"),
        std::slice::from_ref(&second.reference),
        "its track has 20,000 yuan left"
    );
    assert_eq!(listed("below_line"), std::slice::from_ref(&low.reference));
    assert_eq!(plan.at("/selected/1/track_rank"), &json!(1));
    assert_eq!((plan.text("/total"), plan.text("/left")), ("60000.00", "40000.00"));
}

fn what_was_shown_is_kept_with_the_decision(app: &TestApp) {
    let office = Office::found(app);
    let (round, ..) = office.a_scored_round();
    let statistics = format!("{}/calibration", round.path());
    let before = ranking(&office, &round);
    let advice = office.see(&office.auditor, &statistics);
    assert_eq!((before.at("/frozen"), advice.at("/frozen")), (&Value::Null, &Value::Null));
    office.decided(&round);
    let after = ranking(&office, &round);
    assert_eq!(before.at("/items"), after.at("/items"));
    assert_eq!(after.text("/frozen/digest").len(), 64);
    let kept = office.see(&office.auditor, &statistics);
    assert_eq!(advice.at("/applications"), kept.at("/applications"));
    assert!(kept.at("/frozen/at").is_string(), "{kept}");
}

fn a_part_of_what_was_kept_is_no_new_ranking(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("200000.00", json!({"seed": "2011"}));
    let filed = office.a_group(Kind::Filed);
    let best = office.eligible(&round, &filed, content("20000.00"));
    let [second, third] =
        [(); 2].map(|()| office.eligible(&round, &office.a_group(Kind::Registered), content("30000.00")));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    for (project, total) in [(&best, "90"), (&second, "85"), (&third, "85")] {
        office.scored_by(project, &experts, &[total; 3]);
    }
    let whole = ranking(&office, &round);
    assert_eq!(line(&whole, &third)["tie_drawn"].as_bool(), line(&whole, &second)["tie_drawn"].as_bool());
    office.decided(&round);
    let digest = ranking(&office, &round).text("/frozen/digest").to_owned();
    let host = filed.host.as_ref().unwrap().admin.clone();
    let member = json!({"user_id": host.id, "role": "program_officer"});
    office.post(&office.admin, &format!("/api/v1/programmes/{}/members", office.programme), Some(member));
    let of_track = office.see(&office.supervisor, &format!("{}/ranking?track=registered", round.path()));
    let tied = office.see(&host, &format!("{}/ranking", round.path()));
    for part in [&of_track, &tied] {
        let ids: Vec<&Value> = part.items().iter().map(|line| &line["application_id"]).collect();
        let kept: Vec<&Value> = whole.items()[1..].iter().map(|line| &line["application_id"]).collect();
        assert_eq!(ids, kept, "the kept order");
        assert_eq!((part.at("/items/0/rank"), part.at("/items/1/rank")), (&json!(1), &json!(2)));
        assert_eq!(part.at("/items/0/ties/0/rank"), &json!(2), "{part}");
        assert!(part.text("/items/0/ties/0/zh").contains("第 2 名"), "{part}");
        assert_eq!(part.at("/items/0/rank_interval"), &Value::Null);
        assert_eq!(part.text("/frozen/digest"), digest, "of what is kept, of which this is a part");
        assert!(!part.json["items"].to_string().contains(&best.reference), "{part}");
    }
    assert_eq!(tied.at("/sealed/0/application_id"), &json!(best.id));
}

fn the_statistics_are_advisory_and_name_nobody(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("90000.00", json!({"seed": "s"}));
    let group = || office.a_group(Kind::Registered);
    let [best, middle, last] = [(); 3].map(|()| office.eligible(&round, &group(), content("40000.00")));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    for (project, totals) in
        [(&best, ["95", "94", "93"]), (&middle, ["85", "80", "82"]), (&last, ["84", "79", "83"])]
    {
        office.scored_by(project, &experts, &totals);
    }
    let path = format!("{}/calibration", round.path());
    let shown = office.see(&office.chair, &path);
    assert_eq!(shown.body(), office.see(&office.chair, &path).body(), "the same seed gives the same bytes");
    let of = |project: &Project| {
        let all = shown.at("/applications").as_array().unwrap();
        all.iter().find(|line| line["application_id"] == project.id.as_str()).unwrap().clone()
    };
    assert_eq!((&of(&best)["zone"], &of(&best)["funded"]), (&json!("firm"), &json!(2_000)));
    assert_eq!(of(&middle)["zone"], "grey");
    let shares = [&best, &middle, &last].map(|project| of(project)["funded"].as_u64().unwrap());
    assert_eq!(shares.iter().sum::<u64>(), 4_000, "two of three fit, in every sample");
    assert_eq!(of(&best)["calibrated_place"], 1);
    let stage = shown.at("/stages/0");
    // Three applications say nothing of how far reviewers agree.
    for coefficient in ["krippendorff_alpha", "icc1", "icc2", "icc2k"] {
        assert_eq!(stage[coefficient], Value::Null, "{coefficient}");
    }
    let absent = &stage["agreement_absent"];
    assert_eq!((&absent["applications"], &absent["needed"]), (&json!(3), &json!(11)), "{stage:#}");
    assert!(absent["zh"].as_str().unwrap().contains("少于 11 个"), "{stage:#}");
    assert!(stage["reviewers"][0]["standard_error"].is_number(), "{stage:#}");
    assert_eq!(stage["reviewers"].as_array().unwrap().len(), 3);
    assert!(stage["reviewers"][0]["severity"].is_number());
    for expert in &experts {
        assert!(!shown.body().contains(&expert.id) && !shown.body().contains(&expert.person.name));
    }
    experts[0].person.get(&path).refused(403, "forbidden");
    best.group.admin.get(&path).refused(403, "forbidden");
    // Below three sheets nothing is said of a reviewer.
    let few = office.an_expert();
    office.scored_once(&best, &few, "90");
    let shown = office.see(&office.chair, &path);
    let reviewers = shown.at("/stages/0/reviewers").as_array().unwrap();
    let hidden: Vec<&Value> = reviewers.iter().filter(|line| line["suppressed"] == true).collect();
    assert_eq!((hidden.len(), &hidden[0]["severity"]), (1, &Value::Null), "{shown}");
    assert_eq!(shown.at("/stages/0/icc2"), &Value::Null, "the panel is no longer the same everywhere");
}

fn a_wrong_filter_is_refused(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("90000.00", json!({}));
    for query in ["reviewer_id=x", "track=third", "batch=0", "batch=x", "sort=expert"] {
        let path = format!("{}/ranking?{query}", round.path());
        office.chair.get(&path).refused(400, "unknown_filter");
    }
    office.see(&office.chair, &format!("{}/ranking?batch=1", round.path()));
    let path = format!("{}/calibration?reviewer=x", round.path());
    office.chair.get(&path).refused(400, "unknown_filter");
}
