//! What scores are computed from: the applications that compete and the sheets that count.

use std::collections::BTreeMap;

use super::super::{
    model::{EarlierReading, ReviewState},
    rules::{
        readings::{Read, reading_in_force},
        scores::{Criterion, Divergence, ReviewInput, ScoreRules},
        sheet::Marks,
    },
    store::{self, SheetRow},
};
use super::codes::Codes;
use crate::{
    applications::{self, ApplicationState as S, Contender},
    db::Db,
    error::Error,
    kernel::{
        digest::sha256_hex,
        ids::{ApplicationId, ExpertId, ReviewId},
        money::Money,
        score::Score,
    },
    programmes::{self, Policy, Round, Rubric, Stage},
};

/// A sheet that was handed in and whose reading counts.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its id.
    pub id: ReviewId,
    /// What it says; the reviewer by the stand-in of this round.
    pub input: ReviewInput,
}

/// The sheets of an application in one stage.
#[derive(Clone, Debug, Default)]
pub struct Pile {
    /// The reading that counts.
    pub reading: i32,
    /// Its sheets, by the reviewers' stand-ins.
    pub sheets: Vec<Sheet>,
    /// Totals of the readings that count no more, by reading.
    pub earlier: Vec<(i32, Vec<(String, Score)>)>,
}

/// Everything a ranking of a round is a function of.
pub struct Material {
    /// The round's policy.
    pub policy: Policy,
    /// Its rubric.
    pub rubric: Rubric,
    /// The applications that compete, by reference.
    pub contenders: Vec<Contender>,
    /// Their sheets.
    pub piles: BTreeMap<(ApplicationId, Stage), Pile>,
    /// The applications being scored whose sheets are open, once for each sheet.
    pub open: Vec<ApplicationId>,
}

/// True for an application that has passed intake and was not withdrawn.
pub fn competes(state: S) -> bool {
    match state {
        S::Draft
        | S::Submitted
        | S::FormCheck
        | S::CorrectionRequested
        | S::Resubmitted
        | S::Rejected
        | S::Withdrawn => false,
        S::Eligible
        | S::Scoring
        | S::Scored
        | S::ReReview
        | S::Ranked
        | S::Proposed
        | S::Waitlisted
        | S::NotAwarded
        | S::PublicNotice
        | S::ObjectionHold
        | S::Approved
        | S::Revoked
        | S::Agreement => true,
    }
}

impl Material {
    /// Loads it; of one application or of all.
    pub fn load(conn: &mut Db, round: &Round, only: Option<ApplicationId>) -> Result<Self, Error> {
        let policy = programmes::policy_of(conn, round.id, round.policy_number)?;
        let rubric = programmes::rubric_of(conn, round.id, round.rubric_number)?;
        let contenders: Vec<Contender> = applications::contenders(conn, round.id)?
            .into_iter()
            .filter(|contender| competes(contender.state) && only.is_none_or(|only| only == contender.id))
            .collect();
        let codes = Codes::of_round(conn, round.id)?;
        let rows = store::sheet_rows(conn, round.id, only)?;
        let mut material = Self { policy, rubric, contenders, piles: BTreeMap::new(), open: Vec::new() };
        material.sort(rows, &codes)?;
        Ok(material)
    }

    fn sort(&mut self, rows: Vec<SheetRow>, codes: &Codes) -> Result<(), Error> {
        let mut names: BTreeMap<ExpertId, String> = BTreeMap::new();
        let mut by_pile: BTreeMap<(ApplicationId, Stage), Vec<SheetRow>> = BTreeMap::new();
        for row in rows {
            names.entry(row.expert_id).or_insert_with(|| codes.reviewer(row.expert_id));
            by_pile.entry((row.application_id, row.stage)).or_default().push(row);
        }
        let min_reviews = usize::try_from(self.policy.min_reviews).unwrap_or(usize::MAX);
        for contender in &self.contenders {
            for stage in self.stages() {
                let Some(rows) = by_pile.remove(&(contender.id, *stage)) else { continue };
                if contender.state == S::Scoring {
                    let open = rows.iter().filter(|row| row.state.is_open());
                    self.open.extend(open.map(|row| row.application_id));
                }
                let reads: Vec<Read<ExpertId>> = rows.iter().map(read_of).collect();
                let reading = reading_in_force(&reads, min_reviews);
                let mut pile = Pile { reading, ..Pile::default() };
                for row in rows.into_iter().filter(|row| row.state.counts()) {
                    let reviewer = names.get(&row.expert_id).cloned().unwrap_or_default();
                    let input = input_of(&row, contender, reviewer, &self.rubric)?;
                    if row.reading == reading {
                        pile.sheets.push(Sheet { id: row.id, input });
                    } else if row.reading < reading {
                        let total = input.total();
                        match pile.earlier.iter_mut().find(|(earlier, _)| *earlier == row.reading) {
                            Some((_, totals)) => totals.push((input.reviewer, total)),
                            None => pile.earlier.push((row.reading, vec![(input.reviewer, total)])),
                        }
                    }
                }
                pile.earlier.sort_by_key(|(reading, _)| *reading);
                pile.sheets.sort_by(|one, other| one.input.reviewer.cmp(&other.input.reviewer));
                self.piles.insert((contender.id, *stage), pile);
            }
        }
        Ok(())
    }

