//! Looking at rows: what is wrong with each, and what each would write.

use std::collections::HashMap;

use super::super::{
    model::{Import, ImportKind},
    rules::{self, Column, RowFault, TrackRow},
    store,
};
use crate::{
    applications::imports::{Earlier, ImportedRow, Standard, check_row, reference_is_taken, standard},
    db::Db,
    error::{Error, codes},
    http::Caller,
    kernel::{
        ids::{OrganizationId, ProgrammeId},
        reference::Reference,
        time::Timestamp,
    },
    organizations::Organization,
    sheets::{Row, Sheet},
};

/// What a row writes if it stands.
pub enum Ready {
    /// An application.
    Application(Box<ImportedRow>),
    /// An earlier project, of an organisation that is known or not.
    Track(Box<TrackRow>, Option<OrganizationId>, String),
}

/// What rows before this one in the same sheet have taken.
#[derive(Default)]
pub struct Taken {
    organizations: HashMap<OrganizationId, Earlier>,
    references: HashMap<Reference, u32>,
    projects: HashMap<(String, i32, String), u32>,
}

/// Columns and rules that all rows of one import share.
pub struct Judge {
    import: Import,
    columns: Vec<Column>,
    standard: Option<Standard>,
    this_year: i32,
}

impl Judge {
    /// As the round stands at `now`.
    pub fn of(conn: &mut Db, import: &Import, now: Timestamp) -> Result<Self, Error> {
        let standard = import.round_id.map(|round| standard(conn, round)).transpose()?;
        let columns = match (import.kind, &standard) {
            (ImportKind::Applications, Some(standard)) => {
                rules::application_columns(standard.round.references_given, standard.form())
            }
            (ImportKind::Applications, None) => return Err(Error::internal("an import without its round")),
            (ImportKind::TrackRecords, _) => rules::track_record_columns(),
        };
        let this_year = chrono::Datelike::year(&now.day());
        Ok(Self { import: import.clone(), columns, standard, this_year })
    }

    /// The rules of a round's applications.
    pub fn standard(&self) -> Option<&Standard> {
        self.standard.as_ref()
    }

    /// Which column stands where in the sheet: to be asked once for all of its rows.
    pub fn header(&self, sheet: &Sheet) -> Result<Vec<Option<&Column>>, Error> {
        rules::places(&sheet.header, &self.columns)
    }

    /// What the row writes, or everything that is wrong with it.
    pub fn look_at(
        &self,
        conn: &mut Db,
        by: &Caller,
        header: &[Option<&Column>],
        row: &Row,
        taken: &mut Taken,
    ) -> Result<Result<Ready, Vec<RowFault>>, Error> {
        match &self.standard {
            Some(standard) => self.look_at_application(conn, by, standard, header, row, taken),
            None => self.look_at_track_record(conn, header, row, taken),
        }
    }

