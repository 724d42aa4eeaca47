//! The self-check as a page to be printed and filed.

use std::fmt::Write;

use super::rules::{Finding, Outcome};

const STYLE: &str = "body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','WenQuanYi Micro Hei',sans-serif;\
    margin:2rem auto;max-width:62rem;padding:0 1rem;color:#1b1f24}table{border-collapse:collapse;width:100%}\
    th,td{border:1px solid #8a939c;padding:.4rem .6rem;text-align:left;vertical-align:top}\
    .attention{background:#fff3d6;font-weight:700}.operator{color:#4a545e}@media(max-width:40rem)\
    {table,tbody,tr,td{display:block}thead{display:none}td{border-bottom:0}tr{margin-bottom:1rem;border-bottom:1px solid #8a939c}}";

/// The whole page; `on` is the day in the office's calendar.
pub(super) fn page(findings: &[Finding], on: &str) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>等级保护二级自查</title><style>{STYLE}</style></head>\
         <body><h1>等级保护二级自查表</h1><p>GB/T 22239-2019 第二级 · {on} · 由系统依据现有设置和数据生成，不代替测评。</p>\
         <table><thead><tr><th>条款</th><th>要求</th><th>结论</th><th>依据</th></tr></thead><tbody>"
    );
    for finding in findings {
        let (class, word) = match finding.outcome {
            Outcome::Met => ("met", "符合"),
            Outcome::Attention => ("attention", "需处理"),
            Outcome::Operator => ("operator", "由运维落实"),
        };
        let next = finding.next.map(|next| format!("<br>→ {next}")).unwrap_or_default();
        // All texts are the program's own, with figures in them.
        let _ = write!(
            page,
            "<tr class=\"{class}\"><td>{}</td><td>{}</td><td>{word}</td><td>{}{next}</td></tr>",
            finding.clause, finding.asks, finding.evidence
        );
    }
    page.push_str("</tbody></table></body></html>");
    page
}
