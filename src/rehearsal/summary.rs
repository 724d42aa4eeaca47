//! What a rehearsal ends with, in the shape of rules.md §8: for machines as JSON, for people in words.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kernel::{money::Money, score::Score};

/// An application that broke a rule of the intake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedApplication {
    /// The office's number.
    pub reference: String,
    /// The code of the server.
    pub code: String,
}

/// A row of `reviews.csv` that does not count, because the reviewer has a conflict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RefusedReview {
    /// The application.
    pub reference: String,
    /// The reviewer.
    pub reviewer: String,
}

/// A selected application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SelectedApplication {
    /// The office's number.
    pub reference: String,
    /// Its place.
    pub rank: usize,
    /// Its official score.
    pub score: Score,
    /// What it gets.
    pub amount: Money,
}

/// The tranches of an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tranches {
    /// The office's number.
    pub reference: String,
    /// In their order.
    pub amounts: Vec<Money>,
}

/// An account of the round's books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Which account.
    pub account: String,
    /// As the server says it; signed.
    pub balance: String,
}

/// What the check of the whole database found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many truths do not hold.
    pub violations: usize,
}

/// The summary. Everything in it was answered by the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Applications that were read.
    pub applications: usize,
    /// By reference.
    pub refused: Vec<RefusedApplication>,
    /// Applications with an official score.
    pub scored: usize,
    /// In rank order.
    pub selected: Vec<SelectedApplication>,
    /// In rank order.
    pub waitlisted: Vec<String>,
    /// In rank order.
    pub below_line: Vec<String>,
    /// By reference.
    pub unscored: Vec<String>,
    /// Σ of what was awarded.
    pub total_awarded: Money,
    /// What is left of the budget.
    pub budget_left: Money,
    /// In rank order.
    pub tranches: Vec<Tranches>,
    /// What was paid in the end.
    pub paid_total: Money,
    /// Enterprise and reference, sorted.
    pub matched: Vec<(String, String)>,
    /// What the check of the database found.
    pub verify: Verification,
    /// Sheets that were refused for a conflict, by reference and reviewer.
    pub refused_reviews: Vec<RefusedReview>,
    /// The round's books.
    pub ledger: Vec<Balance>,
    /// Files that are there but whose part is not rehearsed.
    pub unused_files: Vec<&'static str>,
    /// Steps that were not accepted although they should have been.
    pub failures: Vec<String>,
}

impl Summary {
    /// True where every step was accepted and every truth holds.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty() && self.verify.violations == 0
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "申报 applications       {}", self.applications)?;
        writeln!(f, "不予受理 refused        {}", self.refused.len())?;
        for RefusedApplication { reference, code } in &self.refused {
            writeln!(f, "  {reference}  {code}")?;
        }
        writeln!(f, "有评分 scored           {}", self.scored)?;
        if !self.refused_reviews.is_empty() {
            writeln!(f, "回避评审 refused sheets {}", self.refused_reviews.len())?;
        }
        writeln!(f, "拟立项 selected         {}", self.selected.len())?;
        for SelectedApplication { reference, rank, score, amount } in &self.selected {
            writeln!(f, "  {rank:>4}  {reference}  {score:>6}  {amount:>12}")?;
        }
        writeln!(f, "候补 wait-listed        {}", self.waitlisted.len())?;
        writeln!(f, "线下 below the line     {}", self.below_line.len())?;
        writeln!(f, "无评分 unscored         {}", self.unscored.len())?;
        writeln!(f, "立项总额 awarded        {}", self.total_awarded)?;
        writeln!(f, "预算结余 left           {}", self.budget_left)?;
        writeln!(f, "已拨付 paid             {}", self.paid_total)?;
        writeln!(f, "对接成功 matched        {}", self.matched.len())?;
        for (enterprise, reference) in &self.matched {
            writeln!(f, "  {enterprise}  {reference}")?;
        }
        if !self.ledger.is_empty() {
            writeln!(f, "账簿 ledger")?;
        }
        for Balance { account, balance } in &self.ledger {
            writeln!(f, "  {account:<14}{balance:>16}")?;
        }
        for file in &self.unused_files {
            writeln!(f, "未使用 not used: {file}")?;
        }
        writeln!(f, "核对 violations         {}", self.verify.violations)?;
        for failure in &self.failures {
            writeln!(f, "失败 failed: {failure}")?;
        }
        let end = if self.is_clean() { "演练通过。" } else { "演练未通过。" };
        writeln!(f, "{end}")
    }
}
