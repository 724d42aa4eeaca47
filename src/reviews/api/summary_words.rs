//! The words on 评审汇总表, the same on paper and in the workbook.

use crate::{
    programmes::{Stage, Track},
    reviews::actions::{Summary, SummaryRow},
};

/// What stands above the table.
pub fn title(summary: &Summary) -> String {
    let stage = match summary.file.stage {
        Stage::Desk if summary.file.policy.review.defence => "（书面评审）",
        Stage::Desk => "",
        Stage::Defence => "（路演答辩）",
    };
    let track = match summary.file.track {
        None => "",
        Some(Track::Registered) => " 登记组",
        Some(Track::Filed) => " 备案组",
    };
    format!("{} 评审汇总表{stage}{track}", summary.file.round.name)
}

/// What the sheet was made from: a label and what it says.
pub fn facts(summary: &Summary) -> Vec<(&'static str, String)> {
    let file = &summary.file;
    vec![
        ("年度 year", file.round.year.to_string()),
        ("政策版本 policy", file.round.policy_number.to_string()),
        ("评分表版本 rubric", file.round.rubric_number.to_string()),
        ("抽签种子 seed", file.input.rules.seed.clone()),
        ("计分表 sheets", file.input.reviews.len().to_string()),
        ("未交 open", file.open_sheets.to_string()),
        ("数据摘要 SHA-256", summary.digest.clone()),
        ("制表时间 made at", summary.made_at.in_shanghai()),
    ]
}

/// How the table is to be read.
pub fn notes(summary: &Summary) -> Vec<String> {
    let rules = &summary.file.input.rules;
    let mut notes = vec![
        format!(
            "满 {} 份评分表起去掉一个最高分和一个最低分（删除线），其余求平均；不足 {} 份不计得分。 From {} sheets on one \
             highest and one lowest total are dropped (struck through); fewer than {} give no score.",
            rules.trim_from, rules.min_reviews, rules.trim_from, rules.min_reviews
        ),
        "依次比较：得分、权重最大一项的平均分、平均分、申请金额（少者在前）、抽签。 Order: score, mean on the heaviest \
         criterion, plain mean, smaller request, draw."
            .to_owned(),
        "任何人可凭评分数据用 yichuang solve scores 重算；评审人代码只在本批次内有意义。 Anybody can recompute this from the \
         score export; a reviewer's code says nothing outside this round."
            .to_owned(),
    ];
    if summary.file.open_sheets > 0 {
        notes.insert(
            0,
            "尚有评分表未交，本表不是最终结果。 Sheets are still open: this is not final.".to_owned(),
        );
    }
    notes
}

/// What has to be said of one project.
pub fn remarks(summary: &Summary, row: &SummaryRow) -> String {
    let mut said = Vec::new();
    if row.line.score.is_none() {
        said.push(format!("评分不足 {}/{}", row.line.n, summary.file.input.rules.min_reviews));
    }
    if let Some(draw) = &row.line.draw {
        said.push(format!("同分抽签 draw {}", draw.get(..8).unwrap_or(draw)));
    }
    match (row.line.flagged, row.confirmed) {
        (true, true) => said.push("分歧，组长已确认 divergent, confirmed".to_owned()),
        (true, false) => said.push("分歧待复核 divergent".to_owned()),
        (false, _) => {}
    }
    said.join("；")
}

/// Who signs.
pub const SIGNATURES: [&str; 3] = ["组长 Chair", "评审专家 Experts", "监督 Supervisor"];
