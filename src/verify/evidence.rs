//! I15 and I19, I20: the chains are whole, and every application's history is a path of allowed moves that ends in its
//! present state.

use std::collections::BTreeMap;

use diesel::prelude::*;
use strum::IntoEnumIterator;

use super::Findings;
use crate::{
    applications::{Action, ApplicationState},
    approvals::{Notice, NoticeState},
    db::{
        Db,
        schema::{applications, audit_entries, notices},
    },
    error::Error,
    evidence,
    kernel::{digest::sha256_hex, ids::ApplicationId},
};

pub fn check(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    for finding in evidence::check(conn)? {
        findings.expect(false, "I19", finding.subject, finding.reason);
    }
    published(conn, findings)?;
    histories(conn, findings)
}

/// What is on public notice is what was published: its digest stands in the audit log.
fn published(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let published: Vec<Notice> =
        notices::table.filter(notices::state.eq(NoticeState::Published)).order(notices::id).load(conn)?;
    for notice in published {
        // A notice of before there was a log has no statement.
        let Some(statement) = evidence::statement_of_notice(conn, notice.id)? else { continue };
        findings.expect(
            sha256_hex(notice.content()) == statement.digest,
            "I19",
            format!("notice {}", notice.id),
            "it is not what was published",
        );
    }
    Ok(())
}

type Step = (String, Option<String>, Option<String>);

fn histories(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    let rows: Vec<Step> = audit_entries::table
        .filter(audit_entries::subject_kind.eq("application"))
        .filter(audit_entries::after_state.is_not_null())
        .order((audit_entries::lane, audit_entries::seq))
        .select((audit_entries::subject_id, audit_entries::before_state, audit_entries::after_state))
        .load(conn)?;
    let mut reached: BTreeMap<String, String> = BTreeMap::new();
    for (id, before, after) in rows {
        let after = after.unwrap_or_default();
        let came_from = reached.get(&id).cloned();
        findings.expect(
            before == came_from,
            "I15",
            format!("application {id}"),
            format!("a step begins at {before:?} but the one before ended at {came_from:?}"),
        );
        findings.expect(
            is_allowed(before.as_deref(), &after),
            "I15",
            format!("application {id}"),
            format!("{before:?} → {after} is no allowed move"),
        );
        reached.insert(id, after);
    }
    let present: Vec<(ApplicationId, ApplicationState)> = applications::table
        .order(applications::id)
        .select((applications::id, applications::state))
        .load(conn)?;
    for (id, state) in present {
        let last = reached.remove(&id.to_string());
        findings.expect(
            last.as_deref() == Some(state.into()),
            "I20",
            format!("application {id}"),
            format!("it is {state}, the audit log says {last:?}"),
        );
    }
    for id in reached.keys() {
        findings.expect(
            false,
            "I20",
            format!("application {id}"),
            "the audit log knows it, the table does not",
        );
    }
    Ok(())
}

fn is_allowed(before: Option<&str>, after: &str) -> bool {
    let Ok(after) = after.parse::<ApplicationState>() else { return false };
    match before {
        None => after == ApplicationState::Draft,
        Some(before) => before
            .parse::<ApplicationState>()
            .is_ok_and(|before| Action::iter().any(|action| action.apply(before) == Some(after))),
    }
}
