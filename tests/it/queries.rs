//! What a round's pages ask the database does not grow with what is on them.

use serde_json::json;
use yichuang::verify::verify;

use crate::support::{Expert, Kind, Office, Person, Project, REVIEW_DAY, Round, TestApp, content};

on_both!(more_rows_take_no_more_queries, more_rows_of_a_blind_round_take_no_more_queries,);

/// Everybody scores each of these again, and has a sheet of each open besides.
fn scored(office: &Office<'_>, round: &Round, experts: &[Expert], projects: &[Project]) {
    for project in projects {
        office.scored_by(project, experts, &["95", "60", "80"]);
        let order = office.ordered(project, "second_scoring", None);
        office.answered(&order, true);
        for expert in &experts[1..] {
            office.scored_again(round, project, expert, "80");
        }
        let sheet = office.sheet_of_reading(round, project, &experts[0]);
        let by = &experts[0].person;
        office.step(by, &format!("{sheet}/declaration"), office.version(by, &sheet), None);
    }
}

impl Office<'_> {
    /// The open sheet of an expert.
    fn sheet_of_reading(&self, round: &Round, project: &Project, expert: &Expert) -> String {
        let list =
            self.see(&expert.person, &format!("{}/reviews?application_id={}", round.path(), project.id));
        let open = list.items().iter().find(|sheet| sheet["state"] == "assigned").expect("an open sheet");
        format!("/api/v1/reviews/{}", open["id"].as_str().unwrap())
    }
}

fn grows_by_nothing(app: &TestApp, blind: bool) {
    let office = Office::found(app);
    let round = office.published_round("900000.00", json!({"review": {"blind": blind}}));
    let projects: Vec<Project> = (0..6)
        .map(|_| office.eligible(&round, &office.a_group(Kind::Registered), content("20000.00")))
        .collect();
    office.on_the(REVIEW_DAY);
    let experts = office.experts::<3>();
    let pages: [(&str, &Person, String); 5] = [
        ("an expert's sheets", &experts[0].person, format!("{}/my-sheets", round.path())),
        ("the summary", &office.officer, format!("{}/score-summary", round.path())),
        ("the re-reviews", &office.auditor, format!("{}/re-reviews?limit=100", round.path())),
        ("the ranking", &office.chair, format!("{}/ranking", round.path())),
        ("an expert's list", &experts[0].person, format!("{}/reviews?limit=100", round.path())),
    ];
    let measured = || -> Vec<(&str, u64)> {
        let page = |(name, by, path): &(&'static str, &Person, String)| {
            (
                *name,
                app.queries(|| {
                    office.see(by, path);
                }),
            )
        };
        let verified = app.queries(|| {
            assert_eq!(app.database().read_now(verify).unwrap(), []);
        });
        pages.iter().map(page).chain([("verify", verified)]).collect()
    };
    scored(&office, &round, &experts, &projects[..2]);
    let few = measured();
    scored(&office, &round, &experts, &projects[2..]);
    // The application's own workers ask now and then; one query a row would be four more at least.
    for ((page, many), (_, few)) in measured().into_iter().zip(few) {
        assert!(many <= few + 2, "{page}: three times as much takes {many} queries, not {few}");
    }
}

fn more_rows_take_no_more_queries(app: &TestApp) {
    grows_by_nothing(app, false);
}

fn more_rows_of_a_blind_round_take_no_more_queries(app: &TestApp) {
    grows_by_nothing(app, true);
}
