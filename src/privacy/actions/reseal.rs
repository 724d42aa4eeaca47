//! Every sealed value under the current key, while the server runs: what was stored before anything was sealed, and what
//! lies under an older key. In batches, each one transaction, so it may be killed at any moment and goes on where it
//! was. A value that somebody changes meanwhile is left to the next run.

use std::collections::BTreeMap;

use diesel::{prelude::*, sql_types::Text};

use crate::{
    db::{
        Database, Db, Lane, blind,
        private::{SEALED_COLUMNS, SealedColumn, row_name},
    },
    error::Error,
    vault::{self, Envelope},
};

/// Rows of one transaction.
const BATCH: usize = 500;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that lie under the current key now.
    pub sealed: usize,
    /// Values that somebody changed meanwhile: run again.
    pub changed_meanwhile: usize,
    /// Values that could not be opened, by their place: their key is missing, or they were altered.
    pub failed: Vec<String>,
}

/// A stored value with the key of its row.
#[derive(Clone, Debug, QueryableByName)]
struct Cell {
    #[diesel(sql_type = Text)]
    k1: String,
    #[diesel(sql_type = Text)]
    k2: String,
    #[diesel(sql_type = Text)]
    stored: String,
}

impl Cell {
    fn row(&self, column: &SealedColumn) -> String {
        match column.key {
            [_only] => row_name(&[&self.k1]),
            _ => row_name(&[&self.k1, &self.k2]),
        }
    }
}

fn keys_of(column: &SealedColumn) -> (&'static str, String) {
    match column.key {
        [first, second, ..] => (first, format!("CAST({second} AS TEXT)")),
        [first] => (first, "''".to_owned()),
        [] => ("''", "''".to_owned()),
    }
}

/// A page of stored values after a row; those that `unlike` names are left out.
fn page(
    conn: &mut Db,
    column: &SealedColumn,
    unlike: &str,
    (k1, k2): (&str, &str),
    limit: usize,
) -> QueryResult<Vec<Cell>> {
    let SealedColumn { table, column: name, .. } = column;
    let (first, second) = keys_of(column);
    diesel::sql_query(format!(
        "SELECT {first} AS k1, {second} AS k2, {name} AS stored FROM {table} \
         WHERE {name} IS NOT NULL AND {name} <> '' AND {name} NOT LIKE $1 \
         AND ({first} > $2 OR ({first} = $3 AND {second} > $4)) ORDER BY 1, 2 LIMIT {limit}"
    ))
    .bind::<Text, _>(unlike)
    .bind::<Text, _>(k1)
    .bind::<Text, _>(k1)
    .bind::<Text, _>(k2)
    .load(conn)
}

/// Seals everything under the current key.
pub fn reseal(database: &Database) -> Result<Resealed, Error> {
    let keys = database.keys().ok_or_else(|| Error::internal("the data keys are not loaded"))?;
    keys.reload().map_err(Error::internal)?;
    let current = format!("{}%", Envelope::beginning(&keys.current()));
    let mut done = Resealed::default();
    for column in SEALED_COLUMNS {
        let mut after = (String::new(), String::new());
        loop {
            let (unlike, from) = (current.clone(), after.clone());
            let batch = database
                .write_now(Lane::Installation, move |conn| reseal_batch(conn, column, &unlike, &from))?;
            done.sealed += batch.done.sealed;
            done.changed_meanwhile += batch.done.changed_meanwhile;
            done.failed.extend(batch.done.failed);
            match batch.last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    Ok(done)
}

struct Batch {
    done: Resealed,
    last: Option<(String, String)>,
}

fn reseal_batch(
    conn: &mut Db,
    column: &SealedColumn,
    unlike: &str,
    after: &(String, String),
) -> Result<Batch, Error> {
    let found = page(conn, column, unlike, (&after.0, &after.1), BATCH)?;
    let mut done = Resealed::default();
    for stored in &found {
        let row = stored.row(column);
        let plain = match Envelope::parse(&stored.stored) {
            None => Some(stored.stored.clone()),
            Some(envelope) if envelope.row == row => vault::open(column.place, &envelope).ok(),
            Some(_moved) => None,
        };
        let Some(plain) = plain else {
            done.failed.push(format!("{} {row}", column.place));
            continue;
        };
        let sealed = vault::seal(column.place, &row, &plain).map_err(Error::internal)?;
        if replace(conn, column, stored, &sealed)? == 1 {
            done.sealed += 1;
            if column.indexed {
                blind::put_at(conn, column.place, &stored.k1, Some(&plain))?;
            }
        } else {
            done.changed_meanwhile += 1;
        }
    }
    let last = if found.len() < BATCH { None } else { found.last().map(|s| (s.k1.clone(), s.k2.clone())) };
    Ok(Batch { done, last })
}

/// Only where it is still what was read.
fn replace(conn: &mut Db, column: &SealedColumn, stored: &Cell, sealed: &str) -> QueryResult<usize> {
    let SealedColumn { table, column: name, .. } = column;
    let (first, second) = keys_of(column);
    diesel::sql_query(format!(
        "UPDATE {table} SET {name} = $1 WHERE {first} = $2 AND {second} = $3 AND {name} = $4"
    ))
    .bind::<Text, _>(sealed)
    .bind::<Text, _>(&stored.k1)
    .bind::<Text, _>(&stored.k2)
    .bind::<Text, _>(&stored.stored)
    .execute(conn)
}

/// How many values lie under which key; what is not sealed counts under the empty name.
pub fn usage(conn: &mut Db) -> Result<BTreeMap<String, usize>, Error> {
    let mut used = BTreeMap::new();
    for column in SEALED_COLUMNS {
        each(conn, column, |_, stored| {
            let key = Envelope::parse(stored).map(|envelope| envelope.key.to_owned()).unwrap_or_default();
            *used.entry(key).or_default() += 1;
        })?;
    }
    Ok(used)
}

/// What is wrong with what is stored: column, row and reason. Everything is opened.
pub fn faults(conn: &mut Db) -> Result<Vec<(String, String)>, Error> {
    let mut faults = Vec::new();
    let mut plain: BTreeMap<&str, usize> = BTreeMap::new();
    for column in SEALED_COLUMNS {
        each(conn, column, |row, stored| match Envelope::parse(stored) {
            None if stored.starts_with("erased:") => {}
            None => *plain.entry(column.place).or_default() += 1,
            Some(envelope) if envelope.row != row => {
                faults.push((
                    format!("{} {row}", column.place),
                    format!("was sealed for row {}", envelope.row),
                ));
            }
            Some(envelope) => {
                if let Err(error) = vault::open(column.place, &envelope) {
                    faults.push((format!("{} {row}", column.place), error.to_string()));
                }
            }
        })?;
    }
    let untold = plain.into_iter().map(|(place, rows)| {
        (place.to_owned(), format!("{rows} values are not sealed: run yichuang keys reseal"))
    });
    faults.extend(untold);
    Ok(faults)
}

/// Every stored value of a column with the name of its row.
fn each(conn: &mut Db, column: &SealedColumn, mut look: impl FnMut(&str, &str)) -> Result<(), Error> {
    let mut after = (String::new(), String::new());
    loop {
        let found = page(conn, column, "", (&after.0, &after.1), BATCH)?;
        for stored in &found {
            look(&stored.row(column), &stored.stored);
        }
        match found.last() {
            Some(last) if found.len() == BATCH => after = (last.k1.clone(), last.k2.clone()),
            _ => return Ok(()),
        }
    }
}
