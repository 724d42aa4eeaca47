//! The rows of the folder's files.

use std::collections::BTreeMap;

use crate::{
    db::columns::Day,
    kernel::{
        domain::{BudgetCategory, ServiceDomain},
        money::Money,
        score::Score,
    },
    organizations::OrganizationKind,
};

/// A row of `organizations.csv`.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its key in the folder.
    pub org: String,
    /// Its registered name.
    pub name: String,
    /// What it is.
    pub kind: OrganizationKind,
    /// As typed.
    pub credit_code: Option<String>,
    /// 备案号.
    pub filing_no: Option<String>,
    /// The key of its host, if it names one.
    pub host: Option<String>,
    /// Members.
    pub members: u32,
    /// 街道.
    pub subdistrict: String,
}

/// A row of `applications.csv` with its lines of `budget_lines.csv`.
#[derive(Clone, Debug)]
pub struct Application {
    /// The office's own number.
    pub reference: String,
    /// Who applies.
    pub org: String,
    /// Its title.
    pub title: String,
    /// The domain it serves.
    pub domain: Option<ServiceDomain>,
    /// What is asked of the fund.
    pub requested: Option<Money>,
    /// What the group brings.
    pub own_funds: Money,
    /// First day.
    pub starts_on: Option<Day>,
    /// Last day.
    pub ends_on: Option<Day>,
    /// People it serves.
    pub beneficiaries: Option<u32>,
    /// In its own words.
    pub summary: String,
    /// Its budget in the order of the file.
    pub lines: Vec<Line>,
}

/// A row of `budget_lines.csv`.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it pays for.
    pub category: BudgetCategory,
    /// In words.
    pub item: String,
    /// How much.
    pub amount: Money,
    /// True where the fund pays.
    pub from_fund: bool,
}

/// A row of `reviewers.csv`.
#[derive(Clone, Debug)]
pub struct Reviewer {
    /// Their key in the folder.
    pub key: String,
    /// Their name.
    pub name: String,
    /// The domains they know.
    pub expertise: Vec<ServiceDomain>,
    /// The organisation they belong to.
    pub org: Option<String>,
}

/// A row of `reviews.csv`.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The application.
    pub reference: String,
    /// The reviewer.
    pub reviewer: String,
    /// Marks by criterion; what is empty is absent.
    pub marks: BTreeMap<String, Score>,
    /// What they would give.
    pub suggested_amount: Option<Money>,
    /// In their words.
    pub comment: String,
}

/// A row of `conflicts.csv`.
#[derive(Clone, Debug)]
pub struct Tie {
    /// The application.
    pub reference: String,
    /// The reviewer.
    pub reviewer: String,
    /// What kind of tie.
    pub kind: String,
}

/// A row of `enterprises.csv`.
#[derive(Clone, Debug)]
pub struct Enterprise {
    /// Its key in the folder.
    pub key: String,
    /// Its registered name.
    pub name: String,
    /// As typed.
    pub credit_code: String,
    /// What it wants to give.
    pub budget: Money,
    /// How many projects it wants to lead.
    pub quota: u16,
}

/// Preference lists, best first, by whose they are.
pub type Preferences = BTreeMap<String, Vec<String>>;
