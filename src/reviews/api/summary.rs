//! `rounds/{id}/score-summary`: 评审汇总表 as XLSX or as a page to be printed.

use serde::Deserialize;

use super::{
    report::{SEALED, headers, with},
    summary_book, summary_page,
};
use crate::{
    db::Lane,
    error::{Error, codes},
    http::{Answer, Call, Endpoint, Whose, download, page},
    kernel::ids::RoundId,
    programmes::{Stage, Track},
    reviews::actions::{self, Part, READERS},
    sheets::XLSX,
};

const HTML: &str = "text/html";

/// The endpoint of the summary.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/rounds/{round_id}/score-summary",
            score_summary,
            "评审汇总表 · The score summary sheet, as XLSX or to be printed",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(READERS)
        .query(&["stage", "track", "format", "names", "reason"])
        .also(SEALED)
        .costly()
        .media(XLSX)
        .also_as(HTML),
    ]
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SummaryQuery {
    stage: Option<Stage>,
    track: Option<Track>,
    format: Option<Format>,
    names: Option<bool>,
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Xlsx,
    Html,
}

async fn score_summary(call: Call<RoundId>) -> Answer {
    let SummaryQuery { stage, track, format, names, reason } = call.query()?;
    let (round, part, named) = (call.path, Part { stage, track }, names == Some(true));
    if reason.is_some() && !named {
        return Err(Error::new(&codes::UNKNOWN_FILTER).with("reason", "reason: names=true"));
    }
    let media = match format {
        Some(Format::Xlsx) => XLSX,
        Some(Format::Html) => HTML,
        None => call.accepted(&[XLSX, HTML]).unwrap_or(XLSX),
    };
    let why = reason.clone();
    let (summary, bytes) = call
        .read(move |conn, by| {
            let summary = if named {
                actions::named_summary(conn, by, round, part, why.as_deref())?
            } else {
                actions::summary(conn, by, round, part)?
            };
            let bytes = if media == XLSX {
                summary_book::book(&summary)?
            } else {
                summary_page::page(&summary).into_bytes()
            };
            Ok((summary, bytes))
        })
        .await?;
    let name = format!("评审汇总表-{}.xlsx", summary.file.name());
    let more = headers(summary.file.open_sheets, &summary.digest);
    let (by, lane) = (call.by.clone(), Lane::Programme(summary.file.round.programme_id));
    call.app
        .db
        .write(lane, move |conn| {
            actions::record_summary(conn, &by, &summary, reason.as_deref().map(str::trim))
        })
        .await?;
    let answer = if media == XLSX {
        download(bytes, XLSX, &name)
    } else {
        page(String::from_utf8(bytes).map_err(Error::internal)?, "sandbox allow-modals")
    };
    Ok(with(answer, more))
}