    /// The stages of the round.
    pub fn stages(&self) -> &'static [Stage] {
        if self.policy.review.defence { &[Stage::Desk, Stage::Defence] } else { &[Stage::Desk] }
    }

    /// The sheets of an application in a stage.
    pub fn pile(&self, application: ApplicationId, stage: Stage) -> Option<&Pile> {
        self.piles.get(&(application, stage))
    }

    /// The criteria of a stage as the score rules take them.
    pub fn criteria(&self, stage: Stage) -> Vec<Criterion> {
        let criteria = self.rubric.of(stage).iter();
        criteria.map(|criterion| Criterion { code: criterion.code.clone(), max: criterion.max }).collect()
    }

    /// The rules of the round's scores. The cap is the largest of the tracks': each line is cut to its own afterwards.
    pub fn score_rules(&self) -> ScoreRules {
        let policy = &self.policy;
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let of_tracks = policy.tracks.iter().flat_map(BTreeMap::keys).map(|track| policy.cap_for(*track));
        ScoreRules {
            min_reviews: count(policy.min_reviews),
            trim_from: count(policy.trim_from),
            cap: of_tracks.max().map_or(policy.cap, |most| most.max(policy.cap)),
            seed: policy.seed.clone(),
            rubric: self.criteria(Stage::Desk),
            divergence: Divergence {
                range: policy.divergence_range,
                from_median: policy.divergence_from_median,
            },
        }
    }

    /// The most a contender may be recommended for.
    pub fn cap_of(&self, contender: &Contender) -> Money {
        contender.track.map_or(self.policy.cap, |track| self.policy.cap_for(track))
    }

    /// What the chair confirms: the sheets that count, each with its marks and its amount, and the score they give in each
    /// stage. Not the rank: what others score is no part of it, and the decision's plan keeps score, rank and amount of all.
    pub fn digest(&self, application: ApplicationId) -> String {
        let rules = self.score_rules();
        let mut rows = Vec::new();
        for stage in self.stages() {
            let of = self.pile(application, *stage).map(|pile| pile.sheets.as_slice()).unwrap_or_default();
            let totals: Vec<(&str, Score)> =
                of.iter().map(|sheet| (sheet.input.reviewer.as_str(), sheet.input.total())).collect();
            let mut sheets: Vec<_> =
                of.iter().map(|sheet| (sheet.id, &sheet.input.marks, sheet.input.suggested_amount)).collect();
            sheets.sort_unstable_by_key(|(id, ..)| *id);
            rows.push((stage, rules.summarise(&totals).score, sheets));
        }
        sha256_hex(serde_json::json!(rows).to_string())
    }

    /// The readings of an application that count no more, each with the score it gave.
    pub fn earlier(&self, application: ApplicationId, rules: &ScoreRules) -> Vec<EarlierReading> {
        let mut found = Vec::new();
        for stage in self.stages() {
            let Some(pile) = self.pile(application, *stage) else { continue };
            for (reading, totals) in &pile.earlier {
                let named: Vec<(&str, Score)> =
                    totals.iter().map(|(who, total)| (who.as_str(), *total)).collect();
                let summary = rules.summarise(&named);
                found.push(EarlierReading {
                    stage: *stage,
                    reading: *reading,
                    n: summary.n,
                    score: summary.score,
                });
            }
        }
        found
    }
}

fn read_of(row: &SheetRow) -> Read<ExpertId> {
    Read { expert: row.expert_id, reading: row.reading, counts: ReviewState::counts(row.state) }
}

fn input_of(
    row: &SheetRow,
    contender: &Contender,
    reviewer: String,
    rubric: &Rubric,
) -> Result<ReviewInput, Error> {
    let marks: Marks = serde_json::from_str(&row.marks).map_err(Error::internal)?;
    let criteria = rubric.of(row.stage).iter();
    Ok(ReviewInput {
        application: contender.reference.to_string(),
        reviewer,
        marks: criteria.filter_map(|criterion| marks.get(&criterion.code).copied()).collect(),
        suggested_amount: row.suggested_amount,
    })
}
