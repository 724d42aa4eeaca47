//! A round in a folder (rules.md §8): runs a whole round through the public REST API of the real application, each step
//! by a signed-in person with the right role, with a clock that is moved by hand.
//!
//! ```text
//! accounts ─▶ call ─▶ intake ─▶ eligibility ─▶ review ─▶ decision ─▶ approval ─▶ agreement ─▶ payment ─▶ matching
//! ```
//!
//! Invariants: the folder is read and checked as a whole before anything starts; nothing in the summary is computed
//! here, all of it is what the server answered; the summary does not depend on which request was faster; a step that is
//! not accepted is told and ends only what depends on it.

mod client;
mod folder;
mod run;
mod server;
mod stage_accounts;
mod stage_agreement;
mod stage_call;
mod stage_decision;
mod stage_demo;
mod stage_intake;
mod stage_matching;
mod stage_organizations;
mod stage_payment;
mod stage_pool;
mod stage_review;
mod summary;

pub use client::StepError;
pub use folder::{Fault, Folder, FolderError};
pub use server::{Server, loopback, morning, throwaway, without_second_factors};
pub use summary::Summary;

use run::Run;
use serde::{Deserialize, Serialize};
use stage_accounts::Office;
use stage_intake::Accepted;
use stage_organizations::Organizations;
use stage_pool::Members;
use stage_review::Extent;
use summary::{Balance, SelectedApplication};

use crate::{
    config::Settings,
    db::Database,
    error::Error,
    kernel::{digest::random_token, role::Role},
    verify,
};

/// How far a round is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The middle of the review: all sheets are assigned and declared, about half of them handed in.
    Review,
    /// The end: paid, matched and verified.
    End,
}

/// How to sign in to what was filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The role.
    pub role: Role,
    /// The phone number.
    pub login: String,
    /// The password.
    pub password: String,
}

/// What was filled in.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    /// What the server answered.
    pub summary: Summary,
    /// One account a role.
    pub logins: Vec<Login>,
    /// The programme's id.
    pub programme_id: String,
    /// The round's id.
    pub round_id: String,
}

/// Rehearses the whole round on a server of its own over this empty database.
pub fn rehearse(folder: &Folder, settings: Settings, database_url: String) -> Result<Summary, Error> {
    let server =
        Server::start(throwaway(settings, database_url), morning(stage_call::first_day(&folder.call)))?;
    let password = random_token().map_err(Error::internal)?;
    let mut filled = fill(&server, folder, Until::End, &password);
    filled.summary.verify.violations = violations(server.database())?;
    server.stop()?;
    Ok(filled.summary)
}

/// Fills a database with the folder's round as if it were running today, 10 to 16 days after its window closed, in
/// the middle of its review. The passwords are hashed as the settings say; the server that filled it is stopped, so
/// that another one can serve the database by the machine's clock.
pub fn fill_for_demo(
    folder: Folder,
    settings: Settings,
    database_url: String,
    password: &str,
    today: chrono::NaiveDate,
) -> Result<Filled, Error> {
    let weeks = folder.weeks_until_review(today);
    let folder = folder.moved_by_weeks(weeks);
    let server =
        Server::start(loopback(settings, database_url), morning(stage_call::first_day(&folder.call)))?;
    let filled = fill(&server, &folder, Until::Review, password);
    server.stop()?;
    Ok(filled)
}

/// Drives the round of a folder on a running server with an empty database, whose clock it moves; every account gets
/// this password. What goes wrong stands in the summary's failures.
#[must_use]
pub fn fill(server: &Server, folder: &Folder, until: Until, password: &str) -> Filled {
    let run = Run::new(folder, server, password.to_owned());
    let mut filled = Filled::default();
    filled.summary.applications = folder.applications.len();
    filled.summary.unused_files.clone_from(&folder.unused_files);
    server.move_to(stage_call::first_day(&folder.call));
    if let Err(error) = play(&run, until, &mut filled) {
        run.fail(error);
    }
    filled.summary.failures = run.finish();
    filled
}

/// How many truths do not hold in the database.
fn violations(database: &Database) -> Result<usize, Error> {
    let found = database.read_now(verify::verify)?;
    for violation in &found {
        tracing::error!(%violation, "an invariant does not hold");
    }
    Ok(found.len())
}

