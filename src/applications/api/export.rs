//! The list of applications as a sheet: exactly what is filtered and may be seen.

use serde_json::json;

use super::{
    super::{actions, model::Application, store},
    ListQuery,
};
use crate::{
    audit::{self, Deed},
    db::Lane,
    error::{Error, codes},
    http::{Answer, Call, download},
    kernel::{ids::RoundId, reference::Reference},
    organizations, programmes,
    sheets::{CSV, Value, Writer},
};

/// The most rows of an export.
const MAX_ROWS: usize = 100_000;
/// How many rows are read at once.
const CHUNK: i64 = 1_000;

const HEADER: [&str; 13] = [
    "编号 (reference)",
    "状态 (state)",
    "申报机构 (organization)",
    "项目名称 (title)",
    "服务领域 (domain)",
    "申请金额 (requested)",
    "自筹资金 (own_funds)",
    "开始日期 (starts_on)",
    "结束日期 (ends_on)",
    "直接受益人数 (beneficiaries)",
    "项目摘要 (summary)",
    "提交时间 (submitted_at)",
    "内部编号 (id)",
];

fn cells(application: &Application, organization: String) -> [Value; 13] {
    [
        Value::Text(application.reference.to_string()),
        Value::Text(application.state.to_string()),
        Value::Text(organization),
        Value::Text(application.title.clone()),
        Value::of(application.domain),
        application.requested.map_or(Value::Blank, Value::Money),
        Value::Money(application.own_funds),
        Value::of(application.starts_on),
        Value::of(application.ends_on),
        application.beneficiaries.map_or(Value::Blank, |count| Value::Count(count.into())),
        Value::Text(application.summary.clone()),
        Value::of(application.submitted_at),
        Value::Text(application.id.to_string()),
    ]
}

/// Reads all pages from one snapshot and writes the sheet; then the export is put on record, and only then handed out.
pub async fn export(call: &Call<RoundId>, query: ListQuery, media: &'static str) -> Answer {
    let (round, filters) = (
        call.path,
        json!({"state": query.state, "domain": query.domain,
        "reference": query.reference, "q": query.q}),
    );
    if query.limit.is_some() || query.cursor.is_some() {
        return Err(
            Error::new(&codes::UNKNOWN_FILTER).with("reason", "limit, cursor: an export has no pages")
        );
    }
    let (bytes, rows, programme) = call
        .read(move |conn, by| {
            let programme = programmes::programme_of_round(conn, round)?.ok_or_else(Error::not_found)?;
            by.actor.require_any_role(programme)?;
            let filter = query.filter(conn, by, programme)?;
            let header: Vec<String> = HEADER.iter().map(|name| (*name).to_owned()).collect();
            let mut writer = Writer::new(media, &header)?;
            let withheld = store::withheld_of_own(conn, round, &filter.own)?;
            let (mut after, mut rows) = (None::<Reference>, 0);
            loop {
                let mut page = store::list(conn, round, &filter, after.as_ref(), CHUNK)?;
                let is_last = page.len() <= usize::try_from(CHUNK).unwrap_or(usize::MAX);
                page.truncate(usize::try_from(CHUNK).unwrap_or(usize::MAX));
                rows += page.len();
                if rows > MAX_ROWS {
                    return Err(Error::new(&codes::EXPORT_TOO_LARGE).with("limit", MAX_ROWS));
                }
                for application in page.iter().cloned() {
                    let before = withheld.get(&application.id).copied();
                    let application = &actions::shown_as(application, before);
                    let organization = organizations::find(conn, application.organization_id)?;
                    let name = organization.map(|organization| organization.name).unwrap_or_default();
                    writer.row(&cells(application, name))?;
                }
                after = page.last().map(|last| last.reference.clone());
                if is_last {
                    return Ok((writer.finish()?, rows, programme));
                }
            }
        })
        .await?;
    let by = call.by.clone();
    call.app
        .db
        .write(Lane::Programme(programme), move |conn| {
            let deed = Deed {
                actor: Some(by.actor.user_id),
                role: by.actor.roles_in(programme).next(),
                action: "application.export",
                subject_kind: "round",
                subject_id: round.to_string(),
                before: None,
                after: None,
                detail: json!({"filters": filters, "rows": rows, "media": media}),
            };
            Ok(audit::record(conn, Lane::Programme(programme), deed, by.now)?)
        })
        .await?;
    let ending = if media == CSV { "csv" } else { "xlsx" };
    Ok(download(bytes, media, &format!("申报列表-{}.{ending}", call.by.now.day())))
}
