//! `organizations` with their `verification`, `fiscal-host` and `payee-account`.

mod records;
mod registry;

use actix_web::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{
    actions,
    model::{
        NewOrganization, NewOrganizationMember, NewPayeeAccount, Organization, OrganizationChange,
        OrganizationMember, PayeeAccount, Scope,
    },
    rules, store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, codes},
    http::{
        ACCOUNT_READERS, Answer, Call, Caller, Endpoint, GROUP_READERS, Nothing, Shown, Whose, answer,
        cursor, download, limit,
    },
    kernel::{
        ids::{OrganizationId, PayeeAccountId, ProgrammeId},
        page::Page,
    },
    search::Query,
    sheets::{self, Value, Writer},
};

/// The endpoints of this room.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = of_organizations();
    all.extend(records::endpoints());
    all.extend(registry::endpoints());
    all
}

fn of_organizations() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/programmes/{programme_id}/organizations",
            register,
            "登记机构 · Register an organisation",
        )
        .whose(Whose::SignedIn)
        .takes::<NewOrganization>()
        .gives::<Shown<Organization>>(),
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/organizations",
            list,
            "机构列表 · Organisations you may see",
        )
        .whose(Whose::Listed)
        .list(&["q"])
        .also_as(sheets::XLSX)
        .also_as(sheets::CSV)
        .costly()
        .gives::<Page<Shown<Organization>>>(),
        Endpoint::get("/api/v1/organizations/{organization_id}", get, "机构 · One organisation")
            .roles(GROUP_READERS)
            .whose(Whose::Organization)
            .gives::<Shown<Organization>>(),
        Endpoint::patch("/api/v1/organizations/{organization_id}", change, "修改资料 · Change the profile")
            .whose(Whose::Organization)
            .roles(rules::KEEPERS)
            .takes::<OrganizationChange>()
            .gives::<Shown<Organization>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/verification",
            verify,
            "核验机构 · Verify the profile",
        )
        .whose(Whose::Organization)
        .roles(rules::VERIFIERS)
        .status(200)
        .versioned()
        .gives::<Shown<Organization>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/fiscal-host/consent",
            consent,
            "同意依托 · The host consents",
        )
        .whose(Whose::Organization)
        .roles(rules::KEEPERS)
        .status(200)
        .versioned()
        .gives::<Shown<Organization>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/members",
            add_member,
            "添加机构人员 · Let somebody act for the organisation",
        )
        .whose(Whose::Organization)
        .roles(rules::KEEPERS)
        .takes::<NewOrganizationMember>()
        .gives::<OrganizationMember>(),
        Endpoint::get(
            "/api/v1/organizations/{organization_id}/payee-account",
            get_account,
            "收款账户 · The payee account",
        )
        .recorded("payee_account.read")
        .roles(ACCOUNT_READERS)
        .whose(Whose::Organization)
        .gives::<Shown<PayeeAccount>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/payee-account",
            set_account,
            "填写收款账户 · Enter the payee account",
        )
        .whose(Whose::Organization)
        .roles(rules::KEEPERS)
        .takes::<NewPayeeAccount>()
        .gives::<Shown<PayeeAccount>>(),
        Endpoint::put(
            "/api/v1/organizations/{organization_id}/payee-account",
            replace_account,
            "更换收款账户 · Replace the payee account",
        )
        .whose(Whose::Organization)
        .roles(rules::KEEPERS)
        .replaces()
        .takes::<NewPayeeAccount>()
        .gives::<Shown<PayeeAccount>>(),
        Endpoint::post(
            "/api/v1/payee-accounts/{account_id}/verification",
            verify_account,
            "核验账户 · Verify the account",
        )
        .whose(Whose::Organization)
        .roles(rules::ACCOUNT_VERIFIERS)
        .status(200)
        .versioned()
        .gives::<Shown<PayeeAccount>>(),
    ]
}

