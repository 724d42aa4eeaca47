//! `security/self-check`: 等级保护自查, as JSON or as a page.

use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    page,
    rules::{Finding, assess},
    store,
};
use crate::{
    http::{self, Answer, Call, Endpoint, View, Whose, answer},
    kernel::{role::Role, time::Timestamp},
};

/// Who may look: the three administrative posts.
const READERS: &[Role] = &[Role::SecurityAdmin, Role::AuditAdmin, Role::SystemAdmin];

const HTML: &str = "text/html";

/// The endpoint of the self-check.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/security/self-check",
            self_check,
            "等级保护自查 · The self-check for MLPS level 2",
        )
        .whose(Whose::Installation)
        .roles(READERS)
        .query(&["format"])
        .also_as(HTML)
        .gives::<SelfCheck>(),
    ]
}

/// What was found, clause by clause.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SelfCheck {
    /// When it was looked.
    pub at: Timestamp,
    /// Every clause.
    pub findings: Vec<Finding>,
}

impl View for SelfCheck {}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Html,
    Json,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    format: Option<Format>,
}

async fn self_check(call: Call) -> Answer {
    let Wanted { format } = call.query()?;
    let as_page = match format {
        Some(Format::Html) => true,
        Some(Format::Json) => false,
        None => call.accepted(&[HTML]).is_some(),
    };
    let app = call.app.clone();
    let check = call
        .read(move |conn, by| {
            by.actor.require_installation(READERS)?;
            let facts = store::facts(conn, &app.settings, by.now)?;
            Ok(SelfCheck { at: by.now, findings: assess(&facts) })
        })
        .await?;
    if as_page {
        return Ok(http::page(page::page(&check.findings, &check.at.day().to_string()), ""));
    }
    answer(StatusCode::OK, &check)
}