    fn look_at_application(
        &self,
        conn: &mut Db,
        by: &Caller,
        standard: &Standard,
        header: &[Option<&Column>],
        row: &Row,
        taken: &mut Taken,
    ) -> Result<Result<Ready, Vec<RowFault>>, Error> {
        let number = row.number;
        let (read, mut faults) = rules::read_application(row, header, standard.form());
        let named = read.organization.as_deref();
        let organization = match named {
            None => None,
            Some(text) => match find_organization(conn, self.import.programme_id, text, number)? {
                Ok(organization) => Some(organization),
                Err(fault) => {
                    faults.push(fault);
                    None
                }
            },
        };
        if standard.round.references_given {
            match &read.reference {
                None if faults.iter().all(|fault| fault.column.as_deref() != Some("reference")) => {
                    faults.push(RowFault::new(number, Some("reference"), &codes::FIELD_REQUIRED));
                }
                None => {}
                Some(reference) => {
                    if let Some(first) = taken.references.get(reference) {
                        let fault = RowFault::new(number, Some("reference"), &codes::IMPORT_ROW_TWICE);
                        faults.push(fault.with("row", first));
                    }
                    if reference_is_taken(conn, standard.round.id, reference)? {
                        let fault = RowFault::new(number, Some("reference"), &codes::IMPORT_REFERENCE_TAKEN);
                        faults.push(fault.with("reference", reference));
                    }
                    taken.references.entry(reference.clone()).or_insert(number);
                }
            }
        }
        let Some(organization) = organization else { return Ok(Err(faults)) };
        let id = organization.id;
        let earlier = taken.organizations.get(&id).copied().unwrap_or_default();
        let imported = ImportedRow { organization, reference: read.reference, content: read.content };
        if let Err(error) = check_row(conn, by, standard, &imported, earlier) {
            if !is_about_the_row(&error) {
                return Err(error);
            }
            let told = RowFault::of_error(number, &error, &self.columns);
            // A cell that could not be read is told once, not again as missing.
            let is_new = |fault: &RowFault| {
                fault.column.is_none() || faults.iter().all(|known| known.column != fault.column)
            };
            let new: Vec<RowFault> = told.into_iter().filter(is_new).collect();
            faults.extend(new);
        }
        let entry = taken.organizations.entry(id).or_default();
        entry.count += 1;
        let asked = imported.content.requested.flatten().unwrap_or_default();
        entry.asked = entry.asked.checked_add(asked).unwrap_or(entry.asked);
        Ok(if faults.is_empty() { Ok(Ready::Application(Box::new(imported))) } else { Err(faults) })
    }

    fn look_at_track_record(
        &self,
        conn: &mut Db,
        header: &[Option<&Column>],
        row: &Row,
        taken: &mut Taken,
    ) -> Result<Result<Ready, Vec<RowFault>>, Error> {
        let read = match rules::read_track_record(row, header, self.this_year) {
            Ok(read) => read,
            Err(faults) => return Ok(Err(faults)),
        };
        // Who has not registered yet is kept by name.
        let mut found = store::organizations_called(conn, self.import.programme_id, &read.organization)?;
        if found.len() > 1 {
            let fault =
                RowFault::new(row.number, Some("organization"), &codes::IMPORT_ORGANIZATION_AMBIGUOUS);
            return Ok(Err(vec![fault.with("organization", &read.organization)]));
        }
        let known = found.pop();
        let name = known.as_ref().map_or_else(|| read.organization.clone(), |known| known.name.clone());
        let project = (name.clone(), read.year, read.title.clone());
        if let Some(first) = taken.projects.get(&project) {
            let fault = RowFault::new(row.number, None, &codes::IMPORT_ROW_TWICE).with("row", first);
            return Ok(Err(vec![fault]));
        }
        if store::track_record_exists(conn, self.import.programme_id, &name, &read)? {
            return Ok(Err(vec![RowFault::new(row.number, None, &codes::IMPORT_RECORD_EXISTS)]));
        }
        taken.projects.insert(project, row.number);
        Ok(Ok(Ready::Track(Box::new(read), known.map(|known| known.id), name)))
    }
}

/// True for a refusal that belongs into the list of faults, false for one that is the service's own trouble.
pub fn is_about_the_row(error: &Error) -> bool {
    !error.faults.is_empty() || matches!(error.status(), 403 | 404 | 409 | 422)
}

fn find_organization(
    conn: &mut Db,
    programme: ProgrammeId,
    text: &str,
    row: u32,
) -> Result<Result<Organization, RowFault>, Error> {
    let mut found = store::organizations_called(conn, programme, text)?;
    let code = match found.len() {
        1 => None,
        0 => Some(&codes::IMPORT_ORGANIZATION_UNKNOWN),
        _ => Some(&codes::IMPORT_ORGANIZATION_AMBIGUOUS),
    };
    Ok(match (code, found.pop()) {
        (None, Some(organization)) => Ok(organization),
        (code, _) => {
            let code = code.unwrap_or(&codes::IMPORT_ORGANIZATION_UNKNOWN);
            Err(RowFault::new(row, Some("organization"), code).with("organization", text))
        }
    })
}
