//! 评审汇总表 as a workbook.

use super::summary_words::{SIGNATURES, facts, notes, remarks, stage_scores, stage_words, title};
use crate::{
    error::Error,
    reviews::actions::{Column, Summary, SummaryRow},
    sheets::book::{Book, Content, Look, Page},
};

/// The columns before the reviewers', with their widths.
const BEFORE: [(&str, u16); 5] = [
    ("名次 rank", 7),
    ("编号 reference", 14),
    ("项目名称 title", 26),
    ("申报机构 organization", 24),
    ("申请金额 requested", 13),
];
/// The columns after them: of one stage its median, of two the score of each.
const MEAN: [(&str, u16); 1] = [("平均分 mean", 9)];
const ONE_STAGE: [(&str, u16); 1] = [("中位数 median", 9)];
const TWO_STAGES: [(&str, u16); 2] = [("书面得分 desk", 9), ("答辩得分 defence", 9)];
const AFTER: [(&str, u16); 4] =
    [("得分 score", 9), ("名次区间 rank interval", 10), ("建议金额 recommended", 13), ("备注 remarks", 28)];

/// The whole file.
pub fn book(summary: &Summary) -> Result<Vec<u8>, Error> {
    let mut book = Book::new(summary.made_at)?;
    let mut page = book.page("评审汇总表")?;
    page.put(0, 0, &Content::Text(title(summary)), Look::Title)?;
    let mut row = 1;
    for (label, said) in facts(summary) {
        page.put(row, 0, &Content::Text(format!("{label}: {said}")), Look::Note)?;
        row += 1;
    }
    let head = row;
    heads(&mut page, summary, head)?;
    page.freeze(head + 1, 3)?;
    page.print_across(head, head)?;
    row += 1;
    for line in &summary.rows {
        for (column, (content, look)) in cells(summary, line).into_iter().enumerate() {
            page.put(row, column, &content, look)?;
        }
        row += 1;
    }
    for note in notes(summary) {
        page.put(row, 0, &Content::Text(note), Look::Note)?;
        row += 1;
    }
    for role in SIGNATURES {
        row += 1;
        let line = format!("{role}：____________________    日期 date：____________");
        page.put(row, 0, &Content::Text(line), Look::Note)?;
    }
    book.finish()
}

fn heads(page: &mut Page<'_>, summary: &Summary, row: u32) -> Result<(), Error> {
    let reviewers = summary.columns.iter().map(|Column { of: (stage, code), name }| {
        let stage = stage_words(summary, *stage).map(|words| format!("{words}\n")).unwrap_or_default();
        let name = name.as_ref().map(|name| format!("{name}\n")).unwrap_or_default();
        (format!("{stage}{name}{code}"), 15)
    });
    let fixed = |columns: &'static [(&'static str, u16)]| {
        columns.iter().map(|(name, width)| ((*name).to_owned(), *width))
    };
    let stages = if summary.file.stage.is_none() { fixed(&TWO_STAGES) } else { fixed(&ONE_STAGE) };
    let after = fixed(&MEAN).chain(stages).chain(fixed(&AFTER));
    for (column, (name, width)) in fixed(&BEFORE).chain(reviewers).chain(after).enumerate() {
        page.put(row, column, &Content::Text(name), Look::Head)?;
        page.width(column, width)?;
    }
    Ok(())
}

fn cells(summary: &Summary, row: &SummaryRow) -> Vec<(Content, Look)> {
    let line = &row.line;
    let text = |text: &str| (Content::Text(text.to_owned()), Look::Plain);
    let mut cells = vec![
        (line.rank.map_or(Content::Blank, Content::Count), Look::Plain),
        text(&line.application),
        text(&row.title),
        text(&row.organization),
        (Content::Decimal(row.requested.to_string()), Look::Plain),
    ];
    for Column { of, .. } in &summary.columns {
        let look = if row.dropped.contains(of) { Look::Struck } else { Look::Plain };
        cells.push((Content::decimal(row.totals.get(of)), look));
    }
    let interval = line.rank_interval.map(|(best, worst)| format!("{best}–{worst}")).unwrap_or_default();
    cells.push((Content::decimal(line.mean), Look::Plain));
    let stages = stage_scores(summary, row);
    if stages.is_empty() {
        cells.push((Content::decimal(line.median), Look::Plain));
    }
    cells.extend(stages.into_iter().map(|(_, score)| (Content::decimal(score), Look::Plain)));
    cells.extend([
        (Content::decimal(line.score), Look::Plain),
        text(&interval),
        (Content::Decimal(line.recommended.to_string()), Look::Plain),
        text(&remarks(summary, row)),
    ]);
    cells
}