async fn lane_of<B>(call: &Call<OrganizationId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(store::programme_of(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn register(call: Call<ProgrammeId, NewOrganization>) -> Answer {
    let (programme, id, body) = (call.path, OrganizationId::generate(), call.body.clone());
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::register(conn, by, programme, id, &body)
    })
    .await
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<i64>,
    cursor: Option<String>,
    q: Option<String>,
}

/// What this person may see of a programme's organisations: those in their scope, and their own.
fn visible(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
) -> Result<(Scope, Vec<OrganizationId>), Error> {
    by.actor.require_any_role(programme)?;
    let scope = actions::scope_of(conn, &by.actor, programme)?;
    Ok((scope, by.actor.organizations().collect()))
}

async fn list(call: Call<ProgrammeId>) -> Answer {
    let ListQuery { limit: asked, cursor: given, q } = call.query()?;
    let text: Option<Query> = q.as_deref().map(str::parse).transpose()?;
    let programme = call.path;
    if let Some(media) = call.accepted(&[sheets::XLSX, sheets::CSV]) {
        if asked.is_some() || given.is_some() {
            let reason = "limit, cursor: an export has no pages";
            return Err(Error::new(&codes::UNKNOWN_FILTER).with("reason", reason));
        }
        return export(&call, q, text, media).await;
    }
    let (limit, after) = (limit(asked)?, cursor::<OrganizationId>(given.as_deref())?);
    let page = call
        .read(move |conn, by| {
            let (scope, own) = visible(conn, by, programme)?;
            let found = store::list(conn, programme, (&scope, &own), text.as_ref(), after, limit)?;
            let shown =
                found.into_iter().map(|organization| actions::show(&by.actor, organization)).collect();
            Ok(Page::cut(shown, limit, |last: &Shown<Organization>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

/// The most rows of an export.
const MAX_EXPORT: usize = 100_000;
/// How many rows are read at once.
const CHUNK: i64 = 1_000;

const HEADER: [&str; 9] = [
    "名称 (name)",
    "类型 (kind)",
    "统一社会信用代码 (credit_code)",
    "备案号 (filing_no)",
    "会员人数 (members)",
    "街道 (subdistrict)",
    "状态 (state)",
    "登记时间 (created_at)",
    "内部编号 (id)",
];

fn cells(organization: &Organization) -> [Value; 9] {
    [
        Value::Text(organization.name.clone()),
        Value::Text(organization.kind.to_string()),
        Value::of(organization.credit_code.as_deref()),
        Value::of(organization.filing_no.as_deref()),
        Value::Count(organization.members.into()),
        Value::Text(organization.subdistrict.clone()),
        Value::Text(organization.state.to_string()),
        Value::Text(organization.created_at.to_string()),
        Value::Text(organization.id.to_string()),
    ]
}

/// The list as a sheet, from one snapshot; it is put on record before it is handed out.
async fn export(
    call: &Call<ProgrammeId>,
    q: Option<String>,
    text: Option<Query>,
    media: &'static str,
) -> Answer {
    let programme = call.path;
    let (bytes, rows) = call
        .read(move |conn, by| {
            let (scope, own) = visible(conn, by, programme)?;
            let header: Vec<String> = HEADER.iter().map(|name| (*name).to_owned()).collect();
            let mut writer = Writer::new(media, &header)?;
            let (mut after, mut rows) = (None, 0);
            loop {
                let found = store::list(conn, programme, (&scope, &own), text.as_ref(), after, CHUNK)?;
                let page = Page::cut(found, CHUNK, |last| last.id.to_string());
                rows += page.items.len();
                if rows > MAX_EXPORT {
                    return Err(Error::new(&codes::EXPORT_TOO_LARGE).with("limit", MAX_EXPORT));
                }
                for organization in &page.items {
                    writer.row(&cells(organization))?;
                }
                after = page.items.last().map(|last| last.id);
                if page.next_cursor.is_none() {
                    return Ok((writer.finish()?, rows));
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
                action: "organization.export",
                subject_kind: "programme",
                subject_id: programme.to_string(),
                before: None,
                after: None,
                detail: json!({"filters": {"q": q}, "rows": rows, "media": media}),
            };
            Ok(audit::record(conn, Lane::Programme(programme), deed, by.now)?)
        })
        .await?;
    let ending = if media == sheets::CSV { "csv" } else { "xlsx" };
    Ok(download(bytes, media, &format!("机构列表-{}.{ending}", call.by.now.day())))
}

async fn get(call: Call<OrganizationId>) -> Answer {
    let id = call.path;
    let shown =
        call.read(move |conn, by| Ok(actions::show(&by.actor, actions::see(conn, &by.actor, id)?))).await?;
    answer(StatusCode::OK, &shown)
}

async fn change(call: Call<OrganizationId, OrganizationChange>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::change(conn, by, id, &body)).await
}

async fn verify(call: Call<OrganizationId, Nothing>) -> Answer {
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::verify(conn, by, id)).await
}

async fn consent(call: Call<OrganizationId, Nothing>) -> Answer {
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::consent(conn, by, id)).await
}

async fn add_member(call: Call<OrganizationId, NewOrganizationMember>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::add_member(conn, by, id, &body)).await
}

async fn get_account(call: Call<OrganizationId>) -> Answer {
    let id = call.path;
    let account = call
        .read(move |conn, by| {
            let account = store::find_payee_account(conn, id)?.ok_or_else(Error::not_found)?;
            actions::see_account(conn, &by.actor, account.id)
        })
        .await?;
    answer(StatusCode::OK, &Shown { object: account, permitted_actions: Vec::new() })
}

async fn set_account(call: Call<OrganizationId, NewPayeeAccount>) -> Answer {
    let (organization, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    let id = PayeeAccountId::generate();
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::set_payee_account(conn, by, organization, id, &body)
    })
    .await
}

async fn replace_account(call: Call<OrganizationId, NewPayeeAccount>) -> Answer {
    let (organization, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| {
        actions::replace_payee_account(conn, by, organization, &body)
    })
    .await
}

async fn verify_account(call: Call<PayeeAccountId, Nothing>) -> Answer {
    let id = call.path;
    let programme =
        call.read(move |conn, by| Ok(actions::see_account(conn, &by.actor, id)?.programme_id)).await?;
    call.write(Lane::Programme(programme), StatusCode::OK, move |conn, by| {
        actions::verify_account(conn, by, id)
    })
    .await
}
