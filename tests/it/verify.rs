//! Somebody with the database in hand changes what is stored: `verify` names what no longer holds. Every hand-made
//! change is made, looked at and taken back in one transaction.

use diesel::connection::SimpleConnection;
use yichuang::{
    db::{Db, Lane},
    error::Error,
    verify::{Violation, verify},
};

use crate::support::{Office, TestApp, whole_round};

on_both!(every_hand_made_change_is_named, a_chain_cut_off_at_its_end_is_seen_where_the_state_moved_with_it);

/// The triggers that keep journal and audit log are no obstacle to whoever owns the database.
fn unlock(conn: &mut Db) -> Result<(), Error> {
    let tables = [
        "ledger_entries",
        "ledger_postings",
        "audit_entries",
        "call_versions",
        "review_versions",
        "review_snapshots",
    ];
    let sql: Vec<String> = match conn {
        Db::Sqlite(_) => {
            tables.iter().map(|t| format!("DROP TRIGGER {t}_no_update; DROP TRIGGER {t}_no_delete")).collect()
        }
        Db::Postgres(_) => tables.iter().map(|t| format!("DROP TRIGGER {t}_insert_only ON {t}")).collect(),
    };
    Ok(conn.batch_execute(&sql.join("; "))?)
}

/// What `verify` finds after `sql`.
#[track_caller]
fn after(app: &TestApp, sql: &str) -> Vec<Violation> {
    let (send, receive) = std::sync::mpsc::channel();
    let sql = sql.to_owned();
    let taken_back: Result<(), Error> = app.database().write_now(Lane::Installation, move |conn| {
        unlock(conn)?;
        conn.batch_execute(&sql)?;
        send.send(verify(conn)?).map_err(Error::internal)?;
        Err(Error::internal("taken back"))
    });
    let error = taken_back.unwrap_err();
    receive.try_recv().unwrap_or_else(|_| panic!("nothing was verified: {error}"))
}

