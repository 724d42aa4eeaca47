//! What can be searched is what is stored: every application and organisation is found by its present name.

use diesel::prelude::*;

use super::Findings;
use crate::{
    applications::{self, Application},
    db::{
        Db,
        schema::{applications as application_rows, organizations as organization_rows},
    },
    error::Error,
    organizations::{self, Organization},
};

const REASON: &str = "its search entry is missing or old";

pub fn check(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let all: Vec<Application> = application_rows::table.order(application_rows::id).load(conn)?;
    for application in all {
        let holds = applications::is_indexed(conn, &application)?;
        findings.expect(holds, "search", format!("application {}", application.reference), REASON);
    }
    let all: Vec<Organization> = organization_rows::table.order(organization_rows::id).load(conn)?;
    for organization in all {
        let holds = organizations::is_indexed(conn, &organization)?;
        findings.expect(holds, "search", format!("organization {}", organization.id), REASON);
    }
    Ok(())
}
