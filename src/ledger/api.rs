//! `rounds/{id}/ledger` and its `entries`: read only.

use actix_web::http::StatusCode;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    model::{AccountBalance, Entry, Posting},
    store,
};
use crate::{
    db::{Db, schema::rounds},
    error::Error,
    http::{Actor, Answer, Call, Endpoint, Paging, View, Whose, answer, cursor, limit},
    kernel::{
        ids::{LedgerEntryId, ProgrammeId, RoundId},
        page::Page,
        role::STAFF,
    },
};

/// The books of a round.
#[derive(Debug, Serialize, ToSchema)]
pub struct Books {
    /// The round.
    pub round_id: RoundId,
    /// Every account with its balance; they add up to zero.
    pub accounts: Vec<AccountBalance>,
}

impl View for Books {}

/// A journal entry with its legs.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookedEntry {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// Its legs; they add up to zero.
    pub postings: Vec<Posting>,
}

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/rounds/{round_id}/ledger", books, "资金账簿 · The accounts of a round")
            .whose(Whose::Programme)
            .roles(STAFF)
            .gives::<Books>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/ledger/entries",
            entries,
            "分录 · Journal entries, oldest first",
        )
        .whose(Whose::Programme)
        .roles(STAFF)
        .list(&["cursor"])
        .gives::<Page<BookedEntry>>(),
    ]
}

fn may_read(conn: &mut Db, actor: &Actor, round: RoundId) -> Result<(), Error> {
    let programme: Option<ProgrammeId> =
        rounds::table.filter(rounds::id.eq(round)).select(rounds::programme_id).first(conn).optional()?;
    actor.require(programme.ok_or_else(Error::not_found)?, STAFF).map(|_| ())
}

async fn books(call: Call<RoundId>) -> Answer {
    let round_id = call.path;
    let accounts = call
        .read(move |conn, by| {
            may_read(conn, &by.actor, round_id)?;
            Ok(store::balances(conn, round_id)?)
        })
        .await?;
    answer(StatusCode::OK, &Books { round_id, accounts })
}

async fn entries(call: Call<RoundId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, round) = (limit(asked)?, cursor::<LedgerEntryId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            may_read(conn, &by.actor, round)?;
            let rows = store::entries_of(conn, round, after, limit)?;
            let booked = rows.into_iter().map(|(entry, postings)| BookedEntry { entry, postings }).collect();
            Ok(Page::cut(booked, limit, |last: &BookedEntry| last.entry.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}
