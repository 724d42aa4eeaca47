//! What is there besides the API: the landing page, health, the OpenAPI document, the list of errors.

use std::fmt::Write;

use actix_web::{HttpResponse, web};
use diesel::RunQueryDsl;

use super::{AppState, Endpoint};
use crate::error::{Error, codes};

const LANDING: &str = include_str!("landing.html");

/// The endpoints of the front door.
pub fn endpoints() -> Vec<Endpoint> {
    let html = "text/html; charset=utf-8";
    vec![
        Endpoint::get("/", landing, "首页 · The landing page").public().media(html),
        Endpoint::get("/healthz", health, "进程存活 · The process lives").public().media("text/plain"),
        Endpoint::get("/readyz", ready, "可以服务 · The database answers").public().media("text/plain"),
        Endpoint::get("/api/v1/openapi.json", openapi, "接口描述 · This document")
            .public()
            .gives::<Document>(),
        Endpoint::get("/docs/errors", errors, "错误代码 · What each error code means").public().media(html),
    ]
}

/// An OpenAPI 3.1 document.
#[derive(utoipa::ToSchema)]
#[schema(value_type = Object)]
#[expect(dead_code, reason = "it only names the schema")]
struct Document(serde_json::Value);

async fn landing() -> HttpResponse {
    super::page(LANDING.to_owned(), "")
}

async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok")
}

async fn ready(state: web::Data<AppState>) -> Result<HttpResponse, Error> {
    state.db.read(|conn| Ok(diesel::sql_query("SELECT 1").execute(conn)?)).await?;
    Ok(HttpResponse::Ok().content_type("text/plain").body("ready"))
}

async fn openapi(state: web::Data<AppState>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(state.openapi.clone())
}

/// Where the `type` of a problem document points.
async fn errors() -> HttpResponse {
    let mut page = String::from(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>错误代码 · Errors</title>\
         <style>body{font:17px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
         dt{font-weight:700;margin-top:1rem}</style><h1>错误代码 · Errors</h1><dl>",
    );
    for code in codes::ALL {
        // The table is ours and has no markup in it.
        let (name, status) = (code.code, code.kind.status());
        let _ = write!(page, "<dt id=\"{name}\">{name} · {status}</dt><dd>{}<br>{}</dd>", code.zh, code.en);
    }
    page.push_str("</dl></html>");
    super::page(page, "")
}
