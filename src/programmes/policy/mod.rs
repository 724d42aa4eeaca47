//! The policy of a round: every number that a rule calls *policy* or domain.md marks `[GK]`, validated as a whole; and
//! its rubric.

mod call;
mod rubric;
mod stages;
mod validity;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;
use utoipa::ToSchema;

pub use call::{Prize, Track, TrackPolicy};
pub use rubric::{Anchor, Criterion, Rubric, Stage};
pub use stages::{
    ChangePolicy, EvaluationPolicy, FiledGroupPayee, MonitoringPolicy, Oversubscription, PaymentPolicy,
    RetentionPolicy, ReviewPolicy, SelectionPolicy, SpendingPolicy, SponsorsWhen, SponsorshipPolicy,
};

use crate::{
    attachments::AttachmentLimits,
    kernel::{
        calendar::{Rule as CountingRule, Unit},
        domain::{BudgetCategory, ServiceDomain},
        money::Money,
        score::Score,
    },
    organizations::OrganizationKind,
};

/// Whether it holds, where it stands, what it asks for.
type Rule = (bool, &'static str, &'static str);

/// What happens to a project that no longer fits the budget (rules.md §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// It and all after it are wait-listed.
    #[default]
    Stop,
    /// It is wait-listed, the next may fit.
    Skip,
    /// It gets what is left, if that is enough of it.
    Partial,
}

/// Who proposes in the stable matching (rules.md §6).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Proposer {
    /// The enterprises choose.
    #[default]
    Enterprises,
    /// The projects choose.
    Projects,
}

