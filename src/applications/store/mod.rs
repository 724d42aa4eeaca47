//! Queries.

mod intake;
mod ranking;
mod reminder;
mod withheld;
mod writing;

pub use intake::*;
pub use ranking::*;
pub use reminder::*;
pub use withheld::*;
pub use writing::*;
pub mod search;

use diesel::prelude::*;

use super::model::{Application, ApplicationState, BudgetLine, EligibilityCheck};
use crate::{
    db::{
        Db, blind, exactly_one,
        private::{LeadPhone, Private, UserEmail, UserPhone},
        schema::{applications, budget_lines as lines, eligibility_checks as checks, memberships, users},
    },
    error::Error,
    kernel::{
        domain::ServiceDomain,
        ids::{ApplicationId, OrganizationId, ProgrammeId, RoundId},
        money::Money,
        reference::Reference,
    },
    search::{Kind, Query, subjects},
};

/// The application, if it exists.
pub fn find(conn: &mut Db, id: ApplicationId) -> QueryResult<Option<Application>> {
    applications::table.find(id).first(conn).optional()
}

/// Those of them that exist, in a few queries for any number.
pub fn find_all(conn: &mut Db, ids: &[ApplicationId]) -> QueryResult<Vec<Application>> {
    let mut found = Vec::with_capacity(ids.len());
    for part in ids.chunks(500) {
        let part: Vec<String> = part.iter().map(ToString::to_string).collect();
        found.extend(applications::table.filter(applications::id.eq_any(part)).load::<Application>(conn)?);
    }
    Ok(found)
}

/// Somebody who acts for an organisation: whose, their name, e-mail address and phone.
pub type Agent = (Option<OrganizationId>, String, Option<Private<UserEmail>>, Option<Private<UserPhone>>);

/// Everybody who acts for these organisations, in a few queries for any number.
pub fn agents_of(conn: &mut Db, organizations: &[OrganizationId]) -> QueryResult<Vec<Agent>> {
    let mut found = Vec::new();
    for part in organizations.chunks(500) {
        let part: Vec<String> = part.iter().map(ToString::to_string).collect();
        let agents: Vec<Agent> = memberships::table
            .inner_join(users::table)
            .filter(memberships::organization_id.eq_any(part))
            .order(memberships::id)
            .select((memberships::organization_id, users::name, users::email, users::phone))
            .load(conn)?;
        found.extend(agents);
    }
    Ok(found)
}

/// The programme of an application.
pub fn programme_of(conn: &mut Db, id: ApplicationId) -> QueryResult<Option<ProgrammeId>> {
    applications::table.find(id).select(applications::programme_id).first(conn).optional()
}

/// The budget of an application.
pub fn budget_lines(conn: &mut Db, id: ApplicationId) -> QueryResult<Vec<BudgetLine>> {
    lines::table.filter(lines::application_id.eq(id)).order(lines::position).load(conn)
}

/// All applications of a round by reference.
pub fn of_round(conn: &mut Db, round: RoundId) -> QueryResult<Vec<Application>> {
    applications::table.filter(applications::round_id.eq(round)).order(applications::reference).load(conn)
}

pub fn insert(conn: &mut Db, application: &Application) -> QueryResult<()> {
    diesel::insert_into(applications::table).values(application).execute(conn)?;
    blind::put::<LeadPhone>(conn, application.id, application.lead_phone.as_deref())
}

pub fn save(conn: &mut Db, application: &Application) -> Result<(), Error> {
    let row =
        applications::table.find(application.id).filter(applications::version.eq(application.version - 1));
    exactly_one(diesel::update(row).set(application).execute(conn)?)
}

pub fn replace_budget(conn: &mut Db, id: ApplicationId, budget: &[BudgetLine]) -> QueryResult<()> {
    diesel::delete(lines::table.filter(lines::application_id.eq(id))).execute(conn)?;
    for line in budget {
        diesel::insert_into(lines::table).values(line).execute(conn)?;
    }
    Ok(())
}

/// What the organisation's other applications of the round that are more than drafts ask for, one by one.
pub fn others(
    conn: &mut Db,
    round: RoundId,
    organization: OrganizationId,
    except: ApplicationId,
) -> QueryResult<Vec<Option<Money>>> {
    applications::table
        .filter(applications::round_id.eq(round))
        .filter(applications::organization_id.eq(organization))
        .filter(applications::id.ne(except))
        .filter(applications::state.ne(ApplicationState::Draft))
        .filter(applications::state.ne(ApplicationState::Withdrawn))
        .filter(applications::state.ne(ApplicationState::Rejected))
        .select(applications::requested)
        .load(conn)
}

