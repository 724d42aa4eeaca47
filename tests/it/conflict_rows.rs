//! The last line of defence of I17: whoever writes to the database by hand, or a program that forgot to ask, gets no
//! sheet for a pair with a conflict in force; and what `verify` makes of conflicts, dismissals and found ties.

use diesel::connection::SimpleConnection;
use serde_json::json;
use yichuang::{
    db::Lane,
    error::Error,
    verify::{Findings, examine},
};

use crate::support::{Expert, Kind, Office, Project, REVIEW_DAY, Reply, Round, TestApp, content};

on_both!(
    the_database_refuses_a_sheet_of_a_conflicted_pair,
    a_dismissal_lets_the_pair_in_and_a_new_statement_bars_it_again,
    what_is_stated_again_keeps_when_it_was_first_stated,
    a_dismissal_clears_its_own_tie_from_its_day_on,
    found_ties_are_violations_where_they_are_dated_and_else_to_look_at,
    a_later_reading_rests_on_an_order,
    a_sheet_of_a_tied_expert_is_neither_locked_nor_opened_again,
);

fn reviewed(app: &TestApp) -> (Office<'_>, Round, Project, [Expert; 2]) {
    let office = Office::found(app);
    let round = office.published_round("100000.00", json!({}));
    let project = office.eligible(&round, &office.a_group(Kind::Registered), content("50000.00"));
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<2>();
    (office, round, project, experts)
}

fn recorded(office: &Office<'_>, project: &Project, expert: &Expert, kind: &str) -> Reply {
    let tie = json!({"expert_id": expert.id, "kind": kind, "evidence": "官网理事名单"});
    office.post(&office.officer, &format!("{}/conflicts", project.path()), Some(tie))
}

fn dismissed(office: &Office<'_>, project: &Project, expert: &Expert, kind: &str) {
    let no_tie = json!({"expert_id": expert.id, "kind": kind, "reason": "同名，核对身份后不是同一人"});
    office.post(&office.officer, &format!("{}/conflict-dismissals", project.path()), Some(no_tie));
}

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Runs SQL, takes it back, and gives what the database said against it.
fn by_hand(app: &TestApp, sql: &str) -> Option<String> {
    let sql = sql.to_owned();
    let taken_back: Result<(), Error> = app.database().write_now(Lane::Installation, move |conn| {
        conn.batch_execute(&sql)?;
        Err(Error::internal("nothing was said"))
    });
    let said = format!("{:?}", taken_back.unwrap_err());
    (!said.contains("nothing was said")).then_some(said)
}

/// What `verify` says after some SQL, which is taken back.
fn examined(app: &TestApp, sql: &str) -> Findings {
    let (send, receive) = std::sync::mpsc::channel();
    let sql = sql.to_owned();
    let taken_back: Result<(), Error> = app.database().write_now(Lane::Installation, move |conn| {
        conn.batch_execute(&sql)?;
        send.send(examine(conn)?).map_err(Error::internal)?;
        Err(Error::internal("taken back"))
    });
    let error = taken_back.unwrap_err();
    receive.try_recv().unwrap_or_else(|_| panic!("nothing was examined: {error:?}"))
}

fn of_i17(findings: &[yichuang::verify::Violation]) -> Vec<&str> {
    findings.iter().filter(|found| found.invariant == "I17").map(|found| found.reason.as_str()).collect()
}

const COLUMNS: &str = "programme_id, round_id, application_id, marks, comment, created_by, created_at, updated_at, \
                       version, stage, mark_comments, staff_comment";

/// A sheet of another expert, copied from one there is.
fn copied(from: &str, to: &Expert, state: &str) -> String {
    format!(
        "INSERT INTO reviews (id, expert_id, state, reading, {COLUMNS}) SELECT 'by hand', '{}', '{state}', 7, {COLUMNS} \
         FROM reviews WHERE id = '{}'",
        to.id,
        id_of(from)
    )
}

