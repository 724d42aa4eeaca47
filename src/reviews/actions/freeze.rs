//! What was shown is kept with the decision, in its transaction.

use super::super::{
    model::{Frozen, RoundStatistics, Snapshot, SnapshotKind, Standing, Standings},
    store,
};
use crate::{
    db::Db,
    error::Error,
    kernel::{digest::sha256_hex, time::Timestamp},
    programmes::Round,
};

/// Keeps the ranking and the advisory statistics as they are now; gives back their digests.
pub fn keep(
    conn: &mut Db,
    round: &Round,
    standings: &Standings,
    statistics: &RoundStatistics,
    now: Timestamp,
) -> Result<[String; 2], Error> {
    let mut digests = [String::new(), String::new()];
    let bodies = [
        (SnapshotKind::Ranking, serde_json::to_string(standings)),
        (SnapshotKind::Statistics, serde_json::to_string(statistics)),
    ];
    for ((kind, body), digest) in bodies.into_iter().zip(&mut digests) {
        let body = body.map_err(Error::internal)?;
        *digest = sha256_hex(&body);
        let snapshot = Snapshot {
            round_id: round.id,
            kind,
            programme_id: round.programme_id,
            digest: digest.clone(),
            body,
            created_at: now,
        };
        store::insert_snapshot(conn, &snapshot)?;
    }
    Ok(digests)
}

/// The statistics that were kept, if the decision was taken.
pub fn kept_statistics(conn: &mut Db, round: &Round) -> Result<Option<RoundStatistics>, Error> {
    let Some(kept) = store::find_snapshot(conn, round.id, SnapshotKind::Statistics)? else { return Ok(None) };
    let shown: RoundStatistics = serde_json::from_str(&kept.body).map_err(Error::internal)?;
    Ok(Some(RoundStatistics { frozen: Some(Frozen { digest: kept.digest, at: kept.created_at }), ..shown }))
}

/// The ranking that was kept; 404 before the decision.
pub fn kept_standings(conn: &mut Db, round: &Round) -> Result<Standings, Error> {
    let kept = store::find_snapshot(conn, round.id, SnapshotKind::Ranking)?.ok_or_else(Error::not_found)?;
    serde_json::from_str(&kept.body).map_err(Error::internal)
}

/// What no longer holds of what was kept: changed in the table, or not what the stored sheets give (I18).
pub fn differences(conn: &mut Db, round: &Round) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for kind in [SnapshotKind::Ranking, SnapshotKind::Statistics] {
        let Some(kept) = store::find_snapshot(conn, round.id, kind)? else {
            found.push(format!("the {kind} shown with the decision is not there"));
            continue;
        };
        if sha256_hex(&kept.body) != kept.digest {
            found.push(format!("the {kind} kept with the decision is not what was shown"));
        } else if kind == SnapshotKind::Ranking {
            let shown: Standings = serde_json::from_str(&kept.body).map_err(Error::internal)?;
            let live = super::standings(conn, round)?;
            let differ = shown.items.len() != live.items.len()
                || shown.items.iter().zip(&live.items).any(|(kept, now)| !same(kept, now));
            if differ {
                found
                    .push("the ranking kept with the decision does not follow from the stored scores".into());
            }
        }
    }
    Ok(found)
}

/// The numbers, not the words: those may be put better by a later version of the program.
fn same(kept: &Standing, now: &Standing) -> bool {
    kept.reference == now.reference
        && kept.stages == now.stages
        && (kept.score, kept.mean, kept.heaviest_mean) == (now.score, now.mean, now.heaviest_mean)
        && (kept.rank, kept.rank_interval, kept.recommended) == (now.rank, now.rank_interval, now.recommended)
        && kept.flagged == now.flagged
}
