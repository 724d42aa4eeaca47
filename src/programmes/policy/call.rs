//! What a call itself says: its tracks and its prizes.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::kernel::{money::Money, score::Score};

/// The groups that are judged apart from each other (domain.md §2.1, source S14).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Track {
    /// 登记组: registered organisations.
    Registered,
    /// 备案组: groups filed in their neighbourhood.
    Filed,
}

/// What holds for one track; what is left out is the policy's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrackPolicy {
    /// What can be awarded in this track.
    pub budget: Option<Money>,
    /// The most one project of this track may get.
    pub cap: Option<Money>,
    /// The most projects to select in this track.
    pub max_count: Option<u32>,
    /// The lowest official score of this track that can be awarded.
    pub pass_line: Option<Score>,
}

/// A prize of a contest (domain.md §4, 公益项目设计大赛).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Prize {
    /// Its name, such as 一等奖.
    pub name: String,
    /// How many of it there are.
    pub count: u32,
    /// What each gets; nothing for an honour.
    pub amount: Money,
}

impl Prize {
    /// What all of it cost together.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        let fen = self.amount.fen().checked_mul(i64::from(self.count))?;
        Some(Money::from_fen(fen))
    }
}
