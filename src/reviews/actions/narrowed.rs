//! A part of the ranking that was kept with the decision: of one track or batch, or without what is sealed.

use std::collections::BTreeMap;

use super::{
    super::{
        model::{RankTie, SealedLine, Standing, Standings},
        rules::ranking::Decider,
    },
    standings::Among,
    ties::renumbered,
};
use crate::kernel::reference::Reference;

/// The lines of the kept ranking that belong to this list, in the order that was kept, ranked among each other. Nothing
/// is computed from scores: it is what was shown. What a line says of others that are not here is left out.
pub fn narrowed(whole: Standings, among: &Among, current_batch: i32) -> Standings {
    let fits = |line: &Standing| {
        among.track.is_none_or(|track| line.track == Some(track))
            && among.batch.is_none_or(|batch| line.batch.unwrap_or(current_batch) == batch)
    };
    let before = whole.items.len();
    let (sealed, mut items): (Vec<Standing>, Vec<Standing>) =
        whole.items.into_iter().filter(fits).partition(|line| among.sealed.contains(&line.application_id));
    if items.len() < before {
        rank_anew(&mut items);
    }
    let mut sealed: Vec<SealedLine> = sealed
        .into_iter()
        .map(|line| SealedLine { application_id: line.application_id, reference: line.reference })
        .collect();
    // By reference: the kept order would tell their ranks.
    sealed.sort_by(|one, other| one.reference.cmp(&other.reference));
    Standings { track: among.track, batch: among.batch, items, sealed, ..whole }
}

fn rank_anew(items: &mut [Standing]) {
    let mut ranks: BTreeMap<Reference, usize> = BTreeMap::new();
    let scored = items.iter_mut().filter(|line| line.rank.is_some());
    for (rank, line) in (1..).zip(scored) {
        line.rank = Some(rank);
        ranks.insert(line.reference.clone(), rank);
    }
    for line in items {
        let here = |tie: &RankTie| Some(renumbered(tie, *ranks.get(&tie.with)?));
        line.ties = line.ties.iter().filter_map(here).collect();
        line.tie_drawn = line.ties.iter().any(|tie| tie.decided_by == Decider::Draw);
        line.draw = line.draw.take().filter(|_| line.tie_drawn);
        // It was found among all of the round.
        line.rank_interval = None;
    }
}
