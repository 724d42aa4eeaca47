//! The file with which an outsider recomputes a ranking, and the server's own answer to it.

use actix_web::http::header::{HeaderName, HeaderValue};
use serde::Deserialize;

use crate::{
    db::Lane,
    http::{Answer, Call, Endpoint, Whose, download},
    kernel::ids::RoundId,
    programmes::{Stage, Track},
    reviews::{
        actions::{self, Part, READERS},
        rules::report::{ScoreExport, ScoreReport, printed},
    },
};

/// What more can be refused where every score of a round is shown.
pub(super) const SEALED: &[(u16, &str)] =
    &[(409, "本人的评分表尚未提交 / your own sheet is still open"), (422, "须说明理由 / say why")];

/// The endpoints of the file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/rounds/{round_id}/score-export",
            score_export,
            "评分数据 · The score sheets, to recompute the ranking with `yichuang solve scores`",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(READERS)
        .costly()
        .query(&["stage", "track"])
        .also(SEALED)
        .gives::<ScoreExport>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/score-report",
            score_report,
            "评分计算结果 · What `yichuang solve scores` prints for the export",
        )
        .recorded("score_file.report")
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(READERS)
        .costly()
        .query(&["stage", "track"])
        .also(SEALED)
        .gives::<ScoreReport>(),
    ]
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartQuery {
    stage: Option<Stage>,
    track: Option<Track>,
}

impl From<PartQuery> for Part {
    fn from(query: PartQuery) -> Self {
        Self { stage: query.stage, track: query.track }
    }
}

async fn score_export(call: Call<RoundId>) -> Answer {
    let (round, part) = (call.path, call.query::<PartQuery>()?.into());
    let (file, text, digest) = call
        .read(move |conn, by| {
            let file = actions::score_file(conn, by, round, part)?;
            let (text, digest) = (file.export()?, file.digest()?);
            Ok((file, text, digest))
        })
        .await?;
    let name = format!("评分数据-{}.json", file.name());
    let headers = headers(file.open_sheets, &digest);
    let (by, lane) = (call.by.clone(), Lane::Programme(file.round.programme_id));
    call.app
        .db
        .write(lane, move |conn| {
            actions::record_score_file(conn, &by, &file, "score_file.export", &digest, None)
        })
        .await?;
    Ok(with(download(text.into_bytes(), "application/json", &name), headers))
}

async fn score_report(call: Call<RoundId>) -> Answer {
    let (round, part) = (call.path, call.query::<PartQuery>()?.into());
    let (text, name, headers) = call
        .read(move |conn, by| {
            let file = actions::score_file(conn, by, round, part)?;
            let text = printed(&file.report()?).map_err(crate::error::Error::internal)?;
            Ok((text, file.name(), headers(file.open_sheets, &file.digest()?)))
        })
        .await?;
    let file = download(text.into_bytes(), "application/json", &format!("评分计算结果-{name}.json"));
    Ok(with(file, headers))
}

/// What a file that says nothing but scores cannot say itself: how many sheets of the round are still open, and the
/// digest by which files of the same sheets are known.
pub(super) fn headers(open_sheets: usize, digest: &str) -> Vec<(HeaderName, HeaderValue)> {
    let digest = HeaderValue::from_str(digest).unwrap_or(HeaderValue::from_static(""));
    vec![
        (HeaderName::from_static("yichuang-open-sheets"), HeaderValue::from(open_sheets)),
        (HeaderName::from_static("yichuang-score-digest"), digest),
    ]
}

pub(super) fn with(
    mut response: actix_web::HttpResponse,
    headers: Vec<(HeaderName, HeaderValue)>,
) -> actix_web::HttpResponse {
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    response
}
