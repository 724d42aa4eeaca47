//! The advisory statistics of a round, with the chance of each application to be funded: the bootstrap walks down the
//! ranking as the plan does.

use super::super::rules::{
    self,
    selection::{Candidate, Fate, Walk},
};
use crate::{
    db::Db,
    error::Error,
    http::Actor,
    programmes::Round,
    reviews::{
        self, Advisory, RoundStatistics,
        rules::bootstrap::{Drawn, SAMPLES, Zone, bootstrap},
    },
};

/// The statistics as this person may see them; after the decision what was shown then.
pub fn show_statistics(conn: &mut Db, actor: &Actor, round: &Round) -> Result<RoundStatistics, Error> {
    let kept = reviews::kept_statistics(conn, round)?;
    match kept {
        Some(kept) if !reviews::is_sealed_from(conn, actor, round)? => Ok(kept),
        kept => {
            let live = statistics(conn, Some(actor), round)?;
            Ok(RoundStatistics { frozen: kept.and_then(|kept| kept.frozen), ..live })
        }
    }
}

/// The statistics of what is submitted now.
pub fn statistics(conn: &mut Db, actor: Option<&Actor>, round: &Round) -> Result<RoundStatistics, Error> {
    Ok(with_chances(reviews::advisory(conn, round, actor)?, round))
}

fn with_chances(advisory: Advisory, round: &Round) -> RoundStatistics {
    let Advisory { policy, rules, standings, drawn, mut shown } = advisory;
    let candidates = rules::candidates(&standings, &policy);
    let list: Vec<(usize, &Candidate)> = drawn
        .iter()
        .filter_map(|(index, _)| candidates.get(*index))
        .map(|(group, candidate)| (*group, candidate))
        .collect();
    let limits = rules::selection_rules(&policy, round.budget);
    let groups = rules::group_rules(&policy);
    let mut walk = Walk::new(&limits, &groups, &list);
    let share = policy.review.defence.then_some(policy.review.desk_share_bp);
    let sheets: Vec<Drawn> = drawn.iter().map(|(_, drawn)| drawn.clone()).collect();
    let funded = bootstrap(&rules, share, SAMPLES, &sheets, |order, scores, fund| {
        walk.down(order, scores, |place, fate| {
            if matches!(fate, Fate::Selected(_)) {
                fund(place);
            }
        });
    });
    for ((index, _), count) in drawn.iter().zip(funded) {
        if let Some(line) = shown.applications.get_mut(*index) {
            line.funded = Some(count);
            line.chance = Some(f64::from(count) / f64::from(SAMPLES));
            line.zone = Some(Zone::of(count, SAMPLES));
        }
    }
    shown
}
