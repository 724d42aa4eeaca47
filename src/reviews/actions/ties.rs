//! Why one stands before the other where the scores are the same, in words.

use super::super::{
    model::RankTie,
    rules::ranking::{Decider, Ranked, draw},
};
use crate::kernel::{money::Money, reference::Reference};

/// For each line of the ranking, what decided against the neighbours it has the score in common with. `known` gives a
/// line's number and the amount asked for.
pub fn ties(
    ranked: &[Ranked],
    seed: &str,
    heaviest: &str,
    known: impl Fn(&str) -> Option<(Reference, Option<Money>)>,
) -> Vec<Vec<RankTie>> {
    let mut all: Vec<Vec<RankTie>> = ranked.iter().map(|_| Vec::new()).collect();
    for (below, line) in ranked.iter().enumerate() {
        let Some(decider) = line.decided_by.filter(|decider| *decider != Decider::Score) else { continue };
        let Some(above) = below.checked_sub(1).and_then(|above| Some((above, ranked.get(above)?))) else {
            continue;
        };
        for ((at, own), (other_at, other), before) in
            [((above.0, above.1), (below, line), true), ((below, line), (above.0, above.1), false)]
        {
            let Some((with, other_requested)) = known(&other.application) else { continue };
            let own_requested = known(&own.application).and_then(|(_, requested)| requested);
            let values =
                (value(decider, own, own_requested, seed), value(decider, other, other_requested, seed));
            if let Some(list) = all.get_mut(at) {
                list.push(tie((with, other_at + 1), decider, values, before, heaviest));
            }
        }
    }
    all
}

/// The same of a neighbour that has another rank in a part of the list.
pub fn renumbered(tie: &RankTie, rank: usize) -> RankTie {
    let RankTie { with, rank: before, .. } = tie;
    RankTie {
        zh: tie.zh.replacen(&format!("第 {before} 名 {with}"), &format!("第 {rank} 名 {with}"), 1),
        en: tie.en.replacen(&format!("{with} at {before};"), &format!("{with} at {rank};"), 1),
        rank,
        ..tie.clone()
    }
}

fn value(decider: Decider, line: &Ranked, requested: Option<Money>, seed: &str) -> String {
    let text = |score: Option<crate::kernel::score::Score>| score.map(|s| s.to_string()).unwrap_or_default();
    match decider {
        Decider::Score => text(line.score),
        Decider::HeaviestMean => text(line.heaviest_mean),
        Decider::Mean => text(line.mean),
        Decider::Requested => requested.unwrap_or_default().to_string(),
        Decider::Draw => draw(seed, &line.application),
    }
}

fn tie(
    (with, rank): (Reference, usize),
    decided_by: Decider,
    (own, other): (String, String),
    before: bool,
    heaviest: &str,
) -> RankTie {
    let (zh_order, en_order) = if before { ("在前", "before") } else { ("在后", "behind") };
    let (zh, en) = match decided_by {
        Decider::Score => ("总分", "the score".to_owned()),
        Decider::HeaviestMean => {
            ("分值最高的评分项均分", format!("the mean on the heaviest criterion ({heaviest})"))
        }
        Decider::Mean => ("全部评分的算术平均", "the plain mean of all totals".to_owned()),
        Decider::Requested => {
            ("申请金额（低者在前）", "the amount asked for (the smaller goes first)".to_owned())
        }
        Decider::Draw => (
            "抽签（公布的种子与编号的 SHA-256，小者在前）",
            "the draw (SHA-256 of the published seed and the number)".to_owned(),
        ),
    };
    let named =
        if decided_by == Decider::HeaviestMean { format!("{zh}（{heaviest}）") } else { zh.to_owned() };
    RankTie {
        zh: format!("与第 {rank} 名 {with} 得分相同，按{named}排{zh_order}：{own}，对方 {other}。"),
        en: format!("Same score as {with} at {rank}; {en} puts it {en_order}: {own} against {other}."),
        with,
        rank,
        decided_by,
        own,
        other,
    }
}