/// The policy of a round. A field that is left out has the value of rules.md.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// The most one project may get.
    pub cap: Money,
    /// The lowest official score that can be awarded.
    pub pass_line: Score,
    /// What happens to a project that no longer fits.
    pub on_shortfall: Shortfall,
    /// The least share of its amount a partly funded project gets, in basis points.
    pub partial_min_share_bp: u32,
    /// From so many reviews on, the highest and the lowest are dropped; at least 3.
    pub trim_from: u32,
    /// Fewer reviews give no official score.
    pub min_reviews: u32,
    /// Marks come in steps of this.
    pub mark_step: Score,
    /// max − min above this is flagged.
    pub divergence_range: Score,
    /// A total further than this from the median is flagged.
    pub divergence_from_median: Score,
    /// λ of the calibration, in thousandths.
    pub lambda_thousandths: u32,
    /// The seed of the draw; published.
    pub seed: String,
    /// The most projects to select.
    pub max_count: Option<u32>,
    /// The most projects of a domain.
    #[schema(value_type = Object)]
    pub domain_max: BTreeMap<ServiceDomain, u32>,
    /// The tranches, in basis points; they add up to 10,000.
    pub shares_bp: Vec<u32>,
    /// Who proposes in the matching.
    pub proposer: Proposer,
    /// A project runs at least so many months.
    pub min_months: u32,
    /// And at most so many.
    pub max_months: u32,
    /// A filed group has at least so many members.
    pub min_members: u32,
    /// Projects one organisation may submit; none: no limit.
    pub max_per_organization: Option<u32>,
    /// The most a category may take of the project's budget, in basis points (E112; domain.md §2.2).
    #[schema(value_type = Object)]
    pub category_caps_bp: BTreeMap<BudgetCategory, u32>,
    /// Working days of the public notice.
    pub notice_working_days: u32,
    /// Working days from the approval in which the agreement is signed.
    pub signing_working_days: u32,
    /// Hours after a change in which a payee account is not paid.
    pub account_cooling_hours: u32,
    /// The most one organisation may ask for in all its applications of the round (domain.md §2.1).
    pub cap_per_organization: Option<Money>,
    /// The least share of a project's budget that comes from elsewhere, in basis points (domain.md §2.2).
    pub own_share_min_bp: u32,
    /// 不得列支: categories the fund does not pay for (E113; domain.md §2.2).
    pub forbidden_categories: BTreeSet<BudgetCategory>,
    /// Words that no budget line paid by the fund may contain (E113).
    pub forbidden_words: Vec<String>,
    /// 活动异常名录: years that must have passed since the listing ended (E105; domain.md §2.3).
    pub abnormal_list_years: u32,
    /// 严重违法失信名单: years that must have passed since the listing ended (E105; domain.md §2.3).
    pub violation_list_years: u32,
    /// Annual checks that must have been passed, the latest first (E106; domain.md §2.3).
    pub annual_check_years: u32,
    /// True where an annual check that nobody recorded counts as not passed (E106).
    pub annual_checks_obligatory: bool,
    /// 禁入: years a breach of agreement closes the fund to an organisation (E115; domain.md §2.3).
    pub debarment_years: u32,
    /// Ids of the units in which a project may run; empty: anywhere in the programme (E111).
    pub territory: Vec<String>,
    /// Working days in which a submission is checked (domain.md §2.3, 3–5).
    pub check_working_days: u32,
    /// Working days an applicant gets to correct (E120; domain.md §2.3, 3–5).
    pub correction_working_days: u32,
    /// How often an application is sent back (domain.md §2.3, once).
    pub correction_rounds: u32,
    /// Days before the end on which drafts are reminded.
    pub reminder_days: Vec<u32>,
    /// Texts more alike than this are told to the officer, in basis points (W201).
    pub near_duplicate_bp: u32,
    /// How many files an application may have, and how large.
    pub attachments: AttachmentLimits,
    /// The domains the call is for (domain.md §2.1); none is E001.
    pub domains: Vec<ServiceDomain>,
    /// The kinds of organisation that may apply, such as `filed_group` (domain.md §2.3).
    pub eligible_kinds: Vec<String>,
    /// How the days of the public notice are counted (domain.md §6.1).
    pub notice_rule: CountingRule,
    /// Which days of the public notice are counted (domain.md §6.1).
    pub notice_unit: Unit,
    /// Working days in which an objection is answered (domain.md §2.6).
    pub objection_reply_working_days: u32,
    /// 分组: the tracks that are judged apart; none: all together (domain.md §2.1).
    #[schema(value_type = Option<Object>)]
    pub tracks: Option<BTreeMap<Track, TrackPolicy>>,
    /// The prizes of a contest (domain.md §4).
    pub prizes: Vec<Prize>,
    /// Panels, sheets and stages of the review.
    pub review: ReviewPolicy,
    /// Floors and ceilings of the selection.
    pub selection: SelectionPolicy,
    /// What a grantee may spend and how.
    pub spending: SpendingPolicy,
    /// Payments.
    pub payments: PaymentPolicy,
    /// Reports, visits and rectifications.
    pub monitoring: MonitoringPolicy,
    /// Changes of a running project.
    pub changes: ChangePolicy,
    /// Mid-term and final evaluation.
    pub evaluation: EvaluationPolicy,
    /// 双百对接 and donations.
    pub sponsorship: SponsorshipPolicy,
    /// How long things are kept.
    pub retention: RetentionPolicy,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            cap: Money::from_fen(5_000_000),
            pass_line: Score::from_hundredths(7_000),
            on_shortfall: Shortfall::Stop,
            partial_min_share_bp: 7_000,
            trim_from: 5,
            min_reviews: 3,
            mark_step: Score::from_hundredths(50),
            divergence_range: Score::from_hundredths(2_000),
            divergence_from_median: Score::from_hundredths(1_500),
            lambda_thousandths: 500,
            seed: String::new(),
            max_count: None,
            domain_max: BTreeMap::new(),
            shares_bp: vec![5_000, 4_000, 1_000],
            proposer: Proposer::Enterprises,
            min_months: 6,
            max_months: 12,
            min_members: 10,
            max_per_organization: None,
            category_caps_bp: BTreeMap::from([
                (BudgetCategory::Personnel, 3_000),
                (BudgetCategory::Overhead, 1_000),
                (BudgetCategory::Tax, 700),
                (BudgetCategory::Publicity, 1_000),
            ]),
            notice_working_days: 5,
            signing_working_days: 15,
            account_cooling_hours: 24,
            cap_per_organization: None,
            own_share_min_bp: 0,
            forbidden_categories: BTreeSet::from([
                BudgetCategory::FixedAssets,
                BudgetCategory::Infrastructure,
                BudgetCategory::CashGifts,
            ]),
            forbidden_words: Vec::new(),
            abnormal_list_years: 1,
            violation_list_years: 2,
            annual_check_years: 2,
            annual_checks_obligatory: false,
            debarment_years: 3,
            territory: Vec::new(),
            check_working_days: 5,
            correction_working_days: 5,
            correction_rounds: 1,
            reminder_days: vec![7, 3, 1],
            near_duplicate_bp: 6_000,
            attachments: AttachmentLimits::default(),
            domains: ServiceDomain::iter().collect(),
            eligible_kinds: OrganizationKind::iter().map(|kind| kind.to_string()).collect(),
            notice_rule: CountingRule::Inclusive,
            notice_unit: Unit::Working,
            objection_reply_working_days: 10,
            tracks: None,
            prizes: Vec::new(),
            review: ReviewPolicy::default(),
            selection: SelectionPolicy::default(),
            spending: SpendingPolicy::default(),
            payments: PaymentPolicy::default(),
            monitoring: MonitoringPolicy::default(),
            changes: ChangePolicy::default(),
            evaluation: EvaluationPolicy::default(),
            sponsorship: SponsorshipPolicy::default(),
            retention: RetentionPolicy::default(),
        }
    }
}

