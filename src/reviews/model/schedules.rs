//! Until when sheets are handed in: two deadlines for each stage of a round, and more time for single experts.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::schema::{review_extensions, review_schedules, sheet_reminders},
    http::{Versioned, View},
    kernel::{
        ids::{ExpertId, ProgrammeId, ReviewExtensionId, RoundId, UserId},
        time::Timestamp,
    },
    programmes::Stage,
    reviews::model::{ReReview, Review},
};

/// The deadlines of a round as they are stored.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = review_schedules)]
pub struct ReviewSchedule {
    /// The round.
    pub round_id: RoundId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// When sheets of the desk review are due.
    pub desk_due_at: Option<Timestamp>,
    /// When they close.
    pub desk_closes_at: Option<Timestamp>,
    /// When sheets of the defence are due.
    pub defence_due_at: Option<Timestamp>,
    /// When they close.
    pub defence_closes_at: Option<Timestamp>,
    /// Who said so.
    pub set_by: UserId,
    /// When.
    pub set_at: Timestamp,
    /// Counts the changes.
    pub version: i32,
}

impl ReviewSchedule {
    /// The deadlines of a stage, where it has any.
    #[must_use]
    pub fn of(&self, stage: Stage) -> Option<StageDeadlines> {
        let (due_at, closes_at) = match stage {
            Stage::Desk => (self.desk_due_at, self.desk_closes_at),
            Stage::Defence => (self.defence_due_at, self.defence_closes_at),
        };
        due_at.zip(closes_at).map(|(due_at, closes_at)| StageDeadlines { due_at, closes_at })
    }
}

/// The two deadlines of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageDeadlines {
    /// The soft one: a sheet that is open after it is overdue, and its expert is reminded.
    pub due_at: Timestamp,
    /// The hard one: after it nothing is marked or handed in.
    pub closes_at: Timestamp,
}

/// The deadlines to set; a stage that is left out has none.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReviewSchedule {
    /// Of the desk review.
    pub desk: Option<StageDeadlines>,
    /// Of the defence.
    pub defence: Option<StageDeadlines>,
}

/// More time for one expert.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Insertable)]
#[diesel(table_name = review_extensions)]
pub struct ReviewExtension {
    /// Its id.
    pub id: ReviewExtensionId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The round.
    pub round_id: RoundId,
    /// Who has more time.
    pub expert_id: ExpertId,
    /// For which stage.
    pub stage: Stage,
    /// Until when.
    pub closes_at: Timestamp,
    /// Why.
    pub reason: String,
    /// Who gave it.
    pub given_by: UserId,
    /// When.
    pub given_at: Timestamp,
}

impl View for ReviewExtension {}

/// More time to give.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReviewExtension {
    /// To whom.
    pub expert_id: ExpertId,
    /// For which stage; the desk review where nothing is said.
    #[serde(default)]
    pub stage: Stage,
    /// Until when.
    pub closes_at: Timestamp,
    /// Why.
    pub reason: String,
}

/// The deadlines of a round as they are shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewScheduleView {
    /// The round.
    pub round_id: RoundId,
    /// Of the desk review; none: it has none.
    pub desk: Option<StageDeadlines>,
    /// Of the defence.
    pub defence: Option<StageDeadlines>,
    /// Who has more time, the latest first.
    pub extensions: Vec<ReviewExtension>,
    /// Who said so last.
    pub set_by: Option<UserId>,
    /// When.
    pub set_at: Option<Timestamp>,
    /// Counts the changes; 1 while nothing was said.
    pub version: i32,
}

impl Versioned for ReviewScheduleView {
    fn version(&self) -> i32 {
        self.version
    }
}

impl View for ReviewScheduleView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// Everything that is said of the deadlines of a round.
#[derive(Clone, Debug, Default)]
pub struct Deadlines {
    /// For everybody.
    pub schedule: Option<ReviewSchedule>,
    /// For some, the latest first.
    pub extensions: Vec<ReviewExtension>,
    /// The re-reviews that were agreed to.
    pub re_reviews: Vec<ReReview>,
}

impl Deadlines {
    /// The deadlines of an expert in a stage: whoever has more time is due no earlier than that.
    #[must_use]
    pub fn of(&self, expert: ExpertId, stage: Stage) -> Option<StageDeadlines> {
        let everybodys = self.schedule.as_ref()?.of(stage)?;
        let own = self.extensions.iter().filter(|more| (more.expert_id, more.stage) == (expert, stage));
        let Some(until) = own.map(|more| more.closes_at).max() else { return Some(everybodys) };
        Some(StageDeadlines {
            due_at: everybodys.due_at.max(until),
            closes_at: everybodys.closes_at.max(until),
        })
    }

    /// The deadlines of a sheet. One that was given out for a re-review after they had passed has none, until the office
    /// sets new ones: it would have been closed before it could be opened.
    #[must_use]
    pub fn of_sheet(&self, sheet: &Review) -> Option<StageDeadlines> {
        let times = self.of(sheet.expert_id, sheet.stage)?;
        let is_for_re_review = || self.re_reviews.iter().any(|order| order.asks_for(sheet));
        (sheet.created_at <= times.closes_at || !is_for_re_review()).then_some(times)
    }
}

/// What was told of open sheets.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = sheet_reminders)]
pub struct SheetReminder {
    /// The round.
    pub round_id: RoundId,
    /// The stage.
    pub stage: Stage,
    /// An expert's id, or `office`.
    pub told: String,
    /// When the sheets were due.
    pub due_at: Timestamp,
    /// So many days before; -1: they were overdue.
    pub days_before: i32,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// How many sheets it was about.
    pub open_sheets: i64,
    /// When.
    pub sent_at: Timestamp,
}