fn the_database_refuses_a_sheet_of_a_conflicted_pair(app: &TestApp) {
    let (office, _, project, [expert, tied]) = reviewed(app);
    let sheet = office.assign(&project, &expert);
    let states = ["assigned", "declared", "submitted", "locked"];
    for state in states {
        assert_eq!(by_hand(app, &copied(&sheet, &tied, state)), None, "{state}: nothing is known yet");
    }
    recorded(&office, &project, &tied, "kin");
    for state in states {
        let said = by_hand(app, &copied(&sheet, &tied, state)).expect("it is refused");
        assert!(said.contains("a conflict of interest of this pair is in force"), "{state}: {said}");
    }
    for state in ["recused", "released"] {
        assert_eq!(by_hand(app, &copied(&sheet, &tied, state)), None, "{state} scores nothing");
    }
    let handed_over = format!("UPDATE reviews SET expert_id = '{}' WHERE id = '{}'", tied.id, id_of(&sheet));
    assert!(by_hand(app, &handed_over).is_some());
    let taken_up = format!(
        "{}; UPDATE reviews SET state = 'assigned' WHERE id = 'by hand'",
        copied(&sheet, &tied, "released")
    );
    assert!(by_hand(app, &taken_up).is_some());
    // Who only applies in the same round may be asked.
    let mild = format!("UPDATE conflicts SET kind = 'co_applicant' WHERE expert_id = '{}'", tied.id);
    assert_eq!(by_hand(app, &format!("{mild}; {}", copied(&sheet, &tied, "assigned"))), None);
}

fn a_dismissal_lets_the_pair_in_and_a_new_statement_bars_it_again(app: &TestApp) {
    let (office, _, project, [expert, tied]) = reviewed(app);
    let sheet = office.assign(&project, &expert);
    for _ in 0..2 {
        recorded(&office, &project, &tied, "kin");
        assert!(by_hand(app, &copied(&sheet, &tied, "assigned")).is_some());
        let refused = json!({"expert_id": tied.id});
        let path = format!("{}/reviews", project.path());
        office
            .officer
            .post(&path)
            .key(&crate::support::fresh_key())
            .json(&refused)
            .refused(403, "review.conflict");
        dismissed(&office, &project, &tied, "kin");
        assert_eq!(by_hand(app, &copied(&sheet, &tied, "assigned")), None);
    }
    // No dismissal by hand undoes what is certain.
    let certain = format!(
        "UPDATE conflicts SET kind = 'same_organization' WHERE expert_id = '{0}'; UPDATE conflict_dismissals SET kind = \
         'same_organization' WHERE expert_id = '{0}'",
        tied.id
    );
    assert!(by_hand(app, &format!("{certain}; {}", copied(&sheet, &tied, "assigned"))).is_some());
    office.assign(&project, &tied);
}

fn what_is_stated_again_keeps_when_it_was_first_stated(app: &TestApp) {
    use diesel::prelude::*;
    use yichuang::{db::schema::conflicts, kernel::time::Timestamp};
    let (office, _, project, [_, tied]) = reviewed(app);
    let stated = || -> Vec<Timestamp> {
        let times = |conn: &mut yichuang::db::Db| {
            Ok(conflicts::table.order(conflicts::id).select(conflicts::created_at).load(conn)?)
        };
        app.database().read_now(times).unwrap()
    };
    recorded(&office, &project, &tied, "kin");
    let first = stated();
    office.on_the("2011-04-02");
    recorded(&office, &project, &tied, "kin");
    assert_eq!(stated(), first, "it stands: nothing new was said");
    dismissed(&office, &project, &tied, "kin");
    office.on_the("2011-04-03");
    recorded(&office, &project, &tied, "kin");
    let both = stated();
    assert_eq!((both.len(), both.first()), (2, first.first()), "the first statement is as it was");
    assert!(both[0] < both[1]);
}

fn a_dismissal_clears_its_own_tie_from_its_day_on(app: &TestApp) {
    let (office, _, project, [expert, _]) = reviewed(app);
    recorded(&office, &project, &expert, "kin");
    dismissed(&office, &project, &expert, "kin");
    office.on_the("2011-04-02");
    office.scored_once(&project, &expert, "80");
    let nothing = examined(app, "SELECT 1");
    assert_eq!((of_i17(&nothing.violations), of_i17(&nothing.to_look_at)), (vec![], vec![]));
    for (change, what) in [
        ("UPDATE conflict_dismissals SET dismissed_at = '2011-04-03 02:00:00'", "after the signature"),
        ("UPDATE conflict_dismissals SET conflict_id = NULL", "of another tie"),
        ("DELETE FROM conflict_dismissals", "none"),
        (
            "UPDATE conflicts SET kind = 'same_organization'; UPDATE conflict_dismissals SET kind = \
             'same_organization'",
            "of what is certain",
        ),
    ] {
        assert_eq!(of_i17(&examined(app, change).violations), ["scored in spite of a conflict"], "{what}");
    }
    // What came to light after the signature does not undo it.
    office.on_the("2011-04-05");
    recorded(&office, &project, &expert, "board_member");
    assert_eq!(of_i17(&examined(app, "SELECT 1").violations), [""; 0]);
}