pub fn find_check(conn: &mut Db, id: ApplicationId, step: &str) -> QueryResult<Option<EligibilityCheck>> {
    checks::table.filter(checks::application_id.eq(id)).filter(checks::step.eq(step)).first(conn).optional()
}

/// Both people's findings, as far as there are any: the first person's first.
pub fn checks(conn: &mut Db, id: ApplicationId) -> QueryResult<Vec<EligibilityCheck>> {
    checks::table
        .filter(checks::application_id.eq(id))
        .order((checks::made_at, checks::step.desc()))
        .load(conn)
}

/// Writes a finding; the first person's earlier one is replaced (the audit log keeps both).
pub fn put_check(conn: &mut Db, check: &EligibilityCheck) -> QueryResult<()> {
    diesel::delete(
        checks::table
            .filter(checks::application_id.eq(check.application_id))
            .filter(checks::step.eq(&check.step)),
    )
    .execute(conn)?;
    diesel::insert_into(checks::table).values(check).execute(conn).map(|_| ())
}

/// True where an application of the round has this reference.
pub fn reference_is_taken(conn: &mut Db, round: RoundId, reference: &Reference) -> QueryResult<bool> {
    let taken = applications::table
        .filter(applications::round_id.eq(round))
        .filter(applications::reference.eq(reference));
    diesel::select(diesel::dsl::exists(taken)).get_result(conn)
}

/// True while applications of the round — of one batch, in a rolling one — are being scored.
pub fn is_batch_in_scoring(conn: &mut Db, round: RoundId, batch: Option<i32>) -> QueryResult<bool> {
    let mut query = applications::table
        .filter(applications::round_id.eq(round))
        .filter(applications::state.eq(ApplicationState::Scoring))
        .into_boxed();
    if let Some(batch) = batch {
        query = query.filter(applications::batch_number.eq(batch));
    }
    Ok(query.select(applications::id).first::<ApplicationId>(conn).optional()?.is_some())
}

/// What a list may be narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The organisations the person acts for: their drafts are shown to nobody else.
    pub own: Vec<OrganizationId>,
    /// Only the applications of these organisations.
    pub only_own: bool,
    /// Besides their own, only the applications of these organisations: those of the person's unit.
    pub only_these: Option<Vec<OrganizationId>>,
    /// Only this state.
    pub state: Option<ApplicationState>,
    /// Only this domain.
    pub domain: Option<ServiceDomain>,
    /// Only this reference.
    pub reference: Option<Reference>,
    /// Only what this finds, in title, reference or organisation, in this programme.
    pub search: Option<(ProgrammeId, Query)>,
}

/// A page of a round's applications by reference.
pub fn list(
    conn: &mut Db,
    round: RoundId,
    filter: &Filter,
    after: Option<&Reference>,
    limit: i64,
) -> QueryResult<Vec<Application>> {
    let mut query = applications::table.filter(applications::round_id.eq(round)).into_boxed();
    let own: Vec<String> = filter.own.iter().map(ToString::to_string).collect();
    query = if filter.only_own {
        query.filter(applications::organization_id.eq_any(own))
    } else {
        query.filter(
            applications::state.ne(ApplicationState::Draft).or(applications::organization_id.eq_any(own)),
        )
    };
    if let Some(these) = &filter.only_these {
        let these: Vec<String> = these.iter().chain(&filter.own).map(ToString::to_string).collect();
        query = query.filter(applications::organization_id.eq_any(these));
    }
    if let Some(state) = filter.state {
        // Whoever sees an earlier state finds the application by that one.
        let withheld = withheld_of_own(conn, round, &filter.own)?;
        let shown_so = withheld.iter().filter(|(_, (shown, _))| *shown == state);
        let shown_so: Vec<String> = shown_so.map(|(id, _)| id.to_string()).collect();
        let withheld: Vec<String> = withheld.keys().map(ToString::to_string).collect();
        query = query.filter(
            applications::state
                .eq(state)
                .and(applications::id.ne_all(withheld))
                .or(applications::id.eq_any(shown_so)),
        );
    }
    if let Some(domain) = filter.domain {
        query = query.filter(applications::domain.eq(domain));
    }
    if let Some(reference) = &filter.reference {
        query = query.filter(applications::reference.eq(reference));
    }
    if let Some((programme, text)) = &filter.search {
        query = query.filter(
            applications::id
                .eq_any(subjects(Kind::Application, *programme, text))
                .or(applications::organization_id.eq_any(subjects(Kind::Organization, *programme, text))),
        );
    }
    if let Some(after) = after {
        query = query.filter(applications::reference.gt(after));
    }
    query.order(applications::reference).limit(limit + 1).load(conn)
}