fn every_hand_made_change_is_named(app: &TestApp) {
    let office = Office::found(app);
    let ended = whole_round(&office);
    assert_eq!(after(app, "SELECT 1"), [], "nothing is wrong before");

    let application = &ended.award.project.id;
    let (award, round) = (&ended.award.id, &ended.round.id);
    let sheet = ended.sheet.rsplit('/').next().unwrap();
    let payment = ended.payment.rsplit('/').next().unwrap();
    let one_posting = "id = (SELECT min(id) FROM ledger_postings)";
    let changes: Vec<(&[&str], String)> = vec![
        // The books.
        (&["I1", "I2", "I3"], format!("UPDATE ledger_postings SET amount = amount + 1 WHERE {one_posting}")),
        (&["I1", "I2"], format!("DELETE FROM ledger_postings WHERE {one_posting}")),
        (&["I3"], "UPDATE ledger_accounts SET balance = balance + 1 WHERE code = 'available'".to_owned()),
        (
            &["I3", "I4"],
            "UPDATE ledger_accounts SET floor = -1, balance = -1 WHERE code = 'in_payment'".to_owned(),
        ),
        (&["I5"], format!("UPDATE rounds SET budget = budget + 1 WHERE id = '{round}'")),
        (&["I6"], format!("UPDATE rounds SET awarded_total = awarded_total - 1 WHERE id = '{round}'")),
        // Awards, tranches, payments.
        (&["I6", "I7"], format!("UPDATE awards SET amount = amount + 100 WHERE id = '{award}'")),
        (&["I7"], format!("UPDATE tranches SET amount = amount + 1 WHERE award_id = '{award}' AND number = 3")),
        (
            &["I7"],
            format!(
                "UPDATE tranches SET amount = amount - 1 WHERE award_id = '{award}' AND number = 2; \
                 UPDATE tranches SET amount = amount + 1 WHERE award_id = '{award}' AND number = 3"
            ),
        ),
        (&["I7"], format!("DELETE FROM tranches WHERE award_id = '{award}' AND number = 3")),
        (&["I6"], format!("UPDATE tranches SET state = 'paid' WHERE award_id = '{award}' AND number = 2")),
        (&["I6"], format!("UPDATE payment_requests SET amount = amount + 1 WHERE id = '{payment}'")),
        (&["I10"], format!("UPDATE payment_requests SET state = 'requested' WHERE id = '{payment}'")),
        (&["I10"], format!("UPDATE payment_requests SET checked_by = NULL WHERE id = '{payment}'")),
        (&["I10"], "DELETE FROM ledger_postings WHERE entry_id IN (SELECT id FROM ledger_entries WHERE kind = 'confirm'); DELETE FROM ledger_entries WHERE kind = 'confirm'".to_owned()),
        // What was shown with the decision.
        (&["I18"], "UPDATE review_snapshots SET body = '{}' WHERE kind = 'ranking'".to_owned()),
        (&["I18"], "UPDATE review_snapshots SET digest = 'x' WHERE kind = 'statistics'".to_owned()),
        (&["I18"], format!("DELETE FROM review_snapshots WHERE round_id = '{round}'")),
        // Histories and the audit log.
        (&["I20"], format!("UPDATE applications SET state = 'approved' WHERE id = '{application}'")),
        (&["I19"], "UPDATE audit_entries SET detail = '{}' WHERE seq = 20 AND lane <> 'installation'".to_owned()),
        (&["I19"], "UPDATE audit_entries SET at = '2011-03-01 00:00:00' WHERE seq = 2".to_owned()),
        (&["I19"], "DELETE FROM audit_entries WHERE seq = 5 AND lane <> 'installation'".to_owned()),
        (&["I19"], "DELETE FROM audit_entries WHERE seq = 1 AND lane = 'installation'".to_owned()),
        (
            &["I15"],
            format!("UPDATE audit_entries SET after_state = 'scored' WHERE subject_id = '{application}' AND after_state = 'submitted'"),
        ),
        // The published call.
        (&["I16"], format!("UPDATE rounds SET closes_on = '2011-04-30' WHERE id = '{round}'")),
        (&["I20"], format!("UPDATE rounds SET name = 'x' WHERE id = '{round}'")),
        (&["I20"], format!("UPDATE policies SET body = replace(body, '50000.00', '60000.00') WHERE round_id = '{round}'")),
        (&["I20"], format!("UPDATE rubrics SET body = replace(body, '60.00', '50.00') WHERE round_id = '{round}'")),
        (&["I20"], format!("UPDATE call_versions SET body = replace(body, '40.00', '50.00') WHERE round_id = '{round}'")),
        (&["I20"], "DELETE FROM call_versions WHERE number = 2".to_owned()),
        // Submissions and scores.
        (&["I16"], format!("UPDATE applications SET submitted_at = '2011-03-31 16:00:00' WHERE id = '{application}'")),
        (&["I18"], format!(r#"UPDATE reviews SET marks = '{{"need":"60.00","plan":"26.00"}}' WHERE id = '{sheet}'"#)),
        (
            &["I18"],
            format!(r#"UPDATE reviews SET marks = '{{"need":"60.00","plan":"40.00"}}', total = 10000 WHERE id = '{sheet}'"#),
        ),
        (&["I18"], format!("UPDATE reviews SET state = 'declared' WHERE id = '{sheet}'")),
        (&["I17"], format!("UPDATE reviews SET declared_at = NULL WHERE id = '{sheet}'")),
        (
            &["I17"],
            format!(
                "UPDATE conflicts SET expert_id = (SELECT expert_id FROM reviews WHERE id = '{sheet}'), created_at = \
                 '2011-03-01 00:00:00'"
            ),
        ),
        (&["I18"], "UPDATE selection_plans SET total = total + 1".to_owned()),
    ];
    for (named, sql) in changes {
        let found = after(app, &sql);
        for invariant in named {
            let seen = found.iter().any(|violation| violation.invariant == *invariant);
            assert!(seen, "{sql}\n{invariant} was not named, but {found:#?}");
        }
    }
    assert_eq!(after(app, "SELECT 1"), [], "everything was taken back");
}

/// The end of a chain can be cut off without a trace in the chain (an off-box checkpoint tells of that), but then the
/// state of what it told of has no history.
fn a_chain_cut_off_at_its_end_is_seen_where_the_state_moved_with_it(app: &TestApp) {
    let office = Office::found(app);
    let (round, project, _) = office.a_scored_round();
    office.decided(&round);
    let cut = format!(
        "DELETE FROM audit_entries WHERE lane <> 'installation' AND seq >= (SELECT max(seq) FROM audit_entries \
         WHERE subject_id = '{}')",
        project.id
    );
    let found = after(app, &cut);
    assert!(found.iter().any(|violation| violation.invariant == "I20"), "{found:#?}");
}
