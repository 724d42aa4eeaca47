//! 评审汇总表 as a page to be printed on A4 across. Everything people wrote is escaped; nothing is loaded, nothing runs.

use std::fmt::Write;

use super::summary_words::{SIGNATURES, facts, notes, remarks, stage_scores, stage_words, title};
use crate::{
    kernel::score::Score,
    programmes::Stage,
    reviews::actions::{Column, Summary, SummaryRow},
};

/// With more reviewers than this a column for each does not fit the paper: the totals stand in one cell.
const MAX_COLUMNS: usize = 8;

const STYLE: &str = include_str!("summary_page.css");

/// The whole page.
#[must_use]
pub fn page(summary: &Summary) -> String {
    let mut page = String::with_capacity(4_096 + summary.rows.len() * 1_024);
    let name = escaped(&title(summary));
    let _ = write!(
        page,
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>{name}</title><style>{STYLE}</style></head><body>\
         <header><h1>{name}</h1><dl>"
    );
    for (label, said) in facts(summary) {
        let _ = write!(page, "<div><dt>{label}</dt><dd>{}</dd></div>", escaped(&said));
    }
    page.push_str("</dl></header><table><thead><tr>");
    for name in heads(summary) {
        let _ = write!(page, "<th scope=\"col\">{name}</th>");
    }
    page.push_str("</tr></thead><tbody>");
    for row in &summary.rows {
        write_row(&mut page, summary, row);
    }
    if summary.rows.is_empty() {
        let _ = write!(
            page,
            "<tr><td colspan=\"{}\">没有参评项目 Nothing competes.</td></tr>",
            heads(summary).len()
        );
    }
    page.push_str("</tbody></table><section class=\"notes\"><ul>");
    for note in notes(summary) {
        let _ = write!(page, "<li>{}</li>", escaped(&note));
    }
    page.push_str("</ul></section><footer>");
    for role in SIGNATURES {
        let _ =
            write!(page, "<p><span>{role}</span><i></i><span>日期 date</span><i class=\"short\"></i></p>");
    }
    page.push_str("</footer></body></html>");
    page
}

fn fits(summary: &Summary) -> bool {
    summary.columns.len() <= MAX_COLUMNS
}

/// The heads of the columns, escaped.
fn heads(summary: &Summary) -> Vec<String> {
    let fixed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut heads =
        fixed(&["名次<br>rank", "编号<br>reference", "项目 · 机构<br>project", "申请金额<br>requested"]);
    if fits(summary) {
        heads.extend(summary.columns.iter().map(|column| head_of(summary, column)));
    } else {
        heads.push("各评审人评分<br>totals".to_owned());
    }
    heads.extend(fixed(&["平均<br>mean"]));
    // Totals of two stages have no median: the scores of the stages stand there.
    heads.extend(if summary.file.stage.is_none() {
        fixed(&["书面得分<br>desk", "答辩得分<br>defence"])
    } else {
        fixed(&["中位<br>median"])
    });
    heads.extend(fixed(&["得分<br>score", "区间<br>interval", "建议金额<br>recommended", "备注<br>remarks"]));
    heads
}

fn head_of(summary: &Summary, column: &Column) -> String {
    let reviewer = reviewer_of(column);
    stage_words(summary, column.of.0).map_or(reviewer.clone(), |words| format!("{words}<br>{reviewer}"))
}

fn reviewer_of(Column { of: (_, code), name }: &Column) -> String {
    // A code is cut where it may break, so that a narrow column can hold it.
    let (front, back) = code.split_at_checked(8).unwrap_or((code, ""));
    let code = format!("<code>{}<wbr>{}</code>", escaped(front), escaped(back));
    match name {
        Some(name) => format!("{}<br>{code}", escaped(name)),
        None => code,
    }
}

fn write_row(page: &mut String, summary: &Summary, row: &SummaryRow) {
    let line = &row.line;
    let shown = |value: Option<String>| value.unwrap_or_else(|| "—".to_owned());
    let _ = write!(
        page,
        "<tr><td class=\"n\" data-label=\"名次 rank\">{}</td><td data-label=\"编号 reference\">{}</td>\
         <td class=\"project\" data-label=\"项目 project\"><b>{}</b> <span>{}</span></td>\
         <td class=\"n\" data-label=\"申请金额 requested\">{}</td>",
        shown(line.rank.map(|rank| rank.to_string())),
        escaped(&line.application),
        escaped(&row.title),
        escaped(&row.organization),
        row.requested,
    );
    let total = |of: &(Stage, String)| {
        let shown = |total: &Score| {
            if row.dropped.contains(of) { format!("<s>{total}</s>") } else { total.to_string() }
        };
        row.totals.get(of).map(shown)
    };
    if fits(summary) {
        for Column { of, name } in &summary.columns {
            let stage = stage_words(summary, of.0).map(|words| format!("{words} ")).unwrap_or_default();
            let label = format!("{stage}{}", escaped(name.as_deref().unwrap_or(&of.1)));
            let class = if row.totals.contains_key(of) { "n" } else { "n none" };
            let _ = write!(
                page,
                "<td class=\"{class}\" data-label=\"{label}\">{}</td>",
                total(of).unwrap_or_default()
            );
        }
    } else {
        page.push_str("<td class=\"totals\" data-label=\"各评审人评分 totals\">");
        for column in summary.columns.iter().filter(|column| row.totals.contains_key(&column.of)) {
            let _ = write!(
                page,
                "<span>{} {}</span> ",
                head_of(summary, column).replace("<br>", " "),
                total(&column.of).unwrap_or_default()
            );
        }
        page.push_str("</td>");
    }
    let cell = |label: &str, score: Option<Score>| {
        format!("<td class=\"n\" data-label=\"{label}\">{}</td>", shown(score.map(|score| score.to_string())))
    };
    let mut middle: String =
        stage_scores(summary, row).into_iter().map(|(stage, score)| cell(stage, score)).collect();
    if middle.is_empty() {
        middle = cell("中位 median", line.median);
    }
    let _ = write!(
        page,
        "<td class=\"n\" data-label=\"平均 mean\">{}</td>{middle}\
         <td class=\"n score\" data-label=\"得分 score\">{}</td><td class=\"n\" data-label=\"区间 interval\">{}</td>\
         <td class=\"n\" data-label=\"建议金额 recommended\">{}</td><td class=\"remarks\" data-label=\"备注 remarks\">{}</td></tr>",
        shown(line.mean.map(|score| score.to_string())),
        shown(line.score.map(|score| score.to_string())),
        shown(line.rank_interval.map(|(best, worst)| format!("{best}–{worst}"))),
        line.recommended,
        escaped(&remarks(summary, row)),
    );
}

/// The text with nothing in it that is markup, in an element as in an attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // What is not seen and turns text around.
            c if crate::kernel::text::is_deceptive(c) => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    /// trust.md §5, number 47.
    #[test]
    fn nothing_people_write_is_markup() {
        assert_eq!(
            escaped("<script>alert('1')</script>\" onload=\"&\u{202e}"),
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; onload=&quot;&amp;\u{fffd}"
        );
    }
}
