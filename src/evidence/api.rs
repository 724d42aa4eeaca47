//! `public/audit-checkpoints`, `public/audit-proofs`, `public/audit-keys` for everybody; `audit/entries` for auditors.

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::{
    model::{CheckpointView, ConsistencyView, EntryView, InclusionView, KeyView},
    show::{self, Sealed},
    store,
};
use crate::{
    audit::{self, Filter},
    db::Lane,
    error::{Error, codes},
    http::{Actor, Answer, Call, Endpoint, Paging, Visit, Whose, answer, cursor, limit},
    kernel::{
        ids::{ProgrammeId, UserId},
        page::Page,
        role::Role,
        time::Timestamp,
    },
};

/// Who reads the audit log.
const AUDITORS: &[Role] = &[Role::Auditor, Role::AuditAdmin];

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/public/audit-checkpoints",
            checkpoints,
            "审计检查点 · Signed checkpoints of the audit log, the latest first",
        )
        .public()
        .list(&["cursor"])
        .gives::<Page<CheckpointView>>(),
        Endpoint::get(
            "/api/v1/public/audit-checkpoints/{size}",
            checkpoint,
            "审计检查点 · The checkpoint of one size",
        )
        .public()
        .gives::<CheckpointView>(),
        Endpoint::get(
            "/api/v1/public/audit-keys",
            keys,
            "审计公钥 · The public keys that sign checkpoints, or have signed",
        )
        .public()
        .gives::<Page<KeyView>>(),
        Endpoint::get(
            "/api/v1/public/audit-proofs/inclusion",
            inclusion,
            "存在证明 · That a leaf is in the log",
        )
        .public()
        .query(&["leaf", "size"])
        .gives::<InclusionView>(),
        Endpoint::get(
            "/api/v1/public/audit-proofs/consistency",
            consistency,
            "一致性证明 · That the log only grew between two sizes",
        )
        .public()
        .query(&["from", "to"])
        .gives::<ConsistencyView>(),
        Endpoint::get(
            "/api/v1/audit/entries",
            entries,
            "审计记录 · Rows of the audit log, the latest first, each with its proof",
        )
        .whose(Whose::Record)
        .roles(AUDITORS)
        .list(&["programme_id", "actor", "action", "subject_kind", "subject_id", "from", "until"])
        .gives::<Page<EntryView>>(),
    ]
}

async fn checkpoints(visit: Visit) -> Answer {
    let Paging { limit: asked, cursor: given } = visit.query()?;
    let (limit, below) = (limit(asked)?, cursor::<i64>(given.as_deref())?);
    let page = visit
        .app
        .db
        .read(move |conn| {
            let found = store::checkpoints(conn, below, limit + 1)?;
            Ok(Page::cut(found, limit, |last| last.size.to_string()))
        })
        .await?;
    let items = page.items.into_iter().map(CheckpointView::from).collect();
    answer(StatusCode::OK, &Page { items, next_cursor: page.next_cursor })
}

async fn checkpoint(visit: Visit<i64>) -> Answer {
    let size = visit.path;
    let found = visit.app.db.read(move |conn| Ok(store::checkpoint(conn, size)?)).await?;
    answer(StatusCode::OK, &CheckpointView::from(found.ok_or_else(Error::not_found)?))
}

async fn keys(visit: Visit) -> Answer {
    let found = visit.app.db.read(|conn| Ok(store::keys(conn)?)).await?;
    let items: Vec<KeyView> = found.into_iter().map(show::key).collect();
    answer(StatusCode::OK, &Page { items, next_cursor: None })
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InclusionQuery {
    leaf: i64,
    size: Option<i64>,
}

async fn inclusion(visit: Visit) -> Answer {
    let InclusionQuery { leaf, size } = visit.query()?;
    let proof = visit.app.db.read(move |conn| show::inclusion(conn, leaf, size)).await?;
    answer(StatusCode::OK, &proof)
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsistencyQuery {
    from: i64,
    to: Option<i64>,
}

async fn consistency(visit: Visit) -> Answer {
    let ConsistencyQuery { from, to } = visit.query()?;
    let proof = visit.app.db.read(move |conn| show::consistency(conn, from, to)).await?;
    answer(StatusCode::OK, &proof)
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntriesQuery {
    programme_id: Option<ProgrammeId>,
    actor: Option<UserId>,
    action: Option<String>,
    subject_kind: Option<String>,
    subject_id: Option<String>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// The lane somebody may read: audit administrators all, a programme's auditors its own. Who applies, reviews or sponsors
/// there does not read who scored what and when, whatever else they are.
fn readable_lane(actor: &Actor, programme: Option<ProgrammeId>) -> Result<Lane, Error> {
    let as_admin = actor.require_installation(&[Role::AuditAdmin]);
    let Some(programme) = programme else { return as_admin.map(|_| Lane::Installation) };
    if as_admin.is_err() {
        actor.require(programme, &[Role::Auditor])?;
    }
    let involved = |role: Role| {
        matches!(role, Role::Reviewer | Role::PanelChair | Role::SponsorRep) || role.belongs_to_organization()
    };
    let is_involved = actor.roles_in(programme).any(involved)
        || actor.memberships.iter().any(|m| m.organization_id.is_some() || m.enterprise_id.is_some());
    if is_involved { Err(Error::new(&codes::AUDITOR_INVOLVED)) } else { Ok(Lane::Programme(programme)) }
}

async fn entries(call: Call) -> Answer {
    let query: EntriesQuery = call.query()?;
    let (limit, before) = (limit(query.limit)?, cursor::<i64>(query.cursor.as_deref())?);
    let words = [&query.action, &query.subject_kind, &query.subject_id];
    // PostgreSQL would fail on a NUL.
    if words.into_iter().flatten().any(|word| word.contains(char::is_control)) {
        return Err(Error::new(&codes::UNKNOWN_FILTER).with("reason", "U+0000–U+001F"));
    }
    let page = call
        .read(move |conn, by| {
            let lane = readable_lane(&by.actor, query.programme_id)?.name();
            let filter = Filter {
                actor: query.actor.map(|actor| actor.to_string()),
                action: query.action,
                subject_kind: query.subject_kind,
                subject_id: query.subject_id,
                from: query.from,
                until: query.until,
            };
            let found = audit::list(conn, &lane, &filter, before, limit + 1)?;
            let page = Page::cut(found, limit, |last| last.seq.to_string());
            let sealed = Sealed::latest(conn)?;
            let items = page
                .items
                .into_iter()
                .map(|row| show::entry(conn, sealed.as_ref(), row))
                .collect::<Result<Vec<EntryView>, Error>>()?;
            Ok(Page { items, next_cursor: page.next_cursor })
        })
        .await?;
    answer(StatusCode::OK, &page)
}
