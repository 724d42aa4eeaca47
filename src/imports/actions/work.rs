//! What is done in the background: looking at all rows, and writing all of them or none.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use serde_json::json;

use super::{
    super::{
        model::{Import, ImportState},
        rules::{IMPORTERS, RowFault},
        store,
    },
    check::{Judge, Ready, Taken, is_about_the_row},
    record,
};
use crate::{
    applications::imports::{require_open, submit_row},
    db::{Db, Lane},
    error::Error,
    http::{Caller, load_person},
    jobs::{self, Job, Ticket, Work},
    kernel::{
        ids::{ApplicationId, ImportId, UserId},
        time::Timestamp,
    },
    sheets::Sheet,
};

/// Looks at the rows.
pub const CHECK: &str = "import.check";
/// Writes the rows.
pub const COMMIT: &str = "import.commit";

/// How many rows are looked at in one reading.
const CHUNK: usize = 50;

/// The work of this room.
#[must_use]
pub fn works() -> Vec<Arc<dyn Work>> {
    vec![Arc::new(Check), Arc::new(Commit)]
}

struct Check;
struct Commit;

impl Work for Check {
    fn kind(&self) -> &'static str {
        CHECK
    }

    fn run(&self, ticket: &Ticket) -> Result<(), Error> {
        let (import, sheet, by) = begin(ticket, ImportState::Checking)?;
        let faults = look_at_all(ticket, &import, &sheet, &by, sheet.rows.len())?;
        end_checked(ticket, import, faults, "import.check")
    }

    fn give_up(&self, conn: &mut Db, job: &Job, now: Timestamp) -> Result<(), Error> {
        fail(conn, job, now)
    }
}

impl Work for Commit {
    fn kind(&self) -> &'static str {
        COMMIT
    }

    fn run(&self, ticket: &Ticket) -> Result<(), Error> {
        let (import, sheet, by) = begin(ticket, ImportState::Importing)?;
        // Half of the way: all rows are looked at once more, so that what has changed since is told in full.
        let faults = look_at_all(ticket, &import, &sheet, &by, 2 * sheet.rows.len())?;
        if !faults.is_empty() {
            return end_checked(ticket, import, faults, "import.refuse");
        }
        match write_all(ticket, &import, &sheet, &by) {
            Err((error, row)) if is_about_the_row(&error) => {
                // Somebody came between the two looks; nothing was written.
                let faults = RowFault::of_error(row, &error, &[]);
                end_checked(ticket, import, faults, "import.refuse")
            }
            Err((error, _)) => Err(error),
            Ok(()) => Ok(()),
        }
    }

    fn give_up(&self, conn: &mut Db, job: &Job, now: Timestamp) -> Result<(), Error> {
        fail(conn, job, now)
    }
}

/// The import in the state that the work is for, its sheet, and the person for whom it goes on.
fn begin(ticket: &Ticket, expected: ImportState) -> Result<(Import, Sheet, Caller), Error> {
    let (id, now) = (subject(&ticket.job)?, ticket.now());
    ticket.database.read_now(|conn| {
        let import = store::find(conn, id)?.ok_or_else(Error::not_found)?;
        if import.state != expected {
            return Err(Error::illegal_transition(import.state));
        }
        let sheet = store::sheet_of(conn, id)?;
        let person: UserId = import.confirmed_by.unwrap_or(import.created_by);
        let actor = load_person(conn, person, now)?.ok_or_else(|| Error::internal("nobody ordered this"))?;
        Ok((import, sheet, Caller::in_background(actor, now)))
    })
}

fn subject(job: &Job) -> Result<ImportId, Error> {
    job.subject_id.parse().map_err(Error::internal)
}

/// Looks at all rows in readings of a few, so that nobody waits for them, and tells how far it is.
fn look_at_all(
    ticket: &Ticket,
    import: &Import,
    sheet: &Sheet,
    by: &Caller,
    total: usize,
) -> Result<Vec<RowFault>, Error> {
    let (mut taken, mut faults, mut done) = (Taken::default(), Vec::new(), 0);
    for chunk in sheet.rows.chunks(CHUNK) {
        ticket.progress(done, total)?;
        ticket.database.read_now(|conn| {
            let judge = Judge::of(conn, import, by.now)?;
            let header = judge.header(sheet)?;
            for row in chunk {
                if let Err(found) = judge.look_at(conn, by, &header, row, &mut taken)? {
                    faults.extend(found);
                }
            }
            Ok(())
        })?;
        done += chunk.len();
    }
    Ok(faults)
}