fn found_ties_are_violations_where_they_are_dated_and_else_to_look_at(app: &TestApp) {
    let (office, _, project, [expert, _]) = reviewed(app);
    office.on_the("2011-04-02");
    office.scored_once(&project, &expert, "80");
    let (group, expert_id) = (&project.group.id, &expert.id);
    let standing = |day: &str| {
        format!(
            "INSERT INTO expert_ties (id, programme_id, expert_id, kind, organization_id, organization_name, \
             person_name, evidence, recorded_by, recorded_at) SELECT '0198c0de-0000-7000-8000-00000000aaaa', programme_id, id, 'board_member', \
             '{group}', '', '', '理事', user_id, '{day} 02:00:00' FROM experts WHERE id = '{expert_id}'"
        )
    };
    let known = examined(app, &standing("2011-04-01"));
    assert_eq!(of_i17(&known.violations), ["scored in spite of a tie that was known (board_member)"]);
    let later = examined(app, &standing("2011-04-03"));
    assert_eq!((of_i17(&later.violations), of_i17(&later.to_look_at)), (vec![], vec![]));
    let member = |day: &str| {
        format!(
            "INSERT INTO memberships (id, programme_id, user_id, role, organization_id, created_at) SELECT '0198c0de-0000-7000-8000-00000000bbbb', \
             programme_id, user_id, 'applicant', '{group}', '{day} 02:00:00' FROM experts WHERE id = '{expert_id}'"
        )
    };
    let known = examined(app, &member("2011-04-01"));
    assert_eq!(of_i17(&known.violations), ["scored in spite of a tie that was known (acts_for_applicant)"]);
    let undated: [(&str, String); 3] = [
        (
            "same_organization",
            format!("UPDATE experts SET organization_id = '{group}' WHERE id = '{expert_id}'"),
        ),
        (
            "same_phone",
            format!(
                "UPDATE users SET phone = '13800009999' WHERE id = '{}'; UPDATE organizations SET contact_phone = \
                 '13800009999' WHERE id = '{group}'",
                expert.person.id
            ),
        ),
        (
            "name_match",
            format!(
                "UPDATE organizations SET head_name = (SELECT name FROM experts WHERE id = '{expert_id}') WHERE id = \
                 '{group}'"
            ),
        ),
    ];
    for (kind, sql) in undated {
        let today = examined(app, &sql);
        assert_eq!(of_i17(&today.violations), [""; 0], "{kind}");
        assert!(
            of_i17(&today.to_look_at).contains(&format!("there is a tie today ({kind})").as_str()),
            "{kind}"
        );
    }
}

fn a_later_reading_rests_on_an_order(app: &TestApp) {
    let (office, _, project, [expert, _]) = reviewed(app);
    let sheet = office.assign(&project, &expert);
    let again = format!("UPDATE reviews SET reading = 2 WHERE id = '{}'", id_of(&sheet));
    let found = examined(app, &again);
    assert_eq!(of_i17(&found.violations), ["a sheet of reading 2, which nobody ordered and agreed to"]);
}

fn a_sheet_of_a_tied_expert_is_neither_locked_nor_opened_again(app: &TestApp) {
    let (office, _, project, [expert, other]) = reviewed(app);
    let sheet = office.scored_once(&project, &expert, "80");
    let note = office.noted(&sheet);
    let may = |by| office.see(by, &sheet).at("/permitted_actions").clone();
    assert_eq!(may(&office.chair), json!(["lock", "reopen"]));
    assert_eq!(may(&office.officer), json!([]));
    office.on_the("2011-04-02");
    recorded(&office, &project, &expert, "kin");
    assert_eq!((may(&office.chair), may(&office.officer)), (json!([]), json!(["release"])));
    let version = office.version(&office.chair, &sheet);
    for (verb, body) in [("lock", None), ("reopening", Some(json!({"note_id": note})))] {
        let path = format!("{sheet}/{verb}");
        let told = crate::support::changes_nothing(app.database(), || {
            let request = office.chair.post(&path).key(&crate::support::fresh_key()).if_match(version);
            match &body {
                Some(body) => request.json(body).send(),
                None => request.send(),
            }
        });
        assert_eq!((told.status, told.text("/code")), (409, "review.expert_tied"), "{told}");
    }
    let reason = json!({"reason": "专家与负责人是近亲属，评分作废。"});
    office.step(&office.officer, &format!("{sheet}/release"), version, Some(reason));
    // Others go on.
    office.scored_once(&project, &other, "80");
}
