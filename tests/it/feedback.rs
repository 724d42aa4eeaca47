//! What a group learns of its score, and when (未立项反馈).

use serde_json::{Value, json};

use crate::support::{
    DECISION_DAY, Expert, Kind, Office, Person, Project, REVIEW_DAY, Reply, TestApp, content,
};

on_both!(every_group_learns_why_once_the_result_is_public);

fn every_group_learns_why_once_the_result_is_public(app: &TestApp) {
    let office = Office::found(app);
    let round = office.published_round("90000.00", json!({"pass_line": "70.00"}));
    let group = || office.a_group(Kind::Registered);
    let [chosen, also, waiting, below, unscored] =
        [(); 5].map(|()| office.eligible(&round, &group(), content("40000.00")));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    for (project, totals) in [
        (&chosen, ["90", "91", "92"]),
        (&also, ["85", "84", "83"]),
        (&waiting, ["80", "81", "82"]),
        (&below, ["65", "66", "67.5"]),
    ] {
        office.scored_by(project, &experts, &totals);
    }
    office.scored_by(&unscored, &experts[..1], &["80"]);
    let path = |project: &Project| format!("{}/feedback", project.path());
    let sealed = || {
        for project in [&chosen, &below] {
            project.group.admin.get(&path(project)).refused(404, "not_found");
        }
    };
    sealed();
    office.on_the(DECISION_DAY);
    office.decided(&round);
    sealed();
    let draft = office.post(&office.officer, &format!("{}/notices", round.path()), None);
    sealed();
    let publication = format!("/api/v1/notices/{}/publication", draft.id());
    let notice = office.step(&office.officer, &publication, draft.version(), None);

    let of = |project: &Project| office.see(&project.group.admin, &path(project));
    let told = of(&below);
    assert_eq!((told.text("/outcome"), told.text("/score")), ("below_line", "66.17"));
    assert_eq!((told.text("/pass_line"), told.text("/lowest_selected")), ("70.00", "84.00"));
    assert!(told.text("/reason/zh").contains("相差 3.83 分"), "{told}");
    assert_eq!(told.at("/comments"), &json!(["可行", "可行", "可行"]));
    assert_eq!(told.at("/objection/until"), notice.at("/ends_on"));
    let told = of(&waiting);
    assert_eq!((told.text("/outcome"), told.at("/waitlist_place")), ("waitlisted", &json!(1)));
    assert_eq!(of(&chosen).text("/outcome"), "selected");
    assert!(of(&chosen).text("/reason/zh").contains("40000.00"), "{}", of(&chosen));
    let told = of(&unscored);
    assert_eq!((told.text("/outcome"), told.at("/score")), ("unscored", &Value::Null));

    // Nobody else's, and nothing of who scored.
    let others: [&Person; 5] =
        [&below.group.admin, &office.officer, &office.chair, &office.worker, &experts[0].person];
    for other in others {
        other.get(&path(&chosen)).refused(404, "not_found");
    }
    tells_of_nobody(&of(&below), &experts);
}

#[track_caller]
fn tells_of_nobody(told: &Reply, experts: &[Expert]) {
    let body = told.body();
    for Expert { id, person } in experts {
        for trace in [id, &person.id, &person.name] {
            assert!(!body.contains(trace.as_str()), "{trace}");
        }
    }
    for word in ["R-", "reviewer", "expert", "submitted", "version", "\"n\""] {
        assert!(!body.contains(word), "{word}: {told}");
    }
}