/// The rows were looked at: the import waits for its confirmation, or for a better sheet.
fn end_checked(
    ticket: &Ticket,
    import: Import,
    faults: Vec<RowFault>,
    action: &'static str,
) -> Result<(), Error> {
    let (job, now) = (ticket.job.clone(), ticket.now());
    ticket.database.write_now(Lane::Programme(import.programme_id), move |conn| {
        let mut next = import.clone();
        next.state = ImportState::Checked;
        next.fault_count = i32::try_from(faults.len()).unwrap_or(i32::MAX);
        next.confirmed_by = None;
        next.confirmed_at = None;
        next.updated_at = now;
        next.version += 1;
        store::replace_faults(conn, next.id, &faults)?;
        store::save(conn, &next)?;
        let detail = json!({"rows": next.row_count, "faults": next.fault_count});
        record(conn, (None, None), &next, action, Some(import.state), detail, now)?;
        jobs::finish(conn, &job, now)
    })
}

/// Writes all rows in one transaction. What fails is told with the row it failed at, and leaves nothing behind.
fn write_all(ticket: &Ticket, import: &Import, sheet: &Sheet, by: &Caller) -> Result<(), (Error, u32)> {
    let ids: Vec<ApplicationId> = sheet.rows.iter().map(|_| ApplicationId::generate()).collect();
    let (job, import, sheet, by) = (ticket.job.clone(), import.clone(), sheet.clone(), by.clone());
    let at = Arc::new(AtomicU32::new(0));
    let reached = Arc::clone(&at);
    let outcome = ticket.database.write_now(Lane::Programme(import.programme_id), move |conn| {
        // As of now: the role may have gone, the window may have closed, the import may be another's.
        let role = by.actor.require(import.programme_id, IMPORTERS)?;
        let judge = Judge::of(conn, &import, by.now)?;
        let header = judge.header(&sheet)?;
        if let Some(standard) = judge.standard() {
            require_open(standard, by.now)?;
        }
        let (mut taken, mut references) = (Taken::default(), Vec::new());
        for (row, id) in sheet.rows.iter().zip(&ids) {
            reached.store(row.number, Ordering::Relaxed);
            // Rows before it are written by now and counted where they stand.
            let ready = match import.round_id {
                Some(_) => judge.look_at(conn, &by, &header, row, &mut Taken::default())?,
                None => judge.look_at(conn, &by, &header, row, &mut taken)?,
            };
            match (ready, judge.standard()) {
                (Err(faults), _) => return Err(refusal(&faults)),
                (Ok(Ready::Application(ready)), Some(standard)) => {
                    let written = submit_row(conn, &by, standard, *id, &ready, role)?;
                    references.push(written.reference.to_string());
                }
                (Ok(Ready::Track(ready, organization, name)), None) => {
                    store::insert_track_record(conn, &import, (organization, &name), &ready, by.now)?;
                }
                (Ok(_), _) => return Err(Error::internal("a row of another kind")),
            }
        }
        let mut next = import.clone();
        next.state = ImportState::Imported;
        next.updated_at = by.now;
        next.version += 1;
        store::save(conn, &next)?;
        store::save_outcome(conn, next.id, &serde_json::to_string(&references).map_err(Error::internal)?)?;
        let detail = json!({"rows": next.row_count, "digest": next.digest});
        let who = (Some(by.actor.user_id), Some(role));
        record(conn, who, &next, "import.commit", Some(import.state), detail, by.now)?;
        jobs::finish(conn, &job, by.now)
    });
    outcome.map_err(|error| (error, at.load(Ordering::Relaxed)))
}

/// The faults of a row as the way out of the transaction.
fn refusal(faults: &[RowFault]) -> Error {
    let first = faults.first().map_or(&crate::error::codes::INVALID, |fault| fault.code);
    let mut error = Error::new(first);
    error.params = faults.first().map(|fault| fault.params.clone()).unwrap_or_default();
    error
}

/// The work was given up: nothing was written, and the sheet can be uploaded again.
fn fail(conn: &mut Db, job: &Job, now: Timestamp) -> Result<(), Error> {
    let id = subject(job)?;
    let Some(import) = store::find(conn, id)? else { return Ok(()) };
    if !matches!(import.state, ImportState::Checking | ImportState::Importing) {
        return Ok(());
    }
    let mut next = import.clone();
    next.state = ImportState::Failed;
    next.updated_at = now;
    next.version += 1;
    store::save(conn, &next)?;
    record(conn, (None, None), &next, "import.fail", Some(import.state), json!({}), now)
}