impl Policy {
    /// The most one project of a track may get.
    #[must_use]
    pub fn cap_for(&self, track: Track) -> Money {
        self.track(track).and_then(|own| own.cap).unwrap_or(self.cap)
    }

    /// The lowest official score of a track that can be awarded.
    #[must_use]
    pub fn pass_line_for(&self, track: Track) -> Score {
        self.track(track).and_then(|own| own.pass_line).unwrap_or(self.pass_line)
    }

    /// What the policy says of a track, where it has tracks.
    #[must_use]
    pub fn track(&self, track: Track) -> Option<&TrackPolicy> {
        self.tracks.as_ref().and_then(|tracks| tracks.get(&track))
    }

    /// What the tracks may spend together, as far as they have budgets of their own; none on overflow.
    #[must_use]
    pub fn track_budgets(&self) -> Option<Money> {
        Money::checked_sum(self.tracks.iter().flat_map(BTreeMap::values).filter_map(|own| own.budget))
    }

    /// What the prizes cost together; none on overflow.
    #[must_use]
    pub fn prize_money(&self) -> Option<Money> {
        self.prizes.iter().try_fold(Money::ZERO, |sum, prize| sum.checked_add(prize.total()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound() {
        assert!(Policy::default().validate().is_ok());
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let policy = Policy { trim_from: 2, shares_bp: vec![5_000], ..Policy::default() };
        let pointers: Vec<String> =
            policy.validate().unwrap_err().faults.into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/trim_from", "/shares_bp"]);
    }

    fn pointers(policy: &Policy) -> Vec<String> {
        policy.faults().into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn faults_of_every_part_are_told_together() {
        let mut policy = Policy {
            own_share_min_bp: 10_001,
            reminder_days: vec![7, 7],
            eligible_kinds: vec!["king".into()],
            tracks: Some(BTreeMap::from([(
                Track::Filed,
                TrackPolicy { cap: Some(Money::ZERO), ..TrackPolicy::default() },
            )])),
            ..Policy::default()
        };
        policy.review.panel_seats = 4;
        policy.changes.approval_above_share_bp = 10_001;
        policy.retention.archive_years = 9;
        policy.attachments.total_mib = policy.attachments.file_mib - 1;
        let expected = [
            "/own_share_min_bp",
            "/reminder_days",
            "/attachments",
            "/eligible_kinds",
            "/review/panel_seats",
            "/changes/approval_above_share_bp",
            "/retention/archive_years",
            "/tracks/filed/cap",
        ];
        assert_eq!(pointers(&policy), expected);
    }

    #[test]
    fn a_policy_of_before_still_reads() {
        let old = r#"{"cap": "30000.00", "shares_bp": [6000, 4000]}"#;
        let policy: Policy = serde_json::from_str(old).unwrap();
        let expected =
            Policy { cap: "30000.00".parse().unwrap(), shares_bp: vec![6_000, 4_000], ..Policy::default() };
        assert_eq!(policy, expected);
    }

    #[test]
    fn a_track_has_its_own_cap_or_the_policys() {
        let filed = TrackPolicy {
            budget: Some("100.00".parse().unwrap()),
            cap: Some("10000.00".parse().unwrap()),
            pass_line: Some(Score::from_hundredths(6_000)),
            max_count: None,
        };
        let registered = TrackPolicy { budget: Some("200.00".parse().unwrap()), ..TrackPolicy::default() };
        let policy = Policy {
            tracks: Some(BTreeMap::from([(Track::Filed, filed), (Track::Registered, registered)])),
            ..Policy::default()
        };
        assert_eq!(policy.cap_for(Track::Filed), "10000.00".parse().unwrap());
        assert_eq!(policy.cap_for(Track::Registered), policy.cap);
        assert_eq!(Policy::default().cap_for(Track::Filed), policy.cap);
        assert_eq!(policy.pass_line_for(Track::Filed), Score::from_hundredths(6_000));
        assert_eq!(policy.track_budgets(), Some("300.00".parse().unwrap()));
    }
}
