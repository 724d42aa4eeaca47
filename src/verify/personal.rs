//! I23: every personal value is sealed, for the row and the column where it lies, with a key that is there.

use super::Findings;
use crate::{db::Db, error::Error, privacy::reseal};

pub fn check(conn: &mut Db, findings: &mut Findings) -> Result<(), Error> {
    for (subject, reason) in reseal::faults(conn)? {
        findings.expect(false, "I23", subject, reason);
    }
    Ok(())
}
