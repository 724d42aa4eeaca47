//! What experts get to read.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Answers, BudgetLine};
use crate::{
    db::columns::Day,
    http::View,
    kernel::{domain::ServiceDomain, ids::AttachmentId, money::Money, reference::Reference},
    programmes::Track,
};

/// The file of an application as experts get it: what they judge, and nothing that tells when it was written, by whom, or
/// how far it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExpertFile {
    /// Its number for people.
    pub reference: Reference,
    /// True where the review is blind: names are masked, and who applies is absent.
    pub blind: bool,
    /// Who applies; absent in a blind review.
    pub organization: Option<ExpertOrganization>,
    /// Judged among registered or among filed groups.
    pub track: Option<Track>,
    /// Its title.
    pub title: String,
    /// The one domain it serves.
    pub domain: Option<ServiceDomain>,
    /// What is asked of the fund.
    pub requested: Option<Money>,
    /// What the group brings.
    pub own_funds: Money,
    /// First day.
    pub starts_on: Option<Day>,
    /// Last day.
    pub ends_on: Option<Day>,
    /// People it serves directly, as headcount.
    pub beneficiaries: Option<i32>,
    /// The project in at most 500 characters.
    pub summary: String,
    /// Answers to the office's own questions, without those that say something of a person.
    #[schema(value_type = Object)]
    pub answers: Answers,
    /// The budget, line by line.
    pub budget_lines: Vec<BudgetLine>,
    /// Files that may be read.
    pub attachments: Vec<ExpertAttachment>,
}

impl View for ExpertFile {}

/// Who applies.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExpertOrganization {
    /// Its name.
    pub name: String,
    /// What kind of body it is.
    pub kind: String,
}

/// A file that experts may read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExpertAttachment {
    /// Its id.
    pub id: AttachmentId,
    /// The field of the form it answers.
    pub field: String,
    /// Its name; in a blind review the field and a number.
    pub name: String,
    /// What it holds.
    pub media_type: String,
    /// How large it is.
    pub bytes: i64,
}
