//! The words on 评审汇总表, the same on paper and in the workbook.

use crate::{
    kernel::score::Score,
    programmes::{Stage, Track},
    reviews::actions::{Summary, SummaryRow},
};

/// What stands above the table.
pub fn title(summary: &Summary) -> String {
    let stage = match summary.file.stage {
        None => "（综合）",
        Some(Stage::Desk) if summary.file.policy.review.defence => "（书面评审）",
        Some(Stage::Desk) => "",
        Some(Stage::Defence) => "（路演答辩）",
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
        ("计分表 sheets", file.sheets().to_string()),
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
    if let Some(defence) = &summary.file.input.defence {
        let share = |bp: u32| Score::from_hundredths(i64::from(bp));
        let (desk, second) =
            (share(defence.desk_share_bp), share(10_000_u32.saturating_sub(defence.desk_share_bp)));
        notes.insert(
            0,
            format!(
                "得分 = 书面得分 × {desk}% + 答辩得分 × {second}%，四舍五入一次；平均分同样加权。 The score is {desk}% of the desk \
                 score and {second}% of that of the defence, rounded once; the mean likewise."
            ),
        );
    }
    if summary.file.open_sheets > 0 {
        notes.insert(
            0,
            "尚有评分表未交，本表不是最终结果。 Sheets are still open: this is not final.".to_owned(),
        );
    }
    notes
}

/// The head of a stage where there are two.
pub fn stage_words(summary: &Summary, stage: Stage) -> Option<&'static str> {
    summary.file.stage.is_none().then_some(match stage {
        Stage::Desk => "书面 desk",
        Stage::Defence => "答辩 defence",
    })
}

/// The scores of the two stages, where there are two.
pub fn stage_scores(summary: &Summary, row: &SummaryRow) -> Vec<(&'static str, Option<Score>)> {
    let scores = [(Stage::Desk, row.line.desk), (Stage::Defence, row.line.defence)];
    let shown = scores.into_iter().filter_map(|(stage, score)| Some((stage_words(summary, stage)?, score)));
    shown.map(|(words, score)| (words, score.and_then(|score| score.0))).collect()
}

/// What has to be said of one project.
pub fn remarks(summary: &Summary, row: &SummaryRow) -> String {
    let mut said = Vec::new();
    if row.line.score.is_none() {
        let least = summary.file.input.rules.min_reviews;
        for stage in summary.file.stages() {
            let n = row.totals.keys().filter(|(of, _)| *of == stage).count();
            if n < least {
                let words = stage_words(summary, stage).map(|words| format!("{words} ")).unwrap_or_default();
                said.push(format!("{words}评分不足 {n}/{least}"));
            }
        }
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