fn play(run: &Run<'_>, until: Until, filled: &mut Filled) -> Result<(), StepError> {
    let office = stage_accounts::run(run)?;
    filled.programme_id.clone_from(&office.programme);
    let organizations = stage_organizations::run(run, &office);
    let reviewers = stage_pool::reviewers(run, &office, &organizations);
    let enterprises = stage_pool::enterprises(run, &office);
    let round = stage_call::run(run, &office)?;
    filled.round_id.clone_from(&round);

    let intake = stage_intake::run(run, &round, &organizations);
    filled.summary.refused = intake.refused;
    let eligible = stage_intake::check(run, &office, &intake.accepted);
    filled.logins = logins(run, &office, &eligible, &organizations, &reviewers, &enterprises);

    let extent = match until {
        Until::Review => {
            let applies = eligible.iter().find_map(|accepted| organizations.get(&accepted.org));
            for (role, account) in stage_demo::run(run, &office, applies)? {
                filled.logins.push(Login { role, login: account.login, password: account.password });
            }
            Extent::Half
        }
        Until::End => Extent::All,
    };
    filled.summary.refused_reviews = stage_review::run(run, &office, &eligible, &reviewers, extent);
    if until == Until::Review {
        return Ok(());
    }
    decide_and_pay(run, &office, &round, &eligible, &organizations, &enterprises, &mut filled.summary)?;
    filled.summary.ledger = books(run, &office, &round)?;
    let expended = filled.summary.ledger.iter().find(|line| line.account == "expended");
    match expended {
        Some(line) if line.balance == filled.summary.paid_total.to_string() => Ok(()),
        _ => {
            Err(StepError::unfit("账簿 ledger", &round, "what was paid is not what the books call expended"))
        }
    }
}

fn decide_and_pay(
    run: &Run<'_>,
    office: &Office,
    round: &str,
    eligible: &[Accepted],
    organizations: &Organizations,
    enterprises: &Members,
    summary: &mut Summary,
) -> Result<(), StepError> {
    let ranking = stage_review::settle(run, office, round)?;
    summary.scored = ranking.iter().filter(|line| line.score.is_some()).count();
    let plan = stage_decision::plan(run, office, round)?;
    let references =
        |named: &[stage_decision::Named]| named.iter().map(|named| named.reference.clone()).collect();
    summary.selected = plan
        .selected
        .iter()
        .map(|line| SelectedApplication {
            reference: line.reference.clone(),
            rank: line.rank,
            score: line.score,
            amount: line.amount,
        })
        .collect();
    summary.waitlisted = references(&plan.waitlisted);
    summary.below_line = references(&plan.below_line);
    summary.unscored = references(&plan.unscored);
    summary.unscored.sort();
    (summary.total_awarded, summary.budget_left) = (plan.total, plan.left);
    stage_decision::decide(run, office, &plan)?;
    if plan.selected.is_empty() {
        // Nothing to show, to sign, to pay or to match.
        return Ok(());
    }
    stage_decision::approve(run, office, round)?;
    let signed = stage_agreement::run(run, office, round, eligible, organizations)?;
    let payments = stage_payment::run(run, office, &signed);
    (summary.tranches, summary.paid_total) = (payments.tranches, payments.paid);
    summary.matched = stage_matching::run(run, office, round, &signed, enterprises)?;
    Ok(())
}

#[derive(Deserialize)]
struct Books {
    accounts: Vec<Balance>,
}

fn books(run: &Run<'_>, office: &Office, round: &str) -> Result<Vec<Balance>, StepError> {
    let ask = client::Ask::get("账簿 ledger", format!("/rounds/{round}/ledger"));
    run.client.ask::<Books>(&office.auditor, &ask).map(|books| books.accounts)
}

/// One account a role: of the office all, of the others the first that is in the review.
fn logins(
    run: &Run<'_>,
    office: &Office,
    eligible: &[Accepted],
    organizations: &Organizations,
    reviewers: &Members,
    enterprises: &Members,
) -> Vec<Login> {
    let applicant = eligible.iter().find_map(|a| organizations.get(&a.org)).map(|o| &o.account);
    let in_review = |reviewer: &&String| run.folder.sheets.iter().any(|sheet| sheet.reviewer == **reviewer);
    let reviewer = reviewers.keys().find(in_review).and_then(|key| reviewers.get(key));
    let sponsor = enterprises.values().next();
    [
        (Role::OrgAdmin, applicant),
        (Role::SubdistrictOfficer, Some(&office.subdistrict)),
        (Role::ProgramOfficer, Some(&office.officer)),
        (Role::Reviewer, reviewer.map(|member| &member.account)),
        (Role::PanelChair, Some(&office.chair)),
        (Role::Supervisor, Some(&office.supervisor)),
        (Role::FinanceMaker, Some(&office.maker)),
        (Role::FinanceChecker, Some(&office.checker)),
        (Role::CenterDirector, Some(&office.director)),
        (Role::BureauApprover, Some(&office.bureau)),
        (Role::SponsorRep, sponsor.map(|member| &member.account)),
        (Role::Auditor, Some(&office.auditor)),
        (Role::SystemAdmin, Some(&office.system_admin)),
    ]
    .into_iter()
    .filter_map(|(role, account)| account.map(|account| (role, account)))
    .map(|(role, account)| Login { role, login: account.login.clone(), password: account.password.clone() })
    .collect()
}
